"""The rules of an EventBridge bus, asked about events and moments: `account.event_rules(bus)`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hardenlab.semantics.event_patterns import EventPattern
from hardenlab.semantics.reading import Malformed
from hardenlab.semantics.schedules import Schedule, read_schedule
from hardenlab.semantics.unjudged import Unjudged


@dataclass(frozen=True)
class EventRule:
    """A rule of a bus, and the ARNs of its targets."""

    name: str
    enabled: bool
    pattern: str | None
    schedule_expression: str | None
    targets: tuple[str, ...]

    def matches(self, event: Mapping[str, Any]) -> bool:
        """Whether the rule sends the event to its targets: it is enabled and its pattern matches.

        Unjudged where the pattern cannot be read or AWS does not document it.
        """
        return self.enabled and self.pattern is not None and self._read.matches(event)

    @property
    def schedule(self) -> Schedule | None:
        """When it fires, if it has a schedule; Unjudged where that cannot be read."""
        if self.schedule_expression is None:
            return None
        try:
            return read_schedule(self.schedule_expression)
        except Malformed as error:
            raise Unjudged(f"the schedule of {self.name} cannot be read: {error}") from error

    @cached_property
    def _read(self) -> EventPattern:
        try:
            return EventPattern.read(self.pattern or "")
        except Malformed as error:
            raise Unjudged(f"the pattern of {self.name} cannot be read: {error}") from error


def read_event_rules(events: Any, bus: str = "default") -> list[EventRule]:
    """Every rule of the bus with its targets."""
    found = [rule for page in _pages(events, "list_rules", EventBusName=bus) for rule in page["Rules"]]
    return [
        EventRule(
            rule["Name"],
            rule.get("State") != "DISABLED",
            rule.get("EventPattern") or None,
            rule.get("ScheduleExpression") or None,
            tuple(
                target["Arn"]
                for page in _pages(events, "list_targets_by_rule", Rule=rule["Name"], EventBusName=bus)
                for target in page["Targets"]
            ),
        )
        for rule in found
    ]


def _pages(client: Any, call: str, **arguments: Any) -> Any:
    return client.get_paginator(call).paginate(**arguments)
