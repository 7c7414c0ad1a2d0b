"""Resource policies of SNS topics, SQS queues, KMS keys, secrets, Lambda functions and their like.

Rules: IAM User Guide, "AWS JSON policy elements: Principal" (a wildcard principal is everyone unless
conditions hold it back), "AWS global condition context keys", "The confused deputy problem" and "IAM
Access Analyzer resource types".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from hardenlab.semantics.iam import CannotJudge, Deciding, Document, Policy
from hardenlab.semantics.iam.conditions import Test
from hardenlab.semantics.iam.document import Statement
from hardenlab.semantics.iam.principals import ACCOUNT
from hardenlab.semantics.public.bucket import holds_to_addresses
from hardenlab.semantics.public.confine import demands, is_fixed
from hardenlab.semantics.public.verdict import Verdict, deciding, sentence

ACCOUNT_KEYS = frozenset(
    {"aws:principalaccount", "aws:sourceaccount", "aws:sourceowner", "aws:vpceaccount", "kms:calleraccount"}
)
ORGANIZATION_KEYS = frozenset({"aws:principalorgid", "aws:sourceorgid", "aws:vpceorgid"})
ORGANIZATION_PATH_KEYS = frozenset({"aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths"})
ARN_KEYS = frozenset({"aws:sourcearn", "aws:principalarn"})
OTHER_FIXED_KEYS = frozenset({"aws:userid", "aws:sourcevpc", "aws:sourcevpce"})
SERVICE_KEYS: Mapping[str, frozenset[str]] = {"lambda": frozenset({"lambda:eventsourcetoken"})}
DEPUTY_KEYS = (
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceowner",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
)
ORGANIZATION_PATH = re.compile(r"(o-[a-z0-9]{10,32})/.*")


def resource_policy_is_public(policy: Document | None, service: str) -> Verdict:
    """Whether a resource policy grants anything to everybody; `service` is sns, sqs, kms, secretsmanager, …"""
    if policy is None:
        return Verdict(False, "There is no resource policy")
    public = [s for s in Policy.read(policy).statements if s.allows and _is_public(s, service)]
    if not public:
        return Verdict(False, "No statement grants to everybody without a condition that confines it")
    first = deciding(public[0])
    because = f"{sentence(str(first))} grants to everybody: no condition confines it"
    return Verdict(True, because, tuple(deciding(statement) for statement in public))


def _is_public(statement: Statement, service: str) -> bool:
    return _names_everybody(statement) and not any(_confines(test, service) for test in demands(statement))


def _names_everybody(statement: Statement) -> bool:
    element = statement.principal
    if element is None:
        raise CannotJudge("a statement of a resource policy has no Principal")
    domains = [provider for provider in element.federated if not provider.startswith("arn:")]
    return statement.excludes_principal or element.everyone or "*" in element.services or bool(domains)


def _confines(test: Test, service: str) -> bool:
    """The condition leaves only callers or sources that somebody in particular controls."""
    key = test.key
    if key in ACCOUNT_KEYS or key in ORGANIZATION_KEYS or key in OTHER_FIXED_KEYS:
        return all(map(is_fixed, test.texts))
    if key in ORGANIZATION_PATH_KEYS:
        return all(ORGANIZATION_PATH.fullmatch(text) for text in test.texts)
    if key in ARN_KEYS:
        return all(_arn_names_somebody(text) for text in test.texts)
    if key == "aws:sourceip":
        return holds_to_addresses(test)
    return key in SERVICE_KEYS.get(service, ()) and all(map(is_fixed, test.texts))


def _arn_names_somebody(text: str) -> bool:
    """A fixed account, or a resource name that is unique without one, as a bucket's is."""
    parts = text.split(":", 5)
    if len(parts) < 6 or "${" in text:
        return False
    return bool(ACCOUNT.fullmatch(parts[4])) or (parts[2:5] == ["s3", "", ""] and is_fixed(parts[5].split("/")[0]))


@dataclass(frozen=True, slots=True)
class ForeignAccount:
    """Somebody outside who is granted something: an account, an organization (o-…), a canonical user, or
    `*` for everybody.
    """

    account: str
    statement: Deciding


def foreign_accounts(policy: Document | None, own_account: str) -> tuple[ForeignAccount, ...]:
    """Who outside the account is named by the grants of a resource policy, each once per statement."""
    found = []
    for statement in Policy.read(policy).statements if policy is not None else ():
        if statement.allows:
            names = dict.fromkeys(_named_outside(statement))
            found += [ForeignAccount(name, deciding(statement)) for name in names if name != own_account]
    return tuple(found)


def _named_outside(statement: Statement) -> Iterator[str]:
    element = statement.principal
    if element is None:
        raise CannotJudge("a statement of a resource policy has no Principal")
    if _names_everybody(statement):
        yield from _owners(demands(statement)) or ["*"]
    if not statement.excludes_principal:
        yield from sorted(element.accounts | element.named_accounts)
        yield from sorted(element.canonical)


def _owners(tests: Iterable[Test]) -> list[str]:
    """The accounts and organizations that conditions confine a grant to: the narrowest condition counts."""
    choices = [owners for test in tests if (owners := _owners_of(test))]
    return min(choices, key=len, default=[])


def _owners_of(test: Test) -> list[str]:
    if test.key in ACCOUNT_KEYS or test.key in ORGANIZATION_KEYS:
        return list(test.texts) if all(map(is_fixed, test.texts)) else []
    if test.key in ORGANIZATION_PATH_KEYS:
        matches = [ORGANIZATION_PATH.fullmatch(text) for text in test.texts]
        return [match[1] for match in matches if match] if all(matches) else []
    if test.key in ARN_KEYS:
        accounts = [text.split(":", 5)[4] if text.count(":") >= 5 else "" for text in test.texts]
        return accounts if all(ACCOUNT.fullmatch(account) for account in accounts) else []
    return []


def unconfined_services(policy: Document | None) -> tuple[Deciding, ...]:
    """Grants to an AWS service that do not say on whose behalf it may act: a confused deputy."""
    if policy is None:
        return ()
    return tuple(deciding(s) for s in Policy.read(policy).statements if s.allows and _trusts_any_deputy(s))


def _trusts_any_deputy(statement: Statement) -> bool:
    element = statement.principal
    if element is None or not element.services or statement.excludes_principal:
        return False
    return not any(test.key in DEPUTY_KEYS and _confines(test, "") for test in demands(statement))
