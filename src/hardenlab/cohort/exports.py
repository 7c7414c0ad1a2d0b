"""Marks for other systems: plain CSV, Canvas's and Moodle's layouts; each also as a plugin of `nbgrader export`."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Assignment, Gradebook, MissingEntry
from nbgrader.plugins import ExportPlugin
from traitlets import Dict

from hardenlab.cohort.spreadsheet import csv_text
from hardenlab.model.problem import UsageProblem, nearest

Rows = Iterator[Sequence[object]]
PLAIN = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
    "late_submission_penalty", "score", "max_score",
)  # fmt: skip


@dataclass(frozen=True)
class Score:
    """One student's lab: None where nothing was handed in. `waits`: a person has still to look."""

    raw: float | None
    penalty: float
    timestamp: object = None
    waits: bool = False

    @property
    def final(self) -> float | None:
        """The points that count."""
        return None if self.raw is None else max(0.0, round(self.raw - self.penalty, 2))


def score_of(gradebook: Gradebook, lab: str, student: str) -> Score:
    """What the gradebook holds."""
    try:
        submission = gradebook.find_submission(lab, student)
    except MissingEntry:
        return Score(None, 0.0)
    penalty, waits = float(submission.late_submission_penalty or 0), bool(submission.needs_manual_grade)
    return Score(float(submission.score), penalty, submission.timestamp, waits)


def plain_rows(gradebook: Gradebook, labs: Collection[str], columns: Mapping[str, str]) -> Rows:
    """nbgrader's own columns, one row for each lab and student; who handed in nothing has 0."""
    yield PLAIN
    for assignment in _assignments(gradebook, labs):
        for student in gradebook.students:
            score = score_of(gradebook, assignment.name, student.id)
            yield (
                assignment.name, assignment.duedate, score.timestamp, student.id, student.last_name, student.first_name,
                student.email, score.raw or 0.0, score.penalty, score.final or 0.0, assignment.max_score,
            )  # fmt: skip


def canvas_rows(gradebook: Gradebook, labs: Collection[str], columns: Mapping[str, str]) -> Rows:
    """Canvas's gradebook import: a row of points possible, then students. Nothing handed in, or waiting: blank.

    Canvas Instructor Guide, "How do I import grades in the Gradebook?": `ID` or `SIS User ID` finds the student, and a
    column named `Title (id)` finds the assignment.
    """
    assignments = _assignments(gradebook, labs)
    titles = [columns.get(item.name, item.name) for item in assignments]
    yield ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", *titles)
    yield ("Points Possible", "", "", "", "", *(item.max_score for item in assignments))
    for student in gradebook.students:
        name = ", ".join(part for part in (student.last_name, student.first_name) if part)
        scores = [_settled(score_of(gradebook, item.name, student.id)) for item in assignments]
        yield (name or student.id, student.lms_user_id, student.id, student.email or student.id, "", *scores)


def moodle_rows(gradebook: Gradebook, labs: Collection[str], columns: Mapping[str, str]) -> Rows:
    """Moodle's grade import: map by `ID number` or `Email address`. Nothing handed in, or waiting: blank.

    Moodle documentation, "Grade import".
    """
    assignments = _assignments(gradebook, labs)
    titles = [columns.get(item.name, item.name) for item in assignments]
    yield ("First name", "Last name", "ID number", "Email address", *titles)
    for student in gradebook.students:
        scores = [_settled(score_of(gradebook, item.name, student.id)) for item in assignments]
        yield (student.first_name, student.last_name, student.lms_user_id or student.id, student.email, *scores)


Layout = Callable[[Gradebook, Collection[str], Mapping[str, str]], Rows]
LAYOUTS: Mapping[str, Layout] = {"csv": plain_rows, "canvas": canvas_rows, "moodle": moodle_rows}


def export(gradebook: Gradebook, layout: str, labs: Collection[str], columns: Mapping[str, str]) -> str:
    """The marks of these labs (none: all) as CSV. `columns` names labs as the other system does."""
    if layout not in LAYOUTS:
        raise UsageProblem(f"there is no layout '{layout[:60]}'.{nearest(layout[:60], set(LAYOUTS))}")
    return csv_text(LAYOUTS[layout](gradebook, labs, columns))


def _assignments(gradebook: Gradebook, labs: Collection[str]) -> list[Assignment]:
    known = {item.name: item for item in gradebook.assignments}
    for lab in labs:
        if lab not in known:
            raise UsageProblem(f"the gradebook has no lab '{lab[:100]}'.{nearest(lab[:100], set(known))}")
    return [known[name] for name in sorted(known) if not labs or name in labs]


def _settled(score: Score) -> float | None:
    return None if score.waits else score.final


class _Export(ExportPlugin):  # type: ignore[misc]
    """Writes one layout where `--to` says."""

    columns = Dict(help="What labs are called in the other system.").tag(config=True)
    layout = "csv"
    file = ""

    def export(self, gradebook: Gradebook) -> None:
        labs = [str(name) for name in self.assignment]
        text = export(gradebook, self.layout, labs, self.columns)
        Path(str(self.to) or self.file or f"grades-{self.layout}.csv").write_text(text, encoding="utf-8", newline="")


class PlainExport(_Export):
    """`nbgrader export`: its own columns, quoted, and without formulas."""

    file = "grades.csv"


class CanvasExport(_Export):
    """`nbgrader export --exporter=hardenlab.cohort.exports.CanvasExport`."""

    layout = "canvas"


class MoodleExport(_Export):
    """`nbgrader export --exporter=hardenlab.cohort.exports.MoodleExport`."""

    layout = "moodle"
