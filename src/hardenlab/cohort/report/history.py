"""What a submitted journal tells of how a learner worked. Untrusted: odd lines are left out, times bounded."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from hardenlab.journal.file import read_journal
from hardenlab.journal.line import Line
from hardenlab.model.http import Request
from hardenlab.model.problem import JournalProblem

PAUSE = 15 * 60.0
MAX_BYTES, MAX_EVENTS, MAX_TOKENS = 64 * 1024 * 1024, 2_000, 60
TOKEN = re.compile(r"[A-Za-z0-9][\w:/.@*-]{0,119}")


@dataclass(frozen=True)
class Event:
    """One thing that the learner did: a call, refused, check, hint, answer, solution, undo; `at` in worked seconds."""

    kind: str
    at: float
    label: str


@dataclass(frozen=True)
class Move:
    """A write without its account: the operation and the words of its request."""

    operation: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class History:
    """A journal as the report needs it. Times are seconds of work: a longer pause counts as a quarter of an hour."""

    variant: str = ""
    events: tuple[Event, ...] = ()
    moves: tuple[Move, ...] = ()
    hints: Mapping[str, int] = field(default_factory=dict)
    solutions: frozenset[str] = frozenset()
    first_success: Mapping[str, float] = field(default_factory=dict)
    first_answers: Mapping[str, str] = field(default_factory=dict)
    worked: float = 0.0

    @property
    def writes(self) -> int:
        return len(self.moves)


def read_history(path: Path) -> History:
    """The history of a journal; an empty one when it cannot be read: grading has said so."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_BYTES:
            return History()
        contents = read_journal(path)
    except (JournalProblem, OSError, ValueError, RecursionError):
        return History()
    return _Reader(str(contents.header.get("variant", ""))[:200]).read(contents.lines)


class _Reader:
    """Walks the lines once."""

    def __init__(self, variant: str) -> None:
        self._variant = variant
        self._events: list[Event] = []
        self._moves: list[Move] = []
        self._hints: dict[str, int] = {}
        self._solutions: set[str] = set()
        self._success: dict[str, float] = {}
        self._answers: dict[str, str] = {}
        self._worked = 0.0
        self._last: float | None = None

    def read(self, lines: list[Line]) -> History:
        refused = {line.number for line in lines if line.kind == "outcome" and _refused(line)}
        for line in lines:
            if line.kind != "outcome":
                self._pass_time(line.time)
                self._take(line, refused)
        return History(
            self._variant, tuple(self._events[:MAX_EVENTS]), tuple(self._moves), self._hints,
            frozenset(self._solutions), self._success, self._answers, self._worked,
        )  # fmt: skip

    def _pass_time(self, time: float) -> None:
        if not math.isfinite(time):
            return
        if self._last is not None:
            self._worked += min(max(time - self._last, 0.0), PAUSE)
        self._last = time

    def _take(self, line: Line, refused: set[int]) -> None:
        data = line.data
        match line.kind:
            case "call":
                self._call(line, line.number in refused)
            case "check":
                passed = _passed(data)
                self._see("check", f"check: {len(passed)} passed")
                for task in passed:
                    self._success.setdefault(task, self._worked)
            case "hint" | "solution":
                task = _text(data.get("task"))
                self._see(line.kind, f"{line.kind}: {task}")
                if line.kind == "hint":
                    self._hints[task] = self._hints.get(task, 0) + 1
                else:
                    self._solutions.add(task)
            case "answer":
                question, value = _text(data.get("question")), _text(data.get("value"))
                self._see("answer", f"answer to {question}: {value}")
                self._answers.setdefault(question, value)
                self._moves.append(Move(f"answer {question}", (value,)))
            case "undo" | "rewind" | "reset":
                self._see("undo", line.kind)

    def _call(self, line: Line, refused: bool) -> None:
        operation = _text(line.data.get("op"))
        self._see("refused" if refused else "call", f"{operation}{' (refused)' if refused else ''}")
        self._moves.append(Move(operation, tuple(_words(line.data.get("request")))[:MAX_TOKENS]))

    def _see(self, kind: str, label: str) -> None:
        self._events.append(Event(kind, self._worked, label))


def _refused(line: Line) -> bool:
    status = line.data.get("status")
    return isinstance(status, int) and status >= 400


def _passed(data: Mapping[str, Any]) -> list[str]:
    status = data.get("status")
    known = status.items() if isinstance(status, Mapping) else ()
    return [_text(task) for task, value in known if value == "passed"]


def _words(request: Any) -> Iterator[str]:
    """The words of a request: names, ids and values, however the service's protocol writes them."""
    try:
        known = Request.from_json(request)
        body = known.body.decode("utf-8", "replace")[:200_000]
    except (KeyError, TypeError, ValueError, AttributeError):
        return
    yield from TOKEN.findall(unquote(f"{known.path} {known.query}")[:10_000])
    if body.lstrip().startswith(("{", "[")):
        yield from TOKEN.findall(_flat(body))
    elif "=" in body and not body.lstrip().startswith("<"):
        for _, value in parse_qsl(body):
            yield from TOKEN.findall(_flat(value))
    else:
        yield from TOKEN.findall(body)


def _flat(text: str) -> str:
    """JSON in one canonical spelling, so that spaces and the order of keys do not count."""
    try:
        return json.dumps(json.loads(text), sort_keys=True)
    except (ValueError, RecursionError):
        return text


def _text(value: Any) -> str:
    return str(value)[:200] if isinstance(value, str | int | float | bool) else "?"
