"""The condition keys that AWS puts into a request for each kind of caller: these and no others.

Rules: IAM User Guide, "AWS global condition context keys" (availability of each key) and "IAM JSON policy
elements: Variables and tags" (the values of aws:userid and aws:PrincipalType).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hardenlab.semantics.iam.model import CannotJudge, Principal

NO_TAGS: Mapping[str, str] = MappingProxyType({})
TYPES = {
    "user": "User",
    "role-session": "AssumedRole",
    "root": "Account",
    "federated-user": "FederatedUser",
    "anonymous": "Anonymous",
}


def principal_context(
    caller: Principal,
    *,
    unique_id: str | None = None,
    tags: Mapping[str, str] = NO_TAGS,
    organization: str | None = None,
    mfa: bool | None = None,
    token_issue_time: str | None = None,
) -> dict[str, str]:
    """What the caller brings along; `mfa` and `token_issue_time` stay None for a long-term access key."""
    context = _identity(caller, unique_id)
    context |= {f"aws:PrincipalTag/{key}": value for key, value in tags.items()}
    if organization is not None:
        context["aws:PrincipalOrgID"] = organization
    if mfa is not None:
        context["aws:MultiFactorAuthPresent"] = "true" if mfa else "false"
    if token_issue_time is not None:
        context["aws:TokenIssueTime"] = token_issue_time
    return context


def _identity(caller: Principal, unique_id: str | None) -> dict[str, str]:
    if caller.kind == "anonymous":
        return {"aws:PrincipalType": "Anonymous", "aws:userid": "anonymous"}
    if caller.kind == "service":
        return {"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": caller.service or ""}
    if caller.kind == "federated":
        return {"aws:FederatedProvider": caller.provider or ""}
    if caller.arn is None or caller.account is None:
        raise CannotJudge(f"a {caller.kind} needs an ARN and an account")
    context = {
        "aws:PrincipalArn": caller.role_arn or caller.arn,
        "aws:PrincipalAccount": caller.account,
        "aws:PrincipalType": TYPES[caller.kind],
        "aws:PrincipalIsAWSService": "false",
    }
    name = caller.arn.rpartition("/")[2]
    if caller.kind == "user":
        context["aws:username"] = name
    user_id = _user_id(caller, name, unique_id)
    return context | ({"aws:userid": user_id} if user_id else {})


def _user_id(caller: Principal, name: str, unique_id: str | None) -> str | None:
    if caller.kind == "root":
        return caller.account
    if caller.kind == "federated-user":
        return f"{caller.account}:{name}"
    if unique_id is None:
        return None
    return f"{unique_id}:{name}" if caller.kind == "role-session" else unique_id
