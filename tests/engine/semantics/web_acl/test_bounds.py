"""The bounds of what a web ACL takes and inspects, each from both sides, and the words of a verdict."""

import itertools

import pytest

from hardenlab.semantics.unjudged import Unjudged
from hardenlab.semantics.web_acl import Malformed, WebAcl, WebRequest, decide, decide_all
from hardenlab.semantics.web_acl.transformations import transformed

from .documents import (
    both,
    either,
    faster_than,
    has,
    injected,
    ip_set,
    labelled,
    matches,
    not_,
    rule,
    sized,
    web_acl,
)

BODY = {"Body": {"OversizeHandling": "CONTINUE"}}
ANY = has("/")


def acl_of(statement):
    return web_acl(rule("r", 1, statement))


def asked(statement, **request):
    return decide(WebRequest("203.0.113.9", **request), acl_of(statement))


def blocked(statement, path="/", **more):
    return {"BLOCK": True, "ALLOW": False, "UNKNOWN": None}[asked(statement, target=path, **more).action]


def is_read(statement):
    try:
        WebAcl.read(acl_of(statement))
    except Malformed:
        return False
    return True


def nested(count):
    statement = ANY
    for _ in range(count):
        statement = not_(statement)
    return statement


def test_statements_nest_twenty_deep_and_no_deeper():
    assert is_read(nested(19)) and not is_read(nested(21))
    assert blocked(nested(20)), "the statement within the twentieth"


LABEL, CLEAN = labelled("a"), has("/x", None, "EXACTLY")
DECODED = has("/x", None, "EXACTLY", "NONE", "URL_DECODE")


def filled(statement, count, units):
    """Rules that need 5,000 capacity units: so many of a statement that costs so many, and others for the rest."""
    rest = 5000 - count * units
    return [statement] * count + [injected("XssMatchStatement")] * (rest // 40) + [LABEL] * (rest % 40)


@pytest.mark.parametrize(
    ("statement", "units"),
    [
        (LABEL, 1), (sized("GT", 1, BODY), 1), (CLEAN, 2), (DECODED, 12), (has("/"), 10),
        (has("a", None, "CONTAINS_WORD"), 10), (matches("a"), 3), (injected(), 20), (injected("XssMatchStatement"), 40),
        (not_(CLEAN), 2), (both(LABEL, CLEAN), 3), (either(LABEL, CLEAN), 3),
    ],
)  # fmt: skip
def test_a_web_acl_has_5000_capacity_units(statement, units):
    rules = filled(statement, 2, units)
    WebAcl.read(web_acl(*(rule(f"r{at}", at, one) for at, one in enumerate(rules))))
    with pytest.raises(Malformed, match="needs more than the 5000 capacity units that there are"):
        WebAcl.read(web_acl(*(rule(f"r{at}", at, one) for at, one in enumerate([*rules, LABEL]))))


def test_more_statements_than_capacity_pays_for_are_not_read():
    deep = nested(19)
    for count, read in ((40, True), (41, False)):
        documents = web_acl(*(rule(f"r{at}", at, deep) for at in range(count)))
        if read:
            assert decide(WebRequest("203.0.113.9"), documents).action in ("ALLOW", "BLOCK")
        else:
            with pytest.raises(Unjudged, match="more than 800 statements"):
                WebAcl.read(documents)


def test_a_request_that_takes_too_much_work_is_not_judged():
    orders = list(itertools.permutations(["URL_DECODE", "LOWERCASE", "TRIM", "REMOVE_NULLS"]))
    rules = [rule(f"r{at}", at, has("evil", BODY, "CONTAINS", *names)) for at, names in enumerate(orders)]
    documents = web_acl(*rules)
    small = WebRequest("203.0.113.9", body=b"a" * 8192)
    assert decide(small, documents).action == "ALLOW"
    large = WebRequest("203.0.113.9", body=b"a" * 65_536, resource="CLOUDFRONT")
    documents["WebACL"]["AssociationConfig"] = {"RequestBody": {"CLOUDFRONT": {"DefaultSizeInspectionLimit": "KB_64"}}}
    verdict = decide(large, documents)
    assert verdict.action == "UNKNOWN" and "too much of this request" in verdict.sentence
    same = [rule(f"r{at}", at, has("evil", BODY, "CONTAINS", *orders[0])) for at in range(24)]
    documents["WebACL"]["Rules"] = same
    assert decide(large, documents).action == "ALLOW", "the same transformations are made once"
    searched = [rule(f"r{at}", at, matches("evil", BODY)) for at in range(120)]
    documents["WebACL"]["Rules"] = searched
    assert decide(small, documents).action == "ALLOW" and decide(large, documents).action == "UNKNOWN"


@pytest.mark.parametrize(("size", "expected"), [(21_474_836_480, True), (21_474_836_481, False), (0, True)])
def test_a_size_is_of_at_most_twenty_gibibytes(size, expected):
    assert is_read(sized("GT", size, BODY)) is expected


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [([1], True), ([], False), (list(range(100)), True), (list(range(101)), False), ([2**32 - 1], True),
     ([0], True), ([2**32], False)],
)  # fmt: skip
def test_autonomous_systems_are_one_to_a_hundred_numbers_of_32_bits(numbers, expected):
    assert is_read({"AsnMatchStatement": {"AsnList": numbers}}) is expected


