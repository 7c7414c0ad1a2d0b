"""Hosted zones: private exactly when they name a VPC, and each made once.

Sources: Amazon Route 53 API Reference, CreateHostedZone, AssociateVPCWithHostedZone,
DisassociateVPCFromHostedZone.
"""

from typing import Any

from moto.ec2.models import ec2_backends

from ...extend import Refusal
from .dnssec import has_signing
from .state import Route53Call, change, checked_name, existing_zone, service, zone_id


@service.operation
def create_hosted_zone(call: Route53Call) -> dict[str, Any]:
    """A new zone; moto takes one with a VPC for public unless HostedZoneConfig says more."""
    name, vpc = checked_name(call.input["Name"]), call.get("VPC")
    settings = call.get("HostedZoneConfig", {})
    if settings.get("PrivateZone") and not vpc:
        raise Refusal("InvalidInput", "A private hosted zone needs a VPC: give VPCRegion and VPCId.")
    if vpc:
        _check_vpc(call, vpc, name)
    if any(zone.caller_reference == call.input["CallerReference"] for zone in call.backend.zones.values()):
        raise Refusal("HostedZoneAlreadyExists", "A hosted zone has been created with this caller reference already.")
    zone = call.backend.create_hosted_zone(
        name,
        private_zone=bool(vpc),
        caller_reference=call.input["CallerReference"],
        vpcid=vpc and vpc["VPCId"],
        vpcregion=vpc and vpc["VPCRegion"],
        comment=settings.get("Comment"),
        delegation_set_id=call.get("DelegationSetId"),
    )
    answer = {
        "HostedZone": {
            "Id": f"/hostedzone/{zone.resource_id}",
            "Name": zone.name,
            "CallerReference": zone.caller_reference,
            "Config": {"PrivateZone": zone.private_zone} | ({"Comment": zone.comment} if zone.comment else {}),
            "ResourceRecordSetCount": len(zone.rrsets),
        },
        "ChangeInfo": change(call),
        "Location": f"https://route53.amazonaws.com/2013-04-01/hostedzone/{zone.resource_id}",
    }
    if vpc:
        return answer | {"VPC": vpc}
    return answer | {"DelegationSet": {"NameServers": zone.delegation_set.name_servers}}


@service.operation
def delete_hosted_zone(call: Route53Call) -> Any:
    """A zone that signs, or that has key-signing keys, is not empty."""
    zone = call.backend.zones.get(zone_id(call.input["Id"]))
    if zone is not None and has_signing(call, zone):
        raise Refusal("HostedZoneNotEmpty", "Disable DNSSEC signing and delete the key-signing keys first.")
    return call.moto()


@service.operation
def associate_vpc_with_hosted_zone(call: Route53Call) -> Any:
    """Let one more VPC see a private zone."""
    zone = existing_zone(call, call.input["HostedZoneId"])
    if zone.private_zone:
        _check_vpc(call, call.input["VPC"], zone.name)
    return call.moto()


@service.operation
def disassociate_vpc_from_hosted_zone(call: Route53Call) -> Any:
    """Let a VPC see a private zone no more; the last one stays."""
    zone, vpc = existing_zone(call, call.input["HostedZoneId"]), call.input["VPC"]["VPCId"]
    if not any(one.get("vpc_id") == vpc for one in zone.vpcs):
        raise Refusal("VPCAssociationNotFound", f"The VPC {vpc} is not associated with the hosted zone.")
    return call.moto()


def _check_vpc(call: Route53Call, vpc: dict[str, str], name: str) -> None:
    id, region = vpc.get("VPCId", ""), vpc.get("VPCRegion", "")
    backends = ec2_backends[call.account]
    if region not in backends or id not in backends[region].vpcs:
        raise Refusal("InvalidVPCId", f"The VPC {id} in region {region} is not a VPC of this account.")
    zones = [zone for zone in call.backend.zones.values() if zone.private_zone and zone.name == name]
    if any(one.get("vpc_id") == id for zone in zones for one in zone.vpcs):
        raise Refusal("ConflictingDomainExists", f"The VPC {id} is associated with a hosted zone {name} already.")
