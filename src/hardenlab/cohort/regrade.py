"""Grade again from the stored journals, and say whose marks would change and why before anything is written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nbgrader.api import Gradebook, MissingEntry

from hardenlab.assess.assess import NOT_CALLED
from hardenlab.cohort.build import write_source
from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.gradebook import open_gradebook
from hardenlab.cohort.judging import HERE, Done, Means, Submission, judge_each, with_notebooks
from hardenlab.cohort.results import Result, read_results
from hardenlab.cohort.run import Grading, generate, grade_cohort
from hardenlab.cohort.submission import Judged
from hardenlab.model.assessment import Status, TaskResult
from hardenlab.model.problem import UsageProblem
from hardenlab.model.rubric import Lab, Section

CLOSE = 0.005


@dataclass(frozen=True)
class Mark:
    """What the gradebook holds for one task: by the journal, by a person, and out of how many points."""

    earned: float | None
    by_person: float | None
    points: float


@dataclass(frozen=True)
class MarkChange:
    """One mark that grading again would change. `kept`: a person's points, which stand whatever the journal says."""

    student: str
    section: str
    task: str
    before: float | None
    points_before: float | None
    after: float
    points_after: float
    why: str
    kept: float | None = None


def changed_marks(
    folder: CourseFolder, lab: str, means: Means = HERE, done: Done = lambda *_: None
) -> list[MarkChange]:
    """Judge every collected submission with the course as it is now, and compare with the gradebook.

    A learner's functions are called where notebooks are run; else their marks are left out of the comparison.
    """
    submissions = [Submission(name, folder.root / "submitted" / name / lab) for name in folder.collected(lab)]
    found = judge_each(folder, lab, submissions, means, done)
    sections = {section.notebook: section for section in folder.course().lab(lab).sections}
    former = {(result.student, result.notebook): result for result in read_results(folder.root, lab)}
    changes: list[MarkChange] = []
    with open_gradebook(folder) as gradebook:
        for submission, results in found.items():
            student = submission.student
            marks = _marks(gradebook, lab, student)
            for judged in results:
                before = former.get((student, judged.notebook))
                changes += _changes(student, sections[judged.notebook], judged, marks, before)
    return changes


def apply(folder: CourseFolder, lab: str, means: Means = HERE, done: Done = lambda *_: None) -> Grading:
    """Write it: the lab's points into the gradebook, then every submission graded anew. People's marks stand.

    UsageProblem: a learner's functions have marks, and would not be called this time.
    """
    course = folder.course()
    found: Lab = course.lab(lab)
    lost = [] if with_notebooks(folder, means).run_notebooks else sorted(set(_called_before(folder, found)))
    if lost:
        raise UsageProblem(
            f"{', '.join(lost)} in {lab} judges a function that the learner wrote: say --run-notebook, or these marks "
            "would wait for a person."
        )
    write_source(course, found, folder.root)
    generate(folder.root, lab)
    return grade_cohort(
        folder.root, lab, again=True, confined=means.confined, run_notebooks=means.run_notebooks,
        processes=means.processes, scheduler=means.scheduler, done=done,
    )  # fmt: skip


def _called_before(folder: CourseFolder, lab: Lab) -> Iterator[str]:
    """The tasks that judge a function and whose marks stand."""
    tasks = {(section.notebook, task.id) for section in lab.sections for task in section.tasks if task.function}
    for result in read_results(folder.root, lab.id):
        for task in result.assessment.tasks if result.assessment else ():
            if (result.notebook, task.task) in tasks and task.status is not Status.PENDING:
                yield task.task


def _marks(gradebook: Gradebook, lab: str, student: str) -> Mapping[tuple[str, str], Mark]:
    """By notebook and task."""
    try:
        submission = gradebook.find_submission(lab, student)
    except MissingEntry:
        return {}
    return {
        (notebook.name, grade.name): Mark(grade.auto_score, grade.manual_score, float(grade.max_score))
        for notebook in submission.notebooks
        for grade in notebook.grades
    }


def _changes(
    student: str, section: Section, judged: Judged, marks: Mapping[tuple[str, str], Mark], former: Result | None
) -> Iterator[MarkChange]:
    now = {result.task: result for result in judged.assessment.tasks} if judged.assessment else {}
    then = {result.task: result for result in former.assessment.tasks} if former and former.assessment else {}
    for task in section.tasks:
        mark, result = marks.get((section.notebook, task.id)), now.get(task.id)
        earned = result.earned if result else 0.0
        if task.function is not None and result is not None and result.reason == NOT_CALLED:
            continue  # not called here
        had = mark.earned if mark else None
        points = mark.points if mark else None
        if had is not None and abs(had - earned) < CLOSE and points == task.points:
            continue
        why = _why(result, then.get(task.id), points, task.points, judged.problem, mark)
        kept = mark.by_person if mark else None
        yield MarkChange(student, section.id, task.id, had, points, earned, task.points, why, kept)


def _why(
    now: TaskResult | None,
    then: TaskResult | None,
    points_before: float | None,
    points: float,
    problem: str,
    mark: Mark | None,
) -> str:
    """In one sentence: the points changed, the verdict changed, or the journal can no longer be judged."""
    if problem:
        return problem
    if mark is None or mark.earned is None:
        return f"not graded before: {now.reason if now else ''}"
    reasons = []
    if points_before != points:
        reasons.append(f"the task has {points:g} points, and had {points_before:g}")
    if now is not None and then is not None and (now.status, now.reason) != (then.status, then.reason):
        reasons.append(f"{_said(now)}; before: {_said(then)}")
    elif now is not None and then is None:
        reasons.append(_said(now))
    return "; ".join(reasons) or "the share of the points changed"


def _said(result: TaskResult) -> str:
    """What decided the task: the first failed resource where there is one."""
    failed = next((found for found in result.findings if found.verdict.value == "FAILED"), None)
    detail = f" ({failed.resource}: {failed.message})" if failed and result.status is not Status.PASSED else ""
    return f"{result.status.value}, {result.reason}{detail}"
