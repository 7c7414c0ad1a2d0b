"""Which principals can become administrator, and by which chain of steps.

Every step is decided, not matched: permissions boundaries, service control policies, conditions and trust policies
all count. A principal controls itself; a step either puts another one under its control or changes what one that it
controls may do. What it controls only grows, so the search ends when nothing new is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from hardenlab.semantics.explanation import Explanation, Node, Picture
from hardenlab.semantics.iam.decision import decide
from hardenlab.semantics.iam.document import Document, Policy
from hardenlab.semantics.iam.escalation import methods
from hardenlab.semantics.iam.escalation.account import (
    ADMINISTRATOR_ACCESS,
    ALL_ALLOWED,
    AccountDetails,
    Actor,
)
from hardenlab.semantics.iam.escalation.methods import PASS_ROLE, TAKE_OVER, Method, PassRole
from hardenlab.semantics.iam.escalation.witnesses import GIVEN, REGION, resources_asked
from hardenlab.semantics.iam.model import CannotJudge, Deciding, Decision, Policies, Principal, Request

Asked = tuple[str, str, Mapping[str, Any]]
PLAIN_CONTEXT: Mapping[str, Any] = MappingProxyType({"aws:SecureTransport": "true", "aws:RequestedRegion": REGION})
MAX_CONTROLLED = 400
# a caller that may do all of these, on resources that nobody named, may do anything worth having
ADMINISTRATOR_PROBES = (
    ("iam:CreateUser", "arn:aws:iam::{account}:user/any"),
    ("iam:PutUserPolicy", "arn:aws:iam::{account}:user/any"),
    ("iam:AttachRolePolicy", "arn:aws:iam::{account}:role/any"),
    ("iam:CreateAccessKey", "arn:aws:iam::{account}:user/any"),
    ("s3:DeleteBucket", "arn:aws:s3:::any"),
    ("s3:GetObject", "arn:aws:s3:::any/any"),
    ("ec2:TerminateInstances", "arn:aws:ec2:us-east-1:{account}:instance/i-any"),
    ("kms:ScheduleKeyDeletion", "*"),
    ("cloudtrail:StopLogging", "arn:aws:cloudtrail:us-east-1:{account}:trail/any"),
)


@dataclass(frozen=True, slots=True)
class Workload:
    """Something that runs as a role: a function, an instance, a stack, a development endpoint, a notebook.

    `service` is lambda, ec2, cloudformation, glue or sagemaker; `arn` its own, `role` that of its role.
    """

    service: str
    arn: str
    role: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chain: who does what to whom, and the statements that let it."""

    method: Method
    actor: str
    target: str
    requests: tuple[str, ...]
    statements: tuple[tuple[str, Deciding], ...]
    """Each deciding statement with the name of its document."""

    def __str__(self) -> str:
        return f"{_short(self.actor)} {self.method.does.format(target=_short(self.target))}"


@dataclass(frozen=True, slots=True)
class Escalation:
    """A principal that is no administrator and can become one, by the shortest chain that was found."""

    principal: str
    steps: tuple[Step, ...]

    def explain(self) -> Explanation:
        """The chain in one sentence, with the deciding statements and the public source of each method."""
        told = ", then ".join(str(step) for step in self.steps)
        data = {
            "principal": self.principal,
            "steps": [
                {
                    "method": step.method.name,
                    "source": step.method.source,
                    "actor": step.actor,
                    "target": step.target,
                    "requests": list(step.requests),
                    "statements": [
                        {"policy": here.policy, "source": source, "index": here.index, "sid": here.sid}
                        for source, here in step.statements
                    ],
                }
                for step in self.steps
            ],
        }
        nodes = [Node(self.principal, "end"), *(Node(f"{step.method.name}: {step}") for step in self.steps)]
        nodes.append(Node("administrator", "end"))
        return Explanation(f"{_short(self.principal)} can become administrator: {told}", data, Picture.path(nodes))


