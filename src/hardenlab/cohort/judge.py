"""Judge a submission: replay its journal on a fresh account and assess what comes out. Nothing else of it is read."""

from pathlib import Path

from hardenlab.assess.assess import recorded_answers
from hardenlab.assess.world import World
from hardenlab.cohort.limits import WORLDS
from hardenlab.cohort.submitted import checked_variant, read_submitted
from hardenlab.course.load import Course
from hardenlab.environment import Backend, Environment
from hardenlab.front.ledger import replay
from hardenlab.journal.file import Contents, parse_journal
from hardenlab.journal.fold import History, fold
from hardenlab.journal.line import Line
from hardenlab.model.assessment import Assessment
from hardenlab.model.problem import JournalProblem
from hardenlab.model.rubric import Section

MAX_CALLS = 5_000
REHEARSAL = "rehearsal"
"""The variant that is seeded for what it loads, and nobody's."""
FIRST, LAST = 1_577_836_800.0, 4_102_444_800.0  # 2020 to 2100
SET_BACK = 86_400.0  # a learner's wrong clock may be set right in the middle
Calls = list[tuple[Line, Line | None]]


class Judge:
    """Keeps one warm backend, and the worlds of the sections and variants that came by last."""

    def __init__(self, course: Course, environment: Environment) -> None:
        self.course = course
        self._environment = environment
        self._warm: Backend | None = None
        self._worlds: dict[tuple[str, str], World] = {}
        self._seen: set[str] = set()

    def judge(self, section: Section, journal: Path, variant: str | None = None) -> Assessment:
        """The assessment of the account that the journal leads to. JournalProblem: it leads to none."""
        content = read_submitted(journal)
        found = checked_variant(section, content, variant)
        contents = parse_journal(content, "the journal")
        world = self.world(section, found)
        return self.assess(section, world, world.fresh(), contents)

    def _replays(self, contents: Contents) -> None:
        """An id that one environment gave is another's unknown id: what was mended with it would seem undone."""
        written_on = contents.header.get("fingerprint")
        name = written_on.get("environment") if isinstance(written_on, dict) else None
        if name != self._environment.name:
            raise JournalProblem(
                f"the journal was written on {str(name)[:40]} and cannot be replayed on {self._environment.name}. "
                f"Look at the account there, or have the section done again on {self._environment.name}."
            )

    def assess(self, section: Section, world: World, backend: Backend, contents: Contents) -> Assessment:
        """Replay on a fresh account of the world, judge it, give it up."""
        try:
            self._replays(contents)
            _in_order(contents.lines)
            history = _folded(contents.lines)
            if len(history.calls) > MAX_CALLS:
                raise JournalProblem(
                    f"the journal has {len(history.calls)} live writes; at most {MAX_CALLS} are graded."
                )
            _same_account(history.calls, world)
            replay(backend, history.calls)
            return world.conclude(backend, recorded_answers(history.answers))
        finally:
            backend.close()

    def world(self, section: Section, variant: str) -> World:
        """The section seeded in this variant; the one that was not asked for longest makes room."""
        key = (section.id, variant)
        if key in self._worlds:
            self._worlds[key] = self._worlds.pop(key)
            return self._worlds[key]
        if len(self._worlds) >= WORLDS:
            self._worlds.pop(next(iter(self._worlds))).close()
        warm = self._rehearsed(section)
        self._worlds[key] = World.plant(warm.clone(), self.course.root, section, variant)
        return self._worlds[key]

    def _rehearsed(self, section: Section) -> Backend:
        """Worlds of a section share what seeding and judging it loads: each takes half the time and half the memory."""
        if self._warm is None:
            self._warm = self._environment.start()
        if section.id not in self._seen:
            self._seen.add(section.id)
            self._warm.rehearse(lambda backend: World.plant(backend, self.course.root, section, REHEARSAL))
        return self._warm

    def close(self) -> None:
        for world in self._worlds.values():
            world.close()
        self._worlds.clear()
        if self._warm is not None:
            self._warm.close()
            self._warm = None
        self._seen.clear()


def _same_account(calls: Calls, world: World) -> None:
    """A line that names another account was not written by the front."""
    for call, _ in calls:
        request = call.data.get("request")
        if not isinstance(request, dict) or request.get("a") != world.account_id:
            raise JournalProblem(f"line {call.number} of the journal is for another account.")


def _in_order(lines: list[Line]) -> None:
    """The front numbers its lines without a gap, and its clock goes forward."""
    number, latest = 0, FIRST
    for line in lines:
        if line.kind == "header" or line.number != number + (line.kind != "outcome"):
            raise JournalProblem(f"line {number} of the journal is not followed by the one that the front writes next.")
        if not max(FIRST, latest - SET_BACK) <= line.time <= LAST:
            raise JournalProblem(f"line {line.number} of the journal was not written at the time that it tells.")
        number, latest = line.number, max(latest, line.time)


def _folded(lines: list[Line]) -> History:
    try:
        return fold(lines)
    except (KeyError, TypeError, ValueError) as error:
        raise JournalProblem(f"a line of the journal lacks what its kind needs ({type(error).__name__}).") from error
