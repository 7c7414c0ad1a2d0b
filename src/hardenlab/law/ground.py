"""The proving ground: worlds planted on demand, and attempts at them inside this process."""

import os
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import boto3

import hardenlab
from hardenlab.assess.jobs import REGION
from hardenlab.assess.recorded import action_of
from hardenlab.assess.rehearsed import Rehearsed
from hardenlab.assess.world import Workload, World
from hardenlab.attempt.attempt import Attempt
from hardenlab.attempt.lookup_events import ACTION, LookupEvents
from hardenlab.attempt.server import header_of
from hardenlab.course.load import Course
from hardenlab.environment import Backend, Environment
from hardenlab.front.app import Administrator, Front
from hardenlab.front.ledger import Ledger
from hardenlab.journal.file import Journal
from hardenlab.law.direct import send
from hardenlab.law.functions import with_functions
from hardenlab.model.assessment import Assessment
from hardenlab.model.rubric import Section
from hardenlab.notebook.build import section_cells
from hardenlab.notebook.cells import LabCell, Role

PORT = 1
ADMINISTRATOR = ("AKIALAWLAWLAWLAWLAWX", "law")
VARIABLES = {
    "AWS_ACCESS_KEY_ID": ADMINISTRATOR[0],
    "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR[1],
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ENDPOINT_URL": f"http://127.0.0.1:{PORT}",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_MAX_ATTEMPTS": "1",
}


@dataclass
class Ground:
    """A course, an environment, and one warm backend that every world is cloned from."""

    course: Course
    environment: Environment
    backend: Backend
    _healthy: dict[tuple[str, str], Workload] = field(default_factory=dict)
    _planted: dict[tuple[str, str], World] = field(default_factory=dict)
    _cells: dict[str, list[LabCell]] = field(default_factory=dict)
    _rehearsed: Rehearsed = field(init=False)

    def __post_init__(self) -> None:
        self._rehearsed = Rehearsed(self.course, self.backend.clone)

    @contextmanager
    def world(self, section: Section, variant: str, flags: Collection[str] | None = None) -> Iterator[World]:
        """The section seeded with these misconfigurations (None: all, planted once while the workload is kept)."""
        workload = self._workload(section, variant)
        if flags is None:
            if (section.id, variant) not in self._planted:
                self._planted[section.id, variant] = workload.clone().plant(section)
            yield self._planted[section.id, variant]
            return
        world = workload.clone().plant(section, flags)
        try:
            yield world
        finally:
            world.close()

    @contextmanager
    def live(self, section: Section, world: World) -> Iterator["Live"]:
        """An attempt at a world in this process: its own journal, and boto3's default session in front of it."""
        with tempfile.TemporaryDirectory(prefix="hardenlab-law-") as folder:
            live = Live(self, section, world, Path(folder) / "law.journal")
            try:
                yield live
            finally:
                live.close()

    def _workload(self, section: Section, variant: str) -> Workload:
        """The healthy workload, seeded once for all worlds of one section and variant; the one before is given up."""
        if (section.id, variant) not in self._healthy:
            self._give_up()
            warm = self._rehearsed.for_section(section, variant)
            workload = Workload.seed(warm.clone(), self.course.root, section, variant)
            self._healthy[section.id, variant] = workload
        return self._healthy[section.id, variant]

    def close(self) -> None:
        """Give up all that was made of the backend."""
        self._give_up()
        self._rehearsed.close()

    def _give_up(self) -> None:
        """The workload and the world that are kept."""
        for world in self._planted.values():
            world.close()
        for workload in self._healthy.values():
            workload.backend.close()
        self._planted.clear()
        self._healthy.clear()

    @cached_property
    def session(self) -> "KernelSession":
        """The boto3 session of every attempt: clients are costly to make, and keep nothing of an account."""
        return KernelSession(REGION)

    def cells(self, section: Section) -> list[LabCell]:
        """The section's cells: a proof reads its notebook once."""
        if section.id not in self._cells:
            self._cells[section.id] = section_cells(self.course, section)
        return self._cells[section.id]


