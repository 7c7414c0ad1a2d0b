"""What must not change whether something is public, and that a witness is what it claims to be."""

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.semantics.public.documents import acl, group
from hardenlab.semantics.iam import CannotJudge, Policies, Policy, Principal, Request, decide
from hardenlab.semantics.public import (
    Bucket,
    anonymous_access,
    bucket_is_public,
    bucket_policy_is_public,
    foreign_accounts,
    public_witness,
    resource_policy_is_public,
    resource_witness,
)
from hardenlab.semantics.public.access import ADMINISTRATOR, STRANGER

HOME = "111122223333"
ARN, QUEUE = "arn:aws:s3:::lab-data", f"arn:aws:sqs:us-east-1:{HOME}:jobs"
CONDITIONS = [
    {},
    {"Bool": {"aws:SecureTransport": "true"}},
    {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
    {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}},
    {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    {"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}},
    {"StringLike": {"aws:Referer": "https://example.com/*"}},
]


def bodies(actions, resources):
    return st.fixed_dictionaries(
        {
            "Effect": st.sampled_from(["Allow", "Allow", "Allow", "Deny"]),
            "Principal": st.sampled_from(["*", {"AWS": "*"}, {"AWS": HOME}, {"AWS": "444455556666"}]),
            "Action": st.sampled_from(actions),
            "Resource": st.sampled_from(resources),
            "Condition": st.sampled_from(CONDITIONS),
        }
    )


objects = bodies(["s3:GetObject", "s3:*", "s3:PutObject", "s3:List*"], [f"{ARN}/*", f"{ARN}/pub/*", ARN, f"{ARN}*"])
messages = bodies(["sqs:SendMessage", "sqs:*", "sqs:Get*", "*"], [QUEUE, "*"])
acls = st.sampled_from([None, acl(), acl(group("AllUsers")), acl(group("AuthenticatedUsers", "WRITE"))])
blocks = st.sampled_from([None, {"RestrictPublicBuckets": True}, {"IgnorePublicAcls": True}])


def policy(statements):
    return {"Version": "2012-10-17", "Statement": list(statements)} if statements else None


def tried(question):
    try:
        return question()
    except CannotJudge:
        return "cannot judge"


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(objects, max_size=3), acls, blocks)
def test_a_bucket_s_witness_replays_to_its_verdict(statements, bucket_acl, block):
    bucket = Bucket(name="lab-data", owner=HOME, policy=policy(statements), acl=bucket_acl, bucket_bpa=block)
    found = tried(lambda: public_witness(bucket, ["pub/a"]))
    if found not in (None, "cannot judge"):
        key = found.resource.removeprefix(ARN).removeprefix("/") or None
        assert anonymous_access(bucket, found.action, key, found.context).allowed
        assert bucket_is_public(bucket.policy, bucket_acl, block).public, "what anybody can do is public"


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(messages, min_size=1, max_size=3))
def test_a_queue_s_witness_replays_to_its_verdict(statements):
    found = tried(lambda: resource_witness(QUEUE, policy(statements), account=HOME))
    if found not in (None, "cannot judge"):
        stranger = found.caller != "anybody"
        caller = Principal.user(f"arn:aws:iam::{STRANGER}:user/stranger") if stranger else Principal.anonymous()
        policies = Policies(identity=[ADMINISTRATOR] if stranger else [], resource=policy(statements))
        assert decide(Request(caller, found.action, QUEUE, HOME, found.context), policies).allowed
        assert resource_policy_is_public(policy(statements), "sqs").public


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.lists(objects, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_statements_changes_no_verdict(statements, random):
    shuffled = policy(random.sample(statements, len(statements)))
    before = policy(statements)
    assert bucket_policy_is_public(before).public is bucket_policy_is_public(shuffled).public
    assert resource_policy_is_public(before, "s3").public is resource_policy_is_public(shuffled, "s3").public
    assert {one.account for one in foreign_accounts(before, HOME)} == {
        one.account for one in foreign_accounts(shuffled, HOME)
    }
    bucket = Bucket(name="lab-data", owner=HOME, policy=before)
    turned = Bucket(name="lab-data", owner=HOME, policy=Policy.read(shuffled))
    assert bool(tried(lambda: public_witness(bucket))) is bool(tried(lambda: public_witness(turned)))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.lists(objects, min_size=1, max_size=3), objects)
def test_another_deny_never_adds_a_witness(statements, extra):
    bucket = Bucket(name="lab-data", owner=HOME, policy=policy(statements))
    if tried(lambda: public_witness(bucket, ["pub/a"])) is None:
        denied = Bucket(name="lab-data", owner=HOME, policy=policy([*statements, extra | {"Effect": "Deny"}]))
        assert tried(lambda: public_witness(denied, ["pub/a"])) in (None, "cannot judge")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(objects, min_size=1, max_size=3))
def test_a_range_split_in_two_is_as_public_as_before(statements):
    def split(body):
        addresses = body["Condition"].get("IpAddress", {}).get("aws:SourceIp")
        halves = {"203.0.113.0/24": ["203.0.113.0/25", "203.0.113.128/25"]}.get(str(addresses), addresses)
        return body | ({"Condition": {"IpAddress": {"aws:SourceIp": halves}}} if addresses else {})

    parted = policy([split(body) for body in statements])
    assert bucket_policy_is_public(policy(statements)).public is bucket_policy_is_public(parted).public
