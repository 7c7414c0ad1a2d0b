"""Steps of Network Firewall, AWS WAF, Shield, Firewall Manager and CloudFront."""

import json

from .probe import Probe

DRT_POLICY = "arn:aws:iam::aws:policy/service-role/AWSShieldDRTAccessPolicy"
DRT_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "drt.shield.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


def steps(probe: Probe) -> None:
    ec2 = probe.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.5.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.5.{n}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for n, zone in enumerate("ab")
    ]
    _network_firewall(probe, vpc, subnets)
    balancer = probe.client("elbv2").create_load_balancer(Name="edge", Subnets=subnets)
    _web(probe, balancer["LoadBalancers"][0]["LoadBalancerArn"])


def _network_firewall(probe: Probe, vpc: str, subnets: list[str]) -> None:
    step, firewalls = probe.capability("Network Firewall"), probe.client("network-firewall")
    drop = "drop tcp any any -> any any (sid:1;)"
    group = {"RuleGroupName": "r", "Type": "STATEFUL"}
    made = step.works("rule group", lambda: firewalls.create_rule_group(**group, Capacity=10, Rules=drop))
    told = firewalls.describe_rule_group
    step.tells("rules", lambda: told(**group)["RuleGroup"]["RulesSource"], {"RulesString": drop})
    other = {"RuleGroupName": "s", "Type": "STATEFUL"}
    step.refuses("a rule without sid", lambda: firewalls.create_rule_group(
        **other, Capacity=10, Rules="drop tcp any any -> any any ()"))  # fmt: skip
    step.refuses("too little capacity", lambda: firewalls.create_rule_group(
        **other, Capacity=1, Rules=f"{drop}\n{drop.replace('1', '2')}"))  # fmt: skip
    body = {
        "StatelessDefaultActions": ["aws:forward_to_sfe"],
        "StatelessFragmentDefaultActions": ["aws:drop"],
        "StatefulRuleGroupReferences": [{"ResourceArn": made["RuleGroupResponse"]["RuleGroupArn"]}],
    }
    create = firewalls.create_firewall_policy
    made = step.works("policy", lambda: create(FirewallPolicyName="p", FirewallPolicy=body))
    both = body | {"StatelessDefaultActions": ["aws:drop", "aws:pass"]}
    step.refuses("two default actions", lambda: create(FirewallPolicyName="q", FirewallPolicy=both))
    policy = {"FirewallPolicyArn": made["FirewallPolicyResponse"]["FirewallPolicyArn"]}
    step.tells("policy read", lambda: firewalls.describe_firewall_policy(**policy)["FirewallPolicy"], body)
    place = {"VpcId": vpc, "SubnetMappings": [{"SubnetId": subnets[0]}]}
    named = {"FirewallName": "f"}
    step.works("firewall", lambda: firewalls.create_firewall(**named, **policy, **place, DeleteProtection=True))
    read = firewalls.describe_firewall
    step.tells("protection", lambda: read(**named)["Firewall"]["DeleteProtection"], True)
    step.tells("status", lambda: read(**named)["FirewallStatus"]["Status"], "READY")
    probe.client("s3").create_bucket(Bucket="nfw-alerts")
    logs = [{"LogType": "ALERT", "LogDestinationType": "S3", "LogDestination": {"bucketName": "nfw-alerts"}}]
    log = {"LoggingConfiguration": {"LogDestinationConfigs": logs}}
    step.works("logging", lambda: firewalls.update_logging_configuration(**named, **log))
    shown = firewalls.describe_logging_configuration
    step.tells("logging read", lambda: shown(**named)["LoggingConfiguration"]["LogDestinationConfigs"], logs)
    step.refuses("delete what is protected", lambda: firewalls.delete_firewall(**named))
    off = {"DeleteProtection": False}
    step.works("protection off", lambda: firewalls.update_firewall_delete_protection(**named, **off))
    step.works("delete", lambda: firewalls.delete_firewall(**named))
    step.refuses("unknown policy", lambda: firewalls.create_firewall(
        FirewallName="g", FirewallPolicyArn="arn:aws:nope", VpcId="vpc-0", SubnetMappings=[]))  # fmt: skip


