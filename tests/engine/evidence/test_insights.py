"""Insights: a burst has a start and an end with the numbers of the log, and habit has none."""

from random import Random

import pytest

from hardenlab import Variation
from hardenlab.evidence.callers import with_key
from hardenlab.evidence.cast import Cast
from hardenlab.evidence.events import DENIED, Call, Recorder
from hardenlab.evidence.insights import insights

CAST = Cast.drawn(Variation("insights"))
START = 1_772_409_600


def log(*bursts):
    """(minute, how many, call) triples as events."""
    recorder, caller = Recorder(CAST, Random(1)), with_key(CAST, CAST.staff[0], CAST.staff[0].office)
    return [recorder.event(START + minute * 60, caller, call) for minute, count, call in bursts for _ in range(count)]


LAUNCH = Call("ec2", "StopInstances", {"InstanceIds": ["i-1"]})
LISTING = Call("iam", "ListUsers", error=DENIED)


def test_a_burst_of_writes_has_a_start_and_an_end():
    start, end = insights(log((0, 1, LAUNCH), (100, 8, LAUNCH), (101, 6, LAUNCH), (200, 1, LAUNCH)), Random(1))
    details = start["insightDetails"]
    assert (details["state"], end["insightDetails"]["state"]) == ("Start", "End")
    assert start["sharedEventID"] == end["sharedEventID"] and start["eventID"] != end["eventID"]
    assert (start["eventTime"], end["eventTime"]) == ("2026-03-02T01:40:00Z", "2026-03-02T01:42:00Z")
    assert (details["insightType"], details["eventName"]) == ("ApiCallRateInsight", "StopInstances")
    assert details["insightContext"]["statistics"] == {
        "baseline": {"average": 0.01},
        "insight": {"average": 7.0},
        "insightDuration": 2,
        "baselineDuration": 100,
    }
    who = details["insightContext"]["attributions"][0]["insight"]
    assert who == [{"value": CAST.arn("iam", f"user/{CAST.staff[0].user}"), "average": 7.0}]


def test_errors_count_for_reads_and_reads_alone_do_not():
    assert insights(log((100, 50, Call("iam", "ListUsers"))), Random(1)) == []
    start, _ = insights(log((100, 50, LISTING)), Random(1))
    assert start["insightDetails"]["insightType"] == "ApiErrorRateInsight"
    assert start["insightDetails"]["insightContext"]["attributions"][2]["insight"][0]["value"] == "AccessDenied"


@pytest.mark.parametrize(
    ("usual", "count", "unusual"),
    [(1, 4, False), (1, 5, True), (2, 6, False), (2, 7, True), (3, 9, False), (3, 10, True)],
)
def test_a_minute_is_unusual_with_five_events_and_more_than_three_times_as_many_as_before(usual, count, unusual):
    assert bool(insights(log((0, usual, LAUNCH), (100, count, LAUNCH)), Random(1))) is unusual


def test_two_bursts_apart_are_two_and_the_second_is_held_against_what_was_usual():
    found = insights(log((0, 1, LAUNCH), (100, 8, LAUNCH), (300, 9, LAUNCH)), Random(1))
    assert [(one["insightDetails"]["state"], one["eventTime"][11:16]) for one in found] == [
        ("Start", "01:40"), ("End", "01:41"), ("Start", "05:00"), ("End", "05:01"),
    ]  # fmt: skip
    assert len({one["sharedEventID"] for one in found}) == 2


def test_each_region_and_operation_has_its_own_usual():
    elsewhere = Call("ec2", "StopInstances", {"InstanceIds": ["i-1"]}, region="sa-east-1")
    found = insights(log((0, 6, LAUNCH), (100, 6, LAUNCH), (200, 6, elsewhere)), Random(1))
    assert [one["awsRegion"] for one in found if one["insightDetails"]["state"] == "Start"][-1] == "sa-east-1"


def test_five_of_the_callers_are_told_the_busiest_first():
    callers = [with_key(CAST, CAST.staff[0], CAST.staff[0].office, f"agent-{number}") for number in range(7)]
    recorder = Recorder(CAST, Random(1))
    events = [
        recorder.event(START + 6000, caller, LAUNCH) for number, caller in enumerate(callers) for _ in range(number + 1)
    ]
    start, _ = insights(events, Random(1))
    agents = start["insightDetails"]["insightContext"]["attributions"][1]
    assert agents["attribute"] == "userAgent" and [one["value"] for one in agents["insight"]] == [
        "agent-6", "agent-5", "agent-4", "agent-3", "agent-2",
    ]  # fmt: skip
    assert agents["baseline"] == []


def test_what_happens_often_is_usual():
    busy = log((0, 3, LAUNCH), *((minute, 6, LAUNCH) for minute in range(60, 600, 60)))
    assert insights(busy, Random(1)) == []
