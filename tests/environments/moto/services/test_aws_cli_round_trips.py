"""Create, read, change, tag, list and delete with the AWS CLI's own command line, service by service.

What the answers mean is tested with boto3 beside this file; here the documented options must be read and the documented
output must come. The walks of the developer guides are in test_aws_cli.py.
"""

import base64
import json

import pytest

from helpers.aws_cli import Refused
from helpers.trails import letting_cloudtrail_write


@pytest.fixture
def number(aws):
    return aws("sts", "get-caller-identity")["Account"]


@pytest.fixture
def vpc(aws):
    return aws("ec2", "describe-vpcs")["Vpcs"][0]["VpcId"]


def test_access_analyzer(aws):
    service = "accessanalyzer"
    arn = aws(service, "create-analyzer", "--analyzer-name", "all", "--type", "ACCOUNT", "--tags", "team=sec")["arn"]
    assert aws(service, "get-analyzer", "--analyzer-name", "all")["analyzer"]["tags"] == {"team": "sec"}
    rule = ("--analyzer-name", "all", "--rule-name", "mine")
    aws(service, "create-archive-rule", *rule, "--filter", {"resourceType": {"eq": ["AWS::S3::Bucket"]}})
    aws(service, "update-archive-rule", *rule, "--filter", {"resourceType": {"eq": ["AWS::KMS::Key"]}})
    read = aws(service, "get-archive-rule", *rule)["archiveRule"]["filter"]
    assert read == {"resourceType": {"eq": ["AWS::KMS::Key"]}}
    assert len(aws(service, "list-archive-rules", "--analyzer-name", "all")["archiveRules"]) == 1
    aws(service, "start-resource-scan", "--analyzer-arn", arn, "--resource-arn", "arn:aws:s3:::none")
    assert aws(service, "list-findings", "--analyzer-arn", arn)["findings"] == []
    wide = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    told = aws(service, "validate-policy", "--policy-document", wide, "--policy-type", "IDENTITY_POLICY")
    assert "findings" in told
    access = ("--access", "actions=s3:GetObject", "--policy-type", "IDENTITY_POLICY")
    assert aws(service, "check-access-not-granted", "--policy-document", wide, *access)["result"] == "FAIL"
    aws(service, "tag-resource", "--resource-arn", arn, "--tags", "stage=live")
    aws(service, "untag-resource", "--resource-arn", arn, "--tag-keys", "team")
    assert aws(service, "list-tags-for-resource", "--resource-arn", arn)["tags"] == {"stage": "live"}
    aws(service, "delete-archive-rule", *rule)
    aws(service, "delete-analyzer", "--analyzer-name", "all")
    assert aws(service, "list-analyzers")["analyzers"] == []
    with pytest.raises(Refused, match="ResourceNotFoundException"):
        aws(service, "get-analyzer", "--analyzer-name", "all")


def test_artifact_and_account(aws):
    report = aws("artifact", "list-reports")["reports"][0]["id"]
    assert aws("artifact", "get-report-metadata", "--report-id", report)["reportDetails"]["id"] == report
    term = aws("artifact", "get-term-for-report", "--report-id", report)["termToken"]
    assert aws("artifact", "get-report", "--report-id", report, "--term-token", term)["documentPresignedUrl"]
    contact = {
        "FullName": "Ops", "AddressLine1": "1 Street", "City": "Berlin", "PostalCode": "10115", "CountryCode": "DE",
        "PhoneNumber": "+4930123456",
    }  # fmt: skip
    aws("account", "put-contact-information", "--contact-information", contact)
    assert aws("account", "get-contact-information")["ContactInformation"] == contact
    kind = ("--alternate-contact-type", "SECURITY")
    who = ("--email-address", "sec@example.com", "--name", "Sec", "--phone-number", "+4930123", "--title", "Lead")
    aws("account", "put-alternate-contact", *kind, *who)
    assert aws("account", "get-alternate-contact", *kind)["AlternateContact"]["Name"] == "Sec"
    aws("account", "delete-alternate-contact", *kind)
    with pytest.raises(Refused, match="ResourceNotFoundException"):
        aws("account", "get-alternate-contact", *kind)


