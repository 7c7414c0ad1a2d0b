"""Components, transformations and tests of one statement."""

import base64
import hashlib

import pytest

from hardenlab.semantics.unjudged import Unjudged
from hardenlab.semantics.web_acl import WebRequest, decide
from hardenlab.semantics.web_acl.transformations import TRANSFORMATIONS, transformed

from .documents import has, injected, matches, rule, sized, web_acl

QUERY, BODY, METHOD = {"QueryString": {}}, {"Body": {}}, {"Method": {}}


def blocked(statement, target="/", **more):
    """True, False, or None for UNKNOWN."""
    action = decide(WebRequest("203.0.113.9", target, **more), web_acl(rule("r", 1, statement))).action
    return {"BLOCK": True, "ALLOW": False, "UNKNOWN": None}[action]


@pytest.mark.parametrize(
    ("constraint", "text", "expected"),
    [
        ("EXACTLY", "/BadBot", True), ("EXACTLY", "BadBot", False), ("STARTS_WITH", "/Bad", True),
        ("ENDS_WITH", "Bot", True), ("ENDS_WITH", "Bad", False), ("CONTAINS", "dB", True), ("CONTAINS", "db", False),
        ("CONTAINS_WORD", "BadBot", True), ("CONTAINS_WORD", "Bot", False),
    ],
)  # fmt: skip
def test_a_search_string_stands_where_it_must(constraint, text, expected):
    assert blocked(has(text, None, constraint), "/BadBot") is expected


def test_a_word_ends_at_other_signs_and_at_the_ends():
    for target, expected in (
        ("/a-BadBot;", True),
        ("/a_BadBot", False),
        ("/BadBots", False),
        ("/BadBots.BadBot", True),
    ):
        assert blocked(has("BadBot", None, "CONTAINS_WORD"), target) is expected


@pytest.mark.parametrize(
    ("component", "found"),
    [
        ({"UriPath": {}}, "/search"),
        ({"QueryString": {}}, "q=x&name=Ann&q=y"),
        ({"SingleQueryArgument": {"Name": "NAME"}}, "Ann"),
        ({"SingleHeader": {"Name": "user-agent"}}, "curl"),
        ({"Method": {}}, "POST"),
        ({"Body": {"OversizeHandling": "CONTINUE"}}, '{"a": ["secret", {"key": 7}]}'),
        ({"HeaderOrder": {"OversizeHandling": "CONTINUE"}}, "host:user-agent:cookie"),
        ({"JA3Fingerprint": {"FallbackBehavior": "NO_MATCH"}}, "ja3"),
    ],
)
def test_a_component_is_the_part_that_it_names(component, found):
    headers = (("Host", "shop.example"), ("User-Agent", "curl"), ("Cookie", "a=1; session=Ann"))
    more = {"method": "POST", "headers": headers, "body": b'{"a": ["secret", {"key": 7}]}', "ja3": "ja3"}
    assert blocked(has(found, component, "EXACTLY"), "/search?q=x&name=Ann&q=y", **more) is True
    assert blocked(has("nothing like it", component, "EXACTLY"), "/search?q=x&name=Ann&q=y", **more) is False


def of_map(kind, scope, handling="CONTINUE", **pattern):
    return {kind: {"MatchPattern": pattern or {"All": {}}, "MatchScope": scope, "OversizeHandling": handling}}


def test_headers_and_cookies_are_inspected_by_name_and_scope():
    more = {"headers": (("X-One", "evil"), ("Cookie", "evil=1; b=evil"))}
    assert blocked(has("evil", of_map("Headers", "VALUE")), **more)
    assert not blocked(has("evil", of_map("Headers", "KEY")), **more)
    assert not blocked(has("evil", of_map("Headers", "ALL", IncludedHeaders=["x-two"])), **more)
    assert blocked(has("evil", of_map("Headers", "ALL", IncludedHeaders=["x-one"])), **more)
    assert not blocked(has("evil", of_map("Headers", "ALL", ExcludedHeaders=["x-one", "cookie"])), **more)
    assert blocked(has("evil", of_map("Cookies", "KEY"), "EXACTLY"), **more)
    assert not blocked(has("evil", of_map("Cookies", "VALUE", ExcludedCookies=["b"]), "EXACTLY"), **more)


