"""IAM User Guide, "Grammar of the IAM JSON policy language": would AWS have accepted the document?"""

import json

import pytest

from engine.semantics.iam.helpers import HOME, allow, deny, policy, statement, trust, without
from hardenlab.semantics.iam import validate

BUCKET = "arn:aws:s3:::lab-data"


def bucket_policy(action="s3:GetObject", resource=f"{BUCKET}/*", **more):
    return allow(action, resource, **({"Principal": "*"} | more))


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (allow("s3:*"), "identity"),
        (policy(without(statement(NotAction="iam:*"), "Action")), "boundary"),
        (allow("s3:GetObject", "arn:aws:s3:::lab-data/${aws:username, 'nobody'}/*", Sid="Home1"), "session"),
        (deny("*", Condition={"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]}}), "scp"),
        (deny("s3:*", Principal="*"), "rcp"),
        (trust({"Service": "ec2.amazonaws.com"}), "trust"),
        (
            trust({"Federated": "cognito-identity.amazonaws.com"}, ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]),
            "trust",
        ),
        (allow("*", Principal="*"), "vpc-endpoint"),
        (bucket_policy(Sid="Public read"), "bucket"),
        (allow("kms:*", Principal={"AWS": f"arn:aws:iam::{HOME}:root"}), "kms-key"),
        ({"Statement": without(statement(Principal={"AWS": HOME}), "Resource")}, "resource"),
        (policy(statement(Sid="A"), statement(Sid="B")), "identity"),
        (allow("s3:*", "arn:aws-us-gov:s3:::x"), "identity"),
        (allow("s3:*", "arn:aws:s3:*"), "identity"),
        (allow("s3:*", Condition={"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a*"]}}), "identity"),
        ({"Version": "2008-10-17", "Statement": statement(resource="arn:aws:s3:::${x")}, "identity"),
    ],
)
def test_a_sound_policy_has_no_problems(document, kind):
    assert validate(document, kind) == []
    assert validate(json.dumps(document), kind) == []


@pytest.mark.parametrize(
    ("document", "kind", "where"),
    [
        (policy(statement(), version="2017-10-12"), "identity", "Version"),
        ({"Statement": deny("*")["Statement"]}, "scp", "Version"),
        ({"Version": "2012-10-17", "Statement": "all"}, "identity", "Statement"),
        (policy("all"), "identity", "Statement[0]"),
        (policy(statement("Permit")), "identity", "Statement[0].Effect"),
        (policy(statement(), without(statement(), "Action")), "identity", "Statement[1]"),
        (policy(without(statement(), "Resource")), "identity", "Statement[0]"),
        (policy(statement(NotResource="*")), "identity", "Statement[0]"),
        (policy(statement(action="GetObject")), "identity", "Statement[0].Action"),
        (policy(statement(action="s 3:GetObject")), "identity", "Statement[0].Action"),
        (policy(statement(resource="lab-data")), "identity", "Statement[0].Resource"),
        (policy(statement(resource="arn:aws:s3:::a,b", Resources="x")), "identity", "Statement[0]"),
        (policy(statement(resource="arn:amazon:s3:::lab-data")), "identity", "Statement[0].Resource"),
        (policy(statement(resource="arn:aws:s3")), "identity", "Statement[0].Resource"),
        (
            policy(statement(resource="arn:aws:iam::${aws:PrincipalAccount}:role/x")),
            "identity",
            "Statement[0].Resource",
        ),
        (policy(statement(Sid="not plain")), "identity", "Statement[0].Sid"),
        (policy(statement(Sid="A"), statement(Sid="A")), "identity", "Statement[1].Sid"),
        (policy(statement(Sid=7)), "bucket", "Statement[0].Sid"),
        (policy(statement(Principal="*")), "identity", "Statement[0].Principal"),
        (policy(statement(Condition={"StringLikes": {"aws:x": "y"}})), "identity", "Statement[0].Condition"),
        (policy(statement(Condition={"StringLike": {"username": "y"}})), "identity", "Statement[0].Condition"),
        (policy(statement(Condition={"NullIfExists": {"aws:x": "true"}})), "identity", "Statement[0].Condition"),
        (policy(statement()), "bucket", "Statement[0]"),
        (bucket_policy(Principal={"AWS": "jane"}), "bucket", "Statement[0].Principal"),
        (bucket_policy("ec2:RunInstances"), "bucket", "Statement[0].Action"),
        (allow(Principal="*"), "trust", "Statement[0].Resource"),
        (trust({"AWS": HOME}, "s3:GetObject"), "trust", "Statement[0].Action"),
        (trust({"AWS": HOME}, "*"), "trust", "Statement[0].Action"),
        (
            policy({"Effect": "Allow", "NotPrincipal": {"AWS": HOME}, "Action": "sts:AssumeRole"}),
            "trust",
            "Statement[0].NotPrincipal",
        ),
        (allow("s3:*", Principal="*"), "rcp", "Statement[0].Effect"),
        (deny("s3:*", Principal={"AWS": HOME}), "rcp", "Statement[0].Principal"),
        (
            policy(without(statement("Deny", Principal="*", NotAction="s3:*"), "Action")),
            "rcp",
            "Statement[0].NotAction",
        ),
        (bucket_policy(Sid="x" * 21_000), "bucket", ""),
    ],
)
def test_a_problem_says_where_it_stands(document, kind, where):
    problems = validate(document, kind)
    assert where in [problem.where for problem in problems]
    assert all(problem.what for problem in problems)


