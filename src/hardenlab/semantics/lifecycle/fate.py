"""What becomes of a stored object: the actions of all rules in the order of their days.

Amazon S3 User Guide, "Lifecycle configuration elements" (actions and versioning state) and "Examples of S3 Lifecycle
configurations" (permanent deletion before transition, transition before delete marker, the cheaper class first); S3
Object Lock, "Managing Object Lock" (lifecycle deletes no locked version).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from hardenlab.semantics.explanation import Explanation, Node, Picture
from hardenlab.semantics.lifecycle.classes import AFTER, ARCHIVES, FIRST_DAYS, INFREQUENT, PREFERENCE, SMALL, UNCLEAR
from hardenlab.semantics.lifecycle.configuration import Due, Rule, Transition, Versioning, check_bucket, read_rules
from hardenlab.semantics.lifecycle.stored import Stored, midnight
from hardenlab.semantics.reading import Document, Malformed, shown
from hardenlab.semantics.unjudged import Unjudged

State = Literal["current", "noncurrent", "deleted"]
MAX_AGE = 100_000
DAY = timedelta(days=1)
ORDER = ("delete", *PREFERENCE, "marker")
"""Of several actions that are due at once, the first of these is taken."""


@dataclass(frozen=True, slots=True)
class Event:
    """One action that a rule has taken."""

    moment: datetime
    what: str
    rule: str

    def __str__(self) -> str:
        return f"on {self.moment:%Y-%m-%d} {self.rule} {self.what}"


@dataclass(frozen=True, slots=True)
class Fate:
    """What has become of an object: its state, its storage class unless it is deleted, and the actions in order.

    A version that a delete marker hides is noncurrent.
    """

    state: State
    storage_class: str | None
    events: tuple[Event, ...]
    subject: str
    asked: datetime

    def is_(self, wanted: str) -> bool:
        """Whether it is current, noncurrent, deleted, or not deleted and of a storage class."""
        return wanted in (self.state, self.storage_class)

    @property
    def sentence(self) -> str:
        """One sentence."""
        now = (
            f"deleted by {self.asked:%Y-%m-%d}" if self.state == "deleted" else f"{self.state} in {self.storage_class}"
        )
        on = "" if self.state == "deleted" else f" on {self.asked:%Y-%m-%d}"
        told = ", ".join(map(str, self.events)) or "no rule has done anything to it"
        return f"{self.subject[:1].upper()}{self.subject[1:]} is {now}{on}: {told}"

    def explain(self) -> Explanation:
        """The fate as a sentence, as data, and as a picture of what happened in turn."""
        events = [{"date": f"{one.moment:%Y-%m-%d}", "action": one.what, "rule": one.rule} for one in self.events]
        data = {"state": self.state, "storage_class": self.storage_class, "events": events}
        nodes = [Node(self.subject, "end"), *(Node(str(event)) for event in self.events)]
        last = (
            Node("deleted", "stops") if self.state == "deleted" else Node(f"{self.state}, {self.storage_class}", "end")
        )
        return Explanation(self.sentence, data, Picture.path([*nodes, last]))


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """A bucket's lifecycle rules and versioning; make one with `Lifecycle.read`."""

    rules: tuple[Rule, ...]
    versioning: Versioning
    small_to_archives: bool

    @staticmethod
    def read(document: Document, versioning: Versioning = "Unversioned", *, mfa_delete: bool = False) -> Lifecycle:
        """Read a mapping or JSON of what GetBucketLifecycleConfiguration answers.

        Raises `Malformed` for what S3 would refuse, and `Unjudged` for combinations that it does not document.
        """
        check_bucket(versioning, mfa_delete)
        rules, varies = read_rules(document)
        return Lifecycle(rules, versioning, varies)

    def fate(self, stored: Stored, day: int | datetime) -> Fate:
        """What has become of an object by a day.

        A number counts days as S3 does, from creation (or from when it became noncurrent, or from an upload's start):
        on day 30 the actions of 30 days have been taken. Raises `Unjudged` where AWS does not document it.
        """
        asked = midnight(stored.counted_from, _age(day)) if isinstance(day, int) else _aware(day)
        return _Life(self, stored).until(asked)


@dataclass(frozen=True, slots=True)
class Probed:
    """An object on a day whose fate is not the wanted one."""

    stored: Stored
    day: int | datetime
    wanted: str
    fate: Fate

    @property
    def sentence(self) -> str:
        """One sentence."""
        return f"{self.fate.sentence}; it should be {self.wanted}"


def probe(lifecycle: Lifecycle, wanted: Iterable[tuple[Stored, int | datetime, str]]) -> tuple[Probed, ...]:
    """The objects and days whose fate differs from the wanted one: current, noncurrent, deleted or a storage class."""
    tried = (Probed(stored, day, want, lifecycle.fate(stored, day)) for stored, day, want in wanted)
    return tuple(one for one in tried if not one.fate.is_(one.wanted))


@dataclass(slots=True)
class _Action:
    """Something that a rule would do next: delete for good, move to a class, or put a delete marker above."""

    moment: datetime
    what: str
    rule: Rule

    @property
    def rank(self) -> tuple[datetime, int]:
        return self.moment, ORDER.index(self.what)


