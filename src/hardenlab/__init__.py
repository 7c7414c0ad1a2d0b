"""hardenlab: the seam. All that labs, graders, scenarios and notebooks import.

Authors write `@scenario`, `@misconfiguration`, `@invariant`, `@control`, `@solution`, `@wrong_fix`; controls and
invariants yield `passed`, `failed` or `unknown` findings. Learners call `hardenlab.lab("<lab>/<section>")`.
"""

from typing import TYPE_CHECKING

from hardenlab.model.content import (
    Layer,
    Severity,
    control,
    invariant,
    misconfiguration,
    scenario,
    solution,
    wrong_fix,
)
from hardenlab.model.finding import Finding, failed, passed, unknown
from hardenlab.model.variation import Variation

if TYPE_CHECKING:
    from hardenlab.assess.account import Account
    from hardenlab.notebook.lab import Lab

LOW, MEDIUM, HIGH, CRITICAL = Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL
RESOURCE, PATH = Layer.RESOURCE, Layer.PATH


def lab(section: str) -> "Lab":
    """Open a section's emulated account: sets AWS's variables for boto3 and returns the lab object."""
    from hardenlab.notebook.lab import open_lab

    return open_lab(section)


def __getattr__(name: str) -> object:
    """`Account` comes on demand: it needs boto3, which a learner's kernel has not loaded yet."""
    if name == "Account":
        from hardenlab.assess.account import Account

        return Account
    raise AttributeError(f"hardenlab has no attribute {name!r}")


__all__ = [
    "CRITICAL",
    "HIGH",
    "LOW",
    "MEDIUM",
    "PATH",
    "RESOURCE",
    "Account",
    "Finding",
    "Layer",
    "Severity",
    "Variation",
    "control",
    "failed",
    "invariant",
    "lab",
    "misconfiguration",
    "passed",
    "scenario",
    "solution",
    "unknown",
    "wrong_fix",
]
