"""What the developer guides do with the `aws` command, step by step.

The walks are a learner's: the command itself, in one terminal after the other's, at one live attempt.
"""

import json

import pytest

from helpers.aws_cli import Refused, aws_cli

pytestmark = pytest.mark.xdist_group("aws_in_a_terminal")


@pytest.fixture(scope="module")
def aws_in_a_terminal(tmp_path_factory):
    with aws_cli(tmp_path_factory.mktemp("cli")) as aws:
        yield aws


def test_dnssec_signing(aws_in_a_terminal):
    """Amazon Route 53 Developer Guide, "Enabling DNSSEC signing and establishing a chain of trust"."""
    aws = aws_in_a_terminal
    account = aws("sts", "get-caller-identity")["Account"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Enable IAM User Permissions",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Sid": "Allow Route 53 DNSSEC Service",
                "Effect": "Allow",
                "Principal": {"Service": "dnssec-route53.amazonaws.com"},
                "Action": ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"],
                "Resource": "*",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": account},
                    "ArnLike": {"aws:SourceArn": "arn:aws:route53:::hostedzone/*"},
                },
            },
            {
                "Sid": "Allow Route 53 DNSSEC to CreateGrant",
                "Effect": "Allow",
                "Principal": {"Service": "dnssec-route53.amazonaws.com"},
                "Action": "kms:CreateGrant",
                "Resource": "*",
                "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
            },
        ],
    }
    zone = aws("route53", "create-hosted-zone", "--name", "example.com", "--caller-reference", "1")["HostedZone"]["Id"]
    key = aws(
        "kms", "create-key", "--region", "us-east-1", "--key-spec", "ECC_NIST_P256", "--key-usage", "SIGN_VERIFY",
        "--policy", policy,
    )["KeyMetadata"]["Arn"]  # fmt: skip
    aws(
        "route53", "create-key-signing-key", "--caller-reference", "2", "--hosted-zone-id", zone,
        "--key-management-service-arn", key, "--name", "ksk", "--status", "ACTIVE",
    )  # fmt: skip
    aws("route53", "enable-hosted-zone-dnssec", "--hosted-zone-id", zone)
    answer = aws("route53", "get-dnssec", "--hosted-zone-id", zone)
    assert answer["Status"]["ServeSignature"] == "SIGNING"
    assert answer["KeySigningKeys"][0]["DSRecord"].split()[1:3] == ["13", "2"]
    with pytest.raises(Refused, match="KeySigningKeyInUse"):
        aws("route53", "deactivate-key-signing-key", "--hosted-zone-id", zone, "--name", "ksk")


def test_a_dns_firewall_with_a_custom_response(aws_in_a_terminal):
    """Amazon Route 53 Developer Guide, "Getting started with Resolver DNS Firewall" (walled garden)."""
    aws = aws_in_a_terminal
    resolver = "route53resolver"
    domains = aws(resolver, "create-firewall-domain-list", "--name", "walled")["FirewallDomainList"]["Id"]
    answer = aws(
        resolver, "update-firewall-domains", "--firewall-domain-list-id", domains, "--operation", "ADD",
        "--domains", "bad.example.com", "*.worse.example",
    )  # fmt: skip
    assert answer["Status"] == "UPDATING"
    group = aws(resolver, "create-firewall-rule-group", "--name", "WalledGardenExample")["FirewallRuleGroup"]["Id"]
    rule = aws(
        resolver, "create-firewall-rule", "--name", "wall", "--firewall-rule-group-id", group,
        "--firewall-domain-list-id", domains, "--priority", "100", "--action", "BLOCK", "--block-response", "OVERRIDE",
        "--block-override-domain", "garden.example.com", "--block-override-dns-type", "CNAME",
        "--block-override-ttl", "60",
    )["FirewallRule"]  # fmt: skip
    assert rule["BlockOverrideDomain"] == "garden.example.com"
    vpc = aws("ec2", "describe-vpcs")["Vpcs"][0]["VpcId"]
    made = aws(
        resolver, "associate-firewall-rule-group", "--name", "test-association", "--firewall-rule-group-id", group,
        "--vpc-id", vpc, "--priority", "101",
    )["FirewallRuleGroupAssociation"]  # fmt: skip
    assert made["StatusMessage"] == "Creating Firewall Rule Group Association"
    aws(resolver, "update-firewall-config", "--resource-id", vpc, "--firewall-fail-open", "DISABLED")
    listed = aws(resolver, "list-firewall-rules", "--firewall-rule-group-id", group)["FirewallRules"]
    assert [one["BlockResponse"] for one in listed] == ["OVERRIDE"]
    associations = aws(resolver, "list-firewall-rule-group-associations", "--vpc-id", vpc)
    assert associations["FirewallRuleGroupAssociations"][0]["Status"] == "COMPLETE"


