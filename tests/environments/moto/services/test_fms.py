"""Firewall Manager over an organization, through the front, with boto3."""

import json

import pytest
from botocore.exceptions import ClientError

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "config.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
METRICS = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "web"}


def refusal(call, **members):
    with pytest.raises(ClientError) as error:
        call(**members)
    return error.value.response["Error"]["Code"]


@pytest.fixture
def member(account):
    """The id of a member account, which the organization's management account made."""
    organizations = account.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    made = organizations.create_account(AccountName="workloads", Email="w@example.com")["CreateAccountStatus"]
    return made["AccountId"]


@pytest.fixture
def fms(account, member):
    """Firewall Manager for its default administrator, the management account itself."""
    client = account.client("fms")
    client.associate_admin_account(AdminAccount=account.world.account_id)
    return client


def in_member(account, member):
    """A factory of clients in the member account."""
    sts = account.client("sts")
    role = f"arn:aws:iam::{member}:role/OrganizationAccountAccessRole"
    keys = sts.assume_role(RoleArn=role, RoleSessionName="admin")["Credentials"]

    def client(service):
        return account.client(service, key=(keys["AccessKeyId"], keys["SecretAccessKey"]), token=keys["SessionToken"])

    return client


def record(client, account_id):
    """Let AWS Config record: Firewall Manager learns of resources from it."""
    config = client("config")
    client("s3").create_bucket(Bucket=f"config-{account_id}")
    role = client("iam").create_role(RoleName="config", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    recorder = {"name": "default", "roleARN": role, "recordingGroup": {"allSupported": True}}
    config.put_configuration_recorder(ConfigurationRecorder=recorder)
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": f"config-{account_id}"})
    config.start_configuration_recorder(ConfigurationRecorderName="default")


def policy(kind, resource_type, data=None, **members):
    text = json.dumps({"type": kind} | data) if data is not None else ""
    service = {"Type": kind} | ({"ManagedServiceData": text} if text else {})
    return {
        "PolicyName": "baseline", "SecurityServicePolicyData": service, "ResourceType": resource_type,
        "ExcludeResourceTags": False, "RemediationEnabled": False,
    } | members  # fmt: skip


def managed_group(name="AWSManagedRulesCommonRuleSet"):
    return {
        "ruleGroupArn": None, "overrideAction": {"type": "NONE"}, "ruleGroupType": "ManagedRuleGroup",
        "managedRuleGroupIdentifier": {"vendorName": "AWS", "managedRuleGroupName": name, "version": None},
        "excludeRules": [],
    }  # fmt: skip


def waf(*groups, action="ALLOW"):
    return {"preProcessRuleGroups": list(groups), "postProcessRuleGroups": [], "defaultAction": {"type": action}}


ALB = "AWS::ElasticLoadBalancingV2::LoadBalancer"


def balancer(client, tags=()):
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{n}.0/24", AvailabilityZone=f"us-east-1{zone}")
        for n, zone in enumerate("ab")
    ]
    identifiers = [subnet["Subnet"]["SubnetId"] for subnet in subnets]
    tags = {"Tags": [*tags]} if tags else {}
    made = client("elbv2").create_load_balancer(Name="web", Subnets=identifiers, Type="application", **tags)
    return made["LoadBalancers"][0]["LoadBalancerArn"]


def test_only_an_organization_has_administrators(account):
    client = account.client("fms")
    assert refusal(client.associate_admin_account, AdminAccount="111122223333") == "InvalidOperationException"
    with pytest.raises(ClientError, match="No default admin could be found") as error:
        client.list_policies()
    assert error.value.response["Error"]["Code"] == "AccessDeniedException"


