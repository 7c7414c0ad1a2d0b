"""A lifecycle configuration, read from the document of the S3 API, with what PutBucketLifecycleConfiguration refuses.

Amazon S3 API Reference, PutBucketLifecycleConfiguration and LifecycleRule; Amazon S3 User Guide, "Lifecycle
configuration elements" and "Transitioning objects using Amazon S3 Lifecycle" (constraints).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Literal

from hardenlab.semantics.lifecycle.classes import AFTER, ARCHIVES, FIRST_DAYS, INFREQUENT, TARGETS
from hardenlab.semantics.lifecycle.stored import MAX_KEY, MAX_SIZE, Stored
from hardenlab.semantics.reading import Document, Field, Malformed, kind_of, listed, shown
from hardenlab.semantics.unjudged import Unjudged

Versioning = Literal["Unversioned", "Enabled", "Suspended"]
MAX_RULES = 1000
MAX_DAYS = 2**31 - 1
MAX_RETAINED = 100
MAX_TAGS = 10
FILTERS = ("Prefix", "Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan", "And")
ACTIONS = (
    "Expiration", "Transitions", "NoncurrentVersionTransitions", "NoncurrentVersionExpiration",
    "AbortIncompleteMultipartUpload",
)  # fmt: skip
MINIMA = ("all_storage_classes_128K", "varies_by_storage_class")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which objects a rule is about: all conditions must hold."""

    prefix: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    larger_than: int | None = None
    smaller_than: int | None = None

    @property
    def by_size(self) -> bool:
        return self.larger_than is not None or self.smaller_than is not None

    def takes(self, stored: Stored) -> bool:
        """Whether it takes an object."""
        if self.larger_than is not None and stored.size <= self.larger_than:
            return False
        if self.smaller_than is not None and stored.size >= self.smaller_than:
            return False
        return stored.key.startswith(self.prefix) and all(stored.tags.get(key) == value for key, value in self.tags)


@dataclass(frozen=True, slots=True)
class Due:
    """When an action is due: days after an object began, or a date."""

    days: int | None = None
    date: datetime | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """To which class, when, and how many newer noncurrent versions are left where they are."""

    target: str
    due: Due
    retained: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """An enabled rule and its actions."""

    id: str
    filter: Filter
    expiration: Due | None
    expires_markers: bool
    transitions: tuple[Transition, ...]
    noncurrent_transitions: tuple[Transition, ...]
    noncurrent_expiration: Transition | None
    """Its target is empty."""
    abort_days: int | None

    def __str__(self) -> str:
        return f'rule "{self.id}"'


def read_rules(document: Document) -> tuple[tuple[Rule, ...], bool]:
    """The enabled rules, and whether small objects go to archives; raises `Malformed` for what S3 would refuse."""
    root = Field.of(document, "the lifecycle configuration")
    root.object({"Rules", "TransitionDefaultMinimumObjectSize", "ResponseMetadata"})
    minimum = root.get("TransitionDefaultMinimumObjectSize")
    varies = minimum is not None and minimum.choice(*MINIMA) == MINIMA[1]
    rules: list[Rule] = []
    ids: set[str] = set()
    for number, item in enumerate(root.each("Rules", 1, MAX_RULES), start=1):
        rule, enabled = _rule(item, f"{number}")
        if rule.id in ids:
            item["ID"].refuse(f"{shown(rule.id)} is used twice; give each rule its own")
        ids.add(rule.id)
        if enabled:
            rules.append(rule)
    return tuple(rules), varies


