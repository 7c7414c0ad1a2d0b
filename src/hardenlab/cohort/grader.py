"""One of the processes that grade a cohort: students on standard input, a line of JSON for each on standard output."""

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

from hardenlab.cohort.graded import hand_in, record
from hardenlab.model.problem import Problem

MAX_REASON = 500
UNCONFINED, RUN_NOTEBOOK = "unconfined", "run-notebook"


def main() -> None:
    """`python -m hardenlab.cohort.grader FOLDER LAB OPTION...`: nbgrader's own autograding, one student at a time."""
    folder, lab, options = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what nbgrader prints is no answer
    logging.disable(logging.WARNING)
    for line in sys.stdin:
        student = json.loads(line)
        answers.write(json.dumps({"student": student, "problem": _grade(folder, lab, student, options)}) + "\n")
        answers.flush()


def _grade(folder: Path, lab: str, student: str, options: Collection[str]) -> str:
    """Grade one student's submission; answers why a person must look, or nothing."""
    submission = folder / "submitted" / student / lab
    try:
        digest = hand_in(submission)
        _autograde(folder, lab, student, options)
    except Problem as problem:
        return str(problem)[:MAX_REASON]
    except Exception as error:
        return f"nbgrader could not grade the submission ({type(error).__name__}: {error})"[:MAX_REASON]
    record(folder, lab, student, digest)
    return ""


def _autograde(folder: Path, lab: str, student: str, options: Collection[str]) -> None:
    config: Any = PyFileConfigLoader("nbgrader_config.py", path=str(folder)).load_config()
    config.CourseDirectory.assignment_id = lab
    config.CourseDirectory.student_id = student
    config.GradeFromJournal.confined = UNCONFINED not in options
    if RUN_NOTEBOOK in options:
        config.RunNotebook.enabled = True
    command = Autograde(coursedir=CourseDirectory(config=config), config=config)
    command.create_student = True
    command.force = True
    command.start()


if __name__ == "__main__":
    main()
