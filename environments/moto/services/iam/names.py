"""New names of users and groups, which nobody else may have.

Source: IAM API Reference, "UpdateUser" and "UpdateGroup"; names are not told apart by case.
"""

from typing import Any

from ...extend import Call, Refusal
from ._service import service


@service.operation
def update_user(call: Call[Any]) -> Any:
    """Another name or path for a user."""
    _refuse_taken("User", call.backend.users, call.input["UserName"], call.get("NewUserName"))
    return call.moto()


@service.operation
def update_group(call: Call[Any]) -> Any:
    """Another name or path for a group."""
    _refuse_taken("Group", call.backend.groups, call.input["GroupName"], call.get("NewGroupName"))
    return call.moto()


def _refuse_taken(kind: str, named: Any, name: str, new: str | None) -> None:
    others = {one.lower() for one in named if one != name}
    if new and new.lower() in others:
        raise Refusal("EntityAlreadyExists", f"{kind} with name {new} already exists.")


@service.operation
def delete_account_alias(call: Call[Any]) -> Any:
    """Take away the alias that the account has."""
    alias = call.input["AccountAlias"]
    if alias not in call.backend.account_aliases:
        raise Refusal("NoSuchEntity", f"The account alias {alias} could not be found for this account.")
    return call.moto()