class _Life:
    """One object on its way."""

    def __init__(self, lifecycle: Lifecycle, stored: Stored) -> None:
        self.lifecycle = lifecycle
        self.stored = stored
        self.state: State = "current" if stored.noncurrent_since is None else "noncurrent"
        self.class_ = stored.storage_class
        self.events: list[Event] = []
        self.moved: datetime | None = None

    def until(self, asked: datetime) -> Fate:
        """Take the actions that are due by then."""
        while self.state != "deleted":
            due = sorted((one for one in self._actions() if one.moment <= asked), key=lambda one: one.rank)
            if not due:
                break
            action = due[0]
            if action.what in PREFERENCE and any(
                one.what == "marker" and one.moment <= action.moment and asked < action.moment + DAY for one in due
            ):
                raise Unjudged("AWS does not document how soon a delete marker follows a transition of the same day")
            self._take(action)
        return Fate(
            self.state, None if self.state == "deleted" else self.class_, tuple(self.events), str(self.stored), asked
        )

    def _take(self, action: _Action) -> None:
        moment = action.moment
        if action.what in PREFERENCE:
            self.class_, self.moved = action.what, moment
            self.events.append(Event(moment, f"moves it to {action.what}", str(action.rule)))
        elif action.what == "delete":
            self.state = "deleted"
            what = "aborts it" if self.stored.kind == "upload" else "deletes it for good"
            self.events.append(Event(moment, what, str(action.rule)))
        else:
            self.state, self.moved = "noncurrent", None
            self.stored = replace(self.stored, noncurrent_since=moment, newer_noncurrent=0)
            self.events.append(Event(moment, "puts a delete marker above it", str(action.rule)))

    def _actions(self) -> Iterator[_Action]:
        """What each rule would do to the object as it is now, and when."""
        for rule in self.lifecycle.rules:
            if self.stored.kind == "upload":
                if rule.abort_days is not None and self.stored.key.startswith(rule.filter.prefix):
                    yield _Action(midnight(self.stored.created, rule.abort_days), "delete", rule)
            elif self.stored.kind == "delete marker":
                yield from self._on_marker(rule)
            elif rule.filter.takes(self.stored):
                yield from self._on_current(rule) if self.state == "current" else self._on_noncurrent(rule)

    def _on_marker(self, rule: Rule) -> Iterator[_Action]:
        """A delete marker goes when no version is left."""
        if self.state == "noncurrent":
            raise Unjudged("the fate of noncurrent delete markers is not judged here")
        if not self.stored.only_version or not (rule.expires_markers or rule.expiration):
            return
        if not self.stored.key.startswith(rule.filter.prefix):
            return
        if rule.filter.by_size or rule.filter.tags:
            raise Unjudged("AWS does not document whether a filter by size or tags takes a delete marker")
        due = rule.expiration or Due(0)
        yield _Action(self._moment(due), "delete", rule)

    def _on_current(self, rule: Rule) -> Iterator[_Action]:
        yield from self._moves(rule, rule.transitions)
        if rule.expiration is None:
            return
        moment = self._moment(rule.expiration)
        permanent = self.lifecycle.versioning == "Unversioned"
        if self.lifecycle.versioning == "Suspended" and self.stored.null_version:
            permanent = True
        if permanent:
            yield from self._deletion(moment, rule)
        else:
            yield _Action(moment, "marker", rule)

    def _on_noncurrent(self, rule: Rule) -> Iterator[_Action]:
        if self.lifecycle.versioning == "Unversioned":
            return
        yield from self._moves(rule, rule.noncurrent_transitions)
        removal = rule.noncurrent_expiration
        if removal and self.stored.newer_noncurrent >= removal.retained:
            yield from self._deletion(self._moment(removal.due), rule)

    def _moves(self, rule: Rule, transitions: tuple[Transition, ...]) -> Iterator[_Action]:
        for transition in transitions:
            if self.state == "noncurrent" and self.stored.newer_noncurrent < transition.retained:
                continue
            if (self.class_, transition.target) in UNCLEAR:
                raise Unjudged(f"AWS's guides differ on the transition from {self.class_} to {transition.target}")
            if transition.target not in AFTER[self.class_] or self._too_small(rule, transition.target):
                continue
            moment = self._moment(transition.due)
            if transition.target in INFREQUENT:
                moment = max(moment, midnight(self.stored.counted_from, FIRST_DAYS))
            if self.moved is None or moment > self.moved:
                yield _Action(moment, transition.target, rule)

    def _too_small(self, rule: Rule, target: str) -> bool:
        """Objects under 128 KB stay where they are, unless the rule filters by size itself."""
        archived = self.lifecycle.small_to_archives and target in ARCHIVES
        return self.stored.size < SMALL and not rule.filter.by_size and not archived

    def _deletion(self, moment: datetime, rule: Rule) -> Iterator[_Action]:
        if self.stored.legal_hold:
            return
        locked = self.stored.locked_until
        yield _Action(max(moment, midnight(locked, 0)) if locked and locked > moment else moment, "delete", rule)

    def _moment(self, due: Due) -> datetime:
        if due.days is not None:
            return midnight(self.stored.counted_from, due.days)
        assert due.date is not None
        return max(due.date, midnight(self.stored.created, 0))


def _age(day: int) -> int:
    if isinstance(day, bool) or not 0 <= day <= MAX_AGE:
        raise Malformed("the day", f"must be a whole number up to {MAX_AGE}, or a datetime, not {shown(day)}")
    return day


def _aware(moment: datetime) -> datetime:
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise Malformed("the day", "must be a whole number or a datetime with a time zone")
    return moment.astimezone(UTC)
