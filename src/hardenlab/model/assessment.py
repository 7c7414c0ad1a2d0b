"""An assessment: what `assess` says of an account, per task and per resource."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from hardenlab.model.finding import Finding, Verdict


class Status(StrEnum):
    """Where a task stands. PENDING: a person must look; it earns nothing until then."""

    PASSED = "passed"
    PARTIAL = "partial"
    FAILED = "failed"
    PENDING = "pending"


@dataclass(frozen=True)
class TaskResult:
    """One task's verdict. `earned` of `points`; `reason` says in a sentence what decided it."""

    task: str
    title: str
    points: float
    earned: float
    status: Status
    reason: str
    findings: tuple[Finding, ...] = ()
    broken: tuple[str, ...] = ()


@dataclass(frozen=True)
class InvariantResult:
    """Whether one flow of the workload works."""

    invariant: str
    title: str
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        return bool(self.findings) and all(finding.verdict is Verdict.PASSED for finding in self.findings)


@dataclass(frozen=True)
class Assessment:
    """Every task and invariant of a section, judged on one state of its account.

    `withheld`: how many tasks were left out because they are hidden from learners.
    """

    section: str
    tasks: tuple[TaskResult, ...]
    invariants: tuple[InvariantResult, ...]
    withheld: int = 0

    @property
    def earned(self) -> float:
        return sum(task.earned for task in self.tasks)

    @property
    def points(self) -> float:
        return sum(task.points for task in self.tasks)

    def task(self, task_id: str) -> TaskResult:
        return next(result for result in self.tasks if result.task == task_id)

    def replaced(self, results: Mapping[str, TaskResult]) -> "Assessment":
        """The same with other results for some tasks."""
        return replace(self, tasks=tuple(results.get(result.task, result) for result in self.tasks))

    def to_json(self) -> dict[str, Any]:
        return {
            "section": self.section,
            "earned": self.earned,
            "points": self.points,
            "withheld": self.withheld,
            "tasks": [
                {
                    "task": result.task,
                    "title": result.title,
                    "points": result.points,
                    "earned": result.earned,
                    "status": result.status.value,
                    "reason": result.reason,
                    "findings": [finding.to_json() for finding in result.findings],
                    "broken": result.broken,
                }
                for result in self.tasks
            ],
            "invariants": [
                {
                    "invariant": result.invariant,
                    "title": result.title,
                    "holds": result.holds,
                    "findings": [finding.to_json() for finding in result.findings],
                }
                for result in self.invariants
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Assessment":
        return cls(
            data["section"],
            tuple(_task(item) for item in data["tasks"]),
            tuple(
                InvariantResult(item["invariant"], item["title"], _findings(item["findings"]))
                for item in data["invariants"]
            ),
            data.get("withheld", 0),
        )


def _task(item: Mapping[str, Any]) -> TaskResult:
    fields = dict(item)
    return TaskResult(
        **fields
        | {
            "status": Status(fields["status"]),
            "findings": _findings(fields["findings"]),
            "broken": tuple(fields["broken"]),
        }
    )


def _findings(items: list[Mapping[str, Any]]) -> tuple[Finding, ...]:
    return tuple(Finding.from_json(item) for item in items)
