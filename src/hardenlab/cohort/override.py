"""Marks that a person gives: nbgrader's manual scores. They stand before every grading, and survive it."""

import math
from typing import Any

from nbgrader.api import MissingEntry
from nbgrader.preprocessors import SaveAutoGrades

from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.gradebook import open_gradebook
from hardenlab.cohort.notebook_gradebook import NotebookGradebook
from hardenlab.model.problem import UsageProblem, nearest
from hardenlab.model.rubric import Section

MAX_COMMENT = 2_000


class SaveMarks(SaveAutoGrades):  # type: ignore[misc]
    """nbgrader's step, which asks a person again after every grading: here only if what he overrode has changed."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        names = resources["nbgrader"]
        self.notebook_id, self.assignment_id = names["notebook"], names["assignment"]
        self.student_id, self.db_url = names["student"], names["db_url"]
        with NotebookGradebook(self.db_url) as self.gradebook:
            return super(SaveAutoGrades, self).preprocess(nb, resources)  # type: ignore[no-any-return]

    def _add_score(self, cell: Any, resources: Any) -> None:
        names = (cell.metadata["nbgrader"]["grade_id"], self.notebook_id, self.assignment_id, self.student_id)
        grade = self.gradebook.find_grade(*names)
        before = grade.auto_score, grade.needs_manual_grade
        super()._add_score(cell, resources)
        if grade.manual_score is not None and before == (grade.auto_score, False):
            grade.needs_manual_grade = False
            self.gradebook.db.commit()


def override(folder: CourseFolder, section: Section, student: str, task: str, points: float, because: str) -> None:
    """Give a student these points for a task, whatever the journal says; the reason is the answer's comment."""
    known = {item.id: item for item in section.tasks}
    if task not in known:
        raise UsageProblem(f"{section.id} has no task '{task[:100]}'.{nearest(task[:100], set(known))}")
    if not math.isfinite(points) or not 0 <= points <= known[task].points:
        raise UsageProblem(f"'{task}' has from 0 to {known[task].points:g} points, not {points:g}.")
    with open_gradebook(folder) as gradebook:
        try:
            grade = gradebook.find_grade(task, section.notebook, section.lab, student)
        except MissingEntry as error:
            raise UsageProblem(f"{student} has no graded submission of {section.id}. Grade it first.") from error
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()
        try:
            comment = gradebook.find_comment(f"{task}_answer", section.notebook, section.lab, student)
        except MissingEntry:  # a hidden task has no answer cell
            return
        comment.manual_comment = because[:MAX_COMMENT]
        gradebook.db.commit()


def lift(folder: CourseFolder, section: Section, student: str, task: str) -> None:
    """Take a person's points back: the journal's count again."""
    with open_gradebook(folder) as gradebook:
        try:
            grade = gradebook.find_grade(task, section.notebook, section.lab, student)
        except MissingEntry as error:
            raise UsageProblem(f"{student} has no mark for '{task[:100]}' in {section.id}.") from error
        grade.manual_score = None
        gradebook.db.commit()
