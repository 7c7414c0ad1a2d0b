"""A lab as its `lab.toml` writes it: sections, tasks, points, hints."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from hardenlab.model.question import Question


@dataclass(frozen=True)
class Task:
    """One thing a learner does: a control, a question or a function, with points and hints.

    `fixes` names the misconfiguration that the task is about; `guarded_by` the invariants that must hold for it to
    earn points (or `unguarded` says why there is none); `removable` the facts whose resource may be deleted.
    `function` names the one that the learner writes: grading calls it in a sandbox, where notebooks are run.
    A `hidden` task is the instructor's: it is judged in grading, and no learner's copy says anything of it.
    """

    id: str
    title: str
    points: float
    hints: tuple[str, ...]
    control: str | None = None
    function: str | None = None
    question: Question | None = None
    fixes: tuple[str, ...] = ()
    guarded_by: tuple[str, ...] = ()
    unguarded: str = ""
    removable: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    success: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Section:
    """One notebook with one scenario. Its id is `<lab>/<notebook>`.

    `withheld`: how many more tasks it has that are not among these, since the instructor keeps them hidden.
    """

    lab: str
    notebook: str
    title: str
    minutes: int
    scenario: str
    tasks: tuple[Task, ...]
    withheld: int = 0

    @property
    def id(self) -> str:
        return f"{self.lab}/{self.notebook}"

    def public(self) -> "Section":
        """The section as its learners know it."""
        shown = tuple(task for task in self.tasks if not task.hidden)
        return replace(self, tasks=shown, withheld=self.withheld + len(self.tasks) - len(shown))

    @property
    def points(self) -> float:
        return sum(task.points for task in self.tasks)

    def task(self, task_id: str) -> Task:
        return next(task for task in self.tasks if task.id == task_id)

    def asking(self, drawn: Mapping[str, Question]) -> "Section":
        """The section with the questions that a variant drew, by task, in place of their blanks."""
        return replace(self, tasks=tuple(replace(t, question=drawn.get(t.id, t.question)) for t in self.tasks))


@dataclass(frozen=True)
class Lab:
    """A lab: nbgrader's assignment."""

    id: str
    title: str
    module: int
    folder: Path
    sections: tuple[Section, ...]
