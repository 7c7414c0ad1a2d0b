"""Schedules as EventBridge documents them, and what it does not document."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardenlab.semantics.schedules import Malformed, Unjudged, read_schedule

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)  # a Tuesday


def at(text, zone=UTC):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("expression", "firings"),
    [
        ("cron(0 10 * * ? *)", ["2026-11-25T10:00", "2026-11-26T10:00"]),
        ("cron(15 12 * * ? *)", ["2026-11-24T12:15", "2026-11-25T12:15"]),
        ("cron(0 18 ? * MON-FRI *)", ["2026-11-24T18:00", "2026-11-25T18:00", "2026-11-26T18:00", "2026-11-27T18:00"]),
        ("cron(0 8 1 * ? *)", ["2026-12-01T08:00", "2027-01-01T08:00"]),
        ("cron(0/15 * * * ? *)", ["2026-11-24T12:15", "2026-11-24T12:30", "2026-11-24T12:45", "2026-11-24T13:00"]),
        ("cron(0/5 8-17 ? * 2-6 *)", ["2026-11-24T12:05", "2026-11-24T12:10"]),
        ("cron(15 10 ? * 6L 2026-2027)", ["2026-11-27T10:15", "2026-12-25T10:15", "2027-01-29T10:15"]),
        ("cron(0 9 ? * FRIL *)", ["2026-11-27T09:00"]),
        ("cron(0 0 3W * ? *)", ["2026-12-03T00:00", "2027-01-04T00:00"]),
        ("cron(0 0 1W 8 ? 2026-2027)", ["2027-08-02T00:00"]),
        ("cron(0 0 31W JAN ? 2027)", ["2027-01-29T00:00"]),
        ("cron(0 0 L FEB ? *)", ["2027-02-28T00:00", "2028-02-29T00:00"]),
        ("cron(0 0 31 * ? *)", ["2026-12-31T00:00", "2027-01-31T00:00", "2027-03-31T00:00"]),
        ("cron(0 0 ? * 3#2 *)", ["2026-12-08T00:00", "2027-01-12T00:00"]),
        ("cron(0 0 ? * TUE#5 *)", ["2026-12-29T00:00", "2027-03-30T00:00"]),
        ("cron(0 0 ? * 1 *)", ["2026-11-29T00:00"]),
        ("cron(0 0 ? * L *)", ["2026-11-28T00:00"]),
        ("cron(0,30 6,18 24 NOV,DEC ? *)", ["2026-11-24T18:00", "2026-11-24T18:30", "2026-12-24T06:00"]),
    ],
)
def test_a_cron_expression_fires_when_aws_says_so(expression, firings):
    assert read_schedule(expression).firings(NOW, len(firings)) == [at(text) for text in firings]


@pytest.mark.parametrize("expression", ["cron(0 0 30 2 ? *)", "cron(0 0 1 1 ? 2020)", "cron(0 0 29 2 ? 2027)"])
def test_an_expression_may_never_fire(expression):
    assert read_schedule(expression).next_after(NOW) is None


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("rate(1 minutes)", "is written rate(1 minute)"),
        ("rate(5 minute)", "is written rate(5 minutes)"),
        ("rate(0 minutes)", "at least 1"),
        ("rate(-1 hours)", "whole number"),
        ("rate(1.5 hours)", "whole number"),
        ("rate(2 weeks)", "whole number"),
        ("every day", "not of the form"),
        ("cron(0 12 * * * *)", "needs ?"),
        ("cron(0 12 ? * ? *)", "needs ?"),
        ("cron(0 12 * * ?)", "has 5 fields"),
        ("cron(60 12 * * ? *)", "minutes takes 0 to 59"),
        ("cron(0 24 * * ? *)", "hours takes 0 to 23"),
        ("cron(0 0 0 * ? *)", "day-of-month takes 1 to 31"),
        ("cron(0 0 ? * 0 *)", "day-of-week takes 1 to 7"),
        ("cron(0 0 ? * 3#6 *)", "#1 to #5"),
        ("cron(0 0 * 13 ? *)", "month takes 1 to 12"),
        ("cron(0 0 * * ? 1969)", "year takes 1970 to 2199"),
        ("cron(0/0 0 * * ? *)", "increment of 1 or more"),
        ("cron(? 0 * * ? *)", "minutes does not take"),
        ("cron(0 0 * FOO ? *)", "month does not take"),
        ("cron(٣ 0 * * ? *)", "minutes does not take"),
        ("at(2026-12-01T00:00:00)", "not of the form"),
        ("rate(" + "9" * 400 + " days)", "characters"),
    ],
)
def test_what_aws_refuses_is_malformed_and_says_where(expression, said):
    with pytest.raises(Malformed) as refused:
        read_schedule(expression)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 0 ? * FRI-MON *)",
        "cron(0 0 ? * mon *)",
        "cron(0 0 ? * 2/2 *)",
        "cron(0 0 L-3 * ? *)",
        "cron(0 0 LW * ? *)",
        "cron(10-30/5 0 * * ? *)",
        "cron(0  0 * * ? *)",
        "rate( 5 minutes)",
    ],
)
def test_what_aws_does_not_document_is_not_judged(expression):
    with pytest.raises(Unjudged):
        read_schedule(expression)


def test_a_rate_counts_from_its_start_and_is_not_judged_without_one():
    schedule = read_schedule("rate(90 minutes)")
    assert schedule.firings(NOW, 2, start=at("2026-11-24T11:00")) == [at("2026-11-24T12:30"), at("2026-11-24T14:00")]
    assert schedule.next_after(NOW, start=at("2026-11-24T10:30")) == at("2026-11-24T13:30")
    with pytest.raises(Unjudged):
        schedule.next_after(NOW)


def test_a_one_time_schedule_fires_once_in_its_zone():
    schedule = read_schedule("at(2026-12-01T09:00:00)", "scheduler", "Europe/Berlin")
    assert schedule.firings(NOW, 5) == [at("2026-12-01T08:00")]
    assert schedule.next_after(at("2026-12-01T08:00")) is None
    with pytest.raises(Malformed):
        read_schedule("at(2026-02-30T09:00:00)", "scheduler")


def test_a_time_that_the_clocks_skip_is_skipped_and_one_shown_twice_fires_once():
    berlin = ZoneInfo("Europe/Berlin")
    schedule = read_schedule("cron(30 2 * * ? *)", "scheduler", "Europe/Berlin")
    spring = schedule.firings(at("2027-03-27T12:00"), 1)
    assert spring == [at("2027-03-29T02:30", berlin)]
    autumn = schedule.firings(at("2026-10-24T12:00"), 2)
    assert [moment.astimezone(UTC) for moment in autumn] == [at("2026-10-25T00:30"), at("2026-10-26T01:30")]


def test_zones_belong_to_the_scheduler_and_must_exist():
    with pytest.raises(Malformed, match="belongs to EventBridge Scheduler"):
        read_schedule("rate(1 day)", "events", "Europe/Berlin")
    for zone in ("Mars/Olympus", "../../etc/passwd", "", "/etc/localtime"):
        with pytest.raises(Malformed, match="IANA"):
            read_schedule("rate(1 day)", "scheduler", zone)


def lists_of(least, most):
    return st.one_of(
        st.just("*"),
        st.lists(st.integers(least, most), min_size=1, max_size=4).map(lambda values: ",".join(map(str, values))),
        st.tuples(st.integers(least, most), st.integers(least, most)).map(lambda pair: f"{min(pair)}-{max(pair)}"),
        st.tuples(st.integers(least, most), st.integers(1, most)).map(lambda pair: f"{pair[0]}/{pair[1]}"),
    )


def holds(text, value):
    """Whether a field holds a value, written anew: the field is expanded by hand."""
    if text == "*":
        return True
    if "/" in text:
        start, step = map(int, text.split("/"))
        return value >= start and (value - start) % step == 0
    if "-" in text:
        low, high = map(int, text.split("-"))
        return low <= value <= high
    return str(value) in text.split(",")


@settings(deadline=None)  # walks a year of minutes; a busy machine is no failure
@given(lists_of(0, 59), lists_of(0, 23), lists_of(1, 31), lists_of(1, 12), st.integers(0, 3 * 365 * 1440))
def test_no_minute_between_a_moment_and_the_next_firing_fits_and_the_firing_does(minutes, hours, days, months, passed):
    moment = NOW + timedelta(minutes=passed)
    following = read_schedule(f"cron({minutes} {hours} {days} {months} ? *)").next_after(moment)

    def fits(when):
        fields = ((minutes, when.minute), (hours, when.hour), (days, when.day), (months, when.month))
        return all(holds(text, value) for text, value in fields)

    assert following is None or (following > moment and fits(following))
    end = min(following or moment + timedelta(days=2), moment + timedelta(days=2))
    step = moment + timedelta(minutes=1)
    while step < end:
        assert not fits(step), (step, following)
        step += timedelta(minutes=1)


@given(st.text(max_size=40).map(lambda inner: f"cron({inner})") | st.text(max_size=40))
def test_any_text_is_read_or_refused(text):
    try:
        schedule = read_schedule(text, "scheduler")
        schedule.next_after(NOW, start=NOW)
    except (Malformed, Unjudged):
        pass
