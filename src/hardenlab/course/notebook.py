"""A section's text notebook (MyST Markdown): its cells, and the solutions between nbgrader's markers."""

import re
from pathlib import Path
from typing import Any

from hardenlab.model.problem import ContentProblem

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
STUB = "# YOUR CODE HERE"
SOLUTION = re.compile(rf"^[ \t]*{BEGIN}[^\n]*\n(.*?)^[ \t]*{END}[^\n]*$", re.DOTALL | re.MULTILINE)


def read_notebook(path: Path) -> Any:
    """The notebook as an nbformat node."""
    import jupytext

    try:
        return jupytext.read(path, fmt="md:myst")
    except Exception as error:
        raise ContentProblem(f"{path}: not a MyST notebook: {error}. See jupytext's text formats.") from error


def answer_cells(notebook: Any) -> dict[str, Any]:
    """The answer cells by the task that they answer."""
    return {cell.metadata["task"]: cell for cell in notebook.cells if "task" in cell.metadata}


def solution_of(source: str) -> str:
    """What stands between the solution markers, all of it."""
    return "\n".join(part.rstrip("\n") for part in SOLUTION.findall(source))


def without_solution(source: str) -> str:
    """The cell as a learner gets it."""
    return SOLUTION.sub(STUB, source)
