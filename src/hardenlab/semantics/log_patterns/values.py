"""What a condition compares with: text with asterisks, a number, or a regular expression.

CloudWatch Logs User Guide, "Filter pattern syntax": an asterisk before or after a term matches any text. One edition
says that an asterisk inside a term stands for itself and others are silent: where that makes a difference, None.
"""

import re
from dataclasses import dataclass

from hardenlab.semantics.regular import Searcher
from hardenlab.semantics.wildcards import fits

NUMBER = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?")
KEYWORDS = ("true", "false", "null")


@dataclass(frozen=True, slots=True)
class Text:
    """A string, quoted or not, with asterisks at its ends."""

    written: str
    text: str

    @property
    def is_anything(self) -> bool:
        return self.text == "*"

    @property
    def is_keyword(self) -> bool:
        """It reads like a JSON value that is no string."""
        return self.text in KEYWORDS

    def equals(self, value: str) -> bool | None:
        """Whether a string is this text."""
        core, stars = self.text.strip("*"), (self.text.startswith("*"), self.text.endswith("*"))
        literal = _held(value, core, *stars)
        if "*" not in core:
            return literal
        return literal if literal == fits(tuple(self.text.split("*")), value) else None

    def equals_number(self, value: float) -> bool | None:
        """Whether a JSON number is this text: AWS says so of * alone."""
        if self.is_anything:
            return True
        return None if "*" in self.text or as_number(self.text) == value else False


@dataclass(frozen=True, slots=True)
class Number:
    """A number without quotes."""

    written: str
    number: float

    def equals(self, value: str) -> bool | None:
        """Whether a string is this number: not documented when it reads like it."""
        return None if as_number(value) == self.number else False

    def equals_number(self, value: float) -> bool | None:
        return value == self.number


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression between percent signs."""

    written: str
    searcher: Searcher

    def equals(self, value: str) -> bool | None:
        """Whether the expression is found in a string."""
        return self.searcher.search(value) is not None

    def equals_number(self, value: float) -> bool | None:
        """Numbers have no documented text."""
        return None


Wanted = Text | Number | Regex


def as_number(text: str) -> float | int | None:
    """The number that a text spells, if it spells one; whole numbers stay exact."""
    if not NUMBER.fullmatch(text):
        return None
    return int(text) if re.fullmatch(r"[+-]?[0-9]+", text) else float(text)


def _held(value: str, core: str, leading: bool, trailing: bool) -> bool:
    if leading and trailing:
        return core in value
    if leading:
        return value.endswith(core)
    return value.startswith(core) if trailing else value == core
