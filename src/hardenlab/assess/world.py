"""A world: one section's scenario, seeded once in one variant; fresh accounts and verdicts come from it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardenlab.assess.jobs import ASSESS, REGION, SEED
from hardenlab.environment import Backend
from hardenlab.model.assessment import Assessment
from hardenlab.model.rubric import Section
from hardenlab.model.variation import Variation


@dataclass(frozen=True)
class World:
    """The seeded backend with what seeding told: the facts, what failed at first, and the digest of the state."""

    seeded: Backend
    arguments: Mapping[str, Any]
    facts: Mapping[str, Any]
    baseline: Mapping[str, list[str]]
    digest: str

    @classmethod
    def plant(
        cls, backend: Backend, course: Path, section: Section, variant: str, flags: Collection[str] | None = None
    ) -> "World":
        """Seed a warm, empty backend with the scenario and these misconfigurations (None: all)."""
        arguments = {
            "course": str(course),
            "section": section.id,
            "variant": variant,
            "account_id": Variation(variant).account_id(),
            "region": REGION,
        }
        planted = {"flags": None if flags is None else sorted(flags)}
        facts = backend.seed(SEED, arguments | planted, f"{section.scenario}:{variant}")["facts"]
        judged = {"facts": facts, "baseline": {}, "answers": {}, "only": None}
        first = Assessment.from_json(backend.run(ASSESS, arguments | judged))
        failing = {
            result.task: sorted({f.resource for f in result.findings if f.verdict.value == "FAILED"})
            for result in first.tasks
        }
        return cls(backend, arguments, facts, failing, backend.digest())

    @property
    def account_id(self) -> str:
        return str(self.arguments["account_id"])

    @property
    def region(self) -> str:
        return str(self.arguments["region"])

    def fresh(self) -> Backend:
        """An account in the seeded state."""
        return self.seeded.clone()

    def fresh_and_next(self) -> Backend:
        """The same, for an attempt that will be reset sooner or later: the one after it is made ready meanwhile."""
        backend = self.seeded.clone()
        self.seeded.stand_by()
        return backend

    def question(self, answers: Mapping[str, list[str]], only: str | None = None) -> dict[str, Any]:
        """The arguments of the assessing job for this world."""
        return {**self.arguments, "facts": self.facts, "baseline": self.baseline, "answers": answers, "only": only}

    def assess(
        self, backend: Backend, answers: Mapping[str, list[str]] | None = None, only: str | None = None
    ) -> Assessment:
        """Judge an account of this world."""
        return Assessment.from_json(backend.run(ASSESS, self.question(answers or {}, only)))

    def close(self) -> None:
        self.seeded.close()
