"""IAM User Guide, "Policy evaluation logic"; Organizations User Guide, "SCP evaluation"."""

import pytest

from engine.semantics.iam.helpers import (
    ANALYST,
    BOB,
    HOME,
    JANE,
    KEY,
    OBJECT,
    PARTNER,
    PARTNER_SESSION,
    ROLE,
    allow,
    ask,
    deny,
    policy,
    statement,
    trust,
    when,
)
from hardenlab.semantics.iam import CannotJudge, Policies, Principal, Request, decide

ROOT = Principal.root(HOME)
ANONYMOUS = Principal.anonymous()
EVERYTHING = allow("*")


def grant(principal, action="s3:GetObject", resource="*", **more):
    return allow(action, resource, Principal=principal, **more)


def refuse(action="s3:GetObject", resource="*", **more):
    return deny(action, resource, **({"Principal": "*"} | more))


# --- the layers of one account -------------------------------------------------------------------------


def test_nothing_is_allowed_without_a_statement():
    decision = ask()
    assert decision.kind == "implicit-deny"
    assert decision.statements == ()


def test_the_deciding_statement_is_named_with_its_policy_and_sid():
    documents = [allow("ec2:*"), policy(statement(), statement("Deny", Sid="NoReports"))]
    decision = ask(identity=documents)
    (deciding,) = decision.statements
    assert (deciding.policy, deciding.policy_index, deciding.index, deciding.sid) == ("identity", 1, 1, "NoReports")
    assert deciding.statement == documents[1]["Statement"][1]
    assert decision.because == f'Statement 2 "NoReports" of the identity policy denies s3:GetObject on {OBJECT}'


def test_a_boundary_only_limits():
    assert ask(identity=[EVERYTHING], boundary=allow("s3:*")).allowed
    assert not ask(boundary=EVERYTHING).allowed
    assert ask(identity=[EVERYTHING], boundary=deny()).kind == "explicit-deny"


def test_a_boundary_that_is_silent_is_named():
    decision = ask(identity=[EVERYTHING], boundary=allow("ec2:*"))
    assert decision.because == f"The permissions boundary does not allow s3:GetObject on {OBJECT}"


def test_a_session_policy_only_limits():
    assert ask(ANALYST, identity=[EVERYTHING], session=[allow()]).allowed
    assert not ask(ANALYST, identity=[], session=[EVERYTHING]).allowed
    assert not ask(ANALYST, identity=[EVERYTHING], session=[allow("ec2:*")]).allowed
    assert ask(ANALYST, identity=[EVERYTHING], session=[allow("ec2:*"), allow("s3:Get*")]).allowed


def test_boundary_and_session_policy_both_limit():
    limits = {"boundary": allow("s3:*"), "session": [allow("s3:GetObject")]}
    assert ask(ANALYST, identity=[EVERYTHING], **limits).allowed
    assert not ask(ANALYST, "s3:PutObject", identity=[EVERYTHING], **limits).allowed


@pytest.mark.parametrize("limit", [{"boundary": allow("ec2:*")}, {"session": [allow("ec2:*")]}])
def test_a_grant_to_the_role_is_limited_and_one_to_its_session_is_not(limit):
    to_role = ask_with(ANALYST, grant({"AWS": ANALYST.role_arn}), **limit)
    to_session = ask_with(ANALYST, grant({"AWS": ANALYST.arn}), **limit)
    assert to_role.kind == "implicit-deny"
    assert to_session.allowed


def ask_with(caller, resource_policy, action="s3:GetObject", arn=OBJECT, account=HOME, context=(), **policies):
    """Ask about a resource that has a policy of its own."""
    request = Request(caller, action, arn, account, dict(context))
    return decide(request, Policies(resource=resource_policy, **policies))


def test_a_grant_to_a_role_needs_no_identity_policy():
    assert ask_with(ANALYST, grant({"AWS": ANALYST.role_arn})).allowed
    assert ask_with(ANALYST, grant({"AWS": ANALYST.role_arn}), session=[allow()]).allowed


