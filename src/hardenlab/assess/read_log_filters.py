"""Metric filters of CloudWatch Logs, asked about events: `account.log_filters(group)`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hardenlab.semantics.log_patterns import FilterPattern, Malformed
from hardenlab.semantics.unjudged import Unjudged


@dataclass(frozen=True)
class LogFilter:
    """A metric filter of a log group, and the metrics (namespace, name) that it raises with each event."""

    name: str
    text: str
    metrics: tuple[tuple[str, str], ...]

    @cached_property
    def _pattern(self) -> FilterPattern:
        try:
            return FilterPattern.read(self.text)
        except Malformed as error:
            raise Unjudged(f"the pattern of {self.name} cannot be read: {error}") from error

    def matches(self, event: Mapping[str, Any]) -> bool:
        """Whether it counts the event; Unjudged where the pattern cannot be read or AWS does not document it."""
        return self._pattern.matches(event)


def read_log_filters(logs: Any, group: str) -> list[LogFilter]:
    """The metric filters of a log group. Of two with one name the later counts: PutMetricFilter updates."""
    pages = logs.get_paginator("describe_metric_filters").paginate()
    listed = [item for page in pages for item in page["metricFilters"] if item.get("logGroupName") == group]
    found = {item["filterName"]: item for item in listed}
    return [
        LogFilter(
            item["filterName"],
            item.get("filterPattern", ""),
            tuple((m["metricNamespace"], m["metricName"]) for m in item["metricTransformations"] if _raises(m)),
        )
        for item in found.values()
    ]


def _raises(transformation: Mapping[str, Any]) -> bool:
    """Whether an event adds to the metric: a value of 0 does not, and a field's value is not known beforehand."""
    try:
        return float(transformation["metricValue"]) > 0
    except ValueError:
        return False
