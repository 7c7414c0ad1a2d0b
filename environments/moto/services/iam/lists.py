"""Lists in pages, and by path: moto answers most of them whole.

Source: IAM API Reference, "ListUsers" and the other lists (Marker, MaxItems, IsTruncated, PathPrefix).
"""

from typing import Any

from ...extend import Call
from ._service import service

service.page_whole(
    "get_group", "list_account_aliases", "list_attached_group_policies",
    "list_attached_role_policies", "list_attached_user_policies", "list_entities_for_policy", "list_group_policies",
    "list_groups_for_user", "list_instance_profiles_for_role", "list_mfa_devices",
    "list_open_id_connect_provider_tags", "list_policies", "list_policy_tags", "list_policy_versions",
    "list_role_policies", "list_role_tags", "list_roles", "list_server_certificates", "list_signing_certificates",
    "list_ssh_public_keys", "list_user_policies", "list_user_tags", "list_users", "list_virtual_mfa_devices",
)  # fmt: skip


@service.operation
def list_groups(call: Call[Any]) -> dict[str, Any]:
    """The groups under a path."""
    return {"Groups": _under(call, call.backend.groups.values())}


@service.operation
def list_instance_profiles(call: Call[Any]) -> dict[str, Any]:
    """The instance profiles under a path."""
    return {"InstanceProfiles": _under(call, call.backend.instance_profiles.values())}


def _under(call: Call[Any], items: Any) -> list[Any]:
    return [item for item in items if (item.path or "/").startswith(call.get("PathPrefix", "/"))]
