"""Judge a submission: replay its journal on a fresh account and assess what comes out. Nothing else of it is read.

The journal is read where its account is: in a fork that was made for it and ends with it.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardenlab.assess.assess import recorded_answers
from hardenlab.assess.jobs import assess_account
from hardenlab.assess.rehearsed import Rehearsed
from hardenlab.assess.world import World
from hardenlab.cohort.limits import ANSWER_BYTES, WALL_SECONDS, WORLDS
from hardenlab.cohort.submitted import checked_variant, read_submitted
from hardenlab.course.load import Course, load_course
from hardenlab.course.needs import read_needs
from hardenlab.environment import Apply, Environment, JobFailed
from hardenlab.front.ledger import replay
from hardenlab.front.operations import load_service
from hardenlab.journal.file import Contents, parse_journal
from hardenlab.journal.fold import History, fold
from hardenlab.journal.line import Line
from hardenlab.model.assessment import Assessment
from hardenlab.model.http import Moment, Request, Response
from hardenlab.model.problem import JournalProblem, Problem
from hardenlab.model.rubric import Section

JUDGE = "hardenlab.cohort.judge:judge_journal"
PREPARE = "hardenlab.cohort.judge:prepare"
USUAL = ("ec2", "iam", "s3", "kms", "sts", "logs", "cloudtrail")
MAX_CALLS = 5_000
ROOM = 100
"""Bytes that an answer has around the assessment."""
FIRST, LAST = 1_577_836_800.0, 4_102_444_800.0  # 2020 to 2100
SET_BACK = 86_400.0  # a learner's wrong clock may be set right in the middle
Calls = list[tuple[Line, Line | None]]


class Judge:
    """Keeps one warm backend, and the worlds of the sections and variants that came by last."""

    def __init__(self, course: Course, environment: Environment) -> None:
        self.course = course
        self._environment = environment
        self._rehearsed = Rehearsed(
            course, environment.start, lambda world: world.seeded.seed(PREPARE, world.arguments, "prepare"), many=True
        )
        self._worlds: dict[tuple[str, str], World] = {}

    def judge(self, section: Section, journal: Path, variant: str | None = None) -> Assessment:
        """The assessment of the account that the journal leads to. JournalProblem: it leads to none."""
        content = read_submitted(journal)
        world = self.world(section, checked_variant(section, content, variant))
        try:
            return Assessment.from_json(json.loads(self.answer(world, content)))
        except JobFailed as problem:
            if problem.exit_code == JournalProblem.exit_code:
                raise JournalProblem(str(problem)) from problem
            raise

    def answer(self, world: World, journal: bytes) -> str:
        """The assessment as JSON, as a fresh account wrote it. JobFailed: what is wrong with the journal."""
        told = {"environment": self._environment.name, "journal": base64.b64encode(journal).decode()}
        answer = world.fresh().conclude(JUDGE, {**world.question({}), **told}, WALL_SECONDS)
        return str(answer["assessment"])

    def world(self, section: Section, variant: str) -> World:
        """The section seeded in this variant; the one that was not asked for longest makes room."""
        key = (section.id, variant)
        if key in self._worlds:
            self._worlds[key] = self._worlds.pop(key)
            return self._worlds[key]
        if len(self._worlds) >= WORLDS:
            self._worlds.pop(next(iter(self._worlds))).close()
        warm = self._rehearsed.for_section(section, variant)
        self._worlds[key] = World.plant(warm.clone(), self.course.root, section, variant)
        return self._worlds[key]

    def close(self) -> None:
        for world in self._worlds.values():
            world.close()
        self._worlds.clear()
        self._rehearsed.close()


def prepare(clients: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A job: load what forks would each load for themselves, to read the course's journals."""
    needs = read_needs(load_course(Path(arguments["course"])))
    for service in {*USUAL, *(service for needed in needs.values() for service in needed)}:
        load_service(service)
    return {}


def judge_journal(clients: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A job: replay `journal` (in base64) on this account and assess it. `environment`: where this is.

    The other arguments are those of the assessing job. Answers `assessment`, JSON as text. JournalProblem.
    """
    try:
        history = _history(arguments)
        replay(OnTheSpot(clients.apply, _went_well(history.calls)), history.calls)
        assessment = assess_account(clients, {**arguments, "answers": recorded_answers(history.answers)})
        text = json.dumps(assessment)
    except Problem:
        raise
    except Exception as error:
        raise JournalProblem(f"the journal could not be judged ({type(error).__name__}).") from error
    if len(text) > ANSWER_BYTES - ROOM:
        raise JournalProblem("what was found is too long to be kept.")
    return {"assessment": text}


@dataclass(frozen=True)
class OnTheSpot:
    """The account that a job runs on, to replay calls on it."""

    apply: Apply
    unread: bool

    def calls(self, several: Iterable[tuple[Request, Moment]]) -> Iterator[Response]:
        """Apply one after another."""
        return self.apply(several, self.unread)

    def close(self) -> None:
        """It ends with the job."""


def _went_well(calls: Calls) -> bool:
    """Whether no call ended in an error of the server: writing the answer may have been what failed."""
    return all(outcome is None or _status(outcome) < 500 for _, outcome in calls)


def _status(outcome: Line) -> int:
    status = outcome.data.get("status")
    return status if isinstance(status, int) else 500


def _history(arguments: Mapping[str, Any]) -> History:
    """What the journal's lines come to, if the front wrote them for this account."""
    contents = parse_journal(base64.b64decode(arguments["journal"]), "the journal")
    _replays(contents, arguments["environment"])
    _in_order(contents.lines)
    history = _folded(contents.lines)
    if len(history.calls) > MAX_CALLS:
        raise JournalProblem(f"the journal has {len(history.calls)} live writes; at most {MAX_CALLS} are graded.")
    _same_account(history.calls, arguments["account_id"])
    return history


def _replays(contents: Contents, environment: str) -> None:
    """An id that one environment gave is another's unknown id: what was mended with it would seem undone."""
    written_on = contents.header.get("fingerprint")
    name = written_on.get("environment") if isinstance(written_on, dict) else None
    if name != environment:
        raise JournalProblem(
            f"the journal was written on {str(name)[:40]} and cannot be replayed on {environment}. "
            f"Look at the account there, or have the section done again on {environment}."
        )


def _same_account(calls: Calls, account_id: str) -> None:
    """A line that names another account was not written by the front."""
    for call, _ in calls:
        request = call.data.get("request")
        if not isinstance(request, dict) or request.get("a") != account_id:
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
