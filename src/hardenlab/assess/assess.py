"""Judge an account by a section's rubric: run the controls and invariants, and give points for what was mended."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hardenlab.assess.account import Account
from hardenlab.model.assessment import Assessment, InvariantResult, Status, TaskResult
from hardenlab.model.criteria import Criteria
from hardenlab.model.finding import Finding, Verdict, unknown
from hardenlab.model.rubric import Task

MAX_FINDINGS = 200
MAX_TEXT = 2_000
NOT_CALLED = "your function is called when your instructor runs the notebook"


@dataclass(frozen=True)
class Baseline:
    """The seeded state's failures: for each task, the resources that its control failed. They are what is to mend."""

    failing: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, assessment: Assessment) -> "Baseline":
        return cls(
            {
                result.task: frozenset(f.resource for f in result.findings if f.verdict is Verdict.FAILED)
                for result in assessment.tasks
            }
        )

    def to_json(self) -> dict[str, list[str]]:
        return {task: sorted(resources) for task, resources in self.failing.items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Iterable[str]]) -> "Baseline":
        return cls({task: frozenset(resources) for task, resources in data.items()})


def assess(
    account: Account,
    criteria: Criteria,
    baseline: Baseline,
    answers: Mapping[str, list[str]] | None = None,
    only: str | None = None,
) -> Assessment:
    """Judge every task (or `only` one) of the section on the account as it is now.

    `answers`: for each question the values that the learner gave, first to last; the first counts fully, a later
    right one half. `baseline`: what failed on the seeded account; with HEALTHY a task's points are all or nothing.
    """
    invariants = tuple(
        InvariantResult(item.id, item.title, _run(item, account)) for item in criteria.invariants.values()
    )
    broken = {result.invariant for result in invariants if not result.holds}
    tasks = tuple(
        _judge(task, account, criteria, baseline, (answers or {}).get(task.id, []), broken)
        for task in criteria.section.tasks
        if only is None or task.id == only
    )
    return Assessment(criteria.section.id, tasks, invariants, criteria.section.withheld)


def _judge(
    task: Task, account: Account, criteria: Criteria, baseline: Baseline, answers: list[str], broken: set[str]
) -> TaskResult:
    if task.question is not None:
        return judge_answer(task, answers)
    if task.function is not None:
        return TaskResult(task.id, task.title, task.points, 0, Status.PENDING, NOT_CALLED)
    findings = _run(criteria.controls[task.control or ""], account)
    to_mend = baseline.failing.get(task.id, frozenset())
    return _judge_findings(task, findings, to_mend, broken, _removable(task, account))


def _removable(task: Task, account: Account) -> frozenset[str]:
    """The ids behind the facts that the task lists as removable."""
    values = (account.facts.get(name, []) for name in task.removable)
    return frozenset(str(item) for value in values for item in (value if isinstance(value, list) else [value]))


def judge_answer(task: Task, answers: list[str]) -> TaskResult:
    """What a question's task earns by the answers given, first to last. No account is asked."""
    question = task.question
    assert question is not None
    if not answers:
        return TaskResult(task.id, task.title, task.points, 0, Status.FAILED, "not answered yet")
    right = [question.is_right(value) for value in answers]
    if right[0]:
        reason = task.success or "right at the first answer"
        return TaskResult(task.id, task.title, task.points, task.points, Status.PASSED, reason)
    if any(right):
        reason = "right, but not at the first answer: half the points"
        return TaskResult(task.id, task.title, task.points, task.points / 2, Status.PARTIAL, reason)
    return TaskResult(task.id, task.title, task.points, 0, Status.FAILED, question.why_not(answers[-1]))


def _judge_findings(
    task: Task, findings: tuple[Finding, ...], to_mend: frozenset[str], broken: set[str], removable: frozenset[str]
) -> TaskResult:
    def result(earned: float, status: Status, reason: str, broke: tuple[str, ...] = ()) -> TaskResult:
        return TaskResult(task.id, task.title, task.points, earned, status, reason, findings, broke)

    failing = {finding.resource for finding in findings if finding.verdict is Verdict.FAILED}
    undecided = [finding for finding in findings if finding.verdict is Verdict.UNKNOWN]
    gone = to_mend - {finding.resource for finding in findings} - removable
    broke = tuple(name for name in task.guarded_by if name in broken)

    if undecided or not findings:
        why = undecided[0].message if undecided else "nothing was found to judge"
        return result(0, Status.PENDING, f"cannot judge: {why}. A person will look at it.", broke)
    if broke:
        return result(0, Status.FAILED, f"the workload must keep working, and it does not: {', '.join(broke)}", broke)
    if gone:
        return result(0, Status.FAILED, f"removed instead of mended: {', '.join(sorted(gone))}")
    if not failing:
        return result(task.points, Status.PASSED, task.success or "done")
    left = len(failing)
    if not to_mend or left >= len(to_mend):
        return result(0, Status.FAILED, f"{left} of {len(findings)} resources still to mend")
    share = (len(to_mend) - left) / len(to_mend)
    earned = round(task.points * share, 2)
    return result(earned, Status.PARTIAL, f"{len(to_mend) - left} of {len(to_mend)} mended, {left} left")


def _run(check: Callable[[Account], Iterable[Finding]], account: Account) -> tuple[Finding, ...]:
    """All findings of one check. A check that breaks is UNKNOWN for its task, and the others still run."""
    findings: list[Finding] = []
    try:
        for finding in check(account):
            findings.append(finding)
            if len(findings) >= MAX_FINDINGS:
                findings.append(unknown("account", f"more than {MAX_FINDINGS} resources: too many to judge"))
                break
    except Exception as error:
        findings.append(unknown("account", f"the check could not read the account ({_brief(error)})"))
    return tuple(findings)


def _brief(error: Exception) -> str:
    text = f"{type(error).__name__}: {error}"
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"


def recorded_answers(answers: Iterable[tuple[str, Any]]) -> dict[str, list[str]]:
    """Group `(question, value)` pairs, first to last, as `assess` takes them."""
    grouped: dict[str, list[str]] = {}
    for question, value in answers:
        grouped.setdefault(question, []).append(str(value))
    return grouped
