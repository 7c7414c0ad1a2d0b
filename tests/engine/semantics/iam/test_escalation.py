"""Escalation: every known method is found where it works and not where a boundary, an SCP or a condition stops it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.semantics.iam.helpers import HOME, allow, policy, statement, trust, when
from hardenlab.semantics.iam.escalation import Workload, find_escalations
from hardenlab.semantics.iam.escalation.methods import PASS_ROLE, TAKE_OVER

DEV = f"arn:aws:iam::{HOME}:user/dev"
ADMIN = f"arn:aws:iam::{HOME}:user/boss"
OPS = f"arn:aws:iam::{HOME}:role/ops"
OWN_POLICY = f"arn:aws:iam::{HOME}:policy/team"
EVERYTHING = allow("*")


def user(arn, *documents, groups=(), attached=(), boundary=None, tags=()):
    return {
        "Arn": arn,
        "UserName": arn.rpartition("/")[2],
        "UserId": "AIDAEXAMPLE1234567",
        "UserPolicyList": [{"PolicyName": f"p{n}", "PolicyDocument": d} for n, d in enumerate(documents)],
        "GroupList": list(groups),
        "AttachedManagedPolicies": [{"PolicyName": "team", "PolicyArn": a} for a in attached],
        "Tags": [{"Key": k, "Value": v} for k, v in tags],
        **({"PermissionsBoundary": {"PermissionsBoundaryArn": boundary}} if boundary else {}),
    }


def role(arn, *documents, trusts, boundary=None, profile=True):
    return {
        "Arn": arn,
        "RoleName": arn.rpartition("/")[2],
        "RoleId": "AROAEXAMPLE1234567",
        "AssumeRolePolicyDocument": trusts,
        "RolePolicyList": [{"PolicyName": f"p{n}", "PolicyDocument": d} for n, d in enumerate(documents)],
        "AttachedManagedPolicies": [],
        "InstanceProfileList": [{"Arn": "x"}] if profile else [],
        **({"PermissionsBoundary": {"PermissionsBoundaryArn": boundary}} if boundary else {}),
    }


def group(name, *documents, attached=()):
    return {
        "Arn": f"arn:aws:iam::{HOME}:group/{name}",
        "GroupName": name,
        "GroupPolicyList": [{"PolicyName": f"p{n}", "PolicyDocument": d} for n, d in enumerate(documents)],
        "AttachedManagedPolicies": [{"PolicyName": "team", "PolicyArn": a} for a in attached],
    }


def managed(arn, *versions, default=1):
    return {
        "Arn": arn,
        "DefaultVersionId": f"v{default}",
        "PolicyVersionList": [{"VersionId": f"v{n}", "Document": d} for n, d in enumerate(versions, start=1)],
    }


def account(*, users=(), roles=(), groups=(), policies=()):
    return {
        "UserDetailList": list(users),
        "RoleDetailList": list(roles),
        "GroupDetailList": list(groups),
        "Policies": list(policies),
    }


def methods_of(report, arn=DEV):
    found = report.of(arn)
    return [step.method.name for step in found.steps] if found else None


def of_service(name):
    return trust({"Service": name})


SELF = [
    ("AttachUserPolicy", allow("iam:AttachUserPolicy")),
    ("PutUserPolicy", allow("iam:PutUserPolicy", DEV)),
    ("CreatePolicyVersion", allow("iam:CreatePolicyVersion")),
    ("AttachGroupPolicy", allow("iam:AttachGroupPolicy")),
    ("PutGroupPolicy", allow("iam:PutGroupPolicy")),
    ("SetDefaultPolicyVersion", allow("iam:SetDefaultPolicyVersion")),
    ("AddUserToGroup", allow("iam:AddUserToGroup")),
    ("CreateAccessKey", allow("iam:CreateAccessKey")),
    ("CreateLoginProfile", allow("iam:CreateLoginProfile")),
    ("UpdateLoginProfile", allow("iam:UpdateLoginProfile")),
    ("UpdateAssumeRolePolicy", allow("iam:UpdateAssumeRolePolicy")),
]


def ordinary_account(document, **more):
    return account(
        users=[user(DEV, document, groups=["devs"], attached=[OWN_POLICY], **more), user(ADMIN, EVERYTHING)],
        roles=[role(OPS, EVERYTHING, trusts=of_service("config.amazonaws.com"))],
        groups=[group("devs"), group("admins", EVERYTHING)],
        policies=[managed(OWN_POLICY, allow("ec2:Describe*"), EVERYTHING)],
    )


@pytest.mark.parametrize(("name", "document"), SELF, ids=[name for name, _ in SELF])
def test_a_method_that_needs_one_permission_is_found(name, document):
    report = find_escalations(ordinary_account(document))
    assert methods_of(report) == [name]
    assert ADMIN in report.administrators and OPS in report.administrators
    assert report.of(DEV).steps[0].statements[0][0] == "p0"


@pytest.mark.parametrize(("name", "document"), SELF, ids=[name for name, _ in SELF])
def test_a_deny_stops_every_method(name, document):
    denied = policy(*document["Statement"], statement("Deny", f"iam:{name}"))
    assert methods_of(find_escalations(ordinary_account(denied))) is None


@pytest.mark.parametrize(("name", "document"), SELF, ids=[name for name, _ in SELF])
def test_a_service_control_policy_stops_every_method(name, document):
    scps = [[policy(statement(action="*"), statement("Deny", f"iam:{name}"))]]
    assert methods_of(find_escalations(ordinary_account(document), scps=scps)) is None


def with_role(document, service, *, profile=True):
    return account(
        users=[user(DEV, document)], roles=[role(OPS, EVERYTHING, trusts=of_service(service), profile=profile)]
    )


@pytest.mark.parametrize("way", PASS_ROLE, ids=[way.method.name for way in PASS_ROLE])
def test_passing_a_role_to_a_service_is_found(way):
    needed = [choices[0] for choices in way.needs]
    details = with_role(policy(statement(action=["iam:PassRole", *needed])), way.service)
    assert methods_of(find_escalations(details)) == [way.method.name]
    without_one = with_role(policy(statement(action=["iam:PassRole", *needed[:-1]])), way.service)
    assert methods_of(find_escalations(without_one)) is None
    without_passing = with_role(policy(statement(action=needed)), way.service)
    assert methods_of(find_escalations(without_passing)) is None
    other_service = with_role(policy(statement(action=["iam:PassRole", *needed])), "config.amazonaws.com")
    assert methods_of(find_escalations(other_service)) is None


def test_passing_a_role_obeys_its_conditions():
    to_lambda = when(StringEquals={"iam:PassedToService": "lambda.amazonaws.com"})
    run = statement(action=["lambda:CreateFunction", "lambda:InvokeFunction", "ec2:RunInstances"])
    document = policy(statement(action="iam:PassRole", **to_lambda), run)
    assert methods_of(find_escalations(with_role(document, "lambda.amazonaws.com"))) == ["PassRole+CreateFunction"]
    assert methods_of(find_escalations(with_role(document, "ec2.amazonaws.com"))) is None


def test_a_narrow_resource_still_lets_a_function_be_made():
    own = f"arn:aws:lambda:eu-west-1:{HOME}:function:dev-*"
    make = statement(action=["lambda:CreateFunction", "lambda:InvokeFunction"], resource=own)
    report = find_escalations(with_role(policy(statement(action="iam:PassRole"), make), "lambda.amazonaws.com"))
    assert methods_of(report) == ["PassRole+CreateFunction"]
    bare = with_role(policy(statement(action=["iam:PassRole", "lambda:*"])), "lambda.amazonaws.com")
    assert f"lambda:CreateFunction on arn:aws:lambda:us-east-1:{HOME}:function:any" in (
        find_escalations(bare).of(DEV).steps[0].requests
    )
    assert any("function:dev-any" in request for request in report.of(DEV).steps[0].requests)


def test_an_instance_needs_a_profile_or_the_right_to_make_one():
    run = ["iam:PassRole", "ec2:RunInstances"]
    bare = policy(statement(action=run))
    assert methods_of(find_escalations(with_role(bare, "ec2.amazonaws.com", profile=False))) is None
    able = policy(statement(action=[*run, "iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile"]))
    found = methods_of(find_escalations(with_role(able, "ec2.amazonaws.com", profile=False)))
    assert found == ["PassRole+RunInstances"]


@pytest.mark.parametrize("way", TAKE_OVER, ids=[way.method.name for way in TAKE_OVER])
def test_a_workload_that_runs_as_an_administrator_is_taken_over(way):
    arn = f"arn:aws:{way.service}:us-east-1:{HOME}:{way.resource}/x"
    details = with_role(policy(*(statement(action=action) for action in way.actions)), "config.amazonaws.com")
    assert methods_of(find_escalations(details)) is None
    workloads = [Workload(way.service, arn, OPS)]
    assert way.method.name in methods_of(find_escalations(details, workloads=workloads))


def test_a_chain_of_roles_is_found_and_is_the_shortest():
    middle = f"arn:aws:iam::{HOME}:role/middle"
    details = account(
        users=[user(DEV, allow("sts:AssumeRole", middle))],
        roles=[
            role(middle, allow("sts:AssumeRole", OPS), trusts=trust({"AWS": HOME})),
            role(OPS, EVERYTHING, trusts=trust({"AWS": middle})),
        ],
    )
    report = find_escalations(details)
    assert methods_of(report) == ["AssumeRole", "AssumeRole"]
    assert methods_of(report, middle) == ["AssumeRole"]
    told = report.of(DEV).explain()
    assert told.sentence == (
        "user/dev can become administrator: user/dev assumes role/middle, then role/middle assumes role/ops"
    )
    assert [step["actor"] for step in told.data["steps"]] == [DEV, middle]


def test_a_trust_policy_that_names_the_user_is_enough():
    details = account(users=[user(DEV)], roles=[role(OPS, EVERYTHING, trusts=trust({"AWS": DEV}))])
    assert methods_of(find_escalations(details)) == ["AssumeRole"]


def test_an_external_id_is_no_secret_and_mfa_is_asked_for():
    external = trust({"AWS": DEV}, **when(StringEquals={"sts:ExternalId": "abc"}))
    details = account(users=[user(DEV)], roles=[role(OPS, EVERYTHING, trusts=external)])
    assert methods_of(find_escalations(details)) == ["AssumeRole"]
    mfa = trust({"AWS": DEV}, **when(Bool={"aws:MultiFactorAuthPresent": "true"}))
    details = account(users=[user(DEV)], roles=[role(OPS, EVERYTHING, trusts=mfa)])
    assert methods_of(find_escalations(details)) is None
    assert methods_of(find_escalations(details, context={"aws:MultiFactorAuthPresent": "true"})) == ["AssumeRole"]


def test_the_external_ids_of_eight_statements_are_tried():
    """The trust policy says which external ids it takes; the same one twice counts once."""

    def asking(*ids):
        named = {"Effect": "Allow", "Principal": {"AWS": DEV}, "Action": "sts:AssumeRole"}
        return policy(*(named | when(StringEquals={"sts:ExternalId": id, "aws:PrincipalTag/t": t}) for id, t in ids))

    def found(*ids):
        dev = user(DEV, tags=[("t", "yes")])
        return methods_of(find_escalations(account(users=[dev], roles=[role(OPS, EVERYTHING, trusts=asking(*ids))])))

    assert found(*[("same", "no")] * 20, ("last", "yes")) == ["AssumeRole"]
    assert found(*((f"id{number}", "no") for number in range(6)), ("last", "yes")) == ["AssumeRole"]
    assert found(*((f"id{number}", "no") for number in range(7)), ("last", "yes")) is None, "the eighth is too many"


def test_a_role_that_may_change_itself_is_told_by_what_it_does_and_not_as_its_own_heir():
    trusts = trust({"AWS": HOME})
    worker = f"arn:aws:iam::{HOME}:role/worker"
    own = allow(["sts:AssumeRole", "iam:UpdateAssumeRolePolicy"], worker)
    report = find_escalations(account(roles=[role(worker, own, trusts=trusts)]))
    assert report.escalations == () and report.administrators == ()


def test_another_principal_that_one_controls_is_made_administrator():
    worker = f"arn:aws:iam::{HOME}:role/worker"
    details = account(
        users=[user(DEV, allow(["sts:AssumeRole", "iam:AttachRolePolicy"], worker))],
        roles=[role(worker, trusts=trust({"AWS": HOME}))],
    )
    report = find_escalations(details)
    assert methods_of(report) == ["AssumeRole", "AttachRolePolicy"]
    alone = account(
        users=[user(DEV, allow("iam:AttachRolePolicy", worker))],
        roles=[role(worker, trusts=of_service("x.amazonaws.com"))],
    )
    assert methods_of(find_escalations(alone)) is None  # a role that nobody reaches helps nobody


def test_a_boundary_stops_what_it_does_not_allow():
    limit = f"arn:aws:iam::{HOME}:policy/limit"
    details = account(
        users=[user(DEV, allow("iam:AttachUserPolicy"), boundary=limit)],
        policies=[managed(limit, policy(statement(action=["s3:*", "iam:AttachUserPolicy"])))],
    )
    assert methods_of(find_escalations(details)) is None


def test_a_boundary_that_may_be_taken_off_stops_nothing():
    limit = f"arn:aws:iam::{HOME}:policy/limit"
    both = ["iam:AttachUserPolicy", "iam:DeleteUserPermissionsBoundary"]
    details = account(
        users=[user(DEV, allow(both), boundary=limit)], policies=[managed(limit, policy(statement(action=both)))]
    )
    found = methods_of(find_escalations(details))
    assert sorted(found) == ["AttachUserPolicy", "DeleteUserPermissionsBoundary"]


def test_a_delegation_that_demands_the_boundary_holds_unless_the_boundary_may_go():
    limit = f"arn:aws:iam::{HOME}:policy/limit"
    keep = when(StringEquals={"iam:PermissionsBoundary": limit})
    dev = user(DEV, allow(["iam:PutUserPolicy", "iam:AttachUserPolicy"], **keep), boundary=limit)
    tight = managed(limit, allow(["iam:Put*", "iam:Attach*", "s3:*"]))
    assert methods_of(find_escalations(account(users=[dev], policies=[tight]))) is None
    loose = managed(limit, allow(["iam:*", "s3:*"]))
    found = methods_of(find_escalations(account(users=[dev], policies=[loose])))
    assert found == ["AttachUserPolicy", "DeleteUserPermissionsBoundary"]


def test_tags_of_the_target_count():
    tagged = when(StringEquals={"iam:ResourceTag/team": "dev"})
    document = allow("iam:CreateAccessKey", **tagged)
    free = account(users=[user(DEV, document), user(ADMIN, EVERYTHING)])
    assert methods_of(find_escalations(free)) is None
    marked = account(users=[user(DEV, document), user(ADMIN, EVERYTHING, tags=[("team", "dev")])])
    assert methods_of(find_escalations(marked)) == ["CreateAccessKey"]


@pytest.mark.parametrize(
    "document",
    [
        allow("s3:PutBucketPolicy"),
        allow("iam:Get*"),
        policy(statement(action="*"), statement("Deny", "iam:*"), statement("Deny", "sts:AssumeRole")),
        allow("iam:PassRole"),
        allow("iam:CreatePolicy"),
        allow("iam:CreateUser"),
    ],
)
def test_what_gives_nobody_more_rights_is_no_escalation(document):
    details = account(users=[user(DEV, document), user(ADMIN, EVERYTHING)])
    assert methods_of(find_escalations(details)) is None


def test_a_power_user_is_no_administrator():
    power = policy({"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"})
    details = account(users=[user(DEV, power)], roles=[role(OPS, EVERYTHING, trusts=trust({"AWS": HOME}))])
    report = find_escalations(details)
    assert DEV not in report.administrators and methods_of(report) == ["AssumeRole"]


def test_what_cannot_be_judged_is_told_and_not_guessed():
    broken = user(DEV, allow("iam:AttachUserPolicy"), attached=["arn:aws:iam::aws:policy/Unknown"])
    odd = when(NumericLessThan={"aws:MultiFactorAuthAge": "soon"})
    unclear = user(ADMIN, allow("iam:AttachUserPolicy", **odd))
    report = find_escalations(account(users=[broken, unclear]), context={"aws:MultiFactorAuthAge": "10"})
    assert "Unknown is not in the account's details" in report.unjudged[DEV]
    assert "not a number" in report.unjudged[ADMIN]
    assert report.escalations == ()


def test_service_linked_roles_are_left_alone():
    linked = f"arn:aws:iam::{HOME}:role/aws-service-role/support.amazonaws.com/Support"
    details = account(
        users=[user(DEV, allow(["iam:UpdateAssumeRolePolicy", "sts:AssumeRole"]))],
        roles=[role(linked, EVERYTHING, trusts=trust({"AWS": HOME}))],
    )
    report = find_escalations(details)
    assert methods_of(report) is None and linked not in report.administrators


def test_documents_may_come_encoded():
    import json
    from urllib.parse import quote

    details = account(users=[user(DEV, quote(json.dumps(allow("iam:AttachUserPolicy"))))])
    assert methods_of(find_escalations(details)) == ["AttachUserPolicy"]


def test_every_method_names_its_source():
    from hardenlab.semantics.iam.escalation import methods

    listed = [value for value in vars(methods).values() if isinstance(value, methods.Method)]
    listed += [way.method for way in (*PASS_ROLE, *TAKE_OVER)]
    listed += [*methods.ATTACH.values(), *methods.PUT.values(), *methods.DELETE_BOUNDARY.values()]
    assert all("(20" in method.source or "User Guide" in method.source for method in listed)
    assert len({method.name for method in listed}) == len(listed) >= 30


GRANTS = [
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:PassRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:AddUserToGroup",
    "iam:CreatePolicyVersion",
    "lambda:CreateFunction",
    "lambda:InvokeFunction",
    "sts:AssumeRole",
    "s3:*",
]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.sets(st.sampled_from(GRANTS)), st.sampled_from([*GRANTS, "iam:*", "*"]), st.booleans())
def test_another_deny_never_helps_anybody(granted, denied, trusted):
    def found(*more):
        document = policy(statement(action=sorted(granted | {"ec2:Describe*"})), *more)
        trusts = [{"Service": "lambda.amazonaws.com"}, {"AWS": HOME}]
        details = account(
            users=[user(DEV, document, attached=[OWN_POLICY], groups=[]), user(ADMIN, EVERYTHING)],
            roles=[role(OPS, EVERYTHING, trusts=trust(trusts[trusted]))],
            groups=[group("admins", EVERYTHING)],
            policies=[managed(OWN_POLICY, allow("ec2:Describe*"))],
        )
        return methods_of(find_escalations(details))

    before, after = found(), found(statement("Deny", denied))
    assert after is None or before is not None
    assert denied != "*" or after is None
