"""Which requests are tried, how many, and what their verdicts say as data."""

import pytest

from engine.semantics.public.documents import acl, bucket_policy, group
from hardenlab.semantics.iam import CannotJudge
from hardenlab.semantics.public import (
    Bucket,
    Witness,
    anonymous_access,
    bucket_is_public,
    bucket_policy_is_public,
    foreign_accounts,
    public_witness,
    resource_policy_is_public,
    resource_witness,
    snapshot_is_public,
)
from hardenlab.semantics.public.samples import sample_contexts, sample_keys

HOME, PARTNER = "111122223333", "444455556666"
BUCKET = "arn:aws:s3:::lab-data"
TOPIC = f"arn:aws:sns:us-east-1:{HOME}:alerts"
REPOSITORY = f"arn:aws:ecr:us-east-1:{HOME}:repository/shop"


def granting(action="sns:Publish", resource="*", condition=None, **principal):
    body = {"Effect": "Allow", "Action": action, **(principal or {"Principal": "*"})}
    body |= {"Resource": resource} if resource else {}
    return {"Version": "2012-10-17", "Statement": [body | ({"Condition": condition} if condition else {})]}


@pytest.mark.parametrize(
    ("permission", "actions"),
    [
        ("READ", ("s3:GetObject", "s3:GetObjectVersion")),
        ("READ_ACP", ("s3:GetObjectAcl", "s3:GetObjectVersionAcl")),
        ("WRITE_ACP", ("s3:PutObjectAcl", "s3:PutObjectVersionAcl")),
        ("FULL_CONTROL", ("s3:GetObject", "s3:GetObjectAcl", "s3:PutObjectAcl")),
        ("WRITE", ()),
    ],
)
def test_each_permission_of_an_object_acl_stands_for_its_actions(permission, actions):
    """S3 User Guide, "Access control list (ACL) overview", section "What permissions can I grant?"."""
    every = ("s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectAcl", "s3:GetObjectVersionAcl", "s3:PutObjectAcl")
    every += ("s3:PutObjectVersionAcl", "s3:PutObject", "s3:DeleteObject")
    bucket = Bucket(name="lab-data", owner=HOME, object_acls={"a": acl(group("AllUsers", permission))})
    allowed = {action for action in every if anonymous_access(bucket, action, "a").allowed}
    assert allowed >= set(actions)
    assert permission == "FULL_CONTROL" or allowed == set(actions)


POINT = f"arn:aws:s3:us-west-2:{HOME}:accesspoint/*"


@pytest.mark.parametrize(
    ("condition", "public"),
    [
        ({"ArnLike": {"s3:DataAccessPointArn": [POINT, "arn:aws:s3:us-west-2:*:accesspoint/*"]}}, True),
        ({"ArnLike": {"s3:DataAccessPointArn": [POINT, POINT.replace("west", "east")]}}, False),
    ],
)
def test_every_access_point_must_be_of_a_known_account(condition, public):
    assert bucket_policy_is_public(bucket_policy(condition=condition)).public is public


@pytest.mark.parametrize(
    ("policy", "public"),
    [
        (granting(NotPrincipal={"AWS": HOME}), True),
        (granting(condition={"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-a1b2c3d4e5/r-1/*", "*"]}}), True),
        (granting(condition={"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-a1b2c3d4e5/r-1/*"] * 2}}), False),
        (granting(condition={"ArnLike": {"aws:SourceArn": [TOPIC, "*"]}}), True),
    ],
)
def test_every_value_must_confine_it(policy, public):
    assert resource_policy_is_public(policy, "sns").public is public


def test_what_is_no_arn_names_no_account():
    short = granting(condition={"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:{PARTNER}"}})
    assert [one.account for one in foreign_accounts(short, HOME)] == ["*"]
    whole = granting(condition={"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:{PARTNER}:*"}})
    assert [one.account for one in foreign_accounts(whole, HOME)] == [PARTNER]
    assert [one.account for one in foreign_accounts(granting(NotPrincipal={"AWS": PARTNER}), HOME)] == ["*"]


