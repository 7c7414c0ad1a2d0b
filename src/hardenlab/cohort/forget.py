"""Delete a learner's data: everything in the instructor's folder, the gradebook and the exchange that is his."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from nbgrader.api import MissingEntry
from nbgrader.utils import notebook_hash

from hardenlab.attempt.release import checked_learner
from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.gradebook import open_gradebook
from hardenlab.cohort.roster import EXTENSIONS, STUDENTS, extensions, roster, write_extensions, write_roster
from hardenlab.cohort.variants import PRIVATE

STEPS = ("submitted", "autograded", "feedback")


def found_of(folder: CourseFolder, student: str) -> list[str]:
    """What there is of a learner, as it is shown before it is deleted."""
    checked_learner(student)
    found = [f"{path}" for path in _paths(folder, student)]
    if any(one.id == student for one in roster(folder.root)):
        found.append(f"the row of {folder.root / STUDENTS}")
    extended = [lab for lab, who in extensions(folder.root) if who == student]
    found += [f"the row of {folder.root / EXTENSIONS} for {lab}" for lab in extended]
    with open_gradebook(folder) as gradebook:
        try:
            labs = sorted(item.assignment.name for item in gradebook.find_student(student).submissions)
        except MissingEntry:
            return found
    marks = [f"the marks and comments for {lab} in the gradebook" for lab in labs]
    return [*found, *marks, "the name in the gradebook"]


def forget(folder: CourseFolder, student: str) -> None:
    """Delete it. Journals and notebooks that the learner has are his; copies that you made are yours to delete."""
    checked_learner(student)
    for path in list(_paths(folder, student)):  # feedback's names are reckoned from what is deleted after it
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
    write_roster(folder.root, [one for one in roster(folder.root) if one.id != student])
    write_extensions(folder.root, {key: days for key, days in extensions(folder.root).items() if key[1] != student})
    with open_gradebook(folder) as gradebook:
        try:
            gradebook.remove_student(student)
        except MissingEntry:
            return
    if not folder.has_server:  # what is deleted stays in the file until it is written anew
        with closing(sqlite3.connect(folder.database_url.removeprefix("sqlite:///"))) as database:
            database.execute("VACUUM")


def _paths(folder: CourseFolder, student: str) -> Iterator[Path]:
    if folder.exchange:
        course = Path(folder.exchange) / folder.id
        yield from sorted(course.glob(f"inbound/{student}+*"))
        yield from (path for path in _released_feedback(folder, student, course / "feedback") if path.exists())
    private = folder.root / PRIVATE
    for step in STEPS:
        if (folder.root / step / student).is_dir():
            yield folder.root / step / student
    yield from sorted(private.glob(f"results/*/{student}"))
    yield from sorted(private.glob(f"submissions/*/{student}"))
    if (private / "preview" / student).is_dir():
        yield private / "preview" / student


def _released_feedback(folder: CourseFolder, student: str, released: Path) -> Iterator[Path]:
    """nbgrader names released feedback by a hash of the submission's secret and the notebook."""
    for secret in sorted((folder.root / "submitted" / student).glob("*/submission_secret.txt")):
        for notebook in secret.parent.glob("*.ipynb"):
            yield released / f"{notebook_hash(secret=secret.read_text(), notebook_id=notebook.stem)}.html"
