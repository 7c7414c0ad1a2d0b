"""The first line of an attempt's process: `python -m hardenlab.attempt.start WORKSPACE SECTION`.

Apart from `server`, whose imports take as long as a third of the account's start: each goes on while the other does.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hardenlab.attempt.workspace import Workspace
from hardenlab.environment import Backend, Environment, find_environment
from hardenlab.model.problem import Problem

Start = Callable[[Environment], Backend]


def main() -> int:
    workspace, section_id = Workspace(Path(sys.argv[1])), sys.argv[2]
    with begun(workspace, section_id) as start:
        from hardenlab.attempt.server import run

        return run(workspace, section_id, start)


@contextmanager
def begun(workspace: Workspace, section_id: str) -> Iterator[Start]:
    """A way to start the section's environment that has begun already; what nobody takes is ended.

    One that is not ours may take a minute, for which a refusal would wait: it is started when it is wanted.
    """
    try:
        environment = find_environment(workspace.environment(section_id))
    except Problem:  # the server finds it, too, and knows where to tell
        yield _start
        return
    if not environment.exact:
        yield _start
        return
    starting = _Starting(environment)
    starting.start()
    try:
        yield lambda _: starting.take()
    finally:
        starting.give_up()


def _start(environment: Environment) -> Backend:
    return environment.start()


class _Starting(threading.Thread):
    """Starts an environment. `take` waits for the account."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(daemon=True)
        self._environment = environment
        self._backend: Backend | None = None
        self._problem: BaseException | None = None
        self._taken = False

    def run(self) -> None:
        try:
            self._backend = self._environment.start()
        except BaseException as problem:
            self._problem = problem

    def take(self) -> Backend:
        self.join()
        self._taken = True
        if self._problem is not None:
            raise self._problem
        assert self._backend is not None
        return self._backend

    def give_up(self) -> None:
        if not self._taken:
            with suppress(BaseException):
                self.take().close()


if __name__ == "__main__":
    sys.exit(main())
