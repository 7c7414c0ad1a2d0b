"""The service that IAM's topics put their operations on, and the errors that several topics answer."""

from typing import Any

from ...extend import Call, Refusal, Service

service = Service("iam", invalid="ValidationError", is_global=True)

service.check_inputs(
    "create_user", "update_user", "create_group", "update_group", "create_role", "update_role",
    "create_instance_profile", "create_account_alias", "update_account_password_policy",
    "add_user_to_group", "upload_server_certificate", "tag_user", "tag_role", "tag_policy",
    "update_access_key", "attach_user_policy",
    "attach_group_policy", "attach_role_policy",
)  # fmt: skip


def missing(what: str) -> Refusal:
    return Refusal("NoSuchEntity", f"{what} cannot be found.")


def user_of(call: Call[Any], name: str | None = None) -> Any:
    """The user named, or the one who calls; a caller that is no user must name one."""
    if name is None:
        name = call.get("UserName")
    if name is not None:
        user = call.backend.users.get(name)
        if user is None:
            raise missing(f"The user with name {name}")
        return user
    for user in call.backend.users.values():
        if any(key.access_key_id == call.access_key for key in user.access_keys):
            return user
    raise Refusal("ValidationError", "Must specify userName when calling with non-User credentials")
