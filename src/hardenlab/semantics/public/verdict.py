"""The answer to "is it public?"."""

from __future__ import annotations

from dataclasses import dataclass

from hardenlab.semantics.explanation import Explanation
from hardenlab.semantics.iam import Deciding
from hardenlab.semantics.iam.document import Statement


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it is public, one sentence why, and the statements or ACL grants that make it so."""

    public: bool
    because: str
    statements: tuple[Deciding, ...] = ()

    def explain(self) -> Explanation:
        """The verdict with the places of the statements or grants that make it."""
        places = [{"policy": one.policy, "index": one.index, "sid": one.sid} for one in self.statements]
        return Explanation(self.because, {"public": self.public, "statements": places})


def deciding(statement: Statement) -> Deciding:
    return Deciding("resource", 0, 0, statement.index, statement.sid, statement.source)


def sentence(text: str) -> str:
    return text[0].upper() + text[1:]
