"""Accounts for notebooks that are run in grading: in a sandbox of their own, each behind a Unix socket."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hardenlab.cohort.confine import confined, folder_of_sockets
from hardenlab.cohort.frames import Lost, receive, send
from hardenlab.cohort.limits import START_SECONDS
from hardenlab.course.load import Course
from hardenlab.model.problem import EnvironmentProblem
from hardenlab.model.rubric import Section

TOLD_BYTES = 10_000


class Accounts:
    """One account after another. The sandbox starts at the first, with the environment, and stays for the others."""

    def __init__(self, course: Course, environment: str, hidden: Path | None = None) -> None:
        self._course = course
        self._environment = environment
        self._hidden = hidden
        self._server: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self._made = 0

    @contextmanager
    def of(self, section: Section, variant: str) -> Iterator[Path]:
        """A fresh account of the section in this variant; answers the folder with its socket.

        EnvironmentProblem: none can be made, or there is no bubblewrap.
        """
        try:
            self._start()
            place = self._made_place()
            self._asked({"section": section.id, "variant": variant, "folder": str(place)})
        except Lost as lost:
            self.close()
            raise EnvironmentProblem(f"the account of {section.id} for the notebook does not start: {lost}.") from lost
        try:
            yield place
        finally:
            self._end(place)

    def close(self) -> None:
        """End the sandbox, with whatever account is in it."""
        server, self._server = self._server, None
        if server is not None:
            server.kill()
            server.communicate()
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def _start(self) -> None:
        if self._server is not None and self._server.poll() is None:
            return
        self.close()
        self._folder = folder_of_sockets("hardenlab-account-")
        inside = [
            sys.executable, "-m", "hardenlab.cohort.kernel.account_server", str(self._course.root), self._environment,
        ]  # fmt: skip
        command = confined(inside, [self._course.root], [self._hidden] if self._hidden else [], [self._folder])
        self._server = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )

    def _made_place(self) -> Path:
        """A folder for one account: its notebook sees no other."""
        assert self._folder is not None
        self._made += 1
        place = self._folder / str(self._made)
        place.mkdir(mode=0o700)
        return place

    def _asked(self, request: dict[str, Any]) -> None:
        """Have something done. Lost: it was not."""
        server = self._server
        assert server is not None and server.stdin is not None and server.stdout is not None
        send(server.stdin.fileno(), json.dumps(request).encode())
        told = json.loads(receive(server.stdout.fileno(), TOLD_BYTES, START_SECONDS))
        if told["problem"]:
            raise Lost(told["problem"])

    def _end(self, place: Path) -> None:
        try:
            if self._server is not None:
                self._asked({"end": True})
        except Lost:
            self.close()  # the next one starts anew
        finally:
            shutil.rmtree(place, ignore_errors=True)
