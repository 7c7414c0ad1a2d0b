"""Resource policies of topics, queues, keys, secrets and functions: everybody, foreigners, deputies."""

import pytest

from hardenlab.semantics.iam import CannotJudge
from hardenlab.semantics.public import foreign_accounts, resource_policy_is_public, unconfined_services

HOME, PARTNER = "111122223333", "444455556666"


def granting(principal="*", condition=None, action="sns:Publish", effect="Allow"):
    body = {"Effect": effect, "Principal": principal, "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [body | ({"Condition": condition} if condition else {})]}


def together(*policies):
    return {"Version": "2012-10-17", "Statement": [s for policy in policies for s in policy["Statement"]]}


@pytest.mark.parametrize(
    ("service", "condition", "public"),
    [
        ("sns", None, True),
        ("sns", {"StringEquals": {"AWS:SourceOwner": HOME}}, False),
        ("sns", {"StringEquals": {"aws:SourceAccount": HOME}}, False),
        ("sns", {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::lab-data"}}, False),
        ("sns", {"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:lab-data"}}, True),
        ("sqs", {"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:{HOME}:*"}}, False),
        ("sqs", {"ArnLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:*:alerts"}}, True),
        ("sqs", {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}, True),
        ("sqs", {"StringEquals": {"aws:SourceVpce": "vpce-1"}}, False),
        ("sqs", {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False),
        ("sqs", {"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}, True),
        ("sqs", {"Bool": {"aws:SecureTransport": "true"}}, True),
        ("kms", {"StringEquals": {"kms:CallerAccount": HOME, "kms:ViaService": "ec2.us-east-1.amazonaws.com"}}, False),
        ("kms", {"StringEquals": {"kms:ViaService": "ec2.us-east-1.amazonaws.com"}}, True),
        ("secretsmanager", {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, False),
        ("secretsmanager", {"StringLike": {"aws:PrincipalOrgID": "o-*"}}, True),
        ("secretsmanager", {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/*"}}, False),
        ("secretsmanager", {"StringNotEquals": {"aws:PrincipalAccount": HOME}}, True),
        ("secretsmanager", {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{HOME}:role/app-*"}}, False),
        ("secretsmanager", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}, True),
        ("lambda", {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}, True),
        ("lambda", {"StringEquals": {"lambda:EventSourceToken": "amzn1.ask.skill.x"}}, False),
    ],
)
def test_conditions_confine_a_wildcard_principal_or_do_not(service, condition, public):
    assert resource_policy_is_public(granting(condition=condition), service).public is public


def test_named_accounts_services_and_denials_are_not_public():
    for principal in ({"AWS": PARTNER}, {"Service": "s3.amazonaws.com"}):
        assert not resource_policy_is_public(granting(principal), "sns").public
    assert not resource_policy_is_public(granting(effect="Deny"), "sns").public
    assert not resource_policy_is_public(None, "sns").public


def test_the_public_statement_is_named():
    verdict = resource_policy_is_public(together(granting({"AWS": HOME}), granting({"AWS": "*"})), "sns")
    assert verdict.because == "Statement 2 of the resource policy grants to everybody: no condition confines it"
    assert [found.index for found in verdict.statements] == [1]


@pytest.mark.parametrize(
    ("policy", "outside"),
    [
        (granting({"AWS": HOME}), []),
        (granting({"AWS": [HOME, PARTNER]}), [PARTNER]),
        (granting({"AWS": f"arn:aws:iam::{PARTNER}:role/auditor"}), [PARTNER]),
        (granting({"AWS": PARTNER}, effect="Deny"), []),
        (granting({"Service": "s3.amazonaws.com"}), []),
        (granting({"CanonicalUser": "79a5"}), ["79a5"]),
        (granting(), ["*"]),
        (granting(condition={"StringEquals": {"aws:PrincipalAccount": [HOME, PARTNER]}}), [PARTNER]),
        (granting(condition={"StringEquals": {"aws:SourceOwner": HOME}}), []),
        (granting(condition={"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:{PARTNER}:*"}}), [PARTNER]),
        (granting(condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}), ["o-a1b2c3d4e5"]),
        (granting(condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}}), ["*"]),
        (together(granting({"AWS": PARTNER}), granting({"AWS": PARTNER})), [PARTNER, PARTNER]),
        (None, []),
    ],
)
def test_foreign_accounts_are_those_that_a_grant_names(policy, outside):
    assert [found.account for found in foreign_accounts(policy, HOME)] == outside


@pytest.mark.parametrize(
    ("condition", "confined"),
    [
        (None, False),
        ({"StringEquals": {"aws:SourceAccount": HOME}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::lab-data"}}, True),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:cloudtrail:*:{HOME}:trail/*"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:*:trail/main"}}, False),
        ({"StringEqualsIfExists": {"aws:SourceAccount": HOME}}, False),
        ({"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}, False),
        ({"StringEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}}, True),
    ],
)
def test_a_service_must_say_on_whose_behalf_it_acts(condition, confined):
    found = unconfined_services(granting({"Service": "cloudtrail.amazonaws.com"}, condition))
    assert (not found) is confined


def test_a_statement_without_a_principal_cannot_be_judged():
    bare = {"Statement": {"Effect": "Allow", "Action": "sns:*", "Resource": "*"}}
    for question in (lambda: resource_policy_is_public(bare, "sns"), lambda: foreign_accounts(bare, HOME)):
        with pytest.raises(CannotJudge):
            question()