@dataclass(frozen=True, slots=True)
class EscalationReport:
    """Who is administrator, who can become one, and of whom it cannot be told (with the reason)."""

    administrators: tuple[str, ...]
    escalations: tuple[Escalation, ...]
    unjudged: Mapping[str, str]

    def of(self, arn: str) -> Escalation | None:
        """The escalation of this principal, or None."""
        return next((found for found in self.escalations if found.principal == arn), None)


def find_escalations(
    details: Mapping[str, Any],
    *,
    scps: Sequence[Sequence[Document]] = (),
    workloads: Sequence[Workload] = (),
    context: Mapping[str, Any] = PLAIN_CONTEXT,
) -> EscalationReport:
    """Search an account as GetAccountAuthorizationDetails tells of it (its pages' lists together).

    `scps` holds a list for each organization level from the root down. `workloads` is what runs already and could be
    taken over; without it only new functions, instances and the like are considered. `context` is what every request
    carries; a condition key that it lacks is absent, so by default nobody has signed in with MFA.
    """
    account = AccountDetails.read(details)
    prepared = [[Policy.read(document) for document in level] for level in scps]
    searching = _Search(account, prepared, tuple(workloads), context)
    administrators, escalations, unjudged = [], [], dict(account.unread)
    for arn, actor in sorted(account.actors.items()):
        if actor.is_fixed:
            continue
        doubts: list[CannotJudge] = []
        if searching.is_administrator(actor, doubts):
            administrators.append(arn)
        elif (found := searching.chain(actor, doubts)) is not None:
            escalations.append(found)
        elif doubts:
            unjudged[arn] = doubts[0].reason
    return EscalationReport(tuple(administrators), tuple(escalations), unjudged)


@dataclass(frozen=True, slots=True)
class _Controlled:
    """An actor under control, and the steps that put it there."""

    actor: Actor
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class _Allowed:
    """Requests that were all allowed, with what allowed them."""

    requests: tuple[str, ...]
    statements: tuple[tuple[str, Deciding], ...]