def test_a_network_firewall_with_a_domain_list(aws_in_a_terminal):
    """AWS Network Firewall Developer Guide, "Getting started with AWS Network Firewall", with a domain list."""
    aws = aws_in_a_terminal
    vpc = aws("ec2", "create-vpc", "--cidr-block", "10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = aws("ec2", "create-subnet", "--vpc-id", vpc, "--cidr-block", "10.9.1.0/24")["Subnet"]["SubnetId"]
    group = aws(
        "network-firewall", "create-rule-group", "--rule-group-name", "denied-domains", "--type", "STATEFUL",
        "--capacity", "100", "--rule-group",
        {
            "RulesSource": {
                "RulesSourceList": {
                    "Targets": [".example.com"],
                    "TargetTypes": ["HTTP_HOST", "TLS_SNI"],
                    "GeneratedRulesType": "DENYLIST",
                }
            }
        },
    )["RuleGroupResponse"]["RuleGroupArn"]  # fmt: skip
    policy = aws(
        "network-firewall", "create-firewall-policy", "--firewall-policy-name", "egress", "--firewall-policy",
        {
            "StatelessDefaultActions": ["aws:forward_to_sfe"],
            "StatelessFragmentDefaultActions": ["aws:forward_to_sfe"],
            "StatefulRuleGroupReferences": [{"ResourceArn": group}],
        },
    )["FirewallPolicyResponse"]["FirewallPolicyArn"]  # fmt: skip
    aws(
        "network-firewall", "create-firewall", "--firewall-name", "edge", "--firewall-policy-arn", policy,
        "--vpc-id", vpc, "--subnet-mappings", f"SubnetId={subnet}",
    )  # fmt: skip
    described = aws("network-firewall", "describe-firewall", "--firewall-name", "edge")
    assert described["FirewallStatus"]["Status"] == "READY"
    (state,) = described["FirewallStatus"]["SyncStates"].values()
    table = aws("ec2", "create-route-table", "--vpc-id", vpc)["RouteTable"]["RouteTableId"]
    aws(
        "ec2", "create-route", "--route-table-id", table, "--destination-cidr-block", "0.0.0.0/0",
        "--vpc-endpoint-id", state["Attachment"]["EndpointId"],
    )  # fmt: skip
    aws("logs", "create-log-group", "--log-group-name", "/nfw/alert")
    configuration = {
        "LogDestinationConfigs": [
            {
                "LogType": "ALERT",
                "LogDestinationType": "CloudWatchLogs",
                "LogDestination": {"logGroup": "/nfw/alert"},
            }
        ]
    }
    aws(
        "network-firewall", "update-logging-configuration", "--firewall-name", "edge",
        "--logging-configuration", json.dumps(configuration),
    )  # fmt: skip
    with pytest.raises(Refused, match="InvalidOperationException"):
        aws("network-firewall", "delete-firewall", "--firewall-name", "edge")
    aws("network-firewall", "update-firewall-delete-protection", "--firewall-name", "edge", "--no-delete-protection")
    aws("network-firewall", "delete-firewall", "--firewall-name", "edge")


def test_a_permissions_boundary_of_a_user(aws_in_a_terminal):
    """IAM User Guide, "Permissions boundaries for IAM entities": ShirleyRodriguez may use three services, whatever else
    her permissions policy says; the simulator and her own key agree.
    """
    aws = aws_in_a_terminal
    boundary = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["s3:*", "cloudwatch:*", "ec2:*"], "Resource": "*"}],
    }
    permissions = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": ["iam:CreateUser", "ec2:DescribeVpcs"], "Resource": "*"},
    }
    arn = aws("iam", "create-policy", "--policy-name", "XCompanyBoundary", "--policy-document", boundary)["Policy"][
        "Arn"
    ]
    user = aws("iam", "create-user", "--user-name", "ShirleyRodriguez")["User"]["Arn"]
    name = ("--user-name", "ShirleyRodriguez")
    aws("iam", "put-user-policy", *name, "--policy-name", "work", "--policy-document", permissions)
    aws("iam", "put-user-permissions-boundary", *name, "--permissions-boundary", arn)
    shown = aws("iam", "get-user", *name)["User"]["PermissionsBoundary"]
    assert shown["PermissionsBoundaryArn"] == arn
    simulated = aws(
        "iam", "simulate-principal-policy", "--policy-source-arn", user,
        "--action-names", "iam:CreateUser", "ec2:DescribeVpcs", "s3:ListAllMyBuckets",
    )["EvaluationResults"]  # fmt: skip
    assert [one["EvalDecision"] for one in simulated] == ["implicitDeny", "allowed", "implicitDeny"]
    within = [one["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"] for one in simulated]
    assert within == [False, True, True]
    key = aws("iam", "create-access-key", *name)["AccessKey"]
    shirley = aws.using(key["AccessKeyId"], key["SecretAccessKey"])
    assert shirley("ec2", "describe-vpcs")["Vpcs"]
    with pytest.raises(Refused, match="AccessDenied"):
        shirley("iam", "create-user", "--user-name", "somebody")
    aws("iam", "delete-user-permissions-boundary", *name)
    assert shirley("iam", "create-user", "--user-name", "somebody")["User"]["UserName"] == "somebody"