def test_a_grant_to_a_role_with_a_path_is_found():
    session = Principal.role_session(ANALYST.arn, f"arn:aws:iam::{HOME}:role/teams/analyst")
    assert ask_with(session, grant({"AWS": f"arn:aws:iam::{HOME}:role/teams/analyst"})).allowed
    assert not ask_with(session, grant({"AWS": f"arn:aws:iam::{HOME}:role/analyst"})).allowed


def test_a_grant_to_everybody_needs_no_identity_policy_within_the_account():
    assert ask_with(JANE, grant("*")).allowed
    assert ask_with(JANE, grant({"AWS": "*"})).allowed


def test_whether_a_boundary_limits_a_grant_to_everybody_cannot_be_judged():
    with pytest.raises(CannotJudge):
        ask_with(JANE, grant("*"), boundary=allow("ec2:*"))
    assert ask_with(JANE, grant("*"), boundary=allow("s3:*")).allowed
    assert ask_with(JANE, grant({"AWS": JANE.arn}), boundary=allow("ec2:*")).allowed


def test_a_principal_arn_is_compared_with_regard_to_case():
    assert not ask_with(JANE, grant({"AWS": f"arn:aws:iam::{HOME}:user/Jane"})).allowed


def test_a_federated_user_has_the_intersection_of_user_and_session_policy():
    session = Principal.federated_user(f"arn:aws:sts::{HOME}:federated-user/jane", JANE.arn)
    assert ask(session, identity=[EVERYTHING], session=[allow()]).allowed
    assert not ask(session, identity=[EVERYTHING]).allowed
    assert ask_with(session, grant({"AWS": session.arn})).allowed
    assert not ask_with(session, grant({"AWS": JANE.arn}), session=[allow("ec2:*")]).allowed


# --- the root user -------------------------------------------------------------------------------------


def test_the_root_user_may_do_everything_in_its_account():
    assert ask(ROOT).allowed


def test_a_resource_policy_can_deny_the_root_user():
    assert ask_with(ROOT, refuse()).kind == "explicit-deny"