@dataclass
class _Search:
    account: AccountDetails
    scps: Sequence[Sequence[Document]]
    workloads: tuple[Workload, ...]
    base: Mapping[str, Any]
    _administrators: dict[tuple[str, tuple[str, ...]], bool] = field(default_factory=dict)

    def is_administrator(self, actor: Actor, doubts: list[CannotJudge]) -> bool:
        if actor.key not in self._administrators:
            own: list[CannotJudge] = []
            self._administrators[actor.key] = all(
                self._ask(actor, action, arn.format(account=self.account.account), doubts=own)
                for action, arn in ADMINISTRATOR_PROBES
            )
            doubts += own
        return self._administrators[actor.key]

    def chain(self, start: Actor, doubts: list[CannotJudge]) -> Escalation | None:
        """Breadth first, so that the chain has as few steps as any."""
        controlled = {start.key: _Controlled(start, ())}
        fresh = [controlled[start.key]]
        while fresh and len(controlled) < MAX_CONTROLLED:
            found: list[_Controlled] = []
            for one in fresh:
                everybody = list(controlled.values())
                for other in everybody:
                    found += self._together(one, other, doubts)
                    found += self._together(other, one, doubts) if other is not one else []
                found += self._outward(one, doubts)
            fresh = []
            for new in sorted(found, key=lambda item: len(item.steps)):
                if new.actor.key in controlled:
                    continue
                if self.is_administrator(new.actor, doubts):
                    return Escalation(start.arn, new.steps)
                controlled[new.actor.key] = new
                fresh.append(new)
        return None

    # what one controlled principal does to the rights of another (or of itself)

    def _together(self, one: _Controlled, target: _Controlled, doubts: list[CannotJudge]) -> Iterator[_Controlled]:
        actor, changed = one.actor, target.actor
        if changed.is_fixed:
            return
        for method, action, arn, extra, after in self._changes(actor, changed, doubts):
            if after.key != changed.key and actor.mentions(action):
                granted = self._all(actor, ((action, arn, extra),), doubts)
                if granted:
                    yield self._step(method, one, target, after, arn, granted)

    def _changes(
        self, actor: Actor, target: Actor, doubts: list[CannotJudge]
    ) -> Iterator[tuple[Method, str, str, Mapping[str, Any], Actor]]:
        kind = "User" if target.is_user else "Role"
        everything = target.with_policy(ALL_ALLOWED, "the policy that was granted", "everything")
        attach = {"iam:PolicyARN": ADMINISTRATOR_ACCESS, **self._about(target)}
        yield methods.ATTACH[kind], f"iam:Attach{kind}Policy", target.arn, attach, everything
        yield methods.PUT[kind], f"iam:Put{kind}Policy", target.arn, self._about(target), everything
        for name in target.groups:
            place = self.account.groups[name].arn
            yield methods.ATTACH["Group"], "iam:AttachGroupPolicy", place, attach, everything
            yield methods.PUT["Group"], "iam:PutGroupPolicy", place, {}, everything
        for arn in sorted(target.attached & self.account.policies.keys()):
            if ":iam::aws:" in arn:
                continue
            yield methods.CREATE_POLICY_VERSION, "iam:CreatePolicyVersion", arn, {}, everything
            if actor.mentions("iam:SetDefaultPolicyVersion"):
                yield from self._older_versions(target, arn, doubts)
        if target.is_user:
            for group in self.account.groups.values():
                if group.name not in target.groups:
                    yield methods.ADD_USER_TO_GROUP, "iam:AddUserToGroup", group.arn, {}, _joined(target, group)
        if target.boundary is not None:
            free = replace(target, boundary=None, changes=tuple(sorted({*target.changes, "no boundary"})))
            tags = self._about(target)
            yield methods.DELETE_BOUNDARY[kind], f"iam:Delete{kind}PermissionsBoundary", target.arn, tags, free

    def _older_versions(
        self, target: Actor, arn: str, doubts: list[CannotJudge]
    ) -> Iterator[tuple[Method, str, str, Mapping[str, Any], Actor]]:
        policy = self.account.policies[arn]
        for version in sorted(policy.documents.keys() - {policy.default}):
            try:
                older = policy.version(version)
            except CannotJudge as doubt:
                doubts.append(doubt)
                continue
            after = target.with_policy(older, f"version {version} of {_short(arn)}", f"{arn} {version}")
            yield methods.SET_DEFAULT_POLICY_VERSION, "iam:SetDefaultPolicyVersion", arn, {}, after

    # whom a controlled principal can become

    def _outward(self, one: _Controlled, doubts: list[CannotJudge]) -> Iterator[_Controlled]:
        actor = one.actor
        for target in self.account.actors.values():
            if target.is_fixed:
                continue
            ways = self._as_user(actor, target, doubts) if target.is_user else self._as_role(actor, target, doubts)
            for method, granted in ways:
                yield self._step(method, one, None, target, target.arn, granted)

    def _as_user(self, actor: Actor, target: Actor, doubts: list[CannotJudge]) -> Iterator[tuple[Method, _Allowed]]:
        for method in (methods.CREATE_ACCESS_KEY, methods.CREATE_LOGIN_PROFILE, methods.UPDATE_LOGIN_PROFILE):
            action = f"iam:{method.name}"
            if actor.mentions(action):
                granted = self._all(actor, ((action, target.arn, self._about(target)),), doubts)
                if granted:
                    yield method, granted

    def _as_role(self, actor: Actor, target: Actor, doubts: list[CannotJudge]) -> Iterator[tuple[Method, _Allowed]]:
        assumed = self._assumes(actor, target, target.trust, doubts)
        if assumed:
            yield methods.ASSUME_ROLE, assumed
        if actor.mentions("iam:UpdateAssumeRolePolicy"):
            asked = (("iam:UpdateAssumeRolePolicy", target.arn, self._about(target)),)
            rewritten = self._all(actor, asked, doubts)
            if rewritten and (after := self._assumes(actor, target, _trusting(actor), doubts)):
                yield methods.UPDATE_ASSUME_ROLE_POLICY, _both(rewritten, after)
        if actor.mentions("iam:PassRole"):
            for way in PASS_ROLE:
                granted = self._passes(actor, target, way, doubts)
                if granted:
                    yield way.method, granted
        yield from self._takes_over(actor, target, doubts)

    def _assumes(self, actor: Actor, target: Actor, trust: Policy | None, doubts: list[CannotJudge]) -> _Allowed | None:
        for chosen in _chosen_by_caller(trust):
            found = self._ask(actor, "sts:AssumeRole", target.arn, chosen, trust, doubts)
            if found:
                return self._told(actor, (f"sts:AssumeRole on {target.arn}",), [found])
        return None

    def _passes(self, actor: Actor, target: Actor, way: PassRole, doubts: list[CannotJudge]) -> _Allowed | None:
        if not _trusts_service(target, way.service, self.base, doubts):
            return None
        if any(not any(actor.mentions(action) for action in choices) for choices in way.needs):
            return None
        pass_role = ("iam:PassRole", target.arn, {"iam:PassedToService": way.service, **self._about(target)})
        granted = self._all(actor, (pass_role,), doubts)
        if granted and way.wants_instance_profile and not target.has_instance_profile:
            profile = f"arn:aws:iam::{self.account.account}:instance-profile/any"
            asked: list[Asked] = [
                (f"iam:{verb}", profile, {}) for verb in ("CreateInstanceProfile", "AddRoleToInstanceProfile")
            ]
            made = self._all(actor, asked, doubts)
            granted = _both(granted, made) if made else None
        for choices in way.needs if granted else ():
            done = next((found for action in choices if (found := self._may_create(actor, action, doubts))), None)
            granted = _both(granted, done) if granted and done else None
        return granted

    def _may_create(self, actor: Actor, action: str, doubts: list[CannotJudge]) -> _Allowed | None:
        """Whether the request is allowed on some resources that the caller may choose."""
        if not actor.mentions(action):
            return None
        decisions, asked = [], []
        for tries in resources_asked(action, actor.identity, self.account.account):
            for arn in tries:
                found = self._ask(actor, action, arn, doubts=doubts)
                if found:
                    decisions.append(found)
                    asked.append(f"{action} on {arn}")
                    break
            else:
                return None
        return self._told(actor, tuple(asked), decisions)

    def _takes_over(self, actor: Actor, target: Actor, doubts: list[CannotJudge]) -> Iterator[tuple[Method, _Allowed]]:
        for workload in self.workloads:
            if workload.role != target.arn:
                continue
            for way in TAKE_OVER:
                if way.service == workload.service:
                    for action in way.actions:
                        asked: list[Asked] = [(action, workload.arn, {})]
                        asked += [(action, GIVEN["ssm:document"], {})] if action == "ssm:SendCommand" else []
                        granted = self._all(actor, asked, doubts)
                        if granted:
                            yield way.method, granted

    # one request

    def _all(self, actor: Actor, asked: Sequence[Asked], doubts: list[CannotJudge]) -> _Allowed | None:
        decisions = []
        for action, arn, extra in asked:
            found = self._ask(actor, action, arn, extra, doubts=doubts)
            if not found:
                return None
            decisions.append(found)
        return self._told(actor, tuple(f"{action} on {arn}" for action, arn, _ in asked), decisions)

    def _ask(
        self,
        actor: Actor,
        action: str,
        arn: str,
        extra: Mapping[str, Any] = MappingProxyType({}),
        resource: Policy | None = None,
        doubts: list[CannotJudge] | None = None,
    ) -> Decision | None:
        """The decision if it allows; a doubt is noted and counts as no."""
        context = {**actor.context(self.base), **extra}
        try:
            decision = decide(
                Request(actor.caller, action, arn, self.account.account, context),
                actor.policies(self.scps, resource),
            )
        except CannotJudge as doubt:
            if doubts is not None:
                doubts.append(doubt)
            return None
        return decision if decision.allowed else None

    def _told(self, actor: Actor, requests: tuple[str, ...], decisions: Sequence[Decision]) -> _Allowed:
        statements = dict.fromkeys(
            (_source(actor, here), here.policy, here.level, here.policy_index, here.index)
            for decision in decisions
            for here in decision.statements
        )
        by_place = {
            (_source(actor, here), here.policy, here.level, here.policy_index, here.index): here
            for decision in decisions
            for here in decision.statements
        }
        return _Allowed(requests, tuple((place[0], by_place[place]) for place in statements))

    def _step(
        self,
        method: Method,
        one: _Controlled,
        other: _Controlled | None,
        after: Actor,
        target: str,
        granted: _Allowed,
    ) -> _Controlled:
        step = Step(method, one.actor.arn, target, granted.requests, granted.statements)
        before = list(one.steps)
        before += [earlier for earlier in (other.steps if other else ()) if earlier not in before]
        return _Controlled(after, (*before, step))

    def _about(self, target: Actor) -> dict[str, str]:
        """The condition keys that tell of the principal which a request changes: its tags and its boundary."""
        found = {f"{prefix}:ResourceTag/{k}": v for k, v in target.tags.items() for prefix in ("aws", "iam")}
        return found | ({"iam:PermissionsBoundary": target.boundary_arn} if target.boundary_arn else {})


