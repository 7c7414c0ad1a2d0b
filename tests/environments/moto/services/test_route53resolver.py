"""DNS Firewall and Resolver query logging as their API reference describes them, through the front, with boto3."""

import json

import pytest

NEXT = iter(range(10_000))
WALL = {
    "Action": "BLOCK",
    "BlockResponse": "OVERRIDE",
    "BlockOverrideDomain": "walled-garden.example.com",
    "BlockOverrideDnsType": "CNAME",
    "BlockOverrideTtl": 60,
}
SHARE = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "123456789012"},
                "Action": ["route53resolver:GetFirewallRuleGroup"],
                "Resource": "*",
            }
        ],
    }
)


def ask():
    return {"CreatorRequestId": f"request {next(NEXT)}"}


@pytest.fixture
def resolver(account):
    return account.client("route53resolver")


@pytest.fixture
def vpc(account):
    return account.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


@pytest.fixture
def domain_list(resolver):
    def make(name="blocked", domains=(), **members):
        id = resolver.create_firewall_domain_list(Name=name, **ask(), **members)["FirewallDomainList"]["Id"]
        if domains:
            resolver.update_firewall_domains(FirewallDomainListId=id, Operation="ADD", Domains=list(domains))
        return id

    return make


@pytest.fixture
def group(resolver):
    return resolver.create_firewall_rule_group(Name="egress", **ask())["FirewallRuleGroup"]["Id"]


@pytest.fixture
def rule(resolver, group):
    def make(list_id=None, priority=1, **members):
        source = {"FirewallDomainListId": list_id} if list_id else {}
        members = {"Action": "ALERT"} | source | members
        answer = resolver.create_firewall_rule(
            FirewallRuleGroupId=group, Priority=priority, Name=f"rule {priority}", **ask(), **members
        )
        return answer["FirewallRule"]

    return make


def domains_of(resolver, id):
    return resolver.list_firewall_domains(FirewallDomainListId=id)["Domains"]


# ---- domain lists ----


def test_the_life_of_a_domain_list(resolver, domain_list, refused):
    id = domain_list(domains=["Bad.example.com", "*.example.net."], Tags=[{"Key": "team", "Value": "dns"}])
    one = resolver.get_firewall_domain_list(FirewallDomainListId=id)["FirewallDomainList"]
    assert (one["Name"], one["DomainCount"], one["Status"]) == ("blocked", 2, "COMPLETE")
    assert domains_of(resolver, id) == ["Bad.example.com.", "*.example.net."]
    update = {"FirewallDomainListId": id}
    resolver.update_firewall_domains(**update, Operation="REMOVE", Domains=["bad.EXAMPLE.com"])
    resolver.update_firewall_domains(**update, Operation="ADD", Domains=["*.example.net", "c.example"])
    assert domains_of(resolver, id) == ["*.example.net.", "c.example."]
    answer = resolver.update_firewall_domains(**update, Operation="REPLACE", Domains=["*"])
    assert (answer["Status"], domains_of(resolver, id)) == ("UPDATING", ["*"])
    assert resolver.list_tags_for_resource(ResourceArn=one["Arn"])["Tags"] == [{"Key": "team", "Value": "dns"}]
    resolver.tag_resource(ResourceArn=one["Arn"], Tags=[{"Key": "stage", "Value": "lab"}])
    resolver.untag_resource(ResourceArn=one["Arn"], TagKeys=["team"])
    assert resolver.list_tags_for_resource(ResourceArn=one["Arn"])["Tags"] == [{"Key": "stage", "Value": "lab"}]
    assert resolver.delete_firewall_domain_list(**update)["FirewallDomainList"]["Status"] == "DELETING"
    assert refused(resolver.get_firewall_domain_list, **update) == "ResourceNotFoundException"
    assert refused(resolver.list_tags_for_resource, ResourceArn=one["Arn"]) == "ResourceNotFoundException"


NO_DOMAINS = ["under_score.example", "a..example", "exa mple.com", "*.*.example", ".example", ""]


