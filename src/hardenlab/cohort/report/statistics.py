"""Classical item analysis of the tasks, and the mistakes that many make."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hardenlab.model.assessment import Status, TaskResult
from hardenlab.model.finding import Verdict

LEAST_LEARNERS = 5
MOST_MISTAKES = 5
NAME = re.compile(
    r"arn:aws[\w-]*:\S+|\b[a-z]{1,12}-[0-9a-f]{8,17}\b|\b(?:\d{1,3}\.){3}\d{1,3}(?:/\d+)?\b|\b\d{5,}\b"
    r"|'[^']{1,100}'|\b\S*\d{12}\S*"
)


@dataclass(frozen=True)
class Item:
    """A task in the class. `difficulty`: the mean share of its points, 1 is easy (classical p).

    `discrimination`: the correlation of its share with that of all other tasks, from -1 to 1; None where too few
    learners differ to tell.
    """

    learners: int
    difficulty: float
    discrimination: float | None


@dataclass(frozen=True)
class Mistake:
    """What several learners were told, without their resources' names."""

    text: str
    learners: int


def item(shares: Mapping[str, float], rest: Mapping[str, float]) -> Item:
    """`shares` and `rest` by learner: of this task's points, and of all the others'."""
    names = sorted(shares)
    difficulty = sum(shares.values()) / len(shares) if shares else 0.0
    return Item(len(names), difficulty, correlation([shares[n] for n in names], [rest.get(n, 0.0) for n in names]))


def correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Pearson's, or None for fewer than five learners or where one side does not vary."""
    if len(one) < LEAST_LEARNERS:
        return None
    mean_one, mean_other = sum(one) / len(one), sum(other) / len(other)
    away = [(a - mean_one, b - mean_other) for a, b in zip(one, other, strict=True)]
    spread = math.sqrt(sum(a * a for a, _ in away) * sum(b * b for _, b in away))
    return sum(a * b for a, b in away) / spread if spread > 1e-12 else None


def median(values: Iterable[float]) -> float | None:
    ordered = sorted(values)
    if not ordered:
        return None
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def mistakes(results: Iterable[TaskResult]) -> list[Mistake]:
    """The most frequent of what learners who did not finish a task were told; one learner counts once for each."""
    counted: Counter[str] = Counter()
    for result in results:
        if result.status is not Status.PASSED:
            counted.update(_told(result))
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return [Mistake(text, count) for text, count in ordered[:MOST_MISTAKES]]


def _told(result: TaskResult) -> set[str]:
    if result.broken or not result.findings or result.reason.startswith("removed instead of mended"):
        return {nameless(result.reason)}
    return {nameless(f.message, f.resource) for f in result.findings if f.verdict is not Verdict.PASSED}


def nameless(text: str, resource: str = "") -> str:
    """A message with an ellipsis in place of what is one account's own: names, ids, addresses, long numbers."""
    if len(resource) > 2:
        text = text.replace(resource, "…")
    return NAME.sub("…", text)[:300]