def test_a_web_acl_with_each_criterion_of_the_course(aws_in_a_terminal):
    """AWS WAF Developer Guide, "Rule statements list"; AWS CLI, `wafv2 create-web-acl` and `associate-web-acl`."""
    aws = aws_in_a_terminal
    waf = ("--scope", "REGIONAL", "--region", "us-east-1")

    def metrics(name):
        return {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": name}

    def rule(number, name, statement, **action):
        action = action or {"Action": {"Block": {}}}
        made = {"Name": name, "Priority": number, "Statement": statement, "VisibilityConfig": metrics(name)}
        return made | action

    ip_set = aws(
        "wafv2", "create-ip-set", "--name", "bad-ips", *waf, "--ip-address-version", "IPV4",
        "--addresses", "192.0.2.0/24", "198.51.100.7/32",
    )["Summary"]  # fmt: skip
    patterns = aws(
        "wafv2", "create-regex-pattern-set", "--name", "bots", *waf,
        "--regular-expression-list", "RegexString=(?i)bad-?bot", "RegexString=^curl/",
    )["Summary"]  # fmt: skip
    decoded = [{"Priority": 0, "Type": "URL_DECODE"}, {"Priority": 1, "Type": "LOWERCASE"}]
    plain = [{"Priority": 0, "Type": "NONE"}]
    rules = [
        rule(0, "ip", {"IPSetReferenceStatement": {"ARN": ip_set["ARN"]}}),
        rule(1, "country", {"NotStatement": {"Statement": {"GeoMatchStatement": {"CountryCodes": ["DE", "FR"]}}}}),
        rule(2, "string", {"ByteMatchStatement": {
            "SearchString": "/admin", "FieldToMatch": {"UriPath": {}}, "TextTransformations": decoded,
            "PositionalConstraint": "STARTS_WITH"}}),
        rule(3, "regex", {"RegexPatternSetReferenceStatement": {
            "ARN": patterns["ARN"], "FieldToMatch": {"SingleHeader": {"Name": "user-agent"}},
            "TextTransformations": plain}}),
        rule(4, "size", {"SizeConstraintStatement": {
            "FieldToMatch": {"Body": {"OversizeHandling": "MATCH"}}, "ComparisonOperator": "GT", "Size": 8192,
            "TextTransformations": plain}}),
        rule(5, "sqli", {"SqliMatchStatement": {
            "FieldToMatch": {"AllQueryArguments": {}}, "TextTransformations": decoded}}),
        rule(6, "xss", {"XssMatchStatement": {"FieldToMatch": {"QueryString": {}}, "TextTransformations": decoded}}),
        rule(7, "rate", {"RateBasedStatement": {"Limit": 1000, "AggregateKeyType": "IP"}}),
    ]  # fmt: skip
    units = aws("wafv2", "check-capacity", *waf, "--rules", rules)["Capacity"]
    group = aws(
        "wafv2", "create-rule-group", "--name", "shared", *waf, "--capacity", str(units), "--rules", rules,
        "--visibility-config", metrics("shared"),
    )["Summary"]  # fmt: skip
    managed = aws("wafv2", "list-available-managed-rule-groups", *waf)["ManagedRuleGroups"]
    assert "AWSManagedRulesCommonRuleSet" in [row["Name"] for row in managed]
    keep = {"OverrideAction": {"None": {}}}
    acl = aws(
        "wafv2", "create-web-acl", "--name", "shop", *waf, "--default-action", {"Allow": {}},
        "--visibility-config", metrics("shop"), "--rules", [
            rule(0, "shared", {"RuleGroupReferenceStatement": {"ARN": group["ARN"]}}, **keep),
            rule(1, "common", {"ManagedRuleGroupStatement": {
                "VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}}, **keep),
        ],
    )["Summary"]  # fmt: skip
    subnets = [row["SubnetId"] for row in aws("ec2", "describe-subnets")["Subnets"][:2]]
    balancer = aws("elbv2", "create-load-balancer", "--name", "shop", "--subnets", *subnets)
    arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    aws("wafv2", "associate-web-acl", "--web-acl-arn", acl["ARN"], "--resource-arn", arn)
    aws("logs", "create-log-group", "--log-group-name", "aws-waf-logs-shop")
    destination = f"arn:aws:logs:us-east-1:{acl['ARN'].split(':')[4]}:log-group:aws-waf-logs-shop"
    aws(
        "wafv2", "put-logging-configuration",
        "--logging-configuration", {"ResourceArn": acl["ARN"], "LogDestinationConfigs": [destination]},
    )  # fmt: skip
    found = aws("wafv2", "get-web-acl-for-resource", "--resource-arn", arn)["WebACL"]
    assert found["Capacity"] == units + 700
    listed = aws("wafv2", "list-resources-for-web-acl", "--web-acl-arn", acl["ARN"])
    assert listed["ResourceArns"] == [arn]
    read = aws("wafv2", "get-rule-group", "--arn", group["ARN"])["RuleGroup"]["Rules"]
    assert [one["Name"] for one in read] == [one["Name"] for one in rules]
    with pytest.raises(Refused, match="WAFAssociatedItemException"):
        aws(
            "wafv2", "delete-web-acl", "--name", "shop", *waf, "--id", acl["Id"], "--lock-token", acl["LockToken"],
        )  # fmt: skip


def test_access_of_the_shield_response_team(aws_in_a_terminal):
    """Shield Advanced, "Configuring AWS SRT support" and "Setting up proactive engagement for the SRT"."""
    aws = aws_in_a_terminal
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "drt.shield.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    aws("shield", "create-subscription")
    role = aws("iam", "create-role", "--role-name", "srt", "--assume-role-policy-document", trust)["Role"]["Arn"]
    with pytest.raises(Refused, match="AWSShieldDRTAccessPolicy"):
        aws("shield", "associate-drt-role", "--role-arn", role)
    policy = "arn:aws:iam::aws:policy/service-role/AWSShieldDRTAccessPolicy"
    aws("iam", "attach-role-policy", "--role-name", "srt", "--policy-arn", policy)
    aws("shield", "associate-drt-role", "--role-arn", role)
    aws("s3api", "create-bucket", "--bucket", "flow-and-access-logs")
    aws("shield", "associate-drt-log-bucket", "--log-bucket", "flow-and-access-logs")
    contact = "EmailAddress=oncall@example.com,PhoneNumber=+4930123456,ContactNotes=day"
    aws("shield", "associate-proactive-engagement-details", "--emergency-contact-list", contact)
    access = aws("shield", "describe-drt-access")
    assert (access["RoleArn"], access["LogBucketList"]) == (role, ["flow-and-access-logs"])
    subscription = aws("shield", "describe-subscription")["Subscription"]
    assert (subscription["ProactiveEngagementStatus"], subscription["AutoRenew"]) == ("ENABLED", "ENABLED")
    aws("shield", "disable-proactive-engagement")
    aws("shield", "enable-proactive-engagement")


def test_the_event_history(aws):
    """CloudTrail User Guide, "Viewing CloudTrail events with the AWS CLI"."""
    aws("iam", "create-user", "--user-name", "mallory")
    with pytest.raises(Refused):
        aws("iam", "create-user", "--user-name", "mallory")
    events = aws(
        "cloudtrail", "lookup-events",
        "--lookup-attributes", "AttributeKey=ResourceName,AttributeValue=mallory", "--max-results", "5",
    )["Events"]  # fmt: skip
    assert [row["EventName"] for row in events] == ["CreateUser", "CreateUser"]
    assert json.loads(events[0]["CloudTrailEvent"])["errorCode"] == "EntityAlreadyExistsException"
