"""What the law found."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Failure:
    """One thing that does not hold: where, what was expected, what was measured, and how to see it again."""

    section: str
    point: str
    variant: str
    about: str
    """The task, misconfiguration, solution or control that it is about."""
    expected: str
    measured: str
    only: str | None = None
    """What `--only` takes to prove it again; None: it takes the whole section."""

    @property
    def reproduce(self) -> str:
        only = f" --only {self.only}" if self.only else ""
        return f"hardenlab validate {self.section}{only} --variant {self.variant}"

    def __str__(self) -> str:
        return (
            f"{self.section}, {self.point}, variant {self.variant}: {self.about}: expected {self.expected}; "
            f"measured {self.measured}\n    {self.reproduce}"
        )


@dataclass
class Proof:
    """One point of the law on one section and variant."""

    section: str
    point: str
    variant: str
    names: frozenset[str] = frozenset()
    """What `--only` knows in the section."""
    seconds: float = 0.0
    claims: int = 0
    failures: list[Failure] = field(default_factory=list)

    def claim(self, holds: bool, about: str, expected: object, measured: object) -> bool:
        """Count one claim; keep it when it does not hold."""
        self.claims += 1
        if not holds:
            only = about if self.names.issuperset(about.split("+")) else None
            said = (str(expected)[:500], str(measured)[:1500])
            self.failures.append(Failure(self.section, self.point, self.variant, about, *said, only))
        return holds

    def to_json(self) -> dict[str, Any]:
        return {
            "section": self.section,
            "point": self.point,
            "variant": self.variant,
            "seconds": round(self.seconds, 2),
            "claims": self.claims,
            "failures": [asdict(failure) | {"reproduce": failure.reproduce} for failure in self.failures],
        }
