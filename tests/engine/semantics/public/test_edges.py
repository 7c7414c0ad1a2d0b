"""Public access at its edges: sizes, settings as texts, the order of reasons, and what a witness tells."""

import pytest

from hardenlab.semantics.iam import CannotJudge
from hardenlab.semantics.public.access import (
    MAX_KEYS,
    STRANGER,
    Bucket,
    anonymous_access,
    outsider_access,
    public_witness,
)
from hardenlab.semantics.public.acl import (
    ALL_USERS,
    AUTHENTICATED_USERS,
    MAX_GRANTS,
    OBJECT_ACTIONS,
    PublicAccessBlock,
    grants_of,
    grants_only_owner,
    grants_to,
    permission_for,
)
from hardenlab.semantics.public.bucket import bucket_policy_is_public
from hardenlab.semantics.public.requests import resource_witness
from hardenlab.semantics.public.resources import resource_policy_is_public, unconfined_services

OWNER = "111122223333"


def grant(permission="READ", uri=ALL_USERS):
    return {"Grantee": {"Type": "Group", "URI": uri}, "Permission": permission}


def owned(id="me", permission="FULL_CONTROL"):
    return {"Grantee": {"Type": "CanonicalUser", "ID": id}, "Permission": permission}


def speaks(action="s3:GetObject", resource="arn:aws:s3:::shop/*", principal="*", effect="Allow", **more):
    statement = {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def shop(**more):
    return Bucket(name="shop", owner=OWNER, **more)


def test_an_acl_has_a_thousand_grants_at_most():
    assert len(grants_of([grant()] * MAX_GRANTS)) == MAX_GRANTS == 1000
    with pytest.raises(CannotJudge):
        grants_of([grant()] * (MAX_GRANTS + 1))


@pytest.mark.parametrize(
    "broken",
    ["READ", {"Grantee": "everybody", "Permission": "READ"}, {"Grantee": {}, "Permission": "FLY"}, {"Grantee": {}}],
)
def test_what_is_no_grant_is_not_judged(broken):
    with pytest.raises(CannotJudge):
        grants_of([grant(), broken])


def test_grants_are_told_with_their_places():
    acl = {"Grants": [owned(), grant("WRITE"), grant("FULL_CONTROL"), grant("READ", AUTHENTICATED_USERS)]}
    assert [one.index for one in grants_to(acl, frozenset({ALL_USERS}))] == [1, 2]
    assert [one.index for one in grants_to(acl, frozenset({ALL_USERS}), "READ")] == [2]
    assert [one.index for one in grants_to(acl, frozenset({ALL_USERS, AUTHENTICATED_USERS}), "READ")] == [2, 3]


@pytest.mark.parametrize(
    ("acl", "only"),
    [
        (None, True),
        ({"Owner": {"ID": "me"}, "Grants": [owned()]}, True),
        ({"Owner": {"ID": "me"}, "Grants": [owned(), owned("you")]}, False),
        ({"Owner": {"ID": "me"}, "Grants": [owned(permission="READ")]}, False),
        ([owned("anybody")], True),
        ([grant("FULL_CONTROL")], False),
    ],
)
def test_only_the_owner_has_a_bucket_without_acls(acl, only):
    assert grants_only_owner(acl) is only


@pytest.mark.parametrize("name", ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"])
def test_each_setting_is_its_own_and_may_be_a_text(name):
    fields = ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")
    place = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets").index(name)
    for value, on in ((True, True), ("true", True), ("TRUE", True), (False, False), ("False", False)):
        block = PublicAccessBlock.of(None, {name: value})
        assert [getattr(block, one) for one in fields] == [on and at == place for at in range(4)]
    assert PublicAccessBlock.of({name: False}, {name: True}) == PublicAccessBlock.of({name: True}, {name: False})
    with pytest.raises(CannotJudge, match=f"{name} is neither"):
        PublicAccessBlock.of({name: "yes"})


def test_names_of_actions_are_written_in_any_case():
    assert permission_for("S3:getobject", OBJECT_ACTIONS) == permission_for("s3:GetObject", OBJECT_ACTIONS) == "READ"
    assert permission_for("s3:GetObjects", OBJECT_ACTIONS) is None


def test_the_policy_s_deny_is_told_before_anything_else():
    bucket = shop(policy=speaks(effect="Deny"), object_acls={"a": [grant()]})
    assert anonymous_access(bucket, "s3:GetObject", "a").kind == "explicit-deny"


def test_the_first_obstacle_is_told():
    blocked = shop(
        policy=speaks(),
        object_acls={"a": [grant()]},
        account_bpa={"RestrictPublicBuckets": True, "IgnorePublicAcls": True},
    )
    assert "RestrictPublicBuckets" in anonymous_access(blocked, "s3:GetObject", "a").because
    ignored = shop(object_acls={"a": [grant()]}, bucket_bpa={"IgnorePublicAcls": True})
    assert "IgnorePublicAcls" in anonymous_access(ignored, "s3:GetObject", "a").because
    enforced = shop(
        object_acls={"a": [grant()]}, ownership="BucketOwnerEnforced", bucket_bpa={"IgnorePublicAcls": True}
    )
    assert "BucketOwnerEnforced" in anonymous_access(enforced, "s3:GetObject", "a").because
    assert "does not allow" in anonymous_access(shop(), "s3:GetObject", "a").because


def test_an_acl_opens_what_a_blocked_policy_does_not():
    bucket = shop(policy=speaks(), object_acls={"a": [grant()]}, bucket_bpa={"RestrictPublicBuckets": True})
    allowed = anonymous_access(bucket, "s3:GetObject", "a")
    assert allowed.allowed and "of the object a allows s3:GetObject to everybody" in allowed.because
    assert not anonymous_access(bucket, "s3:GetObject", "b").allowed
    listing = anonymous_access(shop(acl=[grant()]), "s3:ListBucket")
    assert "of the bucket shop allows s3:ListBucket to everybody" in listing.because


def test_an_outsider_has_an_account_that_nobody_names():
    assert STRANGER == "999999999999"
    named = shop(policy=speaks(principal={"AWS": STRANGER}))
    assert outsider_access(named, "s3:GetObject", "a").allowed
    assert not outsider_access(named, "s3:GetObject", "a", account="888888888888").allowed
    assert not anonymous_access(named, "s3:GetObject", "a").allowed


def test_the_policy_speaks_for_the_owner_s_objects_unless_acls_are_off():
    foreign = {"policy": speaks(), "foreign_objects": frozenset({"a"})}
    assert not anonymous_access(shop(**foreign), "s3:GetObject", "a").allowed
    assert anonymous_access(shop(**foreign), "s3:GetObject", "b").allowed
    assert anonymous_access(shop(**foreign, ownership="BucketOwnerEnforced"), "s3:GetObject", "a").allowed


def test_other_partitions_have_other_arns():
    bucket = Bucket(name="shop", owner=OWNER, partition="aws-cn")
    assert (bucket.arn(), bucket.arn("a")) == ("arn:aws-cn:s3:::shop", "arn:aws-cn:s3:::shop/a")


def test_two_hundred_keys_are_tried_and_reads_come_first():
    keys = [f"k{number}" for number in range(MAX_KEYS + 1)]
    last, beyond = keys[MAX_KEYS - 1], keys[MAX_KEYS]
    assert MAX_KEYS == 200
    assert public_witness(shop(object_acls={last: [grant()]}), keys).resource.endswith(last)
    assert public_witness(shop(object_acls={beyond: [grant()]}), keys) is None
    witness = public_witness(shop(policy=speaks(action=["s3:PutObject", "s3:GetObject", "s3:DeleteBucket"])), ["a"])
    assert witness.action == "s3:GetObject"
    takeover = public_witness(shop(policy=speaks(action="s3:PutBucketPolicy", resource="arn:aws:s3:::shop")))
    assert (takeover.action, takeover.resource) == ("s3:PutBucketPolicy", "arn:aws:s3:::shop")


def test_a_witness_tells_who_and_how():
    witness = public_witness(shop(object_acls={"a": [grant()]}))
    assert str(witness).startswith("s3:GetObject on arn:aws:s3:::shop/a without credentials (")
    explained = witness.explain()
    assert explained.data["context"] == dict(witness.context)
    assert explained.data["caller"] == "anybody" and explained.data["decision"] == "allow"
    assert str(explained).startswith("Anybody may call s3:GetObject on arn:aws:s3:::shop/a: ")


ORG_PATHS = {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/r-1/*"}}


@pytest.mark.parametrize(
    ("statement", "public"),
    [
        ({"principal": {"Service": "*"}}, True),
        ({"principal": {"Service": "cloudtrail.amazonaws.com"}}, False),
        ({"Condition": {"StringEqualsIgnoreCase": {"aws:PrincipalOrgID": "o-1"}}}, False),
        ({"Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}}, True),
    ],
)
def test_what_makes_a_policy_public(statement, public):
    assert bucket_policy_is_public(speaks(**statement)).public is public


def test_paths_of_an_organization_are_not_judged():
    with pytest.raises(CannotJudge, match="PrincipalOrgPaths"):
        bucket_policy_is_public(speaks(Condition=ORG_PATHS))


@pytest.mark.parametrize(
    ("arn", "action"),
    [
        ("arn:aws:sns:us-east-1:111122223333:news", "sns:Publish"),
        ("arn:aws:sqs:us-east-1:111122223333:jobs", "sqs:SendMessage"),
        ("arn:aws:kms:us-east-1:111122223333:key/1", "kms:Decrypt"),
        ("arn:aws:secretsmanager:us-east-1:111122223333:secret:db", "secretsmanager:GetSecretValue"),
        ("arn:aws:lambda:us-east-1:111122223333:function:f", "lambda:InvokeFunction"),
        ("arn:aws:ecr:us-east-1:111122223333:repository/r", "ecr:BatchGetImage"),
    ],
)
def test_a_stranger_tries_first_what_hurts(arn, action):
    service = action.partition(":")[0]
    witness = resource_witness(arn, speaks(f"{service}:*", "*"), account=OWNER)
    assert witness.action == action


def test_a_doubtful_context_does_not_hide_one_that_succeeds():
    doubtful = {"Bool": {"aws:SecureTransport": "true"}, "ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": "x"}}
    policy = speaks()
    policy["Statement"].append(speaks(effect="Deny", Condition=doubtful)["Statement"][0])
    witness = public_witness(shop(policy=policy), ["a"])
    assert witness.action == "s3:GetObject"
    assert "false" in str(witness.context["aws:SecureTransport"]).lower()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("aws:PrincipalAccount", OWNER),
        ("aws:SourceAccount", OWNER),
        ("aws:SourceOwner", OWNER),
        ("aws:VpceAccount", OWNER),
        ("kms:CallerAccount", OWNER),
        ("aws:PrincipalOrgID", "o-a1b2c3d4e5"),
        ("aws:SourceOrgID", "o-a1b2c3d4e5"),
        ("aws:VpceOrgID", "o-a1b2c3d4e5"),
        ("aws:SourceOrgPaths", "o-a1b2c3d4e5/r-ab12/"),
        ("aws:VpceOrgPaths", "o-a1b2c3d4e5/r-ab12/"),
        ("aws:SourceVpc", "vpc-1"),
        ("aws:SourceVpce", "vpce-1"),
        ("aws:SourceArn", f"arn:aws:sns:us-east-1:{OWNER}:news"),
    ],
)
def test_a_fixed_value_of_each_key_confines_everybody(key, value):
    for condition in ({"StringEquals": {key: value}}, {"StringEqualsIgnoreCase": {key: value}}):
        operator = next(iter(condition))
        if "Arn" in key:
            condition = {"ArnEquals": condition[operator]}
        if "Paths" in key:
            condition = {f"ForAnyValue:{operator}": condition[operator]}
        assert not resource_policy_is_public(speaks("sqs:*", "*", Condition=condition), "sqs").public
    assert resource_policy_is_public(speaks("sqs:*", "*", Condition={"StringNotEquals": {key: value}}), "sqs").public


@pytest.mark.parametrize(
    ("principal", "public"),
    [
        ({"Service": "*"}, True),
        ({"Service": "sns.amazonaws.com"}, False),
        ({"Federated": "accounts.google.com"}, True),
        ({"Federated": f"arn:aws:iam::{OWNER}:saml-provider/office"}, False),
        ({"AWS": "*"}, True),
    ],
)
def test_whom_a_principal_admits(principal, public):
    assert resource_policy_is_public(speaks("sqs:*", "*", principal), "sqs").public is public


def test_a_deputy_is_a_service_that_is_named():
    assert unconfined_services(None) == ()
    service = {"Service": "sns.amazonaws.com"}
    assert len(unconfined_services(speaks("sqs:*", "*", service))) == 1
    assert unconfined_services(speaks("sqs:*", "*", {"AWS": OWNER})) == ()
    without = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}
    assert unconfined_services(without) == ()
    own = {"StringEquals": {"aws:PrincipalAccount": OWNER}}
    assert len(unconfined_services(speaks("sqs:*", "*", service, Condition=own))) == 1, "it is not the deputy's key"
