"""IAM User Guide, "Grant least privilege": granted against needed, over every request that can occur."""

import json
from pathlib import Path

import pytest

from engine.semantics.iam.helpers import HOME, JANE, allow, deny, policy, statement
from hardenlab.semantics.iam import CannotJudge, Policies, Request, compare, requests_of, universe
from hardenlab.semantics.iam.actions import expand
from hardenlab.semantics.iam.privilege import neighbours

CASES = json.loads((Path(__file__).parent / "iam_cases.json").read_text())["least_privilege"]
RELATIONS = {"incomparable": "different"}
RESOURCES = {
    "bucket": ["arn:aws:s3:::lab-data", "arn:aws:s3:::lab-database", "arn:aws:s3:::other"],
    "object": [
        "arn:aws:s3:::lab-data/report.csv",
        "arn:aws:s3:::lab-data/a/x",
        "arn:aws:s3:::lab-data/in/x",
        "arn:aws:s3:::lab-database/x",
        "arn:aws:s3:::other/x",
    ],
}
ACTIONS = {one.full_name: [kind.name for kind in one.resources] for one in expand("s3:*")}


def s3_universe():
    return universe(JANE, HOME, ACTIONS, RESOURCES)


@pytest.mark.parametrize("case", CASES, ids=[f"{case['id']} {case['why']}" for case in CASES])
def test_relation_is_the_documented_one(case):
    comparison = compare(case["candidate"], case["needed"], s3_universe())
    assert comparison.relation == RELATIONS.get(case["expect"], case["expect"])


def test_the_requests_that_make_the_difference_are_listed():
    comparison = compare(
        allow("s3:*Object", "arn:aws:s3:::lab-data/in/*"),
        allow("s3:GetObject", "arn:aws:s3:::lab-data/*"),
        s3_universe(),
    )
    assert comparison.relation == "different"
    assert Request(JANE, "s3:PutObject", "arn:aws:s3:::lab-data/in/x", HOME) in comparison.surplus
    assert Request(JANE, "s3:GetObject", "arn:aws:s3:::lab-data/a/x", HOME) in comparison.missing


def test_one_statement_for_bucket_and_objects_is_no_surplus():
    together = allow(["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::lab-data", "arn:aws:s3:::lab-data/*"])
    apart = policy(
        statement(action="s3:GetObject", resource="arn:aws:s3:::lab-data/*"),
        statement(action="s3:ListBucket", resource="arn:aws:s3:::lab-data"),
    )
    assert compare(together, apart, s3_universe()).relation == "equal"


def test_a_bucket_name_without_its_slash_lets_the_sibling_in():
    comparison = compare(
        allow("s3:GetObject", "arn:aws:s3:::lab-data*"),
        allow("s3:GetObject", "arn:aws:s3:::lab-data/*"),
        s3_universe(),
    )
    assert {request.resource for request in comparison.surplus} == {"arn:aws:s3:::lab-database/x"}


def test_narrower_is_told_by_what_is_missing():
    narrowed = policy(statement(action="s3:*"), statement("Deny", "s3:DeleteBucket"))
    comparison = compare(narrowed, allow("s3:*"), s3_universe())
    assert comparison.relation == "narrower"
    assert {request.action for request in comparison.missing} == {"s3:DeleteBucket"}


