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
    PublicAccessBlock,
    grants_of,
    grants_only_owner,
    grants_to,
    permission_for,
)

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
    table = {"READ": ("s3:GetObject",)}
    assert permission_for("S3:getobject", table) == "READ"
    assert permission_for("s3:GetObjects", table) is None


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
    assert explained.data["caller"] == "anybody" and explained.data["decision"] == "allow"
    assert str(explained).startswith("Anybody may call s3:GetObject on arn:aws:s3:::shop/a: ")
