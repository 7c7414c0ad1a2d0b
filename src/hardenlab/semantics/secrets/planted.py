"""Planted values: what a scenario put there, looked for as it is and in the ways in which people hide it."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile

from hardenlab.semantics.secrets.layers import Layer, joined

SHORTEST = 6
LEAST_PIECE, MOST_PIECES = 8, 4
# how many characters of base64 mix with what stands before, for a value that no, one or two bytes of a group precede
MIXED = (0, 2, 3)


@dataclass(frozen=True, slots=True)
class Hit:
    """A planted value's name and value, its offset in the layer, and how it was hidden there."""

    name: str
    value: str
    layer: Layer
    offset: int
    how: tuple[str, ...] = ()


def read_planted(planted: Mapping[str, str]) -> dict[str, str]:
    """The values by name; ValueError for one so short that it would be found everywhere."""
    for name, value in planted.items():
        if not isinstance(value, str) or len(value) < SHORTEST:
            raise ValueError(f"the planted value {name!r} needs at least {SHORTEST} characters")
    return dict(planted)


def hits(layer: Layer, planted: Mapping[str, str]) -> Iterator[Hit]:
    """The planted values that a layer holds, each at its first place."""
    whole = joined(layer)
    small = layer.text.lower()
    for name, value in planted.items():
        if (at := layer.text.find(value)) >= 0:
            yield Hit(name, value, layer, at)
        elif (at := whole.text.find(value)) >= 0:
            yield Hit(name, value, whole, at)
        elif (at := layer.text.find(value[::-1])) >= 0:
            yield Hit(name, value, layer, at, ("backwards",))
        elif (at := small.find(value.encode().hex())) >= 0:
            yield Hit(name, value, layer, at, ("hexadecimal",))
        elif (place := _base64(layer.text, value)) is not None:
            yield Hit(name, value, layer, place, ("base64",))
        elif (place := _pieces(layer.text, value)) is not None:
            yield Hit(name, value, layer, place, ("pieces",))


def _base64(text: str, value: str) -> int | None:
    """Where the value begins inside some base64, whatever stands before it: three alignments, two alphabets."""
    raw = value.encode()
    for shift, mixed in enumerate(MIXED):
        encoded = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
        # the last character mixes with what follows, unless the value ends where a group of three bytes ends
        certain = encoded[mixed : -1 if (shift + len(raw)) % 3 else None]
        for alphabet in (certain, certain.replace("+", "-").replace("/", "_")):
            if (at := text.find(alphabet)) >= 0:
                return at
    return None


def _pieces(text: str, value: str) -> int | None:
    """Where the first of at most four pieces stands, each of eight characters or more, that make up the value."""
    pieces, rest = list[str](), value
    while len(pieces) < MOST_PIECES and (piece := _longest(text, rest)):
        pieces.append(piece)
        rest = rest[len(piece) :]
    return None if rest else text.find(pieces[0])


def _longest(text: str, value: str) -> str:
    """The longest beginning of a value that the text holds and that leaves no piece too short; empty when none."""
    ends = (*range(LEAST_PIECE, len(value) - LEAST_PIECE + 1), len(value))
    return "".join(list(takewhile(text.__contains__, (value[:end] for end in ends)))[-1:])