def test_what_is_no_domain_is_refused(account, domain_list, refused):
    update = account.client("route53resolver", parameter_validation=False).update_firewall_domains
    members = {"FirewallDomainListId": domain_list(), "Operation": "ADD"}
    for domain in NO_DOMAINS:
        assert refused(update, **members, Domains=[domain]) == "ValidationException"


def test_a_request_has_at_most_a_thousand_domains(resolver, domain_list, refused):
    domains = [f"d{number}.example" for number in range(1001)]
    update = {"FirewallDomainListId": domain_list(), "Operation": "ADD"}
    assert refused(resolver.update_firewall_domains, **update, Domains=domains) == "LimitExceededException"
    resolver.update_firewall_domains(**update, Domains=domains[:1000])
    page = resolver.list_firewall_domains(FirewallDomainListId=update["FirewallDomainListId"], MaxResults=600)
    assert len(page["Domains"]) == 600 and page["NextToken"]


def test_aws_s_own_lists_are_there_and_stay_as_they_are(resolver, refused, rule):
    lists = resolver.list_firewall_domain_lists()["FirewallDomainLists"]
    ids = {one["Name"]: one["Id"] for one in lists if one.get("ManagedOwnerName") == "Route 53 Resolver DNS Firewall"}
    malware = ids["AWSManagedDomainsMalwareDomainList"]
    assert malware == "rslvr-fdl-2c46f2ecbfec4dcc" and len(ids) == 4
    assert rule(malware)["FirewallDomainListId"] == malware
    assert refused(resolver.list_firewall_domains, FirewallDomainListId=malware) == "AccessDeniedException"
    assert refused(resolver.delete_firewall_domain_list, FirewallDomainListId=malware) == "AccessDeniedException"


def test_domains_are_imported_from_a_file(account, resolver, domain_list, refused):
    s3 = account.client("s3")
    s3.create_bucket(Bucket="dns-lists")
    s3.put_object(Bucket="dns-lists", Key="lists/bad.txt", Body=b"a.example\n\n*.b.example\r\n")
    s3.put_object(Bucket="dns-lists", Key="worse.txt", Body=b"a.example\nnot a domain\n")
    load = {"FirewallDomainListId": domain_list(domains=["old.example"]), "Operation": "REPLACE"}
    url = "s3://dns-lists/lists/bad.txt"
    assert resolver.import_firewall_domains(**load, DomainFileUrl=url)["Status"] == "IMPORTING"
    assert domains_of(resolver, load["FirewallDomainListId"]) == ["a.example.", "*.b.example."]
    resolver.import_firewall_domains(**load, DomainFileUrl="https://s3.amazonaws.com/dns-lists/worse.txt")
    status = resolver.get_firewall_domain_list(FirewallDomainListId=load["FirewallDomainListId"])["FirewallDomainList"]
    assert status["Status"] == "COMPLETE_IMPORT_FAILED" and status["DomainCount"] == 2
    for missing in ("s3://dns-lists/none.txt", "s3://elsewhere/bad.txt", "https://example.com/list.txt"):
        assert refused(resolver.import_firewall_domains, **load, DomainFileUrl=missing) == "ValidationException"


def test_asking_again_makes_nothing_new(resolver, refused):
    once = resolver.create_firewall_domain_list(CreatorRequestId="same", Name="a")["FirewallDomainList"]
    assert resolver.create_firewall_domain_list(CreatorRequestId="same", Name="a")["FirewallDomainList"] == once
    assert refused(resolver.create_firewall_domain_list, CreatorRequestId="same", Name="b") == "ValidationException"


# ---- rules ----


def test_a_rule_keeps_every_setting(resolver, rule, domain_list, group):
    id = domain_list()
    made = rule(id, 10, **WALL, Qtype="AAAA", FirewallDomainRedirectionAction="TRUST_REDIRECTION_DOMAIN")
    assert made.items() >= {**WALL, "Qtype": "AAAA", "FirewallDomainListId": id, "Priority": 10}.items()
    plain = rule(id, 5)
    assert plain["FirewallDomainRedirectionAction"] == "INSPECT_REDIRECTION_DOMAIN"
    listed = resolver.list_firewall_rules(FirewallRuleGroupId=group)["FirewallRules"]
    assert [one["Priority"] for one in listed] == [5, 10] and listed[1] == made
    assert resolver.list_firewall_rules(FirewallRuleGroupId=group, Action="ALERT")["FirewallRules"] == [plain]
    assert resolver.list_firewall_rules(FirewallRuleGroupId=group, Priority=10)["FirewallRules"] == [made]
    assert resolver.get_firewall_rule_group(FirewallRuleGroupId=group)["FirewallRuleGroup"]["RuleCount"] == 2


