"""Callers outside IAM and the root user, limits that apply to them, and the reasons that are told."""

import pytest

from engine.semantics.iam.helpers import (
    ANALYST,
    BOB,
    HOME,
    JANE,
    KEY,
    OBJECT,
    PARTNER_SESSION,
    ROLE,
    allow,
    ask,
    deny,
    policy,
    statement,
    when,
)
from hardenlab.semantics.iam import CannotJudge, Policies, Principal, Request, decide, explain

ROOT = Principal.root(HOME)
CLOUDTRAIL = Principal.aws_service("cloudtrail.amazonaws.com")
SERVICE = Principal.aws_service("cloudtrail.amazonaws.com")


def judged(caller, action="s3:GetObject", on=OBJECT, **policies):
    """As `ask`, with `resource` for the resource's policy."""
    return decide(Request(caller, action, on, HOME), Policies(**policies))


@pytest.mark.parametrize("caller", [CLOUDTRAIL, Principal.anonymous()])
def test_identity_policies_are_nothing_to_a_caller_outside_iam(caller):
    granted = policy({**statement(), "Principal": {"Service": "cloudtrail.amazonaws.com", "AWS": "*"}})
    assert judged(caller, identity=[deny()], resource=granted).allowed
    assert not ask(caller, identity=[allow()]).allowed


@pytest.mark.parametrize(
    ("caller", "name"),
    [(JANE, JANE.arn), (CLOUDTRAIL, "cloudtrail.amazonaws.com"), (Principal.anonymous(), "an anonymous caller")],
)
def test_a_caller_is_named_by_what_it_has(caller, name):
    assert str(caller) == name


@pytest.mark.parametrize("arn", [f"arn:aws:iam::{HOME}:user/*", f"arn:aws:iam::{HOME}:user/jan?"])
def test_a_wildcard_in_a_principal_is_told_as_such(arn):
    with pytest.raises(CannotJudge, match="wildcard cannot stand"):
        judged(JANE, resource=policy(statement(Principal={"AWS": arn})))


def test_not_principal_spares_the_root_user_of_the_account_it_names():
    def spared(account):
        except_for = {"Effect": "Deny", "NotPrincipal": {"AWS": f"arn:aws:iam::{account}:root"}}
        denied = policy({**except_for, "Action": "s3:GetObject", "Resource": "*"})
        return judged(ROOT, resource=denied).allowed

    assert spared(HOME) and not spared("444455556666")


def test_a_key_policy_that_names_the_role_is_limited_by_the_boundary():
    role = f"arn:aws:iam::{HOME}:role/analyst"
    caller = Principal.role_session(f"arn:aws:sts::{HOME}:assumed-role/analyst/s1")
    key = f"arn:aws:kms:eu-west-1:{HOME}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    granted = policy(statement(action="kms:Decrypt", Principal={"AWS": role}))
    found = judged(caller, "kms:Decrypt", key, resource=granted, boundary=allow("s3:*"), identity=[allow("kms:*")])
    assert not found.allowed and "permissions boundary" in found.because
    assert judged(caller, "kms:Decrypt", key, resource=granted, boundary=allow("kms:*")).allowed


def test_the_picture_tells_the_denying_statement_in_its_place():
    told = explain(
        Request(JANE, "s3:GetObject", OBJECT, HOME), Policies(identity=[allow(), deny()], scps=[[allow("*")]])
    )
    legend = list(told.picture.legend.values())
    assert legend[1:3] == [
        "statement 1 of the service control policy allows",
        "statement 1 of the identity policy denies",
    ]
    assert "class n3,n4 stops" in told.picture.mermaid


def test_a_deciding_statement_is_told_with_its_place():
    told = explain(Request(JANE, "s3:GetObject", OBJECT, HOME), Policies(identity=[deny("ec2:*"), allow(Sid="Read")]))
    (found,) = told.data["statements"]
    assert found == {
        "policy": "identity",
        "level": 0,
        "policy_index": 1,
        "source": None,
        "index": 0,
        "sid": "Read",
        "statement": {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
    }


def test_near_misses_are_five_at_most():
    many = policy(*(statement(resource=f"arn:aws:s3:::b{n}/*") for n in range(9)))
    told = explain(Request(JANE, "s3:GetObject", OBJECT, HOME), Policies(identity=[many]))
    assert len(told.data["near_misses"]) == 5


def test_a_statement_that_fails_by_two_elements_is_no_near_miss():
    far = allow(resource="arn:aws:s3:::b/*", **when(Bool={"aws:SecureTransport": "true"}))
    assert explain(Request(JANE, "s3:GetObject", OBJECT, HOME), Policies(identity=[far])).data["near_misses"] == []


def speaks(who, effect="Allow", action="s3:GetObject", element="Principal"):
    return policy({"Effect": effect, element: who, "Action": action, "Resource": "*"})


def decided(caller, document, **more):
    return decide(Request(caller, "s3:GetObject", OBJECT, HOME, {}), Policies(resource=document, **more))


def test_policies_of_a_caller_who_can_have_none_are_not_read():
    public = speaks({"Service": "cloudtrail.amazonaws.com"})
    assert decided(SERVICE, public, identity=[deny()], boundary=deny()).allowed
    assert decided(Principal.anonymous(), speaks("*"), identity=[deny()]).allowed


def test_the_root_user_is_no_user_of_policies():
    assert ask(ROOT, identity=[deny()], boundary=deny()).allowed


@pytest.mark.parametrize(
    ("who", "allowed"), [(f"arn:aws:iam::{HOME}:root", True), (HOME, True), ("444455556666", False)]
)
def test_not_principal_exempts_the_root_user_by_the_account(who, allowed):
    assert decided(ROOT, speaks({"AWS": who}, "Deny", element="NotPrincipal")).allowed is allowed


@pytest.mark.parametrize("name", ["user/*", "user/j?ne"])
def test_a_wildcard_in_a_principal_is_told(name):
    with pytest.raises(CannotJudge, match="a wildcard cannot stand"):
        decided(JANE, speaks({"AWS": f"arn:aws:iam::{HOME}:{name}"}))


def test_the_reason_names_who_did_not_allow():
    home, bob = speaks({"AWS": HOME}, action="kms:Decrypt"), speaks({"AWS": BOB.arn}, action="kms:Decrypt")

    def reason(**policies):
        return decide(Request(JANE, "kms:Decrypt", KEY, HOME, {}), Policies(**policies)).because

    assert reason(resource=home).startswith("No identity policy of")
    limited = reason(resource=home, identity=[allow("kms:*")], boundary=allow("s3:*"))
    assert limited.startswith("The permissions boundary")
    assert "own policy" in reason(resource=bob, identity=[allow("kms:*")])


def test_a_role_is_assumed_by_its_own_word_alone():
    everywhere = [allow("sts:AssumeRole")]
    assert not ask(JANE, "sts:AssumeRole", ROLE, identity=everywhere).allowed
    assert not ask(ROOT, "sts:AssumeRole", ROLE).allowed


def test_callers_are_told_by_what_they_are_known_by():
    assert str(JANE) == JANE.arn
    assert str(SERVICE) == "cloudtrail.amazonaws.com"
    assert str(Principal.federated("accounts.google.com")) == "accounts.google.com"
    assert str(Principal.anonymous()) == "an anonymous caller"
    assert str(ANALYST) == ANALYST.arn and str(PARTNER_SESSION) == PARTNER_SESSION.arn
