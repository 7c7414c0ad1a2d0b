"""Read the policies that decide a request of an account's user or role, or of a stranger, to one resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from botocore.exceptions import ClientError

from hardenlab.assess.read_organization import read_guardrails
from hardenlab.assess.read_principals import Rights, read_role, read_user
from hardenlab.assess.read_resource_policy import read_resource_policy
from hardenlab.semantics.iam import CannotJudge, Policies, Principal


class Clients(Protocol):
    """Makes boto3 clients of the section's account, or of a member of its organization."""

    def __call__(self, service: str, account: str | None = None) -> Any: ...


@dataclass(frozen=True)
class Decisive:
    """What was read: the caller's rights, the resource's policy, and what the organization lets both accounts do."""

    rights: Rights
    resource: Mapping[str, Any] | None
    organization: str | None = None
    scps: Sequence[Sequence[Mapping[str, Any]]] = ()
    rcps: Sequence[Sequence[Mapping[str, Any]]] = ()

    @property
    def unique_id(self) -> str | None:
        return self.rights.unique_id

    @property
    def tags(self) -> Mapping[str, str]:
        return self.rights.tags

    def beside(self, given: Policies) -> Policies:
        """These and the given policies together; a given boundary or resource policy replaces the one that was read."""
        return replace(
            given,
            identity=[*self.rights.identity, *given.identity],
            boundary=given.boundary if given.boundary is not None else self.rights.boundary,
            resource=given.resource if given.resource is not None else self.resource,
            scps=[*self.scps, *given.scps],
            rcps=[*self.rcps, *given.rcps],
        )


def read_request(clients: Clients, caller: Principal, resource: str, account: str) -> Decisive:
    """Read them, asked in `account`, the section's own: it manages the organization, if there is one.

    SCPs are those over the caller's account and RCPs those over the resource's, level by level; none bind the
    management account (AWS Organizations User Guide, "SCP evaluation"). CannotJudge: the caller or a policy cannot
    be read.
    """
    owner = _account_of(resource) or account
    over_caller = _guardrails(clients, caller.account, account)
    over_owner = over_caller if owner == caller.account else _guardrails(clients, owner, account)
    known = caller.account if over_caller["organization"] else account
    rights = _rights(clients("iam", known), caller) if caller.account == known else Rights()
    policy = None
    if resource != "*":
        holder = owner if over_owner["organization"] else account
        policy = read_resource_policy(lambda service: clients(service, holder), resource)
    return Decisive(rights, policy, over_caller["organization"], over_caller["scps"], over_owner["rcps"])


def _account_of(resource: str) -> str:
    parts = resource.split(":", 5)
    return parts[4] if len(parts) == 6 else ""


def _guardrails(clients: Clients, member: str | None, account: str) -> dict[str, Any]:
    """What stands over an account of the organization; for another one `organization` is None."""
    if member is None:
        return {"organization": None, "scps": [], "rcps": []}
    found = read_guardrails(lambda service, **_: clients(service), {"member": member, "region": ""})
    return {**found, "scps": [], "rcps": []} if member == account else found


def _rights(iam: Any, caller: Principal) -> Rights:
    try:
        if caller.kind == "user" and caller.arn:
            return read_user(iam, caller.arn.rpartition("/")[2])
        if caller.kind == "role-session" and caller.role_arn:
            return read_role(iam, caller.role_arn.rpartition("/")[2])
    except ClientError as error:
        raise CannotJudge(f"{caller} could not be looked up: {error.response['Error']['Message']}") from None
    return Rights()
