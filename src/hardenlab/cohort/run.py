"""Run nbgrader over a course folder and tell how it went."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Assignment, Grade, Gradebook, MissingEntry, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import case, func

from hardenlab.cohort import confine
from hardenlab.cohort.crew import Crew
from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.gradebook import PATIENCE_SECONDS, index_marks, open_gradebook
from hardenlab.cohort.graded import is_graded
from hardenlab.cohort.grader import RUN_NOTEBOOK, UNCONFINED
from hardenlab.cohort.results import Result, read_results
from hardenlab.cohort.variants import PRIVATE
from hardenlab.cohort.work import how_many, pieces_of, variant_or_none
from hardenlab.model.problem import EnvironmentProblem, UsageProblem


@dataclass(frozen=True)
class Marks:
    """One student's marks for an assignment, and whether a person must look."""

    student: str
    earned: float
    points: float
    needs_person: bool


def generate(folder: Path, lab: str) -> None:
    """Make the release of a lab: nbgrader's own command, which strips the solutions."""
    _nbgrader(folder, "generate_assignment", lab, "--create", "--force")


def collect(folder: Path, lab: str) -> None:
    """Bring submissions from nbgrader's exchange; a later one takes the place of an earlier one."""
    _nbgrader(folder, "collect", lab, "--update")


@dataclass(frozen=True)
class Grading:
    """What a run came to. `problems`: by student, why a person must look. `skipped`: graded before, unchanged."""

    marks: list[Marks]
    graded: list[str]
    skipped: list[str]
    problems: dict[str, str]


def grade_cohort(
    root: Path, lab: str, *, again: bool = False, confined: bool = True, run_notebooks: bool = False,
    processes: int | None = None, scheduler: str | None = None,
    done: Callable[[int, int], None] = lambda finished, of: None,
) -> Grading:  # fmt: skip
    """Grade the submissions that are not graded yet, or (`again`) all, in parallel; `done(finished, of)` tells how far.

    `scheduler`: the address of a Dask cluster that judges; this machine then records only.
    Killed at any moment it loses nothing: what is recorded as graded is in the gradebook, and a second run does the
    rest. `run_notebooks`: run them, sandboxed, for tasks that judge a function, whatever the course's settings say.
    UsageProblem: there is nothing to grade, or another run is at it. EnvironmentProblem: the gradebook or the cluster
    is away, or there is no sandbox.
    """
    if not (root / "nbgrader_config.py").is_file():
        raise UsageProblem(f"{root} is no course of nbgrader: make one with hardenlab course init {root}.")
    folder = CourseFolder.open(root)
    students = folder.collected(lab)
    sections = folder.course().lab(lab).sections
    if confined:
        confine.refuse_servers(folder.environment)
    if confined and scheduler is None:
        confine.confined([], [])  # tells that there is no bubblewrap before anything is begun
    problems: dict[str, str] = {}
    with _alone(folder.root):
        with open_gradebook(folder) as gradebook:  # made here, so that the graders find it
            index_marks(gradebook)
        skipped = [name for name in students if not again and is_graded(folder.root, lab, name)]
        todo = sorted(set(students) - set(skipped))
        finished = 0

        def one(student: str, problem: str) -> None:
            nonlocal finished
            finished += 1
            if problem:
                problems[student] = problem
            done(finished, len(todo))

        safe = [name for name in todo if not set(name) & set("*?[]")]
        for name in set(todo) - set(safe):
            one(name, "the name of the submission's folder is no student's id.")
        size = how_many(processes, len(safe), run_notebooks or folder.run_notebooks)
        variants = {name: variant_or_none(folder.root, lab, name) for name in safe}
        options = [UNCONFINED] * (not confined) + [RUN_NOTEBOOK] * run_notebooks
        with pieces_of(folder, lab, variants, scheduler, confined) as pieces:
            Crew(folder.root, lab, size, *options).grade(pieces, one)
    for student, problem in told_of(read_results(folder.root, lab), named=len(sections) > 1).items():
        if student in students:
            problems.setdefault(student, problem)
    found = marks(folder.root, lab)
    for mark in found:
        if mark.needs_person and mark.student in students:
            problems.setdefault(mark.student, "a task could not be judged, or waits for marks by hand.")
    return Grading(found, [name for name in todo if name not in problems], skipped, problems)


def told_of(results: Iterable[Result], named: bool) -> dict[str, str]:
    """By student, the problems of all notebooks; `named`: each with its notebook's name."""
    found: dict[str, list[str]] = {}
    for result in results:
        if result.problem:
            told = f"{result.notebook}: {result.problem}" if named else result.problem
            found.setdefault(result.student, []).append(told)
    return {student: " ".join(problems) for student, problems in found.items()}


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One run at a time; the lock ends with its process, however that ends."""
    path = root / PRIVATE / "grading.lock"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageProblem(f"another run is grading in {root}. Wait for it, or end it first.") from error
        yield


def marks(folder: Path, lab: str) -> list[Marks]:
    """What the gradebook holds, by student."""
    with open_gradebook(CourseFolder.open(folder), PATIENCE_SECONDS) as gradebook:
        return marks_in(gradebook, lab)


def marks_in(gradebook: Gradebook, lab: str) -> list[Marks]:
    """The marks of a lab, by student. In one query: nbgrader's properties ask three for each submission."""
    try:
        points = float(gradebook.find_assignment(lab).max_score)
    except MissingEntry:
        return []
    needs_person = func.max(case((Grade.needs_manual_grade, 1), else_=0))
    rows = (
        gradebook.db.query(SubmittedAssignment.student_id, func.coalesce(func.sum(Grade.score), 0.0), needs_person)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .outerjoin(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .outerjoin(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .filter(Assignment.name == lab)
        .group_by(SubmittedAssignment.student_id)
    )
    found = (Marks(student, float(earned), points, bool(waits)) for student, earned, waits in rows)
    return sorted(found, key=lambda mark: mark.student)


def _nbgrader(folder: Path, *arguments: str) -> None:
    own = str(Path(sys.executable).parent)  # nbgrader calls alembic by its name
    environment = os.environ | {"PATH": own + os.pathsep + os.environ.get("PATH", "")}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise EnvironmentProblem(f"nbgrader {arguments[0]} failed: {' '.join(last)}")
