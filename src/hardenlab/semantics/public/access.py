"""What a stranger can do with a bucket, request by request.

Rules: S3 User Guide, "How Amazon S3 authorizes a request", "Access control list (ACL) overview",
"Blocking public access to your Amazon S3 storage" and "Controlling ownership of objects and disabling ACLs
for your bucket".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from hardenlab.semantics.explanation import Explanation, Node, Picture
from hardenlab.semantics.iam import CannotJudge, Decision, Document, Policies, Policy, Principal, Request, decide
from hardenlab.semantics.public.acl import (
    BUCKET_ACTIONS,
    EVERYBODY,
    OBJECT_ACTIONS,
    PUBLIC_GROUPS,
    Acl,
    PublicAccessBlock,
    acls_are_disabled,
    grants_to,
    permission_for,
)
from hardenlab.semantics.public.bucket import bucket_policy_is_public
from hardenlab.semantics.public.samples import sample_contexts, sample_keys
from hardenlab.semantics.public.verdict import sentence

NOTHING: Mapping[str, Any] = MappingProxyType({})
ADMINISTRATOR = Policy.read({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
STRANGER = "999999999999"
MAX_KEYS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A bucket's documents. Keys without an entry in `object_acls` have a private ACL."""

    name: str
    owner: str
    policy: Document | None = None
    acl: Acl = None
    object_acls: Mapping[str, Acl] = field(default_factory=lambda: NOTHING)
    foreign_objects: frozenset[str] = frozenset()
    bucket_bpa: Mapping[str, Any] | None = None
    account_bpa: Mapping[str, Any] | None = None
    ownership: str | None = None
    rcps: Sequence[Sequence[Document]] = ()
    partition: str = "aws"

    def arn(self, key: str | None = None) -> str:
        arn = f"arn:{self.partition}:s3:::{self.name}"
        return arn if key is None else f"{arn}/{key}"

    @property
    def public_access_block(self) -> PublicAccessBlock:
        return PublicAccessBlock.of(self.bucket_bpa, self.account_bpa)


def anonymous_access(
    bucket: Bucket, action: str, key: str | None = None, context: Mapping[str, Any] = NOTHING
) -> Decision:
    """Whether a request without a signature is allowed: by bucket policy, by bucket ACL or by object ACL.

    `key` is the object for object actions and None for bucket actions such as s3:ListBucket.
    """
    return _access(bucket, Principal.anonymous(), action, key, context, EVERYBODY)


def outsider_access(
    bucket: Bucket,
    action: str,
    key: str | None = None,
    context: Mapping[str, Any] = NOTHING,
    *,
    account: str = STRANGER,
) -> Decision:
    """The same for a signed request by an administrator of an account that nobody names."""
    caller = Principal.user(f"arn:{bucket.partition}:iam::{account}:user/stranger")
    return _access(bucket, caller, action, key, context, PUBLIC_GROUPS)


def _access(
    bucket: Bucket,
    caller: Principal,
    action: str,
    key: str | None,
    context: Mapping[str, Any],
    groups: frozenset[str],
) -> Decision:
    by_policy = _by_policy(bucket, caller, action, key, context)
    if by_policy.kind == "explicit-deny":
        return by_policy
    obstacles = []
    if by_policy.allowed:
        obstacle = _policy_obstacle(bucket, key)
        if obstacle is None:
            return by_policy
        obstacles.append(obstacle)
    by_acl = _by_acl(bucket, action, key, groups)
    if by_acl is not None and by_acl.allowed:
        return by_acl
    if by_acl is not None:
        obstacles.append(by_acl.because)
    return Decision("implicit-deny", obstacles[0]) if obstacles else by_policy


def _by_policy(bucket: Bucket, caller: Principal, action: str, key: str | None, context: Mapping[str, Any]) -> Decision:
    request = Request(caller, action, bucket.arn(key), bucket.owner, context)
    identity = [ADMINISTRATOR] if caller.kind == "user" else []
    return decide(request, Policies(identity=identity, resource=bucket.policy, rcps=bucket.rcps))


def _policy_obstacle(bucket: Bucket, key: str | None) -> str | None:
    """Why a grant of the bucket policy does not count for a stranger."""
    if key in bucket.foreign_objects and not acls_are_disabled(bucket.ownership):
        return "The bucket policy speaks only for objects that the bucket owner owns"
    if bucket.public_access_block.restrict_public_buckets and bucket_policy_is_public(bucket.policy).public:
        return "RestrictPublicBuckets keeps strangers out of a bucket whose policy is public"
    return None


