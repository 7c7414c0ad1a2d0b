"""The bounds of what a web ACL takes and inspects, each from both sides, and the words of a verdict."""

import pytest

from hardenlab.semantics.web_acl import Malformed, Unjudged, WebAcl, WebRequest, decide, decide_all
from hardenlab.semantics.web_acl.transformations import transformed

from .documents import faster_than, from_set, has, ip_set, not_, rule, sized, web_acl


def blocked(statement, path="/", **more):
    action = decide(WebRequest("203.0.113.9", path, **more), web_acl(rule("r", 1, statement))).action
    return {"BLOCK": True, "ALLOW": False, "UNKNOWN": None}[action]


def wrapped(statement, times):
    for _ in range(times):
        statement = not_(statement)
    return statement


def test_statements_nest_twenty_deep_and_no_deeper():
    assert blocked(wrapped(has("/"), 20))
    with pytest.raises(Malformed):
        blocked(wrapped(has("/"), 21))


def test_autonomous_systems_have_32_bits_and_one_is_enough():
    assert blocked({"AsnMatchStatement": {"AsnList": [2**32 - 1]}}, asn=2**32 - 1)
    with pytest.raises(Malformed):
        blocked({"AsnMatchStatement": {"AsnList": [2**32]}}, asn=1)


def test_a_size_is_20_gigabytes_at_most():
    assert blocked(sized("LT", 21_474_836_480, {"UriPath": {}}))
    with pytest.raises(Malformed):
        blocked(sized("LT", 21_474_836_481, {"UriPath": {}}))


def test_the_root_of_a_json_body_is_a_path_of_one_sign():
    body = {"MatchPattern": {"IncludedPaths": ["/"]}, "MatchScope": "ALL", "OversizeHandling": "CONTINUE"}
    WebAcl.read(web_acl(rule("r", 1, has("x", {"JsonBody": body}))))


def test_a_word_ends_at_the_very_next_sign():
    assert blocked(has("bot", None, "CONTAINS_WORD"), "/botx.html") is False
    assert blocked(has("bot", None, "CONTAINS_WORD"), "/bot.html")


@pytest.mark.parametrize(("content", "decoded"), [(b"QUFB", b"AAA"), (b"Q.Q", b"A"), (b"QUE", b"AA")])
def test_base64_of_every_length_but_a_fourth_part_is_decoded(content, decoded):
    assert transformed(content, ["BASE64_DECODE_EXT"]) == (decoded,)


def test_base64_that_ends_within_a_byte_is_not_judged():
    with pytest.raises(Unjudged):
        transformed(b"QUFBQ", ["BASE64_DECODE_EXT"])


@pytest.mark.parametrize(("code", "wide"), [(0xD7FF, "\ud7ff".encode()), (0xD800, b"\x00"), (0xDFFF, b"\xff")])
def test_an_entity_of_half_a_pair_has_only_its_lower_byte(code, wide):
    assert wide in transformed(f"&#{code};".encode(), ["HTML_ENTITY_DECODE"])


def test_a_no_break_space_is_read_as_one_byte_and_as_two():
    assert set(transformed(b"a\xc2\xa0b", ["COMPRESS_WHITE_SPACE"])) == {b"a\xc2\xa0b", b"a b", b"a\xc2 b"}


def test_a_rate_counts_the_forwarded_address():
    config = {"HeaderName": "X-Forwarded-For", "FallbackBehavior": "NO_MATCH"}
    acl = WebAcl.read(web_acl(rule("rate", 1, faster_than(100, 60, "FORWARDED_IP", ForwardedIPConfig=config))))
    flood = [
        WebRequest(f"203.0.113.{number % 200}", "/", headers={"X-Forwarded-For": "198.51.100.7"}, time=number * 0.25)
        for number in range(2000)
    ]
    assert decide_all(flood, acl)[-1].action == "BLOCK"


def test_a_rate_blocks_once_it_was_over_the_limit_for_five_minutes():
    acl = WebAcl.read(web_acl(rule("rate", 1, faster_than(10, 60))))
    late = [WebRequest("203.0.113.9", "/", time=1000 + number) for number in range(400)]
    actions = [verdict.action for verdict in decide_all(late, acl)]
    over = next(number for number, action in enumerate(actions) if action == "UNKNOWN")
    first = actions.index("BLOCK")
    assert over < 60 and 300 <= first <= 320
    assert set(actions[first:]) == {"BLOCK"}


def test_a_verdict_is_told_as_data():
    acl = web_acl(rule("known", 1, from_set("bad"), labels=("x:y",)), IPSets=[ip_set("bad", "203.0.113.9/32")])
    told = decide(WebRequest("203.0.113.9", "/"), acl).explain().data
    assert told["action"] == "BLOCK" and told["rule"] == 'rule "known"'
    assert len(told["labels"]) == 1 and told["labels"][0].endswith("x:y")
    assert "known" in told["steps"][0]["rule"]