WRONG_SETTINGS = [
    {"Action": "BLOCK"},
    {"Action": "ALERT", "BlockResponse": "NODATA"},
    {"Action": "BLOCK", "BlockResponse": "OVERRIDE"},
    {name: value for name, value in WALL.items() if name != "BlockOverrideTtl"},
    WALL | {"BlockResponse": "NXDOMAIN"},
    WALL | {"BlockOverrideTtl": 604_801},
    {"Qtype": "ANYTHING"},
    {"Qtype": "TYPE65535"},
    {"Priority": 0},
    {"ConfidenceThreshold": "LOW"},
    {"DnsThreatProtection": "DGA", "ConfidenceThreshold": "LOW"},
    {"Name": "12345"},
]


def test_settings_that_do_not_go_together_are_refused(account, group, domain_list, refused):
    create = account.client("route53resolver", parameter_validation=False).create_firewall_rule
    settings = {"Action": "ALERT", "Priority": 1, "Name": "r", "FirewallDomainListId": domain_list()}
    for members in WRONG_SETTINGS:
        assert refused(create, FirewallRuleGroupId=group, **ask(), **settings | members) == "ValidationException"


def test_priorities_and_domain_lists_are_used_once_in_a_group(rule, domain_list, refused):
    one, other = domain_list("one"), domain_list("other")
    rule(one, 1)
    assert refused(rule, other, 1) == "ValidationException"
    assert refused(rule, one, 2) == "ValidationException"
    rule(one, 2, Qtype="A")
    assert refused(rule, "rslvr-fdl-0", 3) == "ResourceNotFoundException"


def test_a_rule_is_changed_and_forgets_the_former_way_to_block(resolver, rule, domain_list, group, refused):
    id = domain_list()
    rule(id, 1, **WALL)
    named = {"FirewallRuleGroupId": group, "FirewallDomainListId": id}
    changed = resolver.update_firewall_rule(**named, BlockResponse="NXDOMAIN", Name="no such name")["FirewallRule"]
    assert changed["BlockResponse"] == "NXDOMAIN" and "BlockOverrideTtl" not in changed
    allowed = resolver.update_firewall_rule(**named, Action="ALLOW", Priority=7)["FirewallRule"]
    assert "BlockResponse" not in allowed and allowed["Priority"] == 7
    assert refused(resolver.update_firewall_rule, **named, Action="BLOCK") == "ValidationException"
    assert refused(resolver.update_firewall_rule, **named, Qtype="A", Priority=8) == "ResourceNotFoundException"
    resolver.delete_firewall_rule(**named)
    assert refused(resolver.delete_firewall_rule, **named) == "ResourceNotFoundException"


def test_an_advanced_rule_is_named_by_its_protection(resolver, rule, group, refused):
    made = rule(None, 1, DnsThreatProtection="DNS_TUNNELING", ConfidenceThreshold="HIGH")
    assert refused(rule, None, 2, DnsThreatProtection="DGA") == "ValidationException"
    allow = {"Action": "ALLOW", "DnsThreatProtection": "DGA", "ConfidenceThreshold": "LOW"}
    assert refused(rule, None, 2, **allow) == "ValidationException"
    named = {"FirewallRuleGroupId": group, "FirewallThreatProtectionId": made["FirewallThreatProtectionId"]}
    changed = resolver.update_firewall_rule(**named, ConfidenceThreshold="LOW")["FirewallRule"]
    assert changed["ConfidenceThreshold"] == "LOW" and changed["DnsThreatProtection"] == "DNS_TUNNELING"
    resolver.delete_firewall_rule(**named)


