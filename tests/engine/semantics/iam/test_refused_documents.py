"""What a bucket, trust or large policy may say, up to its very bounds."""

import json

import pytest

from engine.semantics.iam.helpers import (
    HOME,
    policy,
    statement,
    trust,
)
from hardenlab.semantics.iam import validate

BUCKET = "arn:aws:s3:::lab-data"


def to_everybody(**more):
    return policy(statement(Principal="*", **more))


@pytest.mark.parametrize(
    ("resource", "sound"),
    [(f"{BUCKET}/report.csv", True), (f"{BUCKET}-2/report.csv", False), ("arn:aws:s3:::lab/report.csv", False)],
)
def test_a_bucket_policy_names_objects_of_its_bucket(resource, sound):
    assert (validate(to_everybody(resource=resource), "bucket", resource=BUCKET) == []) is sound


def test_a_bucket_policy_names_actions_of_s3():
    (problem,) = validate(to_everybody(action="ec2:RunInstances"), "bucket")
    assert "'ec2:RunInstances' is not an action of S3" in str(problem)
    assert validate(to_everybody(action="*"), "bucket") == []


def test_an_action_that_is_too_long_is_told_and_not_expanded():
    problems = validate(to_everybody(action="s3:" + "Get" * 400), "bucket")
    assert {problem.where for problem in problems} == {"Statement[0].Action"}


def test_what_cannot_be_written_as_json_is_told():
    problems = validate({**to_everybody(), "Id": object()}, "bucket")
    assert any("cannot be written as JSON" in str(problem) for problem in problems)


def test_a_trust_policy_names_actions_of_sts():
    assert validate(trust({"AWS": HOME}, "sts:AssumeRole"), "trust") == []
    assert [str(p) for p in validate(trust({"AWS": HOME}, "s3:GetObject"), "trust")]


def bucket_problems(action="s3:GetObject", resource=f"{BUCKET}/*", **more):
    document = policy({"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource} | more)
    return [problem.what for problem in validate(document, "bucket", resource=BUCKET)]


@pytest.mark.parametrize("action", ["*", "s3:*", "S3:GetObject", ["s3:GetObject", "s3:Put*"]])
def test_actions_of_s3_may_stand_in_a_bucket_policy(action):
    assert bucket_problems(action) == []


def test_other_actions_may_not_stand_in_a_bucket_policy():
    assert "'ec2:RunInstances' is not an action of S3" in bucket_problems("ec2:RunInstances")


@pytest.mark.parametrize(
    "resource",
    [
        BUCKET,
        f"{BUCKET}/report.csv",
        f"{BUCKET}/*",
        f"{BUCKET}*",
        f"{BUCKET}/${{aws:username}}/*",
        "*",
        "arn:aws:s3:::lab*",
    ],
)
def test_a_bucket_policy_speaks_of_the_bucket_and_its_objects(resource):
    assert bucket_problems("s3:*", resource) == []


@pytest.mark.parametrize("resource", ["arn:aws:s3:::lab-data-2", "arn:aws:s3:::other/*", f"{BUCKET}-2/report.csv"])
def test_a_bucket_policy_speaks_of_no_other_bucket(resource):
    assert len(bucket_problems("s3:*", resource)) == 1


@pytest.mark.parametrize(("kind", "most"), [("bucket", 20_480), ("vpc-endpoint", 20_480), ("kms-key", 32_768)])
def test_the_largest_policy_is_taken_and_a_larger_one_is_not(kind, most):
    document = policy(statement(Principal="*", Action="*", Sid=""))
    document["Statement"][0]["Sid"] = "x" * (most - len(json.dumps(document, separators=(",", ":"))))
    text = json.dumps(document, separators=(",", ":"))
    larger = text.replace('"xxx', '"xxxx', 1)
    assert (len(text), len(larger)) == (most, most + 1)

    def told(written):
        return [problem.what for problem in validate(written, kind) if "larger" in problem.what]

    assert told(text) == [] and told(document) == []
    assert told(larger) == [f"the policy is larger than {most} bytes"]


def test_what_is_no_json_is_told():
    document = policy(statement(Principal="*", Condition={"StringEquals": {"aws:x": {1, 2}}}))
    assert "the policy cannot be written as JSON" in [problem.what for problem in validate(document, "bucket")]
