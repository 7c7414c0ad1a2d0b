"""The course's rows (`labs/rows.toml`): what it asks for, and which task covers what."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

from hardenlab.course.load import Course
from hardenlab.model.problem import ContentProblem, UsageProblem, nearest

MODES = {"H": "done on the account", "A": "analysed", "K": "asked"}


@dataclass(frozen=True)
class Row:
    """One thing that the course asks for, and the tasks (`<section> <task>`) that cover it."""

    id: str
    module: int
    title: str
    mode: str
    required: bool
    """Whether its module is built: then some task must cover it."""
    tasks: tuple[str, ...]

    @property
    def missing(self) -> bool:
        return self.required and not self.tasks


def covered_rows(course: Course, module: int | None = None) -> list[Row]:
    """Every row, or one module's, in order. A task that claims an unknown row is a ContentProblem."""
    path = course.root / "labs" / "rows.toml"
    try:
        modules = tomllib.loads(path.read_text(encoding="utf-8"))["module"]
    except FileNotFoundError as error:
        raise ContentProblem(f"{path} is missing: it lists the rows of the course.") from error
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise ContentProblem(f"{path}: not a list of rows: {error}.") from error
    if module is not None and str(module) not in modules:
        raise UsageProblem(f"{path} has no module {module}.{nearest(str(module), set(modules))}")
    claims = _claims(course, {row for item in modules.values() for row in item["rows"]})
    rows = [
        Row(row, int(number), data["title"], data["mode"], bool(item["built"]), claims.get(row, ()))
        for number, item in modules.items()
        if module in (None, int(number))
        for row, data in item["rows"].items()
    ]
    strange = [row.id for row in rows if row.mode not in MODES]
    if strange:
        raise ContentProblem(f"{path}: the row {strange[0]} has none of the modes {', '.join(MODES)}.")
    return sorted(rows, key=lambda row: _number(row.id))


def summary_of(rows: Sequence[Row]) -> list[str]:
    """A line for each module: how many of its rows are covered."""
    lines = []
    for module in dict.fromkeys(row.module for row in rows):
        mine = [row for row in rows if row.module == module]
        covered = sum(bool(row.tasks) for row in mine)
        lines.append(f"module {module}: {covered} of {len(mine)} rows covered")
        lines += [f"  no task covers {row.id}: {row.title}" for row in mine if row.missing]
    return lines


def _claims(course: Course, known: set[str]) -> dict[str, tuple[str, ...]]:
    claims: dict[str, tuple[str, ...]] = {}
    for section in course.sections:
        for task in section.tasks:
            for row in task.rows:
                if row not in known:
                    raise ContentProblem(
                        f"labs/{section.lab}/lab.toml: the task '{task.id}' claims the row {row}, which is none of "
                        f"labs/rows.toml.{nearest(row, known)}"
                    )
                claims[row] = (*claims.get(row, ()), f"{section.id} {task.id}")
    return claims


def _number(row: str) -> list[int]:
    return [int(part) for part in row.split(".")]
