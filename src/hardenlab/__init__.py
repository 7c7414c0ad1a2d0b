"""hardenlab: the seam. All that labs, graders, scenarios and notebooks import.

Authors write `@scenario`, `@misconfiguration`, `@invariant`, `@question`, `@control`, `@solution`, `@wrong_fix`;
controls and invariants yield `passed`, `failed` or `unknown` findings, a question answers `ask(...)`, a `@function`
yields `call(...)`. Learners call
`hardenlab.lab("<lab>/<section>")`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from hardenlab.model.content import (
    Layer,
    Severity,
    call,
    control,
    function,
    invariant,
    misconfiguration,
    question,
    scenario,
    solution,
    wrong_fix,
)
from hardenlab.model.finding import Finding, failed, passed, unknown
from hardenlab.model.past import RootKey, Use
from hardenlab.model.question import ask
from hardenlab.model.variation import Variation

if TYPE_CHECKING:
    from hardenlab import evidence
    from hardenlab.assess.account import Account
    from hardenlab.cohort.one import grade
    from hardenlab.notebook.lab import Lab
    from hardenlab.semantics.iam import CannotJudge
    from hardenlab.semantics.lifecycle import Stored
    from hardenlab.semantics.network import INTERNET, Packet, Unjudged, every
    from hardenlab.semantics.reading import Malformed
    from hardenlab.semantics.schedules import read_schedule
    from hardenlab.semantics.secrets import find_secrets, find_secrets_in

LOW, MEDIUM, HIGH, CRITICAL = Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL
RESOURCE, PATH = Layer.RESOURCE, Layer.PATH


def lab(section: str) -> "Lab":
    """Open a section's emulated account: sets AWS's variables for boto3 and returns the lab object."""
    from hardenlab.notebook.lab import open_lab

    return open_lab(section)


# what only authors need comes on demand: a learner's kernel loads neither evaluators nor boto3
_ON_DEMAND = {
    "Account": "hardenlab.assess.account",
    "CannotJudge": "hardenlab.semantics.iam",
    "INTERNET": "hardenlab.semantics.network",
    "Malformed": "hardenlab.semantics.reading",
    "Packet": "hardenlab.semantics.network",
    "Stored": "hardenlab.semantics.lifecycle",
    "Unjudged": "hardenlab.semantics.network",
    "every": "hardenlab.semantics.network",
    "find_secrets": "hardenlab.semantics.secrets",
    "find_secrets_in": "hardenlab.semantics.secrets",
    "grade": "hardenlab.cohort.one",
    "read_schedule": "hardenlab.semantics.schedules",
}


def __getattr__(name: str) -> object:
    """Load an author's name at its first use."""
    if name == "evidence":
        return import_module("hardenlab.evidence")
    if name not in _ON_DEMAND:
        raise AttributeError(f"hardenlab has no attribute {name!r}")
    return getattr(import_module(_ON_DEMAND[name]), name)


__all__ = [
    "CRITICAL",
    "HIGH",
    "INTERNET",
    "LOW",
    "MEDIUM",
    "PATH",
    "RESOURCE",
    "Account",
    "CannotJudge",
    "Finding",
    "Layer",
    "Malformed",
    "Packet",
    "RootKey",
    "Severity",
    "Stored",
    "Unjudged",
    "Use",
    "Variation",
    "ask",
    "call",
    "control",
    "every",
    "evidence",
    "failed",
    "find_secrets",
    "find_secrets_in",
    "function",
    "grade",
    "invariant",
    "lab",
    "misconfiguration",
    "passed",
    "question",
    "read_schedule",
    "scenario",
    "solution",
    "unknown",
    "wrong_fix",
]
