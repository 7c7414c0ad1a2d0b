"""Firewall endpoints: VPC endpoints that routes can name, of a firewall's own or for a firewall of another VPC.

Sources: AWS Network Firewall API Reference, CreateVpcEndpointAssociation; AWS Network Firewall Developer Guide,
"Firewalls and firewall endpoints" (an endpoint is a VPC endpoint of type GatewayLoadBalancer).
"""

from contextlib import suppress
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends

from ...extend.call import hexadecimal, unique
from .state import Members, NetworkFirewallCall, invalid, missing, service, tagged

TAGS = {"AWSNetworkFirewallManaged": "true"}


@service.operation
def create_vpc_endpoint_association(call: NetworkFirewallCall) -> Members:
    """An endpoint of the firewall in a further subnet, also of another VPC."""
    call.tags.check(call.get("Tags"))
    firewall, vpc, subnet = call.input["FirewallArn"], call.input["VpcId"], call.input["SubnetMapping"]["SubnetId"]
    if firewall not in call.state.firewalls:
        raise missing(firewall)
    found = next((zones[subnet] for zones in _ec2(call).subnets.values() if subnet in zones), None)
    if found is None or found.vpc_id != vpc:
        raise invalid(f"subnet is not in the VPC {vpc}, parameter: [{subnet}]")
    id = unique()
    arn = call.arn("network-firewall", f"vpc-endpoint-association/{id}")
    call.state.associations[arn] = {
        "VpcEndpointAssociationId": id,
        "VpcEndpointAssociationArn": arn,
        "FirewallArn": firewall,
        "VpcId": vpc,
        "SubnetMapping": call.input["SubnetMapping"],
        "EndpointId": open_endpoint(call, firewall, vpc, subnet),
        "AvailabilityZone": found.availability_zone,
    } | ({"Description": call.input["Description"]} if "Description" in call.input else {})
    call.tags.put(arn, call.get("Tags"))
    return _answer(call, arn, "PROVISIONING")


@service.operation
def describe_vpc_endpoint_association(call: NetworkFirewallCall) -> Members:
    """One association, and how its endpoint is."""
    return _answer(call, _existing(call), "READY")


@service.operation
def list_vpc_endpoint_associations(call: NetworkFirewallCall) -> Members:
    """The associations, of one firewall if asked."""
    wanted = call.get("FirewallArn")
    found = [arn for arn, one in call.state.associations.items() if wanted in (None, one["FirewallArn"])]
    return {"VpcEndpointAssociations": [{"VpcEndpointAssociationArn": arn} for arn in found]}


@service.operation
def delete_vpc_endpoint_association(call: NetworkFirewallCall) -> Members:
    """Forget an association and its endpoint."""
    arn = _existing(call)
    answer = _answer(call, arn, "DELETING")
    close_endpoint(call, call.state.associations.pop(arn)["EndpointId"])
    call.tags.forget(arn)
    return answer


def open_endpoint(call: NetworkFirewallCall, firewall: str, vpc: str, subnet: str) -> str:
    """The id of a new VPC endpoint of the firewall in the subnet."""
    name = f"com.amazonaws.vpce.{call.region}.vpce-svc-{hexadecimal(17)}"
    endpoint = _ec2(call).create_vpc_endpoint(
        vpc, name, "GatewayLoadBalancer", None, [], [subnet], tags=TAGS | {"Firewall": firewall}
    )
    return str(endpoint.id)


def close_endpoint(call: NetworkFirewallCall, endpoint: str) -> None:
    with suppress(ServiceException):  # somebody deleted it in EC2
        _ec2(call).delete_vpc_endpoints([endpoint])


def _ec2(call: NetworkFirewallCall) -> Any:
    return ec2_backends[call.account][call.region]


def _existing(call: NetworkFirewallCall) -> str:
    arn: str = call.input["VpcEndpointAssociationArn"]
    if arn not in call.state.associations:
        raise missing(arn)
    return arn


def _answer(call: NetworkFirewallCall, arn: str, status: str) -> Members:
    one = call.state.associations[arn]
    shown = {name: value for name, value in one.items() if name not in ("EndpointId", "AvailabilityZone")}
    attachment = {"SubnetId": one["SubnetMapping"]["SubnetId"], "EndpointId": one["EndpointId"], "Status": "READY"}
    sync = {one["AvailabilityZone"]: {"Attachment": attachment}}
    return {
        "VpcEndpointAssociation": tagged(call, arn, shown),
        "VpcEndpointAssociationStatus": {"Status": status}
        | ({"AssociationSyncState": sync} if status == "READY" else {}),
    }
