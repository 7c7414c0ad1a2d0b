"""Grade a cohort with several processes: one that is lost is replaced, and its student tried once more."""

import json
import os
import subprocess
import sys
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from hardenlab.cohort.limits import ATTEMPTS

Done = Callable[[str, str], None]


class Crew:
    """Graders of one lab. `variants`: by student; students of one variant go to one grader while there are enough.

    `options`: those of the grader.
    """

    def __init__(self, folder: Path, lab: str, variants: Mapping[str, str], size: int, *options: str) -> None:
        self._command = [
            sys.executable, "-m", "hardenlab.cohort.grader", str(folder), lab, *options,
        ]  # fmt: skip
        self._variants = variants
        self._size = size
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._running: set[subprocess.Popen[str]] = set()

    def grade(self, students: Sequence[str], done: Done) -> None:
        """Grade them all; `done(student, problem)` is called for each as it comes, by one thread at a time."""
        groups: dict[str, deque[str]] = defaultdict(deque)
        for student in students:
            groups[self._variants.get(student, "")].append(student)
        threads = [
            threading.Thread(target=self._work, args=(groups, done), daemon=True)
            for _ in range(min(self._size, len(students)))
        ]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(0.2)
        finally:
            self._stop.set()
            with self._lock:
                for process in self._running:
                    process.kill()
            for thread in threads:
                thread.join()

    @property
    def pids(self) -> list[int]:
        """The graders at work."""
        with self._lock:
            return [process.pid for process in self._running]

    def _work(self, groups: dict[str, deque[str]], done: Done) -> None:
        variant, process = None, None
        try:
            while not self._stop.is_set():
                with self._lock:
                    if variant is None or not groups.get(variant):
                        variant = self._next(groups)
                    if variant is None:
                        return
                    student = groups[variant].popleft()
                problem = None
                for _ in range(ATTEMPTS):
                    process = process or self._start()
                    problem = _ask(process, student)
                    if problem is not None or self._stop.is_set():
                        break
                    self._end(process)
                    process = None
                if not self._stop.is_set():
                    with self._lock:
                        done(student, f"the grader was lost {ATTEMPTS} times." if problem is None else problem)
        finally:
            if process is not None:
                self._end(process)

    def _next(self, groups: dict[str, deque[str]]) -> str | None:
        """The variant with the most students left that nobody has begun; else any that is left."""
        left = [variant for variant, students in groups.items() if students]
        return max(left, key=lambda variant: len(groups[variant]), default=None)

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


def _ask(process: "subprocess.Popen[str]", student: str) -> str | None:
    """Why a person must look, or nothing; None: the grader is lost."""
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(json.dumps(student) + "\n")
        process.stdin.flush()
        return str(json.loads(process.stdout.readline())["problem"])
    except (OSError, ValueError):
        return None
