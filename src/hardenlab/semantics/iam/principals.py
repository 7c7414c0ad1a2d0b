"""The Principal and NotPrincipal elements, and how directly they reach a caller.

Rules: IAM User Guide, "AWS JSON policy elements: Principal", "AWS JSON policy elements: NotPrincipal" and
"Policy evaluation logic" (resource-based policies within one account).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from hardenlab.semantics.iam.model import IAM_KINDS, CannotJudge, Principal

ACCOUNT = re.compile(r"[0-9]{12}")
ACCOUNT_ARN = re.compile(r"arn:[a-z-]{1,20}:iam::([0-9]{12}):root")
ACCOUNT_IN_ARN = re.compile(r"arn:[a-z-]{1,20}:(?:iam|sts)::([0-9]{12}):.")
PRINCIPAL_ARN = re.compile(
    r"arn:[a-z-]{1,20}:(?:iam|sts)::(?:[0-9]{12}|cloudfront):"
    r"(?:root|(?:user|role|assumed-role|federated-user)/[^*?]{1,600})"
)
UNIQUE_ID = re.compile(r"A(?:IDA|ROA)[A-Z0-9]{8,124}")
KINDS = ("AWS", "Service", "Federated", "CanonicalUser")


class Reach(IntEnum):
    """How a resource policy names a caller; the higher, the more directly."""

    EVERYONE = 1
    ACCOUNT = 2
    ROLE = 3
    DIRECT = 4


@dataclass(frozen=True, slots=True)
class PrincipalElement:
    everyone: bool
    accounts: frozenset[str]
    names: frozenset[str]
    services: frozenset[str]
    federated: frozenset[str]
    canonical: frozenset[str]

    @property
    def named_accounts(self) -> frozenset[str]:
        """The accounts of the users, roles and sessions that are named one by one."""
        return frozenset(match[1] for name in self.names if (match := ACCOUNT_IN_ARN.match(name)))


def read_principal(element: object) -> PrincipalElement:
    """Parse the element; what AWS would refuse raises `CannotJudge`."""
    if element == "*":
        return PrincipalElement(True, *(frozenset[str]() for _ in range(5)))
    if not isinstance(element, Mapping) or not element:
        raise CannotJudge('a principal must be "*" or an object such as {"AWS": "…"}')
    for kind in element:
        if kind not in KINDS:
            raise CannotJudge(f"{str(kind)[:60]!r} is not a kind of principal")
    aws = _values(element, "AWS")
    for value in aws:
        check_aws_principal(value)
    accounts = frozenset(filter(None, map(account_named, aws)))
    return PrincipalElement(
        everyone="*" in aws,
        accounts=accounts,
        names=frozenset(value for value in aws if value != "*" and not account_named(value)),
        services=frozenset(value.lower() for value in _values(element, "Service")),
        federated=frozenset(_values(element, "Federated")),
        canonical=frozenset(_values(element, "CanonicalUser")),
    )


def account_named(value: str) -> str | None:
    """The account when the value names a whole account, by number or by its root ARN."""
    if ACCOUNT.fullmatch(value):
        return value
    match = ACCOUNT_ARN.fullmatch(value)
    return match[1] if match else None


def check_aws_principal(value: str) -> None:
    """Raise unless AWS takes the value as an AWS principal."""
    if value == "*" or ACCOUNT.fullmatch(value) or UNIQUE_ID.fullmatch(value):
        return
    if value.startswith("arn:") and ("*" in value or "?" in value):
        raise CannotJudge(f"{value[:120]!r}: a wildcard cannot stand for a part of a principal's ARN")
    if not PRINCIPAL_ARN.fullmatch(value):
        raise CannotJudge(f"{value[:120]!r} is not an account, nor the ARN of a user, role or session")


def _values(element: Mapping[str, object], kind: str) -> list[str]:
    value = element.get(kind, [])
    values = value if isinstance(value, list) else [value]
    texts = [item for item in values if isinstance(item, str) and item]
    if len(texts) != len(values) or (kind in element and not values):
        raise CannotJudge(f"the principal {kind} must be a text or a list of texts")
    return texts


def reach(element: PrincipalElement, caller: Principal) -> Reach | None:
    """How the element names the caller; None when it does not."""
    if caller.kind in IAM_KINDS:
        found = _reach_of_iam(element, caller)
    elif caller.kind == "service":
        found = Reach.DIRECT if (caller.service or "").lower() in element.services else None
        if found is None and "*" in element.services:
            found = Reach.EVERYONE
    elif caller.kind == "federated":
        found = _reach_of_federated(element, caller)
    else:
        found = None
    return found or (Reach.EVERYONE if element.everyone else None)


def _reach_of_iam(element: PrincipalElement, caller: Principal) -> Reach | None:
    if caller.arn in element.names:
        return Reach.DIRECT
    if caller.kind == "root" and caller.account in element.accounts:
        return Reach.DIRECT
    if element.canonical and _canonical_matches(element, caller):
        return Reach.DIRECT
    if caller.role_arn in element.names or caller.user_arn in element.names:
        return Reach.ROLE
    if caller.account in element.accounts:
        return Reach.ACCOUNT
    return None


def _canonical_matches(element: PrincipalElement, caller: Principal) -> bool:
    if caller.canonical_id is None:
        raise CannotJudge("the policy names a canonical user and the caller's canonical id is not known")
    return caller.canonical_id in element.canonical


def _reach_of_federated(element: PrincipalElement, caller: Principal) -> Reach | None:
    if caller.provider in element.federated:
        return Reach.DIRECT
    if "*" in element.federated:
        raise CannotJudge('AWS does not document what {"Federated": "*"} admits')
    return None


def is_exempt(element: PrincipalElement, caller: Principal) -> bool:
    """Whether NotPrincipal exempts the caller; services may check the account, role and session in turn."""
    if caller.kind not in IAM_KINDS:
        raise CannotJudge("AWS does not document NotPrincipal for a caller that is no IAM principal")
    if element.everyone:
        return True
    named = bool({caller.arn, caller.role_arn, caller.user_arn} & element.names)
    account_is_named = caller.account in element.accounts
    if caller.kind == "root":
        return account_is_named
    if not named and not account_is_named:
        return False
    if not named:
        if caller.account in element.named_accounts:
            return False
        raise CannotJudge("NotPrincipal names the caller's account but not the caller: undocumented")
    if not account_is_named:
        raise CannotJudge("NotPrincipal names the caller but not the caller's account: AWS may still deny")
    if caller.kind == "role-session" and caller.role_arn not in element.names:
        raise CannotJudge("NotPrincipal names the session but not its role: AWS may still deny")
    return True
