"""The course as learners get it: no solution, no fix, nothing of a hidden task. The rest is as it was written."""

import re
import shutil
from pathlib import Path

from hardenlab.course.lab_toml import read_lab
from hardenlab.course.load import Course
from hardenlab.course.notebook import without_solution
from hardenlab.model.problem import ContentProblem, UsageProblem
from hardenlab.model.rubric import Lab

GIVEN = ("labs", "graders", "scenarios")
KEPT_BACK = shutil.ignore_patterns("fixes.py", "__pycache__", ".ipynb_checkpoints", "*.pyc")
TABLE = re.compile(r"\s*\[\[\s*section(\.task)?\s*\]\]")


def write_student_course(course: Course, folder: Path) -> list[Path]:
    """Copy the course into a new folder, without what stays with the instructor; answers the files.

    Keys of questions stay in it: a learner's own copy judges the answers and says why a wrong one is wrong.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageProblem(f"{folder} is there already. Name a new folder.")
    for name in GIVEN:
        shutil.copytree(course.root / name, folder / name, ignore=KEPT_BACK)
    for lab in course.labs.values():
        _write_public(lab, folder / "labs" / lab.id)
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _write_public(lab: Lab, folder: Path) -> None:
    for path in folder.glob("*.md"):
        path.write_text(without_solution(path.read_text(encoding="utf-8")), encoding="utf-8")
    rubric = folder / "lab.toml"
    rubric.write_text(public_rubric(rubric.read_text(encoding="utf-8"), lab), encoding="utf-8")
    if read_lab(rubric).sections != tuple(section.public() for section in lab.sections):
        raise ContentProblem(
            f"{lab.folder / 'lab.toml'}: its hidden tasks cannot be taken out of the text. Begin each [[section]] and "
            "[[section.task]] on a line of its own, and no line of a text like that."
        )


def public_rubric(text: str, lab: Lab) -> str:
    """The text of a `lab.toml` without its hidden tasks, and with their number."""
    sections, tasks = iter(lab.sections), iter(task for section in lab.sections for task in section.tasks)
    kept: list[str] = []
    hidden = False
    for line in text.splitlines(keepends=True):
        table = TABLE.match(line)
        if table is not None:
            hidden = table[1] is not None and next(tasks).hidden
            while hidden and kept and kept[-1].lstrip().startswith("#"):
                kept.pop()  # a comment above a hidden task is about it
        if hidden:
            continue
        kept.append(line)
        if table is not None and table[1] is None and (withheld := next(sections).public().withheld):
            kept.append(f"withheld = {withheld}\n")
    return "".join(kept)
