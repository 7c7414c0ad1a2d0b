"""An event pattern, read once and asked about many events.

EventBridge User Guide, "Event patterns" and "Arrays in event patterns": fields are ANDed, values ORed, an event's array
matches when one of its elements does. aws/event-ruler, README ("JSON Array Matching"): conditions below one array must
hold in one of its elements; `exists` asks for leaves.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hardenlab.semantics.answer import Answer, all_of, any_of
from hardenlab.semantics.event_patterns.matchers import scalars, told, told_of
from hardenlab.semantics.event_patterns.text import MAX_EVENT, MAX_PATTERN, load
from hardenlab.semantics.event_patterns.tree import Leaf, Node, Tree, read_trees
from hardenlab.semantics.matching import Match, demand
from hardenlab.semantics.reading import Document, Field, Malformed
from hardenlab.semantics.unjudged import Unjudged

MAX_TESTS = 20_000
MISSING: Final = object()


@dataclass(frozen=True, slots=True)
class EventPattern:
    """A pattern of an EventBridge rule, archive or pipe; make one with `EventPattern.read`."""

    trees: tuple[Node, ...]

    @staticmethod
    def read(document: Document) -> "EventPattern":
        """Read a pattern: a mapping or its JSON. Raises `Malformed` for what PutRule would refuse, with the field's
        path, and `Unjudged` for what AWS does not document."""
        found = load(document, "event pattern", MAX_PATTERN)
        if not isinstance(document, str):
            _check_size(found)
        return EventPattern(tuple(read_trees(Field(found, "event pattern"))))

    def decide(self, event: Document) -> Match:
        """What the pattern makes of an event, a mapping or its JSON, and the field that decides."""
        return Match(self._answer(load(event, "the event", MAX_EVENT)))

    def matches(self, event: Document) -> bool:
        """Whether it matches; raises `Unjudged` where AWS does not document it."""
        return demand(self.decide(event))

    def _answer(self, event: Mapping[str, Any]) -> Answer:
        asked = Asked(event)
        try:
            return any_of(_below(tree, event, asked) for tree in self.trees)
        except (Unjudged, RecursionError):
            return Answer(None, f"the event is too deep, or takes more than {MAX_TESTS} comparisons")


@dataclass(slots=True)
class Asked:
    """The event that is asked about, what was found out of it, and how many comparisons may still be made."""

    event: Mapping[str, Any]
    present: dict[tuple[str, ...], bool] = field(default_factory=dict)
    left: int = MAX_TESTS

    def spend(self, tests: int) -> None:
        self.left -= tests
        if self.left < 0:
            raise Unjudged("too many comparisons")

    def has(self, path: tuple[str, ...]) -> bool:
        """Whether a value is at a path in some element of each array on the way."""
        if path not in self.present:
            self.present[path] = any(True for _ in self._found(path))
        return self.present[path]

    def _found(self, path: tuple[str, ...]) -> Iterator[object]:
        """The leaf values at a path, in whichever elements of arrays."""
        level: list[object] = [self.event]
        for step in path:
            objects = [one for item in level for one in _objects(item)]
            self.spend(len(objects))
            level = [item[step] for item in objects if step in item]
        for item in level:
            yield from scalars(item)


def _check_size(pattern: Mapping[str, Any]) -> None:
    try:
        size = len(json.dumps(pattern, default=str, separators=(",", ":"), ensure_ascii=False))
    except (RecursionError, ValueError, TypeError):
        raise Malformed(
            "event pattern", "is nested too deeply, or has keys that are no texts; make it flatter"
        ) from None
    if size > MAX_PATTERN:
        raise Malformed("event pattern", f"has more than {MAX_PATTERN} characters; shorten it")


def _below(node: Node, value: object, asked: Asked) -> Answer:
    """Whether all fields below a node hold; below an array, in one of its elements."""
    if isinstance(value, (list, tuple)):
        asked.spend(len(value))
        elements = [element for element in value if isinstance(element, (Mapping, list, tuple))]
        if elements:
            return any_of((_below(node, element, asked) for element in elements), f"one of {'.'.join(node.path)}")
    found = value if isinstance(value, Mapping) else {}
    return all_of(_at(child, found.get(name, MISSING), asked) for name, child in node.children.items())


def _at(tree: Tree, value: object, asked: Asked) -> Answer:
    return _leaf(tree, value, asked) if isinstance(tree, Leaf) else _below(tree, value, asked)


def _leaf(leaf: Leaf, value: object, asked: Asked) -> Answer:
    condition = f"{leaf.name}: {told_of(leaf.matchers)}"
    if isinstance(value, (list, tuple)) and not value:
        return _of_empty(leaf, condition)
    values = [] if value is MISSING else list(scalars(value))
    asked.spend((len(values) + 1) * len(leaf.matchers))
    if not values:
        return _of_absent(leaf, condition, asked, value)
    doubt: object = MISSING
    for one in values:
        verdicts = [matcher.test(one) for matcher in leaf.matchers]
        if True in verdicts:
            return Answer(True, f"{leaf.name} is {told(one)}", condition)
        if None in verdicts and doubt is MISSING:
            doubt = one
    if doubt is not MISSING:
        because = f"AWS's documents differ on whether {leaf.name} {told(doubt)} is {told_of(leaf.matchers)}"
        return Answer(None, because, condition)
    return Answer(False, f"{leaf.name} is {_listed(values)}, not {told_of(leaf.matchers)}", condition)


def _of_empty(leaf: Leaf, condition: str) -> Answer:
    """An empty array: only what asks for a value of any kind, or for none, is open."""
    if any(matcher.takes_absence or matcher.test(MISSING) for matcher in leaf.matchers):
        return Answer(None, f"AWS does not document whether {leaf.name}, an empty array, exists", condition)
    return Answer(False, f"{leaf.name} is an empty array", condition)


def _of_absent(leaf: Leaf, condition: str, asked: Asked, value: object) -> Answer:
    is_object = "is an object, which is no value" if value is not MISSING else "is not in the event"
    if not any(matcher.takes_absence for matcher in leaf.matchers):
        return Answer(False, f"{leaf.name} {is_object}", condition)
    if asked.has(leaf.path):
        because = f"AWS does not document exists: false where some elements of an array have {leaf.name}"
        return Answer(None, because, condition)
    return Answer(True, f"{leaf.name} {is_object}", condition)


def _objects(value: object) -> Iterator[Mapping[str, Any]]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, (list, tuple)):
            waiting.extend(one)
        elif isinstance(one, Mapping):
            yield one


def _listed(values: list[object]) -> str:
    first = ", ".join(told(value) for value in values[:3])
    return first if len(values) == 1 else f"[{first}{', …' if len(values) > 3 else ''}]"
