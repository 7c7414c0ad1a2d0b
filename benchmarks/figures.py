"""A measured figure beside its target."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.table import Table

DECIMALS = {"s": 2, "ms": 2, "MB": 0, "of stock": 2}


@dataclass(frozen=True)
class Figure:
    """`pace`: how much slower than the ordinary one the machine was meanwhile; 1 where that changes nothing."""

    what: str
    here: float
    unit: str
    there: str = ""
    """The stock server's, or "cannot"."""
    target: float | None = None
    pace: float = 1.0

    @property
    def at_the_ordinary_pace(self) -> float:
        return self.here / self.pace

    @property
    def met(self) -> str:
        """Whether the target is met, at the ordinary pace and here; empty: there is none."""
        if self.target is None:
            return ""
        if self.at_the_ordinary_pace > self.target:
            return "no"
        return "yes" if self.here <= self.target else "at that pace"

    def row(self) -> tuple[str, ...]:
        ordinary = "" if self.pace == 1 else f"{self._told(self.at_the_ordinary_pace)} (1/{self.pace:.1f})"
        target = "" if self.target is None else f"<= {self.target:g} {self.unit}"
        return self.what, f"{self._told(self.here)} {self.unit}", ordinary, self.there, target, self.met

    def _told(self, value: float) -> str:
        decimals = DECIMALS[self.unit] if value < 10 else min(DECIMALS[self.unit], 1)
        return f"{value:.{decimals}f}"


def table_of(figures: Iterable[Figure], title: str) -> Table:
    table = Table("what", "here", "at the ordinary pace", "stock server", "target", "met", title=title)
    for figure in figures:
        table.add_row(*figure.row())
    return table


def missed(figures: Iterable[Figure]) -> list[str]:
    """What does not meet its target at the ordinary pace."""
    return [figure.what for figure in figures if figure.met == "no"]