def _web(probe: Probe, alb: str) -> None:
    probe.client("logs").create_log_group(logGroupName="aws-waf-logs-x")
    probe.client("organizations").create_organization()
    probe.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=DRT_TRUST)
    probe.client("iam").attach_role_policy(RoleName="r", PolicyArn=DRT_POLICY)
    w = probe.client("wafv2")
    step = probe.capability("wafv2")
    V = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
    rules = [
        {
            "Name": "mg",
            "Priority": 0,
            "OverrideAction": {"None": {}},
            "VisibilityConfig": V,
            "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}},
        },
        {
            "Name": "geo",
            "Priority": 1,
            "Action": {"Block": {}},
            "VisibilityConfig": V,
            "Statement": {"GeoMatchStatement": {"CountryCodes": ["KP"]}},
        },
        {
            "Name": "rate",
            "Priority": 2,
            "Action": {"Block": {}},
            "VisibilityConfig": V,
            "Statement": {"RateBasedStatement": {"Limit": 100, "AggregateKeyType": "IP"}},
        },
        {
            "Name": "size",
            "Priority": 3,
            "Action": {"Block": {}},
            "VisibilityConfig": V,
            "Statement": {
                "SizeConstraintStatement": {
                    "FieldToMatch": {"Body": {}},
                    "ComparisonOperator": "GT",
                    "Size": 8192,
                    "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
                }
            },
        },
        {
            "Name": "sqli",
            "Priority": 4,
            "Action": {"Block": {}},
            "VisibilityConfig": V,
            "Statement": {
                "SqliMatchStatement": {
                    "FieldToMatch": {"QueryString": {}},
                    "TextTransformations": [{"Priority": 0, "Type": "URL_DECODE"}],
                }
            },
        },
    ]
    a = step.works(
        "create_web_acl",
        lambda: w.create_web_acl(
            Name="acl", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=V, Rules=rules
        ),
    )["Summary"]
    step.tells("get rules", lambda: w.get_web_acl(Name="acl", Scope="REGIONAL", Id=a["Id"])["WebACL"]["Rules"], rules)
    step.works(
        "update_web_acl",
        lambda: w.update_web_acl(
            Name="acl",
            Scope="REGIONAL",
            Id=a["Id"],
            DefaultAction={"Block": {}},
            Rules=rules[:1],
            VisibilityConfig=V,
            LockToken=a["LockToken"],
        ),
    )
    step.tells(
        "updated",
        lambda: (lambda x: (len(x["Rules"]), list(x["DefaultAction"])))(
            w.get_web_acl(Name="acl", Scope="REGIONAL", Id=a["Id"])["WebACL"]
        ),
        (1, ["Block"]),
    )
    step.refuses(
        "stale LockToken",
        lambda: w.update_web_acl(
            Name="acl",
            Scope="REGIONAL",
            Id=a["Id"],
            DefaultAction={"Block": {}},
            Rules=[],
            VisibilityConfig=V,
            LockToken="x",
        ),
    )
    step.refuses(
        "unknown managed group",
        lambda: w.create_web_acl(
            Name="b1",
            Scope="REGIONAL",
            DefaultAction={"Allow": {}},
            VisibilityConfig=V,
            Rules=[{**rules[0], "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "Nope"}}}],
        ),
    )
    step.works("associate ALB", lambda: w.associate_web_acl(WebACLArn=a["ARN"], ResourceArn=alb))
    step.tells("get_web_acl_for_resource", lambda: w.get_web_acl_for_resource(ResourceArn=alb)["WebACL"]["Name"], "acl")
    step.works("list_resources_for_web_acl", lambda: w.list_resources_for_web_acl(WebACLArn=a["ARN"]))
    step.works(
        "logging",
        lambda: w.put_logging_configuration(
            LoggingConfiguration={
                "ResourceArn": a["ARN"],
                "LogDestinationConfigs": [f"arn:aws:logs:us-east-1:{probe.account}:log-group:aws-waf-logs-x"],
            }
        ),
    )
    step.tells(
        "get logging",
        lambda: len(w.get_logging_configuration(ResourceArn=a["ARN"])["LoggingConfiguration"]["LogDestinationConfigs"]),
        1,
    )
    step.works(
        "ip set", lambda: w.create_ip_set(Name="i", Scope="REGIONAL", IPAddressVersion="IPV4", Addresses=["1.2.3.4/32"])
    )
    step.works("rule group", lambda: w.create_rule_group(Name="rg", Scope="REGIONAL", Capacity=10, VisibilityConfig=V))
    step.works(
        "regex set",
        lambda: w.create_regex_pattern_set(Name="rx", Scope="REGIONAL", RegularExpressionList=[{"RegexString": "x"}]),
    )
    step.works("list_available_managed_rule_groups", lambda: w.list_available_managed_rule_groups(Scope="REGIONAL"))
    step.works("check_capacity", lambda: w.check_capacity(Scope="REGIONAL", Rules=rules))
    h = probe.client("shield")
    step = probe.capability("shield")
    step.works("create_subscription", lambda: h.create_subscription())
    step.tells("describe_subscription", lambda: h.describe_subscription()["Subscription"].get("AutoRenew"), "ENABLED")
    step.works("create_protection", lambda: h.create_protection(Name="p", ResourceArn=alb))
    step.tells("list", lambda: len(h.list_protections()["Protections"]), 1)
    step.works("get_subscription_state", lambda: h.get_subscription_state())
    step.works("associate_drt_role", lambda: h.associate_drt_role(RoleArn=f"arn:aws:iam::{probe.account}:role/r"))
    step.works("describe_drt_access", lambda: h.describe_drt_access())
    step.works("describe_emergency_contact_settings", lambda: h.describe_emergency_contact_settings())
    step.works(
        "emergency contacts",
        lambda: h.update_emergency_contact_settings(
            EmergencyContactList=[{"EmailAddress": "a@example.com", "PhoneNumber": "+12065550100"}]
        ),
    )
    step.works(
        "proactive engagement details",
        lambda: h.associate_proactive_engagement_details(
            EmergencyContactList=[{"EmailAddress": "a@example.com", "PhoneNumber": "+12065550100"}]
        ),
    )
    step.works("enable_proactive_engagement", lambda: h.enable_proactive_engagement())
    step.works(
        "create_protection_group",
        lambda: h.create_protection_group(ProtectionGroupId="g", Aggregation="SUM", Pattern="ALL"),
    )
    f = probe.client("fms")
    step = probe.capability("fms")
    step.works("associate_admin_account", lambda: f.associate_admin_account(AdminAccount=probe.account))
    step.refuses("an incomplete policy", lambda: f.put_policy(Policy={"PolicyName": "p"}))
    step.works(
        "put_policy",
        lambda: f.put_policy(
            Policy={
                "PolicyName": "p",
                "SecurityServicePolicyData": {
                    "Type": "SHIELD_ADVANCED",
                    "ManagedServiceData": json.dumps({"type": "SHIELD_ADVANCED"}),
                },
                "ResourceType": "AWS::ElasticLoadBalancingV2::LoadBalancer",
                "ExcludeResourceTags": False,
                "RemediationEnabled": False,
            }
        ),
    )
    step.works("list_policies", lambda: f.list_policies())
    cf = probe.client("cloudfront")
    step = probe.capability("cloudfront (for WAF/TLS labs)")
    dc = {
        "CallerReference": "1",
        "Comment": "",
        "Enabled": True,
        "WebACLId": "arn:x",
        "DefaultCacheBehavior": {
            "TargetOriginId": "o",
            "ViewerProtocolPolicy": "allow-all",
            "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
            "MinTTL": 0,
        },
        "Origins": {
            "Quantity": 1,
            "Items": [{"Id": "o", "DomainName": "b.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}],
        },
        "ViewerCertificate": {"CloudFrontDefaultCertificate": True, "MinimumProtocolVersion": "TLSv1"},
    }
    d = step.works("create_distribution", lambda: cf.create_distribution(DistributionConfig=dc))
    step.tells(
        "policy read",
        lambda: cf.get_distribution_config(Id=d["Distribution"]["Id"])["DistributionConfig"]["DefaultCacheBehavior"][
            "ViewerProtocolPolicy"
        ],
        "allow-all",
    )
    step.tells(
        "WebACLId read",
        lambda: cf.get_distribution_config(Id=d["Distribution"]["Id"])["DistributionConfig"].get("WebACLId"),
        "arn:x",
    )
