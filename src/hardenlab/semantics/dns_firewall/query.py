"""The question and the answer: a DNS query, and what the firewall makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hardenlab.semantics.dns_firewall.firewall import BlockResponse, Rule
from hardenlab.semantics.explanation import Explanation, Mood, Node, Picture

Action = Literal["ALLOW", "ALERT", "BLOCK", "UNKNOWN"]
MOODS: dict[Action, Mood] = {"ALLOW": "passes", "ALERT": "passes", "BLOCK": "stops", "UNKNOWN": "doubt"}


@dataclass(frozen=True, slots=True)
class Query:
    """A query for `name`; `redirections` are the names that its CNAME or DNAME records lead to, in order."""

    name: str
    type: str = "A"
    redirections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of the query, one sentence why, the deciding rule, and what a blocked client is answered.

    UNKNOWN means that AWS's documentation, or data that only AWS has, leaves the question open.
    """

    action: Action
    because: str
    rule: Rule | None = None
    response: BlockResponse | None = None
    override: str | None = None
    chain: tuple[tuple[str, Verdict], ...] = ()
    """The names that were asked about, up to the end of the chain, with what the firewall makes of each."""

    @property
    def resolves(self) -> bool:
        """The client gets the real answer: the query is allowed, with or without an alert."""
        return self.action in ("ALLOW", "ALERT")

    def explain(self) -> Explanation:
        """The verdict as a sentence, as data, and as a picture of the names that were asked about in turn."""
        names = [{"name": name, "action": passed.action, "because": passed.because} for name, passed in self.chain]
        asked = [Node(f"{name}: {passed.because}", MOODS[passed.action]) for name, passed in self.chain]
        picture = Picture.path([Node("the query", "end"), *asked, Node(self.action, "end")])
        data = {
            "action": self.action,
            "resolves": None if self.action == "UNKNOWN" else self.resolves,
            "rule": str(self.rule) if self.rule else None,
            "response": self.response,
            "override": self.override,
            "names": names,
        }
        return Explanation(self.because, data, picture)