class KernelSession(boto3.Session):  # type: ignore[misc]
    """boto3's default session in a kernel, before whichever front has the floor."""

    front: Front
    called: set[str]
    """The operations that were called, as `service:Operation`."""

    def __init__(self, region: str) -> None:
        super().__init__(region_name=region)
        self._clients: dict[str, Any] = {}
        self.called = set()
        self.events.register("before-call.*.*", self._keep)
        self.events.register("before-send.*.*", lambda request, **_: send(self.front, request))

    def client(self, service_name: str, *arguments: Any, **options: Any) -> Any:
        """A client, the same for the same asking."""
        asked = repr((service_name, arguments, sorted(options.items())))
        if asked not in self._clients:
            with mock.patch.dict(os.environ, VARIABLES):
                self._clients[asked] = super().client(service_name, *arguments, **options)
        return self._clients[asked]

    def _keep(self, model: Any, **_: Any) -> None:
        self.called.add(action_of(model))


class Live:
    """One attempt. `run` executes cells as a kernel would: the set-up cell first, then those that are asked for."""

    def __init__(self, ground: Ground, section: Section, world: World, path: Path) -> None:
        self.world = world
        self._ground = ground
        self._section = section
        exists = path.exists()
        journal = Journal.open(path) if exists else Journal.create(path, header_of(section, world, ground.environment))
        self.ledger = Ledger(world.fresh, journal, time.time, exact=ground.environment.exact)
        self.attempt = Attempt(ground.course, section, world, self.ledger)
        keys = Administrator(*ADMINISTRATOR, world.account_id, world.region)
        self._front = Front(self.ledger, keys, PORT, {ACTION: LookupEvents(self.ledger)})
        self.lab = stand_in(self.attempt, world)
        self._names: dict[str, Any] = {}
        self._defined: dict[str, Any] = {}

    def run(self, sources: Collection[str]) -> list[Exception | None]:
        """Execute the set-up cell, then each source with what it left; answers each one's error, or None."""
        with self._as_kernel():
            self._set_up()
            return [self._execute(source) for source in sources]

    def call(self, function: Any) -> Exception | None:
        """Run a solution or wrong fix of `fixes.py` with the lab object."""
        with self._as_kernel():
            try:
                function(self.lab)
            except Exception as error:
                return error
        return None

    def client(self, service: str) -> Any:
        """A boto3 client of the learner's."""
        self._ground.session.front = self._front
        return self._ground.session.client(service)

    def assess(self, task: str | None = None) -> Assessment:
        """As grading judges: hidden tasks included, functions called."""
        variant = str(self.world.arguments["variant"])
        return with_functions(self.attempt.grade(task), self._ground.course, self._section, variant, self._defined)

    def reopened(self) -> "Live":
        """The same journal opened again on a fresh account, as after a restart."""
        self.close()
        again = Live(self._ground, self._section, self.world, self.ledger.journal.path)
        again._defined = self._defined  # the notebook is the same
        return again

    @contextmanager
    def copied(self) -> Iterator["Live"]:
        """Another attempt, with all that was done in this one, that goes its own way."""
        with tempfile.TemporaryDirectory(prefix="hardenlab-law-") as folder:
            path = shutil.copyfile(self.ledger.journal.path, Path(folder) / "law.journal")
            copy = Live(self._ground, self._section, self.world, path)
            copy._defined |= self._defined
            try:
                yield copy
            finally:
                copy.close()

    def close(self) -> None:
        self.ledger.close()

    def _set_up(self) -> None:
        if not self._names:
            for cell in self._ground.cells(self._section):
                if cell.role is Role.SETUP:
                    exec(compile(cell.source, "<set-up cell>", "exec"), self._names)  # noqa: S102

    def _execute(self, source: str) -> Exception | None:
        names = dict(self._names)
        try:
            exec(compile(source, "<answer cell>", "exec"), names)  # noqa: S102
        except Exception as error:
            return error
        self._defined |= names
        return None

    @contextmanager
    def _as_kernel(self) -> Iterator[None]:
        """boto3 without arguments, and hardenlab.lab, as they are in a learner's kernel."""
        self._ground.session.front = self._front
        with (
            mock.patch.dict(os.environ, VARIABLES),
            mock.patch.object(boto3, "DEFAULT_SESSION", self._ground.session),
            mock.patch.object(hardenlab, "lab", lambda _section: self.lab),
        ):
            yield


def stand_in(attempt: Attempt, world: World) -> SimpleNamespace:
    """The lab object's face, without a process behind it."""
    return SimpleNamespace(
        facts=dict(world.facts),
        check=attempt.check,
        hint=attempt.hint,
        question=attempt.question,
        map=attempt.map,
        answer=attempt.answer,
        solution=attempt.solution,
        undo=attempt.undo,
        reset=attempt.reset,
        checkpoint=attempt.checkpoint,
        rewind=attempt.rewind,
        journal=attempt.journal,
    )
