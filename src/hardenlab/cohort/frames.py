"""Messages between a worker and its parent: a length of four bytes, then JSON or a journal. Both ends are bounded."""

import os
import select
import struct
import time

LENGTH = struct.Struct(">I")


class Lost(Exception):
    """The other end is gone, silent for too long, or sends more than it may."""


def send(descriptor: int, content: bytes) -> None:
    """Write one message. Lost: nobody reads."""
    data = memoryview(LENGTH.pack(len(content)) + content)
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    except OSError as error:
        raise Lost("it has ended") from error


def receive(descriptor: int, most: int, seconds: float | None = None) -> bytes:
    """Read one message of at most `most` bytes within `seconds`. Lost: it did not come, or is too long."""
    until = None if seconds is None else time.monotonic() + seconds
    (length,) = LENGTH.unpack(_exactly(descriptor, LENGTH.size, until))
    if length > most:
        raise Lost(f"it sent {length} bytes, and may send {most}")
    return _exactly(descriptor, length, until)


def _exactly(descriptor: int, count: int, until: float | None) -> bytes:
    parts: list[bytes] = []
    while count:
        left = None if until is None else max(until - time.monotonic(), 0)
        if not select.select([descriptor], [], [], left)[0]:
            raise Lost("it took too long")
        part = os.read(descriptor, min(count, 1 << 20))
        if not part:
            raise Lost("it has ended")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
