"""A world: one section's scenario, seeded once in one variant; fresh accounts and verdicts come from it."""

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from hardenlab.assess.assess import Baseline
from hardenlab.assess.jobs import ASSESS, PLANT, REGION, SEED
from hardenlab.environment import Backend
from hardenlab.model.assessment import Assessment
from hardenlab.model.question import Question
from hardenlab.model.rubric import Section
from hardenlab.model.variation import Variation


@dataclass(frozen=True)
class Workload:
    """A section's scenario seeded healthy in one variant: what misconfigurations are planted on."""

    backend: Backend
    arguments: Mapping[str, Any]
    facts: Mapping[str, Any]

    @classmethod
    def seed(cls, backend: Backend, course: Path, section: Section, variant: str) -> "Workload":
        """Seed a warm, empty backend."""
        arguments = cls.arguments_of(course, section, variant)
        facts = backend.seed(SEED, arguments, f"{section.scenario}:{variant}")["facts"]
        return cls(backend, arguments, facts)

    @staticmethod
    def arguments_of(course: Path, section: Section, variant: str) -> dict[str, Any]:
        """What the seeding job is told."""
        return {
            "course": str(course),
            "section": section.id,
            "variant": variant,
            "account_id": Variation(variant).account_id(),
            "region": REGION,
        }

    def clone(self) -> "Workload":
        """The same workload on an account of its own."""
        return replace(self, backend=self.backend.clone())

    def plant(self, section: Section, flags: Collection[str] | None = None) -> "World":
        """Misconfigure the workload (None: in every way): from now on its backend is the world's."""
        variant = f"{section.scenario}:{self.arguments['variant']}"
        planted = {"facts": self.facts, "flags": None if flags is None else sorted(flags)}
        told = self.backend.seed(PLANT, {**self.arguments, **planted}, variant)
        first = Assessment.from_json(told["first"])
        return World(self.backend, self.arguments, told["facts"], told["questions"], first, self.backend.digest())


@dataclass(frozen=True)
class World:
    """The seeded backend with what seeding told: facts, drawn questions, the first assessment, and the digest.

    Several fronts may take their accounts from one world, each on its own thread.
    """

    seeded: Backend
    arguments: Mapping[str, Any]
    facts: Mapping[str, Any]
    questions: Mapping[str, Mapping[str, Any]]
    first: Assessment
    """What is wrong and what works as planted. Its marks mean nothing: nobody had anything to mend yet."""
    digest: str
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @classmethod
    def plant(
        cls, backend: Backend, course: Path, section: Section, variant: str, flags: Collection[str] | None = None
    ) -> "World":
        """Seed a warm, empty backend with the scenario and these misconfigurations (None: all)."""
        return Workload.seed(backend, course, section, variant).plant(section, flags)

    @cached_property
    def baseline(self) -> dict[str, list[str]]:
        """What failed at first, by task: the resources that are to mend."""
        return Baseline.of(self.first).to_json()

    @property
    def account_id(self) -> str:
        return str(self.arguments["account_id"])

    @property
    def region(self) -> str:
        return str(self.arguments["region"])

    def section(self, section: Section) -> Section:
        """The section with this variant's questions in it."""
        return section.asking({task: Question.from_json(question) for task, question in self.questions.items()})

    def fresh(self) -> Backend:
        """An account in the seeded state."""
        with self._lock:
            return self.seeded.clone()

    def stand_by(self) -> None:
        """Have the next fresh account ready before it is asked for."""
        with self._lock:
            self.seeded.stand_by()

    def question(
        self, answers: Mapping[str, list[str]], only: str | None = None, public: bool = False
    ) -> dict[str, Any]:
        """The arguments of the assessing job for this world. `public`: as learners are told, without hidden tasks."""
        known = {"facts": self.facts, "questions": self.questions, "baseline": self.baseline}
        return {**self.arguments, **known, "answers": answers, "only": only, "public": public}

    def assess(
        self, backend: Backend, answers: Mapping[str, list[str]] | None = None, only: str | None = None
    ) -> Assessment:
        """Judge an account of this world."""
        return Assessment.from_json(backend.run(ASSESS, self.question(answers or {}, only)))

    def close(self) -> None:
        self.seeded.close()
