"""Policies: malformed or oversized ones are refused, and a policy in use is not deleted.

Sources: IAM API Reference, "CreatePolicy" and "DeletePolicy"; IAM User Guide, "IAM and AWS STS quotas" (characters
without white space; inline policies of one identity together).
"""

import json
from typing import Any
from urllib.parse import unquote

from hardenlab.semantics.iam import validate
from hardenlab.semantics.iam.validity import ValidityKind

from ...extend import Call, Refusal
from .._resources import unknown_principal
from ._service import service

MANAGED_SIZE = 6144
TRUST_SIZE = 2048
INLINE_SIZES = {"user": 2048, "group": 5120, "role": 10_240}


@service.operation
def create_policy(call: Call[Any]) -> Any:
    """A customer managed policy."""
    _check(call.input["PolicyDocument"], "identity", MANAGED_SIZE)
    return call.moto()


@service.operation
def create_policy_version(call: Call[Any]) -> Any:
    """Another version of a customer managed policy."""
    _refuse_managed_by_aws(call)
    _check(call.input["PolicyDocument"], "identity", MANAGED_SIZE)
    return call.moto()


@service.operation
def update_assume_role_policy(call: Call[Any]) -> Any:
    """Another trust policy."""
    check_trust_policy(call.input["PolicyDocument"])
    return call.moto()


@service.operation
def put_user_policy(call: Call[Any]) -> Any:
    """An inline policy of a user."""
    return _put_inline(call, "user", call.backend.users.get(call.input["UserName"]))


@service.operation
def put_group_policy(call: Call[Any]) -> Any:
    """An inline policy of a group."""
    return _put_inline(call, "group", call.backend.groups.get(call.input["GroupName"]))


@service.operation
def put_role_policy(call: Call[Any]) -> Any:
    """An inline policy of a role; not of one that belongs to a service."""
    role = next((role for role in call.backend.roles.values() if role.name == call.input["RoleName"]), None)
    if role is not None and role.path.startswith("/aws-service-role/"):
        raise Refusal("UnmodifiableEntity", f"Cannot perform the operation on the protected role '{role.name}'")
    return _put_inline(call, "role", role)


@service.operation
def delete_policy(call: Call[Any]) -> Any:
    """Forget a policy that nothing uses and that has no version beside its default."""
    _refuse_managed_by_aws(call)
    policy = call.backend.managed_policies.get(call.input["PolicyArn"])
    if policy is not None:
        bounded = [*call.backend.users.values(), *call.backend.roles.values()]
        if policy.attachment_count or any(vars(item).get("permissions_boundary_arn") == policy.arn for item in bounded):
            raise Refusal("DeleteConflict", "Cannot delete a policy attached to entities.")
        if len(policy.versions) > 1:
            message = "This policy has more than one version. Before you delete it, delete its other versions."
            raise Refusal("DeleteConflict", message)
    return call.moto()


def check_trust_policy(text: str) -> None:
    """Raise Refusal for a trust policy that IAM would not take."""
    _check(text, "trust", TRUST_SIZE)
    unknown = unknown_principal(text)
    if unknown:
        raise Refusal("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{unknown[:400]}"')


def _check(text: str, kind: ValidityKind, size: int) -> None:
    problems = validate(text, kind)
    if problems:
        raise Refusal("MalformedPolicyDocument", f"{problems[0]}."[:500])
    if _size(text) > size:
        raise Refusal("LimitExceeded", f"Cannot exceed quota for PolicySize: {size}")


def _put_inline(call: Call[Any], kind: str, owner: Any) -> Any:
    name, text = call.input["PolicyName"], call.input["PolicyDocument"]
    _check(text, "identity", INLINE_SIZES[kind])
    others = [value for key, value in (owner.policies.items() if owner is not None else ()) if key != name]
    if _size(text) + sum(map(_size, others)) > INLINE_SIZES[kind]:
        message = f"Maximum policy size of {INLINE_SIZES[kind]} bytes exceeded for {kind} {owner.name if owner else ''}"
        raise Refusal("LimitExceeded", message)
    return call.moto()


def _size(document: Any) -> int:
    """White space does not count."""
    text = document if isinstance(document, str) else json.dumps(document)
    return len("".join((unquote(text) if text.startswith("%7B") else text).split()))


def _refuse_managed_by_aws(call: Call[Any]) -> None:
    if call.input["PolicyArn"].startswith("arn:aws:iam::aws:"):
        raise Refusal("AccessDenied", "Policy is outside your own account.")


@service.operation
def list_instance_profile_tags(call: Call[Any]) -> dict[str, Any]:
    """The tags of an instance profile."""
    for profile in call.backend.instance_profiles.values():
        if profile.name == call.input["InstanceProfileName"]:
            return {"Tags": [dict(tag) for tag in profile.tags], "IsTruncated": False}
    raise Refusal("NoSuchEntity", f"Instance Profile {call.input['InstanceProfileName']} cannot be found.")
