"""Access control lists and Block Public Access.

Rules: S3 User Guide, "Access control list (ACL) overview" (the permissions and the actions they stand
for) and "Blocking public access to your Amazon S3 storage".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hardenlab.semantics.iam import CannotJudge, Deciding

Acl = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
EVERYBODY = frozenset({ALL_USERS})
PUBLIC_GROUPS = frozenset({ALL_USERS, AUTHENTICATED_USERS})
OWNERSHIPS = ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")
MAX_GRANTS = 1000

# by permission, in small letters
BUCKET_ACTIONS = {
    "READ": ("s3:listbucket", "s3:listbucketversions", "s3:listbucketmultipartuploads"),
    "WRITE": ("s3:putobject",),
    "READ_ACP": ("s3:getbucketacl",),
    "WRITE_ACP": ("s3:putbucketacl",),
}
OBJECT_ACTIONS = {
    "READ": ("s3:getobject", "s3:getobjectversion"),
    "READ_ACP": ("s3:getobjectacl", "s3:getobjectversionacl"),
    "WRITE_ACP": ("s3:putobjectacl", "s3:putobjectversionacl"),
}
PERMISSIONS = ("FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP")


def permission_for(action: str, table: Mapping[str, Sequence[str]]) -> str | None:
    """The ACL permission that stands for an action."""
    wanted = action.lower()
    return next((permission for permission, actions in table.items() if wanted in actions), None)


def grants_of(acl: Acl) -> list[Mapping[str, Any]]:
    """The grants of an ACL as GetBucketAcl answers it, or of a bare list of grants."""
    raw = acl.get("Grants") if isinstance(acl, Mapping) else acl
    grants = list(raw or ())
    if len(grants) > MAX_GRANTS or not all(_is_grant(grant) for grant in grants):
        raise CannotJudge("the ACL is not a list of grants")
    return grants


def _is_grant(grant: object) -> bool:
    return (
        isinstance(grant, Mapping)
        and isinstance(grant.get("Grantee"), Mapping)
        and grant.get("Permission") in PERMISSIONS
    )


def grants_to(acl: Acl, groups: frozenset[str], permission: str | None = None) -> tuple[Deciding, ...]:
    """The grants to one of the groups, of one permission or of any."""
    wanted = PERMISSIONS if permission is None else ("FULL_CONTROL", permission)
    return tuple(
        Deciding("acl", 0, 0, index, None, grant)
        for index, grant in enumerate(grants_of(acl))
        if grant["Grantee"].get("URI") in groups and grant["Permission"] in wanted
    )


def grants_only_owner(acl: Acl) -> bool:
    """The bucket-owner-full-control ACL or its equal: what a bucket without ACLs still takes."""
    owner = acl.get("Owner", {}).get("ID") if isinstance(acl, Mapping) else None
    return all(
        grant["Permission"] == "FULL_CONTROL" and "ID" in grant["Grantee"] and owner in (None, grant["Grantee"]["ID"])
        for grant in grants_of(acl)
    )


@dataclass(frozen=True, slots=True)
class PublicAccessBlock:
    """The four settings; of bucket and account the most restrictive combination applies."""

    block_public_acls: bool = False
    ignore_public_acls: bool = False
    block_public_policy: bool = False
    restrict_public_buckets: bool = False

    @classmethod
    def of(cls, *settings: Mapping[str, Any] | None) -> PublicAccessBlock:
        """Combine PublicAccessBlockConfiguration mappings; None is a level without one."""

        def is_on(name: str) -> bool:
            return True in {_truth(level.get(name, False), name) for level in settings if level}

        return cls(
            is_on("BlockPublicAcls"),
            is_on("IgnorePublicAcls"),
            is_on("BlockPublicPolicy"),
            is_on("RestrictPublicBuckets"),
        )


def _truth(value: object, name: str) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise CannotJudge(f"{name} is neither true nor false")


def acls_are_disabled(ownership: str | None) -> bool:
    """S3 User Guide, "Controlling ownership of objects and disabling ACLs for your bucket"."""
    if ownership is not None and ownership not in OWNERSHIPS:
        raise CannotJudge(f"{str(ownership)[:60]!r} is not a setting of object ownership")
    return ownership == "BucketOwnerEnforced"