def _rule(item: Field, number: str) -> tuple[Rule, bool]:
    item.object({"ID", "Status", "Prefix", "Filter", *ACTIONS})
    if (item.get("Prefix") is None) == (item.get("Filter") is None):
        item.refuse("needs either Filter or Prefix, one of the two; an empty Filter takes all objects")
    if not any(item.get(action) is not None for action in ACTIONS):
        item.refuse(f"has no action; give it one of {listed(ACTIONS, 'or')}")
    name = item.get("ID")
    objects = _filter(item)
    transitions = tuple(_transitions(item, "Transitions"))
    noncurrent = tuple(_transitions(item, "NoncurrentVersionTransitions"))
    expiration, markers = _expiration(item, objects)
    removal = _noncurrent_expiration(item)
    _check_order(item, transitions, expiration, "Expiration")
    _check_order(item, noncurrent, removal.due if removal else None, "NoncurrentVersionExpiration")
    _check_dates(item, transitions, expiration)
    rule = Rule(
        name.text(1, 255) if name else number,
        objects,
        expiration,
        markers,
        transitions,
        noncurrent,
        removal,
        _abort_days(item, objects),
    )
    return rule, item["Status"].choice("Enabled", "Disabled") == "Enabled"


def _filter(item: Field) -> Filter:
    legacy, field = item.get("Prefix"), item.get("Filter")
    if legacy is not None:
        return Filter(legacy.text(0, MAX_KEY))
    assert field is not None
    names = [name for name in field.object(FILTERS) if field.object()[name] is not None]
    if len(names) > 1:
        field.refuse(f"has {listed(names)}; put several conditions in And")
    if names != ["And"]:
        tag = field.get("Tag")
        return Filter(_prefix(field), (_tag(tag),) if tag else (), *_sizes(field))
    inner = field["And"]
    inner.object({"Prefix", "Tags", "ObjectSizeGreaterThan", "ObjectSizeLessThan"})
    tags = tuple(_tag(tag) for tag in inner.each("Tags", 0, MAX_TAGS))
    if len({key for key, _ in tags}) != len(tags):
        inner["Tags"].refuse("names a tag's key twice; each key must be unique")
    sizes = _sizes(inner)
    if len(tags) + (inner.get("Prefix") is not None) + sum(size is not None for size in sizes) < 2:
        inner.refuse("needs at least two conditions; write one alone without And")
    if None not in sizes and sizes[0] >= sizes[1]:  # type: ignore[operator]
        inner.refuse("needs an ObjectSizeGreaterThan that is less than ObjectSizeLessThan")
    return Filter(_prefix(inner), tags, *sizes)


def _prefix(field: Field) -> str:
    prefix = field.get("Prefix")
    return prefix.text(0, MAX_KEY) if prefix else ""


def _tag(field: Field) -> tuple[str, str]:
    field.object({"Key", "Value"})
    return field["Key"].text(1, 128), field["Value"].text(0, 256)


def _sizes(field: Field) -> tuple[int | None, int | None]:
    larger, smaller = field.get("ObjectSizeGreaterThan"), field.get("ObjectSizeLessThan")
    return larger.integer(0, MAX_SIZE) if larger else None, smaller.integer(1, MAX_SIZE) if smaller else None


def _transitions(item: Field, name: str) -> Iterator[Transition]:
    taken: set[str] = set()
    for field in item.each(name, 0, len(TARGETS)):
        noncurrent = name != "Transitions"
        field.object(
            {"StorageClass", "NoncurrentDays", "NewerNoncurrentVersions"}
            if noncurrent
            else {"StorageClass", "Days", "Date"}
        )
        target = field["StorageClass"].choice(*TARGETS)
        if target in taken:
            field["StorageClass"].refuse(f"is {target} twice in one rule; name each class once")
        taken.add(target)
        due = Due(field["NoncurrentDays"].integer(0, MAX_DAYS)) if noncurrent else _due(field, 0)
        if target in INFREQUENT and due.days is not None and due.days < FIRST_DAYS:
            field.refuse(f"goes to {target} after {due.days} days; S3 takes {FIRST_DAYS} or more for this class")
        yield Transition(target, due, _retained(item, field))


def _retained(item: Field, field: Field) -> int:
    newer = field.get("NewerNoncurrentVersions")
    if newer is None:
        return 0
    if item.get("Filter") is None:
        newer.refuse("needs a Filter in the rule; an empty one takes all objects")
    return newer.integer(1, MAX_RETAINED)


