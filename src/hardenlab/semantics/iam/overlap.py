"""Whether a resource pattern of a policy can cover an ARN of a documented format, such as a bucket's."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

MAX_PATTERN = 2048
VARIABLE = re.compile(r"\$\{([^}]*)\}|\*")


class Part(Enum):
    """What a format or pattern may hold beside a letter."""

    RUN = "any text"
    SOME = "any text without a slash"
    WORD = "any text without a colon"
    ONE = "any one character"
    LETTER = "any one character but a colon"


RUNS = (Part.RUN, Part.SOME, Part.WORD)
FORBIDDEN: dict[object, str] = {Part.SOME: "/", Part.WORD: ":", Part.LETTER: ":"}
Letters = tuple[str | Part, ...]


@lru_cache(maxsize=8192)
def may_cover(pattern: str, written: str, formats: tuple[str, ...] = ()) -> bool:
    """True when some ARN of the format `written` matches the pattern.

    `formats` are the service's other formats: where one goes on behind this one with a slash (an object behind its
    bucket), names of this one hold no slash.
    """
    if len(pattern) > MAX_PATTERN:
        return True
    ours, theirs = _pattern(pattern), _format(written, _is_continued(written, formats))
    return _meet(ours, theirs)


def _is_continued(written: str, formats: tuple[str, ...]) -> bool:
    return any(other.startswith(f"{written}/") for other in formats)


@lru_cache(maxsize=4096)
def _pattern(text: str) -> Letters:
    """A policy variable may stand for anything; a wildcard of an ARN's first five components stays within its own."""
    plain = VARIABLE.sub("*", text)
    whole = plain.count(":") >= 5
    letters: list[str | Part] = []
    colons = 0
    for letter in plain:
        colons += letter == ":"
        inside = whole and colons < 5
        one, run = (Part.LETTER, Part.WORD) if inside else (Part.ONE, Part.RUN)
        letters.append(run if letter == "*" else one if letter == "?" else letter)
    return tuple(letters)


@lru_cache(maxsize=4096)
def _format(written: str, continued: bool) -> Letters:
    letters: list[str | Part] = []
    position = 0
    for variable in VARIABLE.finditer(written):
        letters += written[position : variable.start()]
        if variable[1] in ("Partition", "Region", "Account"):
            letters.append(Part.LETTER)
        is_last = variable.end() == len(written)
        early = written.count(":", 0, variable.start()) < 5
        letters.append(Part.WORD if early else Part.SOME if continued and is_last else Part.RUN)
        position = variable.end()
    return (*letters, *written[position:])


def _meet(ours: Letters, theirs: Letters) -> bool:
    """Whether one text matches both; every pair of positions is visited once."""
    goal = (len(ours), len(theirs))
    seen = {(0, 0)}
    waiting = [(0, 0)]
    while waiting:
        i, j = waiting.pop()
        if (i, j) == goal:
            return True
        for following in _following(ours, theirs, i, j):
            if following not in seen:
                seen.add(following)
                waiting.append(following)
    return False


def _following(ours: Letters, theirs: Letters, i: int, j: int) -> list[tuple[int, int]]:
    mine = ours[i] if i < len(ours) else None
    other = theirs[j] if j < len(theirs) else None
    found = []
    if mine in RUNS:
        found.append((i + 1, j))
    if other in RUNS:
        found.append((i, j + 1))
    if mine is None or other is None or not _agree(mine, other):
        return found
    found.append((i if mine in RUNS else i + 1, j if other in RUNS else j + 1))
    return found


def _agree(mine: str | Part, other: str | Part) -> bool:
    """Whether one character can be both."""
    if isinstance(mine, str) and isinstance(other, str):
        return mine == other
    if isinstance(mine, str):
        return FORBIDDEN.get(other) != mine
    return FORBIDDEN.get(mine) != other
