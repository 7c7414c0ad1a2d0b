"""The policy simulator, answered by the evaluator that also decides every call of an account.

Sources: IAM API Reference, "SimulatePrincipalPolicy", "SimulateCustomPolicy" and "GetContextKeysForPrincipalPolicy".
"""

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hardenlab.semantics.iam import CannotJudge, Decision, Policies, Policy, Principal, Request, decide, validate
from hardenlab.semantics.iam.source import context_keys, statement_keys, statement_places

from ...extend import Call, Refusal
from ._rights import Attached, Entity, entity, service_control_policies
from ._service import service

KINDS = {"allow": "allowed", "explicit-deny": "explicitDeny", "implicit-deny": "implicitDeny"}
EVERYTHING = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
MAX_CASES = 1000  # actions times resources: each is a decision
MANY = ("stringList", "numericList", "booleanList", "ipList", "binaryList", "dateList")


@dataclass(frozen=True)
class _Case:
    """Who is simulated, under which policies."""

    caller: Principal
    policies: tuple[Attached, ...]
    boundary: Attached | None
    resource: str | None
    levels: Sequence[Sequence[str]]
    context: Mapping[str, Any]
    owner: str | None

    def documents(self) -> Iterator[tuple[str, int, Attached]]:
        yield from (("identity", index, policy) for index, policy in enumerate(self.policies))
        if self.boundary is not None:
            yield "boundary", 0, self.boundary
        if self.resource is not None:
            yield "resource", 0, Attached(self.resource, "ResourcePolicy", "resource")


@service.operation
def simulate_principal_policy(call: Call[Any]) -> dict[str, Any]:
    """What a user, group or role of the account may do, policy inputs added and exclusions left out."""
    found = entity(call.backend, call.input["PolicySourceArn"])
    excluded = call.get("PolicyExclusionList") or []
    kept = tuple(policy for policy in found.policies if not any(_excludes(item, policy) for item in excluded))
    boundary = None if any(item.get("PolicyType") == "permission-boundary" for item in excluded) else found.boundary
    no_scps = any(item.get("PolicyType") == "scp" for item in excluded)
    case = _Case(
        _caller(call, found),
        (*kept, *_inputs(call)),
        _boundary_input(call) or boundary,
        _resource_policy(call),
        [] if no_scps else service_control_policies(call.account),
        _context(call),
        call.get("ResourceOwner"),
    )
    return {"EvaluationResults": list(_results(call, case)), "IsTruncated": False}


@service.operation
def simulate_custom_policy(call: Call[Any]) -> dict[str, Any]:
    """What the policies of the request would allow to whoever had them."""
    if call.get("ResourcePolicy") and not call.get("CallerArn"):
        raise Refusal("InvalidInput", "CallerArn is required when a ResourcePolicy is given.")
    case = _Case(
        _caller(call, None), _inputs(call), _boundary_input(call), _resource_policy(call), [], _context(call),
        call.get("ResourceOwner"),
    )  # fmt: skip
    return {"EvaluationResults": list(_results(call, case)), "IsTruncated": False}


@service.operation
def get_context_keys_for_custom_policy(call: Call[Any]) -> dict[str, Any]:
    """The condition keys that the policies of the request name."""
    return {"ContextKeyNames": _keys_of(policy.text for policy in _inputs(call))}


@service.operation
def get_context_keys_for_principal_policy(call: Call[Any]) -> dict[str, Any]:
    """The condition keys that the policies of a user, group or role name."""
    found = entity(call.backend, call.input["PolicySourceArn"])
    return {"ContextKeyNames": _keys_of(policy.text for policy in (*found.policies, *_inputs(call)))}


def _keys_of(texts: Iterator[str]) -> list[str]:
    found: dict[str, str] = {}
    for text in texts:
        for key in context_keys(text):
            found.setdefault(key.lower(), key)
    return list(found.values())


# ---- the request ----


def _inputs(call: Call[Any]) -> tuple[Attached, ...]:
    texts = call.get("PolicyInputList") or []
    for number, text in enumerate(texts, 1):
        _check(text, "identity", f"PolicyInputList.{number}")
    return tuple(Attached(text, f"PolicyInputList.{number}", "none") for number, text in enumerate(texts, 1))


def _boundary_input(call: Call[Any]) -> Attached | None:
    texts = call.get("PermissionsBoundaryPolicyInputList") or []
    if len(texts) > 1:
        raise Refusal("InvalidInput", "Only one permissions boundary can be given.")
    if not texts:
        return None
    _check(texts[0], "boundary", "PermissionsBoundaryPolicyInputList.1")
    return Attached(texts[0], "PermissionsBoundaryPolicyInputList.1", "none")


def _resource_policy(call: Call[Any]) -> str | None:
    text: str | None = call.get("ResourcePolicy")
    if text is not None:
        _check(text, "resource", "ResourcePolicy")
    return text


def _check(text: str, kind: Any, where: str) -> None:
    problems = validate(text, kind)
    if problems:
        raise Refusal("InvalidInput", f"{where} is not a policy that AWS takes: {problems[0]}."[:500])


