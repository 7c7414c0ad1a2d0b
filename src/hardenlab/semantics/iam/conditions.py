"""The Condition element: which operators hold for a request's context.

Rules: IAM User Guide, "IAM JSON policy elements: Condition", "IAM JSON policy elements: Condition
operators" (IfExists, Null) and "Multivalued context keys" (ForAllValues, ForAnyValue).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hardenlab.semantics.iam.model import CannotJudge
from hardenlab.semantics.iam.operators import OPERATORS, Matcher, Operator
from hardenlab.semantics.iam.pattern import Context
from hardenlab.semantics.iam.text import scalar

SetOperator = Literal["ForAllValues", "ForAnyValue"]
MAX_VALUE = 8192
MAX_TESTS = 500


@dataclass(frozen=True, slots=True)
class OperatorName:
    """A condition operator as written: `ForAnyValue:StringLikeIfExists` taken apart."""

    base: str
    over: SetOperator | None
    if_exists: bool


def read_operator(name: str) -> OperatorName:
    over: SetOperator | None = None
    base = name
    if name.startswith("ForAllValues:"):
        over, base = "ForAllValues", name[13:]
    elif name.startswith("ForAnyValue:"):
        over, base = "ForAnyValue", name[12:]
    if base == "Null" and over is None:
        return OperatorName(base, over, False)
    if_exists = base.endswith("IfExists")
    base = base.removesuffix("IfExists")
    if base not in OPERATORS:
        raise CannotJudge(f"{name[:80]!r} is not a condition operator")
    return OperatorName(base, over, if_exists)


@dataclass(frozen=True, slots=True)
class Test:
    """One operator on one key: does it hold?"""

    key: str
    name: OperatorName
    texts: tuple[str, ...]
    matchers: tuple[Matcher, ...]

    @property
    def negated(self) -> bool:
        return self.name.base != "Null" and OPERATORS[self.name.base].negated

    def holds(self, context: Context) -> bool:
        values = context.get(self.key)
        if self.name.base == "Null":
            return any((text.lower() == "true") == (values is None) for text in self.texts)
        if self.name.over == "ForAllValues":
            return all(self._one(value, context) for value in _data(values))
        if self.name.over == "ForAnyValue":
            return self._any_value(values, context)
        if values is None:
            return self.negated or self.name.if_exists
        if len(values) > 1:
            raise CannotJudge(f"{self.key} has several values and its operator has no ForAllValues or ForAnyValue")
        return self._one(values[0], context)

    def _any_value(self, values: tuple[str, ...] | None, context: Context) -> bool:
        if values is None and self.name.if_exists:
            raise CannotJudge("AWS does not document ForAnyValue with IfExists on an absent key")
        return _any(self._one(value, context) for value in _data(values))

    def _one(self, value: str, context: Context) -> bool:
        if not self.matchers:
            raise CannotJudge(f"the condition on {self.key} lists no value")
        return _any(_each(self.matchers, value, context)) != self.negated


def _data(values: tuple[str, ...] | None) -> tuple[str, ...]:
    """For the set operators a key that holds only empty texts is as good as absent."""
    return values if values is not None and any(values) else ()


def _each(matchers: Iterable[Matcher], value: str, context: Context) -> Iterator[Any]:
    for matcher in matchers:
        try:
            yield matcher(value, context)
        except CannotJudge as doubt:
            yield doubt


def _any(results: Iterable[Any]) -> bool:
    """True if one is; a doubt counts only when nothing else settles the question."""
    doubt: CannotJudge | None = None
    for result in results:
        if isinstance(result, CannotJudge):
            doubt = result
        elif result:
            return True
    if doubt:
        raise doubt
    return False


def hold(tests: Iterable[Test], context: Context) -> bool:
    """All tests hold; a doubt counts only when no other test fails."""
    doubt: CannotJudge | None = None
    for test in tests:
        try:
            if not test.holds(context):
                return False
        except CannotJudge as reason:
            doubt = reason
    if doubt:
        raise doubt
    return True


def read_conditions(block: object, *, variables: bool) -> tuple[Test, ...]:
    """Parse a Condition element; `variables` is true for version 2012-10-17."""
    tests = []
    operators = {str(name): _object(keys, str(name)) for name, keys in _object(block, "Condition").items()}
    if sum(map(len, operators.values())) > MAX_TESTS:
        raise CannotJudge(f"a Condition has more than {MAX_TESTS} keys")
    for name, keys in operators.items():
        parsed = read_operator(name)
        for key, values in keys.items():
            if ":" not in str(key):
                raise CannotJudge(f"{str(key)[:80]!r} is not a condition key")
            texts = tuple(scalar(value) for value in (values if isinstance(values, list) else [values]))
            tests.append(Test(str(key).lower(), parsed, texts, _matchers(parsed, texts, variables)))
    return tuple(tests)


def _matchers(name: OperatorName, texts: tuple[str, ...], variables: bool) -> tuple[Matcher, ...]:
    if name.base == "Null":
        if any(text.lower() not in {"true", "false"} for text in texts):
            raise CannotJudge('Null takes "true" or "false"')
        return ()
    read: Operator = OPERATORS[name.base]
    return tuple(read.read(text, variables) for text in texts)


def _object(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise CannotJudge(f"{where[:80]} must be an object")
    return value


class ReadContext(dict[str, tuple[str, ...]]):
    """A request context that was read: for one that is asked with often."""


def read_context(raw: Mapping[str, Any]) -> ReadContext:
    """The request context with keys in lower case and values as text; an empty list is no value."""
    if type(raw) is ReadContext:
        return raw
    context = ReadContext()
    for key, value in raw.items():
        if type(value) is str and len(value) <= MAX_VALUE and (name := key.lower()) not in context:
            context[name] = (value,)
            continue
        if value is None:
            continue
        many = isinstance(value, (list, tuple, set, frozenset))
        values = tuple(_context_value(item) for item in value) if many else (_context_value(value),)
        name = key.lower()
        if not values:
            continue
        if context.get(name, values) != values:
            raise CannotJudge(f"the request has two values for the condition key {name[:80]}")
        context[name] = values
    return context


def _context_value(value: object) -> str:
    text = scalar(value)
    if len(text) > MAX_VALUE:
        raise CannotJudge(f"a value of the request has more than {MAX_VALUE} characters")
    return text
