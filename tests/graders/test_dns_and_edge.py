"""Controls of the DNS and edge labs: bypasses that fail, and honest answers that pass."""

import json

import pytest

from helpers.judged import assert_doubted, assert_fails, assert_passes, named
from helpers.messages import unreached

SIGNED, TRUSTED = "route53_public_zone_signed", "route53_delegated_zone_trusted"
ZONE_LOGS, VPC_LOGS = "route53_public_zone_queries_logged", "route53resolver_vpc_queries_logged"
VALIDATES = "route53resolver_vpc_validates"
NAMES, ANSWERS = "route53resolver_firewall_blocks_names", "route53resolver_firewall_answers_chosen"
EGRESS, UNSEEN = "networkfirewall_egress_inspected", "networkfirewall_default_actions_inspect"
TELLS = "networkfirewall_logs_and_stays"
ORIGIN, CONTENT = "wafv2_requests_filtered_by_origin", "wafv2_requests_filtered_by_content"
INJECTED, ACTS = "wafv2_injections_blocked", "wafv2_web_acl_acts_and_logs"
SPELLED = "wafv2_closed_page_has_no_other_spelling"
PROTECTED, TEAM = "shield_named_resources_protected", "shield_response_team_may_help"
SCOPE = {"Scope": "REGIONAL"}


def nothing(live, facts):
    """The healthy account."""


def call(service, operation, **arguments):
    """One call; a value that is the name of a fact stands for it."""

    def change(live, facts):
        known = {key: facts.get(value, value) if isinstance(value, str) else value for key, value in arguments.items()}
        getattr(live.client(service), operation)(**known)

    return change


def in_turn(*changes):
    def change(live, facts):
        for one in changes:
            one(live, facts)

    return change


def new_zone(live, facts):
    live.client("route53").create_hosted_zone(Name="new.example", CallerReference="new")


def vouch(live, facts, value, action="UPSERT"):
    record = {"Name": facts["booking_name"], "Type": "DS", "TTL": 300, "ResourceRecords": [{"Value": value}]}
    live.client("route53").change_resource_record_sets(
        HostedZoneId=facts["main_zone"], ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    )


def record_of(live, facts):
    keys = live.client("route53").get_dnssec(HostedZoneId=facts["booking_zone"])["KeySigningKeys"]
    return keys[0]["DSRecord"]


def vouch_in_pieces(live, facts):
    """The same record, its digest in small letters."""
    tag, algorithm, kind, digest = record_of(live, facts).split()
    vouch(live, facts, f"{tag} {algorithm} {kind} {digest.lower()}")


def no_vouching(live, facts):
    vouch(live, facts, record_of(live, facts), "DELETE")


def vouch_for_another(live, facts):
    vouch(live, facts, "1 13 2 " + "0F" * 32)


def without_zone_log(live, facts):
    configs = live.client("route53").list_query_logging_configs(HostedZoneId=facts["main_zone"])
    live.client("route53").delete_query_logging_config(Id=configs["QueryLoggingConfigs"][0]["Id"])


def rule(action, priority, *domains, response=None, kind=None):
    """One more rule of the group, on a list of its own."""

    def change(live, facts):
        resolver = live.client("route53resolver")
        made = resolver.create_firewall_domain_list(Name="more", CreatorRequestId="more")["FirewallDomainList"]["Id"]
        names = [facts.get(name, name) for name in domains]
        resolver.update_firewall_domains(FirewallDomainListId=made, Operation="ADD", Domains=names)
        more = ({"BlockResponse": response} if response else {}) | ({"Qtype": kind} if kind else {})
        resolver.create_firewall_rule(
            CreatorRequestId="more", FirewallRuleGroupId=facts["rule_group"], FirewallDomainListId=made, Name="more",
            Priority=priority, Action=action, **more,
        )  # fmt: skip

    return change


