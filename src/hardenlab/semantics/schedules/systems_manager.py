"""What maintenance windows and State Manager associations take beside the cron and rate expressions of EventBridge.

AWS Systems Manager User Guide: "Reference: Cron and rate expressions for Systems Manager" (seconds, offsets, what
associations support, no rates under five minutes); API Reference: CreateMaintenanceWindow, CreateAssociation.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

from hardenlab.semantics.reading import Malformed
from hardenlab.semantics.schedules.fields import FieldOf
from hardenlab.semantics.unjudged import Unjudged

SECONDS = FieldOf("seconds", 0, 59)
FASTEST = 5  # minutes
MOST_OFFSET = 6  # days
DAY = 24 * 60  # minutes
ASSOCIATION_RATES = timedelta(minutes=30), timedelta(days=31)
ASSOCIATION_HOURS = (1, 2, 4, 8, 12)


def check_offset(offset: int, kind: str) -> None:
    """A schedule offset is 1 to 6 days, of a cron expression only; 0 stands for none."""
    if offset and kind != "cron":
        raise Malformed("schedule offset", f"belongs to cron expressions, not to {kind}")
    if not 0 <= offset <= MOST_OFFSET:
        raise Malformed("schedule offset", f"takes 1 to {MOST_OFFSET} days, not {offset}")


def check_association_rate(period: timedelta) -> None:
    """Associations run every 30 minutes at most, and after less than 31 days."""
    least, end = ASSOCIATION_RATES
    if not least <= period < end:
        raise Malformed("rate", "of an association is 30 minutes or more, and less than 31 days")


def split_second(parts: Sequence[str], association: bool) -> tuple[int, Sequence[str]]:
    """The second that a cron expression of seven fields names, and the six other fields."""
    if association and len(parts) == 5:
        raise Unjudged("AWS says that associations need five fields, and shows six in every example")
    if len(parts) != 7:
        return 0, parts
    values = SECONDS.values(parts[0])
    if len(values) > 1:
        raise Malformed("cron", f"fires more often than every {FASTEST} minutes")
    (second,) = values
    if association and second:
        raise Malformed("seconds", f"of an association are 0, not {second}")
    if not association and not second:
        raise Unjudged("AWS's documents disagree on whether the seconds of a maintenance window may be 0")
    return second, parts[1:]


def check_pace(minutes: Sequence[int], hours: Sequence[int], every_day: bool) -> None:
    """Malformed: two firings lie less than five minutes apart."""
    times = [60 * hour + minute for hour in hours for minute in minutes]
    if every_day:
        times.append(times[0] + DAY)
    if any(after - before < FASTEST for before, after in pairwise(times)):
        raise Malformed("cron", f"fires more often than every {FASTEST} minutes")


def check_association(fields: Sequence[str], minutes: Sequence[int], hours: Sequence[int]) -> None:
    """What State Manager says that it supports; Unjudged for what it does not name."""
    _, _, of_month, month, of_week, _ = fields
    if month != "*":
        raise Malformed("month", f"of an association is *, not '{month[:20]}'")
    once_a_day = len(minutes) == len(hours) == 1
    if "*" in (of_month, of_week):
        known = once_a_day or _is_every_half_hour(minutes, hours) or _is_every_few_hours(minutes, hours)
    else:
        weekday = re.fullmatch(r"[1-7]|[A-Z]{3}|([1-7]|[A-Z]{3})(L|#[1-5])", of_week)
        known = once_a_day and (weekday is not None or of_month == "L")
    if not known:
        raise Unjudged(
            "AWS documents for associations every 1/2, 1, 2, 4, 8 or 12 hours, and a time every day, on a day of the"
            " week, on its nth or last one, or on the last day of the month"
        )


def _is_every_half_hour(minutes: Sequence[int], hours: Sequence[int]) -> bool:
    return len(hours) == 24 and len(minutes) == 2 and minutes[1] - minutes[0] == 30


def _is_every_few_hours(minutes: Sequence[int], hours: Sequence[int]) -> bool:
    return len(minutes) == 1 and any(list(hours) == list(range(hours[0], 24, step)) for step in ASSOCIATION_HOURS)
