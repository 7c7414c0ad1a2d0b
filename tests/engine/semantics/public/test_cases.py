"""The table of documented public and non-public bucket policies."""

import json
from pathlib import Path

import pytest

from hardenlab.semantics.public import bucket_is_public

CASES = json.loads((Path(__file__).parents[1] / "iam" / "iam_cases.json").read_text())["public_bucket_policy"]


@pytest.mark.parametrize("case", CASES, ids=[f"{case['id']} {case['why']}" for case in CASES])
def test_verdict_is_the_documented_one(case):
    verdict = bucket_is_public(case["policy"])
    assert verdict.public == case["expect_public"], case["why"]
    assert bool(verdict.statements) == verdict.public
