"""EC2 Instance Connect Endpoints: a way to instances that have no public address.

Sources: Amazon EC2 User Guide, "Connect to your instances using EC2 Instance Connect Endpoint"; Amazon EC2 API
Reference, "CreateInstanceConnectEndpoint".
"""

from typing import Any

from ...extend import Call, Refusal
from ...extend.call import hexadecimal
from ._service import Row, existing, filtered, refuse_dry_run, service, tags_of

FILTERS = {
    "instance-connect-endpoint-id": "InstanceConnectEndpointId",
    "state": "State",
    "subnet-id": "SubnetId",
    "vpc-id": "VpcId",
}
MAX_OF_A_VPC, MAX_OF_A_REGION = 1, 5


@service.operation
def create_instance_connect_endpoint(call: Call[Any]) -> dict[str, Any]:
    """An endpoint with an interface in the subnet: one a VPC."""
    subnet = call.backend.get_subnet(call.input["SubnetId"])
    kept = _endpoints(call)
    token = call.get("ClientToken")
    for endpoint in kept.values():
        if token and endpoint["token"] == token:
            return {"InstanceConnectEndpoint": _shown(endpoint), "ClientToken": token}
    if sum(endpoint["VpcId"] == subnet.vpc_id for endpoint in kept.values()) >= MAX_OF_A_VPC:
        message = f"The VPC {subnet.vpc_id} has an EC2 Instance Connect Endpoint already: its limit is {MAX_OF_A_VPC}."
        raise Refusal("InstanceConnectEndpointLimitExceeded", message)
    if len(kept) >= MAX_OF_A_REGION:
        raise Refusal("InstanceConnectEndpointLimitExceeded", f"A Region has at most {MAX_OF_A_REGION} endpoints.")
    groups = _groups(call, call.get("SecurityGroupIds") or [], subnet.vpc_id)
    tags = tags_of(call, "instance-connect-endpoint")
    refuse_dry_run(call)
    id = f"eice-{hexadecimal(17)}"
    interface = call.backend.create_network_interface(
        subnet, None, group_ids=list(groups), description=f"EC2 Instance Connect Endpoint {id}"
    )
    dns = f"{id}.{hexadecimal(8)}.ec2-instance-connect-endpoint.{call.region}.amazonaws.com"
    kept[id] = {
        "OwnerId": call.account,
        "InstanceConnectEndpointId": id,
        "InstanceConnectEndpointArn": call.arn("ec2", f"instance-connect-endpoint/{id}"),
        "State": "create-complete",
        "StateMessage": "",
        "DnsName": dns,
        "NetworkInterfaceIds": [interface.id],
        "VpcId": subnet.vpc_id,
        "AvailabilityZone": subnet.availability_zone,
        "CreatedAt": call.now,
        "SubnetId": subnet.id,
        "PreserveClientIp": call.get("PreserveClientIp", False),
        "SecurityGroupIds": groups,
        "Tags": tags,
        "IpAddressType": call.get("IpAddressType", "ipv4"),
        "token": token,
    }
    return {"InstanceConnectEndpoint": _shown(kept[id]), "ClientToken": token}


@service.operation
def describe_instance_connect_endpoints(call: Call[Any]) -> dict[str, Any]:
    """The endpoints of these ids that fit the filters."""
    found = existing(_endpoints(call), call.get("InstanceConnectEndpointIds", []), _NOT_FOUND, "endpoint ID")
    refuse_dry_run(call)
    return {"InstanceConnectEndpoints": [_shown(row) for row in filtered(found, call.get("Filters", []), FILTERS)]}


@service.operation
def modify_instance_connect_endpoint(call: Call[Any]) -> dict[str, Any]:
    """Other groups, or another treatment of the client's address."""
    endpoint = _existing(call)
    changes: Row = {name: call.input[name] for name in ("PreserveClientIp", "IpAddressType") if name in call.input}
    if call.get("SecurityGroupIds"):
        changes["SecurityGroupIds"] = _groups(call, call.input["SecurityGroupIds"], endpoint["VpcId"])
    refuse_dry_run(call)
    endpoint.update(changes)
    for id in endpoint["NetworkInterfaceIds"]:
        call.backend.modify_network_interface_attribute(id, list(endpoint["SecurityGroupIds"]))
    return {"Return": True}


@service.operation
def delete_instance_connect_endpoint(call: Call[Any]) -> dict[str, Any]:
    """Forget the endpoint and its interface."""
    endpoint = _existing(call)
    refuse_dry_run(call)
    del _endpoints(call)[endpoint["InstanceConnectEndpointId"]]
    for id in endpoint["NetworkInterfaceIds"]:
        call.backend.enis.pop(id, None)
    return {"InstanceConnectEndpoint": {**_shown(endpoint), "State": "delete-in-progress"}}


_NOT_FOUND = "InvalidInstanceConnectEndpointId.NotFound"


def _endpoints(call: Call[Any]) -> dict[str, Row]:
    kept: dict[str, Row] = call.state.setdefault("connect endpoints", {})
    return kept


def _existing(call: Call[Any]) -> Row:
    return existing(_endpoints(call), [call.input["InstanceConnectEndpointId"]], _NOT_FOUND, "endpoint ID")[0]


def _groups(call: Call[Any], ids: list[str], vpc: str) -> list[str]:
    """The groups named, which must be the VPC's, or its default group."""
    if not ids:
        return [call.backend.get_security_group_from_name("default", vpc).id]
    for id in ids:
        group = call.backend.get_security_group_from_id(id)
        if group is None or group.vpc_id != vpc:
            raise Refusal("InvalidGroup.NotFound", f"The security group '{id}' does not exist in VPC '{vpc}'")
    return ids


def _shown(endpoint: Row) -> Row:
    return {name: value for name, value in endpoint.items() if name != "token"}
