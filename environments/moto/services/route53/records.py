"""Changes of records: made once, deleted when they are there, inside their zone, with values that are addresses.

Source: Amazon Route 53 API Reference, "ChangeResourceRecordSets"; Developer Guide, "Supported DNS record types".
"""

import ipaddress
from typing import Any

from moto.route53.models import Route53Backend

from ...extend import Refusal
from .state import service

ADDRESSES = {"A": ("IPv4", ipaddress.IPv4Address), "AAAA": ("IPv6", ipaddress.IPv6Address)}
Key = tuple[str, str, str]


@service.patch
def check_changes() -> None:
    """moto takes a second record of a name and type, any text for an address, and names that only end alike."""
    change = Route53Backend.change_resource_record_sets

    def change_resource_record_sets(backend: Any, zoneid: str, change_list: list[dict[str, Any]]) -> None:
        zone = backend.get_hosted_zone(zoneid)
        there = {(_dotted(one.name), one.type, one.set_identifier or "") for one in zone.rrsets}
        for item in change_list:
            item["ResourceRecordSet"]["Name"] = item["ResourceRecordSet"]["Name"].lower()
            _check(item["Action"], item["ResourceRecordSet"], zone.name, there)
        change(backend, zoneid, change_list)

    Route53Backend.change_resource_record_sets = change_resource_record_sets


def _check(action: str, record: dict[str, Any], zone: str, there: set[Key]) -> None:
    name, kind = _dotted(record["Name"]), record["Type"]
    key = name, kind, record.get("SetIdentifier") or ""
    said = f"resource record set [name='{name[:255]}', type='{kind}']"
    if not f".{name}".endswith(f".{_dotted(zone)}"):
        raise Refusal("InvalidChangeBatch", f"[RRSet with DNS name {name[:255]} is not permitted in zone {zone}]")
    if action == "CREATE" and key in there:
        raise Refusal("InvalidChangeBatch", f"[Tried to create {said} but it already exists]")
    if action == "DELETE":
        if key not in there:
            raise Refusal("InvalidChangeBatch", f"[Tried to delete {said} but it was not found]")
        there.discard(key)
        return
    for item in record.get("ResourceRecords") or []:
        _check_value(kind, item["Value"], said)
    there.add(key)


def _check_value(kind: str, value: str, said: str) -> None:
    if kind in ADDRESSES:
        version, read = ADDRESSES[kind]
        try:
            read(value)
        except ValueError:
            message = f"[Invalid {said}: value '{value[:64]}' is not a valid {version} address]"
            raise Refusal("InvalidChangeBatch", message) from None


def _dotted(name: str) -> str:
    return name.rstrip(".").lower() + "."
