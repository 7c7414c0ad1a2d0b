"""The table of documented decisions."""

import json
from pathlib import Path

import pytest

from hardenlab.semantics.iam import Policies, Principal, Request, decide

CASES = json.loads((Path(__file__).parent / "iam_cases.json").read_text())["evaluate"]


def principal_of(described):
    fields = dict(described)
    return Principal(kind=fields.pop("type"), **fields)


def policies_of(described):
    return Policies(
        identity=described["identity"],
        resource=described["resource"],
        boundary=described["boundary"],
        scps=described["scps"],
        rcps=described["rcps"],
        session=[described["session"]] if described["session"] else [],
    )


@pytest.mark.parametrize("case", CASES, ids=[f"{case['id']} {case['title']}" for case in CASES])
def test_decision_is_the_documented_one(case):
    request = Request(
        principal_of(case["principal"]),
        case["action"],
        case["resource"],
        case["resource_account"],
        case["context"],
    )
    decision = decide(request, policies_of(case["policies"]))
    assert decision.allowed == (case["expect"] == "allow"), case["why"]
    assert decision.kind == case["expect_kind"], case["why"]


def test_every_case_that_allows_or_denies_explicitly_names_a_statement():
    for case in CASES:
        request = Request(
            principal_of(case["principal"]),
            case["action"],
            case["resource"],
            case["resource_account"],
            case["context"],
        )
        decision = decide(request, policies_of(case["policies"]))
        assert decision.statements or decision.kind == "implicit-deny", case["id"]
        assert decision.because
