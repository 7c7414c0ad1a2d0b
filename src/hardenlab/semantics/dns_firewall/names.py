"""Domain names, and the specifications of domain lists that cover them.

Rules: Route 53 Developer Guide, "Managing your own domain lists". The guide states only the syntax of a
specification: what an asterisk means that is not a whole first label is left open, so it is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hardenlab.semantics.reading import Field, Malformed, shown

MAX_NAME = 255
LABEL = re.compile(r"[A-Za-z0-9-]{1,63}")
QUERIED_LABEL = re.compile(r"[!-~]{1,63}")


@dataclass(frozen=True, slots=True)
class Name:
    """A queried name, and the specifications that cover it: itself, *.parent for every parent, and *."""

    text: str
    covers: tuple[str, ...]


def read_name(text: str, path: str) -> Name:
    """A queried name without regard to case and final dot; raises `Malformed` when DNS has no such name."""
    name = text.removesuffix(".")
    if not 1 <= len(name) <= MAX_NAME:
        raise Malformed(path, f"must have 1 to {MAX_NAME} characters")
    if not all(QUERIED_LABEL.fullmatch(label) for label in name.split(".")):
        raise Malformed(path, f"{shown(text)} is not a domain name; write one such as www.example.com")
    labels = name.lower().split(".")
    wildcards = ("*." + ".".join(labels[start:]) for start in range(1, len(labels)))
    return Name(".".join(labels), (".".join(labels), *wildcards, "*"))


def read_specification(field: Field) -> str:
    """An entry of a domain list, in small letters and without the final dot."""
    text = field.text(1, MAX_NAME)
    rest = text.removesuffix(".").removeprefix("*").removeprefix(".")
    if text != "*" and (text.startswith(".") or not all(LABEL.fullmatch(label) for label in rest.split("."))):
        field.refuse(f"{shown(text)} is not a domain; write example.com, *.example.com or * (letters, digits, hyphens)")
    return text.removesuffix(".").lower()


@dataclass(frozen=True, slots=True)
class DomainList:
    """A domain list ready for look-ups; `managed` when AWS keeps its domains to itself."""

    id: str
    name: str
    managed: bool
    specifications: frozenset[str]
    wildcards: tuple[str, ...]

    @classmethod
    def of(cls, id: str, name: str, specifications: Iterable[str], managed: bool = False) -> DomainList:
        found = frozenset(specifications)
        return cls(id, name, managed, found, tuple(sorted(text for text in found if text.startswith("*"))))

    def covering(self, name: Name) -> str | None:
        """The specification that covers the name, the narrowest first."""
        if self.specifications.isdisjoint(name.covers):
            return None
        return next(specification for specification in name.covers if specification in self.specifications)

    def perhaps_covering(self, name: Name) -> str | None:
        """Of a name that none covers: one that might, as the guide does not say what *example.com means."""
        return next((text for text in self.wildcards if name.text.endswith(text[1:])), None)

    def near_miss(self, name: Name) -> str | None:
        """*.example.com when example.com is asked: learners take the one for both."""
        return f"*.{name.text}" if f"*.{name.text}" in self.specifications else None