def managed_list_first(live, facts):
    """AWS's own list is asked first, and what stands in it nobody knows."""
    resolver = live.client("route53resolver")
    lists = resolver.list_firewall_domain_lists()["FirewallDomainLists"]
    managed = next(item["Id"] for item in lists if item.get("ManagedOwnerName"))
    resolver.create_firewall_rule(
        CreatorRequestId="managed", FirewallRuleGroupId=facts["rule_group"], FirewallDomainListId=managed,
        Name="managed", Priority=1, Action="ALLOW",
    )  # fmt: skip


def office_without_firewall(live, facts):
    resolver = live.client("route53resolver")
    found = resolver.list_firewall_rule_group_associations(VpcId=facts["office_vpc"])["FirewallRuleGroupAssociations"]
    resolver.disassociate_firewall_rule_group(FirewallRuleGroupAssociationId=found[0]["Id"])


def policy(**changes):
    def change(live, facts):
        firewall = live.client("network-firewall")
        found = firewall.describe_firewall_policy(FirewallPolicyArn=facts["firewall_policy"])
        firewall.update_firewall_policy(
            FirewallPolicyArn=facts["firewall_policy"], UpdateToken=found["UpdateToken"],
            FirewallPolicy=found["FirewallPolicy"] | changes,
        )  # fmt: skip

    return change


def names(kind, *targets):
    """The policy refers to one list of these names; a name that is a fact stands for its list."""

    def change(live, facts):
        wanted = [name for target in targets for name in facts.get(target, [target])]
        source = {"Targets": wanted, "TargetTypes": ["TLS_SNI", "HTTP_HOST"], "GeneratedRulesType": kind}
        made = live.client("network-firewall").create_rule_group(
            RuleGroupName="more", Type="STATEFUL", Capacity=100, RuleGroup={"RulesSource": {"RulesSourceList": source}}
        )["RuleGroupResponse"]["RuleGroupArn"]
        policy(StatefulRuleGroupReferences=[{"ResourceArn": made}])(live, facts)

    return change


def suricata(live, facts):
    made = live.client("network-firewall").create_rule_group(
        RuleGroupName="text", Type="STATEFUL", Capacity=10,
        Rules='pass tls $HOME_NET any -> any any (tls.sni; content:"x"; sid:1;)',
    )["RuleGroupResponse"]["RuleGroupArn"]  # fmt: skip
    policy(StatefulRuleGroupReferences=[{"ResourceArn": made}])(live, facts)


def past_the_firewall(live, facts):
    ec2 = live.client("ec2")

    def table(subnet):
        filters = [{"Name": "association.subnet-id", "Values": [facts[subnet]]}]
        return ec2.describe_route_tables(Filters=filters)["RouteTables"][0]["RouteTableId"]

    ec2.delete_route(RouteTableId=table("app_subnet"), DestinationCidrBlock="0.0.0.0/0")
    ec2.delete_route(RouteTableId=table("nat_subnet"), DestinationCidrBlock=facts["app_block"])
    for half in ("0.0.0.0/1", "128.0.0.0/1"):
        ec2.create_route(RouteTableId=table("app_subnet"), DestinationCidrBlock=half, NatGatewayId=facts["nat_gateway"])


def logs_of(*kinds):
    def change(live, facts):
        firewall = live.client("network-firewall")
        found = firewall.describe_logging_configuration(FirewallArn=facts["firewall"])["LoggingConfiguration"]
        left = [item for item in found["LogDestinationConfigs"] if item["LogType"] in kinds]
        firewall.update_logging_configuration(
            FirewallArn=facts["firewall"], LoggingConfiguration={"LogDestinationConfigs": left}
        )

    return change


def rules(edit):
    """The web ACL with its rules edited; they come as a mapping by name."""

    def change(live, facts):
        wafv2 = live.client("wafv2")
        found = wafv2.get_web_acl(**facts["web_acl"], **SCOPE)
        by_name = {rule["Name"]: rule for rule in found["WebACL"]["Rules"]}
        edit(by_name)
        kept = {key: found["WebACL"][key] for key in ("DefaultAction", "VisibilityConfig")}
        wafv2.update_web_acl(
            **facts["web_acl"], **SCOPE, Rules=list(by_name.values()), LockToken=found["LockToken"], **kept
        )

    return change


