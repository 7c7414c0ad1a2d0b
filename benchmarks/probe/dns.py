"""Steps of Route 53 and its Resolver."""

import json

from .probe import Probe, policy

SIGNER = "dnssec-route53.amazonaws.com"
WRITER = "route53.amazonaws.com"
WALL = {
    "Action": "BLOCK",
    "BlockResponse": "OVERRIDE",
    "BlockOverrideDomain": "wall.example.com",
    "BlockOverrideDnsType": "CNAME",
    "BlockOverrideTtl": 60,
}


def steps(probe: Probe) -> None:
    zone = _zones(probe)
    _query_logging(probe, zone)
    _signing(probe, zone)
    vpc = probe.client("ec2").create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    _firewall(probe, vpc)
    _resolver(probe, vpc)


def _zones(probe: Probe) -> str:
    step, dns = probe.capability("hosted zones and records"), probe.client("route53")
    made = step.works("create_hosted_zone", lambda: dns.create_hosted_zone(Name="ex.com", CallerReference="1"))
    zone = made["HostedZone"]["Id"].split("/")[-1]
    records = [
        {"Name": "a.ex.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.4"}]},
        {"Name": "ex.com", "Type": "CAA", "TTL": 60, "ResourceRecords": [{"Value": '0 issue "amazon.com"'}]},
    ]
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record} for record in records]}
    step.works("A and CAA", lambda: dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch))
    step.tells("list", lambda: len(dns.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]), 4)
    step.refuses("the same caller reference", lambda: dns.create_hosted_zone(Name="ey.com", CallerReference="1"))
    check = {"Type": "HTTPS", "FullyQualifiedDomainName": "ex.com"}
    step.works("health check", lambda: dns.create_health_check(CallerReference="h", HealthCheckConfig=check))
    return str(zone)


def _query_logging(probe: Probe, zone: str) -> None:
    step, dns, logs = probe.capability("query logging of zones"), probe.client("route53"), probe.client("logs")
    group = f"arn:aws:logs:us-east-1:{probe.account}:log-group:/aws/route53/ex.com"
    logs.create_log_group(logGroupName="/aws/route53/ex.com")
    named = {"HostedZoneId": zone, "CloudWatchLogsLogGroupArn": f"{group}:*"}
    step.refuses("a group that Route 53 may not write to", lambda: dns.create_query_logging_config(**named))
    write = policy(action=["logs:CreateLogStream", "logs:PutLogEvents"], resource="*", Principal={"Service": WRITER})
    logs.put_resource_policy(policyName="dns", policyDocument=write)
    step.works("create_query_logging_config", lambda: dns.create_query_logging_config(**named))
    step.tells("list", lambda: len(dns.list_query_logging_configs(HostedZoneId=zone)["QueryLoggingConfigs"]), 1)
    wrong = named | {"CloudWatchLogsLogGroupArn": "nope"}
    step.refuses("bad log group ARN", lambda: dns.create_query_logging_config(**wrong))


def _signing(probe: Probe, zone: str) -> None:
    step, dns = probe.capability("DNSSEC signing"), probe.client("route53")
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{probe.account}:root"}, "Action": "kms:*"},
        {
            "Effect": "Allow",
            "Principal": {"Service": SIGNER},
            "Action": ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:CreateGrant"],
        },
    ]
    document = {"Version": "2012-10-17", "Statement": [one | {"Resource": "*"} for one in statements]}
    arn = probe.client("kms").create_key(
        KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY", Policy=json.dumps(document)
    )["KeyMetadata"]["Arn"]  # fmt: skip
    key = {"HostedZoneId": zone, "Name": "ksk"}
    new = key | {"CallerReference": "1", "Status": "ACTIVE"}
    step.refuses(
        "a key that is not there", lambda: dns.create_key_signing_key(**new, KeyManagementServiceArn=arn + "0")
    )
    step.works("create_key_signing_key", lambda: dns.create_key_signing_key(**new, KeyManagementServiceArn=arn))
    step.works("enable_hosted_zone_dnssec", lambda: dns.enable_hosted_zone_dnssec(HostedZoneId=zone))
    step.tells("signing", lambda: dns.get_dnssec(HostedZoneId=zone)["Status"]["ServeSignature"], "SIGNING")
    step.tells("key", lambda: dns.get_dnssec(HostedZoneId=zone)["KeySigningKeys"][0]["KmsArn"], arn)
    step.refuses("deactivate the last key", lambda: dns.deactivate_key_signing_key(**key))
    step.works("disable_hosted_zone_dnssec", lambda: dns.disable_hosted_zone_dnssec(HostedZoneId=zone))
    step.works("deactivate_key_signing_key", lambda: dns.deactivate_key_signing_key(**key))
    step.works("delete_key_signing_key", lambda: dns.delete_key_signing_key(**key))