@pytest.mark.parametrize("action", ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"])
def test_the_owners_root_user_cannot_lock_itself_out_of_a_bucket_policy(action):
    locked = refuse("s3:*")
    assert ask_with(ROOT, locked, action, "arn:aws:s3:::lab-data").allowed
    assert not ask_with(JANE, locked, action, "arn:aws:s3:::lab-data", identity=[EVERYTHING]).allowed
    foreign = Principal.root(PARTNER)
    assert not ask_with(foreign, locked, action, "arn:aws:s3:::lab-data").allowed


def test_the_root_user_needs_the_resource_policy_of_another_account():
    assert not ask(ROOT, account=PARTNER).allowed
    assert ask_with(ROOT, grant({"AWS": HOME}), account=PARTNER).allowed


def test_the_root_user_cannot_assume_a_role():
    assert not ask_with(ROOT, trust({"AWS": HOME}), "sts:AssumeRole", ROLE).allowed


# --- across accounts -----------------------------------------------------------------------------------


def test_both_accounts_must_allow():
    resource_policy = grant({"AWS": PARTNER})
    assert ask_with(PARTNER_SESSION, resource_policy, identity=[allow()]).allowed
    assert not ask_with(PARTNER_SESSION, resource_policy).allowed
    assert not ask(PARTNER_SESSION, identity=[EVERYTHING]).allowed


@pytest.mark.parametrize("limit", [{"boundary": allow("ec2:*")}, {"session": [allow("ec2:*")]}])
def test_the_callers_limits_hold_across_accounts(limit):
    resource_policy = grant({"AWS": PARTNER_SESSION.arn})
    assert not ask_with(PARTNER_SESSION, resource_policy, identity=[EVERYTHING], **limit).allowed


def test_everybody_includes_other_accounts_that_let_their_people():
    assert ask_with(PARTNER_SESSION, grant("*"), identity=[allow()]).allowed
    assert not ask_with(PARTNER_SESSION, grant("*")).allowed


def test_a_role_chain_across_accounts_needs_the_session_of_the_first_role():
    target = f"arn:aws:iam::{PARTNER}:role/audit"
    trusting = trust({"AWS": ANALYST.role_arn})
    may_assume = allow("sts:AssumeRole", target)
    assert ask_with(ANALYST, trusting, "sts:AssumeRole", target, PARTNER, identity=[may_assume]).allowed
    assert not ask_with(ANALYST, trusting, "sts:AssumeRole", target, PARTNER).allowed
    assert not ask_with(JANE, trusting, "sts:AssumeRole", target, PARTNER, identity=[may_assume]).allowed


def test_the_owner_of_a_resource_without_an_account_in_its_arn_must_be_known():
    with pytest.raises(CannotJudge):
        ask(account=None, identity=[EVERYTHING])
    assert ask(action="ec2:DescribeInstances", resource="*", account=None, identity=[EVERYTHING]).allowed
    queue = f"arn:aws:sqs:us-east-1:{PARTNER}:jobs"
    assert not ask(action="sqs:SendMessage", resource=queue, account=None, identity=[EVERYTHING]).allowed


# --- organization policies -----------------------------------------------------------------------------


def test_every_level_of_the_organization_must_allow():
    assert ask(identity=[EVERYTHING], scps=[[EVERYTHING], [EVERYTHING, allow("ec2:*")]]).allowed
    assert not ask(identity=[EVERYTHING], scps=[[EVERYTHING], [allow("ec2:*")]]).allowed
    assert not ask(identity=[EVERYTHING], scps=[[EVERYTHING], []]).allowed
    assert not ask(identity=[], scps=[[EVERYTHING]]).allowed


def test_a_service_control_policy_limits_even_a_direct_grant_and_the_root_user():
    assert not ask_with(JANE, grant({"AWS": JANE.arn}), scps=[[allow("ec2:*")]]).allowed
    assert not ask(ROOT, scps=[[allow("ec2:*")]]).allowed
    assert ask(ROOT, scps=[[EVERYTHING, deny()]]).kind == "explicit-deny"


def test_service_control_policies_do_not_reach_service_linked_roles_services_or_strangers():
    linked = Principal.role_session(
        f"arn:aws:sts::{HOME}:assumed-role/AWSServiceRoleForSupport/s",
        f"arn:aws:iam::{HOME}:role/aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport",
    )
    assert ask(linked, identity=[EVERYTHING], scps=[[deny("*")]], rcps=[[refuse()]]).allowed
    assert ask_with(ANONYMOUS, grant("*"), scps=[[deny("*")]]).allowed
    logs = Principal.aws_service("delivery.logs.amazonaws.com")
    assert ask_with(logs, grant({"Service": "delivery.logs.amazonaws.com"}), scps=[[deny("*")]]).allowed


def test_a_resource_control_policy_denies_strangers_too():
    outsiders = refuse(
        "s3:*",
        **when(
            StringNotEqualsIfExists={"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
            BoolIfExists={"aws:PrincipalIsAWSService": "false"},
        ),
    )
    assert ask_with(ANONYMOUS, grant("*"), rcps=[[outsiders]]).kind == "explicit-deny"
    member = {"aws:PrincipalOrgID": "o-a1b2c3d4e5", "aws:PrincipalIsAWSService": "false"}
    assert ask(identity=[EVERYTHING], rcps=[[outsiders]], context=member).allowed


def test_whether_a_resource_control_policy_reaches_other_services_cannot_be_judged():
    with pytest.raises(CannotJudge):
        ask(action="ec2:RunInstances", resource="*", identity=[EVERYTHING], rcps=[[refuse("ec2:*")]])


# --- callers that are no IAM principals ----------------------------------------------------------------


def test_an_anonymous_caller_needs_a_grant_to_everybody():
    assert ask_with(ANONYMOUS, grant("*")).allowed
    assert ask_with(ANONYMOUS, grant({"AWS": "*"})).allowed
    assert not ask_with(ANONYMOUS, grant({"AWS": HOME})).allowed
    assert not ask_with(ANONYMOUS, grant({"Service": "s3.amazonaws.com"})).allowed
    assert not ask(ANONYMOUS, identity=[EVERYTHING]).allowed
    assert (
        ask_with(ANONYMOUS, policy(statement(Principal="*"), statement("Deny", Principal="*"))).kind == "explicit-deny"
    )


def test_a_service_is_judged_by_the_resource_policy_alone():
    topic = f"arn:aws:sns:us-east-1:{HOME}:alerts"
    events = Principal.aws_service("events.amazonaws.com")
    assert ask_with(events, grant({"Service": "events.amazonaws.com"}, "sns:Publish"), "sns:Publish", topic).allowed
    assert not ask_with(events, grant({"Service": "s3.amazonaws.com"}, "sns:Publish"), "sns:Publish", topic).allowed
    assert not ask_with(events, grant({"AWS": HOME}, "sns:Publish"), "sns:Publish", topic).allowed
    assert not ask(events, "sns:Publish", topic, identity=[EVERYTHING]).allowed


def test_a_source_arn_keeps_a_confused_deputy_out():
    topic = f"arn:aws:sns:us-east-1:{HOME}:alerts"
    confined = grant(
        {"Service": "s3.amazonaws.com"},
        "sns:Publish",
        **when(ArnLike={"aws:SourceArn": "arn:aws:s3:::lab-data"}, StringEquals={"aws:SourceAccount": HOME}),
    )
    s3 = Principal.aws_service("s3.amazonaws.com")
    ours = {"aws:SourceArn": "arn:aws:s3:::lab-data", "aws:SourceAccount": HOME}
    theirs = {"aws:SourceArn": "arn:aws:s3:::lab-data", "aws:SourceAccount": PARTNER}
    assert ask_with(s3, confined, "sns:Publish", topic, context=ours).allowed
    assert not ask_with(s3, confined, "sns:Publish", topic, context=theirs).allowed
    assert not ask_with(s3, confined, "sns:Publish", topic).allowed


def test_a_web_identity_is_judged_by_the_trust_policy():
    provider = f"arn:aws:iam::{HOME}:oidc-provider/token.actions.githubusercontent.com"
    subject = {"token.actions.githubusercontent.com:sub": "repo:octo/shop:*"}
    trusting = trust({"Federated": provider}, "sts:AssumeRoleWithWebIdentity", **when(StringLike=subject))
    caller = Principal.federated(provider)
    action = "sts:AssumeRoleWithWebIdentity"
    ours = {"token.actions.githubusercontent.com:sub": "repo:octo/shop:ref:refs/heads/main"}
    theirs = {"token.actions.githubusercontent.com:sub": "repo:octo/other:ref:refs/heads/main"}
    assert ask_with(caller, trusting, action, ROLE, context=ours).allowed
    assert not ask_with(caller, trusting, action, ROLE, context=theirs).allowed
    assert not ask_with(Principal.federated("graph.facebook.com"), trusting, action, ROLE, context=ours).allowed


# --- roles and keys, whose own policy must speak -------------------------------------------------------


def test_a_trust_policy_that_names_the_account_delegates_to_it():
    assert not ask_with(JANE, trust({"AWS": HOME}), "sts:AssumeRole", ROLE).allowed
    assert ask_with(
        JANE, trust({"AWS": HOME}), "sts:AssumeRole", ROLE, identity=[allow("sts:AssumeRole", ROLE)]
    ).allowed
    assert not ask_with(BOB, trust({"AWS": JANE.arn}), "sts:AssumeRole", ROLE, identity=[EVERYTHING]).allowed
    assert not ask(action="sts:AssumeRole", resource=ROLE, identity=[EVERYTHING]).allowed


def test_a_trust_policy_lets_a_service_in():
    ec2 = Principal.aws_service("ec2.amazonaws.com")
    assert ask_with(ec2, trust({"Service": "ec2.amazonaws.com"}), "sts:AssumeRole", ROLE).allowed
    assert not ask_with(ec2, trust({"Service": "lambda.amazonaws.com"}), "sts:AssumeRole", ROLE).allowed


def test_a_role_does_not_trust_itself_unless_it_says_so():
    own_role = Principal.role_session(f"arn:aws:sts::{HOME}:assumed-role/deploy/s1")
    assert not ask_with(
        own_role, trust({"Service": "ec2.amazonaws.com"}), "sts:AssumeRole", ROLE, identity=[EVERYTHING]
    ).allowed
    assert ask_with(own_role, trust({"AWS": ROLE}), "sts:AssumeRole", ROLE).allowed


def test_a_trust_policy_can_ask_for_mfa_and_an_external_id():
    demand = when(Bool={"aws:MultiFactorAuthPresent": "true"}, StringEquals={"sts:ExternalId": "4711"})
    trusting = trust({"AWS": JANE.arn}, **demand)
    full = {"aws:MultiFactorAuthPresent": "true", "sts:ExternalId": "4711"}
    assert ask_with(JANE, trusting, "sts:AssumeRole", ROLE, context=full).allowed
    assert not ask_with(JANE, trusting, "sts:AssumeRole", ROLE, context={"sts:ExternalId": "4711"}).allowed


def test_managing_a_role_is_not_assuming_it():
    assert ask_with(JANE, trust({"Service": "ec2.amazonaws.com"}), "iam:GetRole", ROLE, identity=[EVERYTHING]).allowed


def test_a_key_policy_without_the_account_locks_everybody_else_out():
    only_analyst = grant({"AWS": ANALYST.role_arn}, "kms:*")
    assert ask_with(ANALYST, only_analyst, "kms:Decrypt", KEY).allowed
    assert not ask_with(JANE, only_analyst, "kms:Decrypt", KEY, identity=[EVERYTHING]).allowed
    assert not ask_with(ROOT, only_analyst, "kms:PutKeyPolicy", KEY).allowed
    assert not ask(action="kms:Decrypt", resource=KEY, identity=[EVERYTHING]).allowed


def test_a_key_policy_that_names_the_account_needs_an_identity_policy_beside_it():
    delegating = grant({"AWS": f"arn:aws:iam::{HOME}:root"}, "kms:*")
    assert not ask_with(JANE, delegating, "kms:Decrypt", KEY).allowed
    assert ask_with(JANE, delegating, "kms:Decrypt", KEY, identity=[allow("kms:Decrypt", KEY)]).allowed
    assert ask_with(ROOT, delegating, "kms:PutKeyPolicy", KEY).allowed
    assert not ask_with(JANE, delegating, "kms:Decrypt", KEY, identity=[allow("kms:*")], boundary=allow("s3:*")).allowed


def test_a_key_of_another_account_needs_both_sides():
    shared = grant({"AWS": PARTNER}, "kms:Decrypt")
    assert ask_with(PARTNER_SESSION, shared, "kms:Decrypt", KEY, identity=[allow("kms:Decrypt", KEY)]).allowed
    assert not ask_with(PARTNER_SESSION, shared, "kms:Decrypt", KEY).allowed
    assert not ask_with(PARTNER_SESSION, shared, "kms:Encrypt", KEY, identity=[EVERYTHING]).allowed


def test_kms_actions_on_no_key_need_no_key_policy():
    assert ask(action="kms:CreateKey", resource="*", identity=[EVERYTHING]).allowed


# --- VPC endpoints -------------------------------------------------------------------------------------


def test_an_endpoint_policy_must_allow_but_grants_nothing():
    only_lab = grant("*", "s3:*", "arn:aws:s3:::lab-data/*")
    assert ask(identity=[EVERYTHING], vpc_endpoint=only_lab).allowed
    assert not ask(resource="arn:aws:s3:::elsewhere/x", identity=[EVERYTHING], vpc_endpoint=only_lab).allowed
    assert not ask(vpc_endpoint=grant("*", "*")).allowed
    assert ask(identity=[EVERYTHING], vpc_endpoint=refuse()).kind == "explicit-deny"
    assert not ask_with(ANONYMOUS, grant("*"), arn="arn:aws:s3:::elsewhere/x", vpc_endpoint=only_lab).allowed


def test_an_account_in_a_gateway_endpoints_policy_cannot_be_judged():
    named = grant({"AWS": HOME}, "*")
    with pytest.raises(CannotJudge):
        ask(identity=[EVERYTHING], vpc_endpoint=named)
    assert ask(ROOT, vpc_endpoint=named).allowed
    topic = f"arn:aws:sns:us-east-1:{HOME}:alerts"
    assert ask(action="sns:Publish", resource=topic, identity=[EVERYTHING], vpc_endpoint=named).allowed


def test_a_bucket_policy_can_ask_for_an_endpoint():
    only_endpoint = refuse("s3:*", **when(StringNotEquals={"aws:SourceVpce": "vpce-1"}))
    assert ask_with(JANE, only_endpoint, identity=[EVERYTHING], context={"aws:SourceVpce": "vpce-1"}).allowed
    assert not ask_with(JANE, only_endpoint, identity=[EVERYTHING]).allowed


# --- NotPrincipal --------------------------------------------------------------------------------------


def except_for(*arns):
    return policy({"Effect": "Deny", "NotPrincipal": {"AWS": list(arns)}, "Action": "s3:*", "Resource": "*"})


def test_a_deny_with_not_principal_spares_who_is_named_with_the_account():
    document = except_for(JANE.arn, f"arn:aws:iam::{HOME}:root")
    assert ask_with(JANE, document, identity=[EVERYTHING]).allowed
    assert ask_with(BOB, document, identity=[EVERYTHING]).kind == "explicit-deny"
    assert ask_with(PARTNER_SESSION, document, identity=[EVERYTHING]).kind == "explicit-deny"


def test_a_deny_with_not_principal_spares_a_role_named_with_the_account():
    document = except_for(ANALYST.role_arn, f"arn:aws:iam::{HOME}:root")
    assert ask_with(ANALYST, document, identity=[EVERYTHING]).allowed


def test_a_deny_with_not_principal_always_denies_whoever_has_a_boundary():
    document = except_for(JANE.arn, f"arn:aws:iam::{HOME}:root")
    assert ask_with(JANE, document, identity=[EVERYTHING], boundary=EVERYTHING).kind == "explicit-deny"


@pytest.mark.parametrize(
    ("caller", "named"),
    [
        (JANE, [HOME]),
        (JANE, [JANE.arn]),
        (ANALYST, [ANALYST.role_arn]),
        (ANALYST, [ANALYST.arn, HOME]),
        (ANONYMOUS, [HOME]),
        (Principal.aws_service("s3.amazonaws.com"), [HOME]),
    ],
)
def test_a_caller_that_not_principal_names_by_half_cannot_be_judged(caller, named):
    open_door = statement("Allow", Principal="*")
    document = policy(open_door, *except_for(*named)["Statement"])
    with pytest.raises(CannotJudge):
        ask_with(caller, document, identity=[EVERYTHING])


def test_an_allow_with_not_principal_lets_all_others_in():
    document = policy({"Effect": "Allow", "NotPrincipal": {"AWS": [JANE.arn, HOME]}, "Action": "*", "Resource": "*"})
    assert not ask_with(JANE, document).allowed
    assert ask_with(PARTNER_SESSION, document, identity=[EVERYTHING]).allowed


# --- exceptions ----------------------------------------------------------------------------------------


def test_nobody_can_be_kept_from_asking_who_they_are():
    assert ask(action="sts:GetCallerIdentity", resource="*", identity=[deny("*")]).allowed
    assert not ask(ANONYMOUS, action="sts:GetCallerIdentity", resource="*").allowed


def test_a_request_for_more_than_one_action_cannot_be_judged():
    with pytest.raises(CannotJudge):
        ask(action="s3:*", identity=[EVERYTHING])
