"""The words of an authorization question: who asks for what, under which policies, and the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from hardenlab.semantics.unjudged import Unjudged

if TYPE_CHECKING:
    from hardenlab.semantics.iam.document import Document

PolicyKind = Literal["identity", "resource", "boundary", "scp", "rcp", "session", "vpc-endpoint", "acl"]
DecisionKind = Literal["allow", "explicit-deny", "implicit-deny"]
PrincipalKind = Literal["user", "role-session", "root", "federated-user", "federated", "service", "anonymous"]

IAM_KINDS = frozenset({"user", "role-session", "root", "federated-user"})


class CannotJudge(Unjudged):
    """The documents cannot be read, or AWS's documentation leaves the question open."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes the request; the constructors below name what each kind needs.

    Rules: IAM User Guide, "AWS JSON policy elements: Principal".
    """

    kind: PrincipalKind
    arn: str | None = None
    account: str | None = None
    role_arn: str | None = None
    user_arn: str | None = None
    service: str | None = None
    provider: str | None = None
    canonical_id: str | None = None

    def __post_init__(self) -> None:
        if self.kind in IAM_KINDS and (not self.arn or not self.account):
            raise CannotJudge(f"a {self.kind} needs an ARN and an account")
        if self.kind == "role-session" and not self.role_arn:
            raise CannotJudge("a role session needs the ARN of its role")
        if self.kind == "service" and not self.service:
            raise CannotJudge("a service principal needs its name")
        if self.kind == "federated" and not self.provider:
            raise CannotJudge("a federated principal needs its identity provider")

    @classmethod
    def user(cls, arn: str, *, canonical_id: str | None = None) -> Principal:
        """An IAM user calling with its own access key."""
        return cls("user", arn=arn, account=account_of(arn), canonical_id=canonical_id)

    @classmethod
    def role_session(cls, arn: str, role_arn: str | None = None) -> Principal:
        """A session of an assumed role; without `role_arn` the role is taken to have no path."""
        return cls("role-session", arn=arn, account=account_of(arn), role_arn=role_arn or _role_of(arn))

    @classmethod
    def root(cls, account: str, *, partition: str = "aws", canonical_id: str | None = None) -> Principal:
        """The root user of an account."""
        arn = f"arn:{partition}:iam::{account}:root"
        return cls("root", arn=arn, account=account, canonical_id=canonical_id)

    @classmethod
    def federated_user(cls, arn: str, user_arn: str) -> Principal:
        """A session that an IAM user obtained from sts:GetFederationToken."""
        return cls("federated-user", arn=arn, account=account_of(arn), user_arn=user_arn)

    @classmethod
    def federated(cls, provider: str) -> Principal:
        """Somebody signed in at an identity provider, calling AssumeRoleWithSAML or -WithWebIdentity."""
        return cls("federated", provider=provider)

    @classmethod
    def aws_service(cls, name: str) -> Principal:
        """An AWS service calling as itself, such as cloudtrail.amazonaws.com."""
        return cls("service", service=name)

    @classmethod
    def anonymous(cls) -> Principal:
        """A request without a signature."""
        return cls("anonymous")

    def __str__(self) -> str:
        return self.arn or self.service or self.provider or "an anonymous caller"


@dataclass(frozen=True, slots=True)
class Request:
    """One request. A condition key that is absent from `context` is absent from the request."""

    principal: Principal
    action: str
    resource: str
    resource_account: str | None = None
    context: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __str__(self) -> str:
        return f"{self.action} on {self.resource} by {self.principal}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """Every policy that applies to a request.

    `scps` and `rcps` hold one list per organization level, from the root downward; no level means that
    the account is in no organization (or is its management account). A document is a mapping, JSON
    text or a `Policy` read beforehand, which is quickest for a policy asked often.
    """

    identity: Sequence[Document] = ()
    resource: Document | None = None
    boundary: Document | None = None
    scps: Sequence[Sequence[Document]] = ()
    rcps: Sequence[Sequence[Document]] = ()
    session: Sequence[Document] = ()
    vpc_endpoint: Document | None = None


@dataclass(frozen=True, slots=True)
class Deciding:
    """A statement that settled a decision, and where it stands."""

    policy: PolicyKind
    level: int
    policy_index: int
    index: int
    sid: str | None
    statement: Mapping[str, Any]

    def __str__(self) -> str:
        if self.policy == "acl":
            return f"grant {self.index + 1} of the {POLICY_NAMES[self.policy]}"
        name = f' "{self.sid[:80]}"' if self.sid else ""
        return f"statement {self.index + 1}{name} of the {POLICY_NAMES[self.policy]}"


POLICY_NAMES: Mapping[PolicyKind, str] = {
    "identity": "identity policy",
    "resource": "resource policy",
    "boundary": "permissions boundary",
    "scp": "service control policy",
    "rcp": "resource control policy",
    "session": "session policy",
    "vpc-endpoint": "VPC endpoint policy",
    "acl": "access control list",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, the statements that settled it and one sentence why."""

    kind: DecisionKind
    because: str
    statements: tuple[Deciding, ...] = ()

    @property
    def allowed(self) -> bool:
        return self.kind == "allow"


def account_of(arn: str) -> str:
    """The account component of an ARN."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or not parts[4]:
        raise CannotJudge(f"{arn[:120]!r} is not the ARN of a principal")
    return parts[4]


def _role_of(session_arn: str) -> str:
    parts = session_arn.split(":", 5)
    if len(parts) < 6 or not parts[5].startswith("assumed-role/"):
        raise CannotJudge(f"{session_arn[:120]!r} is not the ARN of a role session")
    return f"arn:{parts[1]}:iam::{parts[4]}:role/{parts[5].split('/')[1]}"
