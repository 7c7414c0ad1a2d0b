"""Points that the table leaves out, explanations, and what is said of a broken pattern."""

import json

import pytest

from hardenlab.semantics.log_patterns import FilterPattern, Malformed, Misplaced, Unjudged, try_pattern

ROOT = '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }'


def matched(pattern, event):
    return FilterPattern.read(pattern).decide(event if isinstance(event, str) else json.dumps(event)).matched


@pytest.mark.parametrize(
    ("pattern", "message", "expected"),
    [
        ('""', "anything", True),
        ("  ", "anything", True),
        ('ERROR - "Exiting"', "Exiting with ERRORCODE: -1", False),
        ("?ERROR ?WARN", "INFO", False),
        ("error", "ERROR", False),
        (r"%\d{1,3}\.\d{1,3}%", "at 10.1", True),
        ("%[^a-c]x%", "ax", False),
        (r"%\x41B%", "AB", True),
        (r"%a\|b%", "a|b", True),
        ("%colou?r%", "color", True),
        ("%a{2}%", "a", False),
        ("%r$%", "error", True),
    ],
)
def test_terms_match_as_the_guide_says(pattern, message, expected):
    assert matched(pattern, message) is expected


@pytest.mark.parametrize(
    ("condition", "event", "expected"),
    [
        ("$.latency = *", {"latency": 4}, True),
        ("$.latency = *", {"latency": "slow"}, True),
        ("$.latency = *", {"latency": None}, None),
        ("$.latency = *", {"latency": [4]}, False),
        ("$.users != 1", {"users": [1, 2]}, False),
        ("$.a = Ev*ent", {"a": "Ev*ent"}, True),
        ("$.a = Ev*ent", {"a": "Event"}, None),
        ("$.a = Ev*ent", {"a": "other"}, False),
        ("$.a = a*a", {"a": "a"}, False),
        ("$.a = a*b*c", {"a": "axc"}, False),
        ("$.a = *event*", {"a": "some events"}, True),
        ("$.a = ev*", {"a": "some events"}, False),
        ("$.n = 10e3", {"n": 10000}, True),
        ("$.n > +1000", {"n": 1000}, False),
        ("$.n <= -5", {"n": -5.5}, True),
        ("$.n <= 5", {"n": 5}, True),
        ("$.n <= 5", {"n": 6}, False),
        ("$.n >= 5", {"n": 5}, True),
        ("$.n >= 5", {"n": 4}, False),
        ("$.n = 5", {"n": "five"}, False),
        ("$.n = 5", {"n": "5.0"}, None),
        ("$.n < 3", {"n": "2"}, None),
        ("$.n < 3", {"n": "two"}, False),
        ("$.n < 3", {"n": True}, False),
        ("$.n = 9007199254740993", {"n": 9007199254740992}, False),
        ("$.n = 1", {"n": True}, False),
        ("$.n != 1", {"n": True}, None),
        ('$.n = "400"', {"n": 400}, None),
        ('$.n = "401"', {"n": 400}, False),
        ("$.n = 4*", {"n": 400}, None),
        ("$.n = %4%", {"n": 400}, None),
        ("$.n = true", {"n": "other"}, False),
        ('$.n = "true"', {"n": True}, None),
        ("$.a IS NULL", {}, False),
        ("$.a IS NULL", {"a": None}, True),
        ("$.a IS TRUE", {"a": "true"}, False),
        ("$.a IS FALSE", {"a": False}, True),
        ("$.a IS FALSE", {"a": 0}, False),
        ("$.a NOT EXISTS", {"a": None}, False),
        ("$.a.b NOT EXISTS", {"a": "text"}, True),
        ("$.a[1] NOT EXISTS", {"a": [1]}, True),
        ("$.a[0][1].b-c = 7", {"a": [[0, {"b-c": 7}]]}, True),
        ("$.a != x && $.b = 1", {"b": 2}, False),
        ("$.a != x || $.b = 1", {"b": 1}, True),
        ("$.a != x || $.b = 2", {"b": 1}, None),
    ],
)
def test_json_conditions_hold_as_the_guide_says_and_are_open_where_it_is_silent(condition, event, expected):
    assert matched(f"{{ {condition} }}", event) is expected


