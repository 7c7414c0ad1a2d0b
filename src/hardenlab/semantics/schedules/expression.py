"""Schedule expressions: `rate(...)`, `cron(...)` and `at(...)`, and their firing times.

EventBridge User Guide: "Setting a schedule pattern for scheduled rules"; EventBridge Scheduler User Guide: "Schedule
types in EventBridge Scheduler" (time zones, daylight saving time, one-time schedules).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hardenlab.semantics.reading import Malformed
from hardenlab.semantics.schedules.fields import (
    HOURS,
    MINUTES,
    MONTH,
    YEAR,
    Days,
    days_of_month,
    days_of_week,
)
from hardenlab.semantics.schedules.systems_manager import (
    check_association,
    check_association_rate,
    check_offset,
    check_pace,
    split_second,
)
from hardenlab.semantics.unjudged import Unjudged

Dialect = Literal["events", "scheduler", "maintenance-window", "association"]
SYSTEMS_MANAGER = ("maintenance-window", "association")
MAX_CHARACTERS = 256
MAX_RATE = 10**6
UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
EXAMPLE = "rate(1 day) or cron(0 2 * * ? *)"


@dataclass(frozen=True)
class Rate:
    """Fires every `period`, counted from when it was made or enabled."""

    text: str
    period: timedelta

    def next_after(self, moment: datetime, start: datetime | None = None) -> datetime | None:
        """The first firing after a moment. Unjudged without `start`: nobody but AWS knows when the count began."""
        if start is None:
            raise Unjudged(f"{self.text} counts from when it was enabled, and that time is not known")
        _aware(moment)
        _aware(start)
        passed = max((moment - start) // self.period, 0)
        return start + (passed + 1) * self.period

    def firings(self, after: datetime, count: int, start: datetime | None = None) -> list[datetime]:
        return _firings(self, after, count, start)


@dataclass(frozen=True)
class Once:
    """Fires once, at `when`."""

    text: str
    when: datetime

    def next_after(self, moment: datetime, start: datetime | None = None) -> datetime | None:
        """The firing, if it lies after the moment."""
        _aware(moment)
        return self.when if self.when > moment else None

    def firings(self, after: datetime, count: int, start: datetime | None = None) -> list[datetime]:
        return _firings(self, after, count, start)


@dataclass(frozen=True)
class Recurring:
    """Fires at the minutes that a cron expression names, in its zone: at `second`, and `offset` days later."""

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: Days = field(compare=False)
    months: frozenset[int]
    years: frozenset[int]
    zone: tzinfo
    second: int = 0
    offset: int = 0

    def next_after(self, moment: datetime, start: datetime | None = None) -> datetime | None:
        """The first firing after a moment; None when there is none before the year 2200.

        With an offset, a day that was past at `start` is not waited for: the next period is the first.
        """
        return next(self._after(moment, start), None)

    def firings(self, after: datetime, count: int, start: datetime | None = None) -> list[datetime]:
        """The next `count` firings, or fewer when the years end."""
        return list(islice(self._after(after, start), count))

    def _after(self, moment: datetime, start: datetime | None) -> Iterator[datetime]:
        _aware(moment)
        if not self.offset:
            yield from self._named_after(moment)
            return
        first = moment - timedelta(days=self.offset + 1)  # a day more, for the clocks that change between
        for named in self._named_after(first if start is None else max(first, start)):
            fires = named + timedelta(days=self.offset)
            if fires.astimezone(UTC) > moment and self._exists(fires):
                yield fires

    def _named_after(self, moment: datetime) -> Iterator[datetime]:
        """The moments after this one that the expression itself names."""
        local = moment.astimezone(self.zone)
        for year in sorted(year for year in self.years if year >= local.year):
            for month in sorted(self.months):
                if (year, month) >= (local.year, local.month):
                    yield from self._in_month(year, month, moment)

    def _in_month(self, year: int, month: int, moment: datetime) -> Iterator[datetime]:
        today = moment.astimezone(self.zone).date()
        for day in sorted(self.days(year, month)):
            if (year, month, day) < (today.year, today.month, today.day):
                continue
            for hour in self.hours:
                for minute in self.minutes:
                    fires = datetime(year, month, day, hour, minute, self.second, tzinfo=self.zone)
                    if fires.astimezone(UTC) > moment and self._exists(fires):
                        yield fires

    def _exists(self, fires: datetime) -> bool:
        """A time that the clocks skip in spring is skipped; one that they show twice in autumn fires the first time."""
        return fires.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) == fires.replace(tzinfo=None)


Schedule = Rate | Once | Recurring


def read_schedule(text: str, dialect: Dialect = "events", zone: str = "UTC", offset: int = 0) -> Schedule:
    """The schedule of an expression. Malformed: AWS would refuse it. Unjudged: its documentation does not say.

    `zone` is an IANA name, for EventBridge Scheduler and maintenance windows; rules of EventBridge and associations run
    in UTC. `offset` is the schedule offset of Systems Manager: the days (1 to 6) to wait after what cron names.
    """
    if len(text) > MAX_CHARACTERS:
        raise Malformed("schedule expression", f"has {len(text)} characters; it takes {MAX_CHARACTERS}")
    found = re.fullmatch(r"(rate|cron|at)\(([^()]*)\)", text, re.ASCII)
    if not found or (found[1] == "at" and dialect == "events"):
        raise Malformed("schedule expression", f"'{text[:60]}' is not of the form {EXAMPLE}")
    clock = _zone(zone, dialect)
    kind, inner = found[1], found[2]
    _check_offset(offset, kind, dialect)
    if kind == "at":
        if dialect == "maintenance-window" and zone != "UTC":
            raise Unjudged("AWS does not document whether at(...) of a maintenance window follows its time zone")
        return Once(text, _at(inner, clock))
    if inner != " ".join(inner.split()):
        raise Unjudged("AWS does not document spaces other than one between two fields")
    if kind == "cron":
        return _recurring(text, inner.split(" "), clock, dialect, offset)
    rate = Rate(text, _period(inner))
    if dialect == "association":
        check_association_rate(rate.period)
    return rate


def _check_offset(offset: int, kind: str, dialect: Dialect) -> None:
    if offset and dialect not in SYSTEMS_MANAGER:
        raise Malformed("schedule offset", "belongs to maintenance windows and associations of Systems Manager")
    check_offset(offset, kind)


def _period(inner: str) -> timedelta:
    found = re.fullmatch(r"([0-9]{1,9}) (minute|hour|day)(s?)", inner)
    if not found:
        raise Malformed(
            "rate", f"'{inner[:40]}' is not a whole number and minutes, hours or days, as in rate(5 minutes)"
        )
    count = int(found[1])
    if count < 1:
        raise Malformed("rate", "must be at least 1")
    if count > MAX_RATE:
        raise Unjudged(f"AWS does not document a rate of {count} {found[2]}s")
    if (count == 1) == bool(found[3]):
        unit = found[2] if count == 1 else f"{found[2]}s"
        raise Malformed("rate", f"of {count} is written rate({count} {unit})")
    return count * UNITS[found[2]]


def _recurring(text: str, written: list[str], clock: tzinfo, dialect: Dialect, offset: int) -> Recurring:
    second, parts = split_second(written, dialect == "association") if dialect in SYSTEMS_MANAGER else (0, written)
    if len(parts) != 6:
        raise Malformed("cron", f"has {len(parts)} fields; it takes minutes hours day-of-month month day-of-week year")
    minute, hour, of_month, month, of_week, year = parts
    if (of_month == "?") == (of_week == "?"):
        raise Malformed("cron", "needs ? in day-of-month or in day-of-week, and not in both")
    minutes, hours = tuple(sorted(MINUTES.values(minute))), tuple(sorted(HOURS.values(hour)))
    if dialect in SYSTEMS_MANAGER:
        check_pace(minutes, hours, every_day="*" in (of_month, of_week))
    if dialect == "association":
        check_association(parts, minutes, hours)
    return Recurring(
        text,
        minutes,
        hours,
        days_of_week(of_week) if of_month == "?" else days_of_month(of_month),
        MONTH.values(month),
        YEAR.values(year),
        clock,
        second,
        offset,
    )


def _at(inner: str, clock: tzinfo) -> datetime:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}", inner):
        raise Malformed("at", f"'{inner[:40]}' is not of the form yyyy-mm-ddThh:mm:ss")
    try:
        return datetime.fromisoformat(inner).replace(tzinfo=clock)
    except ValueError as error:
        raise Malformed("at", f"'{inner}' is no date: {error}") from error


def _zone(name: str, dialect: Dialect) -> tzinfo:
    if name == "UTC":
        return UTC
    if dialect in ("events", "association"):
        raise Malformed(
            "time zone", "belongs to EventBridge Scheduler and maintenance windows; rules and associations run in UTC"
        )
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Malformed("time zone", f"'{name[:60]}' is not in the IANA time zone database") from error


def _firings(schedule: Rate | Once, after: datetime, count: int, start: datetime | None) -> list[datetime]:
    found: list[datetime] = []
    while len(found) < count:
        following = schedule.next_after(found[-1] if found else after, start)
        if following is None:
            break
        found.append(following)
    return found


def _aware(moment: datetime) -> None:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
