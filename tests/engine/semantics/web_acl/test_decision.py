"""Rules in order, actions, labels, groups, rates, and verdicts that explain themselves."""

import json

import pytest

from hardenlab.semantics.web_acl import Malformed, WebAcl, WebRequest, decide, decide_all

from .documents import (
    both,
    either,
    faster_than,
    from_countries,
    from_set,
    group,
    group_rule,
    has,
    injected,
    ip_set,
    labelled,
    managed,
    not_,
    rule,
    rule_group,
    web_acl,
)  # fmt: skip

ADMIN = has("/admin", None, "STARTS_WITH")


def request(target="/", **more):
    return WebRequest(more.pop("ip", "203.0.113.9"), target, **more)


def test_rules_are_asked_by_priority_and_the_default_action_is_last():
    acl = web_acl(rule("later", 5, has("/"), "Allow"), rule("first", 1, ADMIN))
    assert decide(request("/admin"), acl).rule == 'rule "first"'
    assert decide(request("/admin"), acl).action == "BLOCK"
    assert decide(request("/"), acl).action == "ALLOW"
    assert decide(request("/x"), web_acl(rule("first", 1, ADMIN), default="Block")).action == "BLOCK"
    assert decide(request(), web_acl()).sentence == (
        "No rule ends the evaluation, so the default action allows the request"
    )


def test_count_goes_on_and_labels_what_it_counts():
    acl = web_acl(
        rule("mark", 1, ADMIN, "Count", ["area:admin"]),
        rule("block", 2, both(labelled("area:admin"), not_(from_set("office")))),
        IPSets=[ip_set("office", "198.51.100.0/24")],
    )
    outside, inside = decide(request("/admin"), acl), decide(request("/admin", ip="198.51.100.7"), acl)
    assert (outside.action, inside.action) == ("BLOCK", "ALLOW")
    assert outside.counted == ("mark",)
    assert outside.labels == ("awswaf:111122223333:webacl:shop:area:admin",)


@pytest.mark.parametrize(
    ("key", "scope", "expected"),
    [
        ("ns1:ns2:name", "LABEL", True),
        ("name", "LABEL", True),
        ("ns2:name", "LABEL", True),
        ("ns1:name", "LABEL", False),
        ("ame", "LABEL", False),
        ("ns1:ns2", "LABEL", False),
        ("ns1:ns2:NAME", "LABEL", False),
        ("ns1:", "NAMESPACE", True),
        ("ns1:ns2", "NAMESPACE", True),
        ("ns2:", "NAMESPACE", True),
        ("name", "NAMESPACE", False),
        ("awswaf:111122223333:webacl:shop:ns1:ns2:name", "LABEL", True),
        ("awswaf:111122223333:webacl:other:ns1:ns2:name", "LABEL", False),
        ("awswaf:111122223333:webacl:shop:", "NAMESPACE", True),
        ("awswaf:111122223333:webacl:shop:ns1:ns2:name", "NAMESPACE", False),
    ],
)
def test_a_label_is_found_by_its_whole_parts(key, scope, expected):
    acl = web_acl(rule("mark", 1, has("/"), "Count", ["ns1:ns2:name"]), rule("block", 2, labelled(key, scope)))
    assert decide(request(), acl).action == ("BLOCK" if expected else "ALLOW")


def test_labels_of_a_rule_group_need_their_prefix_outside_of_it():
    marking = rule_group(
        "marks", rule("mark", 1, has("/"), "Count", ["seen"]), rule("in", 2, labelled("seen"), "Count")
    )
    full = "awswaf:111122223333:rulegroup:marks:seen"
    for key, action in (("seen", "ALLOW"), (full, "BLOCK")):
        acl = web_acl(group_rule("g", 1, group("marks")), rule("block", 2, labelled(key)), RuleGroups=[marking])
        verdict = decide(request(), acl)
        assert (verdict.action, verdict.counted) == (action, ("mark", "in"))


