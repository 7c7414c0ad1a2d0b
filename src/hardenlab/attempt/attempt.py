"""What a learner can ask of an attempt: check, hint, answer, solution, undo, checkpoint, rewind, reset."""

import time
from collections.abc import Mapping
from typing import Any

from hardenlab.assess.assess import judge_answer, recorded_answers
from hardenlab.assess.world import World
from hardenlab.attempt.blame import call_that_broke
from hardenlab.attempt.solutions import reference_solution
from hardenlab.course.load import Course
from hardenlab.front.ledger import Ledger
from hardenlab.model.assessment import Assessment, Status
from hardenlab.model.problem import UsageProblem, nearest
from hardenlab.model.rubric import Section, Task

Json = dict[str, Any]


class Attempt:
    """One attempt. Every method answers JSON and keeps what it did in the journal."""

    def __init__(self, course: Course, section: Section, world: World, ledger: Ledger) -> None:
        self._course = course
        self._section = world.section(section).public()
        self._world = world
        self._ledger = ledger

    def overview(self) -> Json:
        """What the section is, where the learner stands, and the names of the account's resources."""
        scenario = self._course.scenario(self._section.scenario)
        history = self._ledger.journal.history
        last = history.checks[-1].data["status"] if history.checks else {}
        return {
            "section": self._section.id,
            "title": self._section.title,
            "minutes": self._section.minutes,
            "withheld": self._section.withheld,
            "story": scenario.story,
            "account": self._world.account_id,
            "region": self._world.region,
            "facts": dict(self._world.facts),
            "tasks": [self._task(task, last.get(task.id)) for task in self._section.tasks],
            "invariants": [{"id": item.id, "title": item.title} for item in scenario.invariants.values()],
            "calls": len(history.calls),
            "checkpoints": list(history.checkpoints),
        }

    def check(self, task: str | None = None) -> Json:
        """Judge the section, or one task; with what changed since the last check and which call broke something."""
        if task is not None:
            self._known(task)
        history = self._ledger.journal.history
        started = time.perf_counter()
        assessment = self._assess(task)
        seconds = time.perf_counter() - started
        previous = history.checks[-1] if history.checks else None
        changes = self._changes(assessment, previous.data if previous else None)
        statuses = dict(previous.data["status"]) if previous else {}
        statuses |= {result.task: result.status.value for result in assessment.tasks}
        last_call = history.calls[-1][0].number if history.calls else 0
        self._ledger.note("check", {"status": statuses, "after": last_call, "earned": assessment.earned})
        return self._told(assessment, changes, seconds)

    def map(self, before: bool = False) -> Json:
        """A picture of the account's network as it is now, or as it was at the start."""
        from hardenlab.assess.jobs import DRAW

        drawn = self._world.seeded.run(DRAW, self._world.arguments) if before else None
        return {"before": before, **(drawn or self._ledger.look(DRAW, self._world.arguments))}

    def hint(self, task: str) -> Json:
        """The next hint; after the last, the last again."""
        hints = self._known(task).hints
        given = self._ledger.journal.history.hints.get(task, 0)
        number = min(given, len(hints) - 1)
        if given < len(hints):
            self._ledger.note("hint", {"task": task})
        return {"task": task, "hint": hints[number], "number": number + 1, "of": len(hints)}

    def solution(self, task: str) -> Json:
        """The reference solution of a task, for a learner who gives up; it is recorded."""
        self._known(task)
        code = reference_solution(self._course.lab(self._section.lab).folder / f"{self._section.notebook}.md", task)
        if code is None:
            raise UsageProblem("this copy of the lab holds no solutions: your instructor has them.")
        self._ledger.note("solution", {"task": task})
        return {"task": task, "code": code}

    def answer(self, question: str, value: str) -> Json:
        """Record an answer. The first counts fully; a later right one counts half."""
        task = self._known(question)
        if task.question is None:
            raise UsageProblem(f"'{question}' is not a question: mend the account, then lab.check('{question}').")
        self._ledger.note("answer", {"question": question, "value": task.question.normal(value)})
        given = recorded_answers(self._ledger.journal.history.answers)
        judged = judge_answer(task, given.get(question, []))
        return self._told(Assessment(self._section.id, (judged,), (), self._section.withheld), [], 0.0)

    def grade(self, task: str | None = None) -> Assessment:
        """The assessment as grading makes it: hidden tasks included, and nothing recorded."""
        return self._assess(task, public=False)

    def question(self, task: str) -> Json:
        """A question with its choices, and how often it was answered."""
        found = self._known(task)
        if found.question is None:
            raise UsageProblem(f"'{task}' is no question: it is done on the account. See lab.hint('{task}').")
        given = [name for name, _ in self._ledger.journal.history.answers].count(task)
        return {
            "task": task,
            "title": found.title,
            "points": found.points,
            "question": _question(found),
            "given": given,
        }

    def undo(self, count: int = 1) -> Json:
        """Take back the last `count` writes."""
        live = len(self._ledger.journal.history.calls)
        if count < 1:
            raise UsageProblem(f"undo takes a number from 1 on, not {count}.")
        if live == 0:
            raise UsageProblem("there is nothing to undo: the account is as it was at the start.")
        taken = self._ledger.go_back("undo", {"count": min(count, live)})
        return {"undone": [_call(line.data) for line in taken], "calls": live - len(taken)}

    def reset(self) -> Json:
        """Give the account back as it was at the start. Answers and hints stay recorded."""
        taken = self._ledger.go_back("reset", {})
        return {"undone": [_call(line.data) for line in taken], "calls": 0}

    def checkpoint(self, name: str) -> Json:
        """Name the account's present state, to come back to it."""
        if not name or len(name) > 60 or not name.isprintable():
            raise UsageProblem("a checkpoint's name has 1 to 60 printable characters.")
        self._ledger.checkpoint(name)
        return {"checkpoint": name, "calls": len(self._ledger.journal.history.calls)}

    def rewind(self, name: str) -> Json:
        """Go back to a checkpoint."""
        known = self._ledger.journal.history.checkpoints
        if name not in known:
            raise UsageProblem(f"there is no checkpoint '{name}'.{nearest(name, set(known))}")
        taken = self._ledger.go_back("rewind", {"name": name})
        return {"undone": [_call(line.data) for line in taken], "calls": known.get(name, 0)}

    def journal(self) -> Json:
        """The live writes: number, time, who, what, and how they ended."""
        rows = [
            {
                "number": call.number,
                "time": call.time,
                "key": call.data["request"]["k"] or "anonymous",
                "operation": call.data["op"],
                "status": outcome.data["status"] if outcome else None,
            }
            for call, outcome in self._ledger.journal.history.calls
        ]
        return {"section": self._section.id, "calls": rows}

    def _told(self, assessment: Assessment, changes: list[Json], seconds: float) -> Json:
        """An assessment as it is shown: with the text of the questions that it judged."""
        tasks = ((self._section.task(result.task), result.status) for result in assessment.tasks)
        questions = {task.id: _question(task, status) for task, status in tasks if task.question}
        return {
            "assessment": assessment.to_json(),
            "differing": [line.data["op"] for line in self._ledger.differing],
            "changes": changes,
            "questions": questions,
            "seconds": round(seconds, 3),
        }

    def _assess(self, only: str | None, public: bool = True) -> Assessment:
        answers = recorded_answers(self._ledger.journal.history.answers)
        from hardenlab.assess.jobs import ASSESS

        return Assessment.from_json(self._ledger.look(ASSESS, self._world.question(answers, only, public)))

    def _changes(self, assessment: Assessment, previous: Mapping[str, Any] | None) -> list[Json]:
        """Tasks whose status differs from the last check; for one that passed and no longer does, the breaking call."""
        if previous is None:
            return []
        changes = []
        for result in assessment.tasks:
            before = previous["status"].get(result.task)
            if before is None or before == result.status.value:
                continue
            change: Json = {"task": result.task, "before": before, "now": result.status.value}
            if before == Status.PASSED.value:
                line = call_that_broke(self._world, self._ledger.journal.history, result.task, previous["after"])
                change["broken_by"] = _call(line.data) | {"number": line.number} if line else None
            changes.append(change)
        return changes

    def _known(self, task: str) -> Task:
        tasks = {item.id: item for item in self._section.tasks}
        if task not in tasks:
            raise UsageProblem(f"this section has no task '{task[:100]}'.{nearest(task[:100], set(tasks))}")
        return tasks[task]

    def _task(self, task: Task, status: str | None) -> Json:
        return {
            "id": task.id,
            "title": task.title,
            "points": task.points,
            "status": status,
            "question": _question(task),
            "hints_taken": self._ledger.journal.history.hints.get(task.id, 0),
        }


def _question(task: Task, status: Status | None = None) -> Json | None:
    """A question as its learner sees it: why the wrong answers are wrong only once the right one is given."""
    if task.question is None:
        return None
    question, answered = task.question, status in (Status.PASSED, Status.PARTIAL)
    seen = {"kind": question.kind.value, "text": question.text, "choices": dict(question.choices)}
    return seen | ({"because": dict(question.because)} if answered else {})


def _call(data: Mapping[str, Any]) -> Json:
    return {"operation": data["op"]}