def test_firewall_manager(aws, number):
    aws("organizations", "create-organization")
    aws("fms", "associate-admin-account", "--admin-account", number)
    assert aws("fms", "get-admin-account")["AdminAccount"] == number
    data = {
        "type": "SECURITY_GROUPS_COMMON", "revertManualSecurityGroupChanges": False,
        "exclusiveResourceSecurityGroupManagement": False, "applyToAllEC2InstanceENIs": False,
        "securityGroups": [{"id": aws("ec2", "describe-security-groups")["SecurityGroups"][0]["GroupId"]}],
    }  # fmt: skip
    policy = {
        "PolicyName": "groups", "ExcludeResourceTags": False, "RemediationEnabled": False,
        "ResourceType": "AWS::EC2::Instance",
        "SecurityServicePolicyData": {"Type": "SECURITY_GROUPS_COMMON", "ManagedServiceData": json.dumps(data)},
    }  # fmt: skip
    made = aws("fms", "put-policy", "--policy", policy, "--tag-list", "Key=team,Value=net")
    change = made["Policy"] | {"PolicyName": "renamed"}
    aws("fms", "put-policy", "--policy", change)
    (listed,) = aws("fms", "list-policies")["PolicyList"]
    assert listed["PolicyName"] == "renamed"
    tags = aws("fms", "list-tags-for-resource", "--resource-arn", made["PolicyArn"])["TagList"]
    assert tags == [{"Key": "team", "Value": "net"}]
    aws("fms", "delete-policy", "--policy-id", listed["PolicyId"])
    aws("fms", "disassociate-admin-account")
    with pytest.raises(Refused, match="ResourceNotFoundException"):
        aws("fms", "get-admin-account")


