"""Changes of records: made once, deleted as they are, inside their zone, with values that fit, CNAMEs alone.

Source: Amazon Route 53 API Reference, "ChangeResourceRecordSets"; Developer Guide, "Supported DNS record types".
"""

import ipaddress
import re
from typing import Any

from moto.route53.models import Route53Backend

from ...extend import Refusal
from .state import service

ADDRESSES = {"A": ("IPv4", ipaddress.IPv4Address), "AAAA": ("IPv6", ipaddress.IPv6Address)}
QUOTED = re.compile(r'(?:"(?:[^"\\]|\\.){0,255}"\s*)+')
Key = tuple[str, str, str]
Values = tuple[int | None, frozenset[str]]


@service.patch
def check_changes() -> None:
    """moto takes a second record of a name and type, any text for an address, names that only end alike, and deletes
    by name alone."""
    change = Route53Backend.change_resource_record_sets

    def change_resource_record_sets(backend: Any, zoneid: str, change_list: list[dict[str, Any]]) -> None:
        zone = backend.get_hosted_zone(zoneid)
        there = {
            (_dotted(one.name), one.type, one.set_identifier or ""): _values(one.ttl, one.records)
            for one in zone.rrsets
        }
        for item in change_list:
            item["ResourceRecordSet"]["Name"] = item["ResourceRecordSet"]["Name"].lower()
            _check(item["Action"], item["ResourceRecordSet"], zone.name, there)
        change(backend, zoneid, change_list)

    Route53Backend.change_resource_record_sets = change_resource_record_sets


def _check(action: str, record: dict[str, Any], zone: str, there: dict[Key, Values]) -> None:
    name, kind = _dotted(record["Name"]), record["Type"]
    key = name, kind, record.get("SetIdentifier") or ""
    values = _values(record.get("TTL"), record.get("ResourceRecords"))
    said = f"resource record set [name='{name[:255]}', type='{kind}']"
    if not f".{name}".endswith(f".{_dotted(zone)}"):
        raise Refusal("InvalidChangeBatch", f"[RRSet with DNS name {name[:255]} is not permitted in zone {zone}]")
    if action == "CREATE" and key in there:
        raise Refusal("InvalidChangeBatch", f"[Tried to create {said} but it already exists]")
    if action == "DELETE":
        if key not in there:
            raise Refusal("InvalidChangeBatch", f"[Tried to delete {said} but it was not found]")
        if there.pop(key) != values:
            message = f"[Tried to delete {said} but the values provided do not match the current values]"
            raise Refusal("InvalidChangeBatch", message)
        return
    _check_cname(name, kind, zone, there)
    for item in record.get("ResourceRecords") or []:
        _check_value(kind, item["Value"], said)
    there[key] = values


def _check_cname(name: str, kind: str, zone: str, there: dict[Key, Values]) -> None:
    refused = f"[RRSet of type {kind} with DNS name {name[:255]} is not permitted"
    if kind == "CNAME" and name == _dotted(zone):
        raise Refusal("InvalidChangeBatch", f"{refused} at apex in zone {zone}]")
    beside = {other for one, other, _ in there if one == name and other != kind}
    if beside and (kind == "CNAME" or "CNAME" in beside):
        message = f"{refused} as it conflicts with other records with the same DNS name in zone {zone}]"
        raise Refusal("InvalidChangeBatch", message)


def _values(ttl: Any, rows: Any) -> Values:
    """The time to live and the values of a record, of moto's or of a request; none of an alias."""
    return int(ttl) if ttl is not None else None, frozenset(
        str(row["Value"] if isinstance(row, dict) else row) for row in rows or ()
    )


def _check_value(kind: str, value: str, said: str) -> None:
    if kind in ADDRESSES:
        version, read = ADDRESSES[kind]
        try:
            read(value)
        except ValueError:
            message = f"[Invalid {said}: value '{value[:64]}' is not a valid {version} address]"
            raise Refusal("InvalidChangeBatch", message) from None
    elif kind in ("TXT", "SPF") and not QUOTED.fullmatch(value):
        message = f"[Invalid {said}: value '{value[:64]}' should be enclosed in quotation marks]"
        raise Refusal("InvalidChangeBatch", message)


def _dotted(name: str) -> str:
    return name.rstrip(".").lower() + "."