def test_the_default_administrator_is_the_first_and_the_last(account, member):
    own, client = account.world.account_id, account.client("fms")
    assert refusal(client.get_admin_account) == "ResourceNotFoundException"
    assert refusal(client.associate_admin_account, AdminAccount="999999999999") == "InvalidInputException"
    assert refusal(client.put_admin_account, AdminAccount=member) == "InvalidOperationException"
    client.associate_admin_account(AdminAccount=own)
    assert refusal(client.associate_admin_account, AdminAccount=own) == "InvalidOperationException"
    assert client.get_admin_account()["AdminAccount"] == own
    scope = {"AccountScope": {"Accounts": [member]}, "RegionScope": {"AllRegionsEnabled": True}}
    client.put_admin_account(AdminAccount=member, AdminScope=scope)
    assert client.get_admin_scope(AdminAccount=member)["AdminScope"] == scope
    admins = client.list_admin_accounts_for_organization()["AdminAccounts"]
    assert [(row["AdminAccount"], row["DefaultAdmin"]) for row in admins] == [(own, True), (member, False)]
    there = in_member(account, member)("fms")
    assert there.list_admins_managing_account()["AdminAccounts"] == [own, member]
    assert client.list_admins_managing_account()["AdminAccounts"] == [own]
    assert refusal(client.disassociate_admin_account) == "InvalidOperationException"
    there.disassociate_admin_account()
    client.disassociate_admin_account()
    assert refusal(client.list_policies) == "AccessDeniedException"


def test_administrators_are_managed_in_one_region(account, member):
    elsewhere = account.client("fms", region="eu-west-1")
    code = refusal(elsewhere.associate_admin_account, AdminAccount=account.world.account_id)
    assert code == "InvalidOperationException"


def test_a_policy_is_kept_updated_by_token_and_deleted(account, fms):
    given = policy("WAFV2", ALB, waf(managed_group()))
    made = fms.put_policy(Policy=given, TagList=[{"Key": "team", "Value": "edge"}])
    assert fms.list_tags_for_resource(ResourceArn=made["PolicyArn"])["TagList"] == [{"Key": "team", "Value": "edge"}]
    account = account.reopened()
    fms = account.client("fms")
    read = fms.get_policy(PolicyId=made["Policy"]["PolicyId"])
    assert read["Policy"] == made["Policy"]
    assert read["Policy"]["SecurityServicePolicyData"] == given["SecurityServicePolicyData"]
    second = fms.put_policy(Policy=read["Policy"] | {"RemediationEnabled": True})["Policy"]
    assert second["PolicyId"] == read["Policy"]["PolicyId"]
    assert refusal(fms.put_policy, Policy=read["Policy"]) == "InvalidOperationException"
    assert [row["RemediationEnabled"] for row in fms.list_policies()["PolicyList"]] == [True]
    fms.delete_policy(PolicyId=second["PolicyId"])
    assert refusal(fms.get_policy, PolicyId=second["PolicyId"]) == "ResourceNotFoundException"
    account.close()


NAT = {"networkFirewallStatelessDefaultActions": ["aws:forward_to_sfe"],
       "networkFirewallStatelessFragmentDefaultActions": ["aws:drop"]}  # fmt: skip


WRONG = (
    policy("WAFV2", "AWS::EC2::VPC", waf(managed_group())),
    policy("WAFV2", ALB),
    policy("WAFV2", ALB, waf(managed_group("AWSManagedRulesNoSuchSet"))),
    policy("WAFV2", ALB, waf(managed_group(), action="MAYBE")),
    policy("WAFV2", ALB, waf() | {"loggingConfiguration": {"logDestinationConfigs": ["arn:aws:s3:::logs"]}}),
    policy("WAFV2", ALB, waf() | {"type": "WAF"}),
    policy("WAFV2", ALB, {"preProcessRuleGroups": "none", "defaultAction": {"type": "ALLOW"}}),
    policy("WAFV2", ALB, waf(), IncludeMap={"ACCOUNT": ["999999999999"]}),
    policy("WAFV2", "ResourceTypeList", waf(), ResourceTypeList=[ALB, "AWS::EC2::VPC"]),
    policy("SHIELD_ADVANCED", ALB, {"automaticResponseConfiguration": {"automaticResponseStatus": "ENABLED"}}),
    policy("SECURITY_GROUPS_COMMON", "AWS::EC2::Instance", {"securityGroups": [{"id": "sg-missing"}]}),
    policy("SECURITY_GROUPS_COMMON", "AWS::EC2::Instance", {"securityGroups": []}),
    policy("SECURITY_GROUPS_USAGE_AUDIT", "AWS::EC2::SecurityGroup", {"deleteUnusedSecurityGroups": False}),
    policy("SECURITY_GROUPS_CONTENT_AUDIT", "AWS::EC2::SecurityGroup", {}),
    policy("NETWORK_FIREWALL", "AWS::EC2::VPC", {"networkFirewallStatelessDefaultActions": ["aws:none"]}),
    policy("NETWORK_FIREWALL", "AWS::EC2::VPC",
           NAT | {"networkFirewallStatefulRuleGroupReferences": [{"resourceARN": "arn:aws:s3:::x"}]}),
    policy("DNS_FIREWALL", "AWS::EC2::VPC", {"preProcessRuleGroups": [{"ruleGroupId": "rslvr-frg-1", "priority": 5}]}),
    policy("DNS_FIREWALL", "AWS::EC2::VPC", {}),
    policy("NETWORK_ACL_COMMON", "AWS::EC2::Subnet"),
)  # fmt: skip


