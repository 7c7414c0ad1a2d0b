"""The search: every layer of a text, for the planted values and then for what looks like a secret."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from hardenlab.semantics.reading import Malformed
from hardenlab.semantics.secrets.detectors import suspects
from hardenlab.semantics.secrets.found import Findings, Found, masked
from hardenlab.semantics.secrets.layers import Layer, layers
from hardenlab.semantics.secrets.planted import hits, read_planted

# user data has at most 16 KB, a function's variables 4 KB; what is left is for notebooks
MAX_CHARACTERS = 131_072
# what patterns read of the text and of what is encoded in it, so that hostile text is over within 0.1 s
MAX_PATTERNS = 20_480
MAX_NESTING = 60
MAX_FIELDS = 20_000
MAX_FOUND = 100
# an entropy of decoded bytes means little, and a decoded picture has much of it
ONLY_AS_WRITTEN = ("Base64 High Entropy String", "Hex High Entropy String")


def find_secrets(text: str, planted: Mapping[str, str] | None = None, *, patterns: bool = True) -> Findings:
    """Secrets in a text. `planted` are values by name; without `patterns` only these are looked for.

    A planted value is found as it is, joined from pieces, backwards, and within base64, hexadecimal, URL encoding,
    escapes and gzip, three deep. Patterns read 20,480 characters; where there are more and nothing was found in them,
    `unread` is true and nothing is known of the rest. Raises `Malformed` for more than 131,072 characters, ValueError
    for a planted value of fewer than 6.
    """
    if not isinstance(text, str):
        raise Malformed("the text", "must be a text")
    if len(text) > MAX_CHARACTERS:
        raise Malformed("the text", f"has more than {MAX_CHARACTERS} characters; search a smaller one")
    found, unread = _search(text, read_planted(planted or {}), MAX_PATTERNS if patterns else None)
    return Findings(tuple(found), unread > 0)


def find_secrets_in(
    document: Mapping[str, Any], planted: Mapping[str, str] | None = None, *, patterns: bool = True
) -> Findings:
    """The same in every key and text of a document, such as a function's configuration; each has its path.

    Raises `Malformed` for a document that is too large or nested too deeply.
    """
    values, found, size = read_planted(planted or {}), list[Found](), 0
    everything: list[str] = []
    left, unread = MAX_PATTERNS, False
    for number, (path, key, text) in enumerate(_texts(document)):
        size += len(text)
        if size > MAX_CHARACTERS or number > MAX_FIELDS:
            raise Malformed("the document", f"has more than {MAX_CHARACTERS} characters; search a smaller one")
        everything.append(text)
        # a password is told by its name: the pair reads as an assignment
        line = f'{key} = "{text}"' if patterns and '"' not in text and "\n" not in text else text
        told, over = _search(line, values, left if patterns else None)
        found += [replace(one, path=path) for one in told]
        left, unread = max(0, left - len(line)), unread or over > 0
    known = {one.kind for one in found}
    rest = {name: value for name, value in values.items() if name not in known}
    found += [replace(one, path="several fields") for one in _search("\n".join(everything), rest, None)[0]]
    return Findings(tuple(found[:MAX_FOUND]), unread)


def _search(text: str, planted: Mapping[str, str], budget: int | None) -> tuple[list[Found], int]:
    """What is found, in the order of the text, and how many characters the patterns left unread.

    `budget`: how many they may read; None: no pattern is looked for.
    """
    lines = [0, *(at + 1 for at, character in enumerate(text) if character == "\n")]
    left, seen, unread = dict(planted), set[str](), 0
    found: list[tuple[int, Found]] = []
    for layer in layers(text):
        for hit in list(hits(layer, left)):
            left.pop(hit.name)
            seen.add(hit.value)
            found.append(_found(lines, hit.layer, hit.offset, hit.name, hit.value, hit.how, certain=True))
        if budget is None:
            continue
        readable = layer.text[:budget]
        budget, unread = budget - len(readable), unread + len(layer.text) - len(readable)
        for kind, secret, offset in suspects(readable):
            if len(found) >= MAX_FOUND:
                break
            if (layer.hidden and kind in ONLY_AS_WRITTEN) or any(secret in one or one in secret for one in seen):
                continue
            seen.add(secret)
            found.append(_found(lines, layer, offset, kind, secret, (), certain=False))
    return [one for _, one in sorted(found, key=lambda pair: pair[0])], unread


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
    while waiting:
        path, key, value, depth = waiting.pop()
        if depth > MAX_NESTING:
            raise Malformed("the document", "is nested too deeply; make it flatter")
        if isinstance(value, str):
            yield path, key, value
        elif isinstance(value, Mapping):
            inner = [(f"{path}.{name}".lstrip("."), str(name), item, depth + 1) for name, item in value.items()]
            waiting += inner[::-1]
            yield from ((f"{path}.{name}".lstrip("."), "", str(name)) for name in value)
        elif isinstance(value, (list, tuple)):
            waiting += [(f"{path}[{at}]", key, item, depth + 1) for at, item in enumerate(value)][::-1]
