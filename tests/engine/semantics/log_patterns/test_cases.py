"""The table of documented verdicts, and what no page defines."""

import json
from pathlib import Path

import pytest

from hardenlab.semantics.log_patterns import FilterPattern, Malformed, Unjudged

TABLE = json.loads(Path(__file__).with_name("filter_pattern_cases.json").read_text())
CASES = TABLE["cases"]


@pytest.mark.parametrize("case", CASES, ids=[f"{case['id']} {case['why']}" for case in CASES])
def test_documented_verdict(case):
    if case["expect"] == "invalid":
        with pytest.raises(Malformed):
            FilterPattern.read(case["pattern"])
    else:
        match = FilterPattern.read(case["pattern"]).decide(case["message"])
        assert match.matched is (case["expect"] == "match"), match.sentence


@pytest.mark.parametrize("case", TABLE["undocumented"], ids=[case["question"] for case in TABLE["undocumented"]])
def test_what_aws_does_not_document_is_not_judged(case):
    with pytest.raises(Unjudged):
        FilterPattern.read(case["pattern"]).matches(case["message"])
