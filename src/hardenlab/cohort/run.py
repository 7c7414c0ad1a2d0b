"""Run nbgrader over a course folder and tell how it went."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook

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


def autograde(folder: Path, lab: str) -> list[Marks]:
    """Grade every submission of a lab; answers the marks by student."""
    if not (folder / "nbgrader_config.py").is_file():
        raise UsageProblem(f"{folder} is no course of nbgrader: make one with hardenlab course init {folder}.")
    if not any((folder / "submitted").glob(f"*/{lab}")):
        raise UsageProblem(f"{folder / 'submitted'} holds no submission of '{lab}'. Collect them first.")
    _nbgrader(folder, "autograde", lab, "--create", "--force")
    return marks(folder, lab)


def marks(folder: Path, lab: str) -> list[Marks]:
    """What the gradebook holds."""
    with Gradebook(f"sqlite:///{folder.resolve()}/gradebook.db") as gradebook:
        return [
            Marks(item.student.id, float(item.score), float(item.max_score), bool(item.needs_manual_grade))
            for item in sorted(gradebook.assignment_submissions(lab), key=lambda item: item.student.id)
        ]


def _nbgrader(folder: Path, *arguments: str) -> None:
    own = str(Path(sys.executable).parent)  # nbgrader calls alembic by its name
    environment = os.environ | {"PATH": own + os.pathsep + os.environ.get("PATH", "")}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise EnvironmentProblem(f"nbgrader {arguments[0]} failed: {' '.join(last)}")
