"""Judge a learner's function by what it answered. What it told is a learner's: nothing of it is taken for granted."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from hardenlab.model.assessment import Status, TaskResult
from hardenlab.model.content import Call
from hardenlab.model.finding import Finding, failed, passed, unknown
from hardenlab.model.rubric import Task

SHOWN = 100


def judge_function(task: Task, calls: Sequence[Call], told: Any) -> TaskResult:
    """All points when every call is answered rightly, else none: who guesses is right half the time.

    `told`: `{"answers": [{"gave": JSON} or {"raised": text}, ...]}` in the calls' order, `{"missing": name}`, or
    `{"problem": text}`.
    """
    told = told if isinstance(told, Mapping) else {}
    if "missing" in told:
        return _result(task, Status.FAILED, f"the notebook defines no function `{task.function}`")
    if isinstance(told.get("problem"), str):
        return _result(task, Status.FAILED, told["problem"][:1_000])
    answers = told.get("answers")
    if not isinstance(answers, list) or len(answers) != len(calls) or not all(isinstance(a, dict) for a in answers):
        return _result(task, Status.FAILED, f"`{task.function}` did not answer as a function does")
    findings = tuple(
        _finding(f"{task.function}, call {number}", call, answer)
        for number, (call, answer) in enumerate(zip(calls, answers, strict=True), start=1)
    )
    verdicts = [finding.verdict.value for finding in findings]
    if "UNKNOWN" in verdicts or not findings:
        return _result(
            task, Status.PENDING, "cannot judge what the function answers. A person will look at it.", findings
        )
    wrong = verdicts.count("FAILED")
    if wrong:
        return _result(task, Status.FAILED, f"{wrong} of {len(calls)} calls are answered wrongly", findings)
    return _result(task, Status.PASSED, task.success or "every call is answered rightly", findings)


def _result(task: Task, status: Status, reason: str, findings: tuple[Finding, ...] = ()) -> TaskResult:
    earned = task.points if status is Status.PASSED else 0
    return TaskResult(task.id, task.title, task.points, earned, status, reason, findings)


def _finding(resource: str, call: Call, answer: Mapping[str, Any]) -> Finding:
    """The arguments are not told: the next submission is called with them again."""
    if "gave" not in answer:
        return failed(resource, f"raised {str(answer.get('raised', 'nothing'))[:SHOWN]}; {call.because}")
    try:
        right = call.is_right(answer["gave"])
    except Exception as error:
        return unknown(resource, f"the answer could not be judged ({type(error).__name__})")
    shown = json.dumps(answer["gave"])
    shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"
    return passed(resource, call.because) if right else failed(resource, f"gave {shown}; {call.because}")
