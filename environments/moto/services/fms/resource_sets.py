"""Sets of firewalls that policies import."""

import re
from typing import Any

from moto.moto_api._internal import mock_random
from moto.networkfirewall.models import networkfirewall_backends

from ...extend import Refusal
from .lists import check_token
from .state import ManagerCall, administered, existing, invalid, organization_of, service

FIREWALL = "AWS::NetworkFirewall::Firewall"
ARN = re.compile(r"arn:([a-z-]+):([a-z0-9-]+):([a-z0-9-]*):(\d*):(.+)")
MAX_SETS = 20
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@service.operation
def put_resource_set(call: ManagerCall) -> dict[str, Any]:
    """A new resource set, or other settings of one."""
    administered(call)
    given, rows = call.input["ResourceSet"], call.state.resource_sets
    if given["ResourceTypeList"] != [FIREWALL]:
        raise invalid(f"A resource set has the resource type {FIREWALL}.")
    known = check_token(rows, given, "Id", "UpdateToken")
    if known is None and len(rows) >= MAX_SETS:
        raise Refusal("LimitExceededException", f"There are at most {MAX_SETS} resource sets.")
    id = known["Id"] if known else _base62()
    settings = {name: given[name] for name in ("Name", "Description", "ResourceTypeList") if name in given}
    rows[id] = settings | {
        "Id": id, "UpdateToken": _base62(), "LastUpdateTime": call.now, "ResourceSetStatus": "ACTIVE",
    }  # fmt: skip
    call.state.resources.setdefault(id, [])
    arn = _arn(call, id)
    call.tags.put(arn, call.get("TagList"))
    return {"ResourceSet": rows[id], "ResourceSetArn": arn}


def _base62() -> str:
    return "".join(mock_random.choice(BASE62) for _ in range(22))


def _arn(call: ManagerCall, id: str) -> str:
    return call.arn("fms", f"resource-set/{id}")


def _set(call: ManagerCall, member: str = "Identifier") -> dict[str, Any]:
    administered(call)
    return existing(call.state.resource_sets, call.input[member].rpartition("/")[2], "resource set")


@service.operation
def get_resource_set(call: ManagerCall) -> dict[str, Any]:
    """One resource set."""
    row = _set(call)
    return {"ResourceSet": row, "ResourceSetArn": _arn(call, row["Id"])}


@service.operation
def list_resource_sets(call: ManagerCall) -> dict[str, Any]:
    """Every resource set."""
    administered(call)
    hidden = ("UpdateToken", "ResourceTypeList")
    rows = call.state.resource_sets.values()
    return {"ResourceSets": [{name: value for name, value in row.items() if name not in hidden} for row in rows]}


@service.operation
def delete_resource_set(call: ManagerCall) -> None:
    """Forget a resource set that no policy uses."""
    row = _set(call)
    if any(row["Id"] in policy.get("ResourceSetIds", []) for policy in call.state.policies.values()):
        raise Refusal("InvalidOperationException", "A policy uses the resource set.")
    del call.state.resource_sets[row["Id"]], call.state.resources[row["Id"]]
    call.tags.forget(_arn(call, row["Id"]))


@service.operation
def batch_associate_resource(call: ManagerCall) -> dict[str, Any]:
    """Put firewalls into the set; those that cannot be are told."""
    row = _set(call, "ResourceSetIdentifier")
    kept, failed = call.state.resources[row["Id"]], []
    for uri in call.input["Items"]:
        reason = _why_not(call, uri)
        if reason:
            failed.append({"URI": uri, "Reason": reason})
        elif uri not in kept:
            kept.append(uri)
    return {"ResourceSetIdentifier": call.input["ResourceSetIdentifier"], "FailedItems": failed}


def _why_not(call: ManagerCall, uri: str) -> str | None:
    match = ARN.fullmatch(uri)
    if not match:
        return "NOT_VALID_ARN"
    partition, name, region, account, resource = match.groups()
    organization = organization_of(call.account)
    for broken, reason in (
        (partition != "aws", "NOT_VALID_PARTITION"),
        (region != call.region, "NOT_VALID_REGION"),
        (name != "network-firewall", "NOT_VALID_SERVICE"),
        (not resource.startswith("firewall/"), "NOT_VALID_RESOURCE_TYPE"),
        (organization is None or account not in organization.accounts, "NOT_VALID_ACCOUNT_ID"),
    ):
        if broken:
            return reason
    return None


@service.operation
def batch_disassociate_resource(call: ManagerCall) -> dict[str, Any]:
    """Take firewalls out of the set."""
    row = _set(call, "ResourceSetIdentifier")
    gone = call.input["Items"]
    call.state.resources[row["Id"]] = [uri for uri in call.state.resources[row["Id"]] if uri not in gone]
    return {"ResourceSetIdentifier": call.input["ResourceSetIdentifier"], "FailedItems": []}


@service.operation
def list_resource_set_resources(call: ManagerCall) -> dict[str, Any]:
    """What is in the set."""
    row = _set(call)
    return {"Items": [{"URI": uri, "AccountId": uri.split(":")[4]} for uri in call.state.resources[row["Id"]]]}


@service.operation
def list_discovered_resources(call: ManagerCall) -> dict[str, Any]:
    """The firewalls of member accounts, which a set can have."""
    organization = administered(call)
    if call.input["ResourceType"] != FIREWALL:
        raise invalid(f"The resource type must be {FIREWALL}.")
    items = []
    for account in call.input["MemberAccountIds"]:
        if account not in organization.accounts:
            raise invalid(f"The account {account} is not in the organization.")
        for firewall in networkfirewall_backends[account][call.region].firewalls.values():
            items.append({"URI": firewall.arn, "AccountId": account, "Type": FIREWALL, "Name": firewall.firewall_name})
    return {"Items": items}
