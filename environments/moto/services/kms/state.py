"""What is kept beside moto's keys, and how a call finds its key."""

import re
from dataclasses import dataclass, field
from typing import Any

from ...extend import Call, Refusal, Service

ID = re.compile(r"(?:mrk-[0-9a-f]{32}|(?:mrk-)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})", re.IGNORECASE)
ARN = re.compile(r"arn:aws:kms:([a-z0-9-]+):(\d{12}):(key|alias)/(.+)")
DISABLED, PENDING_DELETION, PENDING_IMPORT = "Disabled", "PendingDeletion", "PendingImport"


@dataclass
class Kms:
    """By key id: rotations that are on, imports that are prepared, material that was imported."""

    rotations: dict[str, dict[str, Any]] = field(default_factory=dict)
    imports: dict[str, dict[str, Any]] = field(default_factory=dict)
    material: dict[str, dict[str, Any]] = field(default_factory=dict)


KmsCall = Call[Kms]
service = Service("kms", state=Kms)


def key_of(call: KmsCall, given: str, *, alias: bool = False) -> Any:
    """moto's key by id or ARN, or by alias where the operation takes one."""
    match = ARN.fullmatch(given)
    if match and (match[1], match[2]) != (call.region, call.account):
        raise Refusal("NotFoundException", f"Key '{given}' does not exist")
    kind, name = (match[3], match[4]) if match else ("alias" if given.startswith("alias/") else "key", given)
    if kind == "alias":
        if not alias:
            raise Refusal("NotFoundException", f"Invalid keyId {given}")
        name = name if name.startswith("alias/") else f"alias/{name}"
        name = call.backend.get_key_id_from_alias(name) or ""
        if not name:
            raise Refusal("NotFoundException", f"Alias {_shown(call, given)} is not found.")
    elif not match and not ID.fullmatch(name):
        raise Refusal("NotFoundException", f"Invalid keyId '{given}'")
    key = call.backend.keys.get(name)
    if key is not None:
        _expire(call, key)
    if key is None or key.id not in call.backend.keys:
        raise Refusal("NotFoundException", f"Key '{_shown(call, given)}' does not exist")
    return key


def _shown(call: KmsCall, given: str) -> str:
    if given.startswith("arn:"):
        return given
    return call.arn("kms", given if given.startswith("alias/") else f"key/{given}")


def _expire(call: KmsCall, key: Any) -> None:
    """Delete a key whose waiting period is over; forget imported material that has expired."""
    if key.key_state == PENDING_DELETION and key.deletion_date is not None and key.deletion_date <= call.now:
        call.backend.delete_key(key.id)
    material = call.state.material.get(key.id)
    if material and material.get("ValidTo") is not None and material["ValidTo"] <= call.now:
        del call.state.material[key.id]
        key.key_state, key.enabled = PENDING_IMPORT, False


def refuse_state(key: Any, *states: str) -> None:
    """Refuse when the key is in one of the states."""
    if key.key_state not in states:
        return
    if key.key_state == DISABLED:
        raise Refusal("DisabledException", f"{key.arn} is disabled.")
    waits = "pending deletion" if key.key_state == PENDING_DELETION else "pending import"
    raise Refusal("KMSInvalidStateException", f"{key.arn} is {waits}.")
