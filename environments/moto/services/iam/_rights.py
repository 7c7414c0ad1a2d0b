"""What policies stand behind a user, group or role of the account, read from moto's objects."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from hardenlab.semantics.iam import Principal
from moto.organizations.models import organizations_backends

from ...extend import Refusal
from ._service import missing


@dataclass(frozen=True)
class Attached:
    """One policy: its text, the name it has in a simulation's answer, what kind it is and of whom."""

    text: str
    name: str
    kind: str  # AWS's PolicySourceType: user, group or role for inline ones, aws-managed, user-managed
    owner: str = ""
    arn: str | None = None

    @property
    def is_inline(self) -> bool:
        return self.arn is None


@dataclass(frozen=True)
class Entity:
    """A user, group or role with the policies that reach it; users have those of their groups, too."""

    kind: str
    name: str
    arn: str
    policies: tuple[Attached, ...]
    boundary: Attached | None = None

    def principal(self, account: str) -> Principal:
        if self.kind == "role":
            session = f"arn:aws:sts::{account}:assumed-role/{self.name}/simulation"
            return Principal.role_session(session, self.arn)
        return Principal.user(self.arn if self.kind == "user" else f"arn:aws:iam::{account}:user/member-of-{self.name}")


def entity(backend: Any, arn: str) -> Entity:
    """The user, group or role of this ARN in the account of moto's backend."""
    kind = arn.rpartition(":")[2].partition("/")[0]
    kept = {"user": backend.users, "group": backend.groups, "role": backend.roles}.get(kind)
    if kept is None:
        raise Refusal("InvalidInput", f"Invalid Entity Arn: {arn[:200]} does not clearly define entity type and name.")
    found = next((item for item in kept.values() if item.arn == arn), None)
    if found is None:
        raise missing(f"The {kind} with ARN {arn[:200]}")
    policies = _policies(found, kind)
    if kind == "user":
        for group in backend.groups.values():
            policies += _policies(group, "group") if found in group.users else []
    boundary = vars(found).get("permissions_boundary_arn")
    managed = backend.managed_policies.get(boundary) if boundary else None
    return Entity(kind, found.name, arn, tuple(policies), _managed(managed) if managed else None)


def _policies(owner: Any, kind: str) -> list[Attached]:
    inline = [
        Attached(_text(document), f"{kind}_{owner.name}_{name}", kind, owner.name)
        for name, document in owner.policies.items()
    ]
    return inline + [_managed(policy) for policy in owner.managed_policies.values()]


def _managed(policy: Any) -> Attached:
    version = next(item for item in policy.versions if item.version_id == policy.default_version_id)
    kind = "aws-managed" if policy.arn.startswith("arn:aws:iam::aws:") else "user-managed"
    return Attached(_text(version.document), policy.name, kind, "", policy.arn)


def _text(document: Any) -> str:
    text = document if isinstance(document, str) else json.dumps(document)
    return unquote(text) if text.startswith("%7B") else text


def service_control_policies(account: str) -> list[list[str]]:
    """The SCPs of each level above a member account, from the root down; none for anybody else."""
    if account not in organizations_backends.master_accounts:
        return []
    management, partition = organizations_backends.master_accounts[account]
    if management == account:
        return []
    organizations = organizations_backends[management][partition]
    target = next(item for item in organizations.accounts if item.id == account)
    chain, parent = [target], target.parent_id
    while parent:
        unit = next((item for item in organizations.ou if item.id == parent), None)
        if unit is None or unit in chain:
            break
        chain.insert(0, unit)
        parent = getattr(unit, "parent_id", None)
    levels = [
        [policy.content for policy in item.attached_policies if policy.type == "SERVICE_CONTROL_POLICY"]
        for item in chain
    ]
    return levels if any(levels) else []
