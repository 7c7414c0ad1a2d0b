"""Shield Advanced as its developer guide sets it up, through the front, with boto3."""

import json

import pytest
from botocore.exceptions import ClientError

TEAM_POLICY = "arn:aws:iam::aws:policy/service-role/AWSShieldDRTAccessPolicy"
PHONE = {"EmailAddress": "oncall@example.com", "PhoneNumber": "+4930123456", "ContactNotes": "day and night"}
MAIL_ONLY = {"EmailAddress": "security@example.com"}


@pytest.fixture
def shield(account):
    return account.client("shield")


@pytest.fixture
def subscribed(shield):
    shield.create_subscription()
    return shield


def refusal(call, **members):
    with pytest.raises(ClientError) as error:
        call(**members)
    return error.value.response["Error"]["Code"]


def address(account):
    allocation = account.client("ec2").allocate_address(Domain="vpc")["AllocationId"]
    return f"arn:aws:ec2:us-east-1:{account.world.account_id}:eip-allocation/{allocation}"


def balancer(account):
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{n}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for n, zone in enumerate("ab")
    ]
    made = account.client("elbv2").create_load_balancer(Name="web", Subnets=subnets, Type="application")
    return made["LoadBalancers"][0]["LoadBalancerArn"]


def team_role(account, name="srt", service="drt.shield.amazonaws.com", policy=TEAM_POLICY):
    iam = account.client("iam")
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    if policy:
        iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    return arn


def test_a_subscription_is_for_a_year_and_renews_itself(account, shield):
    assert shield.get_subscription_state()["SubscriptionState"] == "INACTIVE"
    assert refusal(shield.describe_subscription) == "ResourceNotFoundException"
    shield.create_subscription()
    assert refusal(shield.create_subscription) == "ResourceAlreadyExistsException"
    subscription = shield.describe_subscription()["Subscription"]
    assert (subscription["EndTime"] - subscription["StartTime"]).days == 365
    assert (subscription["AutoRenew"], subscription["ProactiveEngagementStatus"]) == ("ENABLED", "DISABLED")
    assert refusal(shield.update_subscription, AutoRenew="DISABLED") == "LockedSubscriptionException"
    assert refusal(shield.delete_subscription) == "LockedSubscriptionException"
    account.ledger._clock.now += 340 * 24 * 3600
    shield.update_subscription(AutoRenew="DISABLED")
    assert shield.describe_subscription()["Subscription"]["AutoRenew"] == "DISABLED"


def test_nothing_is_protected_without_a_subscription(account, shield):
    assert refusal(shield.create_protection, Name="web", ResourceArn=address(account)) == "ResourceNotFoundException"
    assert refusal(shield.list_protections) == "ResourceNotFoundException"


def test_protections_are_for_resources_that_exist(account, subscribed):
    arn, web = address(account), balancer(account)
    made = subscribed.create_protection(Name="entry", ResourceArn=arn, Tags=[{"Key": "team", "Value": "edge"}])
    subscribed.create_protection(Name="web", ResourceArn=web)
    protection = subscribed.describe_protection(ResourceArn=arn)["Protection"]
    assert protection["Id"] == made["ProtectionId"]
    listed = subscribed.list_tags_for_resource(ResourceARN=protection["ProtectionArn"])
    assert listed["Tags"] == [{"Key": "team", "Value": "edge"}]
    filters = {"ResourceTypes": ["APPLICATION_LOAD_BALANCER"]}
    assert [row["Name"] for row in subscribed.list_protections(InclusionFilters=filters)["Protections"]] == ["web"]
    assert refusal(subscribed.create_protection, Name="again", ResourceArn=arn) == "ResourceAlreadyExistsException"
    assert refusal(subscribed.create_protection, Name="no", ResourceArn=arn + "0") == "InvalidResourceException"
    bucket = "arn:aws:s3:::bucket"
    assert refusal(subscribed.create_protection, Name="no", ResourceArn=bucket) == "InvalidResourceException"
    subscribed.delete_protection(ProtectionId=made["ProtectionId"])
    assert refusal(subscribed.describe_protection, ResourceArn=arn) == "ResourceNotFoundException"


