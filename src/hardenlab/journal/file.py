"""The journal's file: one writer, append-only, every line on disk before the caller goes on."""

import fcntl
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardenlab.journal.fold import History, fold
from hardenlab.journal.line import FORMAT, Broken, Line, decode, encode
from hardenlab.model.problem import JournalProblem

MAX_BYTES = 512 * 1024 * 1024
MAX_LINES = 200_000
# what calls leave free, for their outcomes and for what else is kept: a journal that is full can still be gone back in
SPARE_BYTES = 1024 * 1024
SPARE_LINES = 2_000


@dataclass(frozen=True)
class Contents:
    """A journal as read: its header's fields, its lines, and what a power cut left of an unfinished last line."""

    header: Mapping[str, Any]
    lines: list[Line]
    checksum: str
    good_bytes: int
    fragment: bytes


def read_journal(path: Path) -> Contents:
    """Read a whole journal. A cut-off last line is told apart from a corrupted one: it was never acknowledged."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise JournalProblem(f"{path} has {size} bytes; a journal has at most {MAX_BYTES}. It was left as it is.")
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise JournalProblem(f"there is no journal at {path}. Open the section first.") from error
    return parse_journal(raw, path)


def parse_journal(raw: bytes, path: Path | str) -> Contents:
    """Read a journal's bytes; `path` is what a problem calls it."""
    lines, checksum, at, number = [], "", 0, 0
    while at < len(raw):
        end = raw.find(b"\n", at)
        if end < 0:
            break
        number += 1
        try:
            line, checksum = decode(raw[at : end + 1], checksum)
        except Broken as error:
            raise JournalProblem(_corrupted(path, number, error)) from error
        lines.append(line)
        at = end + 1
        if number > MAX_LINES:
            raise JournalProblem(f"{path} has more than {MAX_LINES} lines. It was left as it is.")
    if not lines or lines[0].kind != "header":
        raise JournalProblem(f"{path} does not begin with a journal's header. Move it away to start anew.")
    if lines[0].data.get("format") != FORMAT:
        raise JournalProblem(
            f"{path} has format {lines[0].data.get('format')}; this hardenlab reads format {FORMAT}. "
            "Open it with the hardenlab that wrote it, or move it away to start anew."
        )
    return Contents(lines[0].data, lines[1:], checksum, at, raw[at:])


class Journal:
    """An open journal with its folded history. Writing fails loudly: a line is on disk or an exception says not."""

    def __init__(
        self, path: Path, descriptor: int, header: Mapping[str, Any], history: History, checksum: str, lines: int
    ) -> None:
        self.path = path
        self.header = header
        self.history = history
        self._descriptor = descriptor
        self._checksum = checksum
        self._lines = lines

    @classmethod
    def create(cls, path: Path, header: Mapping[str, Any], now: float | None = None) -> "Journal":
        """Start a journal; the file must not exist. Header, file and directory entry are on disk on return."""
        line = Line("header", 0, now if now is not None else time.time(), {"format": FORMAT, **header})
        text, checksum = encode(line, "")
        draft = path.with_name(f".{path.name}.new")
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
        _sync_directory(path.parent)
        return cls(path, _lock(path), line.data, History(), checksum, 1)

    @classmethod
    def open(cls, path: Path) -> "Journal":
        """Open a journal to go on writing. What a power cut left of a last line is put beside it and cut off."""
        descriptor = _lock(path)
        try:
            contents = read_journal(path)
            if contents.fragment:
                path.with_name(f"{path.name}.cut-off").write_bytes(contents.fragment)
                os.ftruncate(descriptor, contents.good_bytes)
                os.fsync(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        history = fold(contents.lines)
        return cls(path, descriptor, contents.header, history, contents.checksum, len(contents.lines) + 1)

    def next_number(self) -> int:
        return self.history.last_number + 1

    def write(
        self, kind: str, now: float, data: Mapping[str, Any], number: int | None = None, *, wait: bool = True
    ) -> Line:
        """Append a line, wait until it is on disk, then fold it in. JournalProblem: there is no room for it.

        Without `wait` the line outlives this process but not yet the machine: for an intent, whose outcome follows and
        waits for both before anybody is answered.
        """
        line = Line(kind, self.next_number() if number is None else number, now, data)
        text, checksum = encode(line, self._checksum)
        start = os.lseek(self._descriptor, 0, os.SEEK_END)
        spare = (SPARE_BYTES, SPARE_LINES) if kind == "call" else (0, 0)
        if start + len(text) + spare[0] > MAX_BYTES or self._lines + 1 + spare[1] > MAX_LINES:
            raise JournalProblem(_full(self.path))
        try:
            _write_all(self._descriptor, text)
            if wait:
                os.fdatasync(self._descriptor)
        except OSError as error:
            os.ftruncate(self._descriptor, start)
            raise JournalProblem(
                f"the journal {self.path} cannot be written ({error.strerror}). Make room, then repeat the call."
            ) from error
        self._checksum = checksum
        self._lines += 1
        self.history.take(line)
        return line

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _lock(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise JournalProblem(f"{path} is in use by another hardenlab. Stop that one first: hardenlab stop.") from error
    return descriptor


def _write_all(descriptor: int, text: bytes) -> None:
    while text:
        text = text[os.write(descriptor, text) :]


def _sync_directory(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _corrupted(path: Path | str, number: int, error: Broken) -> str:
    return (
        f"{path}, line {number} is corrupted ({error}). Nothing was changed: put back a copy of the file, "
        "or move it away to start the section anew."
    )


def _full(path: Path) -> str:
    return (
        f"the journal {path} is full: it holds at most {MAX_LINES} lines and {MAX_BYTES} bytes. Nothing was changed; "
        "hand it in, or move it away to start the section anew."
    )