def test_several_rules_at_once(resolver, group, domain_list):
    lists = [domain_list(name) for name in ("a", "b")]
    entry = {"FirewallRuleGroupId": group, "Action": "ALERT", "Name": "r"}
    entries = [entry | ask() | {"FirewallDomainListId": id, "Priority": 1} for id in lists]
    answer = resolver.batch_create_firewall_rule(CreateFirewallRuleEntries=entries)
    assert len(answer["CreatedFirewallRules"]) == 1 and answer["CreateErrors"][0]["Code"] == "ValidationException"
    names = [{"FirewallRuleGroupId": group, "FirewallDomainListId": id} for id in lists]
    changes = [name | {"Action": "ALLOW"} for name in names]
    answer = resolver.batch_update_firewall_rule(UpdateFirewallRuleEntries=changes)
    assert answer["UpdatedFirewallRules"][0]["Action"] == "ALLOW"
    assert answer["UpdateErrors"][0]["Code"] == "ResourceNotFoundException"
    answer = resolver.batch_delete_firewall_rule(DeleteFirewallRuleEntries=names)
    assert (len(answer["DeletedFirewallRules"]), len(answer["DeleteErrors"])) == (1, 1)


def test_what_is_in_use_is_not_deleted(resolver, rule, domain_list, group, vpc, refused):
    id = domain_list()
    rule(id)
    association = resolver.associate_firewall_rule_group(
        FirewallRuleGroupId=group, VpcId=vpc, Priority=101, Name="a", **ask()
    )["FirewallRuleGroupAssociation"]["Id"]
    assert refused(resolver.delete_firewall_domain_list, FirewallDomainListId=id) == "ConflictException"
    assert refused(resolver.delete_firewall_rule_group, FirewallRuleGroupId=group) == "ConflictException"
    resolver.disassociate_firewall_rule_group(FirewallRuleGroupAssociationId=association)
    assert refused(resolver.delete_firewall_rule_group, FirewallRuleGroupId=group) == "ConflictException"
    resolver.delete_firewall_rule(FirewallRuleGroupId=group, FirewallDomainListId=id)
    resolver.delete_firewall_rule_group(FirewallRuleGroupId=group)
    resolver.delete_firewall_domain_list(FirewallDomainListId=id)
    assert resolver.list_firewall_rule_groups()["FirewallRuleGroups"] == []


def test_a_rule_group_is_shared_by_a_policy(resolver, group, refused):
    arn = resolver.get_firewall_rule_group(FirewallRuleGroupId=group)["FirewallRuleGroup"]["Arn"]
    assert refused(resolver.get_firewall_rule_group_policy, Arn=arn) == "ResourceNotFoundException"
    assert refused(resolver.put_firewall_rule_group_policy, Arn=arn, FirewallRuleGroupPolicy="{") == (
        "ValidationException"
    )
    resolver.put_firewall_rule_group_policy(Arn=arn, FirewallRuleGroupPolicy=SHARE)
    assert resolver.get_firewall_rule_group_policy(Arn=arn)["FirewallRuleGroupPolicy"] == SHARE
    assert resolver.list_firewall_rule_groups()["FirewallRuleGroups"][0]["ShareStatus"] == "SHARED_BY_ME"


# ---- associations and failure ----


