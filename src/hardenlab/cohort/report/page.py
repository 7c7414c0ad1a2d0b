"""Write the report: one HTML page that needs no network and runs no script, and the same as CSV."""

import base64
import hashlib
from collections.abc import Iterator
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined

from hardenlab.cohort.report import plots
from hardenlab.cohort.report.gather import ClassReport
from hardenlab.cohort.report.statistics import median
from hardenlab.cohort.spreadsheet import csv_text

COLUMNS = (
    "student", "variant", "section", "task", "earned", "points", "status", "by_person", "hints", "solution_asked",
    "minutes_to_first_success", "writes", "reason",
)  # fmt: skip


def html_page(report: ClassReport) -> str:
    """The page. Everything that a learner wrote is escaped; the policy allows this page's style and nothing else."""
    style = _file("style.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(loader=FunctionLoader(_file), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("page.html").render(
        report=report, style=style, policy=f"default-src 'none'; style-src 'sha256-{digest}'", plots=plots,
        middle=median(learner.earned for learner in report.learners),
        waiting=[learner for learner in report.learners if learner.waits],
    )  # fmt: skip


def csv_table(report: ClassReport) -> str:
    """One row for each learner and task."""
    return csv_text([COLUMNS, *_rows(report)])


def _rows(report: ClassReport) -> Iterator[tuple[object, ...]]:
    for learner in report.learners:
        for (notebook, task), cell in learner.cells.items():
            history = learner.histories[notebook]
            first = history.first_success.get(task)
            yield (
                learner.id, history.variant, f"{report.lab.id}/{notebook}", task, cell.earned, cell.points, cell.status,
                "yes" if cell.by_person else "", history.hints.get(task, 0), "yes" if task in history.solutions else "",
                None if first is None else round(first / 60, 1), history.writes, cell.reason,
            )  # fmt: skip


def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
