"""DNS Firewall at its edges: which name of a chain is the last, and what a doubt there changes."""

import pytest

from engine.semantics.dns_firewall.documents import firewall, rule
from hardenlab.semantics.dns_firewall import Firewall, Malformed, Query, decide

TRUSTING = {"FirewallDomainRedirectionAction": "TRUST_REDIRECTION_DOMAIN"}
RULES = [rule("trusted", 1, "ALLOW", "perhaps", **TRUSTING), rule("rest", 2, "ALLOW", "all")]
LISTS = {"perhaps": ["*red.example"], "all": ["*"]}


@pytest.mark.parametrize(
    ("redirections", "action"),
    [
        (("a.red.example",), "ALLOW"),
        (("z.test", "a.red.example"), "ALLOW"),
        (("a.red.example", "z.test"), "UNKNOWN"),
        (("z.test", "a.red.example", "z.test"), "UNKNOWN"),
    ],
)
def test_whether_a_rule_trusts_matters_while_names_follow(redirections, action):
    verdict = decide(Query("q.test", redirections=redirections), firewall(RULES, LISTS))
    assert verdict.action == action


def test_a_single_name_is_the_last():
    assert decide(Query("a.red.example"), firewall(RULES, LISTS)).action == "ALLOW"


@pytest.mark.parametrize(
    ("name", "redirections", "action", "decided_by"),
    [
        ("bad.test", ("odd.test",), "BLOCK", "block"),
        ("odd.test", ("bad.test",), "BLOCK", "block"),
        ("odd.test", ("fine.test",), "ALERT", "alert"),
        ("fine.test", ("odd.test",), "ALERT", "alert"),
        ("x.perhaps.test", ("bad.test",), "UNKNOWN", "doubt"),
    ],
)
def test_the_first_that_stops_a_chain_decides(name, redirections, action, decided_by):
    rules = [
        rule("block", 1, "BLOCK", "bad"),
        rule("alert", 2, "ALERT", "odd"),
        rule("doubt", 3, "BLOCK", "unclear"),
    ]
    lists = {"bad": ["bad.test"], "odd": ["odd.test"], "unclear": ["*perhaps.test"]}
    verdict = decide(Query(name, redirections=redirections), firewall(rules, lists))
    assert (verdict.action, verdict.rule.name) == (action, decided_by)


def test_the_longest_name_is_asked_with_its_final_dot():
    longest = ".".join(["a" * 63] * 3 + ["b" * 63])
    assert len(longest) == 255
    assert decide(Query(longest + "."), firewall([rule("x", 1, "BLOCK", "x")], {"x": [longest]})).action == "BLOCK"
    with pytest.raises(Malformed):
        decide(Query(longest + "b"), firewall([], {}))
    with pytest.raises(Malformed):
        decide(Query(longest + ".."), firewall([], {}))


def many(count, what):
    """A firewall with so many of something, and nothing else of note."""
    found = firewall([rule("x", 1, "BLOCK", "x")], {"x": ["x.test"]})
    group = found["FirewallRuleGroups"][0]
    if what == "associations":
        found["FirewallRuleGroupAssociations"] = [
            {"FirewallRuleGroupId": group["Id"], "Priority": 100 + number, "VpcId": "vpc-1"} for number in range(count)
        ]
    elif what == "rule groups":
        found["FirewallRuleGroups"] += [{**group, "Id": f"rslvr-frg-{number}"} for number in range(count - 1)]
    elif what == "domain lists":
        one = found["FirewallDomainLists"][0]
        found["FirewallDomainLists"] += [{**one, "Id": f"rslvr-fdl-{number}"} for number in range(count - 1)]
    elif what == "rules":
        group["FirewallRules"] = [rule(f"x{number}", number, "BLOCK", "x") for number in range(count)]
    elif what == "domains":
        found["FirewallDomainLists"][0]["Domains"] = [f"x{number}.test" for number in range(count)]
    return found


@pytest.mark.parametrize(
    ("what", "most"),
    [("associations", 100), ("rule groups", 50), ("domain lists", 50), ("rules", 100), ("domains", 5_000)],
)
def test_so_many_are_read_and_no_more(what, most):
    Firewall.read(many(most, what))
    with pytest.raises(Malformed):
        Firewall.read(many(most + 1, what))


def test_a_chain_has_sixteen_redirections_at_most():
    found = firewall([rule("x", 1, "BLOCK", "x")], {"x": ["x.test"]})
    chain = tuple(f"n{number}.test" for number in range(15))
    assert decide(Query("q.test", redirections=(*chain, "x.test")), found).action == "BLOCK"
    with pytest.raises(Malformed, match="16 names"):
        decide(Query("q.test", redirections=(*chain, "a.test", "x.test")), found)


@pytest.mark.parametrize(("priority", "fine"), [(99, False), (100, True), (9900, True), (9901, False)])
def test_associations_have_priorities_of_their_own(priority, fine):
    found = many(1, "associations")
    found["FirewallRuleGroupAssociations"][0]["Priority"] = priority
    if fine:
        Firewall.read(found)
    else:
        with pytest.raises(Malformed, match="between 100 and 9900"):
            Firewall.read(found)


@pytest.mark.parametrize(("seconds", "fine"), [(-1, False), (0, True), (604_800, True), (604_801, False)])
def test_an_override_lives_for_a_week_at_most(seconds, fine):
    override = {
        "BlockResponse": "OVERRIDE",
        "BlockOverrideDomain": "sinkhole.test",
        "BlockOverrideDnsType": "CNAME",
        "BlockOverrideTtl": seconds,
    }
    found = firewall([rule("x", 1, "BLOCK", "x", **override)], {"x": ["x.test"]})
    if fine:
        assert decide(Query("x.test"), found).override == "sinkhole.test"
    else:
        with pytest.raises(Malformed):
            Firewall.read(found)


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("A", 1), ("TYPE1", 1), ("NS", 2), ("CNAME", 5), ("SOA", 6), ("PTR", 12), ("MX", 15), ("TXT", 16), ("AAAA", 28),
        ("SRV", 33), ("NAPTR", 35), ("DS", 43), ("SPF", 99), ("CAA", 257), ("TYPE65534", 65_534),
    ],
)  # fmt: skip
def test_query_types_have_their_numbers(kind, number):
    found = firewall([rule("x", 1, "BLOCK", "x", Qtype=f"TYPE{number}")], {"x": ["x.test"]})
    assert decide(Query("x.test", kind), found).action == "BLOCK"
    assert decide(Query("x.test", "TYPE77"), found).action == "ALLOW"


@pytest.mark.parametrize("kind", ["TYPE0", "TYPE65535", "TYPE01", "WKS", ""])
def test_other_query_types_are_refused(kind):
    with pytest.raises(Malformed):
        decide(Query("x.test", kind), firewall([], {}))
