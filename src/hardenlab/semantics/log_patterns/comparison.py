"""One comparison of a condition, and the values it is written with.

CloudWatch Logs User Guide, "Using filter patterns to match terms in JSON log events": strings take = and !=, numbers
also <, >, <= and >=; strings of letters and digits need no quotes.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from lark import Token, Tree

from hardenlab.semantics.log_patterns.pointing import refuse
from hardenlab.semantics.log_patterns.regex import read_regex
from hardenlab.semantics.log_patterns.values import NUMBER, Number, Regex, Text, Wanted, as_number
from hardenlab.semantics.unjudged import Unjudged

ORDERINGS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
BARE = re.compile(r"[A-Za-z0-9_.*]+")
PERHAPS_BARE = re.compile(r"[A-Za-z0-9_.*:/-]+")
MOST_REGEXES = 2


@dataclass(frozen=True, slots=True)
class Comparison:
    """An operator and what to compare with."""

    operator: str
    wanted: Wanted

    def of_string(self, value: str) -> bool | None:
        """Whether it holds for a string."""
        if self.operator in ORDERINGS:
            return None if as_number(value) is not None else False
        return self._of_equality(self.wanted.equals(value))

    def of_number(self, value: float) -> bool | None:
        """Whether it holds for a number."""
        if self.operator in ORDERINGS:
            assert isinstance(self.wanted, Number)
            return ORDERINGS[self.operator](value, self.wanted.number)
        return self._of_equality(self.wanted.equals_number(value))

    def _of_equality(self, equal: bool | None) -> bool | None:
        return equal if equal is None or self.operator == "=" else not equal

    def fails(self) -> str:
        """The end of a clause about a value for which it does not hold."""
        if self.operator == "!=":
            return f", which != {self.wanted.written} excludes"
        return f", not {self.wanted.written if self.operator == '=' else self}"

    def __str__(self) -> str:
        return f"{self.operator} {self.wanted.written}"


def read_comparison(sign: Token, value: Tree[Token], pattern: str) -> Comparison:
    """The comparison that two nodes of the tree spell."""
    token = value.children[0]
    assert isinstance(token, Token)
    wanted = _wanted(token, pattern)
    if sign in ORDERINGS and not isinstance(wanted, Number):
        refuse(pattern, token.start_pos or 0, f"{sign} compares numbers; write one after it, or = or != before text")
    return Comparison(str(sign), wanted)


def check_regexes(tokens: list[Token], pattern: str) -> None:
    """A JSON or space-delimited pattern takes two regular expressions."""
    found = [token for token in tokens if token.type == "REGEX"]
    if len(found) > MOST_REGEXES:
        refuse(pattern, found[MOST_REGEXES].start_pos or 0, f"a pattern takes {MOST_REGEXES} regular expressions")


def _wanted(token: Token, pattern: str) -> Wanted:
    position, written = token.start_pos or 0, str(token)
    if token.type == "REGEX":
        return Regex(written, read_regex(written[1:-1], pattern, position + 1))
    if token.type == "STRING":
        if "\\" in written:
            raise Unjudged("AWS does not document backslashes in a quoted string of a filter pattern")
        return Text(written, written[1:-1])
    if NUMBER.fullmatch(written):
        return Number(written, _number(written))
    if not PERHAPS_BARE.fullmatch(written):
        refuse(pattern, position, "a string with other signs than letters and digits must stand in double quotes")
    if not BARE.fullmatch(written):
        raise Unjudged(f"AWS does not document {written[:40]} without double quotes: write them")
    return Text(written, written)


def _number(written: str) -> float:
    number = as_number(written)
    if number is None or abs(number) == float("inf"):
        raise Unjudged("AWS does not document numbers as large as that")
    return number
