"""IAM User Guide, "IAM JSON policy elements: Action", "… Resource" and "IAM policy elements: Variables and tags"."""

import pytest

from engine.semantics.iam.helpers import HOME, JANE, OBJECT, allow, ask, deny, holds, policy, statement, without
from hardenlab.semantics.iam import CannotJudge

HOME_OBJECT = "arn:aws:s3:::lab-data/home/jane/a"


def may(action_pattern, action):
    return ask(action=action, resource="*", identity=[allow(action_pattern)]).allowed


def covers(pattern, arn, context=(), **more):
    return ask(action="s3:GetObject", resource=arn, identity=[allow("*", pattern, **more)], context=context).allowed


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("*", "s3:GetObject", True),
        ("s3:*", "s3:GetObject", True),
        ("S3:getobject", "s3:GetObject", True),
        ("s3:Get*", "s3:GetObjectAcl", True),
        ("s3:*Object", "s3:GetObject", True),
        ("s3:*Object", "s3:GetObjectAcl", False),
        ("s3:Get?bject", "s3:GetObject", True),
        ("s3:Get?Object", "s3:GetObject", False),
        ("s3:GetObject", "s3:GetObjectAcl", False),
        ("ec2:*", "s3:GetObject", False),
        ("s3.*:*", "s3:GetObject", False),
    ],
)
def test_an_action_pattern_is_matched_without_regard_to_case(pattern, action, expected):
    assert may(pattern, action) is expected


@pytest.mark.parametrize(
    ("pattern", "arn", "expected"),
    [
        ("arn:aws:s3:::lab-data/*", "arn:aws:s3:::lab-data/a/b:c", True),
        ("arn:aws:s3:::lab-data/*", "arn:aws:s3:::lab-data", False),
        ("arn:aws:s3:::lab-data*", "arn:aws:s3:::lab-database/secret", True),
        ("arn:aws:s3:::lab-data/*/x", "arn:aws:s3:::lab-data/a/b/x", True),
        ("arn:aws:s3:::lab-????", "arn:aws:s3:::lab-data", True),
        ("arn:aws:s3:::[lab]*", "arn:aws:s3:::lab-data", False),
        ("arn:aws:s3:*", "arn:aws:s3:::lab-data/x", True),
        ("arn:aws:s3:*", "arn:aws:sns:us-east-1:111122223333:x", False),
        ("arn:aws:sqs:*:111122223333:jobs", "arn:aws:sqs:eu-west-1:111122223333:jobs", True),
        ("arn:aws:sqs:us-*-1:111122223333:jobs", "arn:aws:sqs:us-east-1:111122223333:jobs", True),
    ],
)
def test_a_resource_pattern_is_matched_by_component(pattern, arn, expected):
    assert covers(pattern, arn) is expected


def test_a_wildcard_that_would_have_to_cross_a_colon_cannot_be_judged():
    with pytest.raises(CannotJudge):
        covers("arn:aws:logs:*:log-group:app", f"arn:aws:logs:eu-west-1:{HOME}:x:log-group:app")


def test_not_action_and_not_resource_cover_everything_else():
    but_iam = policy(without(statement(NotAction=["iam:*", "sts:*"]), "Action"))
    assert ask(identity=[but_iam]).allowed
    assert not ask(action="iam:CreateUser", resource="*", identity=[but_iam]).allowed
    but_secret = policy(without(statement(NotResource="arn:aws:s3:::lab-data/secret/*"), "Resource"))
    assert ask(identity=[but_secret]).allowed
    assert not ask(resource="arn:aws:s3:::lab-data/secret/x", identity=[but_secret]).allowed


@pytest.mark.parametrize(
    ("pattern", "context", "expected"),
    [
        ("home/${aws:username}/*", {"aws:username": "jane"}, True),
        ("home/${AWS:UserName}/*", {"aws:username": "jane"}, True),
        ("home/${aws:username}/*", {"aws:username": "j*"}, False),
        ("home/${aws:username}/*", {"aws:username": "?ane"}, False),
        ("home/${aws:username}/*", {}, False),
        ("home/${aws:username, 'jane'}/*", {}, True),
        ("home/${aws:username, 'jane'}/*", {"aws:username": "bob"}, False),
        ("home/${aws:PrincipalTag/team}/*", {"aws:PrincipalTag/Team": "jane"}, True),
    ],
)
def test_a_variable_stands_for_literal_text(pattern, context, expected):
    assert covers(f"arn:aws:s3:::lab-data/{pattern}", HOME_OBJECT, context) is expected


