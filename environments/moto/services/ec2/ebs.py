"""EBS: encryption by default reaches new volumes, its KMS key, and block public access for snapshots.

Sources: Amazon EBS User Guide, "Enable Amazon EBS encryption by default" and "Block public access for Amazon EBS
snapshots"; Amazon EC2 API Reference, "ModifyEbsDefaultKmsKeyId" and "ModifySnapshotAttribute".
"""

import re
from collections.abc import Mapping
from typing import Any

from moto.ec2.models import EC2Backend
from moto.kms.models import kms_backends

from ...extend import Call, Refusal
from ._service import filtered, refuse_dry_run, replaced, service

AWS_MANAGED_KEY = "alias/aws/ebs"
ACCOUNT = re.compile(r"\d{12}")


@service.patch
def encrypt_new_volumes_and_copies() -> None:
    """moto keeps the flag and makes plain volumes all the same."""

    def create(original: Any) -> Any:
        def create_volume(backend: Any, *arguments: Any, encrypted: bool = False, **settings: Any) -> Any:
            encrypted = encrypted or backend.ebs_encryption_by_default
            return original(backend, *arguments, encrypted=encrypted, **settings)

        return create_volume

    def copy(original: Any) -> Any:
        def copy_snapshot(backend: Any, *arguments: Any, **settings: Any) -> Any:
            snapshot = original(backend, *arguments, **settings)
            if backend.ebs_encryption_by_default and not snapshot.encrypted:
                snapshot.encrypted = True
                snapshot.kms_key_id = backend.default_kms_key_id or backend._create_default_encryption_key()
            return snapshot

        return copy_snapshot

    replaced(EC2Backend, "create_volume", create)
    replaced(EC2Backend, "copy_snapshot", copy)


@service.operation
def get_ebs_default_kms_key_id(call: Call[Any]) -> dict[str, Any]:
    """The key that encryption by default uses: AWS's own until another is named."""
    refuse_dry_run(call)
    return {"KmsKeyId": call.state.get("ebs key", AWS_MANAGED_KEY)}


@service.operation
def modify_ebs_default_kms_key_id(call: Call[Any]) -> dict[str, Any]:
    """Use a symmetric key of the account's from now on."""
    arn = _symmetric_key(call, call.input["KmsKeyId"])
    refuse_dry_run(call)
    call.state["ebs key"] = call.backend.default_kms_key_id = arn
    return {"KmsKeyId": arn}


@service.operation
def reset_ebs_default_kms_key_id(call: Call[Any]) -> dict[str, Any]:
    """Use AWS's own key again."""
    refuse_dry_run(call)
    call.state.pop("ebs key", None)
    call.backend.default_kms_key_id = ""
    return {"KmsKeyId": AWS_MANAGED_KEY}


def _symmetric_key(call: Call[Any], given: str) -> str:
    kms = kms_backends[call.account][call.region]
    try:
        key = kms.keys.get(kms.get_key_id(given)) or kms.keys.get(kms.get_key_id_from_alias(given) or "")
    except Exception:  # moto's exceptions for malformed ids are many
        key = None
    if key is None or f":{call.region}:" not in key.arn:
        raise Refusal("InvalidParameterValue", f"The KMS key '{given[:120]}' does not exist in {call.region}.")
    if key.key_spec != "SYMMETRIC_DEFAULT":
        raise Refusal("InvalidParameterValue", "Amazon EBS does not support asymmetric KMS keys.")
    if key.key_state != "Enabled":
        raise Refusal("InvalidParameterValue", f"The KMS key's state is {key.key_state}, not Enabled.")
    return str(key.arn)


# ---- sharing snapshots ----


@service.operation
def enable_snapshot_block_public_access(call: Call[Any]) -> dict[str, Any]:
    """No snapshot is made public from now on; `block-all-sharing` hides those that are public already."""
    state = call.input["State"]
    if state == "unblocked":
        raise Refusal("InvalidParameterValue", "State must be block-all-sharing or block-new-sharing.")
    refuse_dry_run(call)
    call.state["snapshot sharing"] = state
    return {"State": state}


@service.operation
def disable_snapshot_block_public_access(call: Call[Any]) -> dict[str, Any]:
    """Snapshots may be made public."""
    refuse_dry_run(call)
    call.state["snapshot sharing"] = "unblocked"
    return {"State": "unblocked"}


@service.operation
def get_snapshot_block_public_access_state(call: Call[Any]) -> dict[str, Any]:
    """The state, `unblocked` until somebody sets it."""
    refuse_dry_run(call)
    return {"State": call.state.get("snapshot sharing", "unblocked"), "ManagedBy": "account"}


