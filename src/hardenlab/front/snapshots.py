"""Copies of the account at earlier places of its journal: going back replays only the calls after the nearest one.

They are memory, never truth: any of them may be missing, and then more of the journal is replayed.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from hardenlab.environment import Backend
from hardenlab.journal.line import Line
from hardenlab.model.http import Response
from hardenlab.model.problem import EnvironmentProblem, Problem

Calls = Sequence[tuple[Line, Line | None]]
EVERY = 40  # writes between two copies, where there is no quiet moment: a fork costs as much as some ten writes
EARLIEST = 10  # writes before a quiet moment is used for a copy: fewer are replayed as fast
CHECKPOINTS, OTHERS = 1, 2  # kept of each; a copy holds what was written since, some six megabytes


@dataclass(frozen=True)
class Snapshot:
    """The account after the first `count` live calls, the last of which had this answer."""

    count: int
    backend: Backend
    answer: Response | None
    named: bool


class Snapshots:
    """By the number of their last call. A number is used once, so it tells the whole history up to it."""

    def __init__(self, checkpoints: int = CHECKPOINTS, others: int = OTHERS) -> None:
        self._kept: dict[int, Snapshot] = {}
        self._limits = {True: checkpoints, False: others}

    def take(self, backend: Backend, calls: Calls, answer: Response | None, *, named: bool = False) -> None:
        """Copy the account as it is after these calls, while the caller goes on. `named`: for a checkpoint."""
        if not calls or not self._limits[named]:
            return
        number = calls[-1][0].number
        known = self._kept.pop(number, None)
        if known is not None:
            self._kept[number] = Snapshot(known.count, known.backend, known.answer, known.named or named)
        elif (copy := backend.snapshot()) is not None:
            self._kept[number] = Snapshot(len(calls), copy, answer, named)
        self._keep_within_limits()

    def take_if_due(self, backend: Backend, calls: Calls, answer: Response | None, writes: int) -> None:
        """The same, if there were so many writes since the last copy."""
        found = self._nearest(calls)
        if len(calls) - (self._kept[found].count if found is not None else 0) >= writes:
            self.take(backend, calls, answer)

    def restore(self, calls: Calls) -> tuple[Backend, int, Response | None] | None:
        """An account after the first so many of these calls, with the answer of the last; None: there is no copy."""
        while (number := self._nearest(calls)) is not None:
            snapshot = self._kept[number]
            try:
                return snapshot.backend.clone(), snapshot.count, snapshot.answer
            except EnvironmentProblem:  # it has ended
                self._discard(number)
        return None

    def forget_all_but(self, calls: Calls) -> None:
        """Close the copies that no live call leads to."""
        live = {call.number for call, _ in calls}
        for number in self._kept.keys() - live:
            self._discard(number)

    def close(self) -> None:
        for number in list(self._kept):
            self._discard(number)

    def _nearest(self, calls: Calls) -> int | None:
        return max(
            (
                number
                for number, kept in self._kept.items()
                if kept.count <= len(calls) and calls[kept.count - 1][0].number == number
            ),
            default=None,
        )

    def _keep_within_limits(self) -> None:
        """Let the oldest of each kind go."""
        for named, limit in self._limits.items():
            alike = [number for number, kept in self._kept.items() if kept.named is named]
            for number in alike[: max(len(alike) - limit, 0)]:
                self._discard(number)

    def _discard(self, number: int) -> None:
        with suppress(Problem):
            self._kept.pop(number).backend.close()
