"""Journals of different variants that make the same unusual moves. A question to ask, never a verdict.

Names of the account differ between variants, so a word that only one variant's learners use is left out; what remains
is how somebody worked. Moves that many make count little (inverse document frequency): one lab has few good ways.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from hardenlab.cohort.report.history import History

LENGTH = 3
LEAST_MOVES, LEAST_LIKENESS, LEAST_WEIGHT = 6, 0.6, 6.0
COMMON_SHARE, COMMON_LEAST = 0.25, 3
MOST = 50


@dataclass(frozen=True)
class Pair:
    """Two learners and how alike their journals are, from 0 to 1; `shared` are the rarest moves that both made."""

    one: str
    other: str
    likeness: float
    shared: tuple[str, ...]


def near_copies(histories: Mapping[str, History]) -> list[Pair]:
    """The most alike pairs of learners with different variants, the most alike first."""
    working = {name: history for name, history in histories.items() if history.moves}
    busy = {name for name, history in working.items() if history.writes >= LEAST_MOVES}
    common = _words_of_several_variants(working)
    pieces = {name: _pieces(history, common) for name, history in working.items()}
    users: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, own in pieces.items():
        for piece in own:
            users[piece].append(name)
    weight = {piece: math.log(len(working) / len(names)) for piece, names in users.items()}
    found = [
        pair
        for one, other in _candidates(users, len(working))
        if one in busy
        and other in busy
        and working[one].variant != working[other].variant
        and (pair := _compare(one, other, pieces[one], pieces[other], weight)) is not None
    ]
    return sorted(found, key=lambda pair: (-pair.likeness, pair.one, pair.other))[:MOST]


def _words_of_several_variants(histories: Mapping[str, History]) -> frozenset[str]:
    variants: dict[str, set[str]] = defaultdict(set)
    for history in histories.values():
        for move in history.moves:
            for word in move.words:
                variants[word].add(history.variant)
    return frozenset(word for word, of in variants.items() if len(of) > 1)


def _pieces(history: History, common: frozenset[str]) -> frozenset[tuple[str, ...]]:
    """Every move, and every run of moves, without the account's names."""
    moves = [" ".join((move.operation, *(word for word in move.words if word in common))) for move in history.moves]
    runs = {tuple(moves[at : at + LENGTH]) for at in range(len(moves) - LENGTH + 1)}
    return frozenset({(move,) for move in moves} | runs)


def _candidates(users: Mapping[tuple[str, ...], Sequence[str]], learners: int) -> set[tuple[str, str]]:
    """Pairs that share a piece which few others made: all others cannot be alike."""
    few = max(COMMON_LEAST, min(int(learners * COMMON_SHARE), 40))
    together: Counter[tuple[str, str]] = Counter()
    for names in users.values():
        if 1 < len(names) <= few:
            together.update(combinations(sorted(names), 2))
    return {pair for pair, count in together.items() if count > 1}


def _compare(
    one: str,
    other: str,
    mine: frozenset[tuple[str, ...]],
    his: frozenset[tuple[str, ...]],
    weight: Mapping[tuple[str, ...], float],
) -> Pair | None:
    shared, either = mine & his, mine | his
    of_both, of_either = sum(weight[piece] for piece in shared), sum(weight[piece] for piece in either)
    if of_both < LEAST_WEIGHT or of_both < LEAST_LIKENESS * of_either:
        return None
    rarest = sorted((piece for piece in shared if len(piece) == 1), key=lambda piece: (-weight[piece], piece))[:3]
    return Pair(one, other, of_both / of_either, tuple(piece[0][:160] for piece in rarest))
