"""Documents from strangers, read field by field: every refusal says where, what is wrong and what to do."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

MAX_CHARACTERS = 262_144
MAX_NUMBER = 20
MAX_SHOWN = 60
TEXTS = frozenset({str})

Document = Mapping[str, Any] | str


class Malformed(ValueError):
    """The document is not one that AWS would have accepted; `where` is the path of the field."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where} {what}" if where else what)
        self.where = where
        self.what = what


@dataclass(slots=True)  # not frozen, which makes each three times as slow to make, and documents have thousands
class Field:
    """A value of a document and its path; each method raises `Malformed` when the value is not what it asks for."""

    value: object
    path: str

    @staticmethod
    def of(document: Document, name: str) -> Field:
        """The whole document: a mapping, or JSON text of one; `name` is what errors call it."""
        return Field(_load(document, name) if isinstance(document, str) else document, name)

    def object(self, known: Collection[str] | None = None) -> Mapping[str, object]:
        """The value as an object; with `known`, one that has no other keys."""
        value = self.value
        if not isinstance(value, (dict, Mapping)):  # the type that it has by far the most often is the quicker to find
            self.refuse(f"must be an object, not {kind_of(value)}")
        if not TEXTS.issuperset(map(type, value)):
            self._refuse_keys(value)
        if known is not None:
            for key in value:
                if key not in known:
                    self.refuse(f"has the unknown field {shown(key)}; it takes {listed(known)}")
        return value

    def _refuse_keys(self, value: Mapping[Any, Any]) -> None:
        for key in value:
            if not isinstance(key, str):
                self.refuse(f"has a key that is {kind_of(key)}; every key must be a text")

    def __getitem__(self, key: str) -> Field:
        found = self.get(key)
        if found is None:
            self.refuse(f"needs the field {key}")
        return found

    def get(self, key: str) -> Field | None:
        """The field of that name, or None; null counts as absent, as the AWS APIs treat it."""
        value = self.object().get(key)
        return None if value is None else Field(value, f"{self.path}.{key}")

    def items(self, least: int = 0, most: int = 1000) -> list[Field]:
        """The elements of a list."""
        if not isinstance(self.value, (list, tuple)):
            self.refuse(f"must be a list, not {kind_of(self.value)}")
        if not least <= len(self.value) <= most:
            self.refuse(f"has {len(self.value)} elements; it takes {least} to {most}")
        return [Field(value, f"{self.path}[{index}]") for index, value in enumerate(self.value)]

    def each(self, key: str, least: int = 0, most: int = 1000) -> Iterator[Field]:
        """The elements of the list at `key`; none when the field is absent and `least` is 0."""
        found = self.get(key)
        if found is not None:
            yield from found.items(least, most)
        elif least:
            self.refuse(f"needs the field {key}")

    def text(self, least: int = 1, most: int = 255) -> str:
        """A text of `least` to `most` characters."""
        if not isinstance(self.value, str):
            self.refuse(f"must be a text, not {kind_of(self.value)}")
        if not least <= len(self.value) <= most:
            self.refuse(f"has {len(self.value)} characters; it takes {least} to {most}")
        return self.value

    def integer(self, least: int, most: int) -> int:
        """A whole number between the bounds, both included."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self.refuse(f"must be a whole number, not {kind_of(self.value)}")
        if not least <= self.value <= most:
            self.refuse(f"must be between {least} and {most}")
        return self.value

    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            self.refuse(f"must be true or false, not {kind_of(self.value)}")
        return self.value

    def choice(self, *options: str) -> str:
        """One of the texts."""
        if not isinstance(self.value, str) or self.value not in options:
            self.refuse(f"must be {listed(options, 'or')}, not {shown(self.value)}")
        return self.value

    def refuse(self, what: str) -> NoReturn:
        raise Malformed(self.path, what)


def kind_of(value: object) -> str:
    """What sort of value it is, in the words of JSON."""
    kinds = ((bool, "true or false"), (str, "a text"), (int, "a whole number"), (float, "a number"))
    for python, name in kinds:
        if isinstance(value, python):
            return name
    if value is None:
        return "nothing"
    return "an object" if isinstance(value, Mapping) else "a list" if isinstance(value, (list, tuple)) else "a value"


def shown(value: object) -> str:
    """A value short enough for a sentence."""
    if not isinstance(value, str):
        return kind_of(value)
    return repr(value if len(value) <= MAX_SHOWN else value[:MAX_SHOWN] + "…")


def listed(names: Collection[str], word: str = "and") -> str:
    """ "a, b and c"."""
    *most, last = sorted(names) if isinstance(names, (set, frozenset)) else names
    return f"{', '.join(most)} {word} {last}" if most else last


def _load(text: str, name: str) -> object:
    if len(text) > MAX_CHARACTERS:
        raise Malformed(name, f"has more than {MAX_CHARACTERS} characters; write a smaller one")
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_int=_integer, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise Malformed(
            name, f"is not JSON: {error.msg} in line {error.lineno}, column {error.colno}; mend it there"
        ) from None
    except _Refused as error:
        raise Malformed(name, f"is not JSON that AWS reads: {error}") from None
    except RecursionError:
        raise Malformed(name, "is nested too deeply; make it flatter") from None


class _Refused(Exception):
    """JSON that Python reads and AWS does not."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _Refused(f"the key {shown(twice)} occurs twice in one object; keep one")
    return result


def _integer(digits: str) -> int:
    if len(digits) > MAX_NUMBER:
        raise _Refused(f"a number has more than {MAX_NUMBER} digits; write a smaller one")
    return int(digits)


def _no_constant(name: str) -> NoReturn:
    raise _Refused(f"{name} is not a number; write one")
