"""A journal is read, replayed and judged in a fork that was made for it."""

import base64
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from hardenlab.assess.assess import recorded_answers
from hardenlab.assess.jobs import ASSESS
from hardenlab.attempt.server import header_of
from hardenlab.cohort import judge as judging
from hardenlab.cohort import worker
from hardenlab.cohort.judge import JUDGE, Judge
from hardenlab.course.load import load_course
from hardenlab.environment import JobFailed, find_environment
from hardenlab.journal.file import Journal, read_journal
from hardenlab.journal.line import Line, encode
from helpers.classroom import everything
from helpers.direct import TINY, Account, Ticker, tiny_world
from helpers.same import differences, state
from helpers.writes import WRITES, write

MANY = 2_500


@pytest.fixture(scope="module")
def section():
    return load_course(TINY).section("l1-tiny")


@pytest.fixture(scope="module")
def world(moto_backend):
    with tiny_world(moto_backend, "judged") as world:
        yield world


def attempt(world, section, path):
    """An account with a journal as the front begins it."""
    Journal.create(path, header_of(section, world, find_environment("moto"))).close()
    return Account(world, path, Ticker())


def question(world, journal):
    content = {"environment": "moto", "journal": base64.b64encode(journal).decode()}
    return {**world.question({}), **content}


def test_a_replay_in_a_job_leads_to_the_account_that_the_front_left(world, section, tmp_path):
    """Over twenty services, though nothing of the answers is written that nobody reads."""
    left = attempt(world, section, tmp_path / "a.journal")
    for number, which in enumerate(WRITES):
        write(left, which, number)
    backend = world.fresh()
    backend.run_here(JUDGE, question(world, left.path.read_bytes()), 60)
    place = SimpleNamespace(fresh=lambda: backend, account_id=world.account_id, region=world.region)
    replayed = Account(place, tmp_path / "b.journal", left.ledger._clock)
    assert not differences(state(left), state(replayed))
    left.close()
    replayed.close()


def test_the_assessment_is_the_one_that_the_live_account_gets(world, section, tmp_path):
    left = attempt(world, section, tmp_path / "a.journal")
    everything(left)
    answers = recorded_answers(left.ledger.journal.history.answers)
    live = left.ledger.look(ASSESS, world.question(answers))
    told = world.fresh().conclude(JUDGE, question(world, left.path.read_bytes()), 60)["assessment"]
    assert json.loads(told) == live
    assert live["earned"] == 7
    left.close()


def test_answers_are_written_where_one_of_them_was_an_error_of_the_server():
    call = Line("call", 1, 1.8e9, {})

    def ended(status):
        return judging._went_well([(call, Line("outcome", 1, 1.8e9, {"status": status})), (call, None)])

    assert ended(200) and ended(400)
    assert not ended(500) and not ended("200")


def test_the_process_of_an_account_holds_no_channel_but_its_own(world):
    backend = world.fresh()
    other = world.fresh()
    other.digest()  # it has begun to serve, and closed what it does not need
    held = [str(path.readlink()) for path in Path(f"/proc/{other.pid}/fd").iterdir()]
    assert len([name for name in held if name.startswith("socket:")]) == 1, held
    backend.close()
    other.close()


def test_a_journal_that_takes_too_long_goes_to_a_person(world, section, tmp_path, monkeypatch):
    """The next one is judged."""
    honest = attempt(world, section, tmp_path / "honest.journal")
    everything(honest)
    honest.close()
    endless = tmp_path / "endless.journal"
    endless.write_bytes(repeated(honest.path, MANY))
    request = {"section": section.id, "variant": "judged"}
    judge = Judge(load_course(TINY), find_environment("moto"))
    try:
        judge.world(section, "judged")
        with monkeypatch.context() as patch:
            patch.setattr(judging, "WALL_SECONDS", 0.2)
            told = json.loads(worker._one(judge, request, endless.read_bytes()))
        assert told["problem"].startswith("judging the journal failed: the emulated account did not answer within")
        assert told["problem"].endswith("A person must look.")
        assert json.loads(worker._one(judge, request, honest.path.read_bytes()))["assessment"]["earned"] == 7
    finally:
        judge.close()


def repeated(journal, times):
    """The journal with its last call again and again, as the front would have written it."""
    contents = read_journal(journal)
    lines = [Line("header", 0, 0.0, dict(contents.header)), *contents.lines]
    call = next(line for line in reversed(lines) if line.kind == "call")
    outcome = next(line for line in reversed(lines) if line.kind == "outcome")
    last = lines[-1].number
    for number in range(last + 1, last + times):
        lines += [Line("call", number, call.time, call.data), Line("outcome", number, call.time, outcome.data)]
    checksum, out = "", []
    for line in lines:
        text, checksum = encode(line, checksum)
        out.append(text)
    return b"".join(out)


def test_what_breaks_a_journals_reader_is_told_in_a_sentence(world):
    backend = world.fresh()
    with pytest.raises(JobFailed) as problem:
        backend.run_here(JUDGE, question(world, b"\xff\xfe\x00not a journal"), 60)
    assert "Traceback" not in str(problem.value)
    backend.close()
