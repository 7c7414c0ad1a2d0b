"""Read the policies that decide a request of an account's user or role, or of a stranger, to one resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from hardenlab.assess.read_principals import Rights, read_role, read_user
from hardenlab.assess.read_resource_policy import read_resource_policy
from hardenlab.semantics.iam import CannotJudge, Policies, Principal


@dataclass(frozen=True)
class Decisive:
    """What was read: the caller's rights and the resource's policy."""

    rights: Rights
    resource: Mapping[str, Any] | None

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
        )


def read_request(clients: Callable[[str], Any], caller: Principal, resource: str) -> Decisive:
    """Read them. `clients(service)` makes boto3 clients. CannotJudge: the caller or a policy cannot be read."""
    policy = None if resource == "*" else read_resource_policy(clients, resource)
    rights = _rights(clients("iam"), caller)
    return Decisive(rights, policy)


def _rights(iam: Any, caller: Principal) -> Rights:
    try:
        if caller.kind == "user" and caller.arn:
            return read_user(iam, caller.arn.rpartition("/")[2])
        if caller.kind == "role-session" and caller.role_arn:
            return read_role(iam, caller.role_arn.rpartition("/")[2])
    except ClientError as error:
        raise CannotJudge(f"{caller} could not be looked up: {error.response['Error']['Message']}") from None
    return Rights()
