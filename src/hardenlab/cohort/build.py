"""Make an nbgrader course: its settings and secret, and the source tree of labs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat.v4

from hardenlab.cohort.folder import SETTINGS, CourseFolder
from hardenlab.cohort.hidden import HIDDEN, SOURCE
from hardenlab.cohort.roster import STUDENTS, write_roster
from hardenlab.cohort.variants import create_secret
from hardenlab.course.load import Course
from hardenlab.model.problem import UsageProblem
from hardenlab.model.rubric import Lab, Section
from hardenlab.notebook.build import section_cells
from hardenlab.notebook.cells import LabCell, Role

CONFIGURATION = '''"""nbgrader for hardenlab: marks come from journals, no learner's code runs. See course.toml."""

from pathlib import Path

from hardenlab.cohort.configure import configure

configure(get_config(), Path(__file__).parent)  # noqa: F821
'''
TEMPLATE = """\
# The course as nbgrader and hardenlab know it. A number, a text and a table: https://toml.io
id = {id}
{labs}environment = {environment}
# SQLite in this folder, or PostgreSQL: "postgresql+pg8000://user@host/gradebook"
database = {database}
{exchange}# Grade journals of this classroom alone: the key that `hardenlab classroom key FOLDER` shows
# classroom = "…"
# Which of a learner's submissions counts: "last" or "best"
resubmission = "last"
# Whether grading runs notebooks, in a sandbox, for the tasks that judge a learner's function
run_notebooks = false

[late]
percent_per_day = 0      # of the marks, for each day begun after the due date
grace_minutes = 10       # as late as this costs nothing
at_most_percent = 100
"""
IGNORED = """\
# The secret draws every learner's variant; the rest is made by nbgrader or about learners.
.hardenlab/
.ipynb_checkpoints/
__pycache__/
release/
submitted/
autograded/
feedback/
gradebook.db
students.csv
extensions.csv
reports/
grades*.csv
"""


def init_course(
    folder: Path,
    name: str,
    labs: Path | None = None,
    environment: str = "moto",
    database: str = "sqlite:///gradebook.db",
    exchange: str | None = None,
) -> CourseFolder:
    """Make a course's folder; what is there already stays as it is. UsageProblem: the folder holds something else."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / SETTINGS).is_file():
        raise UsageProblem(f"{folder} is not empty and no course of hardenlab. Name a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    text = TEMPLATE.format(
        id=json.dumps(name),
        labs=f"labs = {json.dumps(str(labs.resolve()))}\n" if labs else "",
        environment=json.dumps(environment),
        database=json.dumps(database),
        exchange=f"exchange = {json.dumps(exchange)}\n" if exchange else '# exchange = "/srv/nbgrader/exchange"\n',
    )
    for file, content in ((SETTINGS, text), ("nbgrader_config.py", CONFIGURATION), (".gitignore", IGNORED)):
        if not (folder / file).exists():
            (folder / file).write_text(content, encoding="utf-8")
    if not (folder / STUDENTS).exists():
        write_roster(folder, [])
    create_secret(folder)
    (folder / "source").mkdir(exist_ok=True)
    return CourseFolder.open(folder)


def build_course(course: Course, labs: Sequence[Lab], folder: Path, environment: str = "moto") -> list[Path]:
    """Make the folder and `source/<lab>/<notebook>.ipynb`, without variants; answers the notebooks."""
    init_course(folder, "hardenlab", course.root, environment)
    return [path for lab in labs for path in write_source(course, lab, folder)]


def write_source(course: Course, lab: Lab, folder: Path) -> list[Path]:
    """The lab's notebooks as nbgrader's source: with solutions, points and checks."""
    return [_write(course, section, folder / "source" / lab.id) for section in lab.sections]


def _write(course: Course, section: Section, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernel, "language_info": {"name": "python"}})
    for cell in section_cells(course, section):
        make = getattr(nbformat.v4, f"new_{cell.kind}_cell")
        notebook.cells.append(make(cell.source, id=cell.id, metadata=_metadata(section, cell)))
    for number, task in enumerate((task for task in section.tasks if task.hidden), start=1):
        graded = {"nbgrader": _nbgrader(task.id, grade=True, locked=True) | {"points": task.points}, HIDDEN: True}
        notebook.cells.append(nbformat.v4.new_code_cell(SOURCE, id=f"hidden-{number}", metadata=graded))
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
