"""A pattern as trees of fields: one for each way through its $or.

EventBridge User Guide, "Content filtering in event patterns" ($or; at most 1,000 combinations).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hardenlab.semantics.event_patterns.matchers import EXPRESSIONS, Matcher, read_matcher
from hardenlab.semantics.event_patterns.text import MAX_PATTERN
from hardenlab.semantics.reading import Field, kind_of, shown
from hardenlab.semantics.unjudged import Unjudged

MAX_COMBINATIONS = 1000
MAX_DEPTH = 60
OR = "$or"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field and what it may be."""

    path: tuple[str, ...]
    matchers: tuple[Matcher, ...]

    @property
    def name(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Node:
    """An object of fields."""

    path: tuple[str, ...]
    children: dict[str, "Tree"] = field(default_factory=dict)


Tree = Leaf | Node


def read_trees(root: Field) -> list[Node]:
    """One tree for each combination of the alternatives of every $or."""
    combinations = _object(root, (), inside_or=False)
    return [_grown(leaves) for leaves in combinations]


def _object(field: Field, path: tuple[str, ...], *, inside_or: bool) -> list[tuple[Leaf, ...]]:
    """The combinations of leaves below an object."""
    if len(path) > MAX_DEPTH:
        field.refuse("is nested too deeply; make it flatter")
    if not field.object():
        field.refuse("is an empty object, which is not allowed; name a field in it or take it out")
    found: list[tuple[Leaf, ...]] = [()]
    for name, value in field.object().items():
        child = Field(value, f"{field.path}.{name}")
        further = list(_alternatives(child, path) if name == OR else _field(child, (*path, name), inside_or))
        if len(found) * len(further) > MAX_COMBINATIONS:
            child.refuse(f"makes more than {MAX_COMBINATIONS} combinations of $or; split the rule")
        found = [(*one, *other) for one in found for other in further]
    return found


def _field(field: Field, path: tuple[str, ...], inside_or: bool) -> list[tuple[Leaf, ...]]:
    name = path[-1]
    if inside_or and name in EXPRESSIONS:
        field.refuse(
            f"{shown(name)} is a match type, which is not a field's name inside $or; put it in a field's array"
        )
    if "." in name:
        raise Unjudged(f"AWS does not document the dot in the field's name {shown(name)}: nest one object in another")
    if isinstance(field.value, Mapping):
        return _object(field, path, inside_or=inside_or)
    if not isinstance(field.value, (list, tuple)):
        field.refuse(f"must be an object or an array, not {kind_of(field.value)}; put the value in [ ]")
    if not field.value:
        field.refuse("is an empty array, which is not allowed; put a value in it")
    return [(Leaf(path, tuple(read_matcher(item) for item in field.items(1, MAX_PATTERN))),)]


def _alternatives(field: Field, path: tuple[str, ...]) -> Iterator[tuple[Leaf, ...]]:
    if not isinstance(field.value, (list, tuple)) or len(field.value) < 2:
        field.refuse("must be an array of at least two objects")
    for item in field.items():
        yield from _object(item, path, inside_or=True)


def _grown(leaves: tuple[Leaf, ...]) -> Node:
    root = Node(())
    for leaf in leaves:
        place = root
        for depth, step in enumerate(leaf.path[:-1], start=1):
            following = place.children.setdefault(step, Node(leaf.path[:depth]))
            if isinstance(following, Leaf):
                raise Unjudged(f"AWS does not document {following.name} both as a value and as an object")
            place = following
        if leaf.path[-1] in place.children:
            raise Unjudged(f"AWS does not document conditions on {leaf.name} in two places")
        place.children[leaf.path[-1]] = leaf
    return root
