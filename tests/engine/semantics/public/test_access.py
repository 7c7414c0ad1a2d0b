"""S3 User Guide, "How Amazon S3 authorizes a request": what strangers can do, request by request."""

import json

import pytest

from engine.semantics.public.documents import ALL_ON, PRIVATE, PUBLIC, acl, bucket_policy, group
from hardenlab.semantics.iam import CannotJudge, Policy
from hardenlab.semantics.public import Bucket, anonymous_access, outsider_access, public_witness

HOME = "111122223333"
OPEN_LISTING = bucket_policy(Action="s3:ListBucket", Resource="arn:aws:s3:::lab-data")


def bucket(**documents):
    return Bucket(name="lab-data", owner=HOME, **documents)


def reads(bucket, key="report.csv", **context):
    return anonymous_access(bucket, "s3:GetObject", key, context).allowed


def test_nothing_is_open_by_default():
    assert not reads(bucket())
    assert not anonymous_access(bucket(acl=PRIVATE), "s3:ListBucket").allowed
    assert public_witness(bucket(acl=PRIVATE, object_acls={"report.csv": PRIVATE})) is None


def test_a_bucket_policy_opens_what_it_names():
    assert reads(bucket(policy=PUBLIC))
    assert reads(bucket(policy=json.dumps(PUBLIC)))
    assert reads(bucket(policy=Policy.read(PUBLIC)))
    assert not anonymous_access(bucket(policy=PUBLIC), "s3:ListBucket").allowed
    assert not anonymous_access(bucket(policy=PUBLIC), "s3:PutObject", "x").allowed
    assert anonymous_access(bucket(policy=OPEN_LISTING), "s3:ListBucket").allowed
    assert not reads(bucket(policy=OPEN_LISTING))


def test_a_bucket_acl_opens_the_listing_and_an_object_acl_the_object():
    listed = bucket(acl=acl(group("AllUsers", "READ")))
    assert anonymous_access(listed, "s3:ListBucket").allowed
    assert not reads(listed)
    readable = bucket(object_acls={"report.csv": acl(group("AllUsers", "READ"))})
    decision = anonymous_access(readable, "s3:GetObject", "report.csv")
    assert (
        decision.because
        == "Grant 2 of the access control list of the object report.csv allows s3:GetObject to everybody"
    )
    assert decision.statements[0].policy == "acl"
    assert not reads(readable, "other.csv")
    assert not anonymous_access(readable, "s3:ListBucket").allowed


@pytest.mark.parametrize(
    ("permission", "action", "key"),
    [
        ("WRITE", "s3:PutObject", "new"),
        ("READ_ACP", "s3:GetBucketAcl", None),
        ("WRITE_ACP", "s3:PutBucketAcl", None),
        ("FULL_CONTROL", "s3:PutBucketAcl", None),
        ("FULL_CONTROL", "s3:ListBucketVersions", None),
    ],
)
def test_each_permission_stands_for_its_actions(permission, action, key):
    assert anonymous_access(bucket(acl=acl(group("AllUsers", permission))), action, key).allowed
    assert not anonymous_access(bucket(acl=PRIVATE), action, key).allowed


def test_no_acl_stands_for_the_bucket_policy():
    opened = bucket(acl=acl(group("AllUsers", "FULL_CONTROL")))
    assert not anonymous_access(opened, "s3:PutBucketPolicy").allowed
    assert not anonymous_access(opened, "s3:DeleteObject", "x").allowed


def test_a_deny_of_the_bucket_policy_beats_an_acl():
    documents = {"acl": acl(group("AllUsers")), "policy": bucket_policy(effect="Deny", Action="s3:*", Resource="*")}
    assert anonymous_access(bucket(**documents), "s3:ListBucket").kind == "explicit-deny"


def test_ignore_public_acls_and_ownership_switch_acls_off():
    documents = {"object_acls": {"report.csv": acl(group("AllUsers"))}}
    assert reads(bucket(**documents))
    assert not reads(bucket(**documents, bucket_bpa={"IgnorePublicAcls": True}))
    assert not reads(bucket(**documents, account_bpa={"IgnorePublicAcls": True}))
    assert reads(bucket(**documents, bucket_bpa={"BlockPublicAcls": True}))
    decision = anonymous_access(bucket(**documents, ownership="BucketOwnerEnforced"), "s3:GetObject", "report.csv")
    assert decision.because == "A public ACL is stored, but BucketOwnerEnforced disables ACLs"