def test_keys_are_taken_from_the_resources_of_grants():
    inside = granting("s3:GetObject", [f"{BUCKET}/pub/*.css", f"{BUCKET}/?", BUCKET, "arn:aws:s3:::other/x"])
    assert sample_keys(inside, BUCKET) == ["probe", "pub/a.css", "a"]
    assert sample_keys(granting("s3:GetObject", None), BUCKET) == sample_keys(None, BUCKET) == ["probe"]
    denied = granting("s3:GetObject", f"{BUCKET}/x")
    denied["Statement"][0]["Effect"] = "Deny"
    assert sample_keys(denied, BUCKET) == ["probe"]


def referring(*pages):
    statements = [granting(condition={"StringLike": {"aws:Referer": page}})["Statement"][0] for page in pages]
    return {"Version": "2012-10-17", "Statement": statements}


def test_each_statement_is_met_over_https_and_http():
    plain = sample_contexts(None)
    assert [one["aws:SecureTransport"] for one in plain] == ["true", "false"]
    assert sample_contexts(referring("a*", "b?"))[2:] == [
        {**one, "aws:referer": page} for page in ("aa", "ba") for one in plain
    ]
    assert len(sample_contexts(referring(*"abcdefghi"))) == len(sample_contexts(referring(*"abcdefghij"))) == 20


@pytest.mark.parametrize(
    ("block", "address"),
    [("11.0.0.0/8", None), ("64.0.0.0/7", "65.0.0.1"), ("0.0.0.0/0", "128.0.0.1"), ("2000::/3", "3000::1")],
)
def test_a_stranger_calls_from_a_broad_range(block, address):
    contexts = sample_contexts(granting(condition={"IpAddress": {"aws:SourceIp": block}}))
    assert [one["aws:SourceIp"] for one in contexts[2:]] == ([address] * 2 if address else [])


def test_a_repository_policy_has_no_resource():
    """Amazon ECR User Guide, "Private repository policies"."""
    found = resource_witness(REPOSITORY, granting("ecr:BatchGetImage", None), account=HOME)
    assert (found.action, found.caller) == ("ecr:BatchGetImage", "any AWS account")


@pytest.mark.parametrize("action", ["*", "events:*", "events:PutEvents"])
def test_what_a_policy_grants_is_tried_for_any_service(action):
    bus = f"arn:aws:events:us-east-1:{HOME}:event-bus/default"
    found = resource_witness(bus, granting(action, bus), account=HOME)
    assert found is not None and found.action.startswith("events:")
    assert resource_witness(bus, granting("sns:*", bus), account=HOME) is None


def test_a_function_is_tried_by_its_alias_too():
    function = f"arn:aws:lambda:us-east-1:{HOME}:function:shop"
    found = resource_witness(function, granting("lambda:InvokeFunction", f"{function}:live*"), account=HOME)
    assert found is not None and found.resource == function


def test_a_doubt_is_told_when_no_request_succeeds():
    unsure = {"NumericLessThan": {"aws:MultiFactorAuthAge": "soon"}, "StringLike": {"aws:Referer": "*"}}
    policy = granting(condition=unsure)
    assert resource_witness(TOPIC, policy, account=HOME) is None, "without the key the condition is false for certain"
    several = granting(condition={"ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": "x"}})
    with pytest.raises(CannotJudge):
        resource_witness(TOPIC, several, account=HOME)


def test_verdicts_are_data():
    public = resource_policy_is_public(granting(), "sns")
    assert public.explain().data == {"public": True, "statements": [{"policy": "resource", "index": 0, "sid": None}]}
    assert bucket_is_public(None).explain().data == {"public": False, "statements": []}
    shared = snapshot_is_public("snap-1", [{"UserId": PARTNER}], encrypted=False)
    assert shared.explain().data == {"public": False, "accounts": [PARTNER], "call": None}
    assert shared.explain().sentence == f"The snapshot is shared with {PARTNER}"


@pytest.mark.parametrize(
    ("caller", "who"), [("anybody", "anybody, without credentials"), ("any AWS account", "any AWS account")]
)
def test_the_picture_begins_with_the_caller(caller, who):
    found = public_witness(Bucket(name="lab-data", owner=HOME, policy=bucket_policy()))
    pictured = Witness(found.action, found.resource, found.context, found.decision, caller).explain().picture
    assert [node.text for node in pictured.nodes] == [who, found.decision.because, found.resource]
