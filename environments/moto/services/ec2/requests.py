"""What EC2 checks of every request that moto answers: dry runs, filters, and what must be there or gone first.

Sources: Amazon EC2 API Reference, "Common query parameters" (DryRun), "RunInstances", "CreateVolume", "DeleteSubnet",
"CreateTags", "Error codes for the Amazon EC2 API".
"""

from collections.abc import Callable
from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.ec2.exceptions import FilterNotImplementedError
from moto.ec2.responses import EC2Response
from moto.iam.models import iam_backends

from ...extend import Call, Refusal
from ...extend.models import service_model
from ._service import refuse_dry_run, service

MAX_VOLUME = 65_536  # GiB


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
        except FilterNotImplementedError as error:
            said = str(error).removesuffix(" has not been implemented in Moto yet. Feel free to open an issue")
            raise Refusal(
                "InvalidParameterValue", f"The lab's account does not know this filter: {said[:200]}"
            ) from None

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
    """Tags, but for the keys that AWS keeps for itself."""
    for tag in call.get("Tags", []):
        if tag.get("Key", "").lower().startswith("aws:"):
            message = (
                f"Value ( {tag['Key'][:128]} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved"
            )
            raise Refusal("InvalidParameterValue", message)
    refuse_dry_run(call)
    return call.moto()
