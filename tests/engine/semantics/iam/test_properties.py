"""What must not change an answer, and what may change it in one direction only."""

import json

from hypothesis import given
from hypothesis import strategies as st

from engine.semantics.iam.helpers import HOME, JANE, policy, statement
from hardenlab.semantics.iam import CannotJudge, Policies, Principal, Request, decide

ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "kms:Decrypt"]
ARNS = [
    "arn:aws:s3:::lab-data",
    "arn:aws:s3:::lab-data/a",
    "arn:aws:s3:::other/b",
    f"arn:aws:kms:us-east-1:{HOME}:key/k",
]
CALLERS = [
    JANE,
    Principal.role_session(f"arn:aws:sts::{HOME}:assumed-role/analyst/s1"),
    Principal.root(HOME),
    Principal.role_session("arn:aws:sts::444455556666:assumed-role/auditor/s1"),
    Principal.anonymous(),
]
CONTEXTS = [
    {},
    {"aws:SecureTransport": "false"},
    {"aws:SecureTransport": "true", "aws:SourceIp": "203.0.113.9", "aws:username": "jane"},
    {"aws:TagKeys": ["a", "b"], "aws:MultiFactorAuthPresent": "true"},
]
CONDITIONS = [
    {},
    {"Bool": {"aws:SecureTransport": "false"}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "203.0.113.0/24"]}},
    {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    {"StringEquals": {"aws:username": "${aws:username}"}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}},
    {"ForAnyValue:StringLike": {"aws:TagKeys": ["b*"]}},
    {"Null": {"aws:TokenIssueTime": "true"}},
]
PRINCIPALS = [
    "*",
    {"AWS": HOME},
    {"AWS": JANE.arn},
    {"AWS": f"arn:aws:iam::{HOME}:role/analyst"},
    {"AWS": "444455556666"},
]

bodies = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
        "Action": st.lists(st.sampled_from([*ACTIONS, "s3:*", "*", "s3:Get*"]), min_size=1, max_size=2),
        "Resource": st.lists(st.sampled_from([*ARNS, "*", "arn:aws:s3:::lab-*"]), min_size=1, max_size=2),
        "Condition": st.sampled_from(CONDITIONS),
    }
)
identity_statements = st.lists(bodies, min_size=1, max_size=4)
resource_statements = st.lists(
    st.builds(lambda body, who: body | {"Principal": who}, bodies, st.sampled_from(PRINCIPALS)), min_size=1, max_size=3
)
requests = st.builds(
    lambda caller, action, arn, context: Request(caller, action, arn, HOME, context),
    st.sampled_from(CALLERS),
    st.sampled_from(ACTIONS),
    st.sampled_from(ARNS),
    st.sampled_from(CONTEXTS),
)


def answer(request, **policies):
    try:
        return decide(request, Policies(**policies)).kind
    except CannotJudge:
        return "cannot judge"


@given(requests, identity_statements, resource_statements, st.randoms())
def test_the_order_of_statements_does_not_matter(request, identity, resource, random):
    shuffled, shuffled_resource = random.sample(identity, len(identity)), random.sample(resource, len(resource))
    before = answer(request, identity=[policy(*identity)], resource=policy(*resource))
    assert before == answer(request, identity=[policy(*shuffled)], resource=policy(*shuffled_resource))


@given(requests, identity_statements, resource_statements)
def test_splitting_a_policy_in_two_does_not_matter(request, identity, resource):
    whole = answer(request, identity=[policy(*identity)], resource=policy(*resource))
    parts = [policy(part) for part in identity]
    assert whole == answer(request, identity=parts, resource=policy(*resource))


@given(requests, identity_statements, resource_statements)
def test_an_unrelated_statement_does_not_matter(request, identity, resource):
    unrelated = statement("Deny", "glacier:DeleteVault")
    before = answer(request, identity=[policy(*identity)], resource=policy(*resource))
    assert before == answer(request, identity=[policy(*identity, unrelated)], resource=policy(*resource))


@given(requests, identity_statements, resource_statements, bodies)
def test_adding_a_deny_never_adds_an_allow(request, identity, resource, extra):
    more = extra | {"Effect": "Deny"}
    if answer(request, identity=[policy(*identity)], resource=policy(*resource)) in ("explicit-deny", "implicit-deny"):
        assert answer(request, identity=[policy(*identity, more)], resource=policy(*resource)) != "allow"
        denying = policy(*resource, more | {"Principal": "*"})
        assert answer(request, identity=[policy(*identity)], resource=denying) != "allow"


@given(requests, identity_statements, resource_statements, bodies)
def test_adding_an_allow_never_takes_one_away(request, identity, resource, extra):
    more = extra | {"Effect": "Allow"}
    if answer(request, identity=[policy(*identity)], resource=policy(*resource)) == "allow":
        assert answer(request, identity=[policy(*identity, more)], resource=policy(*resource)) == "allow"


@given(requests, identity_statements, resource_statements, bodies)
def test_a_limit_never_adds_an_allow(request, identity, resource, limit):
    policies = {"identity": [policy(*identity)], "resource": policy(*resource)}
    if answer(request, **policies) in ("explicit-deny", "implicit-deny"):
        assert answer(request, **policies, boundary=policy(limit)) != "allow"
        assert answer(request, **policies, session=[policy(limit)]) != "allow"
        assert answer(request, **policies, scps=[[policy(limit)]]) != "allow"


@given(requests, identity_statements, resource_statements)
def test_the_case_of_actions_and_keys_does_not_matter(request, identity, resource):
    before = answer(request, identity=[policy(*identity)], resource=policy(*resource))
    shouted = Request(
        request.principal,
        request.action.upper(),
        request.resource,
        request.resource_account,
        {key.upper(): value for key, value in request.context.items()},
    )
    quiet = [body | {"Action": [action.lower() for action in body["Action"]]} for body in identity]
    assert before == answer(shouted, identity=[policy(*quiet)], resource=policy(*resource))


@given(requests, identity_statements, resource_statements)
def test_text_and_mapping_are_judged_alike(request, identity, resource):
    before = answer(request, identity=[policy(*identity)], resource=policy(*resource))
    texts = json.dumps(policy(*identity)), json.dumps(policy(*resource))
    assert before == answer(request, identity=[texts[0]], resource=texts[1])


@given(requests, identity_statements, resource_statements)
def test_what_is_reported_is_what_decided(request, identity, resource):
    try:
        decision = decide(request, Policies(identity=[policy(*identity)], resource=policy(*resource)))
    except CannotJudge:
        return
    wanted = {"allow": "Allow", "explicit-deny": "Deny"}
    assert all(found.statement["Effect"] == wanted[decision.kind] for found in decision.statements)
    sources = {"identity": identity, "resource": resource}
    assert all(sources[found.policy][found.index] == found.statement for found in decision.statements)
