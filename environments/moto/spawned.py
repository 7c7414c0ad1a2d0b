"""Where there is no fork: a clone is another process in which everything is done again. The same, slower.

Seeding takes tenths of a second and replay a millisecond a write; a process of moto takes seconds to start, so one that
is given up is emptied and used again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from hardenlab.model.http import Moment, Request, Response
from hardenlab.model.problem import EnvironmentProblem

if TYPE_CHECKING:
    from hardenlab.environment import IssuedKey

    from .environment import MotoBackend

IDLE = 2  # processes kept for the next clone; each holds 250 MB


class SpawnedBackend:
    """One state, in a process of its own, with all that was done to it."""

    def __init__(self, nursery: "Nursery", steps: "list[Callable[[MotoBackend], object]]", owner: bool = False) -> None:
        self._nursery = nursery
        self._steps = steps
        self._owner = owner
        self._process: MotoBackend | None = nursery.take()
        for step in steps:
            step(self._process)

    @classmethod
    def first(cls, start: "Callable[[], MotoBackend]") -> "SpawnedBackend":
        """An empty backend; closing it ends the processes that wait for the next clone."""
        return cls(Nursery(start), [], owner=True)

    @property
    def _here(self) -> "MotoBackend":
        assert self._process is not None, "the backend is closed"
        return self._process

    def call(self, request: Request, moment: Moment) -> Response:
        response = self._here.call(request, moment)
        if not moment.seed.startswith("read:"):
            self._steps.append(lambda process: process.call(request, moment))
        return response

    def calls(self, several: Iterable[tuple[Request, Moment]]) -> Iterator[Response]:
        return (self.call(request, moment) for request, moment in several)

    def credential(self, access_key: str) -> "IssuedKey | None":
        return self._here.credential(access_key)

    def seed(self, job: str, arguments: Mapping[str, Any], variant: str) -> dict[str, Any]:
        result = self._here.seed(job, arguments, variant)
        self._steps.append(lambda process: process.seed(job, arguments, variant))
        return result

    def run(self, job: str, arguments: Mapping[str, Any], timeout: float = 60.0) -> dict[str, Any]:
        return self.clone().conclude(job, arguments, timeout)

    def conclude(self, job: str, arguments: Mapping[str, Any], timeout: float = 60.0) -> dict[str, Any]:
        try:
            return self._here.run_here(job, arguments, timeout)
        finally:
            self.close()

    def clone(self) -> "SpawnedBackend":
        return SpawnedBackend(self._nursery, list(self._steps))

    def rehearse(self, rehearsal: object, many: bool = False) -> None:
        """Processes that are not forked share nothing."""

    def stand_by(self) -> None:
        """Nothing is made ahead: it would take a process's memory and seconds of work."""

    def snapshot(self) -> None:
        """A copy is a process in which every call is made again: going back can do that itself."""

    def digest(self) -> str:
        return self._here.digest()

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            self._nursery.give_back(process)
        if self._owner:
            self._nursery.close()


class Nursery:
    """Processes without a state."""

    def __init__(self, start: "Callable[[], MotoBackend]") -> None:
        self._start = start
        self._idle: list[MotoBackend] = []
        self._limit = IDLE

    def take(self) -> "MotoBackend":
        """An empty process: one that waits, or a new one."""
        while self._idle:
            process = self._idle.pop()
            if not process.closed:
                return process
        return self._start()

    def give_back(self, process: "MotoBackend") -> None:
        """Empty a process for the next, or end it."""
        if process.closed or len(self._idle) >= self._limit:
            process.close()
            return
        try:
            process.forget()
        except EnvironmentProblem:
            process.close()
        else:
            self._idle.append(process)

    def close(self) -> None:
        self._limit = 0
        while self._idle:
            self._idle.pop().close()
