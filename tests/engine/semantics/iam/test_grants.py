"""What one policy grants and another does not: a request that shows it, or every grant covered, or no answer."""

import time
from contextlib import suppress

import pytest

from hardenlab.semantics.iam import CannotJudge
from hardenlab.semantics.iam.findings import findings
from hardenlab.semantics.iam.grants import granted, new_access

BUCKET = "arn:aws:s3:::b/*"


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action, resource="*", **more):
    return allow(action, resource, **more) | {"Effect": "Deny"}


MFA = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}


@pytest.mark.parametrize(
    ("new", "existing"),
    [
        (policy(allow("s3:GetObject", BUCKET)), policy(allow("s3:*"))),
        (policy(allow(["s3:GetObject", "s3:PutObject"], BUCKET)), policy(allow("s3:*Object", "*"))),
        (policy(allow("s3:GetObject", BUCKET, **MFA)), policy(allow("s3:GetObject", BUCKET))),
        (policy(allow("*"), deny("iam:*")), policy(allow("*"), deny("iam:*"))),
        (policy(deny("*")), policy(allow("s3:*"))),
    ],
)
def test_a_grant_that_is_covered_is_no_new_access(new, existing):
    assert new_access(new, existing) is None


@pytest.mark.parametrize(
    ("new", "existing", "action"),
    [
        (policy(allow("s3:*", BUCKET)), policy(allow("s3:GetObject", BUCKET)), "s3:"),
        (policy(allow("s3:GetObject")), policy(allow("s3:GetObject", BUCKET)), "s3:GetObject"),
        (policy(allow("iam:CreateUser")), policy(allow("iam:CreateUser", **MFA)), "iam:CreateUser"),
        (policy(allow("*")), policy(allow("*"), deny("iam:*")), "iam:"),
        (policy(allow("iam:CreateUser", **MFA)), policy(allow("s3:*")), "iam:CreateUser"),
    ],
)
def test_new_access_is_shown_by_a_request(new, existing, action):
    reason = new_access(new, existing)
    assert reason is not None and reason.request.action.startswith(action)
    assert reason.index == 0


def test_an_action_that_no_table_has_is_asked_for_all_the_same():
    reason = new_access(policy(allow("s3:BrandNewThing", BUCKET)), policy(allow("s3:GetObject")))
    assert str(reason) == "s3:BrandNewThing on arn:aws:s3:::b/sample"
    assert granted(policy(allow("s3:BrandNewThing", BUCKET)), ["s3:BrandNewThing"], [BUCKET]) is not None
    with pytest.raises(CannotJudge, match="no single statement"):
        new_access(policy(allow("s3:Brand*", BUCKET)), policy(allow("s3:GetObject")))


@pytest.mark.parametrize(
    ("principal", "caller"),
    [
        ({"AWS": "arn:aws:iam::444455556666:user/jane"}, "user"),
        ({"AWS": "444455556666"}, "root"),
        ({"AWS": "arn:aws:iam::444455556666:root"}, "root"),
        ({"AWS": "arn:aws:iam::444455556666:role/team/audit"}, "role-session"),
        ({"AWS": ["arn:aws:iam::444455556666:role/audit"]}, "role-session"),
        ({"Service": "sns.amazonaws.com"}, "service"),
        ({"Service": ["sns.amazonaws.com"]}, "service"),
        ("*", "anonymous"),
    ],
)
def test_new_access_is_shown_by_whom_the_policy_names(principal, caller):
    queue = allow("sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:q")
    before = policy(queue | {"Principal": {"AWS": "777788889999"}})
    reason = new_access(policy(queue | {"Principal": principal}), before, resource_policy=True)
    assert reason.request.principal.kind == caller
    assert new_access(policy(queue | {"Principal": principal}), policy(queue | {"Principal": principal}),
                      resource_policy=True) is None  # fmt: skip


@pytest.mark.parametrize("action", ["*", "*:*", "i*:Create*"])
def test_wildcards_for_services_are_asked_of_some(action):
    reason = new_access(policy(allow(action)), policy(allow("s3:*")))
    assert reason.request.action.startswith("iam:")


def test_policies_that_speak_of_too_much_are_not_compared():
    many = policy(*(allow("s3:GetObject", f"arn:aws:s3:::b{number}/*") for number in range(400)))
    with pytest.raises(CannotJudge, match="too many"):
        new_access(many, many)
    with pytest.raises(CannotJudge, match="more than 100 actions"):
        new_access(policy(allow([f"s3:Get{number}*" for number in range(101)])), policy(allow("s3:*")))
    assert new_access(policy(allow([f"s3:Get{number}" for number in range(100)])), policy(allow("s3:*"))) is None


def test_new_access_of_a_resource_policy_is_somebody_elses():
    def queue(principal):
        return policy(allow("sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:q", Principal={"AWS": principal}))

    assert new_access(queue("444455556666"), queue("444455556666"), resource_policy=True) is None
    assert new_access(queue("777788889999"), queue("444455556666"), resource_policy=True) is not None
    assert new_access(queue("444455556666"), queue("*"), resource_policy=True) is None


@pytest.mark.parametrize(
    ("new", "existing"),
    [
        (policy(allow(["s3:GetObject", "s3:PutObject"])), policy(allow("s3:GetObject"), allow("s3:PutObject"))),
        (policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}), policy(allow("s3:*"))),
        (policy(allow("s3:GetObjec?", BUCKET)), policy(allow("s3:Ge?Object", BUCKET))),
    ],
    ids=["covered by two statements", "actions by exception", "question marks"],
)
def test_what_was_neither_shown_nor_covered_is_not_judged(new, existing):
    with pytest.raises(CannotJudge):
        new_access(new, existing)


def test_a_condition_does_not_hide_a_grant_and_a_plain_deny_does():
    assert granted(policy(allow("iam:*", **MFA)), ["iam:CreateUser"], []) is not None
    assert granted(policy(allow("iam:*"), deny("iam:*")), ["iam:CreateUser"], []) is None
    assert granted(policy(allow("s3:*", BUCKET)), ["s3:GetObject"], ["arn:aws:s3:::c/*"]) is None
    assert granted(policy(allow("s3:*", BUCKET)), [], ["arn:aws:s3:::b/secret"]) is not None


def test_policies_that_mean_harm_are_bounded():
    stars = "arn:aws:s3:::" + "*a" * 400
    actions, resources = [f"s3:{'*e' * 20}{n}" for n in range(20)], [f"{stars}{n}" for n in range(20)]
    wide = policy(*(allow(actions, resources) for _ in range(5)))
    began = time.process_time()
    for ask in (lambda: new_access(wide, policy(allow("s3:x", stars))), lambda: granted(wide, ["s3:*"], [stars])):
        with suppress(CannotJudge):
            ask()
    text = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": "*", "Action": [%s]}}'
    findings(text % ", ".join(['"s3:*a*b*c*d*e*f*g"'] * 5000), "identity")
    assert time.process_time() - began < 10
