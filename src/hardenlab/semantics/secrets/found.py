"""What a search finds: where, how it was hidden, and never the whole of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hardenlab.semantics.explanation import Explanation

SHOWN = 4


@dataclass(frozen=True, slots=True)
class Found:
    """A secret in a text."""

    kind: str
    """The name of the planted value, or what the pattern is of: "AWS Access Key"."""
    certain: bool
    """A planted value is one for sure; a pattern may be mistaken."""
    line: int
    column: int
    masked: str
    hidden: tuple[str, ...] = ()
    """How it was written, from the outside in: ("base64", "gzip"); empty when it stands there as it is."""
    path: str = ""
    """The field of a document; empty in a text."""

    def __str__(self) -> str:
        place = self.path or f"line {self.line}, column {self.column}"
        hidden = f" in {' in '.join(reversed(self.hidden))}" if self.hidden else ""
        return f"{self.kind} {self.masked}{hidden} at {place}"


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that was found, in the order of the text; true when there is something."""

    found: tuple[Found, ...]
    unread: bool
    """Whether there was more text than the patterns read: without a finding the answer is UNKNOWN, not "clean"."""

    def __bool__(self) -> bool:
        return bool(self.found)

    @property
    def planted(self) -> tuple[Found, ...]:
        """The planted values among them."""
        return tuple(one for one in self.found if one.certain)

    @property
    def suspected(self) -> tuple[Found, ...]:
        """What only looks like a secret: a person should see it before it costs a point."""
        return tuple(one for one in self.found if not one.certain)

    @property
    def because(self) -> str:
        """One sentence."""
        if not self.found and self.unread:
            return "Nothing was found in what was read, and the text is too long to read all of it for patterns"
        if not self.found:
            return "Nothing in it is a planted value or looks like a secret"
        more = f", and {len(self.found) - 1} more" if len(self.found) > 1 else ""
        first = (self.planted or self.found)[0]
        return f"It holds {'the' if first.certain else 'what looks like a secret,'} {first}{more}"

    def explain(self) -> Explanation:
        """The findings as a sentence and as data."""
        data: Mapping[str, Any] = {
            "found": [
                {
                    "kind": one.kind,
                    "certain": one.certain,
                    "line": one.line,
                    "column": one.column,
                    "masked": one.masked,
                    "hidden": list(one.hidden),
                    "path": one.path,
                }
                for one in self.found
            ],
            "unread": self.unread,
        }
        return Explanation(self.because, data)


def masked(secret: str) -> str:
    """At most four characters, and never more than a quarter of it: "AKIA… (20 characters)"."""
    return f"{secret[: min(SHOWN, len(secret) // 4)]}… ({len(secret)} characters)"
