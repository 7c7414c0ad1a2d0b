"""AMIs that anybody may launch, and launches of what does not exist.

Sources: Amazon EC2 User Guide, "Find an AMI that meets the requirements for your EC2 instance" and "Reference AMIs
using Systems Manager parameters"; Amazon EC2 API Reference, "RunInstances" and "Error codes for the Amazon EC2 API".
"""

import re
from types import SimpleNamespace
from typing import Any

from moto.core.parse import default_timestamp_parser
from moto.ec2.models import EC2Backend
from moto.ec2.models.amis import AMIS, Ami
from moto.ssm.models import ssm_backends
from moto.utilities.utils import load_resource

from ...extend import Refusal
from ...extend.models import service_model
from ._service import replaced, service

IMAGE = re.compile(r"ami-(?:[0-9a-f]{8}|[0-9a-f]{17})")
AMAZON = ("137112412989", "801119661308", "898082745236")  # the accounts behind the alias
BY_PARAMETER = "resolve:ssm:"


class PublicImage(Ami):  # type: ignore[misc]  # moto is untyped here
    """An AMI of somebody else's, without the volume and the snapshot of random ids that moto would make here."""

    def __init__(self, backend: Any, **description: Any) -> None:
        id = description["ami_id"]
        snapshot = SimpleNamespace(id=f"snap-{id.removeprefix('ami-')}")
        maker = SimpleNamespace(
            account_id=backend.account_id,
            create_volume=lambda **_: SimpleNamespace(id=""),
            create_snapshot=lambda *_, **__: snapshot,
            delete_volume=lambda _: None,
        )
        alias = "amazon" if description["owner_id"] in AMAZON else None
        super().__init__(maker, owner_alias=alias, **description)
        self.ec2_backend = backend


@service.patch
def offer_public_images() -> None:
    """Those that moto knows, without its slow way to load them (0.5 s for every account and Region)."""

    def load(_: Any) -> Any:
        def load_amis(backend: Any) -> None:
            for description in _descriptions(backend.region_name):
                backend.amis[description["ami_id"]] = PublicImage(backend, **description)

        return load_amis

    replaced(EC2Backend, "_load_amis", load)


def _descriptions(region: str) -> list[dict[str, Any]]:
    try:
        latest = load_resource(f"ec2/resources/latest_amis/{region}.json")
    except FileNotFoundError:  # a Region of which moto knows none
        latest = []
    found = [
        {name: value for name, value in row.items() if name != "owner_alias"}
        for row in [*AMIS, *latest]
        if IMAGE.fullmatch(row["ami_id"])
    ]
    for row in found:
        if isinstance(row.get("creation_date"), str):
            row["creation_date"] = default_timestamp_parser(row["creation_date"])
    return found


@service.patch
def launch_what_exists() -> None:
    """moto launches any name; the type and the AMI may come from the launch template."""

    def run(original: Any) -> Any:
        def run_instances(backend: Any, image_id: str, *arguments: Any, **settings: Any) -> Any:
            template = settings.get("launch_template")
            data = backend._get_template_from_args(template).data if template else {}
            image = _resolved(backend, image_id or data.get("ImageId") or "")
            kind = settings.get("instance_type")
            if settings.get("is_instance_type_default"):
                kind = data.get("InstanceType")
            if kind and kind not in service_model("ec2").shape_for("InstanceType").enum:
                raise Refusal("InvalidParameterValue", f"Invalid value '{kind[:64]}' for InstanceType.")
            return original(backend, image, *arguments, **settings)

        return run_instances

    replaced(EC2Backend, "run_instances", run)


def _resolved(backend: Any, image: str) -> str:
    if image.startswith(BY_PARAMETER):
        name = image.removeprefix(BY_PARAMETER)
        parameter = ssm_backends[backend.account_id][backend.region_name].get_parameter(name)
        if parameter is None:
            message = f"The Systems Manager parameter {name[:256]} does not exist or cannot be resolved."
            raise Refusal("InvalidParameterValue", message)
        image = str(parameter.value)
    if not image:
        raise Refusal("MissingParameter", "The request must contain the parameter ImageId")
    if not IMAGE.fullmatch(image):
        raise Refusal("InvalidAMIID.Malformed", f'Invalid id: "{image[:64]}" (expecting "ami-...")')
    found = backend.amis.get(image)
    if found is None:
        raise Refusal("InvalidAMIID.NotFound", f"The image id '[{image}]' does not exist")
    if found.state != "available":
        raise Refusal("InvalidAMIID.Unavailable", f"The image ID '{image}' is not available")
    return image