@service.operation
def modify_snapshot_attribute(call: Call[Any]) -> None:
    """Who may make volumes of a snapshot. moto reads one of the two ways in which the request may say it."""
    snapshot = call.backend.get_snapshot(call.input["SnapshotId"])
    added, removed = (_permissions(call, operation) for operation in ("Add", "Remove"))
    if not added and not removed:
        raise Refusal("MissingParameter", "The request must contain the parameter createVolumePermission")
    if any("Group" in item for item in added):
        _check_public_sharing(call, snapshot)
    for item in (*added, *removed):
        if "UserId" in item and not ACCOUNT.fullmatch(item["UserId"]):
            raise Refusal("InvalidUserID.Malformed", f"The user ID '{item['UserId'][:60]}' is malformed")
    refuse_dry_run(call)
    for item, change in [(item, "add") for item in added] + [(item, "discard") for item in removed]:
        kept = "groups" if "Group" in item else "userids"
        getattr(getattr(snapshot, f"create_volume_permission_{kept}"), change)(item.get("Group") or item["UserId"])


def _permissions(call: Call[Any], operation: str) -> list[Mapping[str, str]]:
    found = [dict(item) for item in (call.get("CreateVolumePermission") or {}).get(operation, [])]
    if call.get("OperationType", "").lower() == operation.lower():
        found += [{"UserId": id} for id in call.get("UserIds", [])]
        found += [{"Group": name} for name in call.get("GroupNames", [])]
    for item in found:
        if item.get("Group", "all") != "all":
            raise Refusal("InvalidParameterValue", "The only group is 'all'.")
    return [item for item in found if item.get("Group") or item.get("UserId")]


def _check_public_sharing(call: Call[Any], snapshot: Any) -> None:
    if snapshot.encrypted:
        raise Refusal("OperationNotPermitted", "Encrypted snapshots cannot be shared publicly")
    if call.state.get("snapshot sharing", "unblocked") != "unblocked":
        message = "Block public access for snapshots is enabled in this Region: snapshots cannot be shared publicly."
        raise Refusal("OperationNotPermitted", message)


@service.operation
def reset_snapshot_attribute(call: Call[Any]) -> None:
    """Only the owner may make volumes of the snapshot."""
    snapshot = call.backend.get_snapshot(call.input["SnapshotId"])
    if call.input["Attribute"] != "createVolumePermission":
        raise Refusal("InvalidParameterValue", "Only createVolumePermission can be reset.")
    refuse_dry_run(call)
    snapshot.create_volume_permission_groups.clear()
    snapshot.create_volume_permission_userids.clear()


# ---- attributes and status of volumes ----


@service.operation
def modify_volume_attribute(call: Call[Any]) -> None:
    """Whether I/O goes on by itself after a volume's data may be inconsistent."""
    volume = call.backend.get_volume(call.input["VolumeId"])
    if "Value" not in (call.get("AutoEnableIO") or {}):
        raise Refusal("MissingParameter", "The request must contain the parameter autoEnableIO")
    refuse_dry_run(call)
    call.state.setdefault("auto io", {})[volume.id] = call.input["AutoEnableIO"]["Value"]


@service.operation
def describe_volume_attribute(call: Call[Any]) -> dict[str, Any]:
    """One attribute of a volume."""
    volume = call.backend.get_volume(call.input["VolumeId"])
    refuse_dry_run(call)
    if call.input["Attribute"] == "productCodes":
        return {"VolumeId": volume.id, "ProductCodes": []}
    return {"VolumeId": volume.id, "AutoEnableIO": {"Value": call.state.get("auto io", {}).get(volume.id, False)}}


@service.operation
def describe_volume_status(call: Call[Any]) -> dict[str, Any]:
    """The status of volumes: nothing ever ails them."""
    wanted = call.get("VolumeIds")
    volumes = [call.backend.get_volume(id) for id in wanted] if wanted else call.backend.volumes.values()
    refuse_dry_run(call)
    details = [{"Name": "io-enabled", "Status": "passed"}, {"Name": "io-performance", "Status": "not-applicable"}]
    rows = [
        {
            "VolumeId": volume.id,
            "AvailabilityZone": volume.zone.name,
            "VolumeStatus": {"Status": "ok", "Details": details},
            "Actions": [],
            "Events": [],
        }
        for volume in volumes
    ]
    known = {"availability-zone": "AvailabilityZone", "volume-status.status": "status"}
    found = filtered([{**row, "status": "ok"} for row in rows], call.get("Filters", []), known)
    return {"VolumeStatuses": [{name: value for name, value in row.items() if name != "status"} for row in found]}