@pytest.mark.parametrize(
    ("pattern", "line", "expected"),
    [
        ("[..., status_code, bytes > 1000]", "a b c 200 1534", True),
        ("[ip, ..., bytes = 15*]", "a b c 200 1534", True),
        ("[ip, ..., request=*.html*, status_code=4*,]", '1.1.1.1 - [x y] "GET /index.html HTTP/1.0" 404 9', True),
        ("[ip, ..., bytes]", "a b", None),
        ("[ip, user, bytes]", "a b", False),
        ("[ip=b, user]", "a b c", False),
        ("[ip=a, user]", "a b c", None),
        ("[ip, code = 404]", "a 404", True),
        ("[ip, code = 404]", "a 404.0", None),
        ("[ip, code != 404]", "a 405", True),
        ("[ip, code > 400]", "a text", False),
        ("[ip, code = %4[0-9]{2}%]", "a 404", True),
        ("[ip, code >= 400 && code < 500]", "a 404", True),
        ('[ip, code = "GET x"]', 'a "GET x"', True),
        ("[ip, code > 400]", "a 300", False),
        ("[ip, user=x]", "a b c", None),
        ("[ip]", "", False),
        ("[ip]", "a  b", None),
        ("[ip]", "sshd[12]:", None),
        ("[time, level]", '"a b" [c d]', True),
    ],
)
def test_fields_between_blanks_match_as_the_guide_says(pattern, line, expected):
    assert matched(pattern, line) is expected


@pytest.mark.parametrize(
    ("pattern", "column", "said"),
    [
        ("{ $.a EXISTS }", 7, "EXISTS is not supported; write = * to ask whether a field has a value"),
        ("{ $.a IS NOT NULL }", 10, "IS NOT is not supported"),
        ("{ $.a == 1 }", 8, "write = once"),
        ("{ $.a = 'x' }", 9, "write double quotes instead of single ones"),
        ('{ $.a = "x }', 9, "the double quotes are not closed"),
        ("{ $.a = %x }", 9, "the regular expression is not closed"),
        ("{ $.a 5 }", 7, "found '5' where IS or NOT EXISTS or = or != must stand"),
        ("{ $.a NOT 5 }", 11, "found '5' where EXISTS must stand"),
        (r"%a\%", 2, "the regular expression is broken (trailing"),
        ("%*a%", 2, "the regular expression is broken (no argument for repetition operator: *)"),
        ("{ $.a = 1 & $.b = 2 }", 11, "write && for and"),
        ("{ $.a = 1 or $.b = 2 }", 11, "write || for or"),
        ("{ $.a = 1", 10, "found the end where"),
        ("{ $.a = 1 } x", 13, "found 'x' where the end must stand"),
        ("{ a = 1 }", 3, "a selector such as $.eventName"),
        ("{ $[0] = 1 }", 3, "a selector is $ and names after dots"),
        ("{ $.a[x] = 1 }", 6, "an index is a whole number"),
        ("{ $.a > x }", 9, "> compares numbers"),
        ("{ $.a = x@y }", 9, "must stand in double quotes"),
        ("{ $.a = %(x)% }", 10, "parentheses are not supported"),
        ("{ $.a = %x!% }", 11, "'!' is not supported"),
        ("{ $.a = %[x% }", 10, "the regular expression is broken (missing ]: [x); mend it"),
        ("{ $.a = %é% }", 10, "multi-byte characters"),
        ("{ $.a = %a% || $.a = %b% || $.a = %c% }", 35, "takes 2 regular expressions"),
        ("{}", 2, "a selector such as"),
        ("[a, b", 6, "found the end where"),
        ("[a, ..., b, ...]", 13, "write one"),
        ("10.0.0.1", 3, "must stand in double quotes"),
        ("a user-agent", 7, "must stand in double quotes"),
        ('say "this', 5, "the double quotes are not closed"),
        ("%x!y%", 3, "'!' is not supported"),
        ("%abc", 1, "the regular expression is not closed"),
        ("x" * 1025, 1025, "takes 1024 characters and this has 1025"),
    ],
)
def test_a_pattern_that_aws_refuses_is_told_with_its_column(pattern, column, said):
    with pytest.raises(Misplaced) as refused:
        FilterPattern.read(pattern)
    assert (refused.value.column, said in str(refused.value)) == (column, True), str(refused.value)
    line, caret = refused.value.picture.splitlines()
    assert caret.endswith("^") and len(caret) <= len(line) + 1 <= 73


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $.a[*].b = 1 }", "{ $.a = a/b }", r'{ $.a = "a\"b" }', "{ $.a = 1e999 }", "?a b", "?a -b", "%a% b", "-%a%",
        "%a b%", r"%\b%", "%a++%", "%a+?%", "%a{,3}%", "%[[:alpha:]]%", r"%[\b]%", "%%", r'"a\n"',
        "[a=1 || a=2 && a=3]", "[a=1 || b=2]",
    ],
)  # fmt: skip
def test_what_the_guide_does_not_describe_is_not_judged(pattern):
    with pytest.raises(Unjudged):
        FilterPattern.read(pattern)


