"""What is too large for a policy of AWS's is refused at once, and nothing that can be written takes long.

Source: IAM User Guide, "IAM and AWS STS quotas"; AWS KMS Developer Guide, "Quotas" (a key policy has 32 KB, the most of
all); AWS Organizations User Guide, "Quotas and service limits".
"""

import json
import time
from contextlib import suppress

import pytest

from engine.semantics.iam.helpers import HOME, JANE, OBJECT, allow, ask, policy, statement
from hardenlab.semantics.iam import CannotJudge, Policies, Policy, Request, decide, explain, validate
from hardenlab.semantics.iam.actions import service
from hardenlab.semantics.iam.escalation.account import AccountDetails
from hardenlab.semantics.iam.findings import findings
from hardenlab.semantics.iam.grants import granted, new_access
from hardenlab.semantics.iam.lint import lint
from hardenlab.semantics.iam.overlap import may_cover
from hardenlab.semantics.iam.source import context_keys, statement_places
from hardenlab.semantics.public import (
    Bucket,
    bucket_is_public,
    foreign_accounts,
    public_witness,
    resource_policy_is_public,
    resource_witness,
    unconfined_services,
)

TOPIC = f"arn:aws:sns:us-east-1:{HOME}:t"


def test_a_policy_has_500_statements_at_most():
    assert ask(identity=[policy(*[statement()] * 500)]).allowed
    with pytest.raises(CannotJudge):
        ask(identity=[policy(*[statement()] * 501)])
    assert lint(policy(*[statement()] * 500)) == []
    with pytest.raises(CannotJudge, match="more than 500 statements"):
        lint(policy(*[statement()] * 501))


def test_an_element_has_131072_characters_at_most():
    def resources(more):
        short = [f"arn:aws:s3:::{number:07}" for number in range(1_000)]  # of 20 characters each
        return [*short, "arn:aws:s3:::" + "x" * (111_072 - 13), *more]

    assert Policy.read(allow(resource=resources([])))
    with pytest.raises(CannotJudge, match="longer than any policy"):
        Policy.read(allow(resource=resources(["*"])))


def test_the_longest_policy_of_aws_s_own_is_read():
    """ReadOnlyAccess names about 1,600 actions in one statement."""
    names = [f"service{number}:Describe{'Something' * 2}" for number in range(1_600)]
    document = {**allow(action=names), "Version": "2012-10-17"}
    assert ask(action="service7:DescribeSomethingSomething", identity=[document]).allowed


def test_a_condition_has_500_keys_at_most():
    def keys(count):
        return {"Condition": {"StringLike": {f"aws:k{number}": "x" for number in range(count)}}}

    assert Policy.read(allow(**keys(500)))
    with pytest.raises(CannotJudge, match="more than 500 keys"):
        Policy.read(allow(**keys(501)))


@pytest.mark.parametrize(("kind", "most"), [("identity", 10_240), ("resource", 131_072), ("kms-key", 32_768)])
def test_what_is_too_large_is_told_alone(kind, most):
    principal = {} if kind == "identity" else {"Principal": "*"}
    sound = allow("kms:*", ["*"], **principal)
    room = most - len(json.dumps(sound, separators=(",", ":")))
    sound["Statement"][0]["Resource"] *= 1 + room // 4
    assert validate(sound, kind) == [] or kind == "resource"
    (problem,) = validate(sound | {"Extra": "x" * 8}, kind)
    assert problem.what == f"the policy is larger than {most} bytes"


def test_a_pattern_of_2048_characters_is_compared_and_a_longer_one_may_cover_anything():
    bucket = "arn:${Partition}:s3:::${BucketName}"
    other = "arn:aws:iam:::" + "x" * 2034
    assert not may_cover(other, bucket) and may_cover(other + "x", bucket)


def test_an_account_has_2000_users_and_roles_at_most():
    def details(users, roles):
        trusts = {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"},
        }
        return {
            "UserDetailList": [{"Arn": f"arn:aws:iam::{HOME}:user/u{n}"} for n in range(users)],
            "RoleDetailList": [
                {"Arn": f"arn:aws:iam::{HOME}:role/path/r{n}", "AssumeRolePolicyDocument": trusts} for n in range(roles)
            ],
        }

    read = AccountDetails.read(details(1_000, 1_000))
    assert len(read.actors) == 2_000 and read.account == HOME
    session = read.actors[f"arn:aws:iam::{HOME}:role/path/r0"].caller
    assert session.arn == f"arn:aws:sts::{HOME}:assumed-role/r0/session", "a session's ARN leaves the path out"
    for users, roles in ((1_001, 1_000), (2_001, 0), (0, 2_001)):
        with pytest.raises(CannotJudge, match="more than 2000 users and roles"):
            AccountDetails.read(details(users, roles))


