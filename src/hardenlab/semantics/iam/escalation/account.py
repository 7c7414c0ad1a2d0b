"""The principals of one account with everything that decides what they may do.

Source: IAM API Reference, "GetAccountAuthorizationDetails" (UserDetail, GroupDetail, RoleDetail, ManagedPolicyDetail).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from hardenlab.semantics.iam.context import principal_context
from hardenlab.semantics.iam.document import Document, Policy
from hardenlab.semantics.iam.model import CannotJudge, Policies, Principal, account_of

ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"
ALL_ALLOWED = Policy.read({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
SERVICE_LINKED = ":role/aws-service-role/"
MAX_PRINCIPALS = 2000


@dataclass(frozen=True)
class ManagedPolicy:
    """A managed policy with all its versions, read when they are asked for; `default` is the one in force."""

    arn: str
    default: str
    documents: Mapping[str, object]

    def version(self, name: str) -> Policy:
        """Raises CannotJudge when the version cannot be read."""
        return _document(self.documents.get(name))


@dataclass(frozen=True)
class Actor:
    """A user or role as it is, or as it would be after a change; `changes` says which."""

    arn: str
    caller: Principal
    identity: tuple[Policy, ...]
    sources: tuple[str, ...]
    boundary: Policy | None
    boundary_arn: str | None
    tags: Mapping[str, str]
    groups: tuple[str, ...] = ()
    attached: frozenset[str] = frozenset()
    trust: Policy | None = None
    has_instance_profile: bool = False
    unique_id: str | None = None
    changes: tuple[str, ...] = ()

    @property
    def is_user(self) -> bool:
        return self.caller.kind == "user"

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        return self.arn, self.changes

    @property
    def is_fixed(self) -> bool:
        """A service-linked role: nobody but its service changes or assumes it."""
        return SERVICE_LINKED in self.arn

    def policies(self, scps: Sequence[Sequence[Document]], resource: Policy | None = None) -> Policies:
        return Policies(identity=self.identity, boundary=self.boundary, scps=scps, resource=resource)

    def context(self, base: Mapping[str, Any]) -> dict[str, Any]:
        return {**principal_context(self.caller, unique_id=self.unique_id, tags=self.tags), **base}

    def mentions(self, action: str) -> bool:
        """Whether one of its own policies allows the action on anything: without it there is nothing to decide."""
        lower = action.lower()
        return any(s.allows and s.covers_action(lower) for policy in self.identity for s in policy.statements)

    def with_policy(self, policy: Policy, source: str, change: str) -> Actor:
        return replace(
            self,
            identity=(*self.identity, policy),
            sources=(*self.sources, source),
            changes=tuple(sorted({*self.changes, change})),
        )


@dataclass(frozen=True)
class Group:
    arn: str
    name: str
    identity: tuple[Policy, ...]
    sources: tuple[str, ...]
    attached: frozenset[str]


@dataclass(frozen=True)
class AccountDetails:
    """Everything that GetAccountAuthorizationDetails tells; `unread` says of which principals not, and why."""

    account: str
    actors: Mapping[str, Actor]
    groups: Mapping[str, Group]
    policies: Mapping[str, ManagedPolicy]
    unread: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, details: Mapping[str, Any]) -> AccountDetails:
        """Read the answer (all pages together); raises CannotJudge when it is not one, or is too large."""
        try:
            return _Reader(details).read()
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            what = f"{type(error).__name__} {error}"
            raise CannotJudge(f"this is not what GetAccountAuthorizationDetails answers: {what}") from None


class _Reader:
    def __init__(self, details: Mapping[str, Any]) -> None:
        self._users = _items(details, "UserDetailList")
        self._roles = _items(details, "RoleDetailList")
        self._groups = _items(details, "GroupDetailList")
        self._managed = _items(details, "Policies")
        if len(self._users) + len(self._roles) > MAX_PRINCIPALS:
            raise CannotJudge(f"the account has more than {MAX_PRINCIPALS} users and roles")

    def read(self) -> AccountDetails:
        unread: dict[str, str] = {}
        policies = {item["Arn"]: _managed_policy(item) for item in self._managed}
        groups = {}
        for item in self._groups:
            try:
                groups[item["GroupName"]] = self._group(item, policies)
            except CannotJudge as doubt:
                unread[item["Arn"]] = doubt.reason
        actors = {}
        for item, is_user in [*((user, True) for user in self._users), *((role, False) for role in self._roles)]:
            try:
                actors[item["Arn"]] = self._actor(item, is_user, policies, groups)
            except CannotJudge as doubt:
                unread[item["Arn"]] = doubt.reason
        account = account_of(next(iter([*actors, *unread]), "arn:aws:iam::000000000000:root"))
        return AccountDetails(account, actors, groups, policies, unread)

    def _group(self, item: Mapping[str, Any], policies: Mapping[str, ManagedPolicy]) -> Group:
        found = list(_own_policies(item, "GroupPolicyList", policies))
        return Group(
            item["Arn"],
            item["GroupName"],
            tuple(policy for _, policy in found),
            tuple(f"{name} of the group {item['GroupName']}" for name, _ in found),
            _attached(item),
        )

    def _actor(
        self,
        item: Mapping[str, Any],
        is_user: bool,
        policies: Mapping[str, ManagedPolicy],
        groups: Mapping[str, Group],
    ) -> Actor:
        arn = item["Arn"]
        found = list(_own_policies(item, "UserPolicyList" if is_user else "RolePolicyList", policies))
        names = tuple(item.get("GroupList", ())) if is_user else ()
        missing = [name for name in names if name not in groups]
        if missing:
            raise CannotJudge(f"the group {missing[0][:64]} is not in the account's details")
        inherited = [pair for name in names for pair in zip(groups[name].sources, groups[name].identity, strict=True)]
        limit = item.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return Actor(
            arn,
            Principal.user(arn) if is_user else _session(arn),
            tuple(policy for _, policy in [*found, *inherited]),
            tuple(source for source, _ in [*found, *inherited]),
            _in_force(limit, policies) if limit else None,
            limit,
            {tag["Key"]: tag["Value"] for tag in item.get("Tags", ())},
            names,
            frozenset().union(_attached(item), *(groups[name].attached for name in names)),
            None if is_user else _document(item["AssumeRolePolicyDocument"]),
            bool(item.get("InstanceProfileList")),
            item.get("UserId" if is_user else "RoleId"),
        )


def _items(details: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    found = details.get(key, ())
    if not isinstance(found, (list, tuple)) or not all(isinstance(item, Mapping) and "Arn" in item for item in found):
        raise CannotJudge(f"{key} is not a list as GetAccountAuthorizationDetails answers it")
    return found


def _session(role_arn: str) -> Principal:
    _, partition, _, _, account, resource = role_arn.split(":", 5)
    name = resource.rpartition("/")[2]
    return Principal.role_session(f"arn:{partition}:sts::{account}:assumed-role/{name}/session", role_arn)


def _document(raw: object) -> Policy:
    if isinstance(raw, str):
        return Policy.read(unquote(raw) if raw.startswith("%") else raw)
    if isinstance(raw, Mapping):
        return Policy.read(raw)
    raise CannotJudge("a policy document is missing from the account's details")


def _managed_policy(item: Mapping[str, Any]) -> ManagedPolicy:
    versions = {version["VersionId"]: version.get("Document") for version in item.get("PolicyVersionList", ())}
    return ManagedPolicy(item["Arn"], str(item.get("DefaultVersionId", "")), versions)


def _own_policies(
    item: Mapping[str, Any], inline: str, policies: Mapping[str, ManagedPolicy]
) -> Iterable[tuple[str, Policy]]:
    for each in item.get(inline, ()):
        yield str(each["PolicyName"]), _document(each.get("PolicyDocument"))
    for each in item.get("AttachedManagedPolicies", ()):
        yield str(each.get("PolicyName", each["PolicyArn"])), _in_force(each["PolicyArn"], policies)


def _in_force(arn: str, policies: Mapping[str, ManagedPolicy]) -> Policy:
    policy = policies.get(arn)
    if policy is None or policy.documents.get(policy.default) is None:
        if arn == ADMINISTRATOR_ACCESS:
            return ALL_ALLOWED
        raise CannotJudge(f"the document of the managed policy {arn[:200]} is not in the account's details")
    return policy.version(policy.default)


def _attached(item: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(each["PolicyArn"] for each in item.get("AttachedManagedPolicies", ()))
