"""The six fields of a cron expression (EventBridge User Guide: "Setting a schedule pattern for scheduled rules").

Each field becomes the set of its values; a day field a function of the month, since `L`, `W` and `#` depend on it.
"""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from hardenlab.semantics.reading import Malformed
from hardenlab.semantics.unjudged import Unjudged

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
Days = Callable[[int, int], set[int]]  # (year, month) -> days of that month


@dataclass(frozen=True)
class FieldOf:
    """A field's name, its least and greatest value, and the names that stand for its values from the least on."""

    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()

    def values(self, text: str) -> frozenset[int]:
        """The values of lists, ranges, increments and `*`."""
        if text == "*":
            return frozenset(range(self.least, self.most + 1))
        return frozenset(value for part in text.split(",") for value in self._part(part))

    def number(self, text: str) -> int:
        """One value, by number or name."""
        if text in self.names:
            return self.names.index(text) + self.least
        if text.upper() in self.names:
            raise Unjudged(f"AWS does not document whether {text} may be written in small letters")
        if not re.fullmatch(r"[0-9]{1,4}", text):
            self.refuse(f"does not take '{text[:20]}'")
        if not self.least <= int(text) <= self.most:
            self.refuse(f"takes {self.least} to {self.most}, not {int(text)}")
        return int(text)

    def _part(self, part: str) -> range:
        start, slash, step = part.partition("/")
        if slash:
            return self._increments(start, step)
        low, dash, high = part.partition("-")
        if not dash:
            only = self.number(part)
            return range(only, only + 1)
        first, last = self.number(low), self.number(high)
        if first > last:
            raise Unjudged(f"AWS does not document what {part} means in {self.name}: the range runs backwards")
        return range(first, last + 1)

    def _increments(self, start: str, step: str) -> range:
        if self.names == WEEKDAYS:
            raise Unjudged("AWS does not document increments in day-of-week")
        if "-" in start:
            raise Unjudged(f"AWS does not document increments of a range, as in {self.name}")
        if not re.fullmatch(r"[0-9]{1,4}", step) or int(step) == 0:
            self.refuse(f"needs an increment of 1 or more after '/', not '{step[:20]}'")
        return range(self.least if start == "*" else self.number(start), self.most + 1, int(step))

    def refuse(self, what: str) -> NoReturn:
        raise Malformed(self.name, what)


MINUTES = FieldOf("minutes", 0, 59)
HOURS = FieldOf("hours", 0, 23)
DAY_OF_MONTH = FieldOf("day-of-month", 1, 31)
MONTH = FieldOf("month", 1, 12, MONTHS)
DAY_OF_WEEK = FieldOf("day-of-week", 1, 7, WEEKDAYS)
YEAR = FieldOf("year", 1970, 2199)


def days_of_month(text: str) -> Days:
    """The days that a day-of-month field names."""
    if text == "L":
        return lambda year, month: {last_day(year, month)}
    if re.fullmatch(r"L-.*|LW|.*,L|L,.*", text):
        raise Unjudged(f"AWS does not document '{text[:20]}' in day-of-month")
    near = re.fullmatch(r"([0-9]{1,2})W", text)
    if near:
        day = DAY_OF_MONTH.number(near[1])
        return lambda year, month: _nearest_weekday(year, month, day)
    values = DAY_OF_MONTH.values(text)
    return lambda year, month: {day for day in values if day <= last_day(year, month)}


def days_of_week(text: str) -> Days:
    """The days that a day-of-week field names; 1 is Sunday."""
    if text == "L":
        return lambda year, month: _on(year, month, {7})
    last = re.fullmatch(r"([1-7]|[A-Z]{3})L", text)
    if last:
        which = {DAY_OF_WEEK.number(last[1])}
        return lambda year, month: {max(_on(year, month, which))}
    nth = re.fullmatch(r"([^#,]+)#([^#,]+)", text)
    if nth:
        weekday = {DAY_OF_WEEK.number(nth[1])}
        if nth[2] not in ("1", "2", "3", "4", "5"):
            DAY_OF_WEEK.refuse(f"takes #1 to #5, not '#{nth[2][:20]}'")
        place = int(nth[2])
        return lambda year, month: set(sorted(_on(year, month, weekday))[place - 1 : place])
    values = DAY_OF_WEEK.values(text)
    return lambda year, month: _on(year, month, values)


def last_day(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _on(year: int, month: int, weekdays: frozenset[int] | set[int]) -> set[int]:
    first, length = calendar.monthrange(year, month)  # Monday is 0 there, Sunday is 1 here
    return {day for day in range(1, length + 1) if (first + day) % 7 + 1 in weekdays}


def _nearest_weekday(year: int, month: int, day: int) -> set[int]:
    """The weekday closest to a day, within the month."""
    length = last_day(year, month)
    if day > length:
        return set()
    weekday = calendar.weekday(year, month, day)
    if weekday == calendar.SATURDAY:
        return {day - 1 if day > 1 else day + 2}
    if weekday == calendar.SUNDAY:
        return {day + 1 if day < length else day - 2}
    return {day}
