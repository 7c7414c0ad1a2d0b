"""How slow this machine is while something is measured, told by work of the same kind.

Milliseconds mean little on a machine that is shared: from one minute to the next they double. The targets were set
where moto's own server answered `iam list_users` in 6.0 ms and was seeded 4.39 s after its start; what they take here,
just before and after a figure is measured, says how much of that figure is the machine's.
"""

import statistics
import time
from collections.abc import Callable
from typing import TypeVar

from benchmarks.stock import StockServer

ORDINARY_MS, ORDINARY_START = 6.0, 4.39
CALLS, WARM_UP = 12, 5
T = TypeVar("T")


class Peer:
    """The stock server's answers as a clock."""

    def __init__(self, stock: StockServer) -> None:
        self._users = stock.client("iam").list_users
        for _ in range(WARM_UP):
            self._users()

    def beside(self, measure: Callable[[], T]) -> tuple[T, float]:
        """What it measures, and how much slower than the ordinary one this machine was meanwhile: 1.3, for instance."""
        before = self._times()
        measured = measure()
        return measured, statistics.median(before + self._times()) / ORDINARY_MS

    def _times(self) -> list[float]:
        return [wall_ms(self._users) for _ in range(CALLS)]


def wall_ms(action: Callable[[], object]) -> float:
    """Milliseconds that an action takes."""
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000
