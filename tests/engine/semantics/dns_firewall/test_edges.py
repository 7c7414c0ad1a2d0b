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


def test_ids_have_sixty_four_characters_at_most():
    for length in (1, 64):
        id, vpc = "l" * length, "v" * length
        found = firewall([rule("x", 1, "BLOCK", "x", FirewallDomainListId=id)], {"x": ["x.test"]})
        found["FirewallDomainLists"][0]["Id"] = id
        found["FirewallRuleGroups"][0]["Id"] = found["FirewallRuleGroupAssociations"][0]["FirewallRuleGroupId"] = id
        found["FirewallRuleGroupAssociations"][0]["VpcId"] = vpc
        assert decide(Query("x.test"), Firewall.read(found, vpc=vpc)).action == "BLOCK"
    found["FirewallRuleGroupAssociations"][0]["VpcId"] = "v" * 65
    with pytest.raises(Malformed, match="VpcId"):
        Firewall.read(found)


@pytest.mark.parametrize(("length", "fine"), [(255, True), (256, False)])
def test_an_override_has_a_domain_of_255_characters_at_most(length, fine):
    override = {"BlockResponse": "OVERRIDE", "BlockOverrideDnsType": "CNAME", "BlockOverrideTtl": 1}
    domain = ".".join(["a" * 63] * 3 + ["b" * (length - 192)])
    found = firewall([rule("x", 1, "BLOCK", "x", **override, BlockOverrideDomain=domain)], {"x": ["x.test"]})
    if fine:
        assert decide(Query("x.test"), found).override == domain
    else:
        with pytest.raises(Malformed, match="BlockOverrideDomain"):
            Firewall.read(found)


KEPT = ["CreatorRequestId", "CreationTime", "ModificationTime", "Status", "StatusMessage", "Arn", "OwnerId"]


@pytest.mark.parametrize(
    ("place", "fields"),
    [
        ("rule", [*KEPT, "FirewallRuleGroupId"]),
        ("FirewallRuleGroups", [*KEPT, "RuleCount", "ShareStatus"]),
        ("FirewallDomainLists", [*KEPT, "DomainCount"]),
        ("FirewallRuleGroupAssociations", [*KEPT, "Id", "Name", "MutationProtection"]),
    ],
)
def test_what_the_api_answers_besides_is_taken_and_the_unknown_is_not(place, fields):
    def read(field):
        found = firewall([rule("x", 1, "BLOCK", "x")], {"x": ["x.test"]})
        item = found["FirewallRuleGroups"][0]["FirewallRules"][0] if place == "rule" else found[place][0]
        item[field] = "x"
        return decide(Query("x.test"), found)

    assert {read(field).action for field in fields} == {"BLOCK"}
    with pytest.raises(Malformed, match="Colour"):
        read("Colour")


def test_a_rule_about_another_type_is_passed_over_and_the_next_is_asked():
    rules = [rule("mail", 1, "ALLOW", "all", Qtype="MX"), rule("rest", 2, "BLOCK", "all")]
    found = firewall(rules, {"all": ["*"]})
    assert decide(Query("x.test", "A"), found).explain().data["rule"] == 'rule "rest" of rule group "egress"'
    assert decide(Query("x.test", "MX"), found).explain().data["rule"] == 'rule "mail" of rule group "egress"'
    assert decide(Query("x.test", "A"), firewall([], {})).explain().data["rule"] is None


def test_an_advanced_rule_is_read_with_all_that_the_api_answers():
    advanced = {"Name": "dga", "Priority": 1, "Action": "BLOCK", "BlockResponse": "NODATA"}
    advanced |= {
        "DnsThreatProtection": "DGA",
        "FirewallThreatProtectionId": "rslvr-ftp-1",
        "ConfidenceThreshold": "HIGH",
    }
    assert decide(Query("x.test"), firewall([advanced], {})).action == "UNKNOWN"


@pytest.mark.parametrize("text", ["*.", ".", ".x.test", "**", "*..test", "x..test", ""])
def test_what_is_no_domain_is_refused(text):
    with pytest.raises(Malformed):
        Firewall.read(firewall([rule("x", 1, "BLOCK", "x")], {"x": [text]}))


def test_an_unclear_entry_is_doubtful_for_the_names_that_end_with_it_alone():
    found = firewall([rule("x", 1, "BLOCK", "x")], {"x": ["*red.example"]})
    assert decide(Query("a.red.example"), found).action == "UNKNOWN"
    assert decide(Query("tired.example"), found).action == "UNKNOWN"
    assert decide(Query("bed.example"), found).action == "ALLOW"


def test_an_explanation_shows_every_name_of_the_chain_up_to_its_end():
    rules = [rule("block", 1, "BLOCK", "bad"), rule("alert", 2, "ALERT", "odd"), rule("doubt", 3, "BLOCK", "unclear")]
    found = firewall(rules, {"bad": ["bad.test"], "odd": ["odd.test"], "unclear": ["*ps.test"]})
    told = decide(Query("Odd.test.", redirections=("bad.test", "fine.test")), found).explain()
    assert [(one["name"], one["action"]) for one in told.data["names"]] == [
        ("odd.test", "ALERT"),
        ("bad.test", "BLOCK"),
    ]
    assert [node.mood for node in told.picture.nodes] == ["end", "passes", "stops", "end"]
    assert told.picture.nodes[2].text == f"bad.test: {told.sentence}" and told.picture.nodes[3].text == "BLOCK"
    doubtful = decide(Query("perhaps.test"), found).explain()
    assert [node.mood for node in doubtful.picture.nodes] == ["end", "doubt", "end"]
    assert [node.mood for node in decide(Query("fine.test"), found).explain().picture.nodes][1] == "passes"


def test_the_narrowest_entry_that_covers_a_name_is_told():
    found = firewall([rule("x", 1, "BLOCK", "x")], {"x": ["*.test", "*.b.test", "*"]})
    assert " blocks 'a.b.test' by *.b.test" in decide(Query("a.b.test"), found).because
    assert " blocks 'a.c.test' by *.test" in decide(Query("a.c.test"), found).because
    assert " blocks 'other.example' by *," in decide(Query("other.example"), found).because


def test_an_explanation_leaves_open_what_is_open():
    found = firewall([rule("x", 1, "BLOCK", "x")], {"x": ["*red.example", "bad.test"]})
    told = [
        decide(Query(name), found).explain().data["resolves"] for name in ("a.red.example", "bad.test", "fine.test")
    ]
    assert told == [None, False, True]
