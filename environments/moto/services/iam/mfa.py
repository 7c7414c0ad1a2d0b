"""MFA devices: who may be given which, and the operations that moto lacks.

Sources: IAM API Reference, "EnableMFADevice", "GetMFADevice" and "ResyncMFADevice"; IAM User Guide, "IAM and AWS STS
quotas" (eight devices a user). The six digits are not checked against the device: no lab asks for an authenticator.
"""

import re
from typing import Any

from ...extend import Call, Refusal
from ._service import missing, service, user_of

CODE = re.compile(r"\d{6}")
HARDWARE = re.compile(r"[A-Za-z0-9]{9,}")
SECURITY_KEY = re.compile(r"arn:aws:iam::\d{12}:u2f/user/.+")
MAX_DEVICES, MAX_TAGS = 8, 50


@service.operation
def enable_mfa_device(call: Call[Any]) -> Any:
    """Bind a device to a user."""
    user = user_of(call)
    serial = call.input["SerialNumber"]
    _check_codes(call)
    device = call.backend.virtual_mfa_devices.get(serial)
    if device is None and not HARDWARE.fullmatch(serial) and not SECURITY_KEY.fullmatch(serial):
        raise missing(f"VirtualMFADevice with serial number {serial}")
    if any(serial in other.mfa_devices for other in call.backend.users.values()) or (device and device.enable_date):
        raise Refusal("EntityAlreadyExists", "MFA Device is already in use.")
    if len(user.mfa_devices) >= MAX_DEVICES:
        raise Refusal("LimitExceeded", f"Cannot exceed quota for MFADevicesPerUser: {MAX_DEVICES}")
    return call.moto()


@service.operation
def resync_mfa_device(call: Call[Any]) -> None:
    """Two codes in a row put a device in step again."""
    user = user_of(call)
    if call.input["SerialNumber"] not in user.mfa_devices:
        raise missing(f"MFADevice with serial number {call.input['SerialNumber']}")
    _check_codes(call)


@service.operation
def get_mfa_device(call: Call[Any]) -> dict[str, Any]:
    """A device of a user, by its serial number."""
    serial = call.input["SerialNumber"]
    users = [user_of(call)] if call.get("UserName") else list(call.backend.users.values())
    for user in users:
        if serial in user.mfa_devices:
            device = user.mfa_devices[serial]
            return {"UserName": user.name, "SerialNumber": serial, "EnableDate": device.enable_date}
    raise missing(f"MFADevice with serial number {serial}")


@service.operation
def list_mfa_device_tags(call: Call[Any]) -> dict[str, Any]:
    """The tags of a virtual device."""
    return {"Tags": [{"Key": key, "Value": value} for key, value in _tags(call).items()], "IsTruncated": False}


@service.operation
def tag_mfa_device(call: Call[Any]) -> None:
    """Tags for a virtual device."""
    tags = _tags(call)
    given = {tag["Key"]: tag["Value"] for tag in call.input["Tags"]}
    if len(tags | given) > MAX_TAGS:
        raise Refusal("LimitExceeded", f"Cannot exceed quota for TagsPerMFADevice: {MAX_TAGS}")
    tags.update(given)


@service.operation
def untag_mfa_device(call: Call[Any]) -> None:
    """Take tags from a virtual device."""
    tags = _tags(call)
    for key in call.input["TagKeys"]:
        tags.pop(key, None)


def _tags(call: Call[Any]) -> dict[str, str]:
    serial = call.input["SerialNumber"]
    if serial not in call.backend.virtual_mfa_devices:
        raise missing(f"VirtualMFADevice with serial number {serial}")
    kept: dict[str, str] = call.state.setdefault("mfa tags", {}).setdefault(serial, {})
    return kept


def _check_codes(call: Call[Any]) -> None:
    codes = call.input["AuthenticationCode1"], call.input["AuthenticationCode2"]
    if codes[0] == codes[1] or not all(map(CODE.fullmatch, codes)):
        raise Refusal("InvalidAuthenticationCode", "Authentication code for device is not valid.")
