"""Operators and points that the table leaves out, explanations, and what is said of a broken pattern."""

import json

import pytest

from hardenlab.semantics.event_patterns import EventPattern, Malformed, Unjudged, try_pattern


def matched(pattern, event):
    return EventPattern.read(pattern).decide(event).matched


@pytest.mark.parametrize(
    ("matcher", "value", "expected"),
    [
        ("running", "running", True),
        (5, 5, True),
        (5, "5", False),
        (True, True, True),
        (True, 1, False),
        (0, False, False),
        (None, None, True),
        ("10.0.0.1", "10.0.0.1", True),
        ("2001:db8::1", "2001:db8:0::1", None),
        ({"prefix": "a"}, "abc", True),
        ({"prefix": "a"}, 5, False),
        ({"prefix": {"equals-ignore-case": "AB"}}, "abc", True),
        ({"suffix": ".png"}, "x.PNG", False),
        ({"equals-ignore-case": "ALICE"}, "alice", True),
        ({"equals-ignore-case": "STRASSE"}, "straße", None),
        ({"wildcard": "a*c"}, "ac", True),
        ({"wildcard": "*"}, "", True),
        ({"wildcard": "a*b*c"}, "acb", False),
        ({"wildcard": "a*b*c"}, "axc", False),
        ({"wildcard": "a*b*b*c"}, "abc", False),
        ({"wildcard": "ab*ba"}, "aba", False),
        ({"wildcard": r"a\\*"}, "a\\b", True),
        ({"anything-but": "a"}, "b", True),
        ({"anything-but": "a"}, None, True),
        ({"anything-but": [1, 2]}, 2, False),
        ({"anything-but": [1, 2]}, 2.0, None),
        ({"anything-but": {"prefix": "in"}}, "init", False),
        ({"anything-but": {"prefix": ["in", "st"]}}, "run", True),
        ({"anything-but": {"equals-ignore-case": ["INIT"]}}, "init", False),
        ({"anything-but": {"wildcard": ["*x*", "y"]}}, "axb", False),
        ({"numeric": ["<", 10]}, 9.5, True),
        ({"numeric": ["=", 3.018e2]}, 301.8, True),
        ({"numeric": [">=", 7]}, "8", False),
        ({"numeric": [">", 0, "<=", 5]}, 0, False),
        ({"numeric": [">", 0]}, 6e9, None),
        ({"numeric": [">", 0]}, 0.00000001, None),
        ({"numeric": [">", 0]}, True, False),
        ({"cidr": "10.0.0.0/24"}, "10.0.1.0", False),
        ({"cidr": "10.0.0.0/24"}, "host", False),
        ({"cidr": "::/0"}, "10.0.0.1", False),
        ({"suffix": ""}, "x", True),
        ({"prefix": {"equals-ignore-case": ""}}, "x", True),
        ({"wildcard": ""}, "", True),
        ({"wildcard": ""}, "x", False),
        ({"wildcard": "*b*c"}, "bc", True),
        ({"anything-but": ["a"]}, "a", False),
        ({"anything-but": {"prefix": ["a"]}}, "b", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("10.0.0.1", 167_772_161, False),
        ({"cidr": "::/0"}, "2001:db8::1", True),
        ({"exists": True}, "x", True),
        ({"exists": False}, "x", False),
        ({"exists": True}, {"b": 1}, False),
        ({"exists": True}, [[]], False),
        ({"exists": False}, {"b": 1}, True),
        ({"anything-but": "x"}, [], None),
        ("x", [], False),
        ("x", [["y", "x"]], True),
    ],
)
def test_a_value_is_taken_as_the_guide_says_and_open_where_documents_differ(matcher, value, expected):
    assert matched({"detail": {"a": [matcher]}}, {"detail": {"a": value}}) is expected


def test_a_field_that_is_absent_matches_only_exists_false():
    for matcher in ("x", {"anything-but": "x"}, {"prefix": ""}, {"exists": True}, None):
        assert matched({"a": [matcher]}, {"b": 1}) is False
    assert matched({"a": [{"exists": False}, "x"]}, {"b": 1}) is True
    assert matched({"a": {"b": [{"exists": False}]}}, {"a": "text"}) is True


def test_numbers_keep_their_spelling_in_json():
    assert matched('{"n": [300]}', '{"n": 300}') is True
    assert matched('{"n": [300]}', '{"n": 3.0e2}') is None
    assert matched('{"n": [300, {"numeric": ["=", 300]}]}', '{"n": 3.0e2}') is True


PERMISSIONS = {"items": [{"port": 22, "range": "10.0.0.0/8"}, {"port": 443, "range": "0.0.0.0/0"}]}


@pytest.mark.parametrize(
    ("port", "expected"),
    [(443, True), (22, False)],
)
def test_conditions_below_one_array_hold_in_one_element_also_across_an_or(port, expected):
    both = {"items": {"port": [port], "range": ["0.0.0.0/0"]}}
    assert matched(both, PERMISSIONS) is expected
    apart = {"items": {"port": [port]}, "$or": [{"items": {"range": ["0.0.0.0/0"]}}, {"none": ["x"]}]}
    assert matched(apart, PERMISSIONS) is expected


def test_exists_false_in_an_element_is_open_when_another_element_has_the_field():
    pattern = {"items": {"port": [22], "range": [{"exists": False}]}}
    assert matched(pattern, {"items": [{"port": 22}, {"port": 443}]}) is True
    assert matched(pattern, {"items": [{"port": 22}, {"port": 443, "range": "x"}]}) is None


def test_a_field_outside_of_or_may_be_called_like_a_match_type():
    assert matched({"detail": {"prefix": ["x"]}}, {"detail": {"prefix": "x"}}) is True


def test_the_conditions_that_were_asked_name_the_array_whose_elements_were_tried():
    match = EventPattern.read({"items": {"port": {"from": [22]}}}).decide({"items": [{"port": {"from": 1}}] * 2})
    assert match.answer.condition == "one of items"


def test_of_several_values_that_are_open_the_first_is_told():
    match = EventPattern.read({"a": ["2001:db8::1"]}).decide({"a": ["2001:db8:0::1", "2001:db8::0001"]})
    assert match.matched is None and "a '2001:db8:0::1' is" in match.sentence


def test_nested_or_takes_every_way():
    pattern = {
        "source": ["s"],
        "$or": [{"a": [1]}, {"b": ["x"], "$or": [{"c": [1]}, {"d": [2]}]}],
    }
    assert matched(pattern, {"source": "s", "b": "x", "d": 2})
    assert not matched(pattern, {"source": "s", "b": "x"})
    assert not matched(pattern, {"a": 1})


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("{", "event pattern is not JSON: Expecting property name enclosed in double quotes in line 1, column 2"),
        ("[]", "event pattern must be an object, not a list"),
        ({}, "event pattern is an empty object, which is not allowed"),
        ({"source": "aws.ec2"}, "event pattern.source must be an object or an array, not a text; put the value in [ ]"),
        ({"source": []}, "event pattern.source is an empty array, which is not allowed; put a value in it"),
        ({"source": [["a"]]}, "event pattern.source[0] must be a string, a number, true, false, null or a match"),
        ({"detail": {}}, "event pattern.detail is an empty object"),
        ({"a": [{"starts-with": "x"}]}, "event pattern.a[0] has the unrecognized match type 'starts-with'; it takes"),
        ({"a": [{"prefix": "x", "suffix": "y"}]}, "is a match expression with 2 keys; only one is allowed"),
        ({"a": [{"prefix": 5}]}, "event pattern.a[0].prefix must be a text, not a whole number"),
        ({"a": [{"prefix": {"suffix": "x"}}]}, "takes a string or one equals-ignore-case"),
        ({"a": [{"wildcard": "a**b"}]}, "has two * in a row; write one"),
        ({"a": [{"wildcard": r"a\b"}]}, "has a backslash before another sign"),
        ({"a": [{"wildcard": "a\\"}]}, "has a backslash before another sign"),
        ({"a": [{"anything-but": [1, "a"]}]}, "takes strings or numbers, and not both in one list"),
        ({"a": [{"anything-but": None}]}, "must be a string or a number, not nothing"),
        ({"a": [{"anything-but": []}]}, "has 0 elements"),
        ({"a": [{"anything-but": {"prefix": ""}}]}, "has 0 characters"),
        ({"a": [{"anything-but": {"numeric": ["=", 1]}}]}, "takes one of prefix, suffix, equals-ignore-case or"),
        ({"a": [{"numeric": ["<", 5, ">", 1]}]}, "a range is written with its lower bound first"),
        ({"a": [{"numeric": [">", 1, ">", 5]}]}, "a range is written with its lower bound first"),
        ({"a": [{"numeric": [">", 5, "<", 5]}]}, "needs a lower bound that is less than its upper bound"),
        ({"a": [{"numeric": [">", "5"]}]}, "must be a number, not a text"),
        ({"a": [{"numeric": ["!=", 5]}]}, "must be =, <, <=, > or >=, not '!='"),
        ({"a": [{"numeric": [">", 5, "<"]}]}, "needs a number after each operator"),
        ({"a": [{"numeric": [">", 0, "<", 5, ">="]}]}, "has 5 elements; it takes 2 to 4"),
        ({"a": [{"numeric": [">"]}]}, "has 1 elements; it takes 2 to 4"),
        ({"a": [{"cidr": ""}]}, "'' is not a CIDR block"),
        ({"a": [{"numeric": 5}]}, "must be a list, not a whole number"),
        ({"a": [{"exists": "true"}]}, "must be true or false, not a text"),
        ({"a": [{"cidr": "10.0.0.0/33"}]}, "is not a CIDR block; write one such as 10.0.0.0/24"),
        ({"a": [{"cidr": "10.0.0.1"}]}, "has no length; write 10.0.0.1/32"),
        ({"$or": [{"a": [1]}]}, "event pattern.$or must be an array of at least two objects"),
        ({"$or": {"a": [1]}}, "must be an array of at least two objects"),
        ({"$or": [{"a": [1]}, {"prefix": ["x"]}]}, "'prefix' is a match type, which is not a field's name inside $or"),
        ({"a": ["x" * 4096]}, "has more than 4096 characters"),
        ({1: ["x"]}, "has a key that is a whole number"),
    ],
)  # fmt: skip
def test_what_putrule_refuses_is_told_with_the_field(pattern, sentence):
    with pytest.raises(Malformed) as refused:
        EventPattern.read(pattern)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    "pattern",
    [
        {"a.b": ["x"]}, {"a": [{"exactly": "x"}]}, {"a": [{"cidr": "10.0.0.5/24"}]}, {"a": [{"numeric": [">", 6e9]}]},
        {"a": ["x"], "$or": [{"a": ["y"]}, {"b": ["z"]}]}, {"a": ["x"], "$or": [{"a": {"b": ["y"]}}, {"b": ["z"]}]},
    ],
)  # fmt: skip
def test_what_aws_does_not_document_is_not_judged(pattern):
    with pytest.raises(Unjudged):
        EventPattern.read(pattern)


