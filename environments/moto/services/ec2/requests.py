"""What EC2 checks of every request that moto answers: dry runs, filters, and what must be there or gone first.

Sources: Amazon EC2 API Reference, "Common query parameters" (DryRun), "RunInstances", "CreateVolume", "DeleteSubnet",
"CreateTags", "Error codes for the Amazon EC2 API".
"""

from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.ec2.exceptions import FilterNotImplementedError
from moto.ec2.responses import EC2Response
from moto.iam.models import iam_backends

from ...extend import Call, Refusal
from ...extend.models import service_model
from ._service import refuse_dry_run, service

MAX_VOLUME = 65_536  # GiB
# the prefix of an id: the method of moto's backend that finds what it names, or refuses
FIND = {
    "i": "get_instance", "vpc": "get_vpc", "subnet": "get_subnet", "vol": "get_volume", "snap": "get_snapshot",
    "rtb": "get_route_table", "igw": "get_internet_gateway", "eni": "get_network_interface", "acl": "get_network_acl",
}  # fmt: skip


@service.patch
def answer_dry_runs_and_unknown_filters() -> None:
    """moto does what a dry run asks about in two operations of three, and breaks at a filter that it does not know."""
    for operation in service_model("ec2").operation_names:
        method = camelcase_to_underscores(str(operation))
        if operation not in service.operations and hasattr(EC2Response, method):
            setattr(EC2Response, method, _checking(getattr(EC2Response, method)))


def _checking(original: Callable[[Any], Any]) -> Callable[..., Any]:
    def answer(response: Any) -> Any:
        response.error_on_dryrun()
        try:
            return original(response)
        except KeyError as error:
            named = [str(item.get("Name")) for item in response.params.get("Filters") or []]
            if not error.args or error.args[0] not in named:
                raise
            raise Refusal("InvalidParameterValue", f"The filter '{error.args[0][:200]}' is invalid") from None
        except FilterNotImplementedError as error:
            said = str(error).removesuffix(" has not been implemented in Moto yet. Feel free to open an issue")
            raise Refusal(
                "InvalidParameterValue", f"The lab's account does not know this filter: {said[:200]}"
            ) from None
        except NotImplementedError as error:
            if not str(error).startswith("Filter dicts"):
                raise
            names = ", ".join(str(item.get("Name"))[:60] for item in response.params.get("Filters") or [])
            raise Refusal("InvalidParameterValue", f"One of these filters is invalid: {names[:300]}") from None

    answer.__name__, answer.__doc__ = original.__name__, original.__doc__
    return answer


@service.operation
def run_instances(call: Call[Any]) -> Any:
    """Instances with a key pair and a profile that are there."""
    if call.input["MinCount"] > call.input["MaxCount"] or call.input["MinCount"] < 1:
        raise Refusal("InvalidParameterValue", "MinCount must be at least 1 and not above MaxCount")
    pair = call.get("KeyName")
    if pair and pair not in call.backend.key_pairs:
        raise Refusal("InvalidKeyPair.NotFound", f"The key pair '{pair[:255]}' does not exist")
    name = (call.get("IamInstanceProfile") or {}).get("Name")
    profiles = iam_backends[call.account]["aws"].instance_profiles.values()
    if name and not any(profile.name == name for profile in profiles):
        message = (
            f"Value ({name[:128]}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"
        )
        raise Refusal("InvalidParameterValue", message)
    refuse_dry_run(call)
    return call.moto()


@service.operation
def create_volume(call: Call[Any]) -> Any:
    """A volume of a size that EBS has, in a zone of the Region."""
    size = call.get("Size")
    if size is None and not call.get("SnapshotId"):
        raise Refusal("MissingParameter", "The request must contain the parameter size or snapshotId")
    if size is not None and not 1 <= size <= MAX_VOLUME:
        raise Refusal("InvalidParameterValue", f"Volume of {size}GiB is out of range: 1 to {MAX_VOLUME}GiB.")
    zone = call.get("AvailabilityZone")
    if zone and call.backend.get_zone_by_name(zone) is None:
        raise Refusal("InvalidZone.NotFound", f"The zone '{zone[:64]}' does not exist.")
    refuse_dry_run(call)
    return call.moto()


@service.operation
def delete_subnet(call: Call[Any]) -> Any:
    """Forget a subnet in which nothing is left."""
    id = call.input["SubnetId"]
    if any(interface.subnet.id == id for interface in call.backend.enis.values()):
        raise Refusal("DependencyViolation", f"The subnet '{id[:64]}' has dependencies and cannot be deleted.")
    refuse_dry_run(call)
    return call.moto()


@service.operation
def create_tags(call: Call[Any]) -> Any:
    """Tags for what there is, but for the keys that AWS keeps for itself."""
    for tag in call.get("Tags", []):
        if tag.get("Key", "").lower().startswith("aws:"):
            message = (
                f"Value ( {tag['Key'][:128]} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved"
            )
            raise Refusal("InvalidParameterValue", message)
    for id in call.input["Resources"]:
        kind = str(id).partition("-")[0]
        if kind in FIND:
            getattr(call.backend, FIND[kind])(id)
        elif kind == "sg" and call.backend.get_security_group_from_id(id) is None:
            raise Refusal("InvalidGroup.NotFound", f"The security group '{id[:64]}' does not exist")
    refuse_dry_run(call)
    return call.moto()


@service.operation
def create_vpc(call: Call[Any]) -> Any:
    """A VPC with a block of addresses."""
    block = call.get("CidrBlock")
    if block is not None and "/" not in block:
        message = f"Value ({block[:64]}) for parameter cidrBlock is invalid. This is not a valid CIDR block."
        raise Refusal("InvalidParameterValue", message)
    refuse_dry_run(call)
    return call.moto()


@service.operation
def create_route(call: Call[Any]) -> Any:
    """A route to where the table knows no way yet; moto would put it in the other's place."""
    table = call.backend.get_route_table(call.input["RouteTableId"])
    for member, kept in (
        ("DestinationCidrBlock", "destination_cidr_block"),
        ("DestinationIpv6CidrBlock", "destination_ipv6_cidr_block"),
    ):
        given = call.get(member)
        if given and any(_same_block(given, getattr(route, kept)) for route in table.routes):
            raise Refusal("RouteAlreadyExists", f"The route identified by {given[:64]} already exists.")
    refuse_dry_run(call)
    return call.moto()


def _same_block(given: str, kept: str | None) -> bool:
    try:
        return kept is not None and ip_network(given, strict=False) == ip_network(kept, strict=False)
    except ValueError:
        return False


@service.operation
def associate_route_table(call: Call[Any]) -> Any:
    """A table for a subnet that has none of its own yet; moto would keep the other in silence."""
    table, subnet = call.input["RouteTableId"], call.get("SubnetId")
    for other in call.backend.route_tables.values():
        if subnet is not None and other.id != table and subnet in other._associations.values():
            message = f"the specified association for route table {table} conflicts with an existing association"
            raise Refusal("Resource.AlreadyAssociated", message)
    refuse_dry_run(call)
    return call.moto()