def test_contexts_are_part_of_the_universe():
    contexts = [{"aws:SecureTransport": "true"}, {"aws:SecureTransport": "false"}]
    requests = universe(JANE, HOME, {"s3:GetObject": ["object"]}, RESOURCES, contexts)
    tls_only = Policies(
        identity=[allow("s3:GetObject"), deny("s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}})]
    )
    comparison = compare(allow("s3:GetObject"), tls_only, requests)
    assert comparison.relation == "broader"
    assert all(request.context["aws:SecureTransport"] == "false" for request in comparison.surplus)


def test_a_request_that_cannot_be_judged_is_named():
    unclear = allow("s3:GetObject", Condition={"NumericLessThan": {"s3:max-keys": "ten"}})
    requests = universe(JANE, HOME, {"s3:GetObject": ["object"]}, RESOURCES, [{"s3:max-keys": "1"}])
    with pytest.raises(CannotJudge, match=r"s3:GetObject on arn:aws:s3:::lab-data/report\.csv"):
        compare(unclear, allow("s3:GetObject"), requests)


BUCKET, REPORT = "arn:aws:s3:::lab-data", "arn:aws:s3:::lab-data/in/report.csv"
QUEUE = f"arn:aws:sqs:eu-west-1:{HOME}:orders"


def granted_and_needed(granted, needed, patterns=("s3:*",), arns=(BUCKET, REPORT)):
    return compare(granted, needed, requests_of(JANE, HOME, patterns, arns))


@pytest.mark.parametrize(
    ("granted", "surplus"),
    [
        (allow("s3:GetObject", "arn:aws:s3:::lab-data*"), "arn:aws:s3:::lab-data-other/in/report.csv"),
        (allow("s3:GetObject", "arn:aws:s3:::*/in/*"), "arn:aws:s3:::other-lab-data/in/report.csv"),
        (allow("s3:GetObject*", "arn:aws:s3:::lab-data/in/*"), REPORT),
    ],
)
def test_the_neighbours_show_what_a_careless_pattern_takes_along(granted, surplus):
    needed = allow("s3:GetObject", "arn:aws:s3:::lab-data/in/*")
    comparison = granted_and_needed(granted, needed)
    assert comparison.relation == "broader"
    assert surplus in {request.resource for request in comparison.surplus}


def test_a_right_answer_in_other_words_is_equal():
    needed = allow(["s3:GetObject", "s3:ListBucket"], [BUCKET, f"{BUCKET}/*"])
    otherwise = policy(
        statement(action="s3:Getobject", resource="arn:aws:s3:::lab-dat?/*"),
        statement(action="S3:ListBucket", resource=BUCKET),
    )
    assert granted_and_needed(otherwise, needed).relation == "equal"


def test_requests_are_those_that_exist():
    asked = {(request.action, request.resource) for request in requests_of(JANE, HOME, ["sqs:*", "s3:List*"], [QUEUE])}
    assert ("sqs:SendMessage", QUEUE) in asked and ("s3:ListAllMyBuckets", "*") in asked
    assert ("sqs:SendMessage", QUEUE.replace(HOME, "999999999999")) in asked
    assert not any(action == "s3:ListBucket" for action, _ in asked)


@pytest.mark.parametrize(
    ("arn", "others"),
    [
        (BUCKET, ["arn:aws:s3:::lab-data-other", "arn:aws:s3:::other-lab-data"]),
        (REPORT, ["arn:aws:s3:::lab-data-other/in/report.csv", "arn:aws:s3:::other-lab-data/in/report.csv",
                  "arn:aws:s3:::lab-data/other/in/report.csv"]),
        (QUEUE, [f"{QUEUE}-other", QUEUE.replace("orders", "other-orders"), QUEUE.replace(HOME, "999999999999")]),
        (f"arn:aws:iam::{HOME}:role/deploy",
         [f"arn:aws:iam::{HOME}:role/deploy-other", f"arn:aws:iam::{HOME}:role/other-deploy",
          "arn:aws:iam::999999999999:role/deploy"]),
        (f"arn:aws:dynamodb:eu-west-1:{HOME}:table/orders/index/by-day",
         [f"arn:aws:dynamodb:eu-west-1:{HOME}:table/orders-other/index/by-day",
          f"arn:aws:dynamodb:eu-west-1:{HOME}:table/other-orders/index/by-day",
          f"arn:aws:dynamodb:eu-west-1:{HOME}:table/orders/other/index/by-day",
          "arn:aws:dynamodb:eu-west-1:999999999999:table/orders/index/by-day"]),
        ("*", []),
    ],
)  # fmt: skip
def test_neighbours_are_what_a_careless_pattern_takes_along(arn, others):
    assert neighbours(arn) == others


def test_neighbours_keep_the_kind_of_resource():
    role = f"arn:aws:iam::{HOME}:role/deploy"
    assert all(found.split(":")[5].startswith("role/") for found in neighbours(role))
    assert role not in neighbours(role) and neighbours("*") == []


def test_a_comparison_explains_itself():
    told = granted_and_needed(allow("s3:GetObject*", f"{BUCKET}/*"), allow("s3:GetObject", f"{BUCKET}/*")).explain()
    assert told.sentence.startswith("It allows ") and "too many, such as s3:GetObject" in told.sentence
    assert told.data["relation"] == "broader" and told.data["missing"] == []
    same = granted_and_needed(allow("s3:GetObject", BUCKET), allow("s3:GetObject", BUCKET)).explain()
    assert same.sentence == "It allows what is needed and nothing else"