@pytest.mark.parametrize(
    ("pattern", "event", "sentence"),
    [
        (
            {"source": ["aws.ec2"], "detail": {"state": ["running", {"prefix": "pend"}]}},
            {"source": "aws.ec2", "detail": {"state": "terminated"}},
            "It does not match: detail.state is 'terminated', not 'running' or prefix 'pend'",
        ),
        (
            {"detail": {"errorCode": [{"anything-but": "x"}]}},
            {"detail": {}},
            "It does not match: detail.errorCode is not in the event",
        ),
        (
            {"source": ["aws.ec2"], "detail": {"n": [{"numeric": [">", 0]}]}},
            {"source": "aws.ec2", "detail": {"n": 4}},
            "It matches: source is 'aws.ec2' and detail.n is 4",
        ),
        (
            {"findings": {"Label": ["HIGH"]}},
            {"findings": [{"Label": "LOW"}, {"Label": "INFO"}]},
            "It does not match: findings.Label is 'LOW', not 'HIGH' and findings.Label is 'INFO', not 'HIGH'",
        ),
        (
            {"resources": ["arn:x"]},
            {"resources": ["arn:a", "arn:b"]},
            "It does not match: resources is ['arn:a', 'arn:b'], not 'arn:x'",
        ),
        (
            {"a": ["x"]},
            {"a": [True, False, None, 1]},
            "It does not match: a is [true, false, null, …], not 'x'",
        ),
        (
            {"a": ["u", None, 2.5, True]},
            {"a": "x"},
            "It does not match: a is 'x', not 'u', null, 2.5 or true",
        ),
        (
            {"a": ["u", "v", "w", 4, 5]},
            {"a": 10**80},
            f"It does not match: a is 1{'0' * 59}…, not 'u', 'v', 'w' or 2 more",
        ),
        (
            {"a": [1]},
            {"a": 10**5000},
            "It does not match: a is a number of thousands of digits, not 1",
        ),
        (
            {"a": [{"exists": True}]},
            {"a": {"b": 1}},
            "It does not match: a is an object, which is no value",
        ),
    ],
)
def test_a_verdict_names_the_first_field_that_fails(pattern, event, sentence):
    match = EventPattern.read(pattern).decide(event)
    assert match.sentence == sentence
    assert json.loads(json.dumps(match.explain().as_json()))["sentence"] == sentence


