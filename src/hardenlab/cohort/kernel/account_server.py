"""The process in the accounts' sandbox: the environment is started once, and a fork serves each account.

An account's process is what a learner's own server is, without the way to solutions. It ends with its notebook.
"""

import json
import os
import secrets
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from hardenlab.assess.world import World
from hardenlab.attempt.attempt import Attempt
from hardenlab.attempt.control import VERBS, Server
from hardenlab.attempt.lookup_events import ACTION, LookupEvents
from hardenlab.attempt.loop import Loop
from hardenlab.attempt.server import header_of, new_keys
from hardenlab.attempt.workspace import write_private
from hardenlab.cohort.frames import Lost, receive, send
from hardenlab.cohort.kernel.inside import SOCKET, TOLD
from hardenlab.cohort.limits import restrain
from hardenlab.cohort.worker import FILE, FILES, MEMORY, PROCESSES
from hardenlab.course.load import Course, load_course
from hardenlab.environment import Backend, Environment, find_environment
from hardenlab.front.app import Administrator, Front
from hardenlab.front.ledger import Ledger
from hardenlab.journal.file import Journal
from hardenlab.model.problem import Problem

PORT = 4566
JOURNAL = Path("/tmp/notebook.journal")  # noqa: S108  the sandbox's own: what the notebook does here counts for nothing
REQUEST_BYTES = 10_000


def main() -> None:
    """`python -m hardenlab.cohort.kernel.account_server COURSE ENVIRONMENT`: requests on stdin, answers on stdout."""
    answers = os.dup(1)
    os.dup2(2, 1)
    restrain(MEMORY, FILE, FILES, PROCESSES)
    course, environment = load_course(Path(sys.argv[1])), find_environment(sys.argv[2])
    accounts = _Accounts(course, environment, environment.start())
    try:
        while True:
            request = json.loads(receive(0, REQUEST_BYTES))
            problem = ""
            try:
                if "end" in request:
                    accounts.end()
                else:
                    accounts.begin(**request)
            except (Problem, Lost) as error:
                problem = str(error)[:2_000]
            send(answers, json.dumps({"problem": problem}).encode())
    except Lost:
        accounts.end()


class _Accounts:
    """One account at a time, each a world of its own in a process of its own."""

    def __init__(self, course: Course, environment: Environment, warm: Backend) -> None:
        self._course = course
        self._environment = environment
        self._warm = warm
        self._world: World | None = None
        self._pid = 0

    def begin(self, section: str, variant: str, folder: str) -> None:
        """Serve an account in a fork. Problem: it cannot be seeded; Lost: it does not listen."""
        self.end()
        self._world = World.plant(self._warm.clone(), self._course.root, self._course.section(section), variant)
        listens, told = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                os.dup2(2, 0)  # requests are not for it
                self._serve(self._world, section, Path(folder), told)
            finally:
                os._exit(1)
        os.close(told)
        try:
            receive(listens, REQUEST_BYTES)
        finally:
            os.close(listens)

    def end(self) -> None:
        """End the account that is served."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = 0
        if self._world is not None:
            self._world.close()
            self._world = None
        JOURNAL.unlink(missing_ok=True)

    def _serve(self, world: World, section_id: str, folder: Path, told: int) -> None:
        section = self._course.section(section_id)
        journal = Journal.create(JOURNAL, header_of(section, world, self._environment))
        ledger = Ledger(world.fresh, journal, time.time)
        keys, token = new_keys(world), secrets.token_hex(24)
        administrator = Administrator(keys["access_key"], keys["secret"], world.account_id, world.region)
        front = Front(ledger, administrator, PORT, {ACTION: LookupEvents(ledger)})
        attempt = Attempt(self._course, section, world, ledger)
        server = Server(front, attempt, token, lambda: None, VERBS - {"solution"})
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(folder / SOCKET))
        listener.listen()
        write_private(folder / TOLD, self._about(world, section_id, {"token": token, **keys}))
        send(told, b"ready")
        os.close(told)
        Loop(server, listener, server.at_once, server.takes_long).run()

    def _about(self, world: World, section: str, keys: dict[str, Any]) -> dict[str, Any]:
        """What the notebook's workspace is to know."""
        variant, course = world.arguments["variant"], str(self._course.root)
        return {
            "section": section,
            "settings": {"variant": variant, "course": course, "environment": self._environment.name},
            "endpoint": {"pid": 0, "port": PORT, **keys, "region": world.region},
        }


if __name__ == "__main__":
    main()