@pytest.mark.parametrize(("pattern", "key"), [("${*}", "*"), ("${?}", "?"), ("${$}", "$"), ("${$}{x}", "${x}")])
def test_an_escape_stands_for_the_sign_itself(pattern, key):
    assert covers(f"arn:aws:s3:::lab-data/{pattern}", f"arn:aws:s3:::lab-data/{key}")
    assert not covers(f"arn:aws:s3:::lab-data/{pattern}", "arn:aws:s3:::lab-data/a")


def test_variables_are_literal_text_before_2012_10_17():
    document = allow("*", "arn:aws:s3:::lab-data/${aws:username}")
    for version, key in (("2012-10-17", "jane"), ("2008-10-17", "${aws:username}")):
        arn = f"arn:aws:s3:::lab-data/{key}"
        assert ask(resource=arn, identity=[document | {"Version": version}], context={"aws:username": "jane"}).allowed
    assert not holds({"StringEquals": {"x:k": "${x:l}"}}, {"x:k": "v", "x:l": "v"}, version="2008-10-17")
    unversioned = {"Statement": document["Statement"]}
    assert not ask(
        resource="arn:aws:s3:::lab-data/jane", identity=[unversioned], context={"aws:username": "jane"}
    ).allowed


def test_conditions_compare_with_variables():
    same_team = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    assert holds(same_team, {"aws:ResourceTag/team": "sec", "aws:PrincipalTag/team": "sec"})
    assert not holds(same_team, {"aws:ResourceTag/team": "sec", "aws:PrincipalTag/team": "dev"})
    assert not holds(same_team, {"aws:ResourceTag/team": "sec"})
    assert not holds({"StringLike": {"x:k": "${x:l}"}}, {"x:k": "value", "x:l": "v*"})
    assert holds({"StringLike": {"x:k": "${x:l}*"}}, {"x:k": "value", "x:l": "v"})
    account = {"ArnLike": {"aws:SourceArn": "arn:aws:iam::${aws:PrincipalAccount}:role/*"}}
    assert holds(account, {"aws:SourceArn": f"arn:aws:iam::{HOME}:role/x", "aws:PrincipalAccount": HOME})


def test_a_negated_operator_matches_a_variable_without_value():
    other_team = {"StringNotEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    assert (
        ask(identity=[allow("*"), deny(Condition=other_team)], context={"aws:ResourceTag/team": "sec"}).kind
        == "explicit-deny"
    )


def test_a_variable_with_several_values_cannot_be_judged():
    with pytest.raises(CannotJudge):
        covers("arn:aws:s3:::lab-data/${aws:TagKeys}", OBJECT, {"aws:TagKeys": ["a", "b"]})


@pytest.mark.parametrize(
    "resource",
    [
        "lab-data/*",
        "arn:aws:s3:::${aws:username",
        "arn:aws:s3:::${a b}",
        "",
        [],
    ],
)
def test_a_malformed_resource_cannot_be_judged(resource):
    with pytest.raises(CannotJudge):
        ask(JANE, identity=[allow("*", resource)])


def test_a_variable_before_the_fifth_colon_is_a_doubt_only_where_it_matters():
    """AWS's guide forbids it, and AWS's own managed policies have it: which of them holds is not for us to say."""
    early = allow("sns:Publish", "arn:*:sns:*:${aws:PrincipalAccount}:alarms")

    def may_publish(resource):
        return ask(action="sns:Publish", resource=resource, identity=[early]).allowed

    assert not may_publish("*") and not may_publish(f"arn:aws:sns:eu-west-1:{HOME}:other")
    with pytest.raises(CannotJudge, match="fifth colon"):
        may_publish(f"arn:aws:sns:eu-west-1:{HOME}:alarms")