def json_body(scope="ALL", handling="CONTINUE", **pattern):
    return {"JsonBody": {"MatchPattern": pattern or {"All": {}}, "MatchScope": scope, "OversizeHandling": handling}}


def test_a_json_body_is_inspected_by_keys_values_and_paths():
    body = b'{"user": {"name": "evil"}, "evil": [1, "x"], "user": {"name": "twice"}}'
    assert blocked(has("evil", json_body("KEY"), "EXACTLY"), body=body)
    assert blocked(has("evil", json_body("VALUE"), "EXACTLY"), body=body)
    assert blocked(has("twice", json_body("VALUE", IncludedPaths=["/user/name"]), "EXACTLY"), body=body)
    assert blocked(has("1", json_body("VALUE", IncludedPaths=["/evil/0"]), "EXACTLY"), body=body)
    assert not blocked(has("evil", json_body("VALUE", IncludedPaths=["/evil/1"])), body=body)
    assert blocked(has("evil", json_body("VALUE", IncludedPaths=["/evil"])), body=body) is None
    assert blocked(has("evil", json_body()), body=b'{"a": evil}') is None
    assert blocked(has("evil", json_body())) is False


@pytest.mark.parametrize(("handling", "expected"), [("CONTINUE", False), ("MATCH", True), ("NO_MATCH", False)])
def test_a_body_beyond_the_limit_is_handled_as_the_rule_says(handling, expected):
    body = b"a" * 8192 + b"evil"
    assert blocked(has("evil", {"Body": {"OversizeHandling": handling}}), body=body) is expected
    assert blocked(has("evil", {"Body": {"OversizeHandling": handling}}), body=b"evil" + body) is (
        handling != "NO_MATCH"
    )
    assert blocked(has("evil", {"Body": {"OversizeHandling": handling}}), body=body, resource="CLOUDFRONT") is True


def test_a_web_acl_may_inspect_larger_bodies_of_cloudfront():
    acl = web_acl(rule("r", 1, has("evil", BODY)))
    large = WebRequest("203.0.113.9", body=b"a" * 30_000 + b"evil", resource="CLOUDFRONT")
    assert decide(large, acl).action == "ALLOW"
    acl["WebACL"]["AssociationConfig"] = {"RequestBody": {"CLOUDFRONT": {"DefaultSizeInspectionLimit": "KB_32"}}}
    assert decide(large, acl).action == "BLOCK"


def test_sizes_are_of_bytes_after_the_transformations():
    assert blocked(sized("GT", 5, QUERY), "/?a=1234") is True
    assert blocked(sized("EQ", 4, QUERY, "URL_DECODE"), "/?a=%41%42") is True
    assert blocked(sized("LE", 8192, BODY), body=b"a" * 9000) is True
    assert blocked(sized("GT", 8192, BODY), body=b"a" * 9000) is False
    assert blocked(sized("GT", 8192, {"Body": {"OversizeHandling": "MATCH"}}), body=b"a" * 9000) is True
    assert blocked(sized("GT", 5, {"SingleHeader": {"Name": "x"}})) is False
    assert blocked(sized("LT", 5, {"SingleHeader": {"Name": "x"}})) is None
    assert blocked(sized("EQ", 6, {"UriPath": {}}), "/é") is False
    assert blocked(sized("EQ", 3, {"UriPath": {}}), "/é") is True


def test_regular_expressions_are_searched_for():
    assert blocked(matches(r"^/api/v\d+/"), "/api/v2/x") is True
    assert blocked(matches(r"(?i)UNION\s+select", QUERY, "URL_DECODE"), "/?q=union%20select") is True
    assert blocked(matches(r"^.$", {"Body": {}}), body="é".encode()) is None
    assert blocked(matches(r"a$", {"Body": {}}), body=b"a\n") is None


