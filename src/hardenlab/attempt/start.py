"""The first line of an attempt's process: `python -m hardenlab.attempt.start WORKSPACE SECTION`.

Apart from `server`, whose imports take as long as a third of the account's start: each goes on while the other does.
"""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
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
    pool = ThreadPoolExecutor(1)
    starting, taken = pool.submit(environment.start), False
    pool.shutdown(wait=False)  # its thread ends with this work

    def take(_: Environment) -> Backend:
        nonlocal taken
        taken = True
        return starting.result()

    try:
        yield take
    finally:
        if not taken:
            with suppress(BaseException):
                starting.result().close()


def _start(environment: Environment) -> Backend:
    return environment.start()


if __name__ == "__main__":
    sys.exit(main())
