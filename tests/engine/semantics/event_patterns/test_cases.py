"""The table of documented verdicts, and what AWS's documents disagree on."""

import json
from pathlib import Path

import pytest

from hardenlab.semantics.event_patterns import EventPattern, Malformed, Unjudged

TABLE = json.loads(Path(__file__).with_name("event_pattern_cases.json").read_text())
CASES = TABLE["cases"]


@pytest.mark.parametrize("case", CASES, ids=[f"{case['id']} {case['why']}" for case in CASES])
def test_documented_verdict(case):
    if case["expect"] == "invalid":
        with pytest.raises(Malformed, match=r"^event pattern\."):
            EventPattern.read(case["pattern"])
    else:
        match = EventPattern.read(case["pattern"]).decide(case["event"])
        assert match.matched is (case["expect"] == "match"), match.sentence


@pytest.mark.parametrize("case", TABLE["disputed"], ids=[case["pattern"] for case in TABLE["disputed"]])
def test_what_is_disputed_is_not_judged(case):
    with pytest.raises(Unjudged):
        EventPattern.read(case["pattern"]).matches(case["event"])
