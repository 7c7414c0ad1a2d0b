"""What S3 calls public, and what Block Public Access does about it.

Rules: S3 User Guide, "Blocking public access to your Amazon S3 storage" (section 'The meaning of "public"')
and "Controlling ownership of objects and disabling ACLs for your bucket".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from hardenlab.semantics.iam import CannotJudge, Deciding, Document, Policy
from hardenlab.semantics.iam.conditions import Test
from hardenlab.semantics.iam.document import Statement
from hardenlab.semantics.iam.operators import network
from hardenlab.semantics.public.acl import (
    PUBLIC_GROUPS,
    Acl,
    PublicAccessBlock,
    acls_are_disabled,
    grants_only_owner,
    grants_to,
)
from hardenlab.semantics.public.confine import demands, is_fixed
from hardenlab.semantics.public.verdict import Verdict, deciding, sentence

FIXED_KEYS = frozenset(
    {
        "aws:principalorgid",
        "aws:principalarn",
        "aws:principalaccount",
        "aws:sourcearn",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:sourceowner",
        "aws:sourceaccount",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "s3:dataaccesspointaccount",
    }
)
ACCESS_POINT = re.compile(r"arn:[a-z-]{1,20}:s3:[a-z0-9-]*:[0-9]{12}:accesspoint/[^?$]*")
PRIVATE_RANGES = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
BROADEST = {4: 8, 6: 32}


@dataclass(frozen=True, slots=True)
class BucketVerdict(Verdict):
    """`public` is what remains after Block Public Access; the two others are what policy and ACL say."""

    policy_is_public: bool = False
    acl_is_public: bool = False


def bucket_policy_is_public(policy: Document | None) -> Verdict:
    """What GetBucketPolicyStatus answers: S3 assumes public until every grant is to fixed values.

    Deny statements do not count: the page speaks only of what a policy grants.
    """
    if policy is None:
        return Verdict(False, "There is no bucket policy")
    public = [s for s in Policy.read(policy).statements if s.allows and not _grants_to_fixed_values(s)]
    if not public:
        return Verdict(False, "Every statement of the bucket policy grants to fixed values only")
    first = deciding(public[0])
    because = f"{sentence(str(first))} grants to everybody: no condition holds it to fixed values"
    return Verdict(True, because, tuple(deciding(statement) for statement in public))


def _grants_to_fixed_values(statement: Statement) -> bool:
    return _principal_is_fixed(statement) or any(_is_fixed(test) for test in demands(statement))


def _principal_is_fixed(statement: Statement) -> bool:
    element = statement.principal
    if element is None:
        raise CannotJudge("a statement of a bucket policy has no Principal")
    if statement.excludes_principal or element.everyone or "*" in element.services:
        return False
    if any(provider.startswith("arn:") for provider in element.federated):
        raise CannotJudge("AWS does not document whether an identity provider's ARN makes a bucket public")
    return not element.federated


def _is_fixed(test: Test) -> bool:
    if test.key in FIXED_KEYS:
        return all(map(is_fixed, test.texts))
    if test.key == "aws:sourceip":
        return holds_to_addresses(test)
    if test.key == "s3:dataaccesspointarn":
        return all(ACCESS_POINT.fullmatch(text) for text in test.texts)
    if test.key == "aws:userid":
        return all(map(_is_fixed_user_id, test.texts))
    if test.key == "aws:principalorgpaths":
        raise CannotJudge("AWS does not document whether aws:PrincipalOrgPaths makes a bucket policy non-public")
    return False


def _is_fixed_user_id(text: str) -> bool:
    if is_fixed(text) and ":" in text:
        raise CannotJudge("AWS does not document whether one session's aws:userid is a fixed value")
    return is_fixed(text)


def holds_to_addresses(test: Test) -> bool:
    """Every address or range that the condition lists is narrow enough to name somebody."""
    if test.name.base != "IpAddress" and not all(map(is_fixed, test.texts)):
        return False
    return all(map(_is_narrow, test.texts))


def _is_narrow(text: str) -> bool:
    """Not broader than /8 (IPv4) or /32 (IPv6), or a private range."""
    block = network(text)
    if isinstance(block, IPv4Network) and any(block.subnet_of(private) for private in PRIVATE_RANGES):
        return True
    return block.prefixlen >= BROADEST[block.version]


def bucket_is_public(
    policy: Document | None,
    acl: Acl = None,
    bucket_bpa: Mapping[str, Any] | None = None,
    account_bpa: Mapping[str, Any] | None = None,
    ownership: str | None = None,
) -> BucketVerdict:
    """Whether the public has access to the bucket, after Block Public Access and object ownership.

    `acl` is what GetBucketAcl answers, `*_bpa` a PublicAccessBlockConfiguration or None, `ownership` the
    ObjectOwnership setting or None. Objects have ACLs of their own: see `anonymous_access`.
    """
    block = PublicAccessBlock.of(bucket_bpa, account_bpa)
    by_policy = bucket_policy_is_public(policy)
    grants = grants_to(acl, PUBLIC_GROUPS)
    policy_counts = by_policy.public and not block.restrict_public_buckets
    acl_is_void = acls_are_disabled(ownership) or block.ignore_public_acls
    acl_counts = bool(grants) and not acl_is_void
    statements: tuple[Deciding, ...] = ()
    if policy_counts:
        because, statements = by_policy.because, by_policy.statements
    elif acl_counts:
        because, statements = f"{sentence(str(grants[0]))} is to everybody", grants
    elif by_policy.public:
        because = "The bucket policy is public, but RestrictPublicBuckets keeps the public out"
    elif grants:
        because = "The ACL is public, but it is disabled or ignored"
    else:
        because = "Neither the bucket policy nor the ACL grants anything to the public"
    return BucketVerdict(policy_counts or acl_counts, because, statements, by_policy.public, bool(grants))


@dataclass(frozen=True, slots=True)
class Refusal:
    """What S3 answers to a PUT that it refuses."""

    code: str
    because: str


def refuses_put(
    *,
    policy: Document | None = None,
    acl: Acl = None,
    bucket_bpa: Mapping[str, Any] | None = None,
    account_bpa: Mapping[str, Any] | None = None,
    ownership: str | None = None,
) -> Refusal | None:
    """Whether S3 refuses to store this bucket policy, bucket ACL or object ACL; None when it takes it."""
    block = PublicAccessBlock.of(bucket_bpa, account_bpa)
    if policy is not None and block.block_public_policy and bucket_policy_is_public(policy).public:
        return Refusal("AccessDenied", "BlockPublicPolicy refuses a bucket policy that is public")
    if acl is None:
        return None
    if acls_are_disabled(ownership) and not grants_only_owner(acl):
        return Refusal("AccessControlListNotSupported", "The bucket does not allow ACLs")
    if block.block_public_acls and grants_to(acl, PUBLIC_GROUPS):
        return Refusal("AccessDenied", "BlockPublicAcls refuses an ACL that is public")
    return None
