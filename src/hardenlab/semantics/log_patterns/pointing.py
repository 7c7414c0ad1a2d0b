"""Errors that point into a pattern."""

from typing import NoReturn

from hardenlab.semantics.reading import Malformed

MOST_SHOWN = 72


class Misplaced(Malformed):
    """A filter pattern that AWS refuses; `column` counts from 1, `picture` is the pattern with a caret below it."""

    def __init__(self, pattern: str, position: int, what: str) -> None:
        super().__init__(f"filter pattern, column {position + 1}:", what)
        self.column = position + 1
        self.picture = _picture(pattern, position)


def refuse(pattern: str, position: int, what: str) -> NoReturn:
    raise Misplaced(pattern, position, what)


def _picture(pattern: str, position: int) -> str:
    start = max(0, position - MOST_SHOWN // 2)
    line = "".join(sign if sign.isprintable() else " " for sign in pattern[start : start + MOST_SHOWN])
    return f"{line}\n{' ' * (position - start)}^"
