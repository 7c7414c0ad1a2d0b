"""What a text says when what is encoded in it is read: base64, hexadecimal, percent, escapes, gzip, joined pieces.

Every layer is bounded in size, in number and in depth, and each knows where in the first text it stands.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, takewhile
from urllib.parse import unquote

MAX_DEPTH = 3
MAX_DECODED = 131_072
MAX_LAYERS = 500
PRINTABLE = 0.95

BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
WRAPPED = re.compile(
    r"(?m)^[ \t]*[A-Za-z0-9+/]{60,76}[ \t]*\r?\n(?:[ \t]*[A-Za-z0-9+/]{1,76}={0,2}[ \t]*(?:\r?\n|\Z))+"
)
HEXADECIMAL = re.compile(r"[0-9A-Fa-f]{12,}")
TOKEN = re.compile(r"\S+")
ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([0-7]{3})|(.))")
SEAM = re.compile(r"""["'`]\s{0,40}[+.,&]?\s{0,40}["'`]|\\\r?\n[ \t]{0,40}""")
SIMPLE = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True, slots=True)
class Layer:
    """A text, how it was got (from the outside in), and where in the first text its parts stand."""

    text: str
    hidden: tuple[str, ...] = ()
    starts: tuple[int, ...] = (0,)
    origins: tuple[int, ...] = (0,)
    exact: bool = True
    """Whether an offset within a part counts on from the part's origin (a decoded run stands at its start)."""

    def origin(self, offset: int) -> int:
        """The offset in the first text."""
        part = bisect_right(self.starts, offset) - 1
        return self.origins[part] + (offset - self.starts[part] if self.exact else 0)


@dataclass(slots=True)
class Budget:
    """How much may still be decoded; one budget serves all the fields of a document."""

    characters: int = MAX_DECODED
    layers: int = MAX_LAYERS
    is_spent: bool = False
    """Whether something was left undecoded."""

    def take(self, text: str) -> bool:
        """Whether a layer of this text still fits; when one does not, nothing more is decoded."""
        self.characters -= len(text)
        self.layers -= 1
        self.is_spent = self.is_spent or self.characters < 0 or self.layers < 0
        return not self.is_spent


def layers(text: str, budget: Budget) -> Iterator[Layer]:
    """The text itself, then what is encoded in it, layer within layer, as long as the budget lasts."""
    waiting = deque([Layer(text)])
    while waiting:
        layer = waiting.popleft()
        yield layer
        if len(layer.hidden) < MAX_DEPTH:
            waiting.extend(takewhile(lambda inner: budget.take(inner.text), _decoded(layer)))


def joined(layer: Layer) -> Layer:
    """The text without the seams between quoted pieces: "hun" + "ter2" reads hunter2."""
    seams = [seam.span() for seam in SEAM.finditer(layer.text)]
    origins = (0, *(end for _, end in seams))
    parts = [layer.text[at:end] for at, end in zip(origins, (*(start for start, _ in seams), None), strict=True)]
    starts = tuple(accumulate(map(len, parts[:-1]), initial=0))
    is_first = layer.exact and layer.starts == layer.origins == (0,)
    first = origins if is_first else tuple(map(layer.origin, origins))
    return Layer("".join(parts), (*layer.hidden, "joined pieces"), starts, first, layer.exact)


def _decoded(layer: Layer) -> Iterator[Layer]:
    for match in WRAPPED.finditer(layer.text):
        yield from _from_base64(layer, match.start(), "".join(match[0].split()))
    for match in BASE64.finditer(layer.text):
        yield from _from_base64(layer, match.start(), match[0])
    for match in HEXADECIMAL.finditer(layer.text):
        digits = match[0]
        data = bytes.fromhex(digits if len(digits) % 2 == 0 else digits[:-1])
        yield from _read(layer, match.start(), data, "hexadecimal")
    for match in TOKEN.finditer(layer.text):
        token = match[0]
        if (read := unquote(token)) != token:
            yield _inner(layer, match.start(), read, ("URL encoding",))
        if (read := ESCAPE.sub(_unescaped, token)) != token:
            yield _inner(layer, match.start(), read, ("escapes",))


def _from_base64(layer: Layer, start: int, run: str) -> Iterator[Layer]:
    text = run.rstrip("=").replace("-", "+").replace("_", "/")
    if len(text) % 4 == 1:
        text = text[:-1]
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return
    yield from _read(layer, start, data, "base64")


def _read(layer: Layer, start: int, data: bytes, how: str) -> Iterator[Layer]:
    if data[:2] == b"\x1f\x8b":
        try:
            data = zlib.decompressobj(31).decompress(data, MAX_DECODED)
        except zlib.error:
            return
        yield from _as_text(layer, start, data, (how, "gzip"))
    else:
        yield from _as_text(layer, start, data, (how,))


def _as_text(layer: Layer, start: int, data: bytes, how: tuple[str, ...]) -> Iterator[Layer]:
    """UTF-8, or the UTF-16 of PowerShell's encoded commands."""
    is_wide = data[1::2].count(0) > 0.45 * len(data)
    text = data.decode("utf-16-le" if is_wide else "utf-8", "replace")
    broken = text.count("\ufffd")
    blanks = [character for character in set(text) if character.isspace() and not character.isprintable()]
    readable = sum(map(str.isprintable, text)) + sum(map(text.count, blanks)) - broken
    if readable >= PRINTABLE * len(text):
        yield _inner(layer, start, text, how)


def _inner(layer: Layer, start: int, text: str, how: tuple[str, ...]) -> Layer:
    return Layer(text, (*layer.hidden, *how), origins=(layer.origin(start),), exact=False)


def _unescaped(match: re.Match[str]) -> str:
    wide, narrow, octal, other = match.groups()
    if wide or narrow:
        return chr(int(wide or narrow, 16))
    return chr(int(octal, 8)) if octal else SIMPLE.get(other, other)
