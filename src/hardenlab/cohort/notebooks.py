"""Look at the notebooks of a submission before nbgrader reads them: what it would not take is told in a sentence."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from hardenlab.cohort.submitted import read_bounded
from hardenlab.model.problem import JournalProblem

NOTEBOOK_BYTES = 16 * 1024 * 1024
FORMATS = (3, 4)
SCHEMA = 3
KINDS = ("code", "markdown", "raw")


def check_notebooks(submission: Path, notebooks: list[str]) -> None:
    """JournalProblem: one of these notebooks of a lab is there and cannot be graded, or none is there."""
    files = [submission / f"{name}.ipynb" for name in notebooks]
    if not any(path.is_file() for path in files):
        raise JournalProblem(f"the submission has no notebook '{files[0].name}': nothing can be graded.")
    for path in files:
        if path.is_file():
            problem = _problem(_read(path))
            if problem:
                raise JournalProblem(f"the notebook '{path.name}' cannot be graded: {problem}.")


def code_of(path: Path) -> list[str]:
    """The code of a notebook's cells, without those that only hold marks. JournalProblem: it cannot be read."""
    notebook = _read(path)
    problem = _problem(notebook)
    if problem:
        raise JournalProblem(f"the notebook '{path.name}' cannot be graded: {problem}.")
    cells = [cell for cell in notebook.get("cells", []) if cell["cell_type"] == "code" and not _is_check(cell)]
    return [_text(cell.get("source", "")) for cell in cells]


def _is_check(cell: dict[str, Any]) -> bool:
    mark = _nbgrader(cell)
    return bool(mark.get("grade") and not mark.get("solution"))


def _text(source: Any) -> str:
    """nbformat writes a cell's text whole, or line by line."""
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def _read(path: Path) -> Any:
    content, size = read_bounded(path, NOTEBOOK_BYTES)
    if size > NOTEBOOK_BYTES:
        raise JournalProblem(
            f"the notebook '{path.name}' has {size} bytes; one that is graded has at most {NOTEBOOK_BYTES}."
        )
    try:
        return json.loads(content.decode())
    except UnicodeDecodeError:
        problem = "it is no text in UTF-8"
    except (ValueError, RecursionError):
        problem = "it is no JSON that a notebook can be, with a byte order mark or cut off, for instance"
    raise JournalProblem(f"the notebook '{path.name}' cannot be read: {problem}. Ask for it once more.")


def _problem(notebook: Any) -> str:
    """Why nbgrader would not take it; empty: it may."""
    if not isinstance(notebook, dict) or notebook.get("nbformat") not in FORMATS:
        return "it has another notebook format than 3 or 4"
    cells = notebook.get("cells", [])
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        return "its cells are no list of cells"
    if any(cell.get("cell_type") not in KINDS for cell in cells):
        return "it has a cell that is no code, Markdown or raw text"
    marked = [_nbgrader(cell) for cell in cells]
    schemas = {str(mark["schema_version"]) for mark in marked if "schema_version" in mark} - {str(SCHEMA)}
    if schemas:
        return f"its cells were marked by another nbgrader (schema {min(schemas)[:20]}, not {SCHEMA})"
    ids = Counter(str(mark.get("grade_id")) for mark in marked if "grade_id" in mark)
    twice = [name for name, count in ids.items() if count > 1]
    return f"two cells have the grade id '{twice[0][:60]}'" if twice else ""


def _nbgrader(cell: dict[str, Any]) -> dict[str, Any]:
    metadata = cell.get("metadata")
    mark = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return mark if isinstance(mark, dict) else {}
