"""Patterns of the form { $.selector = value && … }, over events that are JSON objects.

CloudWatch Logs User Guide, "Using filter patterns to match terms in JSON log events": precedence () then && then ||; a
selector must point to a string or number, else the filter is not applied; IS NULL, IS TRUE, IS FALSE and NOT EXISTS.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lark import Token, Tree

from hardenlab.semantics.answer import Answer, all_of, any_of
from hardenlab.semantics.log_patterns.comparison import ORDERINGS, Comparison, check_regexes, read_comparison
from hardenlab.semantics.log_patterns.grammar import parse
from hardenlab.semantics.log_patterns.values import Regex, Text
from hardenlab.semantics.reading import kind_of, shown
from hardenlab.semantics.unjudged import Unjudged

STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[([0-9]+)\]")
STATES: dict[str, bool | None] = {"NULL": None, "TRUE": True, "FALSE": False}
Event = Mapping[str, object]


class _Missing:
    """What a selector finds where nothing is."""


MISSING: Final = _Missing()


@dataclass(frozen=True, slots=True)
class Selector:
    """The way to a value: names and indexes."""

    written: str
    steps: tuple[str | int, ...]

    def find(self, event: Event) -> object:
        """The value there, or `MISSING`."""
        value: object = event
        for step in self.steps:
            if isinstance(step, str):
                if not isinstance(value, Mapping) or step not in value:
                    return MISSING
                value = value[step]
            elif isinstance(value, (list, tuple)) and step < len(value):
                value = value[step]
            else:
                return MISSING
        return value


@dataclass(frozen=True, slots=True)
class Compared:
    """A selector, an operator and a value."""

    selector: Selector
    comparison: Comparison
    written: str

    def decide(self, event: Event) -> Answer:
        value = self.selector.find(event)
        if isinstance(value, str):
            return self._answer(self.comparison.of_string(value), value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return self._answer(self.comparison.of_number(value), value)
        return self._without_value(value)

    def _answer(self, holds: bool | None, value: object) -> Answer:
        name, found = self.selector.written, _told(value)
        if holds is None:
            return self._doubt(f"{self.written} means for {found}")
        return Answer(holds, f"{name} is {found}{'' if holds else self.comparison.fails()}", self.written)

    def _without_value(self, value: object) -> Answer:
        """Arrays and objects match nothing; what is absent, null, true or false equals no ordinary value."""
        name, wanted = self.selector.written, self.comparison.wanted
        if isinstance(value, (Mapping, list, tuple)):
            because = f"{name} is {kind_of(value)}, and a selector must point to a string or a number"
            return Answer(False, because, self.written)
        if value is MISSING:
            if self.comparison.operator == "!=":
                return self._doubt(f"{self.written} means where {name} does not exist: add a condition that says it")
            return Answer(False, f"{name} does not exist", self.written)
        like_one = isinstance(wanted, Regex) or (isinstance(wanted, Text) and ("*" in wanted.text or wanted.is_keyword))
        if self.comparison.operator in ORDERINGS or (self.comparison.operator == "=" and not like_one):
            return Answer(False, f"{name} is {_told(value)}{self.comparison.fails()}", self.written)
        return self._doubt(f"{self.written} means for {_told(value)}: write IS NULL, IS TRUE or IS FALSE")

    def _doubt(self, what: str) -> Answer:
        return Answer(None, f"AWS does not document what {what}", self.written)


@dataclass(frozen=True, slots=True)
class State:
    """A selector IS NULL, IS TRUE or IS FALSE."""

    selector: Selector
    state: bool | None
    written: str

    def decide(self, event: Event) -> Answer:
        value = self.selector.find(event)
        holds = value is self.state
        if value is MISSING:
            return Answer(False, f"{self.selector.written} does not exist", self.written)
        return Answer(holds, f"{self.selector.written} is {_told(value)}", self.written)


@dataclass(frozen=True, slots=True)
class Absent:
    """A selector NOT EXISTS."""

    selector: Selector
    written: str

    def decide(self, event: Event) -> Answer:
        holds = self.selector.find(event) is MISSING
        return Answer(holds, f"{self.selector.written} {'does not exist' if holds else 'exists'}", self.written)


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions joined by && or by ||."""

    conjunction: bool
    members: "tuple[Condition, ...]"

    def decide(self, event: Event) -> Answer:
        join = all_of if self.conjunction else any_of
        return join(member.decide(event) for member in self.members)


Condition = Compared | State | Absent | Group


def read_json_form(pattern: str) -> Condition:
    """The condition of a pattern in braces."""
    tree = parse("json", pattern)
    check_regexes(list(tree.scan_values(lambda value: isinstance(value, Token))), pattern)
    (root,) = _trees(tree)
    return _condition(root, pattern)


def _condition(tree: Tree[Token], pattern: str) -> Condition:
    if tree.data in ("any_of", "all_of"):
        return Group(tree.data == "all_of", tuple(_condition(child, pattern) for child in _trees(tree)))
    selector, *rest = tree.children
    found = _selector(str(selector))
    if tree.data == "absent":
        return Absent(found, f"{selector} NOT EXISTS")
    if tree.data == "state":
        return State(found, STATES[str(rest[0])], f"{selector} IS {rest[0]}")
    sign, value = rest
    assert isinstance(sign, Token) and isinstance(value, Tree)
    comparison = read_comparison(sign, value, pattern)
    return Compared(found, comparison, f"{selector} {comparison}")


def _trees(tree: Tree[Token]) -> Iterator[Tree[Token]]:
    return (child for child in tree.children if isinstance(child, Tree))


def _selector(written: str) -> Selector:
    if "[*]" in written:
        raise Unjudged("AWS does not document [*] in a filter pattern: write an index, such as [0]")
    return Selector(written, tuple(name or int(index) for name, index in STEP.findall(written)))


def _told(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, (bool, int, float)):
        return str(value).lower()
    return shown(value)