def test_the_life_of_an_association(resolver, group, vpc, refused):
    members = {"FirewallRuleGroupId": group, "VpcId": vpc, "Name": "egress"}
    for reserved in (100, 9900, -1):
        assert refused(resolver.associate_firewall_rule_group, **members, Priority=reserved, **ask()) == (
            "ValidationException"
        )
    assert refused(
        resolver.associate_firewall_rule_group, **members | {"VpcId": "vpc-0"}, Priority=101, **ask()
    ) == "ResourceNotFoundException"  # fmt: skip
    made = resolver.associate_firewall_rule_group(**members, Priority=101, MutationProtection="ENABLED", **ask())
    made = made["FirewallRuleGroupAssociation"]
    assert made["Status"] == "UPDATING"
    named = {"FirewallRuleGroupAssociationId": made["Id"]}
    kept = resolver.get_firewall_rule_group_association(**named)["FirewallRuleGroupAssociation"]
    assert (kept["Status"], kept["MutationProtection"]) == ("COMPLETE", "ENABLED")
    assert refused(resolver.associate_firewall_rule_group, **members, Priority=102, **ask()) == "ConflictException"
    assert refused(resolver.disassociate_firewall_rule_group, **named) == "ValidationException"
    assert refused(resolver.update_firewall_rule_group_association, **named, Priority=200) == "ValidationException"
    resolver.update_firewall_rule_group_association(**named, MutationProtection="DISABLED")
    resolver.update_firewall_rule_group_association(**named, Priority=200, Name="later")
    for fits, filters in ((1, {"VpcId": vpc}), (1, {"Priority": 200}), (0, {"Priority": 101}), (1, {})):
        listed = resolver.list_firewall_rule_group_associations(**filters)["FirewallRuleGroupAssociations"]
        assert len(listed) == fits
    resolver.disassociate_firewall_rule_group(**named)
    assert refused(resolver.get_firewall_rule_group_association, **named) == "ResourceNotFoundException"


def test_a_vpc_has_five_rule_groups_each_with_its_priority(resolver, vpc, refused):
    groups = [
        resolver.create_firewall_rule_group(Name=f"g{number}", **ask())["FirewallRuleGroup"]["Id"]
        for number in range(6)
    ]
    associate = resolver.associate_firewall_rule_group
    for number, group in enumerate(groups[:5]):
        associate(FirewallRuleGroupId=group, VpcId=vpc, Priority=101 + number, Name="a", **ask())
    last = {"FirewallRuleGroupId": groups[5], "VpcId": vpc, "Name": "a"}
    assert refused(associate, **last, Priority=500, **ask()) == "LimitExceededException"
    first = resolver.list_firewall_rule_group_associations()["FirewallRuleGroupAssociations"][0]["Id"]
    resolver.disassociate_firewall_rule_group(FirewallRuleGroupAssociationId=first)
    assert refused(associate, **last, Priority=102, **ask()) == "ConflictException"


def test_a_vpc_fails_closed_until_it_is_told_otherwise(resolver, vpc, refused):
    assert resolver.get_firewall_config(ResourceId=vpc)["FirewallConfig"]["FirewallFailOpen"] == "DISABLED"
    changed = resolver.update_firewall_config(ResourceId=vpc, FirewallFailOpen="ENABLED")["FirewallConfig"]
    assert resolver.get_firewall_config(ResourceId=vpc)["FirewallConfig"] == changed
    assert resolver.list_firewall_configs()["FirewallConfigs"] == [changed]
    assert refused(resolver.get_firewall_config, ResourceId="vpc-0") == "ResourceNotFoundException"


def test_the_firewall_is_there_again_after_a_restart(resolver, rule, domain_list, group, vpc, same_after_restart):
    id = domain_list(domains=["a.example"])
    rule(id, 1, **WALL)
    resolver.associate_firewall_rule_group(FirewallRuleGroupId=group, VpcId=vpc, Priority=101, Name="a", **ask())
    resolver.update_firewall_config(ResourceId=vpc, FirewallFailOpen="ENABLED")
    same_after_restart(
        ("route53resolver", "list_firewall_domains", {"FirewallDomainListId": id}),
        ("route53resolver", "list_firewall_rules", {"FirewallRuleGroupId": group}),
        ("route53resolver", "list_firewall_rule_group_associations"),
        ("route53resolver", "get_firewall_rule_group", {"FirewallRuleGroupId": group}),
        ("route53resolver", "list_firewall_configs"),
    )


# ---- query logging ----


@pytest.fixture
def log_group(account):
    account.client("logs").create_log_group(logGroupName="/dns/queries")
    return f"arn:aws:logs:us-east-1:{account.world.account_id}:log-group:/dns/queries:*"


@pytest.fixture
def query_log(resolver):
    def make(destination, name="queries"):
        made = resolver.create_resolver_query_log_config(Name=name, DestinationArn=destination, **ask())
        return made["ResolverQueryLogConfig"]

    return make


