"""The ledger of an attempt: its account and its journal, changed together. One at a time, in one order."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from hardenlab.environment import Backend, Credential, JobFailed
from hardenlab.front.operations import Operation, Unrecognised, identify
from hardenlab.front.policy import refusal
from hardenlab.front.seen import Caller, EventHistory
from hardenlab.front.snapshots import EARLIEST, EVERY, Calls, Snapshots
from hardenlab.journal.file import Journal
from hardenlab.journal.line import Line
from hardenlab.model.http import Moment, Request, Response
from hardenlab.model.problem import EnvironmentProblem, JournalProblem, Problem

Clock = Callable[[], float]
T = TypeVar("T")


class Ledger:
    """Applies requests: a write is in the journal as intent, applied, on disk with its outcome, then answered.

    `fresh` makes a backend in the seeded state. When the backend dies or an outcome cannot be written, the account
    is rebuilt from the journal before the next request. `events` keeps what was answered, reads included.

    `snapshots` make going back quick; without them it replays from the seeded state. `make_ready` is called in a quiet
    moment, to have the next fresh account ready.

    `exact`: an answer that differs on replay means another version or scenario, and the journal waits for a person.
    Otherwise, on a server that is not ours, the account is taken as replay leaves it, and `differing` says where.
    """

    def __init__(
        self, fresh: Callable[[], Backend], journal: Journal, clock: Clock, events: EventHistory | None = None,
        exact: bool = True, snapshots: Snapshots | None = None, make_ready: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self.events = EventHistory() if events is None else events
        self._fresh = fresh
        self._clock = clock
        self._lock = threading.RLock()
        self._backend: Backend | None = None
        self._last: tuple[str, Response] | None = None
        self.journal = journal
        self._exact = exact
        self._snapshots = snapshots
        self._make_ready = make_ready
        self.differing: list[Line] = []

    def read(self, request: Request, operation: Operation, caller: Caller) -> Response:
        """Apply a request that changes nothing."""
        with self._lock:
            now = self._clock()
            response = self._guarded(lambda backend: backend.call(request, Moment(f"read:{now}", now)))
            self.events.keep(now, operation, caller, request, response, None)
            return response

    def see(self, request: Request, operation: Operation, caller: Caller, response: Response) -> None:
        """Remember a call that was answered without the account: one that was refused."""
        with self._lock:
            self.events.keep(self._clock(), operation, caller, request, response, None)

    def write(self, request: Request, operation: Operation, caller: Caller, invocation: str = "") -> Response:
        """Apply a request and keep it. JournalProblem: the disk is full, and whether it was kept the journal knows.

        `invocation` is the SDK's id of the call, equal in its retries: a retry of the last call, whose answer was lost
        with the connection or with the front, gets that answer again instead of being applied twice.
        """
        with self._lock:
            self._current()
            if invocation and self._last and self._last[0] == invocation:
                self._acknowledge(self._last[1])
                return self._last[1]
            now = self._clock()
            intent = {"op": operation.action, "request": request.to_json(), "id": invocation}
            line = self.journal.write("call", now, intent, wait=False)
            response = self._guarded(lambda backend: backend.call(request, Moment(str(line.number), now)))
            try:
                self.journal.write("outcome", now, {"status": response.status}, number=line.number)
            except JournalProblem:
                self._drop()
                raise
            self._last = (invocation, response)
            self.events.keep(now, operation, caller, request, response, line.number)
            self._snapshot_if_due(EVERY)
            return response

    def _acknowledge(self, response: Response) -> None:
        """Before a retry is answered: the last call's outcome, if it never came to be written, must be on disk."""
        call, outcome = self.journal.history.calls[-1]
        if outcome is None:
            self.journal.write("outcome", call.time, {"status": response.status}, number=call.number)

    def note(self, kind: str, data: Mapping[str, Any]) -> None:
        """Keep something that the learner did other than a call: an answer, a hint, a check."""
        with self._lock:
            self.journal.write(kind, self._clock(), data)

    def checkpoint(self, name: str) -> None:
        """Name the account's present state."""
        with self._lock:
            self.journal.write("checkpoint", self._clock(), {"name": name})
            if self._snapshots is not None and self._backend is not None:
                with suppress(EnvironmentProblem):  # the next call will find that out
                    self._snapshots.take(self._backend, self.journal.history.calls, self._answer(), named=True)

    def rest(self) -> None:
        """Nobody asks for anything: prepare what the next reset and undo would wait for."""
        with self._lock:
            self._make_ready()
            self._snapshot_if_due(EARLIEST)

    def go_back(self, kind: str, data: Mapping[str, Any]) -> list[Line]:
        """Undo, rewind or reset: keep the line, rebuild the account; answers the calls that were taken out."""
        with self._lock:
            before = [call for call, _ in self.journal.history.calls]
            self.journal.write(kind, self._clock(), data)
            self._drop()
            if self._snapshots is not None:
                self._snapshots.forget_all_but(self.journal.history.calls)
            self._current()
            live = {call.number for call, _ in self.journal.history.calls}
            self.events.take_back(live, everything=kind == "reset")
            return before[len(self.journal.history.calls) :]

    def catch_up(self) -> None:
        """Bring the account to the journal's end now, rather than at the first request."""
        with self._lock:
            self._current()

    def now(self) -> float:
        """The account's time."""
        return self._clock()

    def credential(self, access_key: str) -> Credential | None:
        with self._lock:
            return self._guarded(lambda backend: backend.credential(access_key))

    def look(self, job: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Run a job on a copy of the account as it is now."""
        with self._lock:
            return self._guarded(lambda backend: backend.run(job, arguments))

    def close(self) -> None:
        with self._lock:
            if self._snapshots is not None:
                self._snapshots.close()
            self._drop()
            self.events.close()
            self.journal.close()

    def _guarded(self, use: Callable[[Backend], T]) -> T:
        try:
            return use(self._current())
        except JobFailed:
            raise
        except EnvironmentProblem:
            self._drop()
            raise

    def _current(self) -> Backend:
        if self._backend is None:
            calls = self.journal.history.calls
            restored = self._snapshots.restore(calls) if self._snapshots is not None else None
            backend, done, last = restored or (self._fresh(), 0, None)
            self.differing = []
            last = replay(backend, calls[done:], None if self._exact else self.differing) or last
            self._backend = backend
            self._last = (calls[-1][0].data.get("id", ""), last) if last is not None else None
        return self._backend

    def _snapshot_if_due(self, writes: int) -> None:
        """Copy the account if there were so many writes since the last copy."""
        if self._snapshots is not None and self._backend is not None:
            with suppress(EnvironmentProblem):  # the next call will find that out
                self._snapshots.take_if_due(self._backend, self.journal.history.calls, self._answer(), writes)

    def _answer(self) -> Response | None:
        """What the last call answered."""
        return self._last[1] if self._last else None

    def _drop(self) -> None:
        backend, self._backend = self._backend, None
        if backend is not None:
            with suppress(Problem):
                backend.close()


class Replayed(Protocol):
    """As much of a backend as a replay needs."""

    def calls(self, several: Iterable[tuple[Request, Moment]], /) -> Iterator[Response]:
        """Apply one after another."""

    def close(self) -> None:
        """Give it up."""


def replay(backend: Replayed, calls: Calls, differing: list[Line] | None = None) -> Response | None:
    """Apply live calls to a backend that stands before them; answers what the last one answered.

    Every line passes the request policy again: nobody vouches for a journal. A backend that cannot be brought to the
    journal's end is closed. A call that is answered with another status ends the replay, unless there is a list to put
    it in.
    """
    response = None
    try:
        answers = backend.calls(_prepared(call) for call, _ in calls)
        for (call, outcome), response in zip(calls, answers, strict=True):
            if outcome is not None and response.status != outcome.data.get("status"):
                if differing is not None:
                    differing.append(call)
                    continue
                raise JournalProblem(
                    f"line {call.number} of the journal ({call.data.get('op')}) answered {outcome.data.get('status')} "
                    f"when it was written and {response.status} now: it belongs to another version or scenario. "
                    "Nothing was changed."
                )
    except BaseException:
        backend.close()
        raise
    return response


def _prepared(call: Line) -> tuple[Request, Moment]:
    """The request of a line, if the policy lets it pass."""
    try:
        request = Request.from_json(call.data["request"])
        operation = identify(
            request.service, request.method, request.path, request.query, request.headers, request.body
        )
    except (KeyError, TypeError, ValueError, Unrecognised) as error:
        raise JournalProblem(f"line {call.number} of the journal holds no valid request ({error}).") from error
    refused = refusal(request, operation)
    if refused:
        raise JournalProblem(f"line {call.number} of the journal is not allowed: {refused}")
    return request, Moment(str(call.number), call.time)
