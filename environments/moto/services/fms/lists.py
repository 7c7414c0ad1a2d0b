"""Lists of applications and protocols, for audits of security groups. AWS's own default lists are not kept."""

from typing import Any

from ...extend import Refusal
from ...extend.call import unique
from .state import ManagerCall, Rows, administered, existing, invalid, service


@service.operation
def put_apps_list(call: ManagerCall) -> dict[str, Any]:
    """A new list of applications, or another version of one."""
    row, arn = _put(call, call.state.apps_lists, "AppsList", "applications-list")
    return {"AppsList": row, "AppsListArn": arn}


@service.operation
def get_apps_list(call: ManagerCall) -> dict[str, Any]:
    """One list of applications."""
    row, arn = _get(call, call.state.apps_lists, "applications-list")
    return {"AppsList": row, "AppsListArn": arn}


@service.operation
def list_apps_lists(call: ManagerCall) -> dict[str, Any]:
    """Every list of applications."""
    return {"AppsLists": _listed(call, call.state.apps_lists, "AppsList", "applications-list")}


@service.operation
def delete_apps_list(call: ManagerCall) -> None:
    """Forget a list of applications."""
    _delete(call, call.state.apps_lists, "applications-list")


@service.operation
def put_protocols_list(call: ManagerCall) -> dict[str, Any]:
    """A new list of protocols, or another version of one."""
    row, arn = _put(call, call.state.protocols_lists, "ProtocolsList", "protocols-list")
    return {"ProtocolsList": row, "ProtocolsListArn": arn}


@service.operation
def get_protocols_list(call: ManagerCall) -> dict[str, Any]:
    """One list of protocols."""
    row, arn = _get(call, call.state.protocols_lists, "protocols-list")
    return {"ProtocolsList": row, "ProtocolsListArn": arn}


@service.operation
def list_protocols_lists(call: ManagerCall) -> dict[str, Any]:
    """Every list of protocols."""
    return {"ProtocolsLists": _listed(call, call.state.protocols_lists, "ProtocolsList", "protocols-list")}


@service.operation
def delete_protocols_list(call: ManagerCall) -> None:
    """Forget a list of protocols."""
    _delete(call, call.state.protocols_lists, "protocols-list")


def _arn(call: ManagerCall, kind: str, id: str) -> str:
    return call.arn("fms", f"{kind}/{id}")


def _put(call: ManagerCall, rows: Rows, member: str, kind: str) -> tuple[dict[str, Any], str]:
    administered(call)
    given = call.input[member]
    if not given[member]:
        raise invalid(f"{member} is empty.")
    known = check_token(rows, given, "ListId", "ListUpdateToken")
    id = known["ListId"] if known else unique()
    arn = _arn(call, kind, id)
    row = {
        "ListId": id, "ListName": given["ListName"], "ListUpdateToken": unique(), member: given[member],
        "CreateTime": known["CreateTime"] if known else call.now, "LastUpdateTime": call.now,
    }  # fmt: skip
    if known:
        before = known.get(f"Previous{member}", {})
        row[f"Previous{member}"] = before | {str(len(before) + 1): known[member]}
    call.tags.put(arn, call.get("TagList"))
    rows[id] = row
    return row, arn


def check_token(rows: Rows, given: dict[str, Any], id: str, token: str) -> dict[str, Any] | None:
    """The row that an update names, if its token is the newest; None for a new one."""
    if id not in given:
        return None
    known = existing(rows, given[id], id)
    if given.get(token) != known[token]:
        raise Refusal("InvalidOperationException", f"The {token} is not the one of the current version.")
    return known


def _get(call: ManagerCall, rows: Rows, kind: str) -> tuple[dict[str, Any], str]:
    administered(call)
    row = existing(rows, call.input["ListId"], kind)
    return row, _arn(call, kind, row["ListId"])


def _listed(call: ManagerCall, rows: Rows, member: str, kind: str) -> list[dict[str, Any]]:
    administered(call)
    if call.get("DefaultLists"):
        return []
    return [
        {"ListArn": _arn(call, kind, id), "ListId": id, "ListName": row["ListName"], member: row[member]}
        for id, row in rows.items()
    ]


def _delete(call: ManagerCall, rows: Rows, kind: str) -> None:
    row, arn = _get(call, rows, kind)
    del rows[row["ListId"]]
    call.tags.forget(arn)
