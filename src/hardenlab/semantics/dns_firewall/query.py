"""The question and the answer: a DNS query, and what the firewall makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hardenlab.semantics.dns_firewall.firewall import BlockResponse, Rule
from hardenlab.semantics.explanation import Explanation

Action = Literal["ALLOW", "ALERT", "BLOCK", "UNKNOWN"]


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

    @property
    def resolves(self) -> bool:
        """The client gets the real answer: the query is allowed, with or without an alert."""
        return self.action in ("ALLOW", "ALERT")

    def explain(self) -> Explanation:
        """The verdict with its rule, and what a blocked client is answered."""
        data = {
            "action": self.action,
            "resolves": None if self.action == "UNKNOWN" else self.resolves,
            "rule": str(self.rule) if self.rule else None,
            "response": self.response,
            "override": self.override,
        }
        return Explanation(self.because, data)
