"""One of the processes that grade a cohort: students on standard input, a line of JSON for each on standard output."""

import copy
import functools
import json
import logging
import os
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from traitlets.config import PyFileConfigLoader

from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.gradebook import PATIENCE_SECONDS, open_gradebook
from hardenlab.cohort.graded import hand_in, record
from hardenlab.cohort.kept import keep_all
from hardenlab.cohort.limits import ATTEMPTS
from hardenlab.cohort.notebooks import check_notebooks
from hardenlab.cohort.pieces import Piece
from hardenlab.model.problem import EnvironmentProblem, Problem

MAX_REASON = 500
UNCONFINED, RUN_NOTEBOOK = "unconfined", "run-notebook"


def main() -> None:
    """`python -m hardenlab.cohort.grader FOLDER LAB OPTION...`: nbgrader's own autograding, one student at a time."""
    folder, lab, options = CourseFolder.open(Path(sys.argv[1])), sys.argv[2], sys.argv[3:]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what nbgrader prints is no answer
    logging.disable(logging.WARNING)
    keep_all()
    for line in sys.stdin:
        try:
            answer = {"problem": _grade(folder, lab, Piece(**json.loads(line)), options)}
        except EnvironmentProblem as problem:
            answer = {"stop": str(problem)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _grade(folder: CourseFolder, lab: str, piece: Piece, options: Collection[str]) -> str:
    """Grade one student's submission; answers why a person must look, or nothing.

    EnvironmentProblem: the gradebook is away, and does not come back. A submission that failed while it was away is
    graded again: nbgrader tells no failure from another.
    """
    errors = _Errors()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            digest = hand_in(folder.root / "submitted" / piece.student / lab)
            check_notebooks(folder.root / "submitted" / piece.student / lab, _notebooks(folder.root, lab))
            if piece.digest and piece.digest != digest:
                return "the submission was changed while it was graded. Grade it again."
            _autograde(folder, lab, piece, options, errors)
        except Problem as problem:
            return str(problem)[:MAX_REASON]
        except Exception as error:
            if folder.has_server and attempt < ATTEMPTS:
                with open_gradebook(folder, PATIENCE_SECONDS):
                    continue
            return f"nbgrader does not take the submission: {' '.join((errors.last or str(error)).split())}"[
                :MAX_REASON
            ]
        record(folder.root, lab, piece.student, digest)
        break
    return ""


@functools.cache
def _notebooks(root: Path, lab: str) -> list[str]:
    return [section.notebook for section in CourseFolder.open(root).course().lab(lab).sections]


@functools.cache
def _settings(root: Path) -> Any:
    return PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()


def _autograde(folder: CourseFolder, lab: str, piece: Piece, options: Collection[str], errors: logging.Handler) -> None:
    config = copy.deepcopy(_settings(folder.root))
    config.CourseDirectory.assignment_id = lab
    config.CourseDirectory.student_id = piece.student
    config.GradeFromJournal.confined = UNCONFINED not in options
    if RUN_NOTEBOOK in options:
        config.RunNotebook.enabled = True
    config.GradeFromJournal.answers = piece.answers
    command = Autograde(coursedir=CourseDirectory(config=config), config=config)
    command.create_student = True
    command.force = True
    command.log.addHandler(errors)
    try:
        command.start()
    finally:
        command.log.removeHandler(errors)


class _Errors(logging.Handler):
    """The last line of the last error that nbgrader logged: what it raises points there."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        lines = record.getMessage().strip().splitlines()
        if record.levelno >= logging.ERROR and lines and not lines[-1].startswith("There was an error"):
            self.last = lines[-1][:MAX_REASON]


if __name__ == "__main__":
    main()
