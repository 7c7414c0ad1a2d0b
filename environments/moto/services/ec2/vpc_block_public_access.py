"""Block Public Access for VPCs: no traffic through internet gateways, whatever routes and groups say.

Sources: Amazon VPC User Guide, "Block public access to VPCs and subnets"; Amazon EC2 API Reference,
"ModifyVpcBlockPublicAccessOptions", "CreateVpcBlockPublicAccessExclusion".
"""

from typing import Any

from ...extend import Call, Refusal
from ...extend.call import hexadecimal
from ._service import Row, existing, filtered, refuse_dry_run, service, tags_of

MAX_EXCLUSIONS = 50
FILTERS = {
    "resource-arn": "ResourceArn",
    "internet-gateway-exclusion-mode": "InternetGatewayExclusionMode",
    "state": "State",
}
OFF = "off"


@service.operation
def describe_vpc_block_public_access_options(call: Call[Any]) -> dict[str, Any]:
    """What the account blocks in the Region: nothing, until told otherwise."""
    refuse_dry_run(call)
    return {"VpcBlockPublicAccessOptions": _options(call)}


@service.operation
def modify_vpc_block_public_access_options(call: Call[Any]) -> dict[str, Any]:
    """Block traffic in both directions, or inbound, or none."""
    refuse_dry_run(call)
    changed = {
        "InternetGatewayBlockMode": call.input["InternetGatewayBlockMode"],
        "State": "update-complete",
        "LastUpdateTimestamp": call.now,
    }
    call.state["vpc_block_public_access"] = _options(call) | changed
    return {"VpcBlockPublicAccessOptions": _options(call) | {"State": "update-in-progress"}}


@service.operation
def create_vpc_block_public_access_exclusion(call: Call[Any]) -> dict[str, Any]:
    """Let the traffic of one VPC or subnet pass, both ways or outbound."""
    given = [name for name in ("VpcId", "SubnetId") if call.get(name)]
    if len(given) != 1:
        raise Refusal("InvalidParameterCombination", "Specify either VpcId or SubnetId.")
    resource = _resource(call, given[0])
    kept = _exclusions(call)
    if any(one["ResourceArn"] == resource for one in kept.values()):
        raise Refusal("InvalidParameterValue", f"There is an exclusion for {resource} already.")
    if len(kept) >= MAX_EXCLUSIONS:
        raise Refusal(
            "VpcBlockPublicAccessExclusionLimitExceeded", f"A Region has at most {MAX_EXCLUSIONS} exclusions."
        )
    tags = tags_of(call, "vpc-block-public-access-exclusion")
    refuse_dry_run(call)
    id = f"vpcbpa-exclude-{hexadecimal(17)}"
    kept[id] = {
        "ExclusionId": id,
        "InternetGatewayExclusionMode": call.input["InternetGatewayExclusionMode"],
        "ResourceArn": resource,
        "State": "create-complete",
        "CreationTimestamp": call.now,
        "LastUpdateTimestamp": call.now,
        "Tags": tags,
    }
    return {"VpcBlockPublicAccessExclusion": kept[id] | {"State": "create-in-progress"}}


@service.operation
def describe_vpc_block_public_access_exclusions(call: Call[Any]) -> dict[str, Any]:
    """The exclusions of these ids that fit the filters."""
    found = existing(_exclusions(call), call.get("ExclusionIds", []), _NOT_FOUND, "exclusion ID")
    refuse_dry_run(call)
    return {"VpcBlockPublicAccessExclusions": list(filtered(found, call.get("Filters", []), FILTERS))}


@service.operation
def modify_vpc_block_public_access_exclusion(call: Call[Any]) -> dict[str, Any]:
    """Let other traffic of the VPC or subnet pass."""
    one = _existing(call)
    refuse_dry_run(call)
    mode = call.input["InternetGatewayExclusionMode"]
    one |= {"InternetGatewayExclusionMode": mode, "State": "update-complete", "LastUpdateTimestamp": call.now}
    return {"VpcBlockPublicAccessExclusion": one | {"State": "update-in-progress"}}


@service.operation
def delete_vpc_block_public_access_exclusion(call: Call[Any]) -> dict[str, Any]:
    """Make no exception of the VPC or subnet any more."""
    one = _existing(call)
    refuse_dry_run(call)
    del _exclusions(call)[one["ExclusionId"]]
    return {"VpcBlockPublicAccessExclusion": one | {"State": "delete-in-progress", "DeletionTimestamp": call.now}}


def blocks(call: Call[Any], vpc: str, subnet: str, *, inbound: bool) -> bool:
    """Whether connections between the internet and the subnet are blocked, inbound or outbound."""
    mode = _options(call)["InternetGatewayBlockMode"]
    if mode == OFF or (mode == "block-ingress" and not inbound):
        return False
    arns = {call.arn("ec2", f"vpc/{vpc}"), call.arn("ec2", f"subnet/{subnet}")}
    modes = {one["InternetGatewayExclusionMode"] for one in _exclusions(call).values() if one["ResourceArn"] in arns}
    return "allow-bidirectional" not in modes and (inbound or "allow-egress" not in modes)


_NOT_FOUND = "InvalidVpcBlockPublicAccessExclusionId.NotFound"


def _options(call: Call[Any]) -> Row:
    default = {
        "AwsAccountId": call.account,
        "AwsRegion": call.region,
        "State": "default-state",
        "InternetGatewayBlockMode": OFF,
        "ManagedBy": "account",
        "ExclusionsAllowed": "allowed",
    }
    options: Row = call.state.get("vpc_block_public_access", default)
    return options


def _exclusions(call: Call[Any]) -> dict[str, Row]:
    kept: dict[str, Row] = call.state.setdefault("vpc_block_public_access_exclusions", {})
    return kept


def _existing(call: Call[Any]) -> Row:
    return existing(_exclusions(call), [call.input["ExclusionId"]], _NOT_FOUND, "exclusion ID")[0]


def _resource(call: Call[Any], member: str) -> str:
    id = call.input[member]
    if member == "VpcId":
        call.backend.get_vpc(id)
        return call.arn("ec2", f"vpc/{id}")
    call.backend.get_subnet(id)
    return call.arn("ec2", f"subnet/{id}")
