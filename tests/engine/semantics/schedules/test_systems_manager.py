"""Schedules of maintenance windows and associations, as the Systems Manager User Guide gives them.

Its page is "Reference: Cron and rate expressions for Systems Manager".
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hardenlab.semantics.schedules import Malformed, Unjudged, explain, read_schedule

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)  # a Tuesday
WINDOW, ASSOCIATION = "maintenance-window", "association"


def firings(expression, dialect, count=2, after=NOW, **more):
    found = read_schedule(expression, dialect, **more).firings(after, count)
    return [moment.replace(tzinfo=None).isoformat() for moment in found]


@pytest.mark.parametrize(
    ("expression", "fires"),
    [
        ("cron(30 09 ? * * *)", ["2026-11-25T09:30:00", "2026-11-26T09:30:00"]),
        ("cron(24 30 09 ? * * *)", ["2026-11-25T09:30:24", "2026-11-26T09:30:24"]),
        ("cron(0 2 ? * THU#3 *)", ["2026-12-17T02:00:00", "2027-01-21T02:00:00"]),
        ("cron(0 2 ? * SUN#1 *)", ["2026-12-06T02:00:00", "2027-01-03T02:00:00"]),
        ("cron(15 10 ? * MON-FRI *)", ["2026-11-25T10:15:00", "2026-11-26T10:15:00"]),
        ("cron(0 2 L * ? *)", ["2026-11-30T02:00:00", "2026-12-31T02:00:00"]),
        ("cron(15 10 ? * 6L *)", ["2026-11-27T10:15:00", "2026-12-25T10:15:00"]),
        ("cron(0/5 8-17 ? * MON-FRI *)", ["2026-11-24T12:05:00", "2026-11-24T12:10:00"]),
        ("at(2027-07-07T13:15:30)", ["2027-07-07T13:15:30"]),
    ],
)
def test_a_maintenance_window_opens_when_the_guide_says_so(expression, fires):
    assert firings(expression, WINDOW) == fires


@pytest.mark.parametrize(
    ("expression", "fires"),
    [
        ("cron(0/30 * * * ? *)", ["2026-11-24T12:30:00", "2026-11-24T13:00:00"]),
        ("cron(0 */30 * * * ? *)", ["2026-11-24T12:30:00", "2026-11-24T13:00:00"]),
        ("cron(0 0/1 * * ? *)", ["2026-11-24T13:00:00", "2026-11-24T14:00:00"]),
        ("cron(0 0/2 * * ? *)", ["2026-11-24T14:00:00", "2026-11-24T16:00:00"]),
        ("cron(0 0/4 * * ? *)", ["2026-11-24T16:00:00", "2026-11-24T20:00:00"]),
        ("cron(0 0/8 * * ? *)", ["2026-11-24T16:00:00", "2026-11-25T00:00:00"]),
        ("cron(0 0/12 * * ? *)", ["2026-11-25T00:00:00", "2026-11-25T12:00:00"]),
        ("cron(15 13 ? * * *)", ["2026-11-24T13:15:00", "2026-11-25T13:15:00"]),
        ("cron(15 13 ? * MON *)", ["2026-11-30T13:15:00", "2026-12-07T13:15:00"]),
        ("cron(30 23 ? * TUE#3 *)", ["2026-12-15T23:30:00", "2027-01-19T23:30:00"]),
        ("cron(0 0 ? * 3L *)", ["2026-12-29T00:00:00", "2027-01-26T00:00:00"]),
        ("cron(0 0 L * ? *)", ["2026-11-30T00:00:00", "2026-12-31T00:00:00"]),
        ("at(2027-07-07T15:55:00)", ["2027-07-07T15:55:00"]),
    ],
)
def test_an_association_runs_when_the_guide_says_so(expression, fires):
    assert firings(expression, ASSOCIATION) == fires


def test_a_maintenance_window_has_a_time_zone():
    los_angeles = ZoneInfo("America/Los_Angeles")
    schedule = read_schedule("cron(0 16 ? * TUE *)", WINDOW, "America/Los_Angeles")
    assert schedule.next_after(NOW) == datetime(2026, 11, 24, 16, tzinfo=los_angeles)


def test_an_offset_waits_days_after_what_cron_names():
    """The guide's examples: two days after the third Tuesday, three days after the second Thursday."""
    assert firings("cron(30 23 ? * TUE#3 *)", WINDOW, offset=2) == ["2026-12-17T23:30:00", "2027-01-21T23:30:00"]
    assert firings("cron(0 0 ? * THU#2 *)", ASSOCIATION, offset=3) == ["2026-12-13T00:00:00", "2027-01-17T00:00:00"]
    between = datetime(2026, 12, 16, tzinfo=UTC)
    assert firings("cron(30 23 ? * TUE#3 *)", WINDOW, 1, between, offset=2) == ["2026-12-17T23:30:00"]
    at_once = datetime(2026, 12, 17, 23, 30, tzinfo=UTC)
    assert firings("cron(30 23 ? * TUE#3 *)", WINDOW, 1, at_once, offset=2) == ["2027-01-21T23:30:00"]
    assert firings("cron(0 0 ? * MON *)", WINDOW, 1, at_once, offset=6) == ["2026-12-20T00:00:00"]


