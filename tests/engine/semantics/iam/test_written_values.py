"""Moments, numbers, variables, escapes and wildcards as they may be written in a policy."""

import pytest

from engine.semantics.iam.helpers import (
    HOME,
    allow,
    ask,
    holds,
    when,
)
from hardenlab.semantics.iam import CannotJudge, validate
from hardenlab.semantics.iam.conditions import hold, read_conditions
from hardenlab.semantics.iam.operators import instant
from hardenlab.semantics.iam.pattern import ArnPattern, Glob, Template, Variable

BUCKET = "arn:aws:s3:::lab-data"


@pytest.mark.parametrize(
    ("date", "earlier", "later"),
    [
        ("2026-11-25T12:00:00+02:00", "2026-11-25T09:59:59Z", "2026-11-25T10:00:01Z"),
        ("2026-11-25T12:00:00-02:00", "2026-11-25T13:59:59Z", "2026-11-25T14:00:01Z"),
        ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.4Z", "1969-12-31T23:59:59.6Z"),
    ],
)
def test_dates_are_instants(date, earlier, later):
    before = {"DateLessThan": {"aws:CurrentTime": date}}
    assert holds(before, {"aws:CurrentTime": earlier}) and not holds(before, {"aws:CurrentTime": later})
    assert not holds(before, {"aws:CurrentTime": date})


def test_an_epoch_time_and_a_date_are_the_same_instant():
    at_midnight = {"DateEquals": {"aws:CurrentTime": "2026-11-25T00:00:00Z"}}
    assert holds(at_midnight, {"aws:CurrentTime": "1795564800"})
    assert not holds(at_midnight, {"aws:CurrentTime": "1795564801"})
    assert holds({"DateEquals": {"aws:CurrentTime": "1969-12-31"}}, {"aws:CurrentTime": "1969-12-31T00:00:00Z"})


@pytest.mark.parametrize("date", ["2026-11-25T24:00:00Z", "2026-11-25T12:60:00Z", "2026-11-25T12:00:61Z"])
def test_a_time_that_no_clock_shows_cannot_be_judged(date):
    with pytest.raises(CannotJudge, match="time of day"):
        holds({"DateLessThan": {"aws:CurrentTime": date}}, {"aws:CurrentTime": "2026-11-25T00:00:00Z"})


@pytest.mark.parametrize("default", ["'x", "x'", "x", "'"])
def test_the_default_of_a_variable_stands_in_quotes(default):
    with pytest.raises(CannotJudge, match="single quotes"):
        ask(identity=[allow(resource=f"{BUCKET}/${{aws:username, {default}}}")])


@pytest.mark.parametrize(("pattern", "covers"), [("arn:aws:s3*", True), ("arn:aws:s*", True), ("arn:aws:ec2*", False)])
def test_a_short_pattern_that_ends_in_a_wildcard_reaches_over_the_rest(pattern, covers):
    assert ask(identity=[allow(resource=pattern)]).allowed is covers


def test_an_escaped_sign_before_the_fifth_colon_is_no_variable():
    for sign in ("*", "?", "$"):
        assert not ask(identity=[allow(resource=f"arn:aws:s3${{{sign}}}:::lab-data/*")]).allowed
        assert validate(allow(resource=f"arn:aws:s3${{{sign}}}:::lab-data/*"), "identity") == []


