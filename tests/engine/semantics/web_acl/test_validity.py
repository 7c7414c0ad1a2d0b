"""What AWS WAF would refuse, with place and remedy, and what cannot be judged whatever the request."""

import json

import pytest

from hardenlab.semantics.web_acl import Malformed, Unjudged, WebAcl, WebRequest, decide

from .documents import (
    arn,
    both,
    either,
    faster_than,
    from_countries,
    from_set,
    group,
    group_rule,
    has,
    ip_set,
    labelled,
    managed,
    matches,
    not_,
    rule,
    rule_group,
    sized,
    visibility,
    web_acl,
)  # fmt: skip

ANY = has("/")
RATE = faster_than(100)


def of(statement):
    return web_acl(rule("r", 1, statement))


def without(document, *path):
    *way, last = path
    place = document
    for step in way:
        place = place[step]
    del place[last]
    return document


def test_a_plain_web_acl_is_read_from_json_too():
    document = web_acl(rule("r", 1, has("/admin")), IPSets=[])
    statement = document["WebACL"]["Rules"][0]["Statement"]["ByteMatchStatement"]
    statement["SearchString"] = "/admin"
    acl = WebAcl.read(json.dumps(document))
    assert decide(WebRequest("203.0.113.9", "/admin"), acl).action == "BLOCK"


BYTES = "ByteMatchStatement"


