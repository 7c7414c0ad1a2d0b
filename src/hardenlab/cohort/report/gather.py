"""Gather what the report shows: marks from the gradebook, findings from the last grading, the rest from journals."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from nbgrader.api import Gradebook

from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.gradebook import open_gradebook
from hardenlab.cohort.report.history import History, read_history
from hardenlab.cohort.report.likeness import Pair, near_copies
from hardenlab.cohort.report.statistics import Item, Mistake, item, median, mistakes
from hardenlab.cohort.results import Result, read_results
from hardenlab.model.assessment import TaskResult
from hardenlab.model.problem import UsageProblem
from hardenlab.model.rubric import Lab, Task


@dataclass(frozen=True)
class Cell:
    """One learner at one task: points, how it stands in a word, why, and whether a person gave the points."""

    earned: float
    points: float
    status: str
    reason: str
    by_person: bool = False

    @property
    def share(self) -> float:
        return min(max(self.earned / self.points, 0.0), 1.0) if self.points else 0.0


@dataclass(frozen=True)
class Learner:
    """One learner: the cells by (section, task), and the history of each section."""

    id: str
    name: str
    cells: Mapping[tuple[str, str], Cell]
    histories: Mapping[str, History]
    penalty: float
    problems: tuple[str, ...]

    @cached_property
    def earned(self) -> float:
        return sum(cell.earned for cell in self.cells.values())

    @property
    def waits(self) -> bool:
        return bool(self.problems) or any(cell.status == "pending" for cell in self.cells.values())


@dataclass(frozen=True)
class TaskOfClass:
    """One task in the class. `number` names it in plots; `hinted`: who took a hint; times in seconds of work."""

    section: str
    task: Task
    number: str
    item: Item
    hinted: int
    hints: int
    first_success: float | None
    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True)
class ClassReport:
    """The whole report."""

    course: str
    lab: Lab
    learners: tuple[Learner, ...]
    tasks: tuple[TaskOfClass, ...]
    pairs: tuple[Pair, ...]

    @property
    def points(self) -> float:
        return sum(section.points for section in self.lab.sections)


def gather(folder: CourseFolder, lab_id: str) -> ClassReport:
    """Read the lab's gradebook, results and journals. UsageProblem: nothing was graded yet."""
    lab = folder.course().lab(lab_id)
    results = {(result.student, result.notebook): result for result in read_results(folder.root, lab_id)}
    with open_gradebook(folder) as gradebook:
        learners = tuple(_learners(folder, lab, gradebook, results))
    if not learners:
        raise UsageProblem(f"nothing of '{lab_id}' is graded yet. Grade it with: hardenlab grade {lab_id}.")
    pairs: list[Pair] = []
    for section in lab.sections:
        pairs += near_copies({learner.id: learner.histories[section.notebook] for learner in learners})
    return ClassReport(folder.id, lab, learners, tuple(_tasks(lab, learners, results)), tuple(pairs))


def _learners(
    folder: CourseFolder, lab: Lab, gradebook: Gradebook, results: Mapping[tuple[str, str], Result]
) -> Iterator[Learner]:
    for submission in sorted(gradebook.assignment_submissions(lab.id), key=lambda item: item.student.id):
        student = submission.student
        grades = {(n.name, grade.name): grade for n in submission.notebooks for grade in n.grades}
        place = folder.root / "submitted" / student.id / lab.id
        found = [results.get((student.id, section.notebook)) for section in lab.sections]
        yield Learner(
            student.id,
            " ".join(part for part in (student.first_name, student.last_name) if part),
            dict(_cells(lab, grades, student.id, results)),
            {section.notebook: read_history(place / f"{section.notebook}.journal") for section in lab.sections},
            float(submission.late_submission_penalty or 0),
            tuple(result.problem for result in found if result is not None and result.problem),
        )


def _cells(
    lab: Lab, grades: Mapping[tuple[str, str], object], student: str, results: Mapping[tuple[str, str], Result]
) -> Iterator[tuple[tuple[str, str], Cell]]:
    for section in lab.sections:
        result = results.get((student, section.notebook))
        told = {one.task: one for one in result.assessment.tasks} if result and result.assessment else {}
        for task in section.tasks:
            grade = grades.get((section.notebook, task.id))
            if grade is not None:
                yield (section.notebook, task.id), _cell(grade, told.get(task.id))


def _cell(grade: object, told: TaskResult | None) -> Cell:
    earned, points = float(getattr(grade, "score", 0) or 0), float(getattr(grade, "max_score", 0) or 0)
    by_person = getattr(grade, "manual_score", None) is not None
    if getattr(grade, "needs_manual_grade", False):
        status = "pending"
    elif earned >= points:
        status = "passed"
    else:
        status = "partial" if earned > 0 else "failed"
    return Cell(earned, points, status, told.reason if told else "", by_person)


def _tasks(lab: Lab, learners: Iterable[Learner], results: Mapping[tuple[str, str], Result]) -> Iterator[TaskOfClass]:
    learners = list(learners)
    for at, section in enumerate(lab.sections, start=1):
        for number, task in enumerate(section.tasks, start=1):
            key = (section.notebook, task.id)
            having = [learner for learner in learners if key in learner.cells]
            shares = {learner.id: learner.cells[key].share for learner in having}
            histories = [learner.histories[section.notebook] for learner in learners]
            hints = [history.hints.get(task.id, 0) for history in histories]
            yield TaskOfClass(
                section.id,
                task,
                f"{at}.{number}" if len(lab.sections) > 1 else f"{number}",
                item(shares, {learner.id: _rest(learner, key) for learner in having}),
                sum(count > 0 for count in hints),
                sum(hints),
                median(h.first_success[task.id] for h in histories if task.id in h.first_success),
                tuple(_mistakes(task, section.notebook, having, results)),
            )


def _rest(learner: Learner, key: tuple[str, str]) -> float:
    return sum(cell.earned for other, cell in learner.cells.items() if other != key)


def _mistakes(
    task: Task, notebook: str, learners: Iterable[Learner], results: Mapping[tuple[str, str], Result]
) -> list[Mistake]:
    """For a question the wrong first answers; for a control what those who tried were told."""
    tried = [learner for learner in learners if learner.histories[notebook].writes]
    if task.question is not None:
        given = (learner.histories[notebook].first_answers.get(task.id) for learner in tried)
        right = {learner.id for learner in tried if learner.cells[notebook, task.id].status == "passed"}
        wrong = Counter(
            answer for learner, answer in zip(tried, given, strict=True) if answer and learner.id not in right
        )
        return [Mistake(f"answered {answer}", count) for answer, count in wrong.most_common(5)]
    told = (results.get((learner.id, notebook)) for learner in tried)
    found = (one.assessment for one in told if one is not None and one.assessment is not None)
    return mistakes(result for assessment in found for result in assessment.tasks if result.task == task.id)
