"""Judge a submission: replay its journal on a fresh account and assess what comes out. Nothing else of it is read."""

import stat
from pathlib import Path

from hardenlab.assess.assess import recorded_answers
from hardenlab.assess.world import World
from hardenlab.course.load import Course
from hardenlab.environment import Backend, Environment
from hardenlab.front.ledger import replay
from hardenlab.journal.file import Contents, read_journal
from hardenlab.journal.fold import fold
from hardenlab.journal.line import Line
from hardenlab.model.assessment import Assessment
from hardenlab.model.problem import JournalProblem
from hardenlab.model.rubric import Section
from hardenlab.model.variation import Variation

MAX_CALLS = 5_000
Calls = list[tuple[Line, Line | None]]
MAX_VARIANT = 200


class Judge:
    """Keeps one warm backend, and a seeded world for each section and variant that comes by."""

    def __init__(self, course: Course, environment: Environment) -> None:
        self._course = course
        self._environment = environment
        self._warm: Backend | None = None
        self._worlds: dict[tuple[str, str], World] = {}

    def judge(self, section: Section, journal: Path, variant: str | None = None) -> Assessment:
        """The assessment of the account that the journal leads to. JournalProblem: it leads to none.

        `variant`: the learner's; a journal of another one is not judged. None: any.
        """
        contents = self._read(section, journal)
        if variant is not None and contents.header["variant"] != variant:
            raise JournalProblem("the journal is of another variant than the student's. Ask whose work it is.")
        history = fold(contents.lines)
        if len(history.calls) > MAX_CALLS:
            raise JournalProblem(f"the journal has {len(history.calls)} live writes; at most {MAX_CALLS} are graded.")
        world = self._world(section, str(contents.header["variant"]))
        self._same_account(history.calls, world)
        backend = world.fresh()
        replay(backend, history)
        try:
            return world.assess(backend, recorded_answers(history.answers))
        finally:
            backend.close()

    def close(self) -> None:
        for world in self._worlds.values():
            world.close()
        self._worlds.clear()
        if self._warm is not None:
            self._warm.close()
            self._warm = None

    def _read(self, section: Section, journal: Path) -> Contents:
        try:
            regular = stat.S_ISREG(journal.lstat().st_mode)
        except FileNotFoundError as error:
            raise JournalProblem(f"the submission has no journal '{journal.name}': nothing can be graded.") from error
        if not regular:
            raise JournalProblem(f"'{journal.name}' is no regular file.")
        contents = read_journal(journal)
        known, variant = contents.header, contents.header.get("variant")
        if known.get("section") != section.id or known.get("scenario") != section.scenario:
            raise JournalProblem(f"the journal belongs to another section than {section.id}.")
        if not isinstance(variant, str) or not 0 < len(variant) <= MAX_VARIANT:
            raise JournalProblem("the journal names no variant.")
        if known.get("account") != Variation(variant).account_id():
            raise JournalProblem("the journal's account is not the one of its variant.")
        return contents

    def _same_account(self, calls: Calls, world: World) -> None:
        """A line that names another account was not written by the front."""
        for call, _ in calls:
            if call.data.get("request", {}).get("a") != world.account_id:
                raise JournalProblem(f"line {call.number} of the journal is for another account.")

    def _world(self, section: Section, variant: str) -> World:
        key = (section.id, variant)
        if key not in self._worlds:
            if self._warm is None:
                self._warm = self._environment.start()
            self._worlds[key] = World.plant(self._warm.clone(), self._course.root, section, variant)
        return self._worlds[key]