def one(**more):
    return statement(resource="arn:aws:s3:::b/*") | more


def nested(depth):
    value = "x"
    for _ in range(depth):
        value = [value]
    return value


EVERYBODY = {"Principal": "*"}
HOSTILE = {
    "10,000 statements": policy(*(one(Sid=str(n)) for n in range(10_000))),
    "500 statements": policy(*(one(Sid=str(n), **EVERYBODY) for n in range(500))),
    "deep resource": policy(one(Resource=nested(3_000))),
    "deep condition": policy(one(Condition=nested(3_000))),
    "stars": policy(one(Resource="arn:aws:s3:::" + "*a" * 1_000 + "*b", Action="s3:" + "*e" * 200, **EVERYBODY)),
    "question marks": policy(one(Resource="arn:aws:s3:::" + "?*" * 1_000, Action="s3:" + "?*" * 200, **EVERYBODY)),
    "3,000 actions": policy(one(Action=[f"s3:Get*Obj?ct{n}" for n in range(3_000)], **EVERYBODY)),
    "wildcards for services": policy(one(Action=["*:*"] * 50, **EVERYBODY)),
    "3,000 resources": policy(one(Resource=[f"arn:aws:s3:::b{n}*?/x" for n in range(3_000)], **EVERYBODY)),
    "2,000 conditions": policy(
        one(Condition={"StringLike": {f"aws:k{n}": "*a" * 20 for n in range(2_000)}}, **EVERYBODY)
    ),
}
TEXTS = {name: json.dumps(HOSTILE[name]) for name in HOSTILE if "deep" not in name}
TEXTS |= {"deep text": '{"a":' * 20_000, "no JSON": "{" * 1_000, "nothing": ""}
REQUEST = Request(JANE, "s3:GetObject", "arn:aws:s3:::b/" + "a" * 900, HOME)
QUESTIONS = {
    "decide": lambda it: decide(REQUEST, Policies(identity=[it])),
    "decide by the resource": lambda it: decide(REQUEST, Policies(resource=it)),
    "explain": lambda it: explain(REQUEST, Policies(identity=[it])),
    "validate": lambda it: validate(it, "bucket"),
    "lint": lint,
    "findings": lambda it: findings(it if isinstance(it, str) else "", "identity"),
    "places": lambda it: statement_places(it if isinstance(it, str) else "{}"),
    "keys": context_keys,
    "granted": lambda it: granted(it, ["s3:*"], []),
    "new access": lambda it: new_access(it, HOSTILE["500 statements"]),
    "bucket": bucket_is_public,
    "topic": lambda it: resource_policy_is_public(it, "sns"),
    "bucket witness": lambda it: public_witness(Bucket(name="b", owner=HOME, policy=it)),
    "topic witness": lambda it: resource_witness(TOPIC, it, account=HOME),
    "foreign accounts": lambda it: foreign_accounts(it, HOME),
    "deputies": unconfined_services,
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_a_hostile_policy_is_refused_or_judged_at_once(question):
    service("s3"), service("sns")  # the tables are read once
    for name, document in [*HOSTILE.items(), *TEXTS.items()]:
        started = time.process_time()
        with suppress(CannotJudge):
            question(document)
        assert time.process_time() - started < 3, name  # 0.1 where nothing else runs; without the bounds, a minute


def test_what_is_judged_of_large_policies_is_judged_rightly():
    wide = policy(*(one(Sid=f"s{n}", Resource=f"arn:aws:s3:::b{n}/*") for n in range(400)))
    assert ask(identity=[wide], resource="arn:aws:s3:::b399/x").allowed
    assert not ask(identity=[wide], resource="arn:aws:s3:::b400/x").allowed
    assert ask(identity=[allow("s3:" + "*e" * 4 + "*t", OBJECT)]).allowed is False
    assert ask(identity=[allow("s3:" + "*e" * 2 + "*t", OBJECT)]).allowed