def _firewall(probe: Probe, vpc: str) -> None:
    step, resolver = probe.capability("DNS Firewall"), probe.client("route53resolver")
    made = step.works("domain list", lambda: resolver.create_firewall_domain_list(CreatorRequestId="1", Name="d"))
    domains = {"FirewallDomainListId": made["FirewallDomainList"]["Id"]}
    add = {**domains, "Operation": "ADD"}
    step.works("add domains", lambda: resolver.update_firewall_domains(**add, Domains=["bad.example.com"]))
    step.tells("list domains", lambda: resolver.list_firewall_domains(**domains)["Domains"], ["bad.example.com."])
    step.refuses("no domain", lambda: resolver.update_firewall_domains(**add, Domains=["no domain"]))
    made = step.works("rule group", lambda: resolver.create_firewall_rule_group(CreatorRequestId="1", Name="g"))
    group = {"FirewallRuleGroupId": made["FirewallRuleGroup"]["Id"]}
    rule = {"CreatorRequestId": "1", **group, **domains, "Priority": 1, "Name": "r"}
    step.works("rule", lambda: resolver.create_firewall_rule(**rule, **WALL))
    step.tells(
        "rule read", lambda: resolver.list_firewall_rules(**group)["FirewallRules"][0],
        lambda told: told.items() >= WALL.items(),
    )  # fmt: skip
    step.refuses("BLOCK without a response", lambda: resolver.create_firewall_rule(**rule, Action="BLOCK", Qtype="A"))
    step.refuses("unknown domain list", lambda: resolver.create_firewall_rule(
        **rule | {"FirewallDomainListId": "y", "Priority": 2}, Action="ALERT"))  # fmt: skip
    pair = {"CreatorRequestId": "1", **group, "VpcId": vpc, "Name": "a"}
    step.refuses("reserved priority", lambda: resolver.associate_firewall_rule_group(**pair, Priority=1))
    step.works("associate", lambda: resolver.associate_firewall_rule_group(**pair, Priority=101))
    listed = resolver.list_firewall_rule_group_associations
    step.tells("association read", lambda: listed(VpcId=vpc)["FirewallRuleGroupAssociations"][0]["Priority"], 101)
    opened = {"ResourceId": vpc, "FirewallFailOpen": "ENABLED"}
    step.works("fail open", lambda: resolver.update_firewall_config(**opened))
    read = resolver.get_firewall_config
    step.tells("fail open read", lambda: read(ResourceId=vpc)["FirewallConfig"]["FirewallFailOpen"], "ENABLED")
    step.refuses("delete what is in use", lambda: resolver.delete_firewall_rule_group(**group))


def _resolver(probe: Probe, vpc: str) -> None:
    step, resolver = probe.capability("DNSSEC validation and query logging"), probe.client("route53resolver")
    enable = {"ResourceId": vpc, "Validation": "ENABLE"}
    step.works("update_resolver_dnssec_config", lambda: resolver.update_resolver_dnssec_config(**enable))
    step.tells(
        "validation", lambda: resolver.get_resolver_dnssec_config(ResourceId=vpc)["ResolverDNSSECConfig"],
        lambda told: told["ValidationStatus"].startswith("ENABL"),
    )  # fmt: skip
    probe.client("logs").create_log_group(logGroupName="/dns")
    log = {"DestinationArn": f"arn:aws:logs:us-east-1:{probe.account}:log-group:/dns", "CreatorRequestId": "1"}
    made = step.works("query log", lambda: resolver.create_resolver_query_log_config(Name="q", **log))
    named = {"ResolverQueryLogConfigId": made["ResolverQueryLogConfig"]["Id"]}
    pair = {**named, "ResourceId": vpc}
    step.works("associate", lambda: resolver.associate_resolver_query_log_config(**pair))
    listed = resolver.list_resolver_query_log_config_associations
    step.tells("list", lambda: len(listed()["ResolverQueryLogConfigAssociations"]), 1)
    step.refuses("delete what is in use", lambda: resolver.delete_resolver_query_log_config(**named))
    step.works("disassociate", lambda: resolver.disassociate_resolver_query_log_config(**pair))
    step.works("delete", lambda: resolver.delete_resolver_query_log_config(**named))
    step.refuses("a destination that is not there", lambda: resolver.create_resolver_query_log_config(
        Name="r", DestinationArn="arn:aws:s3:::no-such-bucket-here", CreatorRequestId="2"))  # fmt: skip