def set_rule(name, **changes):
    return rules(lambda by_name: by_name.update({name: by_name[name] | changes}))


def without_rule(name):
    return rules(lambda by_name: by_name.pop(name))


def transformed(*kinds):
    def edit(by_name):
        path = by_name["editors-only"]["Statement"]["AndStatement"]["Statements"][0]["ByteMatchStatement"]
        path["TextTransformations"] = [{"Priority": at, "Type": kind} for at, kind in enumerate(kinds)]

    return rules(edit)


def anywhere(live, facts):
    """The page is looked for anywhere in the path: whatever stands before it, it is closed."""

    def edit(by_name):
        path = by_name["editors-only"]["Statement"]["AndStatement"]["Statements"][0]["ByteMatchStatement"]
        path.update(SearchString=b"admin", PositionalConstraint="CONTAINS")
        kinds = ("URL_DECODE", "LOWERCASE")
        path["TextTransformations"] = [{"Priority": at, "Type": kind} for at, kind in enumerate(kinds)]

    rules(edit)(live, facts)


def sized(handling, size):
    def edit(by_name):
        statement = by_name["long-bodies"]["Statement"]["SizeConstraintStatement"]
        statement.update(Size=size, FieldToMatch={"Body": {"OversizeHandling": handling}})

    return rules(edit)


def searched_in_the_method(by_name):
    """The rule against SQL looks where nobody writes."""
    search = {"FieldToMatch": {"Method": {}}, "TextTransformations": [{"Priority": 0, "Type": "NONE"}]}
    by_name["sql"]["Statement"] = {"SqliMatchStatement": search}