def _by_acl(bucket: Bucket, action: str, key: str | None, groups: frozenset[str]) -> Decision | None:
    """What the ACL that governs the action says; None when no ACL grants it to the groups."""
    permission = permission_for(action, BUCKET_ACTIONS)
    acl, place = bucket.acl, f"the bucket {bucket.name}"
    if permission is None:
        permission = permission_for(action, OBJECT_ACTIONS)
        acl, place = bucket.object_acls.get(key or ""), f"the object {key}"
    if permission is None:
        return None
    grants = grants_to(acl, groups, permission)
    if not grants:
        return None
    if acls_are_disabled(bucket.ownership):
        return Decision("implicit-deny", "A public ACL is stored, but BucketOwnerEnforced disables ACLs")
    if bucket.public_access_block.ignore_public_acls:
        return Decision("implicit-deny", "A public ACL is stored, but IgnorePublicAcls ignores it")
    because = f"{sentence(str(grants[0]))} of {place} allows {action} to everybody"
    return Decision("allow", because, grants)


@dataclass(frozen=True, slots=True)
class Witness:
    """A request that anybody can make and that succeeds."""

    action: str
    resource: str
    context: Mapping[str, Any]
    decision: Decision
    caller: str = "anybody"
    """"anybody" calls without credentials, "any AWS account" with its own."""

    def __str__(self) -> str:
        given = ", ".join(f"{key}={value}" for key, value in self.context.items())
        how = "without credentials" if self.caller == "anybody" else f"by {self.caller}"
        return f"{self.action} on {self.resource} {how} ({given})"

    def explain(self) -> Explanation:
        """The request that anybody can make, and what lets it through."""
        data = {
            "action": self.action,
            "resource": self.resource,
            "caller": self.caller,
            "context": dict(self.context),
            "decision": self.decision.kind,
            "because": self.decision.because,
        }
        who = "anybody, without credentials" if self.caller == "anybody" else self.caller
        nodes = [Node(who, "end"), Node(self.decision.because), Node(self.resource, "end")]
        sentence = (
            f"{self.caller[:1].upper()}{self.caller[1:]} may call {self.action} on {self.resource}: "
            f"{self.decision.because}"
        )
        return Explanation(sentence, data, Picture.path(nodes))


BUCKET_PROBES = ("s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketAcl", "s3:GetBucketPolicy")
OBJECT_PROBES = ("s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectAcl")
WRITE_PROBES = ("s3:PutObject", "s3:DeleteObject", "s3:PutObjectAcl")
TAKEOVER_PROBES = ("s3:PutBucketPolicy", "s3:PutBucketAcl", "s3:DeleteBucketPolicy", "s3:DeleteBucket")


def public_witness(bucket: Bucket, keys: Sequence[str] = ()) -> Witness | None:
    """The first anonymous request that succeeds, tried on the given keys, those with ACLs and samples of
    the keys that the policy speaks of, over HTTPS and HTTP; reads before writes, None when all fail.
    """
    doubt: CannotJudge | None = None
    contexts = sample_contexts(bucket.policy)
    probes = list(_probes([*keys, *bucket.object_acls, *sample_keys(bucket.policy, bucket.arn())]))
    if bucket.policy is not None:  # read once, and not for each of a hundred requests
        bucket = replace(bucket, policy=Policy.read(bucket.policy))
    by_acl = _acls_may_grant(bucket)
    for action, key in probes:
        if not by_acl and not _is_spoken_of(bucket, action):
            continue
        for context in contexts:
            try:
                decision = anonymous_access(bucket, action, key, context)
            except CannotJudge as reason:
                doubt = reason
                continue
            if decision.allowed:
                return Witness(action, bucket.arn(key), context, decision)
    if doubt:
        raise doubt
    return None


def _is_spoken_of(bucket: Bucket, action: str) -> bool:
    """Whether a policy has to be weighed: most of what is tried no statement covers, and nobody may do it."""
    policy = None if bucket.policy is None else Policy.read(bucket.policy)
    covered = policy is not None and any(one.covers_action(action.lower()) for one in policy.statements)
    return covered or bool(bucket.rcps)


def _acls_may_grant(bucket: Bucket) -> bool:
    try:
        return any(grants_to(acl, EVERYBODY) for acl in (bucket.acl, *bucket.object_acls.values()))
    except CannotJudge:  # said of the request that asks for it
        return True


def _probes(keys: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    objects = list(dict.fromkeys(keys))[:MAX_KEYS]
    for action in BUCKET_PROBES:
        yield action, None
    for action in OBJECT_PROBES:
        for key in objects:
            yield action, key
    for action in WRITE_PROBES:
        for key in objects:
            yield action, key
    for action in TAKEOVER_PROBES:
        yield action, None
