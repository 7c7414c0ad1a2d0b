"""What the files of Route 53 share."""

import re
from typing import Any

from ...extend import Call, Refusal, Service
from ...extend.call import alphanumeric

Route53Call = Call[dict[str, Any]]
service = Service("route53", invalid="InvalidInput", is_global=True)
LABEL = re.compile(r"[!-~]{1,63}")
MAX_NAME = 255


def zone_id(given: str) -> str:
    return given.removeprefix("/hostedzone/")


def existing_zone(call: Route53Call, given: str) -> Any:
    zone = call.backend.zones.get(zone_id(given))
    if zone is None:
        raise Refusal("NoSuchHostedZone", f"No hosted zone found with ID: {zone_id(given)}")
    return zone


def change(call: Route53Call) -> dict[str, Any]:
    return {"Id": f"/change/C{alphanumeric(20).upper()}", "Status": "INSYNC", "SubmittedAt": call.now}


def checked_name(name: str) -> str:
    """The domain name with its final dot."""
    labels = name.removesuffix(".").split(".")
    if len(name) > MAX_NAME or not all(LABEL.fullmatch(label) for label in labels):
        raise Refusal("InvalidDomainName", f"The domain name {name[:MAX_NAME]} is not valid.")
    return ".".join(labels) + "."
