"""S3 User Guide, "Blocking public access to your Amazon S3 storage": what is public, what is refused."""

import pytest

from engine.semantics.public.documents import ALL_ON, PRIVATE, PUBLIC, READABLE, acl, bucket_policy, group
from hardenlab.semantics.iam import CannotJudge
from hardenlab.semantics.public import bucket_is_public, bucket_policy_is_public, refuses_put


@pytest.mark.parametrize(
    ("condition", "public"),
    [
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, False),
        ({"StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-*"]}}, True),
        ({"StringLike": {"aws:SourceVpc": "vpc-*"}}, True),
        ({"StringLike": {"aws:SourceVpc": "vpc-91237329"}}, False),
        ({"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}, True),
        ({"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}, True),
        ({"ForAllValues:StringEquals": {"aws:SourceVpc": "vpc-1"}}, True),
        ({"ForAllValues:StringEquals": {"aws:SourceVpc": "vpc-1"}, "Null": {"aws:SourceVpc": "false"}}, False),
        ({"ForAnyValue:StringEquals": {"aws:SourceVpc": "vpc-1"}}, False),
        ({"Null": {"aws:SourceVpc": "false"}}, True),
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:alerts"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:*"}}, True),
        ({"StringEquals": {"AWS:SourceAccount": "111122223333"}}, False),
        ({"StringEquals": {"aws:userid": "AIDAEXAMPLE"}}, False),
        ({"StringLike": {"aws:userid": "AROAEXAMPLE:*"}}, True),
        ({"StringEquals": {"s3:DataAccessPointAccount": "111122223333"}}, False),
        ({"ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-west-2:111122223333:accesspoint/*"}}, False),
        ({"ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-west-2:*:accesspoint/*"}}, True),
        ({"StringEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:x:1:key/1"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"StringEquals": {"aws:UserAgent": "secret"}}, True),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False),
        ({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"]}}, True),
        ({"IpAddress": {"aws:SourceIp": "11.0.0.0/8"}}, False),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/7"}}, True),
        ({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "172.16.0.0/12"]}}, False),
        ({"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}, False),
        ({"IpAddress": {"aws:SourceIp": "2001::/16"}}, True),
        ({"IpAddress": {"aws:SourceIp": "::/0"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, True),
        ({"StringLike": {"aws:SourceIp": "203.0.113.*"}}, True),
        ({"IpAddress": {"aws:VpcSourceIp": "10.1.1.0/24"}}, True),
    ],
)
def test_only_fixed_values_make_a_wildcard_principal_non_public(condition, public):
    assert bucket_policy_is_public(bucket_policy(condition=condition)).public is public


@pytest.mark.parametrize(
    ("principal", "public"),
    [
        ({"AWS": "*"}, True),
        ({"AWS": ["111122223333", "*"]}, True),
        ({"AWS": "arn:aws:iam::444455556666:user/jane"}, False),
        ({"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}, False),
        ({"Service": "logging.s3.amazonaws.com"}, False),
        ({"Federated": "accounts.google.com"}, True),
        ({"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}, False),
    ],
)
def test_only_fixed_principals_are_non_public(principal, public):
    assert bucket_policy_is_public(bucket_policy(principal)).public is public


def test_not_principal_grants_to_everybody_else():
    body = bucket_policy()["Statement"][0]
    but_jane = {k: v for k, v in body.items() if k != "Principal"} | {"NotPrincipal": {"AWS": "111122223333"}}
    assert bucket_policy_is_public({"Version": "2012-10-17", "Statement": but_jane}).public


def test_one_public_statement_makes_the_policy_public_and_is_named():
    statements = [bucket_policy({"AWS": "111122223333"})["Statement"][0], PUBLIC["Statement"][0] | {"Sid": "Open"}]
    verdict = bucket_policy_is_public({"Version": "2012-10-17", "Statement": statements})
    assert verdict.public
    assert [(found.index, found.sid) for found in verdict.statements] == [(1, "Open")]
    assert (
        verdict.because
        == 'Statement 2 "Open" of the resource policy grants to everybody: no condition holds it to fixed values'
    )


def test_a_deny_grants_nothing():
    assert not bucket_policy_is_public(bucket_policy(effect="Deny")).public
    assert not bucket_policy_is_public(None).public


@pytest.mark.parametrize(
    "policy",
    [
        bucket_policy({"Federated": "arn:aws:iam::111122223333:saml-provider/idp"}),
        bucket_policy(condition={"StringEquals": {"aws:userid": "AROAEXAMPLE:session"}}),
        bucket_policy(condition={"IpAddress": {"aws:SourceIp": "office"}}),
        {"Statement": "open"},
    ],
)
def test_what_is_undocumented_or_unreadable_cannot_be_judged(policy):
    with pytest.raises(CannotJudge):
        bucket_policy_is_public(policy)


@pytest.mark.parametrize("who", ["AllUsers", "AuthenticatedUsers"])
@pytest.mark.parametrize("permission", ["READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"])
def test_any_permission_for_a_public_group_makes_an_acl_public(who, permission):
    verdict = bucket_is_public(None, acl(group(who, permission)))
    assert verdict.public and verdict.acl_is_public and not verdict.policy_is_public
    assert verdict.because == "Grant 2 of the access control list is to everybody"


def test_log_delivery_is_not_the_public():
    grant = {
        "Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"},
        "Permission": "WRITE",
    }
    assert not bucket_is_public(None, acl(grant)).public
    assert not bucket_is_public(None, PRIVATE).public
    assert not bucket_is_public(None, None).public


@pytest.mark.parametrize("level", ["bucket_bpa", "account_bpa"])
def test_restrict_public_buckets_answers_a_public_policy_and_ignore_public_acls_a_public_acl(level):
    assert not bucket_is_public(PUBLIC, **{level: {"RestrictPublicBuckets": True}}).public
    assert bucket_is_public(PUBLIC, **{level: {"RestrictPublicBuckets": True}}).policy_is_public
    assert bucket_is_public(PUBLIC, **{level: ALL_ON | {"RestrictPublicBuckets": False}}).public
    assert not bucket_is_public(None, READABLE, **{level: {"IgnorePublicAcls": "true"}}).public
    assert bucket_is_public(None, READABLE, **{level: ALL_ON | {"IgnorePublicAcls": False}}).public
    assert bucket_is_public(PUBLIC, READABLE, **{level: {"RestrictPublicBuckets": True}}).public


def test_bucket_and_account_settings_add_up():
    verdict = bucket_is_public(PUBLIC, READABLE, {"RestrictPublicBuckets": True}, {"IgnorePublicAcls": True})
    assert not verdict.public and verdict.policy_is_public and verdict.acl_is_public


def test_bucket_owner_enforced_disables_acls():
    assert not bucket_is_public(None, READABLE, ownership="BucketOwnerEnforced").public
    assert bucket_is_public(None, READABLE, ownership="BucketOwnerPreferred").public
    assert bucket_is_public(PUBLIC, ownership="BucketOwnerEnforced").public


@pytest.mark.parametrize(
    "documents",
    [
        {"bucket_bpa": {"RestrictPublicBuckets": "maybe"}},
        {"ownership": "Nobody"},
        {"acl": [{"Permission": "READ"}]},
        {"acl": [{"Grantee": {"ID": "x"}, "Permission": "ALL"}]},
    ],
)
def test_unreadable_settings_cannot_be_judged(documents):
    with pytest.raises(CannotJudge):
        bucket_is_public(None, **documents)


def test_block_public_policy_refuses_to_store_a_public_policy():
    assert refuses_put(policy=PUBLIC, account_bpa={"BlockPublicPolicy": True}).code == "AccessDenied"
    assert refuses_put(policy=bucket_policy({"AWS": "444455556666"}), bucket_bpa=ALL_ON) is None
    assert refuses_put(policy=PUBLIC, bucket_bpa={"RestrictPublicBuckets": True}) is None
    assert refuses_put(policy=PUBLIC) is None


def test_block_public_acls_refuses_to_store_a_public_acl():
    assert refuses_put(acl=READABLE, bucket_bpa={"BlockPublicAcls": True}).code == "AccessDenied"
    assert refuses_put(acl=PRIVATE, bucket_bpa=ALL_ON) is None
    assert refuses_put(acl=READABLE, bucket_bpa={"IgnorePublicAcls": True}) is None


def test_bucket_owner_enforced_refuses_every_acl_but_the_owners():
    assert refuses_put(acl=READABLE, ownership="BucketOwnerEnforced").code == "AccessControlListNotSupported"
    assert refuses_put(acl=PRIVATE, ownership="BucketOwnerEnforced") is None
    stranger = {"Grantee": {"Type": "CanonicalUser", "ID": "other"}, "Permission": "FULL_CONTROL"}
    assert refuses_put(acl=acl(stranger), ownership="BucketOwnerEnforced") is not None
    assert refuses_put(acl=acl(stranger), ownership="ObjectWriter") is None