@pytest.mark.parametrize(("length", "expected"), [(1024, True), (1025, False)])
def test_a_label_has_at_most_1024_characters(length, expected):
    assert is_read(labelled("a" * length)) is expected


def test_a_larger_body_of_cloudfront_is_inspected_up_to_16_kilobytes():
    for before, expected in ((16_380, "BLOCK"), (16_381, "ALLOW")):
        body = b"a" * before + b"evil"
        assert asked(has("evil", BODY), body=body, resource="CLOUDFRONT").action == expected


def test_a_request_has_texts_of_at_most_65536_characters():
    WebRequest("203.0.113.9", "/" + "a" * 65_535, headers={"x": "a" * 65_536})
    with pytest.raises(Malformed, match="65536"):
        WebRequest("203.0.113.9", "/" + "a" * 65_536)
    with pytest.raises(Malformed, match="65536"):
        WebRequest("203.0.113.9", headers={"x": "a" * 65_537})


def test_a_member_that_is_null_counts_as_absent():
    pattern = {"All": {}, "IncludedHeaders": None, "ExcludedHeaders": None}
    component = {"Headers": {"MatchPattern": pattern, "MatchScope": "ALL", "OversizeHandling": "CONTINUE"}}
    statement = has("evil", component) | {"GeoMatchStatement": None}
    assert asked(statement, headers={"x": "evil"}).action == "BLOCK"


def test_a_json_pointer_into_nothing_finds_nothing():
    pattern = {"IncludedPaths": ["/user/name"]}
    component = {"JsonBody": {"MatchPattern": pattern, "MatchScope": "VALUE", "OversizeHandling": "CONTINUE"}}
    assert asked(has("evil", component), body=b'{"other": {"deep": "evil"}}').action == "ALLOW"
    assert asked(has("evil", component), body=b'{"user": {"name": {"first": "evil"}}}').action == "UNKNOWN"
    pattern["IncludedPaths"] = ["/"]
    assert is_read(has("evil", component))


def test_a_word_ends_where_the_next_sign_is_none_of_a_word():
    word = has("cat", None, "CONTAINS_WORD")
    assert asked(word, target="/cat.png").action == "BLOCK"
    assert asked(word, target="/cat-x").action == "BLOCK"
    assert asked(word, target="/cats").action == "ALLOW"


def test_a_captcha_and_a_default_action_are_told_in_words():
    asks = decide(WebRequest("203.0.113.9"), web_acl(rule("r", 1, ANY, "Captcha")))
    assert "asks a CAPTCHA for the request" in asks.sentence
    challenges = decide(WebRequest("203.0.113.9"), web_acl(rule("r", 1, ANY, "Challenge")))
    assert "challenges the request" in challenges.sentence


def test_the_data_of_a_verdict_name_rules_labels_and_actions():
    counted = rule("mark", 1, ANY, "Count", ["seen"])
    verdict = decide(WebRequest("203.0.113.9"), web_acl(counted, rule("stop", 2, ANY)))
    data = verdict.explain().as_json()["data"]
    assert (data["action"], data["rule"], data["counted"]) == ("BLOCK", 'rule "stop"', ["mark"])
    assert [label.rpartition(":")[2] for label in data["labels"]] == ["seen"]
    assert [(step["rule"].count("mark"), step["action"]) for step in data["steps"]] == [(1, "COUNT"), (0, "BLOCK")]


def test_a_detector_that_cannot_hold_says_what_it_looked_for():
    answer = asked(injected("XssMatchStatement"), target="/").explain().as_json()["data"]["steps"][0]
    assert answer["holds"] is False and "None" not in answer["because"]


def test_a_rate_by_a_forwarded_address_counts_that_address():
    forwarded = {"HeaderName": "X-Forwarded-For", "FallbackBehavior": "NO_MATCH"}
    acl = WebAcl.read(acl_of(faster_than(100, 60, "FORWARDED_IP", ForwardedIPConfig=forwarded)))
    flood = [
        WebRequest("203.0.113.9", time=number * 0.25, headers={"X-Forwarded-For": "198.51.100.7"})
        for number in range(2000)
    ]
    assert decide_all(flood, acl)[-1].action == "BLOCK"
    spread = [
        WebRequest("203.0.113.9", time=number * 0.25, headers={"X-Forwarded-For": f"198.51.100.{number % 100}"})
        for number in range(2000)
    ]
    assert decide_all(spread, acl)[-1].action == "ALLOW"