def test_a_captcha_stops_a_request_until_it_is_solved():
    for action in ("Captcha", "Challenge"):
        acl = web_acl(rule("check", 1, ADMIN, action, ["checked"]), rule("block", 2, labelled("checked")))
        assert decide(request("/admin"), acl).action == action.upper()
        solved = decide(request("/admin", solved=frozenset({action.upper()})), acl)
        assert (solved.action, solved.counted) == ("BLOCK", ("check",))


def test_a_rule_group_decides_unless_it_is_overridden():
    blocking = rule_group("g", rule("admin", 1, ADMIN), rule("x", 2, has("/x")))

    def verdict(override="None", **more):
        acl = web_acl(group_rule("use", 1, group("g", **more), override), RuleGroups=[blocking])
        return decide(request("/admin"), acl)

    assert verdict().action == "BLOCK"
    assert verdict().rule == 'rule "admin" of rule group "g"'
    assert (verdict("Count").action, verdict("Count").counted) == ("ALLOW", ("use",))
    excluded = verdict(ExcludedRules=[{"Name": "admin"}])
    assert (excluded.action, excluded.counted) == ("ALLOW", ("admin",))
    assert verdict(RuleActionOverrides=[{"Name": "admin", "ActionToUse": {"Challenge": {}}}]).action == "CHALLENGE"


def test_a_managed_rule_group_is_judged_only_where_it_makes_no_difference():
    def verdict(*rules, default="Allow", target="/admin"):
        return decide(request(target), web_acl(*rules, default=default)).action

    opaque = group_rule("aws", 1, managed())
    assert verdict(opaque) == "UNKNOWN"
    assert verdict(opaque, default="Block") == "BLOCK"
    assert verdict(opaque, rule("admin", 2, ADMIN)) == "BLOCK"
    assert verdict(rule("admin", 0, ADMIN), opaque) == "BLOCK"
    assert verdict(group_rule("aws", 1, managed(), "Count")) == "ALLOW"
    assert verdict(group_rule("aws", 1, managed(ScopeDownStatement=has("/login")))) == "ALLOW"
    assert verdict(group_rule("aws", 1, managed(ScopeDownStatement=ADMIN))) == "UNKNOWN"
    assert verdict(group_rule("bots", 1, managed("AWSManagedRulesBotControlRuleSet")), default="Block") == "UNKNOWN"
    label = "awswaf:managed:aws:core-rule-set:NoUserAgent_Header"
    assert verdict(group_rule("aws", 1, managed(), "Count"), rule("block", 2, labelled(label))) == "UNKNOWN"
    assert verdict(rule("block", 2, labelled(label))) == "ALLOW"


def test_a_verdict_of_the_unknown_names_the_rule_and_why():
    verdict = decide(request("/?id=1%20or%201=1"), web_acl(rule("sqli", 1, injected())))
    assert verdict.action == "UNKNOWN"
    expected = (
        'It cannot be judged whether rule "sqli" blocks the request: AWS does not publish how it detects SQL injection'
    )
    assert verdict.sentence == expected
    assert decide(request("/"), web_acl(rule("sqli", 1, injected()))).action == "ALLOW"


def test_what_depends_on_an_unknown_rule_is_unknown():
    counting = rule("sqli", 1, injected(), "Count", ["sqli"])
    assert decide(request("/?a=b"), web_acl(counting, rule("block", 2, labelled("sqli")))).action == "UNKNOWN"
    assert decide(request("/?a=b"), web_acl(counting, rule("block", 2, labelled("other")))).action == "ALLOW"
    assert decide(request("/x?a=b"), web_acl(rule("r", 1, both(injected(), ADMIN)))).action == "ALLOW"
    assert decide(request("/admin?a=b"), web_acl(rule("r", 1, either(injected(), ADMIN)))).action == "BLOCK"
    assert decide(request("/admin?a=b"), web_acl(rule("r", 1, not_(injected())))).action == "UNKNOWN"


