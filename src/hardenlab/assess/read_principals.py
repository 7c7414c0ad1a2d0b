"""Read what decides what an IAM user or role may do: policies of its own and its groups', and its boundary."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Rights:
    """A principal's policies as documents."""

    identity: list[Document] = field(default_factory=list)
    boundary: Document | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    unique_id: str | None = None
    names: list[str] = field(default_factory=list)
    """What the identity policies are called, in their order: an inline policy's name, a managed one's ARN."""


def read_user(iam: Any, name: str) -> Rights:
    """The rights of a user: inline, attached, and through groups."""
    user = iam.get_user(UserName=name)["User"]
    identity = _policies(iam, "user", UserName=name)
    for group in iam.list_groups_for_user(UserName=name)["Groups"]:
        identity += _policies(iam, "group", GroupName=group["GroupName"])
    return _rights(identity, _boundary(iam, user), _tags(user), user["UserId"])


def read_role(iam: Any, name: str) -> Rights:
    """The rights of a role; a session's own policy comes on top of them."""
    role = iam.get_role(RoleName=name)["Role"]
    return _rights(_policies(iam, "role", RoleName=name), _boundary(iam, role), _tags(role), role["RoleId"])


def _rights(
    policies: list[tuple[str, Document]], boundary: Document | None, tags: Mapping[str, str], id: str
) -> Rights:
    return Rights([policy for _, policy in policies], boundary, tags, id, [name for name, _ in policies])


def _policies(iam: Any, kind: str, **who: str) -> list[tuple[str, Document]]:
    """Name and document of each policy."""
    names = _all(getattr(iam, f"list_{kind}_policies"), "PolicyNames", who)
    get = getattr(iam, f"get_{kind}_policy")
    inline = [(name, _document(get(PolicyName=name, **who)["PolicyDocument"])) for name in names]
    attached = _all(getattr(iam, f"list_attached_{kind}_policies"), "AttachedPolicies", who)
    return inline + [(policy["PolicyArn"], _managed(iam, policy["PolicyArn"])) for policy in attached]


def _managed(iam: Any, arn: str) -> Document:
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return _document(iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])


def _boundary(iam: Any, principal: Mapping[str, Any]) -> Document | None:
    arn = principal.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return _managed(iam, arn) if arn else None


def _tags(principal: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in principal.get("Tags", [])}


def _document(text: Any) -> Document:
    document: Document = json.loads(text) if isinstance(text, str) else text
    return document


def _all(call: Callable[..., Any], key: str, who: Mapping[str, str]) -> list[Any]:
    found: list[Any] = []
    page: dict[str, str] = {}
    while True:
        answer = call(**who, **page)
        found += answer[key]
        if not answer.get("IsTruncated"):
            return found
        page = {"Marker": answer["Marker"]}
