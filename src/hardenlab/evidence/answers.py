"""Answer keys, computed from the labelled records: what a question's answer is, and whether a given one is right."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, Literal

from hardenlab.evidence.labels import Event

Kind = Literal["text", "texts", "order", "number", "time"]
Value = str | int | tuple[str, ...]

REFUSALS = frozenset({"AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation"})
MAX_NUMBER = 40
MAX_GIVEN = 10_000


@dataclass(frozen=True, slots=True)
class Traces:
    """What one story left behind: its labelled records alone, each log in the order of time."""

    events: Sequence[Event]
    flows: Sequence[Mapping[str, str]]
    """Flow log lines, by field."""
    queries: Sequence[Mapping[str, Any]]
    is_inside: Callable[[str], bool]
    """Whether an address is one of the account's own."""

    def requests(self) -> list[Mapping[str, str]]:
        """Lines of what was asked, not of what was answered: the side that began has the higher port."""
        return [line for line in self.flows if int(line["srcport"]) > int(line["dstport"])]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question, of a kind: a set of texts has no order, a time is in UTC."""

    question: str
    kind: Kind
    value: Value

    def accepts(self, given: object, *, within: float = 0.0) -> bool:
        """Whether a learner's answer says the same: small letters, spaces and forms of a time or list do not matter.

        `within` is how far a number may be off, as a share of it (0.05: five in a hundred).
        """
        if self.kind == "number":
            number = _number(given)
            return number is not None and abs(number - int(str(self.value))) <= within * abs(int(str(self.value)))
        if self.kind == "time":
            return _time(given) == _time(self.value)
        if self.kind == "text":
            return isinstance(given, str) and _plain(given) == _plain(str(self.value))
        texts = [_plain(text) for text in _texts(given)]
        right = [_plain(text) for text in _texts(self.value)]
        return texts == right if self.kind == "order" else sorted(set(texts)) == sorted(set(right))


@dataclass(frozen=True, slots=True)
class Question:
    """A question that traces may answer; `ask` gives None when they do not."""

    text: str
    kind: Kind
    ask: Callable[[Traces], Value | None]


class Unanswerable(LookupError):
    """There is no such question, or the story left nothing that answers it."""


def answers(traces: Traces) -> dict[str, Answer]:
    """Every question that the traces answer, by name."""
    found = {name: (question, question.ask(traces)) for name, question in QUESTIONS.items()}
    return {name: Answer(q.text, q.kind, value) for name, (q, value) in found.items() if value not in (None, ())}


def answer(traces: Traces, name: str) -> Answer:
    """The answer to one question; Unanswerable names the questions that there are."""
    found = answers(traces)
    if name not in found:
        raise Unanswerable(f"nothing here answers {name!r}; there are {', '.join(sorted(found))}")
    return found[name]


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value), None)


def _unique(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _sorted(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted(_unique(values)))


def _count(values: Iterable[object]) -> int | None:
    return sum(1 for _ in values) or None


def _named(traces: Traces, *names: str, failed: bool = False) -> list[Event]:
    return [event for event in traces.events if event["eventName"] in names and bool(event.get("errorCode")) == failed]


def _sign_ins(traces: Traces, outcome: str) -> list[Event]:
    return [event for event in traces.events if event["responseElements"] == {"ConsoleLogin": outcome}]


def _worked(event: Event) -> bool:
    return "errorCode" not in event and event["responseElements"] != {"ConsoleLogin": "Failure"}


def _actor(traces: Traces) -> str | None:
    return _first(event["userIdentity"].get("arn") for event in traces.events if _worked(event))


def _bytes_taken(traces: Traces) -> int | None:
    return sum(event["additionalEventData"]["bytesTransferredOut"] for event in _named(traces, "GetObject")) or None


def _started(traces: Traces) -> tuple[str, ...]:
    groups = (event["responseElements"]["instancesSet"]["items"] for event in _named(traces, "RunInstances"))
    return tuple(item["instanceId"] for items in groups for item in items)


def _bytes_out(traces: Traces) -> int | None:
    return sum(int(line["bytes"]) for line in traces.flows if traces.is_inside(line["srcaddr"])) or None


def _far(traces: Traces) -> tuple[str, ...]:
    ends = (line[end] for line in traces.flows for end in ("srcaddr", "dstaddr"))
    return _sorted(end for end in ends if not traces.is_inside(end))


def _near(traces: Traces) -> tuple[str, ...]:
    ends = (line[end] for line in traces.flows for end in ("srcaddr", "dstaddr"))
    return _sorted(end for end in ends if traces.is_inside(end))


def _ports(traces: Traces, *actions: str) -> set[str]:
    lines = (line for line in traces.requests() if line["action"] in actions and not traces.is_inside(line["srcaddr"]))
    return {line["dstport"] for line in lines}


def _domain(traces: Traces) -> str | None:
    """The labels at the end that all names share."""
    names = [record["query_name"].removesuffix(".").split(".")[::-1] for record in traces.queries]
    shared = []
    for labels in zip(*names, strict=False):
        if len(set(labels)) > 1:
            break
        shared.append(labels[0])
    return ".".join(shared[::-1]) or None


def _of(traces: Traces, *path: str) -> Iterable[str | None]:
    for event in traces.events:
        value: Any = event
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        yield value


QUESTIONS: dict[str, Question] = {
    "actor": Question("The ARN of the identity that was misused", "text", _actor),
    "first_address": Question(
        "The address of the first hostile call", "text", lambda t: _first(_of(t, "sourceIPAddress"))
    ),
    "addresses": Question(
        "All addresses that hostile calls came from", "texts", lambda t: _sorted(_of(t, "sourceIPAddress"))
    ),
    "first_event_time": Question("The time of the first hostile event", "time", lambda t: _first(_of(t, "eventTime"))),
    "last_event_time": Question(
        "The time of the last hostile event", "time", lambda t: max((e["eventTime"] for e in t.events), default=None)
    ),
    "first_event_id": Question("The id of the first hostile event", "text", lambda t: _first(_of(t, "eventID"))),
    "calls": Question("How many hostile events there are", "number", lambda t: _count(t.events)),
    "event_names": Question(
        "What was called, in the order of first use", "order", lambda t: _unique(_of(t, "eventName"))
    ),
    "stolen_key": Question(
        "The access key that was misused first", "text", lambda t: _first(_of(t, "userIdentity", "accessKeyId"))
    ),
    "created_keys": Question(
        "Access keys that were made",
        "texts",
        lambda t: _sorted(e["responseElements"]["accessKey"]["accessKeyId"] for e in _named(t, "CreateAccessKey")),
    ),
    "denied_calls": Question(
        "How many hostile calls were denied",
        "number",
        lambda t: _count(e for e in t.events if e.get("errorCode") in REFUSALS),
    ),
    "failed_logins": Question("How many sign-ins failed", "number", lambda t: _count(_sign_ins(t, "Failure"))),
    "signed_in_at": Question(
        "When the sign-in succeeded", "time", lambda t: _first(e["eventTime"] for e in _sign_ins(t, "Success"))
    ),
    "buckets": Question(
        "Buckets that were touched", "texts", lambda t: _sorted(_of(t, "requestParameters", "bucketName"))
    ),
    "objects_taken": Question("How many objects were read", "number", lambda t: _count(_named(t, "GetObject"))),
    "objects_deleted": Question("How many objects were deleted", "number", lambda t: _count(_named(t, "DeleteObject"))),
    "bytes_taken": Question("How many bytes were read from buckets", "number", _bytes_taken),
    "instances_started": Question("Instances that were started", "texts", lambda t: tuple(sorted(_started(t)))),
    "regions": Question(
        "Regions in which instances were started",
        "texts",
        lambda t: _sorted(e["awsRegion"] for e in _named(t, "RunInstances")),
    ),
    "trails_stopped": Question(
        "Trails that were stopped",
        "texts",
        lambda t: _sorted(e["requestParameters"]["name"] for e in _named(t, "StopLogging")),
    ),
    "outside_addresses": Question("Addresses outside that took part", "texts", _far),
    "inside_addresses": Question("Addresses inside that took part", "texts", _near),
    "interfaces": Question(
        "Network interfaces that took part", "texts", lambda t: _sorted(f["interface-id"] for f in t.flows)
    ),
    "ports_tried": Question(
        "How many different ports were tried", "number", lambda t: len(_ports(t, "ACCEPT", "REJECT")) or None
    ),
    "ports_open": Question("Ports that let the scan in", "texts", lambda t: tuple(sorted(_ports(t, "ACCEPT")))),
    "rejected_lines": Question(
        "How many flow log lines are rejections",
        "number",
        lambda t: _count(f for f in t.flows if f["action"] == "REJECT"),
    ),
    "bytes_out": Question("How many bytes left for outside", "number", _bytes_out),
    "domain": Question("The domain under which all names stand", "text", _domain),
    "queries": Question("How many queries there were", "number", lambda t: _count(t.queries)),
    "querying_instances": Question(
        "Instances that asked", "texts", lambda t: _sorted(r["srcids"]["instance"] for r in t.queries)
    ),
    "blocked_queries": Question(
        "How many queries the DNS Firewall blocked",
        "number",
        lambda t: _count(r for r in t.queries if r.get("firewall_rule_action") == "BLOCK"),
    ),
}


def _plain(text: str) -> str:
    text = text.strip().strip("'\"").lower()
    try:
        return str(ip_address(text))
    except ValueError:
        return text


def _texts(given: object) -> list[str]:
    if isinstance(given, str):
        return [part for part in re.split(r"[\s,;]+", given[:MAX_GIVEN].strip("[](){} \n")) if part]
    if isinstance(given, Iterable):
        found = [str(item) for _, item in zip(range(MAX_GIVEN), given, strict=False)]
        return sorted(found) if isinstance(given, (set, frozenset)) else found
    return []


def _number(given: object) -> float | None:
    if isinstance(given, bool):
        return None
    if isinstance(given, (int, float)):
        return float(given)
    if isinstance(given, str) and len(given) <= MAX_NUMBER:
        plain = given.replace(",", "").replace("_", "")
        return float(plain) if re.fullmatch(r"\s*\d{1,18}(\.\d{1,9})?\s*", plain) else None
    return None


def _time(given: object) -> datetime | None:
    if isinstance(given, str):
        try:
            given = datetime.fromisoformat(given.strip()[:40])
        except ValueError:
            return None
    if not isinstance(given, datetime):
        return None
    return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
