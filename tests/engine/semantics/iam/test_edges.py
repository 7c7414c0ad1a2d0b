"""Corners that only a broken evaluator turns: found by breaking it in one place at a time."""

import pytest

from engine.semantics.iam.helpers import HOME, JANE, OBJECT, allow, ask, deny, holds, policy, statement, trust, when
from hardenlab.semantics.iam import CannotJudge, Policies, Principal, Request, decide, explain, validate

ROOT = Principal.root(HOME)
CLOUDTRAIL = Principal.aws_service("cloudtrail.amazonaws.com")
BUCKET = "arn:aws:s3:::lab-data"


def to_everybody(**more):
    return policy(statement(Principal="*", **more))


def judged(caller, action="s3:GetObject", on=OBJECT, **policies):
    """As `ask`, with `resource` for the resource's policy."""
    return decide(Request(caller, action, on, HOME), Policies(**policies))


def test_for_any_value_with_if_exists_is_judged_when_the_key_is_there():
    condition = {"ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": ["a"]}}
    assert holds(condition, {"aws:TagKeys": ["a", "b"]})
    assert not holds(condition, {"aws:TagKeys": ["b"]})


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


@pytest.mark.parametrize(
    ("date", "earlier", "later"),
    [
        ("2026-11-25T12:00:00+02:00", "2026-11-25T09:59:59Z", "2026-11-25T10:00:01Z"),
        ("2026-11-25T12:00:00-02:00", "2026-11-25T13:59:59Z", "2026-11-25T14:00:01Z"),
        ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.4Z", "1969-12-31T23:59:59.6Z"),
    ],
)
def test_dates_are_instants(date, earlier, later):
    before = {"DateLessThan": {"aws:CurrentTime": date}}
    assert holds(before, {"aws:CurrentTime": earlier}) and not holds(before, {"aws:CurrentTime": later})
    assert not holds(before, {"aws:CurrentTime": date})


def test_an_epoch_time_and_a_date_are_the_same_instant():
    at_midnight = {"DateEquals": {"aws:CurrentTime": "2026-11-25T00:00:00Z"}}
    assert holds(at_midnight, {"aws:CurrentTime": "1795564800"})
    assert not holds(at_midnight, {"aws:CurrentTime": "1795564801"})
    assert holds({"DateEquals": {"aws:CurrentTime": "1969-12-31"}}, {"aws:CurrentTime": "1969-12-31T00:00:00Z"})


@pytest.mark.parametrize("date", ["2026-11-25T24:00:00Z", "2026-11-25T12:60:00Z", "2026-11-25T12:00:61Z"])
def test_a_time_that_no_clock_shows_cannot_be_judged(date):
    with pytest.raises(CannotJudge, match="time of day"):
        holds({"DateLessThan": {"aws:CurrentTime": date}}, {"aws:CurrentTime": "2026-11-25T00:00:00Z"})


@pytest.mark.parametrize("default", ["'x", "x'", "x", "'"])
def test_the_default_of_a_variable_stands_in_quotes(default):
    with pytest.raises(CannotJudge, match="single quotes"):
        ask(identity=[allow(resource=f"{BUCKET}/${{aws:username, {default}}}")])


@pytest.mark.parametrize(("pattern", "covers"), [("arn:aws:s3*", True), ("arn:aws:s*", True), ("arn:aws:ec2*", False)])
def test_a_short_pattern_that_ends_in_a_wildcard_reaches_over_the_rest(pattern, covers):
    assert ask(identity=[allow(resource=pattern)]).allowed is covers


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


@pytest.mark.parametrize(
    ("resource", "sound"),
    [(f"{BUCKET}/report.csv", True), (f"{BUCKET}-2/report.csv", False), ("arn:aws:s3:::lab/report.csv", False)],
)
def test_a_bucket_policy_names_objects_of_its_bucket(resource, sound):
    assert (validate(to_everybody(resource=resource), "bucket", resource=BUCKET) == []) is sound


def test_a_bucket_policy_names_actions_of_s3():
    (problem,) = validate(to_everybody(action="ec2:RunInstances"), "bucket")
    assert "'ec2:RunInstances' is not an action of S3" in str(problem)
    assert validate(to_everybody(action="*"), "bucket") == []


def test_an_action_that_is_too_long_is_told_and_not_expanded():
    problems = validate(to_everybody(action="s3:" + "Get" * 400), "bucket")
    assert {problem.where for problem in problems} == {"Statement[0].Action"}


def test_what_cannot_be_written_as_json_is_told():
    problems = validate({**to_everybody(), "Id": object()}, "bucket")
    assert any("cannot be written as JSON" in str(problem) for problem in problems)


def test_a_trust_policy_names_actions_of_sts():
    assert validate(trust({"AWS": HOME}, "sts:AssumeRole"), "trust") == []
    assert [str(p) for p in validate(trust({"AWS": HOME}, "s3:GetObject"), "trust")]


def test_an_escaped_sign_before_the_fifth_colon_is_no_variable():
    for sign in ("*", "?", "$"):
        assert not ask(identity=[allow(resource=f"arn:aws:s3${{{sign}}}:::lab-data/*")]).allowed
        assert validate(allow(resource=f"arn:aws:s3${{{sign}}}:::lab-data/*"), "identity") == []
