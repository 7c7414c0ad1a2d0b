"""Whether AWS would allow a request.

Rules: IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic" and "Permissions
boundaries for IAM entities"; AWS Organizations User Guide, "SCP evaluation" and "Resource control
policies"; KMS Developer Guide, "Key policies in AWS KMS".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hardenlab.semantics.iam.conditions import MAX_VALUE, read_context
from hardenlab.semantics.iam.document import Document, Policy, Statement
from hardenlab.semantics.iam.model import (
    IAM_KINDS,
    POLICY_NAMES,
    CannotJudge,
    Deciding,
    Decision,
    Policies,
    PolicyKind,
    Principal,
    Request,
)
from hardenlab.semantics.iam.pattern import Context
from hardenlab.semantics.iam.principals import Reach, is_exempt, reach

# STS API Reference, "GetCallerIdentity"
WITHOUT_PERMISSION = frozenset({"sts:getcalleridentity"})
WITHOUT_PRINCIPAL = frozenset({"identity", "boundary", "session", "scp"})
ROOT_KEEPS = frozenset({"s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"})
RCP_SERVICES = frozenset(
    {
        "s3",
        "sts",
        "kms",
        "sqs",
        "secretsmanager",
        "ecr",
        "aoss",
        "dynamodb",
        "cognito-identity",
        "cognito-idp",
        "logs",
    }
)


def decide(request: Request, policies: Policies) -> Decision:
    """Decide a request; raises `CannotJudge` when a document cannot be read or the documentation is silent.

    Every open question is first answered against the caller. If there was one, all are answered again in
    the caller's favour: an answer that does not change does not depend on them.
    """
    case = Case.of(request, policies)
    strict = Evaluation(case, hopeful=False)
    decision = strict.decide()
    if not strict.doubts:
        return decision
    hopeful = Evaluation(case, hopeful=True).decide()
    if hopeful.allowed != decision.allowed:
        raise strict.doubts[0]
    return decision if decision.allowed else hopeful


@dataclass(frozen=True, slots=True)
class Layer:
    kind: PolicyKind
    level: int
    index: int
    policy: Policy


@dataclass(frozen=True, slots=True)
class Case:
    """A request and its policies, read."""

    request: Request
    caller: Principal
    action: str
    context: Context
    layers: tuple[Layer, ...]
    scp_levels: int
    same_account: bool
    has_boundary: bool
    has_session: bool
    has_endpoint: bool

    @staticmethod
    def of(request: Request, policies: Policies) -> Case:
        if len(request.action) > MAX_VALUE or len(request.resource) > MAX_VALUE:
            raise CannotJudge("the request is longer than any that AWS takes")
        if ":" not in request.action or "*" in request.action or "?" in request.action:
            raise CannotJudge(f"{request.action[:120]!r} is not one action")
        caller = request.principal
        exempt = _is_service_linked(caller)
        scps = policies.scps if caller.kind in IAM_KINDS and not exempt else ()
        return Case(
            request=request,
            caller=caller,
            action=request.action.lower(),
            context=read_context(request.context),
            layers=tuple(_layers(policies, caller, scps, () if exempt else policies.rcps)),
            scp_levels=len(scps),
            same_account=_is_same_account(request),
            has_boundary=policies.boundary is not None and caller.kind != "root",
            has_session=bool(policies.session),
            has_endpoint=policies.vpc_endpoint is not None,
        )

    @property
    def service(self) -> str:
        return self.action.partition(":")[0]

    @property
    def resource_policy_must_allow(self) -> bool:
        """KMS keys and roles being assumed: without their own policy's word nothing is allowed."""
        parts = self.request.resource.split(":", 5)
        if len(parts) < 6:
            return False
        is_key = parts[2] == "kms" and parts[5].startswith("key/") and self.service == "kms"
        is_role = parts[2] == "iam" and parts[5].startswith("role/") and self.service == "sts"
        return is_key or is_role


def _is_service_linked(caller: Principal) -> bool:
    """Organizations policies do not reach service-linked roles."""
    return caller.role_arn is not None and ":role/aws-service-role/" in caller.role_arn


def _is_same_account(request: Request) -> bool:
    caller = request.principal
    if caller.kind not in IAM_KINDS or request.resource == "*":
        return caller.kind in IAM_KINDS
    owner = request.resource_account
    if owner is None:
        parts = request.resource.split(":", 5)
        owner = parts[4] if len(parts) == 6 else ""
    if not owner:
        raise CannotJudge(f"the account that owns {request.resource[:120]} is not known")
    return owner == caller.account