def labels_from_a_managed_group(by_name):
    """Bots are let in by a label that a managed group may or may not give."""
    group = {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesAnonymousIpList"}}
    kept = by_name["licence"]
    by_name["anonymous"] = {
        "Name": "anonymous", "Priority": 1, "Statement": group, "OverrideAction": {"Count": {}},
        "VisibilityConfig": kept["VisibilityConfig"],
    }  # fmt: skip
    label = {"LabelMatchStatement": {"Scope": "LABEL", "Key": "awswaf:managed:aws:anonymous-ip-list:AnonymousIPList"}}
    by_name["let-in"] = {
        "Name": "let-in", "Priority": 2, "Statement": label, "Action": {"Allow": {}},
        "VisibilityConfig": kept["VisibilityConfig"],
    }  # fmt: skip


def protection_of(fact, keep=None):
    def change(live, facts):
        shield = live.client("shield")
        arn = facts[fact][0] if isinstance(facts[fact], list) else facts[fact]
        shield.delete_protection(ProtectionId=shield.describe_protection(ResourceArn=arn)["Protection"]["Id"])

    return change


def only_the_tunnels_addresses(live, facts):
    """The rule against tunnels is written anew for queries of the type A."""
    resolver, group, domains = live.client("route53resolver"), facts["rule_group"], facts["tunnels_list"]
    found = resolver.list_firewall_rules(FirewallRuleGroupId=group)["FirewallRules"]
    old = next(item for item in found if item["FirewallDomainListId"] == domains)
    resolver.delete_firewall_rule(FirewallRuleGroupId=group, FirewallDomainListId=domains)
    resolver.create_firewall_rule(
        CreatorRequestId="again", FirewallRuleGroupId=group, FirewallDomainListId=domains, Name="again", Qtype="A",
        Priority=old["Priority"], Action="BLOCK", BlockResponse=old["BlockResponse"],
    )  # fmt: skip


def log_policy(**more):
    def change(live, facts):
        allowed = {"Effect": "Allow", "Principal": {"Service": "route53.amazonaws.com"}, "Action": "logs:*"}
        text = json.dumps({"Version": "2012-10-17", "Statement": [allowed | {"Resource": "*"} | more]})
        live.client("logs").put_resource_policy(policyName="route53", policyDocument=text)

    return change


def another_password(by_name):
    """Whoever knows a header's value is let in before the other rules are asked."""
    header = {
        "SearchString": b"geheim", "FieldToMatch": {"SingleHeader": {"Name": "X-Probe"}},
        "TextTransformations": [{"Priority": 0, "Type": "NONE"}], "PositionalConstraint": "EXACTLY",
    }  # fmt: skip
    by_name["friends"] = by_name["licence"] | {
        "Name": "friends", "Priority": 0, "Statement": {"ByteMatchStatement": header}, "Action": {"Allow": {}},
    }  # fmt: skip


def log_filter(behaviour, default):
    def change(live, facts):
        wafv2 = live.client("wafv2")
        found = wafv2.get_logging_configuration(ResourceArn=facts["web_acl_arn"])["LoggingConfiguration"]
        kept = {key: found[key] for key in ("ResourceArn", "LogDestinationConfigs")}
        blocked = {
            "Behavior": behaviour, "Requirement": "MEETS_ANY", "Conditions": [{"ActionCondition": {"Action": "BLOCK"}}],
        }  # fmt: skip
        filtering = {"LoggingFilter": {"DefaultBehavior": default, "Filters": [blocked]}}
        wafv2.put_logging_configuration(LoggingConfiguration=kept | filtering)

    return change


def team_policy(**more):
    """The team's role has a policy of ours in the place of AWS's."""

    def change(live, facts):
        iam, role = live.client("iam"), facts["response_role"].rsplit("/", 1)[-1]
        for item in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=role, PolicyArn=item["PolicyArn"])
        text = {"Version": "2012-10-17", "Statement": [{"Action": "wafv2:*", "Resource": "*"} | more]}
        iam.put_role_policy(RoleName=role, PolicyName="of-the-test", PolicyDocument=json.dumps(text))

    return change


