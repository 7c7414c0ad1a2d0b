"""What a worker answered, believed only after a look: it is of this section, bounded, and its marks follow from it."""

import json
from typing import Any

from hardenlab.model.assessment import Assessment, Status, TaskResult
from hardenlab.model.finding import Verdict
from hardenlab.model.problem import JournalProblem
from hardenlab.model.rubric import Section

MAX_TEXT, MAX_ITEMS, MAX_DEPTH = 8_000, 2_000, 12


class Unbelievable(Exception):
    """The answer is not what a worker sends: it is thrown away with the worker."""


def believed(section: Section, answer: bytes) -> Assessment:
    """The assessment that the answer holds. JournalProblem: the journal's own problem, as the worker told it."""
    try:
        data = json.loads(answer)
        if set(data) == {"problem"} and isinstance(data["problem"], str):
            raise JournalProblem(data["problem"][:MAX_TEXT])
        if set(data) != {"assessment"}:
            raise Unbelievable("it is no assessment")
        _bounded(data, MAX_DEPTH)
        assessment = Assessment.from_json(data["assessment"])
        return _marked(section, assessment)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unbelievable(f"it is no assessment ({type(error).__name__})") from error


def _bounded(value: Any, depth: int) -> None:
    if depth < 0:
        raise Unbelievable("it is nested too deeply")
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise Unbelievable("a text of it is too long")
    if isinstance(value, list | dict) and len(value) > MAX_ITEMS:
        raise Unbelievable("a list of it is too long")
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _bounded(item, depth - 1)


def _marked(section: Section, assessment: Assessment) -> Assessment:
    """Titles and points are the rubric's, and a task earns only what its status and findings allow."""
    if assessment.section != section.id or [task.task for task in assessment.tasks] != [t.id for t in section.tasks]:
        raise Unbelievable("it is of another section")
    tasks = tuple(
        TaskResult(task.id, task.title, task.points, _earned(task.points, found), found.status,
                   found.reason, found.findings, found.broken)
        for task, found in zip(section.tasks, assessment.tasks, strict=True)
    )  # fmt: skip
    return Assessment(section.id, tasks, assessment.invariants, 0)


def _earned(points: float, found: TaskResult) -> float:
    failing = any(finding.verdict is not Verdict.PASSED for finding in found.findings)
    match found.status:
        case Status.PASSED if not failing:
            return points
        case Status.PARTIAL if isinstance(found.earned, int | float) and 0 <= found.earned <= points:
            return float(found.earned)
        case Status.FAILED | Status.PENDING:
            return 0.0
    raise Unbelievable("its marks do not follow from its findings")