def test_a_policy_whose_data_are_wrong_is_refused(fms):
    """One organization for all cases: making one takes a second."""
    codes = [refusal(fms.put_policy, Policy=wrong) for wrong in WRONG]
    assert codes == ["InvalidInputException"] * len(WRONG)
    assert fms.list_policies()["PolicyList"] == []


def test_data_that_are_no_json_are_refused(fms):
    for text in ("{", "[]", "[" * 5000):
        given = policy("WAFV2", ALB)
        given["SecurityServicePolicyData"]["ManagedServiceData"] = text
        assert refusal(fms.put_policy, Policy=given) == "InvalidInputException"


def details(fms, policy_id, account_id):
    answer = fms.get_compliance_detail(PolicyId=policy_id, MemberAccount=account_id)["PolicyComplianceDetail"]
    return {row["ResourceId"]: row["ViolationReason"] for row in answer["Violators"]}


def test_compliance_with_a_waf_policy_is_read_from_the_member_account(account, fms, member):
    there = in_member(account, member)
    arn = balancer(there)
    scope = {"IncludeMap": {"ACCOUNT": [member]}}
    id = fms.put_policy(Policy=policy("WAFV2", ALB, waf(managed_group()), **scope))["Policy"]["PolicyId"]
    (row,) = fms.list_compliance_status(PolicyId=id)["PolicyComplianceStatusList"]
    assert "AWSCONFIG" in row["IssueInfoMap"]
    assert "EvaluationResults" not in row
    record(there, member)
    assert details(fms, id, member) == {arn: "RESOURCE_MISSING_WEB_ACL"}
    wafv2 = there("wafv2")
    acl = wafv2.create_web_acl(Name="web", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=METRICS)
    acl = acl["Summary"]
    wafv2.associate_web_acl(WebACLArn=acl["ARN"], ResourceArn=arn)
    assert details(fms, id, member) == {arn: "WEB_ACL_MISSING_RULE_GROUP"}
    why = fms.get_violation_details(PolicyId=id, MemberAccount=member, ResourceId=arn, ResourceType=ALB)
    assert why["ViolationDetail"]["ResourceDescription"] == "WEB_ACL_MISSING_RULE_GROUP"
    statement = {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}}
    rule = {"Name": "c", "Priority": 0, "Statement": statement, "OverrideAction": {"None": {}},
            "VisibilityConfig": METRICS}  # fmt: skip
    wafv2.update_web_acl(
        Name="web", Scope="REGIONAL", Id=acl["Id"], LockToken=acl["LockToken"], DefaultAction={"Allow": {}},
        VisibilityConfig=METRICS, Rules=[rule],
    )  # fmt: skip
    (row,) = fms.list_compliance_status(PolicyId=id)["PolicyComplianceStatusList"]
    assert [result["ComplianceStatus"] for result in row["EvaluationResults"]] == ["COMPLIANT"]
    code = refusal(fms.get_compliance_detail, PolicyId=id, MemberAccount=account.world.account_id)
    assert code == "ResourceNotFoundException"


