"""Block public access for AMIs.

Source: Amazon EC2 User Guide, "Block public access to your AMIs": a new account has it on.
"""

from typing import Any

from ...extend import Call, Refusal
from ._service import refuse_dry_run, service

BLOCKED, OPEN = "block-new-sharing", "unblocked"


@service.operation
def enable_image_block_public_access(call: Call[Any]) -> dict[str, Any]:
    """No AMI is made public from now on."""
    refuse_dry_run(call)
    call.state["image sharing"] = BLOCKED
    return {"ImageBlockPublicAccessState": BLOCKED}


@service.operation
def disable_image_block_public_access(call: Call[Any]) -> dict[str, Any]:
    """AMIs may be made public."""
    refuse_dry_run(call)
    call.state["image sharing"] = OPEN
    return {"ImageBlockPublicAccessState": OPEN}


@service.operation
def get_image_block_public_access_state(call: Call[Any]) -> dict[str, Any]:
    """The state of the account in this Region."""
    refuse_dry_run(call)
    return {"ImageBlockPublicAccessState": call.state.get("image sharing", BLOCKED), "ManagedBy": "account"}


@service.operation
def modify_image_attribute(call: Call[Any]) -> Any:
    """Who may launch an AMI; nobody in general while public sharing is blocked."""
    added = (call.get("LaunchPermission") or {}).get("Add", [])
    groups = [item["Group"] for item in added if item.get("Group")]
    groups += call.get("UserGroups", []) if call.get("OperationType") == "add" else []
    if groups and call.state.get("image sharing", BLOCKED) != OPEN:
        message = "Block public access for AMIs is enabled in this Region: AMIs cannot be shared publicly."
        raise Refusal("OperationNotPermitted", message)
    return call.moto()


@service.operation
def reset_image_attribute(call: Call[Any]) -> None:
    """Only the owner may launch the AMI."""
    images = call.backend.describe_images(ami_ids=[call.input["ImageId"]])
    refuse_dry_run(call)
    images[0].launch_permissions.clear()
