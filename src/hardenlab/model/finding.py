"""A finding: what a control says of one resource, with the evidence for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What a control decided. UNKNOWN is "cannot judge": neither passed nor failed, and it earns nothing."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True)
class Evidence:
    """One value that was read: the API call, the field of its answer, and what stood there."""

    call: str
    field: str
    value: str


@dataclass(frozen=True)
class Witness:
    """The concrete request, packet or event that shows a failure, with the steps it takes."""

    summary: str
    steps: tuple[str, ...] = ()

    @classmethod
    def of(cls, thing: object) -> "Witness":
        """Take a witness from an evaluator's answer: its text, and its `hops` or `steps` where it has them."""
        if isinstance(thing, Witness):
            return thing
        steps: Iterable[object] = getattr(thing, "hops", None) or getattr(thing, "steps", None) or ()
        return cls(str(thing), tuple(str(step) for step in steps))


@dataclass(frozen=True)
class Finding:
    """A verdict on one resource. `resource` is its id, the same in every assessment of the account."""

    verdict: Verdict
    resource: str
    message: str
    evidence: tuple[Evidence, ...] = ()
    witness: Witness | None = field(default=None)

    def to_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict.value,
            "resource": self.resource,
            "message": self.message,
            "evidence": [vars(item) for item in self.evidence],
            "witness": {"summary": self.witness.summary, "steps": list(self.witness.steps)} if self.witness else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Finding":
        witness = data.get("witness")
        return cls(
            Verdict(data["verdict"]),
            data["resource"],
            data["message"],
            tuple(Evidence(**item) for item in data["evidence"]),
            Witness(witness["summary"], tuple(witness["steps"])) if witness else None,
        )


EvidenceLike = Evidence | tuple[str, str, object]


def passed(resource: str, message: str, *, evidence: Iterable[EvidenceLike] = (), witness: object = None) -> Finding:
    """The resource is as the control wants it. Evidence: `(API call, field, value)` triples."""
    return _finding(Verdict.PASSED, resource, message, evidence, witness)


def failed(resource: str, message: str, *, evidence: Iterable[EvidenceLike] = (), witness: object = None) -> Finding:
    """The resource is not as the control wants it; the message says what is wrong, the witness shows it."""
    return _finding(Verdict.FAILED, resource, message, evidence, witness)


def unknown(resource: str, message: str, *, evidence: Iterable[EvidenceLike] = (), witness: object = None) -> Finding:
    """The control cannot judge this resource; the message says why. A person looks at it."""
    return _finding(Verdict.UNKNOWN, resource, message, evidence, witness)


def _finding(
    verdict: Verdict, resource: str, message: str, evidence: Iterable[EvidenceLike], witness: object
) -> Finding:
    kept = tuple(item if isinstance(item, Evidence) else Evidence(item[0], item[1], str(item[2])) for item in evidence)
    return Finding(verdict, str(resource), message, kept, Witness.of(witness) if witness is not None else None)
