"""Properties of every filter pattern, and what is hostile stays cheap."""

import json
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardenlab.semantics.log_patterns import FilterPattern, Malformed, Unjudged

names = st.sampled_from(["a", "b", "c"])
scalars = st.sampled_from(["x", "xy", "y", "", "2"]) | st.integers(-2, 3) | st.sampled_from([1.5, True, False, None])
values = scalars | st.lists(scalars, max_size=2) | st.dictionaries(names, scalars, max_size=2)
events = st.dictionaries(names, values, max_size=3)
selectors = st.sampled_from(["$.a", "$.b", "$.c", "$.a.b", "$.b[0]"])
wanted = st.sampled_from(['"x"', "x*", '"*y"', "*", "2", "-1", "1.5", "%x%", "true"])
atoms = st.one_of(
    st.tuples(selectors, st.sampled_from(["=", "!="]), wanted).map(" ".join),
    st.tuples(selectors, st.sampled_from(["<", ">", "<=", ">="]), st.sampled_from(["2", "-1"])).map(" ".join),
    st.tuples(selectors, st.sampled_from(["IS NULL", "IS TRUE", "IS FALSE", "NOT EXISTS"])).map(" ".join),
)
conditions = st.recursive(
    atoms,
    lambda inner: st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda three: f"({' '.join(three)})"),
    max_leaves=4,
)


def judged(condition, event):
    try:
        return FilterPattern.read(f"{{{condition}}}").decide(event).matched
    except Malformed as error:
        assert "takes 2 regular expressions" in str(error)
        return "refused"


@settings(deadline=None)
@given(conditions, events)
def test_parentheses_and_blanks_around_a_condition_change_nothing(condition, event):
    assert judged(condition, event) == judged(f"({condition})", event) == judged(f" (( {condition})  )", event)


@settings(deadline=None)
@given(conditions, conditions, events, st.sampled_from(["&&", "||"]))
def test_the_order_of_two_conditions_changes_nothing(one, other, event, join):
    assert judged(f"({one}) {join} ({other})", event) == judged(f"({other}) {join} ({one})", event)


@settings(deadline=None)
@given(atoms, atoms, atoms, events)
def test_and_binds_before_or(one, two, three, event):
    assert judged(f"{one} || {two} && {three}", event) == judged(f"{one} || ({two} && {three})", event)


@settings(deadline=None)
@given(conditions, events)
def test_the_json_of_an_event_is_judged_like_the_event(condition, event):
    assert judged(condition, event) == judged(condition, json.dumps(event))


@settings(deadline=None)
@given(selectors, wanted, events)
def test_unequal_is_the_opposite_of_equal_for_a_present_string_or_number(selector, value, event):
    equal, unequal = judged(f"{selector} = {value}", event), judged(f"{selector} != {value}", event)
    if judged(f"{selector} NOT EXISTS", event) or None in (equal, unequal):
        return
    present = judged(f"{selector} = *", event)
    assert unequal is (not equal) if present else not equal and not unequal


@settings(deadline=None)
@given(st.lists(st.sampled_from(["alpha", "beta", "-gamma", '"a b"']), min_size=1, max_size=4), st.text("abg elpht m"))
def test_the_order_of_terms_changes_nothing(terms, line):
    assert judged_line(" ".join(terms), line) == judged_line(" ".join(reversed(terms)), line)


@settings(deadline=None)
@given(st.text("ab*", max_size=8), st.text("ab", max_size=8))
def test_a_decided_asterisk_is_either_reading(text, value):
    """Where a verdict is given, the literal and the wildcard reading of inner asterisks agree."""
    verdict = judged(f'$.a = "{text}"', {"a": value})
    wild = re.fullmatch(".*".join(map(re.escape, text.split("*"))), value) is not None
    core = text.strip("*")
    assert verdict is wild or (verdict is None and "*" in core)


def judged_line(pattern, line):
    return FilterPattern.read(pattern).decide(line).matched


@settings(deadline=None)
@given(st.text(max_size=40) | st.text('{}[]()$.ab=!&|%"*?-<> ISNULOT1', max_size=40))
def test_any_text_is_read_or_refused_with_its_column(text):
    try:
        assert FilterPattern.read(text).decide('{"a": 1}').sentence
    except Malformed as error:
        assert 1 <= error.column <= len(text) + 1
    except Unjudged as doubt:
        assert doubt.reason


@settings(deadline=None)
@given(st.text("ab[]{}|\\*+.?^$-,1d", max_size=14))
def test_any_regular_expression_is_run_or_refused(expression):
    try:
        assert FilterPattern.read(f"%{expression}%").decide("ab").matched in (True, False)
    except (Malformed, Unjudged) as error:
        assert str(error)


HOSTILE = [
    "{" + "(" * 1000 + "$.a=1",
    "{" + "(" * 500 + "$.a=1" + ")" * 500 + "}",
    "{" + "$.a=1||(" * 120 + "$.a=1" + ")" * 120 + "}",
    "{ $.a = *" + "a*" * 500 + "b }",
    "%" + "[ab]*" * 200 + "c%",
    "%" + ".*" * 500 + "c%",
    "%" + "a{1000}" * 100 + "%",
    "[" + "a," * 500 + "]",
    "[...," + "a=*a*b*," * 100 + "]",
    " ".join(["?aaaa"] * 200),
    "{ $" + ".a[0]" * 200 + " = 1 }",
    "{ $.a[" + "9" * 1000 + "] = 1 }",
]


@pytest.mark.parametrize("pattern", HOSTILE, ids=[pattern[:20] for pattern in HOSTILE])
def test_hostile_patterns_are_judged_or_refused_in_no_time(pattern):
    FilterPattern.read("{ $.a = 1 }"), FilterPattern.read("[a]")  # the grammars are built once
    before = time.process_time()
    try:
        read = FilterPattern.read(pattern)
        for event in ("a" * 10_000, json.dumps({"a": "a" * 10_000}), "[" * 10_000, "a " * 5_000, '{"a":' * 10_000):
            read.decide(event)
    except (Malformed, Unjudged) as error:
        assert str(error)
    assert time.process_time() - before < 0.5  # the aim is 0.1 s; machines differ


def test_an_event_that_is_too_large_is_not_judged():
    for pattern in ("a", "[a]", "{ $.a = 1 }"):
        assert FilterPattern.read(pattern).decide("a" * (1 << 20) + "b").matched is None
