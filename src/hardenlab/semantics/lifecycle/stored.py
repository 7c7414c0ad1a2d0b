"""One version of an object, a delete marker or an incomplete upload, as S3 knows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from hardenlab.semantics.lifecycle.classes import AFTER, SMALL
from hardenlab.semantics.reading import Malformed, kind_of, listed, shown

Kind = Literal["object", "delete marker", "upload"]
MAX_KEY = 1024
MAX_SIZE = 50 * 1024**4
YEARS = (1970, 4000)
START = datetime(2026, 1, 1, tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stored:
    """A version of an object; without `noncurrent_since` it is the current one. `size` is in bytes;
    the default is the smallest that every transition takes.

    A retention (`locked_until`) or legal hold of Object Lock keeps the version from permanent deletion.
    """

    key: str
    size: int = SMALL
    tags: Mapping[str, str] = field(default_factory=dict)
    storage_class: str = "STANDARD"
    created: datetime = START
    noncurrent_since: datetime | None = None
    newer_noncurrent: int = 0
    """How many noncurrent versions of the object are newer than this one; delete markers do not count."""
    kind: Kind = "object"
    only_version: bool = True
    """Of a delete marker: no version of the object is left."""
    null_version: bool = False
    """Its version id is null: it was stored before versioning was enabled, or while it was suspended."""
    locked_until: datetime | None = None
    legal_hold: bool = False

    def __post_init__(self) -> None:
        """Refuse what S3 cannot hold, with the part that is wrong."""
        if not isinstance(self.key, str) or not 1 <= len(self.key.encode()) <= MAX_KEY:
            raise Malformed("the object's key", f"must be a text of 1 to {MAX_KEY} bytes")
        if isinstance(self.size, bool) or not isinstance(self.size, int) or not 0 <= self.size <= MAX_SIZE:
            raise Malformed("the object's size", f"must be a whole number of bytes up to {MAX_SIZE}")
        if self.storage_class not in AFTER:
            raise Malformed("the object's storage class", f"must be {listed(list(AFTER), 'or')}")
        newer = self.newer_noncurrent
        if isinstance(newer, bool) or not isinstance(newer, int) or newer < 0:
            raise Malformed("the object's newer versions", f"must be a whole number, not {shown(newer)}")
        if not isinstance(self.tags, Mapping):
            raise Malformed("the object's tags", f"must be an object, not {kind_of(self.tags)}")
        if self.kind not in get_args(Kind):
            raise Malformed("the object's kind", f"must be {listed(get_args(Kind), 'or')}, not {shown(self.kind)}")
        for name in ("created", "noncurrent_since", "locked_until"):
            value = getattr(self, name)
            if value is None and name != "created":
                continue
            if not isinstance(value, datetime) or value.tzinfo is None:
                raise Malformed(f"the object's {name}", f"must be a datetime with a time zone, not {kind_of(value)}")
            if not YEARS[0] <= value.year <= YEARS[1]:
                raise Malformed(f"the object's {name}", f"must lie in the years {YEARS[0]} to {YEARS[1]}")

    @property
    def counted_from(self) -> datetime:
        """When it became what it is: S3 counts days from here."""
        return self.noncurrent_since or self.created

    def __str__(self) -> str:
        return shown(self.key) if self.kind == "object" else f"the {self.kind} of {shown(self.key)}"


def midnight(moment: datetime, days: int) -> datetime:
    """The moment some days later, rounded to the next day's midnight UTC.

    Amazon S3 User Guide, "Lifecycle rules: Based on an object's age": created on 15 January at 10:30, three days are
    over on 19 January at 0:00. What lies beyond the calendar never comes.
    """
    try:
        later = moment.astimezone(UTC) + timedelta(days=days + 1)
    except OverflowError:
        return NEVER
    return later.replace(hour=0, minute=0, second=0, microsecond=0)
