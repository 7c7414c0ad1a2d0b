"""What applies to a VPC: associations, fail-open, and what AWS would refuse."""

import pytest

from hardenlab.semantics.dns_firewall import Firewall, Malformed, Query, decide, decide_on_failure

from .documents import firewall, firewall_of_groups, rule

EVIL = {"bad": ["evil.example"], "good": ["evil.example"]}


def with_rule(**changes):
    fields = rule("r", 1, "BLOCK", "bad") | changes
    return firewall([{key: value for key, value in fields.items() if value is not ...}], EVIL)


def test_a_rule_group_without_association_filters_nothing():
    document = firewall([rule("r", 1, "BLOCK", "bad")], EVIL) | {"FirewallRuleGroupAssociations": []}
    verdict = decide(Query("evil.example"), document)
    assert verdict.resolves
    assert verdict.because == "No rule group is associated with the VPC, so nothing is filtered"


def test_an_empty_document_is_a_vpc_without_firewall():
    assert decide(Query("evil.example"), {}).resolves
    assert decide_on_failure("{}").resolves


@pytest.mark.parametrize(("first", "expected"), [("good", "ALLOW"), ("bad", "BLOCK")])
def test_rule_groups_are_asked_by_the_priority_of_their_association(first, expected):
    second = {"good": "bad", "bad": "good"}[first]
    rules = {"bad": [rule("r", 1, "BLOCK", "bad")], "good": [rule("r", 9, "ALLOW", "good")]}
    document = firewall_of_groups({second: (300, rules[second]), first: (200, rules[first])}, EVIL)
    assert decide(Query("evil.example"), document).action == expected


def test_each_vpc_has_its_own_associations():
    document = firewall([rule("r", 1, "BLOCK", "bad")], EVIL)
    document["FirewallRuleGroupAssociations"].append(
        {"FirewallRuleGroupId": "rslvr-frg-egress", "Priority": 101, "VpcId": "vpc-2"}
    )
    assert not decide(Query("evil.example"), Firewall.read(document, vpc="vpc-2")).resolves
    assert decide(Query("evil.example"), Firewall.read(document, vpc="vpc-3")).resolves
    with pytest.raises(Malformed, match="another VPC than before; ask about one VPC at a time"):
        Firewall.read(document)


@pytest.mark.parametrize(
    ("setting", "action"),
    [(None, "BLOCK"), ("DISABLED", "BLOCK"), ("ENABLED", "ALLOW"), ("USE_LOCAL_RESOURCE_SETTING", "UNKNOWN")],
)
def test_fail_open_decides_when_the_firewall_gives_no_answer(setting, action):
    verdict = decide_on_failure(firewall([rule("r", 1, "BLOCK", "bad")], EVIL, fail_open=setting))
    assert verdict.action == action
    assert "FirewallFailOpen" in verdict.because


def test_an_advanced_rule_is_judged_by_aws_alone():
    advanced = {
        "Name": "tunnels", "Priority": 1, "Action": "BLOCK", "BlockResponse": "NODATA",
        "DnsThreatProtection": "DNS_TUNNELING", "ConfidenceThreshold": "LOW",
    }  # fmt: skip
    verdict = decide(Query("a.example"), firewall([advanced], {}))
    assert verdict.action == "UNKNOWN"
    assert verdict.because == (
        'AWS judges rule "tunnels" of rule group "egress" by threat models that it does not publish'
    )
    with pytest.raises(Malformed, match="must be ALERT or BLOCK in a DNS Firewall Advanced rule"):
        Firewall.read(firewall([{**advanced, "Action": "ALLOW", "BlockResponse": None}], {}))


