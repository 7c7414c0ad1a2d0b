"""Permissions boundaries of users, which moto knows for roles only.

Sources: IAM User Guide, "Permissions boundaries for IAM entities"; IAM API Reference, "PutUserPermissionsBoundary".
"""

from typing import Any

from moto.iam.models import User

from ...extend import Call, Refusal
from ._service import missing, service, user_of


@service.patch
def show_the_boundary_of_a_user() -> None:
    """moto's answers take what a user has from its attributes."""

    def permissions_boundary(user: User) -> dict[str, str] | None:
        arn = vars(user).get("permissions_boundary_arn")
        return {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn} if arn else None

    User.permissions_boundary = property(permissions_boundary)


@service.operation
def create_user(call: Call[Any]) -> Any:
    """A new user, within a boundary if one is named."""
    boundary = call.get("PermissionsBoundary")
    if boundary is not None:
        _check(call, boundary)
    if any(name.lower() == call.input["UserName"].lower() for name in call.backend.users):
        raise Refusal("EntityAlreadyExists", f"User with name {call.input['UserName']} already exists.")
    answer = call.moto()
    if boundary is not None:
        call.backend.users[call.input["UserName"]].permissions_boundary_arn = boundary
    return answer


@service.operation
def put_user_permissions_boundary(call: Call[Any]) -> None:
    """The most that a user can ever do."""
    user = user_of(call)
    _check(call, call.input["PermissionsBoundary"])
    user.permissions_boundary_arn = call.input["PermissionsBoundary"]


@service.operation
def delete_user_permissions_boundary(call: Call[Any]) -> None:
    """No boundary any more."""
    user = user_of(call)
    if not vars(user).get("permissions_boundary_arn"):
        raise missing(f"The permissions boundary of the user {user.name}")
    user.permissions_boundary_arn = None


@service.operation
def put_role_permissions_boundary(call: Call[Any]) -> Any:
    """The most that a role can ever do."""
    _check(call, call.input["PermissionsBoundary"])
    return call.moto()


@service.operation
def create_role(call: Call[Any]) -> Any:
    """A new role, within a boundary if one is named, with a trust policy that IAM would take."""
    from .policies import check_trust_policy

    if call.get("PermissionsBoundary") is not None:
        _check(call, call.input["PermissionsBoundary"])
    check_trust_policy(call.input["AssumeRolePolicyDocument"])
    return call.moto()


def _check(call: Call[Any], arn: str) -> None:
    """A boundary is a managed policy of the account or of AWS."""
    if ":policy/" not in arn:
        raise Refusal("InvalidInput", f"ARN {arn[:200]} is not valid.")
    if arn not in call.backend.managed_policies:
        raise Refusal("NoSuchEntity", f"Scope ARN: {arn[:200]} does not exist or is not attachable.")