def test_a_hosted_zone_is_protected_and_watched_by_its_health_check(account, subscribed):
    route53 = account.client("route53")
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"].split("/")[-1]
    check = route53.create_health_check(
        CallerReference="1", HealthCheckConfig={"Type": "HTTPS", "FullyQualifiedDomainName": "example.com"}
    )["HealthCheck"]["Id"]
    arn = f"arn:aws:route53:::hostedzone/{zone}"
    protection = subscribed.create_protection(Name="zone", ResourceArn=arn)["ProtectionId"]
    check_arn = f"arn:aws:route53:::healthcheck/{check}"
    subscribed.associate_health_check(ProtectionId=protection, HealthCheckArn=check_arn)
    found = subscribed.describe_protection(ProtectionId=protection)["Protection"]
    assert found["HealthCheckIds"] == [check]
    other = "arn:aws:route53:::healthcheck/" + "0" * 36
    code = refusal(subscribed.associate_health_check, ProtectionId=protection, HealthCheckArn=other)
    assert code == "InvalidResourceException"
    subscribed.disassociate_health_check(ProtectionId=protection, HealthCheckArn=check_arn)
    code = refusal(subscribed.disassociate_health_check, ProtectionId=protection, HealthCheckArn=check_arn)
    assert code == "ResourceNotFoundException"


@pytest.mark.parametrize(
    "settings",
    [{"service": "ec2.amazonaws.com"}, {"policy": None}],
    ids=["a role that trusts another service", "a role without the team's policy"],
)
def test_the_response_team_gets_no_role_that_it_cannot_use(account, subscribed, settings):
    assert refusal(subscribed.associate_drt_role, RoleArn=team_role(account, **settings)) == "InvalidParameterException"
    assert "RoleArn" not in subscribed.describe_drt_access()


def test_the_response_team_gets_a_role_and_then_log_buckets(account, subscribed):
    assert refusal(subscribed.associate_drt_log_bucket, LogBucket="logs-bucket") == "NoAssociatedRoleException"
    role = team_role(account)
    subscribed.associate_drt_role(RoleArn=role)
    assert refusal(subscribed.associate_drt_log_bucket, LogBucket="logs-bucket") == "ResourceNotFoundException"
    account.client("s3").create_bucket(Bucket="logs-bucket")
    subscribed.associate_drt_log_bucket(LogBucket="logs-bucket")
    again = account.reopened()
    access = again.client("shield").describe_drt_access()
    assert (access["RoleArn"], access["LogBucketList"]) == (role, ["logs-bucket"])
    again.client("shield").disassociate_drt_log_bucket(LogBucket="logs-bucket")
    again.client("shield").disassociate_drt_role()
    assert refusal(again.client("shield").disassociate_drt_role) == "ResourceNotFoundException"
    again.close()


def test_proactive_engagement_needs_a_phone_and_begins_once(subscribed):
    assert refusal(subscribed.enable_proactive_engagement) == "InvalidOperationException"
    begin = subscribed.associate_proactive_engagement_details
    assert refusal(begin, EmergencyContactList=[MAIL_ONLY]) == "InvalidParameterException"
    begin(EmergencyContactList=[PHONE])
    assert refusal(begin, EmergencyContactList=[PHONE]) == "InvalidOperationException"
    assert subscribed.describe_emergency_contact_settings()["EmergencyContactList"] == [PHONE]
    assert subscribed.describe_subscription()["Subscription"]["ProactiveEngagementStatus"] == "ENABLED"
    replace = subscribed.update_emergency_contact_settings
    assert refusal(replace, EmergencyContactList=[MAIL_ONLY]) == "InvalidParameterException"
    subscribed.disable_proactive_engagement()
    replace(EmergencyContactList=[MAIL_ONLY])
    assert refusal(subscribed.enable_proactive_engagement) == "InvalidParameterException"
    assert subscribed.describe_subscription()["Subscription"]["ProactiveEngagementStatus"] == "DISABLED"


def test_a_malformed_phone_number_is_refused(subscribed):
    contacts = [{"EmailAddress": "a@example.com", "PhoneNumber": "030 123"}]
    code = refusal(subscribed.update_emergency_contact_settings, EmergencyContactList=contacts)
    assert code == "InvalidParameterException"


