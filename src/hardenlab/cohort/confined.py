"""Judge submissions in a confined worker. A worker that is lost is replaced, and its submission tried once more."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Protocol

from hardenlab.cohort.believed import Unbelievable, believed
from hardenlab.cohort.confine import confined, refuse_servers
from hardenlab.cohort.frames import Lost, receive, send
from hardenlab.cohort.limits import ANSWER_BYTES, ATTEMPTS, START_SECONDS, WALL_SECONDS
from hardenlab.cohort.submitted import checked_variant, read_submitted
from hardenlab.course.load import Course
from hardenlab.model.assessment import Assessment
from hardenlab.model.problem import EnvironmentProblem, JournalProblem
from hardenlab.model.rubric import Section

ANY = ""


class Judges(Protocol):
    """What judges a journal: confined, or not."""

    def judge(self, section: Section, journal: Path, variant: str | None = None) -> Assessment:
        """JournalProblem: it cannot be judged, or is of another variant than `variant`."""

    def close(self) -> None:
        """Give its accounts up."""


class ConfinedJudge:
    """One worker in a sandbox, started at the first submission. `sandboxed=False`: a worker without one."""

    def __init__(
        self, course: Course, environment: str = "moto", hidden: Path | None = None, sandboxed: bool = True
    ) -> None:
        if sandboxed:
            refuse_servers(environment)
        self._course = course
        self._environment = environment
        self._hidden = hidden
        self._sandboxed = sandboxed
        self._worker: subprocess.Popen[bytes] | None = None

    def judge(self, section: Section, journal: Path, variant: str | None = None) -> Assessment:
        content = read_submitted(journal)
        found = checked_variant(section, content, variant)
        _, told = self._asked(section, found, content)
        if isinstance(told, JournalProblem):
            raise told
        return told

    def answer(self, section: Section, variant: str, content: bytes) -> bytes:
        """What the worker says of the journal's bytes: an assessment or a problem that can be believed."""
        return self._asked(section, variant, content)[0]

    def _asked(self, section: Section, variant: str, content: bytes) -> tuple[bytes, Assessment | JournalProblem]:
        """The answer, and what it holds."""
        request = json.dumps({"section": section.id, "variant": variant}).encode()
        why = ""
        for _ in range(ATTEMPTS):
            worker = self._ready()
            assert worker.stdin is not None and worker.stdout is not None
            try:
                send(worker.stdin.fileno(), request)
                send(worker.stdin.fileno(), content)
                answer = receive(worker.stdout.fileno(), ANSWER_BYTES, WALL_SECONDS + START_SECONDS)
                return answer, believed(section, answer)
            except JournalProblem as told:
                return answer, told
            except (Lost, Unbelievable) as error:
                why = str(error)
                self.close()
        raise JournalProblem(f"the worker that judges the journal was lost {ATTEMPTS} times ({why}).")

    def close(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()
            worker.communicate()

    @property
    def pid(self) -> int | None:
        """The sandbox's process, while there is one."""
        return self._worker.pid if self._worker else None

    def _ready(self) -> "subprocess.Popen[bytes]":
        if self._worker is None:
            inside = [sys.executable, "-m", "hardenlab.cohort.worker", str(self._course.root), self._environment]
            hidden = [self._hidden] if self._hidden else []
            command = confined(inside, [self._course.root], hidden) if self._sandboxed else inside
            worker = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
            )
            self._worker = worker
            assert worker.stdout is not None
            try:
                receive(worker.stdout.fileno(), ANSWER_BYTES, START_SECONDS)
            except Lost as lost:
                self.close()
                raise EnvironmentProblem(
                    f"the sandbox for judging does not start: {lost}. See that bubblewrap works, or say --unconfined."
                ) from lost
        return self._worker