def pattern(text):
    return ArnPattern(Template(text, wildcards=True, variables=False).fixed)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2020-01-01T00:00:00Z", "1577836800"),
        ("2020-01-01", "2020-01-01T00:00Z"),
        ("2020-01", "2020-01-01"),
        ("2020", "2020-01-01T00:00:00.000Z"),
        ("2020-01-01T02:30:00+02:30", "2020-01-01T00:00:00Z"),
        ("2019-12-31T21:30:00-02:30", "2020-01-01T00:00:00Z"),
        ("2020-01-01T00:01:01Z", "1577836861"),
        ("2020-01-01T01:00:00Z", "1577840400"),
        ("1969-12-31T23:59:59Z", "1970-01-01T00:59:59+01:00"),
    ],
)
def test_the_same_moment_is_written_in_many_ways(one, other):
    assert instant(one) == instant(other)
    assert holds({"DateEquals": {"aws:CurrentTime": other}}, {"aws:CurrentTime": (one,)})


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00.05Z"),
        ("2020-01-01T00:00:00.05Z", "2020-01-01T00:00:00.1Z"),
        ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59.05Z"),
        ("1969-12-31T23:59:59.5Z", "1970-01-01T00:00:00Z"),
        ("1969-12-31T23:59:58.9Z", "1969-12-31T23:59:59Z"),
        ("2020-01-01T23:59:59Z", "2020-01-01T23:59:60Z"),
    ],
)
def test_earlier_is_earlier(earlier, later):
    assert instant(earlier) < instant(later)
    assert holds({"DateLessThan": {"aws:CurrentTime": later}}, {"aws:CurrentTime": (earlier,)})
    assert not holds({"DateLessThan": {"aws:CurrentTime": earlier}}, {"aws:CurrentTime": (later,)})
    assert not holds({"DateLessThan": {"aws:CurrentTime": later}}, {"aws:CurrentTime": (later,)})
    assert holds({"DateLessThanEquals": {"aws:CurrentTime": later}}, {"aws:CurrentTime": (later,)})
    assert holds({"DateGreaterThanEquals": {"aws:CurrentTime": earlier}}, {"aws:CurrentTime": (earlier,)})


@pytest.mark.parametrize(
    "text",
    [
        "2020-01-01T24:00:00Z",
        "2020-01-01T23:60:00Z",
        "2020-01-01T23:59:61Z",
        "2020-13-01",
        "2020-02-30",
        "tomorrow",
        "1234",
    ],
)
def test_no_moment_is_not_judged(text):
    if text != "1234":
        with pytest.raises(CannotJudge):
            instant(text)
    else:
        assert instant(text) == instant("1234-01-01"), "four digits are a year"


def test_a_number_may_have_a_sign_and_a_fraction():
    for value, kept in (("-1", True), ("+2.5", True), ("2.50", True), ("3", False)):
        assert holds({"NumericLessThanEquals": {"s3:max-keys": "2.5"}}, {"s3:max-keys": (value,)}) == kept
    with pytest.raises(CannotJudge):
        holds({"NumericEquals": {"s3:max-keys": "2"}}, {"s3:max-keys": ("2.",)})


def test_any_value_with_if_exists_is_judged_when_the_key_is_there():
    condition = {"ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": "team"}}
    assert holds(condition, {"aws:TagKeys": ("cost", "team")})
    assert not holds(condition, {"aws:TagKeys": ("cost",)})
    with pytest.raises(CannotJudge, match="absent key"):
        holds(condition)