def test_detectors_that_aws_keeps_to_itself_are_not_judged():
    for kind in ("SqliMatchStatement", "XssMatchStatement"):
        assert blocked(injected(kind), "/?a=1") is None
        assert blocked(injected(kind), "/") is False


def test_an_absent_component_is_found_nowhere():
    assert blocked(has("x", {"SingleHeader": {"Name": "x"}})) is False
    twice = (("X", "a"), ("x", "b"))
    assert blocked(has("a", {"SingleHeader": {"Name": "x"}}), headers=twice) is None
    assert blocked(has("a", {"JA3Fingerprint": {"FallbackBehavior": "MATCH"}})) is None
    assert blocked(has("a", {"JA3Fingerprint": {"FallbackBehavior": "MATCH"}}), ja3="") is True


@pytest.mark.parametrize(
    ("names", "content", "expected"),
    [
        ("NONE", b"A b", b"A b"),
        ("LOWERCASE", b"SeLeCt", b"select"),
        ("COMPRESS_WHITE_SPACE", b"a \t\n\r\f\vb  c", b"a b c"),
        ("URL_DECODE", b"%2e%2E%2fa%zz", b"../a%zz"),
        ("URL_DECODE URL_DECODE", b"%2527", b"'"),
        ("URL_DECODE_UNI", b"%u0027%uff1cscript%27", b"'<script'"),
        ("HTML_ENTITY_DECODE", b"&lt;script&gt;&#x41;&#66;&quot;", b'<script>AB"'),
        ("CMD_LINE", b'C:\\WINDOWS\\system32;  cmd.exe ,/c "d^ir" (x', b"c:windowssystem32 cmd.exe/c dir(x"),
        ("BASE64_DECODE", base64.b64encode(b"<script>"), b"<script>"),
        ("BASE64_DECODE_EXT", b"PHNj!cmlw#dD4", b"<script>"),
        ("HEX_DECODE", b"3c736372", b"<scr"),
        ("SQL_HEX_DECODE", b"id=0x414243 0xabc", b"id=ABC 0xabc"),
        ("MD5", b"abc", hashlib.md5(b"abc").digest()),
        ("REPLACE_COMMENTS", b"un/*x*/ion/**/ */ sel/*ect", b"un ion  */ sel "),
        ("ESCAPE_SEQ_DECODE", rb"\x3cb\076\n\q", b"<b>\n\\q"),
        ("CSS_DECODE", rb"ja\vascript\3c", b"javascript<"),
        ("JS_DECODE", rb"\u003c\uff1cb\x3e\76\/", b"<<b>>/"),
        ("NORMALIZE_PATH", b"/a//b/./c/../d/", b"/a/b/d/"),
        ("NORMALIZE_PATH", b"../../etc/./passwd", b"../../etc/passwd"),
        ("NORMALIZE_PATH_WIN", b"\\a\\..\\b", b"/b"),
        ("REMOVE_NULLS", b"a\0b", b"ab"),
        ("REPLACE_NULLS", b"a\0b", b"a b"),
        ("UTF8_TO_UNICODE", "a…".encode(), b"a%u2026"),
        ("REMOVE_WHITESPACE", b" a b\t", b"ab"),
        ("TRIM", b"  a b ", b"a b"),
        ("TRIM_LEFT", b"  a ", b"a "),
        ("TRIM_RIGHT", b"  a ", b"  a"),
        ("UPPERCASE", b"a", b"A"),
        ("URL_DECODE HTML_ENTITY_DECODE LOWERCASE", b"%26lt%3BSCRIPT", b"<script"),
        ("LOWERCASE URL_DECODE", b"%4C", b"L"),
        ("URL_DECODE LOWERCASE", b"%4C", b"l"),
    ],
)
def test_transformations_are_made_in_their_order(names, content, expected):
    assert transformed(content, names.split()) == (expected,)