def byte_match(**changes):
    return {BYTES: has("x")[BYTES] | changes}


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("{", "the documents is not JSON"),
        ({}, "the documents needs the field WebACL"),
        ({"WebACL": {}, "Rules": []}, "the documents has the unknown field 'Rules'"),
        (without(of(ANY), "WebACL", "DefaultAction"), "needs the field DefaultAction"),
        (web_acl(default="Count"), "DefaultAction has the unknown field 'Count'; it takes Allow and Block"),
        (web_acl(rule("a", 1, ANY), rule("b", 1, ANY)), "Rules[1].Priority 1 is used twice; give each rule its own"),
        (web_acl(rule("a", 1, ANY), rule("a", 2, ANY)), "Rules[1].Name 'a' is used twice"),
        (web_acl(rule("a", -1, ANY)), "Priority must be between 0 and 2147483647"),
        (web_acl(rule("a b", 1, ANY)), "takes letters, digits, - and _"),
        (web_acl(rule("a", 1, ANY, None)), "Rules[0] needs the field Action"),
        (web_acl(rule("a", 1, ANY, "Deny")), "Action has the unknown field 'Deny'"),
        (web_acl(rule("a", 1, ANY) | {"Action": {}}), "needs exactly one of Allow, Block, Count, Captcha or Challenge"),
        (without(of(ANY), "WebACL", "Rules", 0, "VisibilityConfig"), "needs the field VisibilityConfig"),
        (web_acl(rule("a", 1, ANY, VisibilityConfig=visibility(""))), "MetricName has 0 characters"),
        (web_acl(rule("a", 1, ANY, OverrideAction={"None": {}})), "belongs to rules that reference a rule group"),
        (web_acl(rule("a", 1, managed())), "takes OverrideAction instead of Action"),
        (web_acl(rule("a", 1, managed(), None)), "Rules[0] needs the field OverrideAction"),
        (web_acl(rule("a", 1, ANY, labels=["aws:x"])), "has the reserved word aws; write another"),
        (web_acl(rule("a", 1, ANY, labels=["a b"])), "is not a label; write up to five namespaces and a name"),
        (web_acl(rule("a", 1, ANY, labels=["a:b:c:d:e:f:g"])), "is not a label"),
        (of({}), "needs exactly one statement, such as ByteMatchStatement, and has 0"),
        (of({**ANY, **from_countries("US")}), "needs exactly one statement"),
        (of({"Nonsense": {}}), "has the unknown field 'Nonsense'"),
        (of(from_countries("XX")), "CountryCodes[0] 'XX' is not a country code"),
        (of(from_countries("us")), "'us' is not a country code; write an alpha-2 code of ISO 3166 in capitals"),
        (of(from_countries()), "CountryCodes has 0 elements"),
        (of(both(ANY)), "Statements has 1 elements; it takes 2 to 100"),
        (of(either(ANY, RATE)), "has a RateBasedStatement, which must stand alone in a rule"),
        (of(not_(managed())), "has a ManagedRuleGroupStatement, which must stand alone in a rule"),
        (of(faster_than(9)), "Limit must be between 10 and 2000000000"),
        (of(faster_than(100, 90)), "must be 60, 120, 300 or 600 seconds, not 90"),
        (of(faster_than(100, 60, "CONSTANT")), "aggregates by CONSTANT and needs a ScopeDownStatement"),
        (of(faster_than(100, 60, "FORWARDED_IP")), "needs ForwardedIPConfig with the aggregation FORWARDED_IP"),
        (of(faster_than(100, 60, "CUSTOM_KEYS")), "needs the field CustomKeys"),
        (of(faster_than(100, ScopeDownStatement=RATE)), "RateBasedStatement, which must stand alone"),
        (of(from_set("none")), "which is not in IPSets"),
        (of(byte_match(TextTransformations=[])), "TextTransformations has 0 elements; it takes 1 to 10"),
        (of(byte_match(TextTransformations=[{"Priority": 0, "Type": "ROT13"}])), "Type must be NONE, LOWERCASE"),
        (of(byte_match(TextTransformations=[{"Priority": 0, "Type": "NONE"}] * 2)), "0 is used twice"),
        (of(byte_match(FieldToMatch={})), "needs exactly one component, such as UriPath or Body, and has 0"),
        (of(byte_match(FieldToMatch={"Url": {}})), "has the unknown field 'Url'"),
        (of(byte_match(FieldToMatch={"SingleHeader": {}})), "SingleHeader needs the field Name"),
        (of(byte_match(FieldToMatch={"Headers": {}})), "needs the field OversizeHandling: CONTINUE, MATCH or NO_MATCH"),
        (of(byte_match(SearchString=b"")), "SearchString must be 1 to 200 bytes"),
        (of(byte_match(SearchString=b"a" * 201)), "SearchString must be 1 to 200 bytes"),
        (of(byte_match(PositionalConstraint="REGEX")), "must be EXACTLY, STARTS_WITH, ENDS_WITH, CONTAINS or CO"),
        (of(has("a-b", None, "CONTAINS_WORD")), "must be letters, digits and _ alone with CONTAINS_WORD"),
        (of(sized("EQUALS", 5, {"Body": {}})), "ComparisonOperator must be EQ, NE, LT, LE, GT or GE"),
        (of(sized("EQ", -1, {"Body": {}})), "Size must be between 0 and"),
        (of(matches("(")), "is not a regular expression (missing ): (); mend it"),
        (of(matches("a" * 513)), "has 513 characters; it takes 1 to 512"),
        (of(matches(r"(a)\1")), r"uses \1, which AWS WAF does not support; write it without"),
        (of(matches("(?=a)")), "uses (?=, which AWS WAF does not support"),
        (of(matches("(?<!a)b")), "uses (?<!, which AWS WAF does not support"),
        (of(matches("a++")), "uses ++, which AWS WAF does not support"),
        (of(labelled("a b")), "takes letters, digits, _, - and : between its parts"),
        (of(labelled("ns:")), "must end with a label's name in the scope LABEL"),
        (web_acl(group_rule("g", 1, group("none"))), "which is not in RuleGroups"),
        (
            web_acl(RuleGroups=[rule_group("g", group_rule("in", 1, managed()))]),
            "has a ManagedRuleGroupStatement, which a rule group does not take",
        ),
        (
            web_acl(
                group_rule("g", 1, group("g", ExcludedRules=[{"Name": "none"}])),
                RuleGroups=[rule_group("g", rule("a", 1, ANY))],
            ),
            "overrides 'none', which is no rule of the rule group 'g'",
        ),
        (web_acl(IPSets=[ip_set("s", "10.0.0.1")]), "'10.0.0.1' must be a CIDR block from /1 to /32"),
        (web_acl(IPSets=[ip_set("s", "0.0.0.0/0")]), "must be a CIDR block from /1 to /32"),
        (web_acl(IPSets=[ip_set("s", "::/1")]), "is not of the set's version IPV4"),
        (web_acl(IPSets=[ip_set("s", "office")]), "is not a CIDR block; write one such as 192.0.2.44/32"),
    ],
)  # fmt: skip
def test_what_aws_waf_refuses_is_told_with_place_and_remedy(document, sentence):
    with pytest.raises(Malformed) as refused:
        WebAcl.read(document)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    "statement",
    [
        matches(r"a\Z"), matches("a{1001}"), {"AsnMatchStatement": {"AsnList": [1], "ForwardedIPConfig": {}}},
        byte_match(PreParseTextTransformations=[{"Priority": 0, "Type": "NONE"}]),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_whatever_the_request_is_said_at_once(statement):
    with pytest.raises(Unjudged):
        WebAcl.read(of(statement))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"ip": "shop.example"}, "the request's ip must be an address"),
        ({"target": "admin"}, "must begin with /, and 'admin' does not"),
        ({"method": ""}, "the request's method must be a text of 1 to"),
        ({"body": "text"}, "the request's body must be at most 1048576 bytes, not a text"),
        ({"headers": {"a": 1}}, "the request's headers must be pairs of texts"),
        ({"resource": "EC2"}, "the request's resource must be"),
    ],
)
def test_what_is_no_request_is_refused(arguments, sentence):
    with pytest.raises(Malformed, match=sentence.replace("(", r"\(")):
        WebRequest(**{"ip": "203.0.113.9", **arguments})


def test_the_countries_are_those_of_the_api():
    import botocore.loaders

    from hardenlab.semantics.web_acl.countries import COUNTRIES

    shapes = botocore.loaders.Loader().load_service_model("wafv2", "service-2")["shapes"]
    assert set(shapes["CountryCode"]["enum"]) == COUNTRIES


def test_an_arn_stands_for_a_set():
    assert arn("ipset", "office") == "arn:aws:wafv2:us-east-1:111122223333:regional/ipset/office/1"
