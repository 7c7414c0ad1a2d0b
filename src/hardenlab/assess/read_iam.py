"""The account's own users and roles, asked what they may do: `account.iam`."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from hardenlab.assess.read_principals import Everyone, Rights
from hardenlab.semantics.iam import (
    CannotJudge,
    Decision,
    Policies,
    Policy,
    Principal,
    Request,
    decide,
    principal_context,
)
from hardenlab.semantics.iam.conditions import read_context
from hardenlab.semantics.iam.decision import WITHOUT_PERMISSION
from hardenlab.semantics.iam.document import Document

NOTHING: Mapping[str, Any] = MappingProxyType({})
SESSION = "session"


class OwnPrincipals:
    """Every IAM user and role, read together at the first question and kept.

    A role is asked as one of its sessions; service-linked roles are AWS's own and are not listed.
    """

    def __init__(self, iam: Any, account_id: str) -> None:
        self._iam = iam
        self._account = account_id
        self._callers: dict[str, tuple[Principal, Policies, Mapping[str, Any]]] = {}
        self._contexts: dict[tuple[str, tuple[tuple[str, Any], ...]], Mapping[str, Any]] = {}
        self._everyone = Everyone(iam)

    @cached_property
    def users(self) -> tuple[str, ...]:
        """The ARNs of the users."""
        return tuple(sorted(self._everyone.users))

    @cached_property
    def _documents(self) -> dict[str, Mapping[str, Any]]:
        roles = self._everyone.roles
        return {arn: roles[arn] for arn in sorted(roles) if ":role/aws-service-role/" not in arn}

    @property
    def roles(self) -> tuple[str, ...]:
        """The ARNs of the roles."""
        return tuple(self._documents)

    def may(
        self,
        arn: str,
        action: str,
        resource: str = "*",
        context: Mapping[str, Any] = NOTHING,
        endpoint: Mapping[str, Any] | None = None,
    ) -> Decision:
        """Whether a user or a session of a role may do it, by identity policies and boundary.

        `endpoint`: the policy of the VPC endpoint that the call goes through.

        CannotJudge: a document cannot be read, or AWS's documentation leaves the question open.
        """
        caller, policies, known = self._asking(arn)
        if endpoint is not None:
            policies = replace(policies, vpc_endpoint=endpoint)
        said = self._said(arn, known, context) if context else known
        return decide(Request(caller, action, resource, self._account, said), policies)

    def may_on_any(
        self, arn: str, action: str, resources: Iterable[str], context: Mapping[str, Any] = NOTHING
    ) -> tuple[str, Decision] | None:
        """The first of these resources on which a user or a session of a role may do it, and why; None: on none.

        CannotJudge, as of `may`.
        """
        _, policies, _ = self._asking(arn)
        if not _may_grant(policies.identity, action):
            return None
        decisions = ((resource, self.may(arn, action, resource, context)) for resource in resources)
        return next(((resource, decision) for resource, decision in decisions if decision.allowed), None)

    def policies_of(self, arn: str) -> tuple[str, ...]:
        """The identity policies of a user or role: names of inline ones, ARNs of managed ones."""
        return tuple(self._rights_of(arn).names)

    def policies_behind(self, arn: str, decision: Decision) -> tuple[str, ...]:
        """The user's or role's own policies that settled a decision: names, and ARNs of managed ones."""
        names = self.policies_of(arn)
        return tuple(names[item.policy_index] for item in decision.statements if item.policy == "identity")

    def may_assume(self, arn: str, role: str) -> Decision:
        """Whether a user or role may assume the role: its own policies and the role's trust policy together."""
        caller, policies, known = self._asking(arn)
        trust = self._documents[role]["AssumeRolePolicyDocument"]
        request = Request(caller, "sts:AssumeRole", role, self._account, known)
        return decide(request, replace(policies, resource=trust))

    def service_may_assume(self, service: str, role: str, context: Mapping[str, Any] = NOTHING) -> Decision:
        """Whether an AWS service ("vpc-flow-logs.amazonaws.com") may assume the role, by its trust policy."""
        if role not in self._documents:
            return Decision("implicit-deny", f"there is no role {role[:200]}")
        caller = Principal.aws_service(service)
        known = principal_context(caller) | {"aws:SourceAccount": self._account} | dict(context)
        trust = self._documents[role]["AssumeRolePolicyDocument"]
        return decide(Request(caller, "sts:AssumeRole", role, self._account, known), Policies(resource=trust))

    def role_of_profile(self, profile_arn: str) -> str | None:
        """The ARN of the role in an instance profile; None when there is none."""
        roles = self._profiles.get(profile_arn.rsplit("/", 1)[-1], [])
        return str(roles[0]["Arn"]) if roles else None

    @cached_property
    def _profiles(self) -> dict[str, list[dict[str, Any]]]:
        """The roles in each instance profile, by its name."""
        pages = self._iam.get_paginator("list_instance_profiles").paginate()
        return {
            profile["InstanceProfileName"]: profile["Roles"] for page in pages for profile in page["InstanceProfiles"]
        }

    def _asking(self, arn: str) -> tuple[Principal, Policies, Mapping[str, Any]]:
        """Who asks, by which policies of its own, and what every request of it says of it."""
        if arn not in self._callers:
            caller, rights = self._caller(arn), self._rights_of(arn)
            known = principal_context(caller, unique_id=rights.unique_id, tags=rights.tags)
            boundary = None if rights.boundary is None else _read(rights.boundary)
            self._callers[arn] = caller, Policies(identity=[*map(_read, rights.identity)], boundary=boundary), known
        return self._callers[arn]

    def _said(self, arn: str, known: Mapping[str, Any], context: Mapping[str, Any]) -> Mapping[str, Any]:
        """The context of a request, read once for all that are asked with it."""
        said = tuple(context.items())
        if not all(isinstance(value, str) for value in context.values()):
            return {**known, **context}
        if (arn, said) not in self._contexts:
            self._contexts[arn, said] = read_context({**known, **context})
        return self._contexts[arn, said]

    def _caller(self, arn: str) -> Principal:
        if ":user/" in arn:
            return Principal.user(arn)
        session = f"arn:aws:sts::{self._account}:assumed-role/{arn.rsplit('/', 1)[-1]}/{SESSION}"
        return Principal.role_session(session, arn)

    def _rights_of(self, arn: str) -> Rights:
        try:
            return self._everyone.rights(arn)
        except KeyError:
            raise CannotJudge(f"there is no user or role {arn[:200]}") from None


def _may_grant(identity: Iterable[Document], action: str) -> bool:
    """Whether one of a principal's own policies allows the action on anything, or may."""
    if action.lower() in WITHOUT_PERMISSION:
        return True
    return any(not isinstance(one, Policy) or one.allows_somewhere(action.lower()) for one in identity)


def _read(document: Document) -> Document:
    """The policy, if it can be read: each is asked about dozens of actions."""
    try:
        return Policy.read(document)
    except CannotJudge:  # said when a question hangs on it
        return document
