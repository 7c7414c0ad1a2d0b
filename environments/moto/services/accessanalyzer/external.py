"""External access: what each resource's policy, ACL or sharing grants to somebody outside the zone of trust.

Sources: IAM User Guide, "IAM Access Analyzer findings" and "Understand how IAM Access Analyzer findings work" (one
finding for each principal and statement; AWS services are no external principals).
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from hardenlab.semantics.iam import CannotJudge, Policy
from hardenlab.semantics.public import (
    PublicAccessBlock,
    bucket_policy_is_public,
    foreign_accounts,
    resource_policy_is_public,
)
from hardenlab.semantics.public.acl import PUBLIC_GROUPS, acls_are_disabled

from ._service import Row
from .resources import Resource

ACL_ACTIONS = {
    "READ": ["s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions"],
    "WRITE": ["s3:PutObject"],
    "READ_ACP": ["s3:GetBucketAcl"],
    "WRITE_ACP": ["s3:PutBucketAcl"],
}


def external_access(resource: Resource, trusted: frozenset[str]) -> Iterator[Row]:
    """Findings without id, times and status. `trusted` are the accounts and the organization of the zone of trust."""
    common = {"resource": resource.arn, "resourceType": resource.type}
    try:
        for row in (*_by_policy(resource, trusted), *_by_acl(resource), *_by_sharing(resource, trusted)):
            yield common | row
    except CannotJudge as doubt:
        yield common | {"condition": {}, "error": f"INTERNAL_ERROR: {doubt}"[:200]}


def _by_policy(resource: Resource, trusted: frozenset[str]) -> Iterator[Row]:
    if resource.policy is None:
        return
    public = _is_public(resource)
    if resource.service == "s3" and public and PublicAccessBlock.of(*resource.blocks).restrict_public_buckets:
        return  # the block keeps everybody outside out, whomever the policy names
    statements = Policy.read(resource.policy).statements
    for foreign in foreign_accounts(resource.policy, next(iter(trusted), "")):
        name = foreign.account
        if name in trusted:
            continue
        statement = statements[foreign.statement.index]
        yield {
            "principal": {"CanonicalUser" if len(name) == 64 else "AWS": name},
            "action": _listed(statement.source, "Action"),
            "condition": _conditions(statement.source),
            "isPublic": name == "*" and public,
            "sources": [{"type": "POLICY"}] if resource.service == "s3" else [],
        }
    for statement in statements:
        element = statement.source.get("Principal")
        named = element.get("Federated", []) if isinstance(element, Mapping) and statement.allows else []
        for provider in named if isinstance(named, list) else [named]:
            yield {
                "principal": {"Federated": provider},
                "action": _listed(statement.source, "Action"),
                "condition": _conditions(statement.source),
                "isPublic": False,
            }


def _is_public(resource: Resource) -> bool:
    if resource.service == "s3":
        return bucket_policy_is_public(resource.policy).public
    return resource_policy_is_public(resource.policy, resource.service).public


def _by_acl(resource: Resource) -> Iterator[Row]:
    if resource.acl is None or acls_are_disabled(resource.ownership):
        return
    ignored = PublicAccessBlock.of(*resource.blocks).ignore_public_acls
    owner = (resource.acl.get("Owner") or {}).get("ID")
    for grant in resource.acl.get("Grants", []):
        grantee = grant["Grantee"]
        group = grantee.get("URI")
        if (group in PUBLIC_GROUPS and ignored) or (group and group not in PUBLIC_GROUPS):
            continue
        if not group and grantee.get("ID") == owner:
            continue
        granted = ACL_ACTIONS.get(grant["Permission"]) or sorted(chain.from_iterable(ACL_ACTIONS.values()))
        yield {
            "principal": {"AWS": "*"} if group else {"CanonicalUser": str(grantee.get("ID"))},
            "action": granted,
            "condition": {},
            "isPublic": bool(group),
            "sources": [{"type": "BUCKET_ACL"}],
        }


def _by_sharing(resource: Resource, trusted: frozenset[str]) -> Iterator[Row]:
    for name in resource.shared_with:
        if name not in trusted:
            yield {
                "principal": {"AWS": name},
                "action": ["ec2:CreateVolume", "ec2:DescribeSnapshots"],
                "condition": {},
                "isPublic": name == "*",
            }


def _listed(source: Mapping[str, Any], element: str) -> list[str]:
    value = source.get(element, source.get(f"Not{element}", []))
    return [str(text) for text in (value if isinstance(value, list) else [value])]


def _conditions(source: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for keys in source.get("Condition", {}).values():
        for key, value in keys.items():
            found[key] = ",".join(map(str, value if isinstance(value, list) else [value]))
    return found
