"""A section's text notebook as cells with roles: what builds a learner's notebook and an nbgrader source alike."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from hardenlab.course.notebook import read_notebook, solution_of, without_solution
from hardenlab.model.problem import ContentProblem, nearest
from hardenlab.model.rubric import Section


class Role(StrEnum):
    """What a cell is for. SETUP opens the account, ANSWER is the learner's, CHECK judges, PROSE is all else."""

    SETUP = "setup"
    ANSWER = "answer"
    CHECK = "check"
    PROSE = "prose"


@dataclass(frozen=True)
class LabCell:
    """One cell. `source` is as the author wrote it; `task` is what an answer or a check is about (None: everything)."""

    id: str
    role: Role
    kind: str
    source: str
    task: str | None = None

    @property
    def learner_source(self) -> str:
        """The cell as a learner gets it: the solution replaced by a line that asks for his own."""
        return without_solution(self.source)

    @property
    def solution(self) -> str:
        """What stands between the solution markers."""
        return solution_of(self.source)


def cells_of(path: Path, section: Section) -> list[LabCell]:
    """The author's cells, a check after each answer, and a check of everything at the end.

    Ids depend on the text alone, so that two builds of one text are the same bytes.
    """
    cells: list[LabCell] = []
    for cell in read_notebook(path).cells:
        cells += _with_check(cell, path, section)
    _every_task_once(path, section, cells)
    cells.append(LabCell("check-everything", Role.CHECK, "code", "lab.check()"))
    return _unique(cells)


def _with_check(cell: Any, path: Path, section: Section) -> Iterator[LabCell]:
    task = cell.metadata.get("task")
    kind, source = str(cell.cell_type), str(cell.source)
    if task is None:
        role = Role.SETUP if "setup" in cell.metadata.get("tags", []) else Role.PROSE
        name = role.value if role is Role.SETUP else f"prose-{_digest(source)}"
        yield LabCell(name, role, kind, source)
        return
    known = {item.id for item in section.public().tasks}
    if task not in known:
        raise ContentProblem(f"{path}: a cell answers the unknown task '{task}'.{nearest(str(task), known)}")
    yield LabCell(_id("answer", task), Role.ANSWER, kind, source, task)
    yield LabCell(_id("check", task), Role.CHECK, "code", f'lab.check("{task}")', task)


def _every_task_once(path: Path, section: Section, cells: list[LabCell]) -> None:
    answered = [cell.task for cell in cells if cell.role is Role.ANSWER]
    for task in section.public().tasks:
        if answered.count(task.id) != 1:
            raise ContentProblem(
                f"{path}: the task '{task.id}' has {answered.count(task.id)} answer cells; give it one code cell with "
                f"the metadata `task: {task.id}`."
            )
    if not any(cell.role is Role.SETUP for cell in cells):
        raise ContentProblem(f"{path}: no cell has the tag `setup`; tag the one that calls hardenlab.lab(…).")


def _unique(cells: list[LabCell]) -> list[LabCell]:
    """Cells of one text get one name and a number each."""
    seen: dict[str, int] = {}
    kept = []
    for cell in cells:
        seen[cell.id] = seen.get(cell.id, 0) + 1
        name = cell.id if seen[cell.id] == 1 else f"{cell.id}-{seen[cell.id]}"
        kept.append(LabCell(name, cell.role, cell.kind, cell.source, cell.task))
    return kept


def _id(role: str, task: str) -> str:
    """nbformat's ids have at most 64 characters."""
    name = re.sub(r"[^a-zA-Z0-9_-]", "-", f"{role}-{task}")
    return name if len(name) <= 58 else f"{name[:48]}-{_digest(task)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
