"""Schedules at their edges: the longest text, the largest rate, the weekend at the end of a month, one firing left."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hardenlab.semantics.reading import Malformed
from hardenlab.semantics.schedules import read_schedule
from hardenlab.semantics.schedules.explain import MAX_FIRINGS, explain
from hardenlab.semantics.unjudged import Unjudged

START = datetime(2026, 1, 1, tzinfo=UTC)


def days(expression, after=START, count=3):
    return [moment.strftime("%m-%d") for moment in read_schedule(expression).firings(after, count)]


@pytest.mark.parametrize(
    ("expression", "period"),
    [
        ("rate(1 minute)", timedelta(minutes=1)),
        ("rate(5 minutes)", timedelta(minutes=5)),
        ("rate(1 hour)", timedelta(hours=1)),
        ("rate(2 hours)", timedelta(hours=2)),
        ("rate(1 day)", timedelta(days=1)),
        ("rate(3 days)", timedelta(days=3)),
    ],
)
def test_a_rate_has_its_unit(expression, period):
    first, second = read_schedule(expression).firings(START, 2, START)
    assert second - first == period


def test_the_largest_rate_is_read_and_a_larger_one_is_not_judged():
    read_schedule("rate(1000000 minutes)")
    with pytest.raises(Unjudged):
        read_schedule("rate(1000001 minutes)")


def test_the_longest_text_is_read_and_a_longer_one_is_refused():
    years = ",".join(["2030"] * 48)
    longest = f"cron(00 0 * * ? {years})"
    assert len(longest) == 256
    assert read_schedule(longest).firings(START, 1)[0].year == 2030
    with pytest.raises(Malformed, match="has 257 characters; it takes 256"):
        read_schedule(f"cron(00 00 * * ? {years})")


@pytest.mark.parametrize(
    ("expression", "fires"),
    [
        ("cron(0 0 */10 * ? 2026)", ["01-11", "01-21", "01-31"]),
        ("cron(0 0 1W 8 ? 2026)", ["08-03"]),  # the first is a Saturday: not before the month begins
        ("cron(0 0 15W 8 ? 2026)", ["08-14"]),  # a Saturday inside the month: the Friday
        ("cron(0 0 2W 5 ? 2026)", ["05-01"]),  # the second is a Saturday: the first
        ("cron(0 0 31W 5 ? 2026)", ["05-29"]),  # the last is a Sunday: not after the month ends
        ("cron(0 0 30W 5 ? 2026)", ["05-29"]),
        ("cron(0 0 17W 5 ? 2026)", ["05-18"]),  # a Sunday inside the month: the Monday
        ("cron(0 0 30W 8 ? 2026)", ["08-31"]),
    ],
)
def test_days_and_weekdays_at_the_ends_of_a_month(expression, fires):
    assert days(expression)[: len(fires)] == fires


def test_an_explanation_has_five_firings_at_first_and_never_none():
    schedule = read_schedule("cron(0 0 * * ? *)")
    for asked, told in (({}, 5), ({"count": 0}, 1), ({"count": 7}, 7), ({"count": 10**6}, MAX_FIRINGS)):
        data = explain(schedule, START, **asked).data
        assert len(data["firings"]) == len(data["firings_utc"]) == told
    assert data["after"] == "2026-01-01T00:00:00+00:00"
    assert data["expression"] == "cron(0 0 * * ? *)"


def test_an_explanation_tells_local_time_and_utc():
    zone = ZoneInfo("Europe/Berlin")
    told = explain(
        read_schedule("cron(30 9 * * ? *)", "scheduler", "Europe/Berlin"), datetime(2026, 1, 1, tzinfo=zone), 1
    )
    assert told.data["firings"] == ["2026-01-01T09:30:00+01:00"]
    assert told.data["firings_utc"] == ["2026-01-01T08:30:00+00:00"]


@pytest.mark.parametrize(
    ("expression", "count", "sentence"),
    [
        ("cron(0 0 1 1 ? 2020)", 2, "cron(0 0 1 1 ? 2020) never fires after 2026-01-01 00:00 UTC"),
        (
            "at(2026-02-01T10:00:00)",
            2,
            "at(2026-02-01T10:00:00) fires next on 2026-02-01 10:00 UTC and then never again",
        ),
        ("at(2026-02-01T10:00:00)", 1, "at(2026-02-01T10:00:00) fires next on 2026-02-01 10:00 UTC"),
        (
            "cron(0 0 1 * ? *)",
            2,
            "cron(0 0 1 * ? *) fires next on 2026-02-01 00:00 UTC, then on 2026-03-01 00:00 UTC",
        ),
        ("rate(1 day)", 2, "rate(1 day) fires next on 2026-01-02 00:00 UTC, and every day after that"),
        ("rate(48 hours)", 2, "rate(48 hours) fires next on 2026-01-03 00:00 UTC, and every 2 days after that"),
        ("rate(1 hour)", 2, "rate(1 hour) fires next on 2026-01-01 01:00 UTC, and every hour after that"),
        ("rate(90 minutes)", 2, "rate(90 minutes) fires next on 2026-01-01 01:30 UTC, and every 90 minutes after that"),
        (
            "rate(1441 minutes)",
            2,
            "rate(1441 minutes) fires next on 2026-01-02 00:01 UTC, and every 1441 minutes after that",
        ),
    ],
)
def test_an_explanation_is_one_sentence(expression, count, sentence):
    assert str(explain(read_schedule(expression, "scheduler"), START, count, START)) == sentence
