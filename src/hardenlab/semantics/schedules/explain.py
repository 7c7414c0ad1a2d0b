"""What a schedule means in one sentence: when it fires next, and how often."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hardenlab.semantics.explanation import Explanation
from hardenlab.semantics.schedules.expression import Rate, Schedule

MAX_FIRINGS = 100


def explain(schedule: Schedule, after: datetime, count: int = 5, start: datetime | None = None) -> Explanation:
    """The next `count` firings after a moment; `start` is when a rate was enabled (without it: Unjudged for a rate)."""
    firings = schedule.firings(after, max(1, min(count, MAX_FIRINGS)), start)
    data = {
        "expression": schedule.text,
        "after": after.isoformat(),
        "firings": [moment.isoformat() for moment in firings],
        "firings_utc": [moment.astimezone(UTC).isoformat() for moment in firings],
    }
    if not firings:
        return Explanation(f"{schedule.text} never fires after {_told(after)}", data)
    return Explanation(f"{schedule.text} fires next on {_told(firings[0])}{_following(schedule, firings, count)}", data)


def _told(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S %Z" if moment.second else "%Y-%m-%d %H:%M %Z").strip()


def _following(schedule: Schedule, firings: Sequence[datetime], count: int) -> str:
    if isinstance(schedule, Rate):
        return f", and every {_length(schedule.period)} after that"
    if len(firings) > 1:
        return f", then on {_told(firings[1])}"
    return " and then never again" if count > 1 else ""


def _length(gap: timedelta) -> str:
    minutes = int(gap.total_seconds() // 60)
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes % size == 0:
            number = minutes // size
            return unit if number == 1 else f"{number} {unit}s"
    raise AssertionError("every number is a multiple of one minute")
