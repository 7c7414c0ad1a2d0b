"""Several submissions of one student: all are kept, and the course's policy says which one is graded.

nbgrader keeps the last one in `submitted/`. With `resubmission = "best"` the one that earns most, after what being late
costs, is put there before grading; so autograde, formgrader, feedback and exports see one and the same.
"""

import hashlib
import re
import shutil
import stat
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from nbgrader.api import MissingEntry
from nbgrader.utils import parse_utc

from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.gradebook import open_gradebook
from hardenlab.cohort.judging import HERE, Done, Means, Submission, judge_each
from hardenlab.cohort.roster import extra_times
from hardenlab.cohort.variants import PRIVATE

TIMESTAMP = "timestamp.txt"
INBOUND = re.compile(r"(?P<student>[^+]+)\+(?P<lab>[^+]+)\+(?P<time>[^+]+)(\+[^+]+)?")


@dataclass(frozen=True)
class Choice:
    """Which of a student's submissions counts: when it was handed in, of how many, and with how many points."""

    student: str
    handed_in: str
    of: int
    earned: float


def keep_submissions(folder: CourseFolder, lab: str) -> None:
    """Copy what is collected, and what waits in the exchange, into the private folder; nothing is kept twice."""
    for student in folder.submissions(lab):
        _keep(folder, lab, student, folder.root / "submitted" / student / lab)
    inbound = Path(folder.exchange) / folder.id / "inbound" if folder.exchange else None
    for path in sorted(inbound.glob(f"*+{lab}+*")) if inbound else []:
        named = INBOUND.fullmatch(path.name)
        if named and named["lab"] == lab and path.is_dir():
            _keep(folder, lab, named["student"], path)


def choose_best(folder: CourseFolder, lab: str, means: Means = HERE, done: Done = lambda *_: None) -> list[Choice]:
    """Put each student's best submission into `submitted/`; of equal ones the last. Answers those that had several.

    They are judged on this machine, whatever the means say of a cluster: it is given what is collected.
    """
    keep_submissions(folder, lab)
    several = {path: _kept(path) for path in sorted(_folder(folder, lab).glob("*"))}
    several = {path: kept for path, kept in several.items() if len(kept) > 1}
    if not several:
        return []
    submissions = [Submission(place.name, path) for place, kept in several.items() for path in kept]
    found = judge_each(folder, lab, submissions, replace(means, scheduler=None), done)
    due, more = _due(folder, lab), extra_times(folder.root, lab)
    points = {of.path: sum(judged.earned for judged in results) for of, results in found.items()}
    choices = []
    for place, kept in several.items():
        late = {path: _after_lateness(folder, path, due, more.get(place.name, timedelta())) for path in kept}
        earned = {path: points[path] * late[path] for path in kept}
        best = max(kept, key=lambda path: (earned[path], path.name))
        _put(best, folder.root / "submitted" / place.name / lab)
        choices.append(Choice(place.name, _time(best), len(kept), earned[best]))
    return choices


def _after_lateness(folder: CourseFolder, path: Path, due: datetime | None, more: timedelta) -> float:
    """The share of the points that is left."""
    if due is None or not (path / TIMESTAMP).is_file():
        return 1.0
    return 1 - folder.late.share((parse_utc(_time(path)) - due - more).total_seconds())


def _keep(folder: CourseFolder, lab: str, student: str, submission: Path) -> None:
    place = _folder(folder, lab) / student
    if any(_same(submission, kept) for kept in _kept(place)):
        return
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = re.sub(r"[^0-9A-Za-z.]+", "-", _time(submission))[:60] or "undated"
    number = len(list(place.glob(f"{name}*")))
    shutil.copytree(submission, place / f"{name}.{number:03}", symlinks=True, ignore=_special)


def _special(folder: str, names: list[str]) -> set[str]:
    """Pipes, sockets and devices are no part of a submission: reading one could take for ever."""
    kinds = {name: (Path(folder) / name).lstat().st_mode for name in names}
    ordinary = (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK)
    return {name for name, mode in kinds.items() if stat.S_IFMT(mode) not in ordinary}


def _same(one: Path, other: Path) -> bool:
    """Whether two submissions hold the same files, byte for byte."""
    return _digest(one) == _digest(other)


def _digest(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        kind = path.lstat().st_mode
        total.update(f"{path.relative_to(folder)}\0{stat.S_IFMT(kind)}\0".encode("utf-8", "surrogateescape"))
        if stat.S_ISREG(kind):
            with path.open("rb") as file:
                total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def _put(best: Path, place: Path) -> None:
    if place.is_dir() and _same(best, place):
        return
    draft = place.with_name(f".{place.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(best, draft, symlinks=True, ignore=_special)
    if place.exists():
        shutil.rmtree(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    draft.replace(place)


def _kept(place: Path) -> list[Path]:
    return sorted(path for path in place.glob("*") if path.is_dir()) if place.is_dir() else []


def _time(submission: Path) -> str:
    path = submission / TIMESTAMP
    return path.read_text(encoding="utf-8", errors="replace")[:100].strip() if path.is_file() else ""


def _due(folder: CourseFolder, lab: str) -> datetime | None:
    with open_gradebook(folder) as gradebook:
        try:
            due: datetime | None = gradebook.find_assignment(lab).duedate
        except MissingEntry:
            return None
    return due


def _folder(folder: CourseFolder, lab: str) -> Path:
    return folder.root / PRIVATE / "submissions" / lab
