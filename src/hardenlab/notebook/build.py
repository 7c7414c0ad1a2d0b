"""Build a course's notebooks into a workspace. A notebook that a learner worked in is never written over."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from pathlib import Path

from hardenlab.attempt.workspace import Workspace, write_private
from hardenlab.course.load import Course
from hardenlab.model.rubric import Section
from hardenlab.notebook.cells import LabCell, Role, cells_of

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


class Change(StrEnum):
    """What a build did to a notebook of the workspace."""

    MADE = "made"
    RENEWED = "renewed"
    KEPT = "kept"
    BESIDE = "beside"


@dataclass(frozen=True)
class Built:
    """One section's notebook after a build; `sentence` tells the learner what he should know, if anything."""

    section: str
    path: Path
    change: Change
    sentence: str = ""


def build_workspace(workspace: Workspace, course: Course) -> list[Built]:
    """Every section's notebook, as a learner gets it. A lab that an instructor released stays as it was fetched."""
    own = [section for section in course.sections if workspace.release(section.id) is None]
    return [build_section(workspace, course, section) for section in own]


def build_section(workspace: Workspace, course: Course, section: Section) -> Built:
    """One section's notebook, made, renewed when nobody has touched it, or put beside the learner's."""
    content = notebook_bytes(section_cells(course, section))
    path, memory = workspace.notebook(section.id), workspace.section_state(section.id) / "notebook.json"
    known = json.loads(memory.read_text()) if memory.exists() else {}
    built = _placed(section, path, content, known)
    if built.change is not Change.KEPT:
        built.path.parent.mkdir(parents=True, exist_ok=True)
        _replace(built.path, content)
        name = "offered" if built.change is Change.BESIDE else "given"
        write_private(memory, known | {name: _digest(content)})
    return built


def write_notebook(course: Course, section: Section, path: Path, *, solutions: bool = False) -> None:
    """One section's notebook at a path of the caller's: with `solutions`, the instructor's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path, notebook_bytes(section_cells(course, section), solutions=solutions))


def section_cells(course: Course, section: Section) -> list[LabCell]:
    """The section's cells with their roles."""
    return cells_of(course.lab(section.lab).folder / f"{section.notebook}.md", section)


def notebook_bytes(cells: Sequence[LabCell], *, solutions: bool = False) -> bytes:
    """The cells as a notebook file. Equal cells give equal bytes."""
    import nbformat.v4

    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}})
    for cell in cells:
        make = getattr(nbformat.v4, f"new_{cell.kind}_cell")
        source = cell.source if solutions else cell.learner_source
        notebook.cells.append(make(source, id=cell.id, metadata=_metadata(cell)))
    text: str = nbformat.writes(notebook, version=4)
    return f"{text}\n".encode()


def _metadata(cell: LabCell) -> dict[str, object]:
    if cell.role is Role.PROSE:
        return {}
    answers = {"task": cell.task} if cell.role is Role.ANSWER else {}
    return {"tags": [cell.role.value], **answers}


def _placed(section: Section, path: Path, content: bytes, known: dict[str, str]) -> Built:
    new = _digest(content)
    if not path.exists():
        return Built(section.id, path, Change.MADE)
    now = _digest(path.read_bytes())
    if new in (now, known.get("given"), known.get("offered")):
        return Built(section.id, path, Change.KEPT)
    if now == known.get("given"):
        return Built(section.id, path, Change.RENEWED)
    beside = _free(path)
    sentence = (
        f"{section.id} has a newer version. Your notebook {path.name} was left as it is; the new one is {beside.name}, "
        "beside it."
    )
    return Built(section.id, beside, Change.BESIDE, sentence)


def _free(path: Path) -> Path:
    names = (f"{path.stem}.new{'' if number == 1 else f'-{number}'}.ipynb" for number in count(1))
    return next(place for place in map(path.with_name, names) if not place.exists())


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.new")
    draft.write_bytes(content)
    draft.replace(path)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
