"""What a statement may know while a request passes through a web ACL: the request, its labels, the rates so far."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from hardenlab.semantics.web_acl.request import WebRequest

MANAGED = "awswaf:managed:"
NEAR = 0.2
DETECTION = 300.0


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
