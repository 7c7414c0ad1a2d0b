"""The live history: a fold over the lines. Undo, rewind and reset take calls out of it; nothing leaves the file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hardenlab.journal.line import Line


@dataclass
class History:
    """What a journal says now.

    `calls`: the live writes, first to last, each with its outcome (None: never acknowledged). `answers`, `hints`,
    `solutions` and `checks` are facts about the learner; undo does not take them back.
    """

    calls: list[tuple[Line, Line | None]] = field(default_factory=list)
    answers: list[tuple[str, str]] = field(default_factory=list)
    hints: dict[str, int] = field(default_factory=dict)
    solutions: list[str] = field(default_factory=list)
    checks: list[Line] = field(default_factory=list)
    checkpoints: dict[str, int] = field(default_factory=dict)
    last_number: int = 0

    def take(self, line: Line) -> None:
        """Fold one more line in."""
        if line.kind != "outcome":
            self.last_number = max(self.last_number, line.number)
        match line.kind:
            case "call":
                self.calls.append((line, None))
            case "outcome":
                if self.calls and self.calls[-1][0].number == line.number:
                    self.calls[-1] = (self.calls[-1][0], line)
            case "undo":
                self._keep(len(self.calls) - int(line.data["count"]))
            case "rewind":
                self._keep(self.checkpoints.get(line.data["name"], len(self.calls)))
            case "reset":
                self._keep(0)
            case "checkpoint":
                self.checkpoints[line.data["name"]] = len(self.calls)
            case "answer":
                self.answers.append((line.data["question"], line.data["value"]))
            case "hint":
                self.hints[line.data["task"]] = self.hints.get(line.data["task"], 0) + 1
            case "solution":
                self.solutions.append(line.data["task"])
            case "check":
                self.checks.append(line)

    def _keep(self, count: int) -> None:
        """Keep the first `count` calls; checkpoints after them are gone."""
        del self.calls[max(count, 0) :]
        self.checkpoints = {name: at for name, at in self.checkpoints.items() if at <= len(self.calls)}


def fold(lines: Iterable[Line] | Sequence[Line]) -> History:
    """The history that the lines tell, the header left out."""
    history = History()
    for line in lines:
        history.take(line)
    return history
