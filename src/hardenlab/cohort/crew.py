"""Grade a cohort with several processes: one that is lost is replaced, and its student tried once more."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from hardenlab.cohort.limits import ATTEMPTS
from hardenlab.cohort.pieces import Piece, Pieces
from hardenlab.model.problem import EnvironmentProblem

Done = Callable[[str, str], None]


class NothingCanBeGraded(Exception):
    """A grader found that going on is of no use: the gradebook is away."""


class Crew:
    """Graders of one lab; `options` are those of the grader."""

    def __init__(self, folder: Path, lab: str, size: int, *options: str) -> None:
        self._command = [
            sys.executable, "-m", "hardenlab.cohort.grader", str(folder), lab, *options,
        ]  # fmt: skip
        self._size = size
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._running: set[subprocess.Popen[str]] = set()
        self._problem = ""

    def grade(self, pieces: Pieces, done: Done) -> None:
        """Grade them all; `done(student, problem)` is called for each as it comes, by one thread at a time.

        EnvironmentProblem: the rest cannot be graded now.
        """
        threads = [threading.Thread(target=self._work, args=(pieces, done), daemon=True) for _ in range(self._size)]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(0.2)
        finally:
            self._stop.set()
            pieces.end()
            with self._lock:
                for process in self._running:
                    process.kill()
            for thread in threads:
                thread.join()
        if self._problem:
            raise EnvironmentProblem(self._problem)

    @property
    def pids(self) -> list[int]:
        """The graders at work."""
        with self._lock:
            return [process.pid for process in self._running]

    def _work(self, pieces: Pieces, done: Done) -> None:
        process = None
        piece: Piece | None = None
        try:
            while not self._stop.is_set():
                piece = pieces.take(piece.variant if piece else None)
                if piece is None:
                    return
                problem = None
                for _ in range(ATTEMPTS):
                    process = process or self._start()
                    problem = _ask(process, piece)
                    if problem is not None or self._stop.is_set():
                        break
                    self._end(process)
                    process = None
                if not self._stop.is_set():
                    with self._lock:
                        done(piece.student, f"the grader was lost {ATTEMPTS} times." if problem is None else problem)
        except NothingCanBeGraded as problem_of_all:
            self._problem = str(problem_of_all)
            self._stop.set()
            pieces.end()
        finally:
            if process is not None:
                self._end(process)

    def _start(self) -> "subprocess.Popen[str]":
        own = str(Path(sys.executable).parent)  # nbgrader calls alembic by its name
        environment = os.environ | {"PATH": own + os.pathsep + os.environ.get("PATH", "")}
        process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=environment, start_new_session=True,
        )  # fmt: skip
        with self._lock:
            self._running.add(process)
        return process

    def _end(self, process: "subprocess.Popen[str]") -> None:
        with self._lock:
            self._running.discard(process)
        process.kill()
        process.communicate()


def _ask(process: "subprocess.Popen[str]", piece: Piece) -> str | None:
    """Why a person must look, or nothing; None: the grader is lost."""
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(json.dumps(asdict(piece)) + "\n")
        process.stdin.flush()
        told = json.loads(process.stdout.readline())
    except (OSError, ValueError):
        return None
    if "stop" in told:
        raise NothingCanBeGraded(told["stop"])
    return str(told["problem"])