def test_tags_take_resources_in_or_leave_them_out(account, fms, member):
    there = in_member(account, member)
    record(there, member)
    arn = balancer(there, [{"Key": "public", "Value": "yes"}])
    wanted = {"IncludeMap": {"ACCOUNT": [member]}, "ResourceTags": [{"Key": "public", "Value": "yes"}]}
    inside = fms.put_policy(Policy=policy("WAFV2", ALB, waf(), **wanted))["Policy"]["PolicyId"]
    left_out = policy("WAFV2", ALB, waf(), **wanted) | {"ExcludeResourceTags": True}
    outside = fms.put_policy(Policy=left_out)["Policy"]["PolicyId"]
    assert list(details(fms, inside, member)) == [arn]
    assert details(fms, outside, member) == {}


def test_a_shield_policy_needs_a_subscription_and_protections(account, fms, member):
    there = in_member(account, member)
    record(there, member)
    arn = balancer(there)
    given = policy("SHIELD_ADVANCED", ALB, IncludeMap={"ACCOUNT": [member]})
    id = fms.put_policy(Policy=given)["Policy"]["PolicyId"]
    (row,) = fms.list_compliance_status(PolicyId=id)["PolicyComplianceStatusList"]
    assert "AWSSHIELD_ADVANCED" in row["IssueInfoMap"]
    there("shield").create_subscription()
    assert details(fms, id, member) == {arn: "RESOURCE_MISSING_SHIELD_PROTECTION"}
    there("shield").create_protection(Name="web", ResourceArn=arn)
    assert details(fms, id, member) == {}