def _due(field: Field, least: int) -> Due:
    days, day = field.get("Days"), field.get("Date")
    if (days is None) == (day is None):
        field.refuse("needs either Days or Date, one of the two")
    if days is not None:
        return Due(days.integer(least, MAX_DAYS))
    assert day is not None
    return Due(date=_date(day))


def _date(field: Field) -> datetime:
    value = field.value
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            field.refuse(f"{shown(value)} is no date; write one such as 2027-01-01T00:00:00Z")
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime):
        field.refuse(f"must be a date, not {kind_of(value)}")
    moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if (moment.hour, moment.minute, moment.second, moment.microsecond) != (0, 0, 0, 0):
        field.refuse("must be at midnight UTC")
    return moment


def _expiration(item: Field, objects: Filter) -> tuple[Due | None, bool]:
    field = item.get("Expiration")
    if field is None:
        return None, False
    field.object({"Days", "Date", "ExpiredObjectDeleteMarker"})
    marker = field.get("ExpiredObjectDeleteMarker")
    if marker is None:
        return _due(field, 1), False
    if field.get("Days") is not None or field.get("Date") is not None:
        field.refuse("has ExpiredObjectDeleteMarker beside Days or Date; write two rules")
    if objects.tags:
        field.refuse("has ExpiredObjectDeleteMarker in a rule that filters by tags; take the tags out")
    return None, marker.flag()


def _noncurrent_expiration(item: Field) -> Transition | None:
    field = item.get("NoncurrentVersionExpiration")
    if field is None:
        return None
    field.object({"NoncurrentDays", "NewerNoncurrentVersions"})
    return Transition("", Due(field["NoncurrentDays"].integer(1, MAX_DAYS)), _retained(item, field))


def _abort_days(item: Field, objects: Filter) -> int | None:
    field = item.get("AbortIncompleteMultipartUpload")
    if field is None:
        return None
    if objects.tags or objects.by_size:
        field.refuse("stands in a rule that filters by tags or size; uploads have neither")
    return field["DaysAfterInitiation"].integer(1, MAX_DAYS)


def _check_order(item: Field, transitions: tuple[Transition, ...], end: Due | None, name: str) -> None:
    """The distances that S3 asks for between the actions of one rule."""
    dated = sorted(
        ((one.due.days, one.target) for one in transitions if one.due.days is not None),
        key=lambda one: (one[0], TARGETS.index(one[1])),
    )
    for (days, before), (later, after) in pairwise(dated):
        gap = later - days
        too_soon = before in INFREQUENT and gap < FIRST_DAYS
        if too_soon and after in ("ONEZONE_IA", *ARCHIVES):
            item.refuse(f"goes from {before} to {after} in {gap} days; S3 takes {FIRST_DAYS} or more")
        if after not in AFTER[before] or gap == 0 or too_soon:
            raise Unjudged(f"AWS does not document {before} and {after} {gap} days apart in one rule")
    if end is not None and end.days is not None and dated and end.days <= dated[-1][0]:
        item.refuse(
            f"has {name} after {end.days} days and a transition after {dated[-1][0]}; the expiration must come later"
        )


def _check_dates(item: Field, transitions: tuple[Transition, ...], expiration: Due | None) -> None:
    dues = [one.due for one in transitions] + ([expiration] if expiration else [])
    if len({due.days is None for due in dues}) > 1:
        item.refuse("has Days in one action and Date in another; use one of the two in a rule")
    end = expiration.date if expiration else None
    if end and any(end <= one.due.date for one in transitions if one.due.date):
        item.refuse("has an Expiration that is not later than its transition")


def check_bucket(versioning: str, mfa_delete: bool) -> None:
    """S3 takes no lifecycle configuration on a bucket with MFA delete."""
    if versioning not in ("Unversioned", "Enabled", "Suspended"):
        raise Malformed(
            "the bucket's versioning", f"must be Unversioned, Enabled or Suspended, not {shown(versioning)}"
        )
    if mfa_delete:
        raise Malformed("the bucket", "has MFA delete, with which S3 takes no lifecycle configuration; disable one")
