"""One line of a journal: JSON with a chained checksum, so that a lost, altered or swapped line is noticed."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT = 1
MAX_LINE = 80 * 1024 * 1024
KINDS = frozenset(
    ("header", "call", "outcome", "answer", "hint", "solution", "check", "checkpoint", "rewind", "undo", "reset")
)


@dataclass(frozen=True)
class Line:
    """A kind, its number, when it happened (seconds since 1970, UTC), and what the kind needs.

    `header` has number 0; every other kind but `outcome` takes the next number; an `outcome` carries its call's.
    """

    kind: str
    number: int
    time: float
    data: Mapping[str, Any] = field(default_factory=dict)


class Broken(Exception):
    """The text is no line of a journal, or not the one that follows."""


def encode(line: Line, previous: str) -> tuple[bytes, str]:
    """The line's bytes with its newline, and its checksum, which the next line continues."""
    content = json.dumps(
        {"n": line.number, "kind": line.kind, "t": line.time, **line.data}, separators=(",", ":"), ensure_ascii=True
    )
    checksum = _checksum(previous, content)
    return f'{content[:-1]},"sum":"{checksum}"}}\n'.encode(), checksum


def decode(text: bytes, previous: str) -> tuple[Line, str]:
    """The line and its checksum; Broken when it is not whole or does not follow `previous`."""
    if len(text) > MAX_LINE:
        raise Broken("it is too long")
    content, _, tail = text.rstrip(b"\n").rpartition(b',"sum":"')
    if not content or not tail.endswith(b'"}'):
        raise Broken("it has no checksum")
    checksum = _checksum(previous, content.decode("utf-8", "replace") + "}")
    if checksum.encode() != tail[:-2]:
        raise Broken("its checksum does not fit what stands before it")
    try:
        data = json.loads(content + b"}")
    except (ValueError, RecursionError) as error:
        raise Broken("it is not JSON") from error
    return _line(data), checksum


def _line(data: Any) -> Line:
    if not isinstance(data, dict):
        raise Broken("it is not an object")
    kind, number, time = data.pop("kind", None), data.pop("n", None), data.pop("t", None)
    if kind not in KINDS or not isinstance(number, int) or not isinstance(time, int | float) or number < 0:
        raise Broken("it lacks a kind, a number or a time")
    return Line(kind, number, float(time), data)


def _checksum(previous: str, content: str) -> str:
    return hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()[:16]
