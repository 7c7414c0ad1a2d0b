"""Any seed: evidence is valid, labelled on attacks only, answered by its own records, and the same everywhere."""

import hashlib
import json
import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardenlab import Variation, evidence
from hardenlab.evidence.delivery import moment_of

EVERYTHING = {"attacks": tuple(evidence.ATTACKS), "decoys": tuple(evidence.DECOYS)}


@settings(max_examples=6, deadline=None, derandomize=True)
@given(st.text(max_size=20), st.integers(3, 5), st.sampled_from([0.02, 0.1]))
def test_any_seed_gives_valid_evidence_with_answers(seed, days, pace):
    case = evidence.Case(Variation(seed), days=days, pace=pace, **EVERYTHING)
    hostile = {name: [] for name in evidence.ATTACKS}
    for one in case.labelled_events():
        assert evidence.problems(one.record) == []
        if one.label:
            hostile[one.label.story].append(one.record)
    for name, events in hostile.items():
        answers = case.answers(name)
        assert answers, "every attack leaves something to ask about"
        assert all(answer.accepts(answer.value) for answer in answers.values())
        if events:
            assert answers["calls"].value == len(events)
            assert answers["first_event_id"].value == events[0]["eventID"]
            assert {event["sourceIPAddress"] for event in events} == set(answers["addresses"].value)
    for decoy in evidence.DECOYS:
        assert not any(one.label for one in case.stories[decoy].events)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(st.text(max_size=20), st.sampled_from(sorted(evidence.ATTACKS)), st.sampled_from(sorted(evidence.ATTACKS)))
def test_the_answers_to_a_story_do_not_hang_on_the_others(seed, one, other):
    alone = evidence.Case(Variation(seed), attacks=(one,), days=3)
    beside = evidence.Case(Variation(seed), attacks=(other, one) if other != one else (one,), days=3)
    kinds = ("calls", "failed_logins", "bytes_taken", "objects_deleted", "queries", "stolen_key", "first_event_time")
    for question in kinds:
        assert alone.answers(one).get(question) == beside.answers(one).get(question)


DIGEST = """
import hashlib, json
from hardenlab import Variation, evidence
every = {"attacks": tuple(evidence.ATTACKS), "decoys": tuple(evidence.DECOYS)}
case = evidence.Case(Variation("everywhere"), days=3, pace=0.02, **every)
digest = hashlib.sha256()
for stream in (case.events(), case.flow_lines(), case.dns_records(), case.findings(), case.insights()):
    for record in stream:
        digest.update(json.dumps(record).encode())
for file in case.log_files():
    digest.update(file.key.encode())
print(digest.hexdigest())
"""


def test_evidence_is_the_same_in_every_process():
    told = {
        subprocess.run(
            [sys.executable, "-c", DIGEST], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1 and len(told.pop().strip()) == 64


def test_parts_of_events_that_are_shared_can_be_written_down():
    case = evidence.Case(Variation("shared"), attacks=("leaked_key",), days=3, pace=0.05)
    first = hashlib.sha256(json.dumps(list(case.events())).encode()).hexdigest()
    assert first == hashlib.sha256(json.dumps(list(case.events())).encode()).hexdigest()


@pytest.mark.parametrize("days", [3, 90])
def test_the_shortest_and_the_longest_case_have_their_stories_inside(days):
    case = evidence.Case(Variation("long"), days=days, **EVERYTHING)
    for name, story in case.stories.items():
        for one in story.events:
            assert case._first <= moment_of(one.record) < case._end, name
        for talk in story.conversations:
            assert case._first <= talk.start < case._end, name