def test_restrict_public_buckets_shuts_a_public_policy():
    shut = bucket(policy=PUBLIC, bucket_bpa={"RestrictPublicBuckets": True})
    assert not reads(shut)
    assert reads(bucket(policy=PUBLIC, bucket_bpa=ALL_ON | {"RestrictPublicBuckets": False}))
    assert anonymous_access(shut, "s3:GetObject", "x").because.startswith("RestrictPublicBuckets")


def test_restrict_public_buckets_leaves_a_non_public_policy_alone():
    office = bucket_policy(condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
    restricted = bucket(policy=office, bucket_bpa=ALL_ON)
    assert reads(restricted, **{"aws:SourceIp": "203.0.113.9"})
    assert not reads(restricted, **{"aws:SourceIp": "198.51.100.7"})


def test_restrict_public_buckets_shuts_out_named_strangers_as_well():
    both = {
        "Version": "2012-10-17",
        "Statement": [
            *PUBLIC["Statement"],
            *bucket_policy({"AWS": "999999999999"}, Action="s3:PutObject")["Statement"],
        ],
    }
    assert outsider_access(bucket(policy=both), "s3:PutObject", "x").allowed
    assert not outsider_access(
        bucket(policy=both, bucket_bpa={"RestrictPublicBuckets": True}), "s3:PutObject", "x"
    ).allowed


def test_authenticated_users_are_all_of_aws_but_not_the_anonymous():
    shared = bucket(acl=acl(group("AuthenticatedUsers")))
    assert not anonymous_access(shared, "s3:ListBucket").allowed
    assert outsider_access(shared, "s3:ListBucket").allowed
    assert not outsider_access(bucket(policy=bucket_policy({"AWS": HOME})), "s3:GetObject", "x").allowed


def test_a_bucket_policy_grants_nothing_on_objects_of_others():
    foreign = bucket(policy=PUBLIC, foreign_objects=frozenset({"report.csv"}))
    assert not reads(foreign)
    assert reads(foreign, "other.csv")
    assert reads(bucket(policy=PUBLIC, foreign_objects=frozenset({"report.csv"}), ownership="BucketOwnerEnforced"))


def test_a_resource_control_policy_keeps_strangers_out():
    perimeter = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        },
    }
    assert not reads(bucket(policy=PUBLIC, rcps=[[perimeter]]))


def test_the_witness_is_the_request_that_succeeds():
    witness = public_witness(bucket(policy=PUBLIC), ["report.csv"])
    assert (witness.action, witness.resource) == ("s3:GetObject", "arn:aws:s3:::lab-data/report.csv")
    assert witness.decision.allowed
    assert str(witness).startswith("s3:GetObject on arn:aws:s3:::lab-data/report.csv without credentials")


@pytest.mark.parametrize(
    "policy",
    [
        bucket_policy(Resource="arn:aws:s3:::lab-data/pub/??/*.css"),
        bucket_policy(condition={"StringLike": {"aws:Referer": "https://example.com/*"}}),
        bucket_policy(condition={"Bool": {"aws:SecureTransport": "false"}}),
        bucket_policy(condition={"IpAddress": {"aws:SourceIp": "64.0.0.0/2"}}),
        bucket_policy(
            Action="s3:ListBucket", Resource="arn:aws:s3:::lab-data", condition={"StringLike": {"s3:prefix": "pub/*"}}
        ),
        bucket_policy(Action="s3:Put*", Resource="arn:aws:s3:::lab-data*"),
    ],
)
def test_the_witness_meets_what_a_stranger_can_meet(policy):
    assert public_witness(bucket(policy=policy)) is not None


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
        {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
        {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
    ],
)
def test_there_is_no_witness_for_what_a_stranger_cannot_meet(condition):
    assert public_witness(bucket(policy=bucket_policy(condition=condition))) is None


def test_an_unreadable_policy_has_no_verdict():
    with pytest.raises(CannotJudge):
        anonymous_access(bucket(policy="{"), "s3:GetObject", "x")
    with pytest.raises(CannotJudge):
        public_witness(bucket(policy={"Statement": []}))