# AWS does not document what becomes of a pattern that is no ARN's
UNDOCUMENTED = {"Condition": {"ArnLike": {"aws:PrincipalArn": "no-arn"}}}
OF_SOURCE = {"Condition": {"ArnLike": {"aws:SourceArn": "no-arn"}}}
OF_ITS_ZONES = {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:route53:::hostedzone/*"}}}
LICENCE = {"GeoMatchStatement": {"CountryCodes": ["AQ"]}}
LOG_OFF = call("wafv2", "delete_logging_configuration", ResourceArn="web_acl_arn")
NO_ACL = call("wafv2", "disassociate_web_acl", ResourceArn="site_balancer")
QUIET = call("shield", "disable_proactive_engagement")
MAIL_ONLY = call(
    "shield", "update_emergency_contact_settings", EmergencyContactList=[{"EmailAddress": "a@newsroom.example"}]
)

FOOLS = [
    (SIGNED, "a new zone", new_zone, "answers are not signed"),
    (TRUSTED, "no record", no_vouching, "has no DS record for it"),
    (TRUSTED, "a record for another key", vouch_for_another, "fits no active key"),
    (ZONE_LOGS, "no configuration", without_zone_log, "queries are not logged"),
    (ZONE_LOGS, "a group that is gone", call("logs", "delete_log_group", logGroupName="/aws/route53/main"), "is gone"),
    (ZONE_LOGS, "a log that it may not write", log_policy(Action="logs:DescribeLogGroups"), "may not write its log"),
    (VALIDATES, "off", call("route53resolver", "update_resolver_dnssec_config", ResourceId="office_vpc",
                            Validation="DISABLE"), "without checking"),
    (VPC_LOGS, "moved", call("route53resolver", "disassociate_resolver_query_log_config",
                             ResolverQueryLogConfigId="query_log", ResourceId="office_vpc"), "no query logging"),
    (NAMES, "everything first", rule("ALLOW", 1, "*"), "resolves"),
    (NAMES, "the domain first", rule("ALLOW", 1, "tunnel_domain"), "resolves"),
    (NAMES, "alert in front", rule("ALERT", 1, "tunnel_domain"), "resolves"),
    (NAMES, "a VPC that was forgotten", office_without_firewall, "office: "),
    (NAMES, "addresses only", only_the_tunnels_addresses, "(AAAA)"),
    (ANSWERS, "an earlier empty answer", rule("BLOCK", 1, "*", response="NODATA"), "is answered with NODATA"),
    (EGRESS, "halves by NAT", past_the_firewall, "by a way that no firewall stands on"),
    (EGRESS, "a list of bad names", names("DENYLIST", "evil.example"), "past the rules"),
    (EGRESS, "a list that is too wide", names("ALLOWLIST", "allowed_domains", ".example"), "past the rules"),
    (UNSEEN, "whole packets pass", policy(StatelessDefaultActions=["aws:pass"]), "StatelessDefaultActions"),
    (UNSEEN, "fragments pass", policy(StatelessFragmentDefaultActions=["aws:pass"]), "StatelessFragment"),
    (TELLS, "alerts only", logs_of("ALERT"), "does not log FLOW"),
    (TELLS, "to a group that is gone", call("logs", "delete_log_group", logGroupName="/firewall/alert"), "is gone"),
    (TELLS, "may be deleted", call("network-firewall", "update_firewall_delete_protection", FirewallArn="firewall",
                                   DeleteProtection=False), "may be deleted"),
    (ORIGIN, "counted", set_rule("hostile-range", Action={"Count": {}}), "is let in"),
    (ORIGIN, "another country", set_rule("licence", Statement=LICENCE), "is let in"),
    (ORIGIN, "no web ACL", NO_ACL, "No web ACL stands before it"),
    (CONTENT, "small letters only", transformed("LOWERCASE"), "/%61dmin"),
    (CONTENT, "decoded only", transformed("URL_DECODE"), "/ADMIN"),
    (CONTENT, "a body that is not seen", sized("NO_MATCH", 8192), "POST /comments"),
    (CONTENT, "a limit out of sight", sized("CONTINUE", 15_000), "POST /comments"),
    (SPELLED, "a path as it comes", transformed("URL_DECODE", "LOWERCASE"), "GET //admin"),
    (SPELLED, "small letters as they come", transformed("URL_DECODE", "NORMALIZE_PATH"), "/AD%4DIN"),
    (SPELLED, "tidied before it is decoded", transformed("NORMALIZE_PATH", "URL_DECODE", "LOWERCASE"), "%2E%2e"),
    (INJECTED, "counted", set_rule("sql", Action={"Count": {}}), "is let in"),
    (INJECTED, "no rule for scripts", without_rule("scripts"), "POST /comments"),
    (INJECTED, "looked for in the method", rules(searched_in_the_method), "/search"),
    (ACTS, "no log", LOG_OFF, "requests are not logged"),
    (ACTS, "no web ACL", NO_ACL, "no web ACL stands before the site"),
    (ACTS, "to a group that is gone", call("logs", "delete_log_group", logGroupName="aws-waf-logs-site"), "is gone"),
    (ACTS, "a log without what is blocked", log_filter("DROP", "KEEP"), "leaves out what is blocked"),
    (ACTS, "another password", rules(another_password), "is let in"),
    (PROTECTED, "one too few", protection_of("protected"), "named, and not protected"),
    (PROTECTED, "one too many", call("shield", "create_protection", Name="dev", ResourceArn="dev_balancer"),
     "nobody named it"),
    (TEAM, "no role", call("shield", "disassociate_drt_role"), "it has no role to act by"),
    (TEAM, "a role that may nothing", team_policy(Effect="Deny"), "its role is no use"),
    (TEAM, "not of its own accord", QUIET, "proactive engagement is not enabled"),
    (TEAM, "no telephone", in_turn(QUIET, MAIL_ONLY), "no emergency contact has a telephone"),
]  # fmt: skip

HONEST = [
    (SIGNED, "as it is", nothing, "signed by"),
    (TRUSTED, "written otherwise", vouch_in_pieces, "vouches for its key"),
    (ZONE_LOGS, "as it is", nothing, "queries are logged"),
    (ZONE_LOGS, "for hosted zones only", log_policy(**OF_ITS_ZONES), "queries are logged"),
    (VALIDATES, "as it is", nothing, "signatures are checked"),
    (VPC_LOGS, "as it is", nothing, "queries go to"),
    (NAMES, "an ALLOW behind", rule("ALLOW", 9000, "*"), "names are blocked"),
    (NAMES, "another name first", rule("ALLOW", 1, "*.harbour.example"), "names are blocked"),
    (ANSWERS, "the tunnel with no data", rule("BLOCK", 90, "tunnel_domain", response="NODATA"), "is led to"),
    (EGRESS, "one of the two names", names("ALLOWLIST", "feed.weather.example"), "no name that it does not need"),
    (UNSEEN, "dropped", policy(StatelessFragmentDefaultActions=["aws:drop"]), "nothing passes unseen"),
    (TELLS, "as it is", nothing, "logs alerts and flows"),
    (ORIGIN, "as it is", nothing, "do not"),
    (CONTENT, "compressed and lowered", transformed("URL_DECODE", "LOWERCASE", "NORMALIZE_PATH"), "do not"),
    (SPELLED, "in another order", transformed("LOWERCASE", "URL_DECODE", "NORMALIZE_PATH", "LOWERCASE"), "do not"),
    (SPELLED, "looked for anywhere", anywhere, "do not"),
    (INJECTED, "as it is", nothing, "and blocked"),
    (ACTS, "as it is", nothing, "requests are logged"),
    (ACTS, "a log of what is blocked only", log_filter("KEEP", "DROP"), "requests are logged"),
    (PROTECTED, "as it is", nothing, "nobody pays for it"),
    (TEAM, "as it is", nothing, "somebody answers"),
]  # fmt: skip

DOUBTS = [
    (NAMES, "a list that AWS keeps to itself", managed_list_first, "cannot judge"),
    (EGRESS, "rules in Suricata's language", suricata, "cannot judge"),
    (ORIGIN, "a label that nobody knows", rules(labels_from_a_managed_group), "cannot judge"),
    (ZONE_LOGS, "a condition that nobody knows", log_policy(**OF_SOURCE), "cannot judge who may write"),
    (TEAM, "a condition that nobody knows", team_policy(Effect="Allow", **UNDOCUMENTED), "cannot judge its role"),
    (INJECTED, "a label that nobody knows", rules(labels_from_a_managed_group), "cannot judge"),
]


@pytest.mark.parametrize(("control", "change", "words"), named(FOOLS))
def test_a_bypass_fails_and_the_finding_names_it(judge, control, change, words):
    assert_fails(judge(control, change), words)


@pytest.mark.parametrize(("control", "change", "words"), named(HONEST))
def test_an_honest_answer_passes(judge, control, change, words):
    assert_passes(judge(control, change), words)


@pytest.mark.parametrize(("control", "change", "words"), named(DOUBTS))
def test_what_cannot_be_judged_says_so_and_is_neither_passed_nor_failed(judge, control, change, words):
    assert_doubted(judge(control, change), words)


@pytest.mark.parametrize("grader", ["route53", "route53resolver", "networkfirewall", "wafv2", "shield"])
def test_every_message_is_reached(judge, grader):
    cases = [(c, change) for c, _, change, _ in (*FOOLS, *HONEST, *DOUBTS) if c.startswith(f"{grader}_")]
    assert unreached(grader, judge, cases) == []
