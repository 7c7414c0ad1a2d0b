"""The reference solution of a task, as the author's notebook holds it."""

from pathlib import Path

from hardenlab.course.notebook import answer_cells, read_notebook, solution_of


def reference_solution(notebook: Path, task: str) -> str | None:
    """The code between the solution markers of the task's answer cell; None in a student's copy."""
    cell = answer_cells(read_notebook(notebook)).get(task)
    code = solution_of(cell.source) if cell else ""
    return code or None