def test_audits_find_unused_and_open_security_groups(account, fms, member):
    there = in_member(account, member)
    record(there, member)
    ec2 = there("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="web", Description="d", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=20, ToPort=25, CidrIp="0.0.0.0/1")
    scope, kind = {"IncludeMap": {"ACCOUNT": [member]}}, "AWS::EC2::SecurityGroup"
    usage = policy("SECURITY_GROUPS_USAGE_AUDIT", kind, {"deleteUnusedSecurityGroups": True}, **scope)
    id = fms.put_policy(Policy=usage)["Policy"]["PolicyId"]
    assert details(fms, id, member)[group] == "SECURITY_GROUP_UNUSED"
    own = account.client("ec2")
    own_vpc = own.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    audit = own.create_security_group(GroupName="no-ssh", Description="d", VpcId=own_vpc)["GroupId"]
    everything = own.describe_security_groups(GroupIds=[audit])["SecurityGroups"][0]["IpPermissionsEgress"]
    own.revoke_security_group_egress(GroupId=audit, IpPermissions=everything)
    own.authorize_security_group_ingress(GroupId=audit, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0")
    deny = {"securityGroups": [{"id": audit}], "securityGroupAction": {"type": "DENY"}}
    content = policy("SECURITY_GROUPS_CONTENT_AUDIT", kind, deny, **scope)
    id = fms.put_policy(Policy=content)["Policy"]["PolicyId"]
    assert details(fms, id, member) == {group: "RESOURCE_VIOLATES_AUDIT_SECURITY_GROUP"}
    ec2.revoke_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=20, ToPort=25, CidrIp="0.0.0.0/1")
    assert details(fms, id, member) == {}


def test_vpcs_without_the_dns_firewall_rule_group_do_not_comply(account, fms, member):
    there = in_member(account, member)
    record(there, member)
    vpc = there("ec2").create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    group = account.client("route53resolver").create_firewall_rule_group(Name="block", CreatorRequestId="1")
    id = group["FirewallRuleGroup"]["Id"]
    data = {"preProcessRuleGroups": [{"ruleGroupId": id, "priority": 10}], "postProcessRuleGroups": []}
    given = policy("DNS_FIREWALL", "AWS::EC2::VPC", data, IncludeMap={"ACCOUNT": [member]})
    made = fms.put_policy(Policy=given)["Policy"]["PolicyId"]
    assert details(fms, made, member)[vpc] == "RESOURCE_MISSING_DNS_FIREWALL"


def test_a_policy_of_a_type_that_is_not_judged_says_so(account, fms):
    own = account.client("ec2")
    vpc = own.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    group = own.create_security_group(GroupName="base", Description="d", VpcId=vpc)["GroupId"]
    given = policy("SECURITY_GROUPS_COMMON", "AWS::EC2::Instance", {"securityGroups": [{"id": group}]})
    id = fms.put_policy(Policy=given)["Policy"]["PolicyId"]
    for row in fms.list_compliance_status(PolicyId=id)["PolicyComplianceStatusList"]:
        assert "EvaluationResults" not in row
        assert "not judged" in row["IssueInfoMap"]["AWSVPC"]


def test_lists_of_applications_and_protocols_keep_their_versions(fms):
    ssh, web = {"AppName": "ssh", "Protocol": "TCP", "Port": 22}, {"AppName": "web", "Protocol": "TCP", "Port": 443}
    first = fms.put_apps_list(AppsList={"ListName": "admin", "AppsList": [ssh]})["AppsList"]
    second = fms.put_apps_list(AppsList=first | {"AppsList": [ssh, web]})["AppsList"]
    assert second["PreviousAppsList"] == {"1": [ssh]}
    assert refusal(fms.put_apps_list, AppsList=first) == "InvalidOperationException"
    assert fms.list_apps_lists(MaxResults=10)["AppsLists"][0]["AppsList"] == [ssh, web]
    fms.delete_apps_list(ListId=first["ListId"])
    assert refusal(fms.get_apps_list, ListId=first["ListId"]) == "ResourceNotFoundException"
    made = fms.put_protocols_list(ProtocolsList={"ListName": "p", "ProtocolsList": ["TCP", "UDP"]})["ProtocolsList"]
    assert fms.get_protocols_list(ListId=made["ListId"])["ProtocolsList"]["ProtocolsList"] == ["TCP", "UDP"]


def test_the_notification_channel_is_a_topic_and_a_role_that_trusts_firewall_manager(account, fms):
    iam = account.client("iam")

    def role(name, principal):
        statement = {"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]

    topic = account.client("sns").create_topic(Name="fms")["TopicArn"]
    put = fms.put_notification_channel
    code = refusal(put, SnsTopicArn=topic + "-no", SnsRoleName=role("a", "fms.amazonaws.com"))
    assert code == "ResourceNotFoundException"
    assert refusal(put, SnsTopicArn=topic, SnsRoleName=role("b", "ec2.amazonaws.com")) == "InvalidOperationException"
    put(SnsTopicArn=topic, SnsRoleName=role("c", "fms.amazonaws.com"))
    assert fms.get_notification_channel()["SnsTopicArn"] == topic
    fms.delete_notification_channel()
    assert "SnsTopicArn" not in fms.get_notification_channel()


def test_resource_sets_take_firewalls_of_the_organization(fms, member):
    given = {"Name": "edge", "ResourceTypeList": ["AWS::NetworkFirewall::Firewall"]}
    made = fms.put_resource_set(ResourceSet=given)["ResourceSet"]["Id"]
    good = f"arn:aws:network-firewall:us-east-1:{member}:firewall/edge"
    wrong = {
        "firewall": "NOT_VALID_ARN", good.replace("us-east-1", "eu-west-1"): "NOT_VALID_REGION",
        good.replace("network-firewall", "wafv2"): "NOT_VALID_SERVICE",
        good.replace(member, "9" * 12): "NOT_VALID_ACCOUNT_ID",
    }  # fmt: skip
    answer = fms.batch_associate_resource(ResourceSetIdentifier=made, Items=[good, *wrong])
    assert {row["URI"]: row["Reason"] for row in answer["FailedItems"]} == wrong
    assert fms.list_resource_set_resources(Identifier=made)["Items"] == [{"URI": good, "AccountId": member}]
    fms.batch_disassociate_resource(ResourceSetIdentifier=made, Items=[good])
    assert fms.list_resource_set_resources(Identifier=made)["Items"] == []
    fms.delete_resource_set(Identifier=made)
    assert fms.list_resource_sets()["ResourceSets"] == []
