"""The instructor's folder: an nbgrader course, with hardenlab's settings in `course.toml`."""

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hardenlab.course.find import find_course
from hardenlab.course.load import Course, load_course
from hardenlab.journal.signed import checked_public_key
from hardenlab.model.problem import UsageProblem, nearest

SETTINGS = "course.toml"
KEYS = {
    "id", "labs", "environment", "database", "exchange", "resubmission", "late", "columns", "lti", "classroom",
    "run_notebooks",
}  # fmt: skip
LTI_KEYS = {"issuer", "client_id", "token_url", "lineitems"}
LATE_KEYS = {"percent_per_day", "grace_minutes", "at_most_percent"}
RESUBMISSIONS = ("last", "best")
SQLITE = "sqlite:///"


@dataclass(frozen=True)
class LatePolicy:
    """What a late submission loses: per cent of its marks for each day begun, after a time of grace, up to a most."""

    percent_per_day: float = 0.0
    grace_minutes: float = 10.0
    at_most_percent: float = 100.0

    def share(self, seconds: float) -> float:
        """The share of the marks, from 0 to 1, that is lost by being this late."""
        if seconds <= self.grace_minutes * 60:
            return 0.0
        days = math.ceil(seconds / 86_400)
        return min(days * self.percent_per_day, self.at_most_percent, 100.0) / 100


@dataclass(frozen=True)
class Platform:
    """A learning platform that takes marks by LTI 1.3: who it is, where it gives tokens, and a line item by lab."""

    issuer: str
    client_id: str
    token_url: str
    lineitems: Mapping[str, str]


@dataclass(frozen=True)
class CourseFolder:
    """A course's folder with its settings.

    `run_notebooks`: grading runs them, sandboxed, for the tasks that judge a learner's function.
    `labs` is the course of labs; None: the one that came with hardenlab. `columns`: what an LMS calls a lab.
    `classroom`: the public key of the classroom whose journals alone are graded; empty: anybody's are.
    """

    root: Path
    id: str
    labs: Path | None = None
    environment: str = "moto"
    database: str = f"{SQLITE}gradebook.db"
    exchange: str | None = None
    resubmission: str = "last"
    late: LatePolicy = LatePolicy()
    columns: Mapping[str, str] = field(default_factory=dict)
    lti: Platform | None = None
    classroom: str = ""
    run_notebooks: bool = False

    @classmethod
    def open(cls, root: Path) -> "CourseFolder":
        """Read `course.toml`. UsageProblem: it is not there, or says something that nothing reads."""
        path = root / SETTINGS
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise UsageProblem(
                f"{root} is no course folder: it has no {SETTINGS}. Make one with hardenlab course init."
            ) from error
        except (OSError, ValueError) as error:
            raise UsageProblem(f"{path}: not valid TOML: {error}.") from error
        return _settings(root.resolve(), data, path)

    @property
    def database_url(self) -> str:
        """The gradebook's address; a relative SQLite file lies in the folder."""
        if self.database.startswith(SQLITE) and not self.database.startswith(f"{SQLITE}/"):
            return f"{SQLITE}{self.root / self.database.removeprefix(SQLITE)}"
        return self.database

    @property
    def has_server(self) -> bool:
        """Whether the gradebook is at a database server, which may restart at any moment."""
        return not self.database.startswith("sqlite")

    def course(self) -> Course:
        """The labs."""
        return load_course(find_course(self.labs, start=self.root))

    def submissions(self, lab: str) -> list[str]:
        """The students whose submissions of a lab are collected."""
        return sorted(path.parent.name for path in (self.root / "submitted").glob(f"*/{lab}") if path.is_dir())

    def collected(self, lab: str) -> list[str]:
        """The same, for what works on them. UsageProblem: there is none."""
        students = self.submissions(lab)
        if not students:
            raise UsageProblem(f"{self.root / 'submitted'} holds no submission of '{lab}'. Collect them first.")
        return students


def _settings(root: Path, data: Mapping[str, Any], path: Path) -> CourseFolder:
    _known(data, KEYS, path)
    name = data.get("id")
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,59}", name):
        raise UsageProblem(f"{path}: `id` names the course: letters, digits and . _ - only.")
    named = ("environment", "database", "exchange", "resubmission", "labs", "classroom")
    texts = {key: data[key] for key in named if key in data}
    for key, value in texts.items():
        if not isinstance(value, str) or not value:
            raise UsageProblem(f"{path}: `{key}` must be text.")
    if texts.get("resubmission", "last") not in RESUBMISSIONS:
        raise UsageProblem(f"{path}: `resubmission` is 'last' or 'best', not '{texts['resubmission']}'.")
    run_notebooks = data.get("run_notebooks", False)
    if not isinstance(run_notebooks, bool):
        raise UsageProblem(f"{path}: `run_notebooks` is true or false.")
    if "classroom" in texts:
        checked_public_key(texts["classroom"])
    labs = texts.pop("labs", None)
    return CourseFolder(
        root,
        name,
        labs=(root / labs).resolve() if labs else None,
        late=_late(data.get("late", {}), path),
        columns=_texts(data.get("columns", {}), "columns", path),
        lti=_lti(data["lti"], path) if "lti" in data else None,
        run_notebooks=run_notebooks,
        **texts,
    )


def _late(data: Any, path: Path) -> LatePolicy:
    if not isinstance(data, dict):
        raise UsageProblem(f"{path}: `late` is a table: [late].")
    _known(data, LATE_KEYS, path)
    for key, value in data.items():
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < math.inf:
            raise UsageProblem(f"{path}: `late.{key}` must be a number from 0 on.")
    return LatePolicy(**data)


def _lti(data: Any, path: Path) -> Platform:
    if not isinstance(data, dict):
        raise UsageProblem(f"{path}: `lti` is a table: [lti].")
    _known(data, LTI_KEYS, path)
    lineitems = _texts(data.get("lineitems", {}), "lti.lineitems", path)
    texts = _texts({key: data.get(key) for key in sorted(LTI_KEYS - {"lineitems"})}, "lti", path)
    return Platform(texts["issuer"], texts["client_id"], texts["token_url"], lineitems)


def _texts(data: Any, name: str, path: Path) -> Mapping[str, str]:
    if not isinstance(data, dict):
        raise UsageProblem(f"{path}: `{name}` is a table: [{name}].")
    for key, value in data.items():
        if not isinstance(value, str) or not value:
            raise UsageProblem(f"{path}: `{name}.{key}` must be text.")
    return data


def _known(data: Mapping[str, Any], keys: set[str], path: Path) -> None:
    for key in data:
        if key not in keys:
            raise UsageProblem(f"{path}: unknown setting `{key}`.{nearest(key, keys)}")