def _caller(call: Call[Any], found: Entity | None) -> Principal:
    named = call.get("CallerArn")
    if named is not None:
        if ":user/" not in named:
            raise Refusal("InvalidInput", "CallerArn must be the ARN of an IAM user.")
        return Principal.user(named)
    if found is None:
        return Principal.user(f"arn:aws:iam::{call.account}:user/simulated")
    if found.kind != "user" and call.get("ResourcePolicy"):
        raise Refusal("InvalidInput", "CallerArn is required: a ResourcePolicy is given and the source is no user.")
    return found.principal(call.account)


def _context(call: Call[Any]) -> dict[str, Any]:
    context: dict[str, Any] = {}
    for entry in call.get("ContextEntries") or []:
        name, values = entry.get("ContextKeyName"), entry.get("ContextKeyValues") or []
        if not name or ":" not in name:
            raise Refusal("InvalidInput", f"Invalid context key name: {str(name)[:100]}")
        many = entry.get("ContextKeyType") in MANY
        if not many and len(values) > 1:
            raise Refusal("InvalidInput", f"The context key {name} has several values and its type takes one.")
        context[name] = list(values) if many else (values[0] if values else None)
    return context


def _excludes(item: Mapping[str, Any], policy: Attached) -> bool:
    """Whether one entry of the exclusion list leaves this policy out."""
    inline = item.get("InlinePolicyIdentifier")
    if inline:
        name = f"{inline['AttachmentType']}_{policy.owner}_{inline['PolicyName']}"
        of_it = fnmatch.fnmatchcase(policy.owner, inline["AttachmentName"].replace("[", "[[]"))
        return policy.is_inline and policy.kind == inline["AttachmentType"] and of_it and policy.name == name
    if item.get("PolicyArn"):
        return fnmatch.fnmatchcase(policy.arn or "", item["PolicyArn"].replace("[", "[[]"))
    return bool(item.get("PolicyType") == ("inline" if policy.is_inline else policy.kind))


# ---- the answer ----


def _results(call: Call[Any], case: _Case) -> Iterator[dict[str, Any]]:
    actions, resources = call.input["ActionNames"], call.get("ResourceArns") or ["*"]
    if len(actions) * len(resources) > MAX_CASES:
        raise Refusal("InvalidInput", f"A simulation decides at most {MAX_CASES} pairs of action and resource.")
    for action in actions:
        if action.count(":") != 1 or set(action) & {"*", "?"} or not all(action.split(":")):
            raise Refusal("InvalidInput", f"Invalid action name: {action[:120]}")
        for resource in resources:
            try:
                yield _result(call, case, action, resource)
            except CannotJudge as doubt:
                raise Refusal("PolicyEvaluation", f"{action} on {resource} cannot be evaluated: {doubt}") from doubt


def _result(call: Call[Any], case: _Case, action: str, resource: str) -> dict[str, Any]:
    owner = case.owner or (resource.split(":")[4] if resource.count(":") >= 5 else "") or call.account
    request = Request(case.caller, action, resource, owner.split(":")[4] if ":" in owner else owner, case.context)
    policies = Policies(
        identity=[policy.text for policy in case.policies],
        boundary=case.boundary.text if case.boundary else None,
        resource=case.resource,
        scps=case.levels,
    )
    decision = decide(request, policies)
    answer: dict[str, Any] = {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": KINDS[decision.kind],
        "MatchedStatements": list(_matched(case, decision)),
        "MissingContextValues": _missing(case, action),
    }
    if case.levels:
        within = decide(request, Policies(identity=[EVERYTHING], scps=case.levels)).allowed
        answer["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": within}
    if case.boundary is not None:
        plain = replace(request, resource_account=case.caller.account)
        within = decide(plain, Policies(identity=[EVERYTHING], boundary=case.boundary.text)).allowed
        answer["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": within}
    return answer


def _matched(case: _Case, decision: Decision) -> Iterator[dict[str, Any]]:
    documents = {(kind, index): policy for kind, index, policy in case.documents()}
    for deciding in decision.statements:
        policy = documents.get((deciding.policy, deciding.policy_index))
        if policy is None:
            continue
        start, end = statement_places(policy.text)[deciding.index]
        yield {
            "SourcePolicyId": policy.name,
            "SourcePolicyType": policy.kind,
            "StartPosition": {"Line": start.line, "Column": start.column},
            "EndPosition": {"Line": end.line, "Column": end.column},
        }


def _missing(case: _Case, action: str) -> list[str]:
    """Keys that statements on this action ask for and the request does not give."""
    given = {key.lower() for key in case.context}
    found: dict[str, str] = {}
    for _, _, policy in case.documents():
        for statement in Policy.read(policy.text).statements:
            if statement.covers_action(action.lower()):
                for key in statement_keys(statement.source):
                    if key.lower() not in given:
                        found.setdefault(key.lower(), key)
    return list(found.values())