def test_the_life_of_query_logging(resolver, query_log, log_group, vpc, refused):
    config = query_log(log_group)
    named = {"ResolverQueryLogConfigId": config["Id"]}
    one = resolver.associate_resolver_query_log_config(**named, ResourceId=vpc)["ResolverQueryLogConfigAssociation"]
    assert one["Status"] == "ACTIVE"
    assert refused(resolver.associate_resolver_query_log_config, **named, ResourceId=vpc) == "ResourceExistsException"
    assert refused(resolver.delete_resolver_query_log_config, **named) == "InvalidRequestException"
    counted = resolver.get_resolver_query_log_config(**named)["ResolverQueryLogConfig"]
    assert (counted["AssociationCount"], counted["DestinationArn"]) == (1, log_group)
    gone = resolver.disassociate_resolver_query_log_config(**named, ResourceId=vpc)
    assert gone["ResolverQueryLogConfigAssociation"]["Status"] == "DELETING"
    again = {**named, "ResourceId": vpc}
    assert refused(resolver.disassociate_resolver_query_log_config, **again) == "ResourceNotFoundException"
    resolver.delete_resolver_query_log_config(**named)
    assert refused(resolver.get_resolver_query_log_config, **named) == "ResourceNotFoundException"


def test_queries_are_logged_to_what_is_there(account, resolver, query_log, log_group, vpc, refused):
    assert refused(query_log, "arn:aws:s3:::no-such-bucket") == "ResourceNotFoundException"
    assert refused(query_log, "arn:aws:sqs:us-east-1:123456789012:queue") == "InvalidParameterException"
    config = query_log(log_group)
    resolver.associate_resolver_query_log_config(ResolverQueryLogConfigId=config["Id"], ResourceId=vpc)
    account.client("logs").delete_log_group(logGroupName="/dns/queries")
    one = resolver.list_resolver_query_log_config_associations()["ResolverQueryLogConfigAssociations"][0]
    assert (one["Status"], one["Error"]) == ("FAILED", "DESTINATION_NOT_FOUND")


def test_query_logging_is_filtered_and_sorted(account, resolver, query_log, log_group, refused):
    account.client("s3").create_bucket(Bucket="dns-logs")
    query_log(log_group, "b")
    query_log("arn:aws:s3:::dns-logs/prefix", "a")

    def names(**members):
        answer = resolver.list_resolver_query_log_configs(**members)
        assert answer["TotalCount"] == 2
        return [one["Name"] for one in answer["ResolverQueryLogConfigs"]]

    assert names(SortBy="Name", SortOrder="ASCENDING") == ["a", "b"]
    assert names(SortBy="Name", SortOrder="DESCENDING") == ["b", "a"]
    assert names(Filters=[{"Name": "Destination", "Values": ["S3"]}]) == ["a"]
    assert names(Filters=[{"Name": "CREATOR_REQUEST_ID", "Values": ["none"]}]) == []
    wrong = {"Filters": [{"Name": "Colour", "Values": ["red"]}]}
    assert refused(resolver.list_resolver_query_log_configs, **wrong) == "InvalidParameterException"


def test_query_logging_is_shared_by_a_policy(resolver, query_log, log_group, refused):
    arn = query_log(log_group)["Arn"]
    put = resolver.put_resolver_query_log_config_policy
    assert refused(put, Arn=arn, ResolverQueryLogConfigPolicy="[]") == "InvalidPolicyDocument"
    assert refused(put, Arn=arn + "0", ResolverQueryLogConfigPolicy=SHARE) == "UnknownResourceException"
    put(Arn=arn, ResolverQueryLogConfigPolicy=SHARE)
    assert resolver.get_resolver_query_log_config_policy(Arn=arn)["ResolverQueryLogConfigPolicy"] == SHARE


def test_tags_of_moto_s_own_resources_stay_moto_s(account, resolver):
    rule = resolver.create_resolver_rule(RuleType="SYSTEM", DomainName="corp.example", Name="r", **ask())[
        "ResolverRule"
    ]
    resolver.tag_resource(ResourceArn=rule["Arn"], Tags=[{"Key": "a", "Value": "b"}])
    assert resolver.list_tags_for_resource(ResourceArn=rule["Arn"])["Tags"] == [{"Key": "a", "Value": "b"}]
