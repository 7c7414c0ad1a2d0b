"""Schedules of EventBridge and AWS Systems Manager: what an expression means, and when it fires.

>>> read_schedule("cron(15 10 ? * 6L 2026-2027)").next_after(datetime(2026, 11, 1, tzinfo=UTC))
datetime.datetime(2026, 11, 27, 10, 15, tzinfo=datetime.timezone.utc)
"""

from hardenlab.semantics.reading import Malformed
from hardenlab.semantics.schedules.explain import explain
from hardenlab.semantics.schedules.expression import Dialect, Once, Rate, Recurring, Schedule, read_schedule
from hardenlab.semantics.unjudged import Unjudged

__all__ = ["Dialect", "Malformed", "Once", "Rate", "Recurring", "Schedule", "Unjudged", "explain", "read_schedule"]