def test_s3_and_s3control(aws, number):
    bucket = ("--bucket", "papers")
    aws("s3api", "create-bucket", *bucket)
    block = aws("s3api", "get-public-access-block", *bucket)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    public = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::papers/*"}
        ],
    }
    with pytest.raises(Refused, match="AccessDenied"):
        aws("s3api", "put-bucket-policy", *bucket, "--policy", public)
    with pytest.raises(Refused, match="AccessControlListNotSupported"):
        aws("s3api", "put-bucket-acl", *bucket, "--acl", "public-read")
    mfa = f"arn:aws:iam::{number}:mfa/root 123456"
    wanted = ("--versioning-configuration", "Status=Enabled,MFADelete=Enabled")
    aws("s3api", "put-bucket-versioning", *bucket, *wanted, "--mfa", mfa)
    assert aws("s3api", "get-bucket-versioning", *bucket) == {"Status": "Enabled", "MFADelete": "Enabled"}
    aws("s3api", "put-bucket-tagging", *bucket, "--tagging", "TagSet=[{Key=team,Value=web}]")
    assert aws("s3api", "get-bucket-tagging", *bucket)["TagSet"] == [{"Key": "team", "Value": "web"}]
    aws("s3api", "delete-public-access-block", *bucket)
    aws("s3api", "put-bucket-policy", *bucket, "--policy", public)
    assert aws("s3api", "get-bucket-policy-status", *bucket)["PolicyStatus"]["IsPublic"] is True
    aws("s3api", "delete-bucket-policy", *bucket)
    aws("s3api", "delete-bucket", *bucket)
    with pytest.raises(Refused, match="NoSuchBucket"):
        aws("s3api", "get-bucket-versioning", *bucket)


def test_kms(aws, tmp_path):
    key = aws("kms", "create-key", "--tags", "TagKey=team,TagValue=web")["KeyMetadata"]["KeyId"]
    named = ("--key-id", key)
    aws("kms", "enable-key-rotation", *named, "--rotation-period-in-days", "180")
    assert aws("kms", "get-key-rotation-status", *named)["RotationPeriodInDays"] == 180
    aws("kms", "create-alias", "--alias-name", "alias/web", "--target-key-id", key)
    assert aws("kms", "describe-key", "--key-id", "alias/web")["KeyMetadata"]["KeyId"] == key
    secret = aws("kms", "encrypt", *named, "--plaintext", "hello")["CiphertextBlob"]
    (tmp_path / "secret").write_bytes(base64.b64decode(secret))
    read = aws("kms", "decrypt", "--ciphertext-blob", f"fileb://{tmp_path / 'secret'}")["Plaintext"]
    assert base64.b64decode(read) == b"hello"
    with pytest.raises(Refused, match="InvalidCiphertextException"):
        aws("kms", "decrypt", "--ciphertext-blob", "no ciphertext")
    policy = aws("kms", "get-key-policy", *named, "--policy-name", "default")["Policy"]
    aws("kms", "put-key-policy", *named, "--policy-name", "default", "--policy", policy)
    aws("kms", "tag-resource", *named, "--tags", "TagKey=stage,TagValue=live")
    aws("kms", "untag-resource", *named, "--tag-keys", "team")
    assert aws("kms", "list-resource-tags", *named)["Tags"] == [{"TagKey": "stage", "TagValue": "live"}]
    aws("kms", "disable-key", *named)
    with pytest.raises(Refused, match="DisabledException"):
        aws("kms", "encrypt", *named, "--plaintext", "hello")
    aws("kms", "schedule-key-deletion", *named, "--pending-window-in-days", "7")
    with pytest.raises(Refused, match="KMSInvalidStateException"):
        aws("kms", "enable-key", *named)


def test_iam(aws, number):
    user = ("--user-name", "Ada")
    aws("iam", "create-user", *user, "--tags", "Key=team,Value=web")
    aws("iam", "tag-user", *user, "--tags", "Key=stage,Value=live")
    aws("iam", "untag-user", *user, "--tag-keys", "team")
    assert aws("iam", "list-user-tags", *user)["Tags"] == [{"Key": "stage", "Value": "live"}]
    reading = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
    told = aws(
        "iam", "simulate-custom-policy", "--policy-input-list", json.dumps(reading),
        "--action-names", "s3:GetObject", "s3:PutObject",
    )["EvaluationResults"]  # fmt: skip
    assert [row["EvalDecision"] for row in told] == ["allowed", "implicitDeny"]
    job = aws("iam", "generate-service-last-accessed-details", "--arn", f"arn:aws:iam::{number}:user/Ada")["JobId"]
    assert aws("iam", "get-service-last-accessed-details", "--job-id", job)["JobStatus"] == "COMPLETED"
    aws("iam", "generate-credential-report")
    assert aws("iam", "get-credential-report")["ReportFormat"] == "text/csv"
    aws("iam", "update-account-password-policy", "--minimum-password-length", "14", "--require-symbols")
    assert aws("iam", "get-account-password-policy")["PasswordPolicy"]["MinimumPasswordLength"] == 14
    with pytest.raises(Refused, match="valid min value: 6"):
        aws("iam", "update-account-password-policy", "--minimum-password-length", "5")
    aws("iam", "delete-user", *user)
    with pytest.raises(Refused, match="NoSuchEntity"):
        aws("iam", "get-user", *user)


def test_ec2_of_the_network(aws, vpc):
    acl = aws("ec2", "create-network-acl", "--vpc-id", vpc)["NetworkAcl"]["NetworkAclId"]
    row = ("--network-acl-id", acl, "--rule-number", "100", "--protocol", "6", "--ingress")
    block = ("--cidr-block", "192.0.2.0/24", "--port-range", "From=443,To=443")
    aws("ec2", "create-network-acl-entry", *row, *block, "--rule-action", "allow")
    aws("ec2", "replace-network-acl-entry", *row, *block, "--rule-action", "deny")
    entries = aws("ec2", "describe-network-acls", "--network-acl-ids", acl)["NetworkAcls"][0]["Entries"]
    assert {one["RuleNumber"]: one["RuleAction"] for one in entries if not one["Egress"]} == {
        100: "deny",
        32767: "deny",
    }
    aws("ec2", "delete-network-acl", "--network-acl-id", acl)
    filter = aws("ec2", "create-traffic-mirror-filter", "--description", "all")["TrafficMirrorFilter"]
    mirror = ("--traffic-mirror-filter-id", filter["TrafficMirrorFilterId"])
    rule = aws(
        "ec2", "create-traffic-mirror-filter-rule", *mirror, "--traffic-direction", "ingress", "--rule-number", "1",
        "--rule-action", "accept", "--source-cidr-block", "0.0.0.0/0", "--destination-cidr-block", "10.0.0.0/8",
    )["TrafficMirrorFilterRule"]["TrafficMirrorFilterRuleId"]  # fmt: skip
    named = ("--traffic-mirror-filter-rule-id", rule)
    aws("ec2", "modify-traffic-mirror-filter-rule", *named, "--rule-action", "reject")
    read = aws("ec2", "describe-traffic-mirror-filters")["TrafficMirrorFilters"][0]["IngressFilterRules"]
    assert [one["RuleAction"] for one in read] == ["reject"]
    aws("ec2", "delete-traffic-mirror-filter-rule", *named)
    aws("ec2", "delete-traffic-mirror-filter", *mirror)
    mode = "--internet-gateway-block-mode"
    aws("ec2", "modify-vpc-block-public-access-options", mode, "block-ingress")
    told = aws("ec2", "describe-vpc-block-public-access-options")["VpcBlockPublicAccessOptions"]
    assert told["InternetGatewayBlockMode"] == "block-ingress"
    gateway = aws("ec2", "create-internet-gateway")["InternetGateway"]["InternetGatewayId"]
    subnet = aws("ec2", "describe-subnets")["Subnets"][0]["SubnetId"]
    face = aws("ec2", "create-network-interface", "--subnet-id", subnet)["NetworkInterface"]["NetworkInterfaceId"]
    path = aws(
        "ec2", "create-network-insights-path", "--source", gateway, "--destination", face, "--protocol", "tcp",
        "--tag-specifications", "ResourceType=network-insights-path,Tags=[{Key=team,Value=net}]",
    )["NetworkInsightsPath"]  # fmt: skip
    assert path["Tags"] == [{"Key": "team", "Value": "net"}]
    named = ("--network-insights-path-id", path["NetworkInsightsPathId"])
    started = aws("ec2", "start-network-insights-analysis", *named)["NetworkInsightsAnalysis"]
    analysis = started["NetworkInsightsAnalysisId"]
    (told,) = aws("ec2", "describe-network-insights-analyses", "--network-insights-analysis-ids", analysis)[
        "NetworkInsightsAnalyses"
    ]
    assert (told["Status"], told["NetworkPathFound"]) == ("succeeded", False)
    aws("ec2", "delete-network-insights-analysis", "--network-insights-analysis-id", analysis)
    aws("ec2", "delete-network-insights-path", *named)
    with pytest.raises(Refused, match=r"InvalidNetworkInsightsPathId\.NotFound"):
        aws("ec2", "start-network-insights-analysis", *named)


def test_ec2_of_the_account(aws):
    aws("ec2", "enable-ebs-encryption-by-default")
    assert aws("ec2", "get-ebs-encryption-by-default")["EbsEncryptionByDefault"] is True
    key = aws("kms", "create-key")["KeyMetadata"]["Arn"]
    aws("ec2", "modify-ebs-default-kms-key-id", "--kms-key-id", key)
    made = aws("ec2", "create-volume", "--availability-zone", "us-east-1a", "--size", "1")
    assert (made["Encrypted"], made["KmsKeyId"]) == (True, key)
    aws("ec2", "reset-ebs-default-kms-key-id")
    assert "alias/aws/ebs" in aws("ec2", "get-ebs-default-kms-key-id")["KmsKeyId"]
    for kind, state in (("snapshot", ("--state", "block-all-sharing")), ("image", ())):
        blocked = state or ("--image-block-public-access-state", "block-new-sharing")
        aws("ec2", f"enable-{kind}-block-public-access", *blocked)
        assert blocked[1] in aws("ec2", f"get-{kind}-block-public-access-state").values()
        aws("ec2", f"disable-{kind}-block-public-access")
        assert "unblocked" in aws("ec2", f"get-{kind}-block-public-access-state").values()
    aws("ec2", "modify-instance-metadata-defaults", "--http-tokens", "required", "--http-put-response-hop-limit", "2")
    assert aws("ec2", "get-instance-metadata-defaults")["AccountLevel"]["HttpTokens"] == "required"
    aws("ec2", "enable-serial-console-access")
    assert aws("ec2", "get-serial-console-access-status")["SerialConsoleAccessEnabled"] is True
    aws("ec2", "disable-serial-console-access")
    image = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    run = aws("ec2", "run-instances", "--image-id", image, "--instance-type", "t3.micro")["Instances"][0]
    assert run["MetadataOptions"]["HttpTokens"] == "required"
    with pytest.raises(Refused, match=r"InvalidAMIID\.NotFound"):
        aws("ec2", "run-instances", "--image-id", "ami-00000000000000bad")
    place = ("--instance-id", run["InstanceId"], "--availability-zone", run["Placement"]["AvailabilityZone"])
    public = ("--ssh-public-key", "ssh-ed25519 " + "A" * 68, "--instance-os-user", "ec2-user")
    assert aws("ec2-instance-connect", "send-ssh-public-key", *place, *public)["Success"] is True


def test_resolver_query_logging_and_configurations(aws, number, vpc):
    service = "route53resolver"
    aws("logs", "create-log-group", "--log-group-name", "/dns")
    target = f"arn:aws:logs:us-east-1:{number}:log-group:/dns"
    given = ("--name", "all", "--destination-arn", target, "--creator-request-id", "1")
    made = aws(service, "create-resolver-query-log-config", *given)["ResolverQueryLogConfig"]
    named = ("--resolver-query-log-config-id", made["Id"])
    aws(service, "associate-resolver-query-log-config", *named, "--resource-id", vpc)
    aws(service, "tag-resource", "--resource-arn", made["Arn"], "--tags", "Key=team,Value=net")
    tags = aws(service, "list-tags-for-resource", "--resource-arn", made["Arn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "net"}]
    with pytest.raises(Refused, match="InvalidRequestException"):
        aws(service, "delete-resolver-query-log-config", *named)
    aws(service, "disassociate-resolver-query-log-config", *named, "--resource-id", vpc)
    aws(service, "delete-resolver-query-log-config", *named)
    assert aws(service, "list-resolver-query-log-configs")["ResolverQueryLogConfigs"] == []
    aws(service, "update-firewall-config", "--resource-id", vpc, "--firewall-fail-open", "ENABLED")
    assert aws(service, "get-firewall-config", "--resource-id", vpc)["FirewallConfig"]["FirewallFailOpen"] == "ENABLED"


def test_shield_protections_and_groups(aws, number):
    aws("shield", "create-subscription")
    address = aws("ec2", "allocate-address", "--domain", "vpc")["AllocationId"]
    resource = f"arn:aws:ec2:us-east-1:{number}:eip-allocation/{address}"
    made = aws("shield", "create-protection", "--name", "door", "--resource-arn", resource)["ProtectionId"]
    protection = aws("shield", "describe-protection", "--protection-id", made)["Protection"]
    aws("shield", "tag-resource", "--resource-arn", protection["ProtectionArn"], "--tags", "Key=team,Value=net")
    assert aws("shield", "list-tags-for-resource", "--resource-arn", protection["ProtectionArn"])["Tags"]
    group = ("--protection-group-id", "doors", "--aggregation")
    aws("shield", "create-protection-group", *group, "SUM", "--pattern", "ALL")
    aws("shield", "update-protection-group", *group, "MAX", "--pattern", "ARBITRARY", "--members", resource)
    read = aws("shield", "describe-protection-group", "--protection-group-id", "doors")["ProtectionGroup"]
    assert (read["Aggregation"], read["Members"]) == ("MAX", [resource])
    aws("shield", "delete-protection-group", "--protection-group-id", "doors")
    aws("shield", "delete-protection", "--protection-id", made)
    with pytest.raises(Refused, match="ResourceNotFoundException"):
        aws("shield", "describe-protection", "--protection-id", made)


def test_wafv2_sets(aws):
    scope = ("--scope", "REGIONAL")
    given = ("--name", "bad", *scope, "--ip-address-version", "IPV4", "--addresses", "192.0.2.0/24")
    made = aws("wafv2", "create-ip-set", *given, "--tags", "Key=team,Value=web")["Summary"]
    named = ("--name", "bad", *scope, "--id", made["Id"])
    with pytest.raises(Refused, match="WAFDuplicateItemException"):
        aws("wafv2", "create-ip-set", *given)
    stale = ("--lock-token", made["LockToken"])
    token = aws("wafv2", "update-ip-set", *named, *stale, "--addresses", "192.0.2.0/25")["NextLockToken"]
    with pytest.raises(Refused, match="WAFOptimisticLockException"):
        aws("wafv2", "delete-ip-set", *named, *stale)
    assert aws("wafv2", "get-ip-set", *named)["IPSet"]["Addresses"] == ["192.0.2.0/25"]
    tags = aws("wafv2", "list-tags-for-resource", "--resource-arn", made["ARN"])["TagInfoForResource"]["TagList"]
    assert tags == [{"Key": "team", "Value": "web"}]
    aws("wafv2", "delete-ip-set", *named, "--lock-token", token)
    assert aws("wafv2", "list-ip-sets", *scope)["IPSets"] == []


def test_network_firewall_policies(aws):
    service, named = "network-firewall", ("--firewall-policy-name", "egress")
    drop = {"StatelessDefaultActions": ["aws:drop"], "StatelessFragmentDefaultActions": ["aws:drop"]}
    given = (*named, "--firewall-policy", drop, "--tags", "Key=team,Value=net")
    made = aws(service, "create-firewall-policy", *given)
    on = ["aws:forward_to_sfe"]
    forward = {"StatelessDefaultActions": on, "StatelessFragmentDefaultActions": on}
    change = (*named, "--firewall-policy", forward)
    aws(service, "update-firewall-policy", *change, "--update-token", made["UpdateToken"])
    with pytest.raises(Refused, match="InvalidTokenException"):
        aws(service, "update-firewall-policy", *change, "--update-token", made["UpdateToken"])
    read = aws(service, "describe-firewall-policy", *named)
    assert read["FirewallPolicy"]["StatelessDefaultActions"] == ["aws:forward_to_sfe"]
    arn = ("--resource-arn", read["FirewallPolicyResponse"]["FirewallPolicyArn"])
    aws(service, "untag-resource", *arn, "--tag-keys", "team")
    assert aws(service, "list-tags-for-resource", *arn).get("Tags", []) == []
    aws(service, "delete-firewall-policy", *named)
    assert aws(service, "list-firewall-policies")["FirewallPolicies"] == []


def test_cloudtrail(aws, number):
    bucket, named = ("--bucket", "audit-logs"), ("--name", "everything")
    aws("s3api", "create-bucket", *bucket)
    with pytest.raises(Refused, match="InsufficientS3BucketPolicyException"):
        aws("cloudtrail", "create-trail", *named, "--s3-bucket-name", "audit-logs")
    aws("s3api", "put-bucket-policy", *bucket, "--policy", letting_cloudtrail_write("audit-logs", number, "everything"))
    given = ("--s3-bucket-name", "audit-logs", "--is-multi-region-trail", "--enable-log-file-validation")
    arn = aws("cloudtrail", "create-trail", *named, *given, "--tags-list", "Key=team,Value=audit")["TrailARN"]
    aws("cloudtrail", "start-logging", *named)
    assert aws("cloudtrail", "get-trail-status", *named)["IsLogging"] is True
    everything = [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}]
    aws("cloudtrail", "put-event-selectors", "--trail-name", "everything", "--event-selectors", everything)
    read = aws("cloudtrail", "get-event-selectors", "--trail-name", "everything")["EventSelectors"]
    assert read[0]["ReadWriteType"] == "All"
    aws("cloudtrail", "update-trail", *named, "--no-enable-log-file-validation")
    assert aws("cloudtrail", "get-trail", *named)["Trail"]["LogFileValidationEnabled"] is False
    aws("cloudtrail", "add-tags", "--resource-id", arn, "--tags-list", "Key=stage,Value=live")
    aws("cloudtrail", "remove-tags", "--resource-id", arn, "--tags-list", "Key=team")
    tags = aws("cloudtrail", "list-tags", "--resource-id-list", arn)["ResourceTagList"][0]["TagsList"]
    assert tags == [{"Key": "stage", "Value": "live"}]
    aws("cloudtrail", "stop-logging", *named)
    aws("cloudtrail", "delete-trail", *named)
    assert aws("cloudtrail", "list-trails")["Trails"] == []
    with pytest.raises(Refused, match="TrailNotFoundException"):
        aws("cloudtrail", "get-trail", *named)


def test_elbv2(aws):
    subnets = [row["SubnetId"] for row in aws("ec2", "describe-subnets")["Subnets"][:2]]
    with pytest.raises(Refused, match="ValidationError"):
        aws("elbv2", "create-load-balancer", "--name", "shop", "--subnets", subnets[0])
    made = aws("elbv2", "create-load-balancer", "--name", "shop", "--subnets", *subnets, "--tags", "Key=team,Value=web")
    balancer = ("--load-balancer-arn", made["LoadBalancers"][0]["LoadBalancerArn"])
    attribute = "Key=routing.http.drop_invalid_header_fields.enabled,Value=true"
    aws("elbv2", "modify-load-balancer-attributes", *balancer, "--attributes", attribute)
    read = aws("elbv2", "describe-load-balancer-attributes", *balancer)["Attributes"]
    assert {"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "true"} in read
    redirect = "Type=redirect,RedirectConfig={Protocol=HTTPS,Port=443,StatusCode=HTTP_301}"
    opened = ("--protocol", "HTTP", "--port", "80", "--default-actions", redirect)
    listener = aws("elbv2", "create-listener", *balancer, *opened)["Listeners"][0]["ListenerArn"]
    with pytest.raises(Refused, match="certificate"):
        aws("elbv2", "create-listener", *balancer, *opened[:1], "HTTPS", "--port", "443", *opened[4:])
    rule = ("--conditions", "Field=path-pattern,Values=/admin", "--actions", redirect)
    made = aws("elbv2", "create-rule", "--listener-arn", listener, "--priority", "5", *rule)["Rules"][0]["RuleArn"]
    aws("elbv2", "delete-rule", "--rule-arn", made)
    tags = aws("elbv2", "describe-tags", "--resource-arns", balancer[1])["TagDescriptions"][0]["Tags"]
    assert tags == [{"Key": "team", "Value": "web"}]
    aws("elbv2", "delete-listener", "--listener-arn", listener)
    aws("elbv2", "delete-load-balancer", *balancer)
    assert aws("elbv2", "describe-load-balancers")["LoadBalancers"] == []


def test_logs(aws):
    group = ("--log-group-name", "/app")
    aws("logs", "create-log-group", *group, "--tags", "team=web")
    aws("logs", "put-retention-policy", *group, "--retention-in-days", "30")
    with pytest.raises(Refused, match="InvalidParameterException"):
        aws("logs", "put-retention-policy", *group, "--retention-in-days", "13")
    assert aws("logs", "describe-log-groups")["logGroups"][0]["retentionInDays"] == 30
    aws("logs", "create-log-stream", *group, "--log-stream-name", "s")
    event = [{"timestamp": 1_790_000_000_000, "message": json.dumps({"errorCode": "AccessDenied"})}]
    aws("logs", "put-log-events", *group, "--log-stream-name", "s", "--log-events", event)
    pattern = ("--filter-pattern", '{ $.errorCode = "AccessDenied" }')
    assert len(aws("logs", "filter-log-events", *group, *pattern)["events"]) == 1
    counted = "metricName=denied,metricNamespace=app,metricValue=1"
    aws("logs", "put-metric-filter", *group, "--filter-name", "denied", *pattern, "--metric-transformations", counted)
    assert aws("logs", "describe-metric-filters", *group)["metricFilters"][0]["filterName"] == "denied"
    aws("logs", "delete-metric-filter", *group, "--filter-name", "denied")
    aws("logs", "delete-log-group", *group)
    assert aws("logs", "describe-log-groups")["logGroups"] == []


def test_sns_sts_and_secrets(aws, number):
    topic = ("--topic-arn", aws("sns", "create-topic", "--name", "alerts")["TopicArn"])
    mail = ("--protocol", "email", "--notification-endpoint", "ops@example.com")
    assert aws("sns", "subscribe", *topic, *mail)["SubscriptionArn"] == "pending confirmation"
    listed = aws("sns", "list-subscriptions-by-topic", *topic)["Subscriptions"]
    assert [one["SubscriptionArn"] for one in listed] == ["PendingConfirmation"]
    aws("sns", "delete-topic", *topic)
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{number}:root"}, "Action": "sts:AssumeRole"}
        ],
    }
    role = aws("iam", "create-role", "--role-name", "ops", "--assume-role-policy-document", trust)["Role"]["Arn"]
    session = aws("sts", "assume-role", "--role-arn", role, "--role-session-name", "work")
    assert session["AssumedRoleUser"]["Arn"].endswith(":assumed-role/ops/work")
    with pytest.raises(Refused, match="AccessDenied"):
        aws("sts", "assume-role", "--role-arn", role + "x", "--role-session-name", "work")
    aws("secretsmanager", "create-secret", "--name", "db", "--secret-string", "x", "--tags", "Key=team,Value=web")
    assert aws("secretsmanager", "get-secret-value", "--secret-id", "db")["SecretString"] == "x"
    aws("secretsmanager", "delete-secret", "--secret-id", "db", "--force-delete-without-recovery")
    with pytest.raises(Refused, match="ResourceNotFoundException"):
        aws("secretsmanager", "describe-secret", "--secret-id", "db")


def test_route53_records(aws):
    made = aws("route53", "create-hosted-zone", "--name", "example.com", "--caller-reference", "1")["HostedZone"]["Id"]
    zone, resource = ("--hosted-zone-id", made), ("--resource-type", "hostedzone", "--resource-id", made.split("/")[-1])

    def change(action, value="192.0.2.1"):
        record = {"Name": "www.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": value}]}
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        return aws("route53", "change-resource-record-sets", *zone, "--change-batch", batch)

    change("CREATE")
    with pytest.raises(Refused, match="already exists"):
        change("CREATE")
    change("UPSERT", "192.0.2.2")
    listed = aws("route53", "list-resource-record-sets", *zone)["ResourceRecordSets"]
    assert [row["ResourceRecords"][0]["Value"] for row in listed if row["Type"] == "A"] == ["192.0.2.2"]
    aws("route53", "change-tags-for-resource", *resource, "--add-tags", "Key=team,Value=web")
    tags = aws("route53", "list-tags-for-resource", *resource)["ResourceTagSet"]["Tags"]
    assert tags == [{"Key": "team", "Value": "web"}]
    with pytest.raises(Refused, match="HostedZoneNotEmpty"):
        aws("route53", "delete-hosted-zone", "--id", made)
    change("DELETE", "192.0.2.2")
    aws("route53", "delete-hosted-zone", "--id", made)
