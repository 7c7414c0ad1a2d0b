"""Answers of three values: a condition holds, does not hold, or cannot be judged; and the clause that says why."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from hardenlab.semantics.explanation import Mood, Node, Picture

MOST_TOLD = 3


class Answer(NamedTuple):
    """What became of one condition; `parts` are the conditions that it is made of, as far as they were asked."""

    holds: bool | None
    """None when AWS's documentation, or data that only AWS has, leaves the question open."""
    because: str
    condition: str = ""
    parts: tuple["Answer", ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The answer as plain data."""
        data: dict[str, Any] = {"condition": self.condition, "holds": self.holds, "because": self.because}
        return data | ({"parts": [part.to_json() for part in self.parts]} if self.parts else {})

    @property
    def mood(self) -> Mood:
        """How it is drawn."""
        return "doubt" if self.holds is None else "passes" if self.holds else "stops"

    def picture(self) -> Picture:
        """The tree of the conditions that were asked, each with what became of it."""
        nodes: list[Node] = []
        arrows: list[tuple[int, int]] = []
        waiting: list[tuple[int | None, Answer]] = [(None, self)]
        while waiting:
            parent, answer = waiting.pop()
            if parent is not None:
                arrows.append((parent, len(nodes)))
            waiting.extend((len(nodes), part) for part in reversed(answer.parts))
            told = answer.condition if answer.parts else f"{answer.condition}: {answer.because}"
            nodes.append(Node(told.removeprefix(": "), answer.mood))
        return Picture(tuple(nodes), tuple(arrows))


def all_of(answers: Iterable[Answer], condition: str = "all of") -> Answer:
    """Whether all hold: one that does not hold decides, even beside one that cannot be judged."""
    asked: list[Answer] = []
    for answer in answers:
        asked.append(answer)
        if answer.holds is False:
            break
    return _combined(asked, condition, decisive=False)


def any_of(answers: Iterable[Answer], condition: str = "any of") -> Answer:
    """Whether one holds: one that holds decides, even beside one that cannot be judged."""
    asked: list[Answer] = []
    for answer in answers:
        asked.append(answer)
        if answer.holds:
            break
    return _combined(asked, condition, decisive=True)


def not_(answer: Answer) -> Answer:
    """The opposite; what cannot be judged stays so."""
    return Answer(None if answer.holds is None else not answer.holds, answer.because, "not", (answer,))


def _combined(asked: list[Answer], condition: str, *, decisive: bool) -> Answer:
    if len(asked) == 1:
        return asked[0]
    if asked and asked[-1].holds is decisive:
        return Answer(decisive, asked[-1].because, condition, tuple(asked))
    for answer in asked:
        if answer.holds is None:
            return Answer(None, answer.because, condition, tuple(asked))
    return Answer(not decisive, together([answer.because for answer in asked]), condition, tuple(asked))


def together(clauses: list[str]) -> str:
    """ "a, b and c", or "a, b, c and 4 more"."""
    if len(clauses) > MOST_TOLD + 1:
        return f"{', '.join(clauses[:MOST_TOLD])} and {len(clauses) - MOST_TOLD} more"
    *most, last = clauses or ["there is nothing to ask"]
    return f"{', '.join(most)} and {last}" if most else last
