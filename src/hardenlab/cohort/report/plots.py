"""The geometry of the report's plots, in SVG units; the page's template draws it."""

from collections.abc import Sequence
from dataclasses import dataclass

from hardenlab.cohort.report.gather import Cell, ClassReport, Learner
from hardenlab.cohort.report.history import History

SIGNS = {"passed": "●", "partial": "◐", "failed": "○", "pending": "?"}
KINDS = ("call", "refused", "undo", "check", "hint", "solution", "answer")
ROWS = {"call": 0, "refused": 0, "undo": 0, "check": 1, "answer": 1, "hint": 2, "solution": 2}
WIDTH = 640
BINS = 10


@dataclass(frozen=True)
class Bar:
    """One bar of a histogram, and what it counts."""

    x: float
    height: float
    count: int
    label: str


@dataclass(frozen=True)
class Mark:
    """One sign of a timeline."""

    x: float
    row: int
    kind: str
    label: str


@dataclass(frozen=True)
class Point:
    """One task in the plane of difficulty and discrimination."""

    x: float
    y: float
    number: str
    label: str


def level(cell: Cell) -> str:
    """The class of a heat map's cell: 0 to 4 by the share earned, or pending."""
    if cell.status == "pending":
        return "pending"
    return "0" if cell.share <= 0 else str(1 + min(int(cell.share * 3), 2)) if cell.share < 1 else "4"


def sign(cell: Cell) -> str:
    """The same without colour."""
    return SIGNS[cell.status]


def histogram(report: ClassReport) -> list[Bar]:
    """How many learners earned which share of all points, in tenths."""
    counts = [0] * BINS
    for learner in report.learners:
        share = learner.earned / report.points if report.points else 0.0
        counts[min(max(int(share * BINS), 0), BINS - 1)] += 1
    most = max(counts) or 1
    return [Bar(n * 60, 110 * count / most, count, f"{n * 10} to {n * 10 + 10} %") for n, count in enumerate(counts)]


def points(report: ClassReport) -> list[Point]:
    """The tasks whose discrimination is known."""
    return [
        Point(40 + 560 * of.item.difficulty, 150 - 110 * of.item.discrimination, of.number, of.task.title)
        for of in report.tasks
        if of.item.discrimination is not None
    ]


def timeline(history: History) -> list[Mark]:
    """What a learner did, from left to right over the time that he worked."""
    whole = history.worked or 1.0
    return [
        Mark(8 + (WIDTH - 16) * event.at / whole, ROWS[event.kind], event.kind, f"{minutes(event.at)}: {event.label}")
        for event in history.events
    ]


def minutes(seconds: float | None) -> str:
    """Seconds of work, for people."""
    if seconds is None:
        return "–"
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def by_marks(learners: Sequence[Learner]) -> list[Learner]:
    """The order of the heat map."""
    return sorted(learners, key=lambda learner: (-learner.earned, learner.id))