def test_conditions_answer_yes_or_no():
    tests = read_conditions({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, variables=True)
    assert hold(tests, {"aws:requestedregion": ("eu-west-1",)}) is True
    assert hold(tests, {"aws:requestedregion": ("eu-west-2",)}) is False


def test_letters_of_arns_count():
    jane = f"arn:aws:iam::{HOME}:user/Jane"
    for operator in ("ArnEquals", "ArnLike"):
        assert holds({operator: {"aws:PrincipalArn": jane}}, {"aws:PrincipalArn": (jane,)})
        assert not holds({operator: {"aws:PrincipalArn": jane}}, {"aws:PrincipalArn": (jane.lower(),)})
    report = "arn:aws:s3:::lab-data/Report.csv"
    assert ask(resource=report, identity=[allow(resource=report)]).allowed
    assert not ask(resource=report, identity=[allow(resource=report.lower())]).allowed
    assert ask(resource=report, identity=[allow(resource="arn:aws:s3:::lab-data/R*")]).allowed


@pytest.mark.parametrize(
    "inside", ["aws:username, x'", "aws:username, 'x", "aws:username, '", "aws:username, x", ", 'x'"]
)
def test_a_default_stands_in_single_quotes(inside):
    with pytest.raises(CannotJudge):
        Variable(inside)


def test_a_default_is_used_when_the_key_is_absent():
    assert Variable("aws:username, ''").value({}) == ""
    assert Variable("aws:username, 'guest'").value({}) == "guest"
    assert Variable("aws:username, 'guest'").value({"aws:username": ("jane",)}) == "jane"
    assert Variable("aws:username").value({}) is None


@pytest.mark.parametrize("escape", ["${*}", "${?}", "${$}"])
def test_escapes_may_stand_anywhere_in_an_arn(escape):
    assert not ask(identity=[allow(resource=f"arn:aws:s3:{escape}::lab-data/report.csv")]).allowed
    literal = f"arn:aws:s3:::lab-data/{escape[2]}"
    assert ask(resource=literal, identity=[allow(resource=f"arn:aws:s3:::lab-data/{escape}")]).allowed
    assert not ask(identity=[allow(resource=f"arn:aws:s3:::lab-data/{escape}")]).allowed


def test_a_variable_before_the_fifth_colon_is_not_judged():
    with pytest.raises(CannotJudge, match="fifth colon"):
        ask(identity=[allow(resource="arn:aws:s3:${aws:RequestedRegion}::lab-data/*")])
    assert ask(
        resource="arn:aws:s3:::lab-data/jane/x",
        identity=[allow(resource="arn:aws:s3:::lab-data/${aws:username}/*")],
        context={"aws:username": ("jane",)}.items(),
    ).allowed


@pytest.mark.parametrize(
    ("text", "arn", "matches", "beyond"),
    [
        ("arn:aws:s3:::b*", "arn:aws:s3:::b/x", True, False),
        ("arn:aws:s3:*-1::b*", "arn:aws:s3:a:b-1::bx", False, False),
        ("arn:aws:s3:*:b*", "arn:aws:s3:::bx", False, True),
        ("arn:aws:s3:*", "arn:aws:s3:::bx", False, True),
        ("arn:aws:s*", "arn:aws:s3:::bx", False, True),
        ("arn:aws:", "arn:aws:", False, False),
        ("arn:aws:s3", "arn:aws:s3", False, False),
        ("*", "arn:aws:s3:::bx", False, True),
        ("arn:aws:s3:::b?", "arn:aws:s3:::bx", True, False),
        ("arn:aws:s3:::b?", "arn:aws:s3:::b", False, False),
        ("arn:aws:s3:::a:b:*", "arn:aws:s3:::a:b:c:d", True, False),
    ],
)
def test_components_of_an_arn_are_matched_one_by_one(text, arn, matches, beyond):
    found = pattern(text)
    assert found.matches(arn) is matches
    assert found.matches_beyond_colons(arn) == (beyond or (matches and found.expands))


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("a?c", ["abc"], ["ac", "abbc"]),
        ("a?*", ["ab", "abc"], ["a"]),
        ("?*?", ["ab", "abc"], ["a", ""]),
        ("*a?b*", ["xaxbx", "axb"], ["ab", "axxb"]),
        ("a*b*c", ["abc", "aXbYc", "abbc"], ["acb", "ab", "abcX"]),
        ("ab*ba", ["abba", "abXba"], ["aba"]),
        ("", [""], ["a"]),
        ("*", ["", "a"], []),
    ],
)
def test_wildcards_match_as_written(text, yes, no):
    glob = Glob(Template(text, wildcards=True, variables=False).fixed)
    assert [glob.matches(one) for one in yes] == [True] * len(yes)
    assert [glob.matches(one) for one in no] == [False] * len(no)


def test_a_session_tag_condition_is_read_with_its_colons():
    assert holds(
        when(StringEquals={"aws:PrincipalTag/team": "blue"})["Condition"], {"aws:PrincipalTag/team": ("blue",)}
    )
