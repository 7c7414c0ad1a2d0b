"""Properties of every firewall, and what is hostile stays cheap."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardenlab.semantics.dns_firewall import Firewall, Malformed, Query, decide

from .documents import firewall, rule

names = st.sampled_from(["a.x", "b.x", "x", "c.a.x", "y", "a.y"])
specifications = st.sampled_from(["*", "*.x", "*.a.x", "a.x", "x", "y", "*y", "b.x"])
rules = st.lists(
    st.tuples(st.sampled_from(["ALLOW", "ALERT", "BLOCK"]), st.lists(specifications, max_size=3), st.booleans()),
    max_size=5,
)
queries = st.builds(lambda name, chain: Query(name, "A", tuple(chain)), names, st.lists(names, max_size=3))


def built(drawn):
    listed = [
        rule(f"r{n}", n, action, f"l{n}", FirewallDomainRedirectionAction=redirection(trusts))
        for n, (action, _, trusts) in enumerate(drawn)
    ]
    return firewall(listed, {f"l{n}": domains for n, (_, domains, _) in enumerate(drawn)})


def redirection(trusts):
    return "TRUST_REDIRECTION_DOMAIN" if trusts else "INSPECT_REDIRECTION_DOMAIN"


@given(rules, queries, st.randoms(use_true_random=False))
def test_the_order_of_the_document_changes_nothing(drawn, query, shuffled):
    document = built(drawn)
    before = decide(query, document)
    shuffled.shuffle(document["FirewallRuleGroups"][0]["FirewallRules"])
    shuffled.shuffle(document["FirewallDomainLists"])
    assert decide(query, document) == before


@given(rules, queries)
def test_a_rule_behind_all_others_changes_nothing_that_a_rule_has_decided(drawn, query):
    before = decide(Query(query.name), built(drawn))
    after = decide(Query(query.name), built([*drawn, ("BLOCK", ["*"], False)]))
    if before.rule and before.action != "UNKNOWN":
        assert after == before
    else:
        assert after.action in ("BLOCK", "UNKNOWN")


@given(rules, queries)
def test_a_longer_chain_never_unblocks(drawn, query):
    shorter = decide(Query(query.name, "A", query.redirections[:-1]), built(drawn))
    if shorter.action == "BLOCK":
        assert decide(query, built(drawn)).action == "BLOCK"


@given(rules, queries)
def test_splitting_a_list_into_two_rules_changes_nothing(drawn, query):
    split = [
        part
        for action, listed, trusts in drawn
        for part in ((action, listed[:1], trusts), (action, listed[1:], trusts))
    ]
    assert decide(query, built(drawn)).action == decide(query, built(split)).action


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "Domains",
    "FirewallRules",
    "Name",
    "Id",
    "Priority",
    "Action",
    "Qtype",
    "FirewallDomainListId",
    "BlockResponse",
]


@settings(max_examples=150)
@given(st.data())
def test_any_value_in_any_field_is_judged_or_refused(data):
    document = built([("BLOCK", ["*.x"], True), ("ALLOW", ["y"], False)])
    targets = [document, *(item for part in document.values() for item in part)]
    targets += document["FirewallRuleGroups"][0]["FirewallRules"]
    target = data.draw(st.sampled_from(targets))
    target[data.draw(st.sampled_from([*FIELDS, *target]))] = data.draw(json_values)
    try:
        assert decide(Query("a.x"), document).because
    except Malformed as error:
        assert str(error)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 30_000, "9" * 5_000, '{"a": NaN}', " " * 300_000, "\ud800"])
def test_hostile_text_is_refused(text):
    with pytest.raises(Malformed):
        Firewall.read(text)


def test_large_lists_are_refused_and_lists_within_the_bound_are_quick():
    many = [f"*.{'a.' * 100}d{number}.example" for number in range(5_000)]
    with pytest.raises(Malformed, match="has 5001 elements; it takes 0 to 5000"):
        Firewall.read(firewall([], {"bad": [*many, "one.example"]}))
    names = [f"host{number}.example" for number in range(4_900)]
    listed = [rule(f"r{n}", n, "ALLOW", "bad") for n in range(100)]
    known = Firewall.read(firewall(listed, {"bad": names}))
    asked = Query("a." * 120 + "example", "A", tuple(f"h{n}." + "b." * 110 + "example" for n in range(16)))
    before = time.process_time()
    assert decide(asked, known).resolves
    assert time.process_time() - before < 2  # generous: the machine may be busy
