"""What a crew of graders works on: students, one after another, by variant or as their journals are judged."""

import queue
import threading
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from hardenlab.model.problem import Problem


@dataclass(frozen=True)
class Piece:
    """One student to grade. `answers`: what judging came to, by notebook, where others have judged.

    `digest`: of the submission that they judged.
    """

    student: str
    variant: str = ""
    answers: Mapping[str, str] | None = None
    digest: str = ""


class Pieces(Protocol):
    """Gives graders their work; each piece once."""

    def take(self, variant: str | None) -> Piece | None:
        """The next piece, of this variant if there is one. It may wait for it; None: there will be none."""

    def end(self, problem: Problem | None = None) -> None:
        """Give no more. `problem`: why the rest will not come."""


class ByVariant:
    """Students of one variant go to one grader while there are enough: it seeds the variant once."""

    def __init__(self, variants: Mapping[str, str]) -> None:
        self._lock = threading.Lock()
        self._groups: dict[str, deque[str]] = defaultdict(deque)
        for student, variant in variants.items():
            self._groups[variant].append(student)

    def take(self, variant: str | None) -> Piece | None:
        with self._lock:
            if variant is None or not self._groups.get(variant):
                left = [known for known, students in self._groups.items() if students]
                variant = max(left, key=lambda known: len(self._groups[known]), default=None)
            return None if variant is None else Piece(self._groups[variant].popleft(), variant)

    def end(self, problem: Problem | None = None) -> None:
        with self._lock:
            self._groups.clear()


class AsJudged:
    """Students in the order in which another thread, which judges, puts them here; it waits when graders lag behind."""

    def __init__(self, most: int) -> None:
        self._queue: queue.Queue[Piece] = queue.Queue(most)
        self._ended = threading.Event()
        self.problem: Problem | None = None

    def put(self, piece: Piece) -> bool:
        """Whether it was taken in: not when the graders have ended."""
        while not self._ended.is_set():
            try:
                self._queue.put(piece, timeout=0.2)
                return True
            except queue.Full:
                continue
        return False

    def take(self, variant: str | None) -> Piece | None:
        while True:
            try:
                return self._queue.get(timeout=0.1)
            except queue.Empty:
                if self._ended.is_set():
                    return None

    def end(self, problem: Problem | None = None) -> None:
        self.problem = self.problem or problem
        self._ended.set()
