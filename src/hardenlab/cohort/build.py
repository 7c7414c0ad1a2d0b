"""Make an nbgrader course of a course's labs: its configuration and its source tree."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat.v4

from hardenlab.course.load import Course
from hardenlab.model.rubric import Lab, Section
from hardenlab.notebook.build import section_cells
from hardenlab.notebook.cells import LabCell, Role

CONFIGURATION = '''"""nbgrader for hardenlab: marks come from the journals, and no learner's code runs."""

from hardenlab.cohort.configure import configure

configure(get_config(), course={course!r}, folder={folder!r}, environment={environment!r})  # noqa: F821
'''
IGNORED = ".ipynb_checkpoints/\n__pycache__/\nautograded/\nfeedback/\nsubmitted/\ngradebook.db\n"


def build_course(course: Course, labs: Sequence[Lab], folder: Path, environment: str = "moto") -> list[Path]:
    """Write `nbgrader_config.py` and `source/<lab>/<notebook>.ipynb`; answers the notebooks."""
    folder.mkdir(parents=True, exist_ok=True)
    configuration = CONFIGURATION.format(course=str(course.root), folder=str(folder.resolve()), environment=environment)
    (folder / "nbgrader_config.py").write_text(configuration, encoding="utf-8")
    (folder / ".gitignore").write_text(IGNORED, encoding="utf-8")
    return [_write(course, section, folder / "source" / lab.id) for lab in labs for section in lab.sections]


def _write(course: Course, section: Section, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernel, "language_info": {"name": "python"}})
    for cell in section_cells(course, section):
        make = getattr(nbformat.v4, f"new_{cell.kind}_cell")
        notebook.cells.append(make(cell.source, id=cell.id, metadata=_metadata(section, cell)))
    path = folder / f"{section.notebook}.ipynb"
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def _metadata(section: Section, cell: LabCell) -> dict[str, Any]:
    """What nbgrader reads: an answer may be written in, a check carries the points, the set-up stays as it is."""
    if cell.role is Role.ANSWER:
        return {"nbgrader": _nbgrader(f"{cell.task}_answer", solution=True)}
    if cell.role is Role.CHECK and cell.task is not None:
        points = section.task(cell.task).points
        return {"nbgrader": _nbgrader(cell.task, grade=True, locked=True) | {"points": points}}
    if cell.role is Role.SETUP:
        return {"nbgrader": _nbgrader(cell.id, locked=True)}
    return {}


def _nbgrader(grade_id: str, *, grade: bool = False, solution: bool = False, locked: bool = False) -> dict[str, Any]:
    return {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": grade,
        "solution": solution,
        "locked": locked,
        "task": False,
    }