def _layers(
    policies: Policies,
    caller: Principal,
    scps: Sequence[Sequence[Document]],
    rcps: Sequence[Sequence[Document]],
) -> Iterator[Layer]:
    def layer(kind: PolicyKind, document: Document, index: int = 0, level: int = 0) -> Layer:
        return Layer(kind, level, index, Policy.read(document))

    if caller.kind in IAM_KINDS and caller.kind != "root":
        for index, document in enumerate(policies.identity):
            yield layer("identity", document, index)
        if policies.boundary is not None:
            yield layer("boundary", policies.boundary)
        for index, document in enumerate(policies.session):
            yield layer("session", document, index)
    if policies.resource is not None:
        yield layer("resource", policies.resource)
    if policies.vpc_endpoint is not None:
        yield layer("vpc-endpoint", policies.vpc_endpoint)
    for level, documents in enumerate(scps):
        for index, document in enumerate(documents):
            yield layer("scp", document, index, level)
    for level, documents in enumerate(rcps):
        for index, document in enumerate(documents):
            yield layer("rcp", document, index, level)


@dataclass(slots=True)
class Evaluation:
    """One walk through the decision order; `hopeful` answers open questions in the caller's favour."""

    case: Case
    hopeful: bool
    doubts: list[CannotJudge] = field(default_factory=list)
    denies: list[Deciding] = field(default_factory=list)
    allows: dict[tuple[PolicyKind, int], list[Deciding]] = field(default_factory=dict)
    grants: list[tuple[Reach, Deciding]] = field(default_factory=list)

    def decide(self) -> Decision:
        if self._needs_no_permission():
            return Decision("allow", f"{self.case.request.action} needs no permission and cannot be denied")
        for layer in self.case.layers:
            for statement in layer.policy.statements:
                self._weigh(layer, statement)
        if self.denies:
            return Decision("explicit-deny", f"{_sentence(self.denies[0])} denies {self._what}", tuple(self.denies))
        stopped = self._guardrails()
        return self._grant() if stopped is None else stopped

    @property
    def _what(self) -> str:
        return f"{self.case.request.action} on {self.case.request.resource}"

    def _needs_no_permission(self) -> bool:
        case = self.case
        return case.action in WITHOUT_PERMISSION and case.caller.kind in IAM_KINDS and not case.has_endpoint

    def _weigh(self, layer: Layer, statement: Statement) -> None:
        if not statement.covers_action(self.case.action):
            return
        found, doubt = self._applies(layer, statement)
        if doubt is not None and found is not None:
            self.doubts.append(doubt)
            found = found if statement.allows == self.hopeful else None
        if found is None:
            return
        here = Deciding(layer.kind, layer.level, layer.index, statement.index, statement.sid, statement.source)
        if not statement.allows:
            self.denies.append(here)
            return
        self.allows.setdefault((layer.kind, layer.level), []).append(here)
        if layer.kind == "resource":
            self.grants.append((found, here))

    def _applies(self, layer: Layer, statement: Statement) -> tuple[Reach | None, CannotJudge | None]:
        """How the statement reaches the caller if it applies to the request, and whether that is open."""
        doubt: CannotJudge | None = None
        try:
            found = self.reach_of(layer, statement)
            if found is None:
                return None, None
        except CannotJudge as reason:
            found, doubt = Reach.DIRECT, reason
        for question in (self._covers_resource, self._conditions_hold, self._is_in_force):
            try:
                if not question(layer, statement):
                    return None, None
            except CannotJudge as reason:
                doubt = reason
        return found, doubt

    def reach_of(self, layer: Layer, statement: Statement) -> Reach | None:
        element = statement.principal
        if layer.kind in WITHOUT_PRINCIPAL:
            if element is not None:
                raise CannotJudge(f"AWS accepts no Principal in the {POLICY_NAMES[layer.kind]}")
            return Reach.EVERYONE
        if element is None:
            raise CannotJudge(f"AWS accepts no statement without a Principal in the {POLICY_NAMES[layer.kind]}")
        if statement.excludes_principal:
            if not statement.allows and self.case.has_boundary:
                return Reach.EVERYONE  # "NotPrincipal": with Deny it always denies whoever has a boundary
            return None if is_exempt(element, self.case.caller) else Reach.EVERYONE
        found = reach(element, self.case.caller)
        if layer.kind == "vpc-endpoint" and found is Reach.ACCOUNT and self.case.service in {"s3", "dynamodb"}:
            raise CannotJudge("at a gateway endpoint an account names its root user only, elsewhere everybody in it")
        return found

    def _covers_resource(self, layer: Layer, statement: Statement) -> bool:
        if statement.resources is None and layer.kind != "resource":
            raise CannotJudge(f"AWS accepts no statement without a Resource in the {POLICY_NAMES[layer.kind]}")
        return statement.covers_resource(self.case.request.resource, self.case.context)

    def _conditions_hold(self, layer: Layer, statement: Statement) -> bool:
        return statement.conditions_hold(self.case.context)

    def _is_in_force(self, layer: Layer, statement: Statement) -> bool:
        """What keeps a matching deny from counting."""
        case = self.case
        if statement.allows:
            return True
        if layer.kind == "rcp" and case.service not in RCP_SERVICES:
            raise CannotJudge(f"it is not known whether resource control policies reach {case.service}")
        # S3 User Guide, "Bucket policies": the owner's root user cannot lock itself out
        is_owner_root = case.caller.kind == "root" and case.same_account
        return not (layer.kind == "resource" and is_owner_root and case.action in ROOT_KEEPS)

    def _unsure(self, reason: str) -> bool:
        self.doubts.append(CannotJudge(reason))
        return self.hopeful

    def _allowed_by(self, kind: PolicyKind, level: int = 0) -> list[Deciding]:
        return self.allows.get((kind, level), [])

    def _guardrails(self) -> Decision | None:
        if self.case.has_endpoint and not self._allowed_by("vpc-endpoint"):
            return self._implicit("the VPC endpoint policy")
        for level in range(self.case.scp_levels):
            if not self._allowed_by("scp", level):
                return self._implicit(f"the service control policies of organization level {level + 1}")
        return None

    def _implicit(self, who: str) -> Decision:
        return Decision("implicit-deny", f"{who[0].upper()}{who[1:]} does not allow {self._what}")

    def _grant(self) -> Decision:
        if self.case.caller.kind not in IAM_KINDS:
            return self._by_resource_policy_alone()
        if self.case.caller.kind == "root" and self.case.action == "sts:assumerole":
            return Decision("implicit-deny", "The root user cannot call sts:AssumeRole")
        if self.case.same_account:
            return self._within_account()
        return self._across_accounts()

    def _by_resource_policy_alone(self) -> Decision:
        if self.case.caller.kind == "anonymous" and self.case.action == "sts:assumerole":
            return Decision("implicit-deny", "sts:AssumeRole must be signed")
        if self.grants:
            return self._allow([here for _, here in self.grants])
        return self._implicit("the resource policy")

    def _within_account(self) -> Decision:
        direct = self._direct_grants()
        if direct:
            return self._allow(direct)
        if self.case.resource_policy_must_allow and not any(r is Reach.ACCOUNT for r, _ in self.grants):
            if not self.grants:
                return self._implicit("the resource's own policy, which alone can open it,")
            return self._implicit(self._missing_limit() or "the identity policies")
        return self._by_identity(with_grants=self.case.resource_policy_must_allow)

    def _direct_grants(self) -> list[Deciding]:
        """Grants of the resource policy that need no word from the identity policies."""
        within_limits = self._missing_limit() is None
        return [here for how, here in self.grants if how is Reach.DIRECT or self._reaches(how, within_limits)]

    def _reaches(self, how: Reach, within_limits: bool) -> bool:
        if how is Reach.ACCOUNT:
            return False
        return within_limits or (how is Reach.EVERYONE and self._everyone_escapes_limits())

    def _everyone_escapes_limits(self) -> bool:
        return self._unsure(
            'whether "Principal": "*" in the same account is limited by a permissions boundary or session '
            "policy is not documented"
        )

    def _missing_limit(self) -> str | None:
        """The boundary or session policy that does not allow the request."""
        if self.case.has_boundary and not self._allowed_by("boundary"):
            return "the permissions boundary"
        # STS API Reference, "GetFederationToken": without a session policy the session has no permissions
        if self.case.caller.kind == "federated-user" and not self.case.has_session:
            return "a federated user session without a session policy"
        if self.case.has_session and not self._allowed_by("session"):
            return "the session policy"
        return None

    def _across_accounts(self) -> Decision:
        if not self.grants:
            return self._implicit("the resource policy, which another account needs,")
        return self._by_identity(with_grants=True)

    def _by_identity(self, *, with_grants: bool) -> Decision:
        caller = self.case.caller
        grants = [here for _, here in self.grants] if with_grants else []
        if caller.kind == "root":
            return self._allow(grants) if grants else self._allow_root()
        missing = self._missing_limit()
        is_granted = any(how is Reach.ROLE for how, _ in self.grants)
        if missing and (is_granted or self._allowed_by("identity")):
            return self._implicit(missing)
        if not self._allowed_by("identity"):
            return Decision("implicit-deny", f"No identity policy of {caller} allows {self._what}")
        chain = [*self._allowed_by("identity"), *self._allowed_by("boundary"), *self._allowed_by("session")]
        return self._allow([*chain, *grants])

    def _allow_root(self) -> Decision:
        return Decision("allow", f"The root user may do everything in its account, so also {self._what}")

    def _allow(self, statements: list[Deciding]) -> Decision:
        return Decision("allow", f"{_sentence(statements[0])} allows {self._what}", tuple(statements))


def _sentence(deciding: Deciding) -> str:
    text = str(deciding)
    return text[0].upper() + text[1:]
