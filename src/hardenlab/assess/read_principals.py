"""Read what decides what an IAM user or role may do: policies of its own and its groups', and its boundary.

One is read by `read_user` and `read_role`, all of an account by `Everyone`, whose pages hold them together.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

Document = Mapping[str, Any]
# AWS's own policies, 1,500 of them, are left out and read by name
DETAILS = ("User", "Role", "Group", "LocalManagedPolicy")
ALL_DETAILS = (*DETAILS, "AWSManagedPolicy")
LISTS = ("UserDetailList", "RoleDetailList", "GroupDetailList", "Policies")


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


def account_details(iam: Any, kinds: Iterable[str] = DETAILS) -> dict[str, list[dict[str, Any]]]:
    """All pages of GetAccountAuthorizationDetails, list by list."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in LISTS}
    for page in iam.get_paginator("get_account_authorization_details").paginate(Filter=list(kinds)):
        for name in LISTS:
            found[name] += page.get(name, [])
    return found


class Everyone:
    """Every user and role of an account, read together at the first question."""

    def __init__(self, iam: Any) -> None:
        self._iam = iam
        self._rights: dict[str, Rights] = {}
        self._of_aws: dict[str, Document] = {}

    @cached_property
    def users(self) -> Mapping[str, Mapping[str, Any]]:
        """Each user's details by its ARN (IAM API Reference, "UserDetail")."""
        return {user["Arn"]: user for user in self._details["UserDetailList"]}

    @cached_property
    def roles(self) -> Mapping[str, Mapping[str, Any]]:
        """Each role's details by its ARN (IAM API Reference, "RoleDetail")."""
        return {role["Arn"]: role for role in self._details["RoleDetailList"]}

    def rights(self, arn: str) -> Rights:
        """The rights of a user or role. KeyError: there is none of this ARN."""
        if arn not in self._rights:
            self._rights[arn] = self._of_user(self.users[arn]) if arn in self.users else self._of_role(self.roles[arn])
        return self._rights[arn]

    @cached_property
    def _details(self) -> dict[str, list[dict[str, Any]]]:
        return account_details(self._iam)

    @cached_property
    def _groups(self) -> dict[str, dict[str, Any]]:
        return {group["GroupName"]: group for group in self._details["GroupDetailList"]}

    @cached_property
    def _managed(self) -> dict[str, Document]:
        return {
            policy["Arn"]: _document(version["Document"])
            for policy in self._details["Policies"]
            for version in policy["PolicyVersionList"]
            if version["IsDefaultVersion"]
        }

    def _of_user(self, user: Mapping[str, Any]) -> Rights:
        policies = self._policies(user, "UserPolicyList")
        for group in user.get("GroupList", []):
            policies += self._policies(self._groups[group], "GroupPolicyList")
        return _rights(policies, self._boundary(user), _tags(user), user["UserId"])

    def _of_role(self, role: Mapping[str, Any]) -> Rights:
        return _rights(self._policies(role, "RolePolicyList"), self._boundary(role), _tags(role), role["RoleId"])

    def _policies(self, details: Mapping[str, Any], inline: str) -> list[tuple[str, Document]]:
        own = [(policy["PolicyName"], _document(policy["PolicyDocument"])) for policy in details.get(inline, [])]
        attached = [policy["PolicyArn"] for policy in details.get("AttachedManagedPolicies", [])]
        return own + [(arn, self._policy(arn)) for arn in attached]

    def _boundary(self, details: Mapping[str, Any]) -> Document | None:
        arn = _boundary_arn(details)
        return self._policy(arn) if arn else None

    def _policy(self, arn: str) -> Document:
        if arn in self._managed:
            return self._managed[arn]
        if arn not in self._of_aws:
            self._of_aws[arn] = _managed(self._iam, arn)
        return self._of_aws[arn]


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
    arn = _boundary_arn(principal)
    return _managed(iam, arn) if arn else None


def _boundary_arn(principal: Mapping[str, Any]) -> str | None:
    arn: str | None = principal.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return arn


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
