"""Automatic rotation and rotation on demand."""

from datetime import timedelta
from typing import Any

from ...extend import Refusal
from .state import DISABLED, PENDING_DELETION, PENDING_IMPORT, KmsCall, key_of, refuse_state, service

YEAR = 365
MAX_ON_DEMAND = 10  # rotations on demand of one key


@service.operation
def enable_key_rotation(call: KmsCall) -> None:
    """Rotate every so many days, counted from now."""
    key = _rotatable(call)
    refuse_state(key, DISABLED, PENDING_DELETION, PENDING_IMPORT)
    key.key_rotation_status = True
    call.state.rotations[key.id] = {"days": call.get("RotationPeriodInDays", YEAR), "since": call.now}


@service.operation
def disable_key_rotation(call: KmsCall) -> None:
    """Rotate by itself no more."""
    key = _rotatable(call)
    refuse_state(key, DISABLED, PENDING_DELETION, PENDING_IMPORT)
    key.key_rotation_status = False
    call.state.rotations.pop(key.id, None)


@service.operation
def get_key_rotation_status(call: KmsCall) -> dict[str, Any]:
    """Whether the key rotates, how often, and when next."""
    key = key_of(call, call.input["KeyId"])
    rotation = call.state.rotations.get(key.id)
    if rotation is None or key.key_state == PENDING_DELETION:
        return {"KeyId": key.arn, "KeyRotationEnabled": False}
    period = timedelta(days=rotation["days"])
    elapsed = (call.now - rotation["since"]) // period
    return {
        "KeyId": key.arn, "KeyRotationEnabled": True, "RotationPeriodInDays": rotation["days"],
        "NextRotationDate": rotation["since"] + period * (elapsed + 1),
    }  # fmt: skip


@service.operation
def rotate_key_on_demand(call: KmsCall) -> Any:
    """Rotate now."""
    key = _rotatable(call)
    refuse_state(key, DISABLED, PENDING_DELETION, PENDING_IMPORT)
    if sum(row.get("RotationType") == "ON_DEMAND" for row in key.rotations) >= MAX_ON_DEMAND:
        raise Refusal("LimitExceededException", f"A key is rotated on demand at most {MAX_ON_DEMAND} times.")
    call.moto(KeyId=key.id)
    return {"KeyId": key.arn}


@service.operation
def list_key_rotations(call: KmsCall) -> Any:
    """The rotations that were."""
    return call.moto(KeyId=key_of(call, call.input["KeyId"]).id)


def _rotatable(call: KmsCall) -> Any:
    key = key_of(call, call.input["KeyId"])
    if key.key_spec != "SYMMETRIC_DEFAULT" or key.origin != "AWS_KMS":
        raise Refusal(
            "UnsupportedOperationException",
            f"{key.arn} cannot be rotated: only symmetric encryption keys with key material of AWS KMS can.",
        )
    return key
