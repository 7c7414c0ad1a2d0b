"""Sets of integers as sorted, disjoint, inclusive intervals: addresses of one family, or ports."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache

Span = tuple[int, int]


class Spans:
    """An immutable set of integers with `|`, `&`, `-`, `in`; exact, and linear in the number of intervals."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: Iterable[Span] = ()) -> None:
        self._pairs = _merged(pairs)

    @classmethod
    def one(cls, number: int) -> "Spans":
        """The set of a single number."""
        return _trusted(((number, number),))

    def __iter__(self) -> Iterator[Span]:
        return iter(self._pairs)

    def __len__(self) -> int:
        """How many intervals, not how many numbers."""
        return len(self._pairs)

    def __bool__(self) -> bool:
        return bool(self._pairs)

    def __contains__(self, number: int) -> bool:
        pairs = self._pairs
        at = 0 if len(pairs) == 1 else bisect_right(pairs, number, key=_low) - 1
        return at >= 0 and pairs[at][0] <= number <= pairs[at][1]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spans) and self._pairs == other._pairs

    def __hash__(self) -> int:
        return hash(self._pairs)

    def __repr__(self) -> str:
        return f"Spans({list(self._pairs)})"

    def __or__(self, other: "Spans") -> "Spans":
        if not other._pairs:
            return self
        return Spans(self._pairs + other._pairs) if self._pairs else other

    def __and__(self, other: "Spans") -> "Spans":
        mine, theirs = self._pairs, other._pairs
        if not mine or not theirs:
            return NOTHING
        if len(theirs) == 1 and theirs[0][0] <= mine[0][0] and mine[-1][1] <= theirs[0][1]:
            return self
        return _common(mine, theirs)

    def __sub__(self, other: "Spans") -> "Spans":
        if not self._pairs or not other._pairs:
            return self
        theirs = other._pairs
        kept: list[Span] = []
        j = 0
        for low, high in self._pairs:
            while j < len(theirs) and theirs[j][1] < low:
                j += 1
            at = j
            while at < len(theirs) and theirs[at][0] <= high:
                if low < theirs[at][0]:
                    kept.append((low, theirs[at][0] - 1))
                low = theirs[at][1] + 1
                at += 1
            if low <= high:
                kept.append((low, high))
        return _trusted(tuple(kept))

    def first(self) -> int:
        """The least number; the set must not be empty."""
        return self._pairs[0][0]

    def count(self) -> int:
        """How many numbers are in the set."""
        return sum(high - low + 1 for low, high in self._pairs)


@lru_cache(maxsize=4096)
def _common(mine: tuple[Span, ...], theirs: tuple[Span, ...]) -> Spans:
    """Kept, because the same few sets meet for one instance and port after another."""
    kept: list[Span] = []
    i = j = 0
    while i < len(mine) and j < len(theirs):
        low, high = max(mine[i][0], theirs[j][0]), min(mine[i][1], theirs[j][1])
        if low <= high:
            kept.append((low, high))
        if mine[i][1] < theirs[j][1]:
            i += 1
        else:
            j += 1
    return _trusted(tuple(kept))


def union(several: Iterable[Spans]) -> Spans:
    """All of them together, merged once."""
    distinct = dict.fromkeys(several)
    if len(distinct) == 1:
        return next(iter(distinct))
    return Spans(pair for spans in distinct for pair in spans)


def _low(pair: Span) -> int:
    return pair[0]


def _trusted(pairs: tuple[Span, ...]) -> Spans:
    spans = Spans.__new__(Spans)
    spans._pairs = pairs
    return spans


def _merged(pairs: Iterable[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for low, high in sorted(pair for pair in pairs if pair[0] <= pair[1]):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return tuple(merged)


NOTHING = Spans()
