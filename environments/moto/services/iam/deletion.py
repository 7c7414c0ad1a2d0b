"""What must be gone before a user, group, role or instance profile can be deleted.

Source: IAM API Reference, "DeleteUser", "DeleteGroup", "DeleteRole" and "DeleteInstanceProfile".
"""

from typing import Any

from ...extend import Call, Refusal
from ._service import missing, service


def _refuse(what: str) -> None:
    raise Refusal("DeleteConflict", f"Cannot delete entity, must {what} first.")


@service.operation
def delete_user(call: Call[Any]) -> Any:
    """Forget a user who has nothing left."""
    user = call.backend.users.get(call.input["UserName"])
    if user is not None:
        if user.access_keys:
            _refuse("delete access keys")
        if user.password:
            _refuse("delete login profile")
        if user.mfa_devices:
            _refuse("delete MFA device")
        if any(user in group.users for group in call.backend.groups.values()):
            _refuse("remove users from group")
        if user.signing_certificates:
            _refuse("delete signing certificates")
        if user.ssh_public_keys:
            _refuse("delete SSH public keys")
    return call.moto()


@service.operation
def delete_group(call: Call[Any]) -> Any:
    """Forget a group without members and policies."""
    group = call.backend.groups.get(call.input["GroupName"])
    if group is None:
        raise missing(f"The group with name {call.input['GroupName']}")
    if group.users:
        _refuse("remove users from group")
    if group.managed_policies:
        _refuse("detach all policies")
    if group.policies:
        _refuse("delete policies")
    return call.moto()


@service.operation
def delete_role(call: Call[Any]) -> Any:
    """Forget a role without policies and instance profiles; a service-linked role goes another way."""
    role = next((role for role in call.backend.roles.values() if role.name == call.input["RoleName"]), None)
    if role is not None and role.path.startswith("/aws-service-role/"):
        message = (
            f"Cannot perform the operation on the protected role '{role.name}' - this role is only modifiable by AWS"
        )
        raise Refusal("UnmodifiableEntity", message)
    return call.moto()


@service.operation
def delete_instance_profile(call: Call[Any]) -> Any:
    """Forget an instance profile without a role."""
    profiles = call.backend.instance_profiles.values()
    profile = next((item for item in profiles if item.name == call.input["InstanceProfileName"]), None)
    if profile is not None and profile.roles:
        _refuse("remove roles from instance profile")
    return call.moto()


@service.operation
def delete_virtual_mfa_device(call: Call[Any]) -> Any:
    """Forget a virtual device that nobody uses."""
    device = call.backend.virtual_mfa_devices.get(call.input["SerialNumber"])
    if device is not None and device.enable_date is not None:
        raise Refusal("DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.")
    return call.moto()
