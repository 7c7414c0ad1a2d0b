"""Access Analyzer's policy checks: what a document says in vain, and nothing about a sound one."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.semantics.iam.helpers import HOME, allow, policy, statement, when, without
from hardenlab.semantics.iam import CannotJudge, lint, validate
from hardenlab.semantics.iam.actions import service
from hardenlab.semantics.iam.overlap import may_cover

BUCKET, OBJECT = "arn:aws:s3:::lab-data", "arn:aws:s3:::lab-data/*"
FOR_ALL = "FOR_ALL_VALUES_WITH_SINGLE_VALUED_KEY"
ROLES, QUEUE = f"arn:aws:iam::{HOME}:role/team/*", f"arn:aws:sqs:eu-west-1:{HOME}:q"
INSTANCES = f"arn:aws:ec2:*:{HOME}:instance/*"
TABLE = f"arn:aws:dynamodb:eu-west-1:{HOME}:table/orders"


def codes(document):
    return [remark.code for remark in lint(document)]


@pytest.mark.parametrize(
    "document",
    [
        allow("s3:GetObject", OBJECT),
        allow("s3:Get*", OBJECT),
        allow("s3:*", [BUCKET, OBJECT]),
        allow(["s3:GetObject", "s3:ListBucket"], [BUCKET, OBJECT]),
        allow("*"),
        allow("s3:*", "*"),
        allow("ec2:DescribeInstances", "*"),
        allow("s3:GetObject", "arn:aws:s3:::lab-*"),
        allow("s3:GetObject", "arn:aws:s3:::${aws:username}/*"),
        allow("dynamodb:Query", [TABLE, f"{TABLE}/index/*"]),
        allow("iam:PassRole", ROLES, **when(StringEquals={"iam:PassedToService": "ec2.amazonaws.com"})),
        allow("s3:ListBucket", BUCKET, **when(StringLike={"s3:prefix": ["home/*"]})),
        allow("s3:ListBucket", BUCKET, **when(NumericLessThan={"s3:max-keys": "10"})),
        allow("s3:*", "*", **when(Bool={"aws:SecureTransport": "true"})),
        allow("s3:*", "*", **when(IpAddress={"aws:SourceIp": ["10.0.0.0/8", "::1"]})),
        allow("s3:*", "*", **when(DateLessThan={"aws:CurrentTime": "2026-11-25T00:00:00Z"})),
        allow("s3:*", "*", **when(Null={"aws:TokenIssueTime": "true"})),
        allow("ec2:CreateTags", "*", **when(ForAllValues__StringEquals={"aws:TagKeys": ["a"]})),
        allow("s3:GetObject", OBJECT, **when(StringEquals={"s3:ExistingObjectTag/class": "public"})),
        allow("sqs:SendMessage", QUEUE, **when(ArnLike={"aws:SourceArn": "arn:aws:sns:*:*:t"})),
        policy(without(statement(NotAction="iam:*"), "Action")),
    ],
)  # fmt: skip
def test_a_sound_policy_gets_no_remark(document):
    assert [str(remark) for remark in lint(document)] == []
    assert validate(document, "identity") == []


@pytest.mark.parametrize(
    ("document", "code", "words"),
    [
        (allow("s3:GetObjct", OBJECT), "INVALID_ACTION", "is s3:GetObject meant"),
        (allow("s3:ListObjects", BUCKET), "INVALID_ACTION", "there is no action"),
        (allow("s3:Zet*"), "INVALID_ACTION", "no action matches"),
        (allow("s4:GetObject"), "INVALID_SERVICE_IN_ACTION", "no service has the prefix 's4'"),
        (allow("s3:GetObject", BUCKET), "UNSUPPORTED_RESOURCE", "${BucketName}/${ObjectName}"),
        (allow("s3:ListBucket", OBJECT), "UNSUPPORTED_RESOURCE", "acts on none"),
        (allow("s3:ListAllMyBuckets", BUCKET), "UNSUPPORTED_RESOURCE", 'must say "*"'),
        (allow("ec2:DescribeInstances", INSTANCES), "UNSUPPORTED_RESOURCE", "takes no resource"),
        (allow("sns:Publish", f"arn:aws:sns::{HOME}:topic"), "UNSUPPORTED_RESOURCE", "acts on none"),
        (allow("iam:GetRole", f"arn:aws:iam:eu-west-1:{HOME}:role/x"), "UNSUPPORTED_RESOURCE", "acts on none"),
        (allow("s3:GetObject", [OBJECT, TABLE]), "UNSUPPORTED_RESOURCE", "no action of the statement acts on"),
        (allow("s3:GetObject", OBJECT, **when(StringEquals={"s3:prefix": "x"})), "UNSUPPORTED_CONDITION_KEY", "carry"),
        (allow(**when(StringEquals={"aws:Username1": "x"})), "INVALID_GLOBAL_CONDITION_KEY", "no such condition key"),
        (allow(**when(StringEquals={"s3:nokey": "x"})), "INVALID_SERVICE_CONDITION_KEY", "no such condition key"),
        (allow("s3:ListBucket", BUCKET, **when(IpAddress={"s3:max-keys": "1"})), "TYPE_MISMATCH", "does not compare"),
        (allow(**when(NumericEquals={"aws:username": "1"})), "TYPE_MISMATCH", "of type String"),
        (allow(**when(Bool={"aws:SourceIp": "true"})), "TYPE_MISMATCH", "of type IPAddress"),
        (allow(**when(Bool={"aws:SecureTransport": "yes"})), "DATA_TYPE_MISMATCH", "neither true nor false"),
        (allow(**when(IpAddress={"aws:SourceIp": "300.1.1.1/8"})), "DATA_TYPE_MISMATCH", "not an address range"),
        (allow(**when(DateLessThan={"aws:CurrentTime": "tomorrow"})), "DATA_TYPE_MISMATCH", "not a date"),
        (allow(**when(NumericLessThan={"aws:MultiFactorAuthAge": "one"})), "DATA_TYPE_MISMATCH", "not a number"),
        (allow(**when(ArnEquals={"aws:SourceArn": "lab-data"})), "DATA_TYPE_MISMATCH", "not an ARN"),
        (allow(**when(StringEquals={"aws:TagKeys": "a"})), "MISSING_QUALIFIER", "several values"),
        (allow(**when(ForAllValues__StringEquals={"aws:username": "a"})), FOR_ALL, "absent"),
        (policy(statement(resource="arn:aws:s3:::${a:x}/*"), version="2008-10-17"), "OUTDATED_POLICY_VERSION", "2012"),
    ],
)  # fmt: skip
def test_what_is_said_in_vain_is_told(document, code, words):
    told = lint(json.dumps(document))
    assert code in [remark.code for remark in told]
    assert any(words in str(remark) for remark in told), told


def test_what_stands_for_many_services_says_nothing_of_the_others():
    odd = when(StringEquals={"ec2:Region": "x"})
    assert (
        lint(allow(["s3:GetObject", "*"], OBJECT, **odd))
        == lint(allow(["s3:GetObject", "s*:Get*"], OBJECT, **odd))
        == []
    )
    assert [one.code for one in lint(allow(["s3:GetObject"], OBJECT, **odd))] == ["UNSUPPORTED_CONDITION_KEY"]
    assert [one.code for one in lint(allow(["s3:Nothing", "*"]))] == ["INVALID_ACTION"]


def test_a_hundred_actions_of_a_statement_are_looked_at():
    assert len(lint(allow([f"s3:Nothing{number}" for number in range(100)]))) == 100
    assert len(lint(allow([f"s3:Nothing{number}" for number in range(101)]))) == 100


def test_the_place_is_told():
    (remark,) = lint(policy(statement(action="s3:*"), statement(action="s3:Nothing")))
    assert remark.where == "Statement[1].Action"


def test_a_document_that_cannot_be_read_is_refused():
    for broken in ("{", '["a"]', {"Statement": ["x"]}, allow("GetObject")):
        with pytest.raises(CannotJudge):
            lint(broken)


def test_a_hostile_document_is_bounded():
    many = policy(*(statement(action=f"s3:Nothing{n}") for n in range(500)))
    assert len(lint(many)) == 200
    stars = allow("s3:GetObject", ["arn:aws:s3:::" + "*a?" * 300 for _ in range(20)])
    assert isinstance(lint(stars), list)


FORMATS = tuple(kind.arn for kind in service("s3").resources.values())
BUCKET_FORMAT, OBJECT_FORMAT = (
    "arn:${Partition}:s3:::${BucketName}",
    "arn:${Partition}:s3:::${BucketName}/${ObjectName}",
)


@pytest.mark.parametrize(
    ("pattern", "bucket", "object_"),
    [
        (BUCKET, True, False),
        (OBJECT, False, True),
        ("arn:aws:s3:::*", True, True),
        ("arn:aws:s3:::lab-*", True, True),
        ("arn:aws:s3:::*/x", False, True),
        ("arn:aws:s3:::lab?data", True, True),
        ("arn:aws:s3:::${aws:username}", True, True),
        ("arn:aws:s3:*:*:lab", True, False),
        ("arn:aws:s3:eu-west-1::lab", False, False),
        ("arn:*", True, True),
        (TABLE, False, False),
    ],
)
def test_patterns_meet_formats(pattern, bucket, object_):
    assert may_cover(pattern, BUCKET_FORMAT, FORMATS) is bucket
    assert may_cover(pattern, OBJECT_FORMAT, FORMATS) is object_


letters = st.text(alphabet="ab/", max_size=4)
globs = st.text(alphabet="ab/*?", max_size=6)


@settings(max_examples=200, deadline=None)
@given(globs, letters, letters)
def test_a_text_of_the_format_that_matches_shows_that_they_meet(glob, bucket, key):
    arn = f"arn:aws:s3:::{bucket}/{key}"
    expression = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in f"arn:aws:s3:::{glob}")
    if re.fullmatch(expression, arn):
        assert may_cover(f"arn:aws:s3:::{glob}", OBJECT_FORMAT, FORMATS)


@pytest.mark.parametrize(
    ("action", "resource", "words"),
    [
        ("s3:GetObjct", OBJECT, "is not an action of S3"),
        ("s3:GetObject", BUCKET, "does not apply to any resource"),
        ("s3:ListBucket", OBJECT, "does not apply to any resource"),
        (["s3:GetObject", "s3:ListBucket"], OBJECT, "'s3:ListBucket' does not apply"),
    ],
)
def test_s3_refuses_a_bucket_policy_whose_action_does_nothing(action, resource, words):
    problems = validate(allow(action, resource, Principal="*"), "bucket", resource=BUCKET)
    assert [problem for problem in problems if words in str(problem)]
    sound = allow(["s3:GetObject", "s3:ListBucket", "s3:Get*"], [BUCKET, OBJECT], Principal="*")
    assert validate(sound, "bucket", resource=BUCKET) == []
