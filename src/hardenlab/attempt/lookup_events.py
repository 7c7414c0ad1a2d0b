"""CloudTrail's LookupEvents, answered from the calls that the front has seen.

Every management event of the last 90 days in the caller's account and Region, newest first: reads and refused calls
too, writes that the journal still holds. An event is there at once; AWS needs some minutes.

Source: CloudTrail API Reference, "LookupEvents"; CloudTrail User Guide, "Working with CloudTrail event history".
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

from hardenlab.front.errors import aws_error
from hardenlab.front.ledger import Ledger
from hardenlab.front.operations import Operation, identify
from hardenlab.front.parameters import Unreadable, read_parameters
from hardenlab.front.seen import Caller, Seen, moves_data
from hardenlab.model.http import Request, Response

ACTION = "cloudtrail:LookupEvents"
DAYS = 90 * 24 * 60 * 60
PAGE = 50
MAX_VALUE = 2000
Row = dict[str, Any]
ATTRIBUTES: dict[str, Callable[[Row], list[str]]] = {
    "EventId": lambda row: [row["EventId"]],
    "EventName": lambda row: [row["EventName"]],
    "ReadOnly": lambda row: [row["ReadOnly"]],
    "Username": lambda row: [row.get("Username", "")],
    "ResourceType": lambda row: [resource["ResourceType"] for resource in row["Resources"]],
    "ResourceName": lambda row: [resource["ResourceName"] for resource in row["Resources"]],
    "EventSource": lambda row: [row["EventSource"]],
    "AccessKeyId": lambda row: [row.get("AccessKeyId", "")],
}


class _Refused(Exception):
    """A code and a message of AWS's."""


class LookupEvents:
    """Answers the operation for one attempt."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def __call__(self, request: Request, operation: Operation) -> Response:
        try:
            given = read_parameters(request, operation)
            answer = self._answer(request, given)
        except Unreadable as error:
            return aws_error(operation, 400, "SerializationException", f"The request cannot be read: {error}")
        except _Refused as error:
            return aws_error(operation, 400, *error.args)
        body = json.dumps(answer).encode()
        return Response(200, [("Content-Type", "application/x-amz-json-1.1")], body)

    def _answer(self, request: Request, given: Row) -> Row:
        now = self._ledger.now()
        wanted = _wanted(given)
        start, end = (_moment(given, name) for name in ("StartTime", "EndTime"))
        if start is not None and end is not None and start > end:
            raise _Refused("InvalidTimeRangeException", "The start time must not be after the end time.")
        size = given.get("MaxResults", PAGE)
        if not isinstance(size, int) or not 1 <= size <= PAGE:
            raise _Refused("InvalidMaxResultsException", f"MaxResults must be between 1 and {PAGE}.")
        skip = _offset(request, given)
        low = max(now - DAYS, start if start is not None else 0)
        rows = self._rows(request, low, now if end is None else end)
        hits = (row for row in rows if wanted(row)) if given.get("EventCategory") != "insight" else iter(())
        page, more = [], False
        for number, row in enumerate(hits):
            if number >= skip + size:
                more = True
                break
            if number >= skip:
                page.append(row)
        return {"Events": page} | ({"NextToken": _token(request, given, skip + size)} if more else {})

    def _rows(self, request: Request, low: float, high: float) -> Iterator[Row]:
        from hardenlab.attempt.trail_event import region_of  # with evidence: 0.1 s that few attempts need

        calls = sorted(known_calls(self._ledger), key=lambda seen: seen.time)
        for seen in reversed(calls):
            if (
                seen.request.account == request.account
                and region_of(seen) == request.region
                and low <= seen.time <= high
            ):
                yield _row(seen)


def known_calls(ledger: Ledger) -> list[Seen]:
    """What was seen, and the journal's writes that were not: they were made before the history was kept here."""
    calls = list(ledger.events)
    known = {seen.line for seen in calls}
    told = [_from_journal(*pair) for pair in ledger.journal.history.calls if pair[0].number not in known]
    return calls + [seen for seen in told if not moves_data(seen.operation)]


def _from_journal(call: Any, outcome: Any) -> Seen:
    request = Request.from_json(call.data["request"])
    operation = identify(request.service, request.method, request.path, request.query, request.headers, request.body)
    digest = hashlib.sha256(f"{call.number} {call.time} {call.data['op']}".encode()).hexdigest()
    id = "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
    status = outcome.data.get("status", 200) if outcome else 200
    return Seen(id, call.time, operation, Caller(), request, status, b"", call.number)


def _row(seen: Seen) -> Row:
    from hardenlab.attempt.trail_event import resources, trail_event, user_name

    event = trail_event(seen)
    row = {
        "EventId": seen.id,
        "EventName": event["eventName"],
        "ReadOnly": str(event["readOnly"]).lower(),
        "AccessKeyId": seen.request.access_key,
        "EventTime": int(seen.time),
        "EventSource": event["eventSource"],
        "Resources": resources(event),
        "CloudTrailEvent": json.dumps(event),
    }
    name = user_name(event)
    return row | ({"Username": name} if name else {})


def _wanted(given: Row) -> Callable[[Row], bool]:
    """Whether an event has the attribute that is asked for: at most one."""
    asked = given.get("LookupAttributes") or []
    if len(asked) > 1:
        raise _Refused("InvalidLookupAttributesException", "Only one lookup attribute is allowed.")
    if not asked:
        return lambda row: True
    key, value = asked[0].get("AttributeKey"), asked[0].get("AttributeValue")
    if key not in ATTRIBUTES or not isinstance(value, str) or not 1 <= len(value) <= MAX_VALUE:
        raise _Refused("InvalidLookupAttributesException", f"{str(key)[:100]} is not an attribute with a value.")
    return lambda row: value in ATTRIBUTES[key](row)


def _moment(given: Row, name: str) -> float | None:
    value = given.get(name)
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        raise _Refused("InvalidTimeRangeException", f"{name} must be a number of seconds since 1970.") from None


def _offset(request: Request, given: Row) -> int:
    token = given.get("NextToken")
    if not token:
        return 0
    try:
        offset = int(base64.urlsafe_b64decode(str(token)).decode().partition(":")[0])
    except (binascii.Error, ValueError):
        offset = -1
    if offset < 0 or token != _token(request, given, offset):
        raise _Refused("InvalidNextTokenException", "The token is not one of an earlier page of the same lookup.")
    return offset


def _token(request: Request, given: Row, offset: int) -> str:
    asked = {name: value for name, value in given.items() if name not in ("NextToken", "MaxResults")}
    question = json.dumps([request.account, request.region, asked], sort_keys=True, default=str)
    digest = hashlib.sha256(question.encode()).hexdigest()[:16]
    return base64.urlsafe_b64encode(f"{offset}:{digest}".encode()).decode()