def test_a_caret_stands_under_the_place():
    with pytest.raises(Misplaced) as refused:
        FilterPattern.read("{ $.eventName = ConsoleLogin && $.x }")
    assert refused.value.picture == "{ $.eventName = ConsoleLogin && $.x }\n" + " " * 36 + "^"


def test_a_verdict_says_which_condition_decides():
    pattern = FilterPattern.read(ROOT)
    event = {"userIdentity": {"type": "Root", "invokedBy": "x.amazonaws.com"}, "eventType": "AwsApiCall"}
    assert pattern.decide(event).sentence == "It does not match: $.userIdentity.invokedBy exists"
    del event["userIdentity"]["invokedBy"]
    expected = (
        "It matches: $.userIdentity.type is 'Root', $.userIdentity.invokedBy does not exist and "
        "$.eventType is 'AwsApiCall'"
    )
    assert pattern.decide(event).sentence == expected
    event["eventType"] = "AwsServiceEvent"
    sentence = "It does not match: $.eventType is 'AwsServiceEvent', which != \"AwsServiceEvent\" excludes"
    assert pattern.decide(event).sentence == sentence


def test_a_line_with_as_many_fields_as_the_pattern_is_told_so():
    assert FilterPattern.read("[ip]").decide("a").sentence == "It matches: the line has 1 field"
    assert FilterPattern.read("[ip, user]").decide("a b").sentence == "It matches: the line has 2 fields"


def test_a_verdict_is_data_and_a_picture_whose_nodes_are_ids():
    match = FilterPattern.read('{ $.a = "<b>" && ($.c = 1 || $.d IS TRUE) }').decide({"a": "<b>", "c": 2, "d": True})
    whole = json.loads(json.dumps(match.explain().as_json()))
    assert whole["data"]["matched"]
    assert [part["holds"] for part in whole["data"]["decision"]["parts"]] == [True, True]
    assert "<b>" not in whole["mermaid"]
    assert whole["legend"] == {
        "n1": "all of", "n2": "$.a = \"<b>\": $.a is '<b>'", "n3": "any of", "n4": "$.c = 1: $.c is 2, not 1",
        "n5": "$.d IS TRUE: $.d is true",
    }  # fmt: skip
    assert whole["mermaid"].count("-->") == 4


def test_a_trial_counts_what_is_missed_and_what_is_falsely_reported():
    pattern = FilterPattern.read('{ $.userIdentity.type = "Root" && $.eventType != "AwsServiceEvent" }')
    root = {"userIdentity": {"type": "Root"}, "eventType": "AwsConsoleSignIn"}
    service = {"userIdentity": {"type": "Root", "invokedBy": "x"}, "eventType": "AwsApiCall"}
    named_root = {"userIdentity": {"type": "IAMUser", "userName": "Root"}, "eventType": "AwsApiCall"}
    doubtful = {"userIdentity": {"type": "Root"}}
    trial = try_pattern(pattern, [(root, True), (service, False), (named_root, True), (named_root, False)])
    assert (trial.events, trial.caught, trial.right) == (4, 1, False)
    assert [tried.index for tried in trial.missed] == [2] and [tried.index for tried in trial.false_alarms] == [1]
    assert trial.sentence == (
        "It misses 1 event and falsely matches 1 event; event 2: $.userIdentity.type is 'Root' and "
        "$.eventType is 'AwsApiCall'"
    )
    data = json.loads(json.dumps(trial.explain().as_json()))["data"]
    assert data["first_missed"]["event"] == named_root and data["false_alarms"] == [1]
    assert try_pattern(pattern, [(root, True), (named_root, False)]).right
    with pytest.raises(Unjudged, match="does not document"):
        try_pattern(pattern, [(doubtful, True)]).demand_judged()


@pytest.mark.parametrize("line", ["plain text", "", "{", '{"a": NaN}', "'a'"])
def test_a_line_that_is_not_json_matches_no_json_pattern(line):
    assert matched("{ $.a NOT EXISTS }", line) is False


def test_an_event_that_is_no_text_is_refused():
    with pytest.raises(Malformed, match="must be a text, not a list"):
        FilterPattern.read(["a"])
    with pytest.raises(Malformed, match="give the log line"):
        FilterPattern.read("a").decide({"a": {1, 2}})
