"""CloudTrail Insights events of a stream of events: calls, or errors, far above what was usual.

Form: CloudTrail User Guide, "CloudTrail record contents for Insights events for trails". AWS does not publish how it
decides; here a minute is unusual when it has at least LEAST events and more than TIMES as many as any minute before.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from hardenlab.evidence.delivery import moment_of
from hardenlab.evidence.draws import MINUTE, uuid
from hardenlab.evidence.events import VERSION, when
from hardenlab.evidence.labels import Event

Kind = Literal["ApiCallRateInsight", "ApiErrorRateInsight"]
Told = tuple[str, str, str]
"""Who called, with which program, and the error."""

LEAST, TIMES = 5, 3
SHOWN = 5
ATTRIBUTES = ("userIdentityArn", "userAgent", "errorCode")


@dataclass(slots=True)
class _Series:
    """One operation's minutes."""

    source: str
    name: str
    kind: Kind
    region: str
    minutes: dict[int, list[Told]] = field(default_factory=dict)


def insights(events: Iterable[Event], random: Random) -> list[Event]:
    """Start and end of each unusual stretch, in the order of time. Events come in the order of time."""
    series: dict[tuple[str, str, str, str], _Series] = {}
    first, account = None, ""
    for event in events:
        moment = moment_of(event)
        first, account = moment if first is None else first, event["recipientAccountId"]
        for kind in _kinds(event):
            key = (event["eventSource"], event["eventName"], kind, event["awsRegion"])
            one = series.setdefault(key, _Series(key[0], key[1], kind, key[3]))
            told = (event["userIdentity"].get("arn", ""), event["userAgent"], event.get("errorCode", "null"))
            one.minutes.setdefault(moment // MINUTE, []).append(told)
    found = [insight for one in series.values() for insight in _stretches(one, account, (first or 0) // MINUTE, random)]
    return sorted(found, key=lambda insight: str(insight["eventTime"]))


def _kinds(event: Event) -> Iterator[Kind]:
    """The call rate is of writes alone, the error rate of all calls."""
    if event["eventType"] == "AwsApiCall" and event["managementEvent"]:
        if not event["readOnly"]:
            yield "ApiCallRateInsight"
        if "errorCode" in event:
            yield "ApiErrorRateInsight"


def _stretches(series: _Series, account: str, first: int, random: Random) -> Iterator[Event]:
    usual: list[Told] = []
    busiest = 1
    stretch: list[int] = []
    for minute in [*sorted(series.minutes), 2**40]:
        count = len(series.minutes.get(minute, ()))
        if stretch and (minute > stretch[-1] + 1 or count < LEAST):
            yield from _pair(series, account, first, stretch, usual, random)
            stretch = []
        if count >= LEAST and count > TIMES * busiest:
            stretch.append(minute)
        elif count:
            usual += series.minutes[minute]
            busiest = max(busiest, count)


def _pair(
    series: _Series, account: str, first: int, stretch: list[int], usual: list[Told], random: Random
) -> Iterator[Event]:
    unusual = [told for minute in stretch for told in series.minutes[minute]]
    before = max(1, stretch[0] - first)
    shared = uuid(random)
    context = {
        "statistics": {
            "baseline": {"average": _rate(len(usual), before)},
            "insight": {"average": _rate(len(unusual), len(stretch))},
            "insightDuration": len(stretch),
            "baselineDuration": before,
        },
        "attributions": [
            {
                "attribute": name,
                "insight": _shares([told[at] for told in unusual], len(stretch)),
                "baseline": _shares([told[at] for told in usual], before),
            }
            for at, name in enumerate(ATTRIBUTES)
        ],
    }
    for state, minute in (("Start", stretch[0]), ("End", stretch[-1] + 1)):
        yield {
            "eventVersion": VERSION,
            "eventTime": when(minute * MINUTE),
            "awsRegion": series.region,
            "eventID": uuid(random),
            "eventType": "AwsCloudTrailInsight",
            "recipientAccountId": account,
            "sharedEventID": shared,
            "insightDetails": {
                "state": state,
                "eventSource": series.source,
                "eventName": series.name,
                "insightType": series.kind,
                "insightContext": context,
            },
            "eventCategory": "Insight",
        }


def _shares(values: list[str], minutes: int) -> list[dict[str, Any]]:
    return [{"value": value, "average": _rate(count, minutes)} for value, count in Counter(values).most_common(SHOWN)]


def _rate(count: int, minutes: int) -> float:
    return round(count / minutes, 10)