def test_countries_match_and_label():
    acl = web_acl(rule("geo", 1, from_countries("KP", "IR")), rule("us", 2, labelled("awswaf:clientip:geo:country:US")))
    assert decide(request(country="KP"), acl).action == "BLOCK"
    assert decide(request(country="US"), acl).rule == 'rule "us"'
    assert decide(request(country="DE"), acl).action == "ALLOW"
    assert decide(request(), acl).action == "UNKNOWN"
    region = web_acl(
        rule("geo", 1, from_countries("KP"), "Count"), rule("r", 2, labelled("awswaf:clientip:geo:region:US-CA"))
    )
    assert decide(request(country="US", region="CA"), region).action == "BLOCK"
    assert decide(request(country="US"), region).action == "UNKNOWN"


def test_a_forwarded_address_is_used_with_its_fallback():
    config = {"HeaderName": "X-Forwarded-For", "FallbackBehavior": "MATCH"}
    acl = web_acl(rule("geo", 1, from_countries("KP", ForwardedIPConfig=config)))

    def action(value):
        headers = {"X-Forwarded-For": value} if value else {}
        return decide(request(headers=headers, country="KP", countries={"192.0.2.1": "DE"}), acl).action

    assert [action(value) for value in ("192.0.2.1", "", "none", "192.0.2.1, 192.0.2.2", "192.0.2.9")] == [
        "ALLOW", "ALLOW", "BLOCK", "UNKNOWN", "UNKNOWN",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("position", "value", "expected"),
    [
        ("FIRST", "10.0.0.1, 192.0.2.1", "BLOCK"),
        ("LAST", "10.0.0.1, 192.0.2.1", "ALLOW"),
        ("ANY", "192.0.2.1, 10.0.0.1", "BLOCK"),
        ("ANY", "10.0.0.1" + ", 192.0.2.1" * 10, "ALLOW"),
        ("ANY", "192.0.2.1, nothing", "UNKNOWN"),
        ("FIRST", "nothing, 10.0.0.1", "ALLOW"),
        ("FIRST", None, "ALLOW"),
    ],
)
def test_an_ip_set_looks_at_a_position_of_a_header(position, value, expected):
    statement = from_set("bad", HeaderName="x-forwarded-for", FallbackBehavior="NO_MATCH", Position=position)
    acl = web_acl(rule("bad", 1, statement), IPSets=[ip_set("bad", "10.0.0.0/8")])
    headers = {"X-Forwarded-For": value} if value else {}
    assert decide(request(headers=headers), acl).action == expected


def test_ip_sets_are_of_one_version():
    acl = web_acl(rule("bad", 1, from_set("six")), IPSets=[ip_set("six", "2001:db8::/32", version="IPV6")])
    assert decide(request(ip="2001:db8::5"), acl).action == "BLOCK"
    assert decide(request(ip="203.0.113.9"), acl).action == "ALLOW"


def burst(count, start, every, **more):
    return [request(time=start + number * every, **more) for number in range(count)]


def test_a_rate_far_above_the_limit_is_blocked_after_minutes_and_one_far_below_never():
    acl = WebAcl.read(web_acl(rule("rate", 1, faster_than(100, 60))))
    attack = [verdict.action for verdict in decide_all(burst(2000, 0, 0.25), acl)]
    assert attack[0] == attack[79] == "ALLOW" and attack[-1] == "BLOCK"
    assert set(attack) == {"ALLOW", "UNKNOWN", "BLOCK"}
    assert {verdict.action for verdict in decide_all(burst(500, 0, 1), acl)} == {"ALLOW"}
    near = [verdict.action for verdict in decide_all(burst(1000, 0, 0.6), acl)]
    assert near[-1] == "UNKNOWN"