def _joined(target: Actor, group: Any) -> Actor:
    joined = replace(
        target,
        identity=(*target.identity, *group.identity),
        sources=(*target.sources, *group.sources),
        groups=(*target.groups, group.name),
        attached=target.attached | group.attached,
    )
    return replace(joined, changes=tuple(sorted({*target.changes, f"group {group.name}"})))


def _trusting(actor: Actor) -> Policy:
    """A trust policy that names this user or role and nobody else."""
    named = actor.caller.role_arn or actor.arn
    statement = {"Effect": "Allow", "Principal": {"AWS": named}, "Action": "sts:AssumeRole"}
    return Policy.read({"Version": "2012-10-17", "Statement": statement})


def _chosen_by_caller(trust: Policy | None) -> list[dict[str, str]]:
    """What the caller puts into AssumeRole itself: an external id or session name that the trust policy asks for.

    IAM User Guide, "Access to AWS accounts owned by third parties": the external id is no secret.
    """
    choices: list[dict[str, str]] = [{}]
    for statement in trust.statements if trust else ():
        wanted = {
            test.key: test.texts[0].replace("*", "a").replace("?", "a")
            for test in statement.conditions
            if test.key in ("sts:externalid", "sts:rolesessionname") and test.texts and not test.negated
        }
        if wanted and wanted not in choices and len(choices) < 8:
            choices.append(wanted)
    return choices


def _trusts_service(target: Actor, name: str, base: Mapping[str, Any], doubts: list[CannotJudge]) -> bool:
    """Whether the role's trust policy lets the service assume it on this account's behalf."""
    account = target.arn.split(":")[4]
    context = {**base, "aws:SourceAccount": account}
    try:
        request = Request(Principal.aws_service(name), "sts:AssumeRole", target.arn, account, context)
        return decide(request, Policies(resource=target.trust)).allowed
    except CannotJudge as doubt:
        doubts.append(doubt)
        return False


def _both(one: _Allowed, other: _Allowed) -> _Allowed:
    more = tuple(pair for pair in other.statements if pair not in one.statements)
    return _Allowed(one.requests + other.requests, one.statements + more)


def _source(actor: Actor, here: Deciding) -> str:
    if here.policy == "identity" and here.policy_index < len(actor.sources):
        return actor.sources[here.policy_index]
    return "trust policy" if here.policy == "resource" else here.policy


def _short(arn: str) -> str:
    """`user/jane` for a principal, the last component of any other ARN."""
    return arn.split(":", 5)[-1]