def test_a_window_made_between_the_named_day_and_the_offset_waits_for_the_next_period():
    made = datetime(2026, 12, 16, tzinfo=UTC)
    schedule = read_schedule("cron(30 23 ? * TUE#3 *)", WINDOW, offset=2)
    assert schedule.next_after(made, start=made) == datetime(2027, 1, 21, 23, 30, tzinfo=UTC)
    before = datetime(2026, 12, 15, 23, tzinfo=UTC)
    assert schedule.next_after(made, start=before) == datetime(2026, 12, 17, 23, 30, tzinfo=UTC)


def test_an_offset_keeps_the_time_of_day_when_the_clocks_change():
    schedule = read_schedule("cron(0 9 ? * SAT *)", WINDOW, "Europe/Berlin", 2)
    friday = datetime(2026, 3, 27, tzinfo=UTC)  # the clocks change on Sunday the 29th
    assert schedule.next_after(friday).isoformat() == "2026-03-30T09:00:00+02:00"
    late = datetime(2026, 3, 30, 6, 59, tzinfo=UTC)
    assert schedule.next_after(late).isoformat() == "2026-03-30T09:00:00+02:00"


@pytest.mark.parametrize(
    ("expression", "dialect", "more", "said"),
    [
        ("cron(0/4 * * * ? *)", WINDOW, {}, "more often than every 5 minutes"),
        ("cron(0,58 * * * ? *)", WINDOW, {}, "more often than every 5 minutes"),
        ("cron(2,58 0,23 * * ? *)", WINDOW, {}, "more often than every 5 minutes"),
        ("cron(* 30 9 ? * * *)", WINDOW, {}, "more often than every 5 minutes"),
        ("cron(60 30 9 ? * * *)", WINDOW, {}, "seconds takes 0 to 59"),
        ("cron(0 2 ? * *)", WINDOW, {}, "has 5 fields"),
        ("cron(0 2 * * * *)", WINDOW, {}, "needs ?"),
        ("rate(29 minutes)", ASSOCIATION, {}, "30 minutes or more"),
        ("rate(31 days)", ASSOCIATION, {}, "less than 31 days"),
        ("cron(0 2 ? JAN MON *)", ASSOCIATION, {}, "month of an association is *"),
        ("cron(1 0 2 ? * MON *)", ASSOCIATION, {}, "seconds of an association are 0, not 1"),
        ("cron(0 2 ? * MON *)", ASSOCIATION, {"zone": "Europe/Berlin"}, "run in UTC"),
        ("cron(0 2 ? * MON *)", WINDOW, {"offset": 7}, "takes 1 to 6 days, not 7"),
        ("cron(0 2 ? * MON *)", WINDOW, {"offset": -1}, "takes 1 to 6 days, not -1"),
        ("rate(1 day)", WINDOW, {"offset": 1}, "belongs to cron expressions, not to rate"),
        ("at(2027-07-07T13:15:30)", WINDOW, {"offset": 1}, "belongs to cron expressions, not to at"),
        ("cron(0 2 ? * MON *)", "events", {"offset": 1}, "belongs to maintenance windows and associations"),
        ("cron(1 0 2 ? * MON *)", "events", {}, "has 7 fields"),
    ],
)
def test_what_systems_manager_refuses_is_malformed(expression, dialect, more, said):
    with pytest.raises(Malformed, match=said.replace("?", r"\?").replace("*", r"\*")):
        read_schedule(expression, dialect, **more)


@pytest.mark.parametrize(
    ("expression", "dialect", "zone"),
    [
        ("cron(0 2 ? * SUN)", ASSOCIATION, "UTC"),  # "five required fields", and six in every example
        ("cron(0 30 23 ? * TUE#3 *)", WINDOW, "UTC"),  # seconds of 0: the guide's editions disagree
        ("cron(0 0/3 * * ? *)", ASSOCIATION, "UTC"),
        ("cron(0,20 * * * ? *)", ASSOCIATION, "UTC"),
        ("cron(0/30 8-17 * * ? *)", ASSOCIATION, "UTC"),
        ("cron(0,30 0/2 * * ? *)", ASSOCIATION, "UTC"),
        ("cron(0 2,5 ? * MON *)", ASSOCIATION, "UTC"),
        ("cron(0 2 ? * MON-FRI *)", ASSOCIATION, "UTC"),
        ("cron(0 2 15 * ? *)", ASSOCIATION, "UTC"),
        ("at(2027-07-07T13:15:30)", WINDOW, "America/Los_Angeles"),
    ],
)
def test_what_the_guide_leaves_open_is_not_judged(expression, dialect, zone):
    with pytest.raises(Unjudged):
        read_schedule(expression, dialect, zone)


def test_the_bounds_themselves_are_taken():
    read_schedule("rate(30 minutes)", ASSOCIATION)
    read_schedule("rate(30 days)", ASSOCIATION)
    read_schedule("rate(1 minute)", WINDOW)
    read_schedule("cron(0/5 * * * ? *)", WINDOW)
    read_schedule("cron(2,57 0,23 ? * * *)", WINDOW)
    read_schedule("cron(2,58 0,23 ? * MON *)", WINDOW)  # no Tuesday follows


def test_a_second_is_told():
    told = explain(read_schedule("cron(24 30 9 ? * * *)", WINDOW), NOW, 1)
    assert str(told) == "cron(24 30 9 ? * * *) fires next on 2026-11-25 09:30:24 UTC"