def test_a_rate_counts_each_key_and_only_what_the_scope_down_takes():
    many = [request(ip=f"203.0.113.{number % 50}", time=number * 0.1) for number in range(5000)]
    by_address = web_acl(rule("rate", 1, faster_than(2000, 60)))
    assert {verdict.action for verdict in decide_all(many, by_address)} == {"ALLOW"}
    together = web_acl(rule("rate", 1, faster_than(100, 60, "CONSTANT", ScopeDownStatement=has("/"))))
    assert decide_all(many, together)[-1].action == "BLOCK"
    elsewhere = web_acl(rule("rate", 1, faster_than(100, 60, "CONSTANT", ScopeDownStatement=ADMIN)))
    assert {verdict.action for verdict in decide_all(many, elsewhere)} == {"ALLOW"}


def test_a_rate_by_custom_keys_needs_all_of_them():
    keys = [
        {"HTTPMethod": {}},
        {"Header": {"Name": "x-user", "TextTransformations": [{"Priority": 0, "Type": "LOWERCASE"}]}},
    ]
    acl = web_acl(rule("rate", 1, faster_than(10, 60, "CUSTOM_KEYS", CustomKeys=keys)))
    flood = [request(time=n * 0.5, headers={"X-User": "Ann" if n % 2 else "ANN"}) for n in range(900)]
    assert decide_all(flood, acl)[-1].action == "BLOCK"
    assert {verdict.action for verdict in decide_all(burst(900, 0, 0.5), acl)} == {"ALLOW"}


def test_requests_must_come_in_order():
    with pytest.raises(Malformed, match="in the order of their times"):
        decide_all([request(time=5), request(time=4)], web_acl())


def test_a_verdict_is_a_sentence_data_and_a_picture():
    acl = web_acl(rule("mark", 1, ADMIN, "Count"), rule("<b>", 2, ADMIN) | {"Name": "b"}, rule("c", 3, has("/")))
    verdict = decide(request("/admin<script>"), acl)
    assert verdict.sentence == ("Rule \"b\" blocks the request: the URI path '/admin<script>' begins with '/admin'")
    whole = json.loads(json.dumps(verdict.explain().as_json()))
    assert [step["holds"] for step in whole["data"]["steps"]] == [True, True]
    assert whole["data"]["counted"] == ["mark"]
    assert "script" not in whole["mermaid"]
    assert [text.split(":")[0] for text in whole["legend"].values()] == [
        "the request", 'rule "mark" (COUNT)', 'rule "b" (BLOCK)', "BLOCK",
    ]  # fmt: skip


def test_requests_that_may_have_been_stopped_before_are_not_counted_for_certain():
    rules = [rule("sqli", 1, injected()), rule("rate", 2, faster_than(100, 60), "Captcha")]
    acl = WebAcl.read(web_acl(*rules))
    assert decide_all(burst(2000, 0, 0.25, target="/?a=1"), acl)[-1].action == "UNKNOWN"
    assert decide_all(burst(2000, 0, 0.25, target="/"), acl)[-1].action == "CAPTCHA"


def test_a_burst_is_forgotten_some_minutes_after_it():
    acl = WebAcl.read(web_acl(rule("rate", 1, faster_than(100, 60))))
    flood = burst(300, 0, 0.1)
    assert decide_all([*flood, request(time=200)], acl)[-1].action == "UNKNOWN"
    assert decide_all([*flood, request(time=400)], acl)[-1].action == "ALLOW"


def test_autonomous_systems_are_matched_where_they_are_known():
    acl = web_acl(rule("asn", 1, {"AsnMatchStatement": {"AsnList": [64500, 64501]}}))
    assert [decide(request(asn=asn), acl).action for asn in (64501, 64502, None)] == ["BLOCK", "ALLOW", "UNKNOWN"]


def test_a_country_in_a_compound_statement_may_not_have_been_labelled():
    label = labelled("awswaf:clientip:geo:country:US")
    asked = both(ADMIN, from_countries("KP"))
    acl = web_acl(rule("geo", 1, asked), rule("us", 2, label))
    assert decide(request("/", country="US"), acl).action == "UNKNOWN"
    assert decide(request("/admin", country="US"), acl).action == "BLOCK"
