"""Controls of S3: bypasses that fail, and honest answers that pass, from a healthy orientation account."""

import json

import pytest

from helpers.judged import assert_doubted, assert_fails, assert_passes, named
from helpers.messages import unreached

PUBLIC = "s3_bucket_not_public"
ACCOUNT = "s3_account_blocks_public_access"
NAME = "a-bucket-of-the-test"
BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def bucket(*statements, acl=None, blocks=None):
    """A new bucket without a block of its own, with a policy of these statements. The account's is lifted meanwhile."""

    def change(live, facts):
        account_block(**dict.fromkeys(BLOCKS, False))(live, facts)
        s3 = live.client("s3")
        s3.create_bucket(Bucket=NAME, ObjectOwnership="ObjectWriter")
        s3.delete_public_access_block(Bucket=NAME)
        if acl:
            s3.put_bucket_acl(Bucket=NAME, ACL=acl)
        if statements:
            s3.put_bucket_policy(Bucket=NAME, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
        if blocks:
            s3.put_public_access_block(Bucket=NAME, PublicAccessBlockConfiguration=blocks)
        account_block()(live, facts)

    return change


def read(principal, effect="Allow", **more):
    arn = f"arn:aws:s3:::{NAME}"
    statement = {"Effect": effect, "Action": "s3:GetObject", "Resource": f"{arn}/*"}
    return statement | ({"Principal": principal} if principal else {}) | more


def account_block(**off):
    def change(live, facts):
        control = live.client("s3control")
        control.put_public_access_block(
            AccountId=live.world.account_id,
            PublicAccessBlockConfiguration={name: off.get(name, True) for name in BLOCKS},
        )

    return change


def from_block(*blocks):
    return {"Condition": {"IpAddress": {"aws:SourceIp": list(blocks)}}}


FOOLS = [
    (PUBLIC, "everybody as a mapping", bucket(read({"AWS": "*"})), "anybody may do s3:GetObject"),
    (PUBLIC, "the internet in halves", bucket(read("*", **from_block("0.0.0.0/1", "128.0.0.0/1"))), ""),
    (PUBLIC, "an action by wildcard", bucket(read("*", Action="s3:Get*")), "anybody may do s3:Get"),
    (PUBLIC, "a public list", bucket(read("*", Action="s3:ListBucket", Resource=f"arn:aws:s3:::{NAME}")), "ListBucket"),
    (PUBLIC, "every AWS account by ACL", bucket(acl="authenticated-read"), "AWS calls it public"),
    (ACCOUNT, "three of four", account_block(RestrictPublicBuckets=False), "leaves RestrictPublicBuckets off"),
]
HONEST = [
    (PUBLIC, "no policy", bucket(), "no unsigned request succeeds"),
    (PUBLIC, "an office of 256 addresses", bucket(read("*", **from_block("203.0.113.0/24"))), "no unsigned"),
    (PUBLIC, "a deny for everybody", bucket(read("*", effect="Deny")), "no unsigned"),
    (PUBLIC, "held back by the block", bucket(read("*"), blocks={"RestrictPublicBuckets": True}), "no unsigned"),
    (ACCOUNT, "all four", account_block(), "all four settings are on"),
]


DOUBTS = [
    (
        PUBLIC,
        "paths of an organization",
        bucket(read("*", Condition={"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1/r-ab/*"}})),
        "cannot judge its policy",
    ),
]


@pytest.mark.parametrize(("control", "change", "words"), named(FOOLS))
def test_a_bypass_fails_and_the_finding_names_it(judge, control, change, words):
    assert_fails(judge(control, change), words)


@pytest.mark.parametrize(("control", "change", "words"), named(HONEST))
def test_an_honest_answer_passes(judge, control, change, words):
    assert_passes(judge(control, change), words)


@pytest.mark.parametrize(("control", "change", "words"), named(DOUBTS))
def test_what_cannot_be_judged_says_so_and_is_neither_passed_nor_failed(judge, control, change, words):
    assert_doubted(judge(control, change), words)


def test_every_message_is_reached(judge):
    cases = [(control, change) for control, _, change, _ in (*FOOLS, *HONEST, *DOUBTS)]
    assert unreached("s3", judge, cases) == []
