"""What can be said of a policy's text without deciding anything: where its statements stand, which keys it names.

Rules: IAM User Guide, "IAM JSON policy elements: Condition" and "IAM policy elements: Variables and tags".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hardenlab.semantics.iam.document import Document
from hardenlab.semantics.iam.model import CannotJudge
from hardenlab.semantics.iam.text import load

VARIABLE = re.compile(r"\$\{([^},\s]{1,256})")
SPACE = re.compile(r"[ \t\n\r]*")


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a text: lines and columns from 1."""

    line: int
    column: int


def statement_places(text: str) -> list[tuple[Place, Place]]:
    """Where each statement of a policy begins and ends (the column after its last character)."""
    load(text)
    return [(_place(text, start), _place(text, end)) for start, end in _statements(text)]


def context_keys(document: Document) -> list[str]:
    """The condition keys that a policy names, in conditions and as policy variables, as it spells them."""
    value = load(document) if isinstance(document, str) else getattr(document, "source", document)
    if not isinstance(value, Mapping):
        raise CannotJudge("a policy must be a JSON object")
    raw = value.get("Statement", [])
    statements = raw if isinstance(raw, list) else [raw]
    found = [key for statement in statements if isinstance(statement, Mapping) for key in statement_keys(statement)]
    return list(dict.fromkeys(found))


def statement_keys(statement: Mapping[str, Any]) -> Iterator[str]:
    """The same for one statement."""
    conditions = statement.get("Condition")
    for block in conditions.values() if isinstance(conditions, Mapping) else ():
        if isinstance(block, Mapping):
            yield from block
            for values in block.values():
                yield from _variables(values)
    for element in ("Resource", "NotResource"):
        yield from _variables(statement.get(element))


def _variables(value: object) -> Iterator[str]:
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, str):
            yield from (name for name in VARIABLE.findall(text) if name not in ("*", "?", "$"))


def _statements(text: str) -> Iterator[tuple[int, int]]:
    """Spans of the members of the top level's Statement; the text is known to be JSON."""
    decoder, at = json.JSONDecoder(), _after_space(text, 0)
    if text[at] != "{":
        return
    at = _after_space(text, at + 1)
    while text[at] != "}":
        key, at = decoder.raw_decode(text, at)
        at = _after_space(text, _after_space(text, at) + 1)
        _, end = decoder.raw_decode(text, at)
        if key == "Statement":
            yield from _members(text, at, decoder) if text[at] == "[" else [(at, end)]
        at = _after_space(text, end)
        at = _after_space(text, at + 1) if text[at] == "," else at


def _members(text: str, at: int, decoder: json.JSONDecoder) -> Iterator[tuple[int, int]]:
    at = _after_space(text, at + 1)
    while text[at] != "]":
        _, end = decoder.raw_decode(text, at)
        yield at, end
        at = _after_space(text, end)
        at = _after_space(text, at + 1) if text[at] == "," else at


def _after_space(text: str, at: int) -> int:
    match = SPACE.match(text, at)
    return match.end() if match else at


def _place(text: str, at: int) -> Place:
    line = text.count("\n", 0, at)
    return Place(line + 1, at - (text.rfind("\n", 0, at) + 1) + 1)
