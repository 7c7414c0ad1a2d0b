"""IAM User Guide, "AWS global condition context keys": which keys a caller brings along."""

import pytest

from engine.semantics.iam.helpers import ANALYST, HOME, JANE
from hardenlab.semantics.iam import CannotJudge, Principal, principal_context


def test_a_user_with_a_long_term_key_has_a_name_and_no_word_about_mfa():
    context = principal_context(JANE, unique_id="AIDAEXAMPLE", tags={"team": "sec"})
    assert context == {
        "aws:PrincipalArn": JANE.arn,
        "aws:PrincipalAccount": HOME,
        "aws:PrincipalType": "User",
        "aws:PrincipalIsAWSService": "false",
        "aws:username": "jane",
        "aws:userid": "AIDAEXAMPLE",
        "aws:PrincipalTag/team": "sec",
    }


def test_a_role_session_is_known_by_its_role_and_has_no_username():
    context = principal_context(ANALYST, unique_id="AROAEXAMPLE", mfa=False, token_issue_time="2024-01-01T00:00:00Z")
    assert context["aws:PrincipalArn"] == f"arn:aws:iam::{HOME}:role/analyst"
    assert context["aws:userid"] == "AROAEXAMPLE:s1"
    assert context["aws:MultiFactorAuthPresent"] == "false"
    assert "aws:TokenIssueTime" in context
    assert "aws:username" not in context


def test_root_federated_user_service_and_stranger_have_their_own_keys():
    assert principal_context(Principal.root(HOME), organization="o-1")["aws:userid"] == HOME
    session = Principal.federated_user(f"arn:aws:sts::{HOME}:federated-user/jane", JANE.arn)
    assert principal_context(session)["aws:userid"] == f"{HOME}:jane"
    assert principal_context(Principal.aws_service("s3.amazonaws.com"))["aws:PrincipalIsAWSService"] == "true"
    assert principal_context(Principal.federated("graph.facebook.com")) == {
        "aws:FederatedProvider": "graph.facebook.com"
    }
    assert "aws:PrincipalArn" not in principal_context(Principal.anonymous())


@pytest.mark.parametrize(
    "incomplete",
    [
        lambda: Principal("user"),
        lambda: Principal("role-session", arn="arn:aws:sts::111122223333:assumed-role/a/b", account=HOME),
        lambda: Principal("service"),
        lambda: Principal("federated"),
        lambda: Principal.user("jane"),
        lambda: Principal.role_session(JANE.arn),
    ],
)
def test_an_incomplete_principal_is_refused(incomplete):
    with pytest.raises(CannotJudge):
        incomplete()
