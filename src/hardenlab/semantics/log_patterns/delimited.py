"""Patterns of the form [field, field = value, …], over lines of fields that blanks separate.

CloudWatch Logs User Guide, "Using filter patterns to match terms in space-delimited log events": what stands in square
brackets or double quotes is one field; ... stands for fields of unknown number.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lark import Token, Tree

from hardenlab.semantics.answer import Answer, all_of, any_of
from hardenlab.semantics.log_patterns.comparison import Comparison, check_regexes, read_comparison
from hardenlab.semantics.log_patterns.grammar import parse
from hardenlab.semantics.log_patterns.pointing import refuse
from hardenlab.semantics.log_patterns.values import Number, as_number
from hardenlab.semantics.reading import shown
from hardenlab.semantics.unjudged import Unjudged

WORD = re.compile(r'"([^"]*)"|\[([^\[\]]*)\]|([^\s"\[\]]+)')


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison of one field."""

    name: str
    comparison: Comparison

    def decide(self, value: str) -> Answer:
        """The answer for the field's text; fields are text, and numbers are compared with what it spells."""
        written, holds = f"{self.name} {self.comparison}", self._holds(value)
        if holds is None:
            return Answer(None, f"AWS does not document what {written} means for {shown(value)}", written)
        because = f"{self.name} is {shown(value)}" + ("" if holds else self.comparison.fails())
        return Answer(holds, because, written)

    def _holds(self, value: str) -> bool | None:
        wanted, number = self.comparison.wanted, as_number(value)
        if not isinstance(wanted, Number):
            return self.comparison.of_string(value)
        if self.comparison.operator in ("=", "!="):
            same = True if value == wanted.written else None if number == wanted.number else False
            return same if same is None or self.comparison.operator == "=" else not same
        return number is not None and self.comparison.of_number(number)


@dataclass(frozen=True, slots=True)
class FieldOf:
    """A field and its conditions, which && or || joins."""

    conditions: tuple[Condition, ...] = ()
    conjunction: bool = True

    def decide(self, value: str) -> Answer:
        join = all_of if self.conjunction else any_of
        return join(condition.decide(value) for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class Delimited:
    """The fields before and after the ellipsis; without one all are `before`."""

    before: tuple[FieldOf, ...]
    after: tuple[FieldOf, ...]
    open: bool

    def decide(self, line: str) -> Answer:
        words = list(_words(line))
        if words and words[-1] is None:
            return Answer(None, "AWS does not document how it splits such a line (blanks in a row, brackets in a word)")
        found = [word for word in words if word is not None]
        return all_of(self._answers(found))

    def _answers(self, words: Sequence[str]) -> Iterator[Answer]:
        fields, count = len(self.before) + len(self.after), len(words)
        if count < fields:
            yield Answer(False, f"the line has {_words_of(count)} and the pattern {fields} fields", "number of fields")
            return
        ending = words[count - len(self.after) :]
        pairs = [*zip(self.before, words, strict=False), *zip(self.after, ending, strict=True)]
        if not self.open and count > fields:
            yield from (field.decide(word) for field, word in pairs[:-1] if field.conditions)
            because = f"AWS does not document a line of {_words_of(count)} for a pattern of {fields} fields: write ..."
            yield Answer(None, because, "number of fields")
            return
        yield from (field.decide(word) for field, word in pairs if field.conditions)
        if self.open and count == fields:
            yield Answer(None, "AWS does not document whether ... may stand for no field", "number of fields")
        else:
            yield Answer(True, f"the line has {_words_of(count)}", "number of fields")


def read_delimited(pattern: str) -> Delimited:
    """The fields of a pattern in square brackets."""
    tree = parse("delimited", pattern)
    check_regexes(list(tree.scan_values(lambda value: isinstance(value, Token))), pattern)
    before: list[FieldOf] = []
    after: list[FieldOf] = []
    is_open = False
    for node in tree.children:
        assert isinstance(node, Tree)
        child = node.children[0]
        if isinstance(child, Token):
            if is_open:
                refuse(pattern, child.start_pos or 0, "a second ... leaves open which fields are meant; write one")
            is_open = True
        else:
            (after if is_open else before).append(_field(child, pattern))
    return Delimited(tuple(before), tuple(after), is_open)


def _field(node: Tree[Token] | None, pattern: str) -> FieldOf:
    if node is None or node.data == "name":
        return FieldOf()
    joins = {str(child) for child in node.children if isinstance(child, Token)}
    conditions = tuple(_condition(child, pattern) for child in node.children if isinstance(child, Tree))
    if len(joins) > 1:
        raise Unjudged("AWS does not document && and || together in one field of a space-delimited pattern")
    if len({condition.name for condition in conditions}) > 1:
        raise Unjudged("AWS does not document conditions on two names in one field of a space-delimited pattern")
    return FieldOf(conditions, joins != {"||"})


def _condition(node: Tree[Token], pattern: str) -> Condition:
    name, sign, value = node.children
    assert isinstance(sign, Token) and isinstance(value, Tree)
    return Condition(str(name), read_comparison(sign, value, pattern))


def _words(line: str) -> Iterator[str | None]:
    """The fields of a line; ends with None where a line is not fields with one blank between them."""
    place, line = 0, line.removesuffix("\n").removesuffix("\r")
    while place < len(line):
        found = WORD.match(line, place)
        if not found or line[found.end() : found.end() + 1] not in ("", " ") or line[found.end() :] == " ":
            yield None
            return
        quoted, bracketed, plain = found.groups()
        yield plain if plain is not None else quoted if quoted is not None else bracketed
        place = found.end() + 1


def _words_of(count: int) -> str:
    return f"{count} field" if count == 1 else f"{count} fields"