def test_what_a_blocked_client_is_told_is_left_open_when_two_rules_may_have_blocked():
    rules = [rule("a", 1, "BLOCK", "aws", BlockResponse="NXDOMAIN"), rule("b", 2, "BLOCK", "all")]
    document = firewall(rules, {"aws": [], "all": ["*"]})
    document["FirewallDomainLists"][0]["ManagedOwnerName"] = "AWS"
    verdict = decide(Query("a.example"), document)
    assert (verdict.action, verdict.response) == ("BLOCK", None)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("[]", "the firewall must be an object, not a list"),
        ("{", "is not JSON: Expecting property name enclosed in double quotes in line 1, column 2; mend it there"),
        ('{"FirewallConfig": {}, "FirewallConfig": {}}', "'FirewallConfig' occurs twice in one object; keep one"),
        ({"Rules": []}, "has the unknown field 'Rules'; it takes FirewallDomainLists, FirewallRuleGroups"),
        ({1: 2}, "has a key that is a whole number; every key must be a text"),
        ({"FirewallRuleGroups": {}}, "the firewall.FirewallRuleGroups must be a list, not an object"),
        ({"FirewallRuleGroups": [{}]}, "FirewallRuleGroups[0] needs the field Id"),
        ({"FirewallConfig": {"FirewallFailOpen": True}}, "must be ENABLED, DISABLED or USE_LOCAL_RESOURCE_SETTING"),
        (with_rule(Action="DENY"), "must be ALLOW, ALERT or BLOCK, not 'DENY'"),
        (with_rule(BlockResponse=...), "FirewallRules[0] needs the field BlockResponse"),
        (with_rule(Action="ALLOW"), "BlockResponse belongs to BLOCK; take it out of this ALLOW rule"),
        (with_rule(BlockResponse="OVERRIDE"), "needs the field BlockOverrideDnsType"),
        (with_rule(BlockOverrideTtl=1), "BlockOverrideTtl belongs to the block response OVERRIDE"),
        (with_rule(FirewallDomainListId=...), "needs either FirewallDomainListId or DnsThreatProtection"),
        (with_rule(FirewallDomainListId="rslvr-fdl-x"), "names the domain list 'rslvr-fdl-x', which is not in"),
        (with_rule(Qtype="TYPE0"), "'TYPE0' is not a query type; write one such as A, AAAA, TXT or TYPE28"),
        (with_rule(Qtype="TYPE65535"), "'TYPE65535' is not a query type"),
        (with_rule(Priority="1"), "Priority must be a whole number, not a text"),
        (with_rule(Priority=True), "Priority must be a whole number, not true or false"),
        (with_rule(Priority=-1), "Priority must be between 0 and 2147483647"),
        (with_rule(Name="123"), "takes letters, digits, spaces, hyphens, underscores and apostrophes"),
        (with_rule(Name=""), "Name has 0 characters; it takes 1 to 64"),
        (with_rule(Nmae="x"), "has the unknown field 'Nmae'"),
        (firewall([rule("a", 1, "BLOCK", "bad"), rule("b", 1, "ALLOW", "good")], EVIL), "1 is used twice"),
        (firewall_of_groups({"a": (99, [])}, {}), "Priority must be between 100 and 9900"),
        (firewall_of_groups({"a": (200, []), "b": (200, [])}, {}), "200 is used twice; give each its own"),
        (firewall([], {"bad": ["https://evil.example"]}), "is not a domain; write example.com, *.example.com or *"),
        (firewall([], {"bad": ["www.*.example"]}), "is not a domain"),
        (firewall([], {"bad": ["evil..example"]}), "is not a domain"),
        (firewall([], {"bad": [".evil.example"]}), "is not a domain"),
        (firewall([], {"bad": ["*."]}), "is not a domain"),
        (firewall([], {"bad": ["."]}), "is not a domain"),
        (firewall([], {"bad": ["_dmarc.example"]}), "is not a domain"),
        (firewall([], {"bad": ["a" * 256]}), "Domains[0] has 256 characters; it takes 1 to 255"),
        (firewall([], {"bad": [7]}), "Domains[0] must be a text, not a whole number"),
    ],
)  # fmt: skip
def test_what_aws_would_refuse_is_told_with_place_and_remedy(document, sentence):
    with pytest.raises(Malformed) as caught:
        Firewall.read(document)
    assert sentence in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_two_lists_of_one_id_and_an_association_to_nothing_are_refused():
    document = firewall([], EVIL)
    document["FirewallDomainLists"][1]["Id"] = document["FirewallDomainLists"][0]["Id"]
    with pytest.raises(Malformed, match="'rslvr-fdl-bad' is used twice"):
        Firewall.read(document)
    document = firewall([], {}) | {"FirewallRuleGroups": []}
    with pytest.raises(Malformed, match="names the rule group 'rslvr-frg-egress', which is not in FirewallRuleGroups"):
        Firewall.read(document)


@pytest.mark.parametrize(
    "query",
    [
        Query(""), Query("."), Query("a..b"), Query("a b"), Query("a" * 64 + ".example"), Query("a." * 200),
        Query(None), Query("a.example", "a"), Query("a.example", None), Query("a.example", "A", ("",)),
        Query("a.example", "A", ("b.example",) * 17), Query("a.example", "A", "b.example"), Query("ä.example"),
    ],
)  # fmt: skip
def test_a_query_that_dns_cannot_ask_is_refused(query):
    with pytest.raises(Malformed):
        decide(query, firewall([], {}))