@pytest.mark.parametrize(
    "resource", [BUCKET, f"{BUCKET}/*", f"{BUCKET}/a/${{aws:username}}", "arn:aws:s3:::lab-*", "*"]
)
def test_a_bucket_policy_may_speak_of_its_bucket(resource):
    assert validate(bucket_policy("s3:*", resource), "bucket", resource=BUCKET) == []


@pytest.mark.parametrize("resource", ["arn:aws:s3:::other/*", "arn:aws:s3:::lab-database/*", "arn:aws:s3:::lab-data2"])
def test_a_bucket_policy_may_speak_of_no_other_bucket(resource):
    (problem,) = validate(bucket_policy("s3:*", resource), "bucket", resource=BUCKET)
    assert problem.where == "Statement[0].Resource"


def test_several_problems_are_told_at_once():
    problems = validate(policy(statement("Permit", "GetObject", "lab-data")), "identity")
    assert [problem.where for problem in problems] == [
        "Statement[0].Effect",
        "Statement[0].Action",
        "Statement[0].Resource",
    ]


def test_a_twice_written_key_is_told():
    (problem,) = validate('{"Version": "2012-10-17", "Version": "2012-10-17"}', "identity")
    assert str(problem) == "the key 'Version' occurs twice in one object"


@pytest.mark.parametrize(
    ("kind", "most", "document"),
    [
        ("trust", 2048, lambda filler: trust({"AWS": HOME}, Condition={"StringEquals": {"sts:ExternalId": filler}})),
        ("boundary", 6144, lambda filler: allow("s3:GetObject", f"arn:aws:s3:::{filler}")),
        ("session", 2048, lambda filler: allow("s3:GetObject", f"arn:aws:s3:::{filler}")),
        ("scp", 5120, lambda filler: deny("s3:GetObject", f"arn:aws:s3:::{filler}")),
        ("rcp", 5120, lambda filler: deny("s3:GetObject", f"arn:aws:s3:::{filler}", Principal="*")),
        ("bucket", 20_480, lambda filler: bucket_policy(resource=f"{BUCKET}/{filler}")),
    ],
)
def test_a_policy_may_be_as_large_as_its_kind_allows(kind, most, document):
    def compact(filler):
        return json.dumps(document(filler), separators=(",", ":"))

    room = most - len(compact(""))
    assert validate(compact("x" * room), kind) == []
    (problem,) = validate(compact("x" * (room + 1)), kind)
    assert f"larger than {most} bytes" in problem.what


def test_white_space_does_not_count_in_iam():
    document = json.dumps(trust({"AWS": HOME}), indent=400)
    assert len(document) > 2048 and validate(document, "trust") == []
