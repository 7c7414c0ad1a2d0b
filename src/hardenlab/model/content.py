"""What authors write: controls, scenarios with their misconfigurations and invariants, solutions, wrong fixes.

Each is a frozen record that holds a function. The function's name is the id; the first line of its docstring is
the title; the headings below it are the page. Decorators only make the record: nothing registers itself.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from hardenlab.model.finding import Finding
from hardenlab.model.question import Question


class Severity(StrEnum):
    """How bad it is when the control fails, in Security Hub's words."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


class Layer(StrEnum):
    """What a control judges: one resource's own effect, or the path from end to end."""

    RESOURCE = "RESOURCE"
    PATH = "PATH"


class _Documented:
    """Reads id, title and sections from the function that the record holds."""

    function: Callable[..., Any]

    @property
    def id(self) -> str:
        return self.function.__name__

    @cached_property
    def title(self) -> str:
        return self._text.splitlines()[0].strip() if self._text else ""

    @cached_property
    def description(self) -> str:
        """What stands between the title and the first heading."""
        return re.split(r"^## ", self._text, maxsplit=1, flags=re.MULTILINE)[0].partition("\n")[2].strip()

    @cached_property
    def sections(self) -> dict[str, str]:
        """The docstring's `## Heading` sections, heading to text."""
        parts = re.split(r"^## +(.+?) *$", self._text, flags=re.MULTILINE)
        return {head: text.strip() for head, text in zip(parts[1::2], parts[2::2], strict=True)}

    @cached_property
    def where(self) -> str:
        """`file:line` of the function, for an author's error message."""
        code = inspect.unwrap(self.function).__code__
        return f"{code.co_filename}:{code.co_firstlineno}"

    @property
    def _text(self) -> str:
        return inspect.cleandoc(self.function.__doc__ or "")


FindingFunction = Callable[[Any], Iterable[Finding]]
SeedFunction = Callable[[Any, Any], None]
DrawFunction = Callable[[Any, Any], Question]
CallsFunction = Callable[[Any], Iterable["Call"]]


@dataclass(frozen=True)
class Control(_Documented):
    """A security requirement and the check that decides it."""

    function: FindingFunction
    severity: Severity
    layer: Layer
    references: tuple[str, ...]

    def __call__(self, account: Any) -> Iterator[Finding]:
        yield from self.function(account)


@dataclass(frozen=True)
class Scenario(_Documented):
    """The story (the module's docstring) and the healthy workload."""

    function: SeedFunction

    def __call__(self, account: Any, vary: Any) -> None:
        self.function(account, vary)


@dataclass(frozen=True)
class Misconfiguration(_Documented):
    """One thing wrong. `fails`: the tasks it fails, all of them; `breaks`: the invariants it breaks."""

    function: SeedFunction
    fails: frozenset[str]
    breaks: frozenset[str]

    def __call__(self, account: Any, vary: Any) -> None:
        self.function(account, vary)


@dataclass(frozen=True)
class Invariant(_Documented):
    """A flow of the workload that must keep working."""

    function: FindingFunction

    def __call__(self, account: Any) -> Iterator[Finding]:
        yield from self.function(account)


@dataclass(frozen=True)
class DrawnQuestion(_Documented):
    """A question whose numbers and items a variant draws, about the account as it is seeded."""

    function: DrawFunction

    def __call__(self, account: Any, vary: Any) -> Question:
        return self.function(account, vary)


@dataclass(frozen=True)
class Call:
    """One call of a learner's function. Arguments and answers are JSON.

    `gives` is the right answer, or says of an answer whether it is right; `because`: why, for whoever is wrong.
    """

    arguments: tuple[Any, ...]
    gives: Any
    because: str

    def is_right(self, answer: Any) -> bool:
        """Whether this answer is right. True is no number, and 1 is 1.0."""
        return bool(self.gives(answer)) if callable(self.gives) else _same(self.gives, answer)


@dataclass(frozen=True)
class LearnerFunction(_Documented):
    """What a function of this name, which a learner writes, must answer to which calls, in a variant."""

    function: CallsFunction

    def __call__(self, vary: Any) -> list[Call]:
        return list(self.function(vary))


@dataclass(frozen=True)
class Solution(_Documented):
    """A further accepted way to do one task: `solve(lab)` stands in for that task's answer cell."""

    function: Callable[[Any], None]
    task: str


@dataclass(frozen=True)
class WrongFix(_Documented):
    """A known wrong fix of one task, and what the learner who tries it reads."""

    function: Callable[[Any], None]
    fails: str
    because: str


def control(*, severity: Severity, layer: Layer, references: Iterable[str]) -> Callable[[FindingFunction], Control]:
    """Make it a control. References: "SecurityHub EC2.13", "CIS v5.0 5.3", "AWS EC2: <page>", "course 3.4"."""
    return lambda function: Control(function, severity, layer, tuple(references))


def scenario(function: SeedFunction) -> Scenario:
    """Make `seed(account, vary)` the scenario's healthy workload."""
    return Scenario(function)


def misconfiguration(*, fails: Iterable[str], breaks: Iterable[str] = ()) -> Callable[[SeedFunction], Misconfiguration]:
    """Make `flag(account, vary)` plant one thing that is wrong. It fails these tasks and no others, alone."""
    return lambda function: Misconfiguration(function, frozenset(fails), frozenset(breaks))


def invariant(function: FindingFunction) -> Invariant:
    """Make `flow(account)` an invariant: findings that must stay PASSED."""
    return Invariant(function)


def question(function: DrawFunction) -> DrawnQuestion:
    """Make `draw(account, vary)` a question of the scenario: it answers `ask(...)` for this variant."""
    return DrawnQuestion(function)


def function(function: CallsFunction) -> LearnerFunction:
    """Make `name(vary)` say what the learner's function `name` must answer: it yields `call(...)`."""
    return LearnerFunction(function)


def call(*arguments: Any, gives: Any, because: str) -> Call:
    """A call with these arguments, its right answer (or a test of answers), and why that is right."""
    return Call(arguments, gives, because)


def solution(task: str) -> Callable[[Callable[[Any], None]], Solution]:
    """Make `way(lab)` a further accepted way to do this task."""
    return lambda function: Solution(function, task)


def wrong_fix(*, fails: str, because: str) -> Callable[[Callable[[Any], None]], WrongFix]:
    """Make `mistake(lab)` a known wrong fix: the task still fails, and the learner reads `because`."""
    return lambda function: WrongFix(function, fails, because)


def _same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return bool(one == other)