def test_a_rate_is_certain_only_when_it_has_been_over_the_limit_for_minutes():
    """AWS WAF estimates rates every 10 to 30 seconds and acts within minutes: what is certain needs time to be so."""
    acl = WebAcl.read(acl_of(faster_than(100, 60)))
    late = [WebRequest("203.0.113.9", time=1_000_000 + number * 0.25) for number in range(300)]
    assert decide_all(late, acl)[-1].action == "UNKNOWN"


def test_transformations_at_the_ends_of_their_ranges():
    assert b"a b" in transformed("a\u00a0b".encode(), ["COMPRESS_WHITE_SPACE"])
    assert transformed(b"a\xa0b", ["COMPRESS_WHITE_SPACE"]) == (b"a b", b"a\xa0b")
    assert "\ud7ff".encode() in transformed(b"&#xD7FF;", ["HTML_ENTITY_DECODE"])
    assert transformed(b"&#xD800;", ["HTML_ENTITY_DECODE"]) == (b"\x00",)
    assert transformed(b"&#x141;", ["HTML_ENTITY_DECODE"]) == (b"A", "\u0141".encode())
    assert transformed("\uffff".encode(), ["UTF8_TO_UNICODE"]) == (b"%uffff", b"%uFFFF")
    with pytest.raises(Unjudged):
        transformed("\U00010000".encode(), ["UTF8_TO_UNICODE"])


@pytest.mark.parametrize(("content", "decoded"), [(b"QUFB", b"AAA"), (b"Q.Q", b"A"), (b"QUE", b"AA"), (b"QUI", b"AB")])
def test_base64_of_every_length_but_a_fourth_part_is_decoded(content, decoded):
    assert transformed(content, ["BASE64_DECODE_EXT"]) == (decoded,)


@pytest.mark.parametrize("content", [b"QUFBQ", b"QUJDR"])
def test_base64_that_ends_within_a_byte_is_not_judged(content):
    with pytest.raises(Unjudged):
        transformed(content, ["BASE64_DECODE_EXT"])


@pytest.mark.parametrize(("code", "wide"), [(0xD7FF, "\ud7ff".encode()), (0xD800, b"\x00"), (0xDFFF, b"\xff")])
def test_an_entity_of_half_a_pair_has_only_its_lower_byte(code, wide):
    assert wide in transformed(f"&#{code};".encode(), ["HTML_ENTITY_DECODE"])


def test_a_no_break_space_is_read_as_one_byte_and_as_two():
    assert set(transformed(b"a\xc2\xa0b", ["COMPRESS_WHITE_SPACE"])) == {b"a\xc2\xa0b", b"a b", b"a\xc2 b"}


def test_a_rate_blocks_once_it_was_over_the_limit_for_five_minutes():
    acl = WebAcl.read(web_acl(rule("rate", 1, faster_than(10, 60))))
    late = [WebRequest("203.0.113.9", "/", time=1000 + number) for number in range(400)]
    actions = [verdict.action for verdict in decide_all(late, acl)]
    over = next(number for number, action in enumerate(actions) if action == "UNKNOWN")
    first = actions.index("BLOCK")
    assert over < 60 and 300 <= first <= 320
    assert set(actions[first:]) == {"BLOCK"}


@pytest.mark.parametrize(
    ("kilobytes", "resource"), [(16, "CLOUDFRONT"), (32, "API_GATEWAY"), (48, "CLOUDFRONT"), (64, "CLOUDFRONT")]
)
def test_a_web_acl_says_how_much_of_a_body_is_inspected(kilobytes, resource):
    documents = acl_of(has("evil", BODY))
    limit = {"DefaultSizeInspectionLimit": f"KB_{kilobytes}"}
    documents["WebACL"]["AssociationConfig"] = {"RequestBody": {resource: limit}}
    for before, expected in ((kilobytes * 1024 - 4, "BLOCK"), (kilobytes * 1024 - 3, "ALLOW")):
        request = WebRequest("203.0.113.9", body=b"a" * before + b"evil", resource=resource)
        assert decide(request, documents).action == expected


@pytest.mark.parametrize(("length", "fits"), [(19, False), (20, True), (2048, True), (2049, False)])
def test_an_arn_has_20_to_2048_characters(length, fits):
    arn = "arn:aws:wafv2:e:1:".ljust(length, "x")[:length]
    documents = web_acl(
        rule("r", 1, {"IPSetReferenceStatement": {"ARN": arn}}), IPSets=[ip_set("bad", "203.0.113.9/32") | {"ARN": arn}]
    )
    if fits:
        assert decide(WebRequest("203.0.113.9"), documents).action == "BLOCK"
    else:
        with pytest.raises(Malformed, match="ARN has"):
            WebAcl.read(documents)
