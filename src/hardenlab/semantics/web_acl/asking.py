"""What a statement may know while a request passes through a web ACL: the request, its labels, the rates so far."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from hardenlab.semantics.unjudged import Unjudged
from hardenlab.semantics.web_acl.request import WebRequest
from hardenlab.semantics.web_acl.transformations import Readings, transformed

MANAGED = "awswaf:managed:"
NEAR = 0.2
DETECTION = 300.0
MAX_WORK = 15_000_000
TRANSFORMING = 10
"""How much longer a transformation takes than a search for some bytes."""


@dataclass(slots=True)
class Asking:
    """One request on its way through the rules."""

    request: WebRequest
    limits: Mapping[str, int]
    rates: Rates
    labels: set[str] = field(default_factory=set)
    perhaps: set[str] = field(default_factory=set)
    """Labels of rules that could not be judged."""
    doubtful: bool = False
    """An earlier rule may have ended the evaluation."""
    opaque: bool = False
    """A managed rule group may have added labels of its own."""
    readings: dict[tuple[bytes, tuple[str, ...]], Readings] = field(default_factory=dict)
    left: int = MAX_WORK
    """How many bytes may still be searched for this request."""

    def spend(self, work: int) -> None:
        """Raise `Unjudged` where a request would take longer than a web ACL's capacity lets one take."""
        self.left -= work
        if self.left < 0:
            raise Unjudged("the rules before have transformed and searched too much of this request")

    def transformed(self, content: bytes, names: tuple[str, ...]) -> Readings:
        """`transformed`, once for each content."""
        if (content, names) not in self.readings:
            self.spend(TRANSFORMING * len(content) * len(names))
            self.readings[content, names] = transformed(content, names)
        return self.readings[content, names]


@dataclass(slots=True)
class Rate:
    """The requests of one aggregation instance."""

    certain: deque[float] = field(default_factory=deque)
    possible: deque[float] = field(default_factory=deque)
    peaks: deque[tuple[float, int]] = field(default_factory=deque)
    over_since: float | None = None


@dataclass(slots=True)
class Rates:
    """The rates of every rate-based rule, as the requests come in.

    AWS WAF Developer Guide, "Rate-based rule caveats": limits apply near the limit, not exactly at it, and it may take
    up to several minutes until too high a rate is detected.
    """

    instances: dict[tuple[str, object], Rate] = field(default_factory=dict)

    def exceeded(
        self, rule: str, key: object, time: float, *, limit: int, window: int, certain: bool
    ) -> tuple[bool | None, int]:
        """Count one request; whether AWS WAF limits its instance at this time, and the requests in the window.

        False while the count stays a fifth below the limit; true once it has been a fifth above for five minutes.
        """
        rate = self.instances.setdefault((rule, key), Rate())
        _count(rate.possible, time, window)
        if certain:
            _count(rate.certain, time, window)
        else:
            _forget(rate.certain, time - window)
        count = len(rate.possible)
        while rate.peaks and rate.peaks[-1][1] <= count:
            rate.peaks.pop()
        rate.peaks.append((time, count))
        while rate.peaks[0][0] <= time - DETECTION:
            rate.peaks.popleft()
        if len(rate.certain) - 1 > limit * (1 + NEAR):
            rate.over_since = time if rate.over_since is None else rate.over_since
        else:
            rate.over_since = None
        if rate.over_since is not None and time - rate.over_since >= DETECTION:
            return True, count
        return (False if rate.peaks[0][1] <= limit * (1 - NEAR) else None), count


def _count(times: deque[float], time: float, window: int) -> None:
    times.append(time)
    _forget(times, time - window)


def _forget(times: deque[float], until: float) -> None:
    while times and times[0] <= until:
        times.popleft()