def test_what_the_guide_leaves_open_has_several_readings():
    assert transformed(b"a+b", ["URL_DECODE"]) == (b"a+b", b"a b")
    assert blocked(has("a b", QUERY, "CONTAINS", "URL_DECODE"), "/?a+b") is None
    assert blocked(has("a", QUERY, "CONTAINS", "URL_DECODE"), "/?a+b") is True
    for name, content in (("BASE64_DECODE", b"!"), ("HEX_DECODE", b"x"), ("SHA256", b""), ("UTF8_TO_UNICODE", b"\xff")):
        with pytest.raises(Unjudged):
            transformed(content, [name])


def test_priorities_order_the_transformations_whatever_the_order_of_the_list():
    statement = has("<script", QUERY, "CONTAINS", "LOWERCASE", "URL_DECODE")
    statement["ByteMatchStatement"]["TextTransformations"].reverse()
    assert blocked(statement, "/?%3C%53cript") is False
    assert blocked(statement, "/?%3CScript") is True


def test_every_transformation_of_the_api_is_known():
    import botocore.loaders

    shapes = botocore.loaders.Loader().load_service_model("wafv2", "service-2")["shapes"]
    assert set(shapes["TextTransformationType"]["enum"]) == set(TRANSFORMATIONS)


@pytest.mark.parametrize(
    ("handling", "many", "expected"),
    [
        ("CONTINUE", 200, True), ("CONTINUE", 201, None), ("MATCH", 200, True), ("MATCH", 201, True),
        ("NO_MATCH", 200, True), ("NO_MATCH", 201, False),
    ],
)  # fmt: skip
def test_more_headers_than_are_inspected_are_handled_as_the_rule_says(handling, many, expected):
    headers = tuple((f"h{number}", "evil") for number in range(many))
    assert blocked(has("evil", of_map("Headers", "VALUE", handling)), headers=headers) is expected


def test_headers_are_too_large_beyond_8192_bytes():
    for length, expected in ((8191, False), (8192, True)):
        headers = (("h", "a" * length),)
        assert blocked(has("evil", of_map("Headers", "VALUE", "MATCH")), headers=headers) is expected
        assert blocked(has("evil", {"HeaderOrder": {"OversizeHandling": "MATCH"}}), headers=headers) is False


def test_cookies_are_split_at_semicolons_of_all_cookie_headers():
    headers = (("Cookie", "a=1; ; b=2"), ("X", "c=3"), ("cookie", "d=4=5"))
    for value, expected in (("1", True), ("2", True), ("3", False), ("4=5", True)):
        assert blocked(has(value, of_map("Cookies", "VALUE"), "EXACTLY"), headers=headers) is expected


def test_a_pattern_set_matches_by_any_of_its_expressions():
    arn = "arn:aws:wafv2:us-east-1:111122223333:regional/regexpatternset/agents/1"
    agents = {
        "Name": "agents",
        "ARN": arn,
        "RegularExpressionList": [{"RegexString": "^curl"}, {"RegexString": "nikto$"}],
    }
    inspected = {
        "FieldToMatch": {"SingleHeader": {"Name": "user-agent"}},
        "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
    }
    statement = {"RegexPatternSetReferenceStatement": {"ARN": arn, **inspected}}
    for agent, action in (("curl/8", "BLOCK"), ("x nikto", "BLOCK"), ("nikto 2", "ALLOW")):
        acl = web_acl(rule("r", 1, statement), RegexPatternSets=[agents])
        verdict = decide(WebRequest("203.0.113.9", headers={"User-Agent": agent}), acl)
        assert verdict.action == action
    assert verdict.steps[0].answer.because == "the header user-agent 'nikto 2' does not match pattern set 'agents'"


def test_bytes_that_are_no_text_are_searched_too():
    assert blocked(matches("^.$", BODY), body=b"\xff") is True
    assert blocked(matches("^..$", BODY), body=b"\xff") is False
    assert set(transformed(b"&#233;&amp;", ["HTML_ENTITY_DECODE"])) == {b"\xe9&amp;", b"\xe9&", b"\xc3\xa9&amp;"}