def test_a_thousand_combinations_are_taken_and_no_more():
    ten = {f"f{n}": {"$or": [{f"g{m}": [m]} for m in range(10)]} for n in range(3)}
    assert matched(ten, {"f0": {"g1": 1}, "f1": {"g9": 9}, "f2": {"g0": 0}})
    with pytest.raises(Malformed, match="makes more than 1000 combinations"):
        EventPattern.read({**ten, "$or": [{"a": [1]}, {"b": [1]}]})


def test_an_event_that_takes_too_many_comparisons_is_not_judged():
    match = EventPattern.read({"a": ["x"]}).decide({"a": ["y"] * 20_000})
    assert (match.matched, match.answer.because) == (
        None,
        "the event is too deep, or takes more than 20000 comparisons",
    )
    assert EventPattern.read({"a": ["x"]}).decide({"a": ["y"] * 19_000}).matched is False


def test_a_trial_over_labelled_events():
    pattern = EventPattern.read({"detail": {"severity": [7, 8, 9]}})
    trial = try_pattern(pattern, [({"detail": {"severity": 8}}, True), ({"detail": {"severity": 7.5}}, True)])
    assert trial.sentence == "It misses 1 event; event 2: detail.severity is 7.5, not 7, 8 or 9"


def test_an_event_that_is_no_object_is_refused():
    with pytest.raises(Malformed, match="the event must be an object, not a list"):
        EventPattern.read({"a": [1]}).decide("[]")
