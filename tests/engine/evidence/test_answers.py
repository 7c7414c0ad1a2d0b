"""Answers: what a learner writes is read kindly, and what is wrong stays wrong."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from hardenlab.evidence import Answer

RIGHT = [
    ("text", "203.0.113.9", " 203.0.113.9 ", {}),
    ("text", "arn:aws:iam::111122223333:user/Ada", "arn:aws:iam::111122223333:user/ada", {}),
    ("text", "2001:db8::1", "2001:0db8:0:0::1", {}),
    ("texts", ("a", "b"), ["b", "a", "a"], {}),
    ("texts", ("a", "b"), "b, a", {}),
    ("texts", ("a",), {"A"}, {}),
    ("order", ("a", "b"), ("a", "b"), {}),
    ("number", 1000, 1000, {}),
    ("number", 1000, "1,000", {}),
    ("number", 1000, 1040, {"within": 0.05}),
    ("number", 1000, "1_000".ljust(40), {}),
    ("time", "2026-03-02T08:12:44Z", "2026-03-02 08:12:44", {}),
    ("time", "2026-03-02T08:12:44Z", "2026-03-02T10:12:44+02:00", {}),
    ("time", "2026-03-02T08:12:44Z", datetime(2026, 3, 2, 8, 12, 44), {}),
    ("time", "2026-03-02T08:12:44Z", datetime(2026, 3, 2, 9, 12, 44, tzinfo=timezone(timedelta(hours=1))), {}),
]
WRONG = [
    ("text", "203.0.113.9", "203.0.113.90", {}),
    ("text", "203.0.113.9", None, {}),
    ("texts", ("a", "b"), ["a"], {}),
    ("texts", ("a", "b"), ["a", "b", "c"], {}),
    ("texts", ("a", "b"), 7, {}),
    ("order", ("a", "b"), ("b", "a"), {}),
    ("number", 1000, 1001, {}),
    ("number", 1000, 1060, {"within": 0.05}),
    ("number", 1, True, {}),
    ("number", 1000, "many", {}),
    ("number", 1000, "9" * 10_000, {"within": 0.05}),
    ("number", 1000, "1000".ljust(39) + "x", {}),
    ("number", 1000, "1000".ljust(40) + "x", {}),
    ("number", 1000, "1000".ljust(41), {}),
    ("time", "2026-03-02T08:12:44Z", "2026-03-02T08:12:45Z", {}),
    ("time", "2026-03-02T08:12:44Z", datetime(2026, 3, 2, 8, 12, 45, tzinfo=UTC), {}),
    ("time", "2026-03-02T08:12:44Z", "in the morning", {}),
]


@pytest.mark.parametrize(("kind", "value", "given", "more"), RIGHT)
def test_the_right_answer_is_taken_in_other_words(kind, value, given, more):
    assert Answer("?", kind, value).accepts(given, **more)


@pytest.mark.parametrize(("kind", "value", "given", "more"), WRONG)
def test_a_wrong_answer_is_not_taken(kind, value, given, more):
    assert not Answer("?", kind, value).accepts(given, **more)
