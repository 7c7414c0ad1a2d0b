"""The search: every layer of a text, for the planted values and then for what looks like a secret."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from hardenlab.semantics.reading import Malformed
from hardenlab.semantics.secrets.detectors import Suspect, suspects
from hardenlab.semantics.secrets.found import Findings, Found, masked
from hardenlab.semantics.secrets.layers import Budget, Layer, layers
from hardenlab.semantics.secrets.planted import hits, read_planted

# user data has at most 16 KB, a function's variables 4 KB; what is left is for notebooks
MAX_CHARACTERS = 65_536
# what patterns read of the text and of what is encoded in it, so that hostile text is over within 0.1 s
MAX_PATTERNS = 10_240
NEWLINE = re.compile("\n")
MAX_NESTING = 60
MAX_FIELDS = 5_000
MAX_FOUND = 100
# an entropy of decoded bytes means little, and a decoded picture has much of it
ONLY_AS_WRITTEN = ("Base64 High Entropy String", "Hex High Entropy String")


def find_secrets(text: str, planted: Mapping[str, str] | None = None, *, patterns: bool = True) -> Findings:
    """Secrets in a text. `planted` are values by name; without `patterns` only these are looked for.

    A planted value is found as it is, joined from pieces, backwards, and within base64, hexadecimal, URL encoding,
    escapes and gzip, three deep. Patterns read 10,240 characters; where there are more and nothing was found in them,
    `unread` is true and nothing is known of the rest. Raises `Malformed` for more than 65,536 characters, ValueError
    for a planted value of fewer than 6.
    """
    if not isinstance(text, str):
        raise Malformed("the text", "must be a text")
    if len(text) > MAX_CHARACTERS:
        raise Malformed("the text", f"has more than {MAX_CHARACTERS} characters; search a smaller one")
    search = _Search(patterns)
    found = search.of(text, read_planted(planted or {}))
    return Findings(tuple(found), search.left_something)


def find_secrets_in(
    document: Mapping[str, Any], planted: Mapping[str, str] | None = None, *, patterns: bool = True
) -> Findings:
    """The same in every key and text of a document, such as a function's configuration; each has its path.

    Raises `Malformed` for a document that is too large or nested too deeply.
    """
    values, found, size = read_planted(planted or {}), list[Found](), 0
    everything: list[str] = []
    search = _Search(patterns)
    for path, key, text in _texts(document):
        size += len(text)
        if size > MAX_CHARACTERS:
            raise Malformed("the document", f"has more than {MAX_CHARACTERS} characters; search a smaller one")
        everything.append(text)
        found += [replace(one, path=path) for one in search.of_field(key, text, values)]
    known = {one.kind for one in found}
    rest = {name: value for name, value in values.items() if name not in known}
    spread = _Search(patterns=False).of("\n".join(everything), rest)
    found += [replace(one, path="several fields") for one in spread]
    return Findings(tuple(found[:MAX_FOUND]), search.left_something)


class _Search:
    """A search through one text, or through the fields of one document, with one budget."""

    def __init__(self, patterns: bool) -> None:
        self._patterns = patterns
        self._readable = MAX_PATTERNS
        self._budget = Budget()
        self._unread = False

    @property
    def left_something(self) -> bool:
        """Whether some text was not read by the patterns, or not decoded."""
        return self._unread or self._budget.is_spent

    def of(self, text: str, planted: Mapping[str, str]) -> list[Found]:
        """What is found in a text, in the order of the text."""
        lines = [0, *(end.end() for end in NEWLINE.finditer(text))]
        left, seen = dict(planted), set[str]()
        found: list[tuple[int, Found]] = []
        for layer in layers(text, self._budget):
            for hit in list(hits(layer, left)):
                left.pop(hit.name)
                seen.add(hit.value)
                found.append(_found(lines, hit.layer, hit.offset, hit.name, hit.value, hit.how, certain=True))
            room = max(0, MAX_FOUND - len(found))
            for kind, secret, offset in islice(self._suspects(layer, seen), room):
                found.append(_found(lines, layer, offset, kind, secret, (), certain=False))
        return [one for _, one in sorted(found, key=lambda pair: pair[0])]

    def of_field(self, key: str, text: str, planted: Mapping[str, str]) -> Iterator[Found]:
        """The same in a field of a document, which is read as an assignment: a password is told by its name."""
        before = f'{key} = "' if key and not set('"\r\n') & set(key + text) else ""
        for one in self.of(f'{before}{text}"' if before else text, planted):
            if one.column > len(before):
                yield replace(one, column=one.column - len(before))

    def _suspects(self, layer: Layer, seen: set[str]) -> Iterator[Suspect]:
        """What the patterns tell of a layer, but for what is part of something seen or has it as a part."""
        if not self._patterns:
            return
        read = layer.text[: self._readable]
        self._readable -= len(read)
        self._unread |= len(read) < len(layer.text)
        for kind, secret, offset in suspects(read):
            is_decoded_noise = bool(layer.hidden) and kind in ONLY_AS_WRITTEN
            if not is_decoded_noise and not any(secret in one or one in secret for one in seen):
                seen.add(secret)
                yield kind, secret, offset


def _found(
    lines: list[int], layer: Layer, offset: int, kind: str, secret: str, how: tuple[str, ...], *, certain: bool
) -> tuple[int, Found]:
    origin = layer.origin(offset)
    line = bisect_right(lines, origin)
    column = origin - lines[line - 1] + 1
    return origin, Found(kind, certain, line, column, masked(secret), (*layer.hidden, *how))


def _texts(document: object) -> Iterator[tuple[str, str, str]]:
    """Path, key and text of every text in a document; keys count too."""
    waiting: list[tuple[str, str, object, int]] = [("", "", document, 0)]
    visited = 0
    while waiting:
        path, key, value, depth = waiting.pop()
        visited += 1
        if depth > MAX_NESTING:
            raise Malformed("the document", "is nested too deeply; make it flatter")
        if visited > MAX_FIELDS:
            raise Malformed("the document", f"has more than {MAX_FIELDS} fields; search a smaller one")
        if isinstance(value, str):
            yield path, key, value
        elif isinstance(value, Mapping):
            inner = [(f"{path}.{name}".lstrip("."), str(name), item, depth + 1) for name, item in value.items()]
            waiting += inner[::-1]
            yield from ((place, "", name) for place, name, _, _ in inner)
        elif isinstance(value, (list, tuple)):
            waiting += [(f"{path}[{at}]", key, item, depth + 1) for at, item in enumerate(value)][::-1]