def test_groups_take_the_protected_resources_of_their_pattern(account, subscribed):
    arn, web = address(account), balancer(account)
    for name, resource in (("entry", arn), ("web", web)):
        subscribed.create_protection(Name=name, ResourceArn=resource)
    create = subscribed.create_protection_group
    create(ProtectionGroupId="all", Aggregation="MAX", Pattern="ALL")
    create(ProtectionGroupId="web", Aggregation="SUM", Pattern="ARBITRARY", Members=[web])
    create(ProtectionGroupId="ips", Aggregation="SUM", Pattern="BY_RESOURCE_TYPE", ResourceType="ELASTIC_IP_ALLOCATION")
    resources = {
        name: subscribed.list_resources_in_protection_group(ProtectionGroupId=name)["ResourceArns"]
        for name in ("all", "web", "ips")
    }
    assert resources == {"all": [arn, web], "web": [web], "ips": [arn]}
    assert (
        refusal(create, ProtectionGroupId="all", Aggregation="MAX", Pattern="ALL") == "ResourceAlreadyExistsException"
    )
    code = refusal(create, ProtectionGroupId="x", Aggregation="MAX", Pattern="ALL", Members=[web])
    assert code == "InvalidParameterException"
    assert refusal(create, ProtectionGroupId="x", Aggregation="MAX", Pattern="ARBITRARY") == "InvalidParameterException"
    update = subscribed.update_protection_group
    update(ProtectionGroupId="ips", Aggregation="MEAN", Pattern="ARBITRARY", Members=[arn])
    group = subscribed.describe_protection_group(ProtectionGroupId="ips")["ProtectionGroup"]
    assert "ResourceType" not in group
    filters = {"Patterns": ["ARBITRARY"]}
    listed = subscribed.list_protection_groups(InclusionFilters=filters)["ProtectionGroups"]
    assert [row["ProtectionGroupId"] for row in listed] == ["web", "ips"]
    subscribed.delete_protection_group(ProtectionGroupId="ips")
    assert refusal(subscribed.describe_protection_group, ProtectionGroupId="ips") == "ResourceNotFoundException"


def test_automatic_mitigation_needs_a_web_acl_at_the_resource(account, subscribed):
    arn, web = address(account), balancer(account)
    for name, resource in (("entry", arn), ("web", web)):
        subscribed.create_protection(Name=name, ResourceArn=resource)
    enable = subscribed.enable_application_layer_automatic_response
    assert refusal(enable, ResourceArn=arn, Action={"Block": {}}) == "InvalidOperationException"
    assert refusal(enable, ResourceArn=web, Action={"Block": {}}) == "InvalidOperationException"
    wafv2 = account.client("wafv2")
    metrics = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "web"}
    acl = wafv2.create_web_acl(Name="web", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=metrics)
    wafv2.associate_web_acl(WebACLArn=acl["Summary"]["ARN"], ResourceArn=web)
    enable(ResourceArn=web, Action={"Count": {}})
    assert refusal(enable, ResourceArn=web, Action={"Count": {}}) == "InvalidOperationException"
    update = subscribed.update_application_layer_automatic_response
    assert refusal(update, ResourceArn=web, Action={"Count": {}, "Block": {}}) == "InvalidParameterException"
    update(ResourceArn=web, Action={"Block": {}})
    found = subscribed.describe_protection(ResourceArn=web)["Protection"]
    assert found["ApplicationLayerAutomaticResponseConfiguration"] == {"Status": "ENABLED", "Action": {"Block": {}}}
    subscribed.disable_application_layer_automatic_response(ResourceArn=web)
    assert (
        "ApplicationLayerAutomaticResponseConfiguration"
        not in subscribed.describe_protection(ResourceArn=web)["Protection"]
    )


def test_no_attack_is_listed(subscribed):
    assert subscribed.list_attacks()["AttackSummaries"] == []
    assert subscribed.describe_attack_statistics()["DataItems"] == [{"AttackCount": 0}]
    assert refusal(subscribed.describe_attack, AttackId="0-0") == "AccessDeniedException"
