"""May this IAM user or role session do this? The job behind the front's answer to every key but the learner's own.

The decision is the evaluator's (identity, resource, boundary, session and trust policies, SCPs and RCPs). Which
resource a request names is known for S3, AssumeRole and what `request_resources` knows; elsewhere a decision that would
depend on it is not made: it is told.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from hardenlab.assess.account import ClientFactory
from hardenlab.assess.launch_resources import needed_for_launch
from hardenlab.assess.read_buckets import read_bucket
from hardenlab.assess.read_organization import read_trust
from hardenlab.assess.read_principals import Rights, read_role, read_user
from hardenlab.assess.read_resource_policy import READERS, read_resource_policy
from hardenlab.assess.request_resources import NAMES_WHAT_IT_CREATES, resources_of
from hardenlab.assess.s3_permissions import SEVERAL_OBJECTS, permission
from hardenlab.semantics.iam import CannotJudge, Decision, Policies, Principal, Request, decide, principal_context

# where IAM's prefix is neither the service's name in botocore nor the one it signs with
PREFIXES = {"cloudwatch": "cloudwatch", "elbv2": "elasticloadbalancing", "sso-admin": "sso", "efs": "elasticfilesystem"}
# AWS answers these to every valid key, whatever its policies say
ALWAYS = frozenset(("sts:GetCallerIdentity",))
# services whose resources carry policies; a role's is asked when it is assumed
CARRIERS = frozenset(READERS) - {"iam", "s3"}
# what AWS fills in from the resource or the request
REQUEST_KEYS = ("aws:resourcetag/", "aws:requesttag/", "aws:tagkeys", "aws:resourceaccount", "aws:resourceorg")

Unknown = Callable[[str], bool]  # whether the value of a condition key is unknown


def judge_principal(clients: ClientFactory, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Decide one request.

    Arguments: `arn`, `session_policy`, `service`, `operation`, `parameters`, `bucket`, `key`, `address`; `guardrails`
    of a member account (see `read_guardrails`); for AssumeRole `role`, `external_id`, and `trust` and `role_guardrails`
    when the role stands in another account of the attempt.
    """
    action = f"{arguments['service']}:{arguments['operation']}"
    if action in ALWAYS:
        return {"allowed": True}
    try:
        decision = _decide(clients, arguments)
    except CannotJudge as doubt:
        return _refused(
            501, "NotImplemented", f"The lab's account cannot judge {action} for {arguments['arn']}: {doubt}."
        )
    except ClientError as error:
        return _refused(403, "AccessDenied", f"{arguments['arn']} could not be looked up: {error}")
    if decision.allowed:
        return {"allowed": True}
    message = f"{arguments['arn']} is not authorized to perform: {action}. {decision.because}."
    return _refused(403, "UnauthorizedOperation" if arguments["service"] == "ec2" else "AccessDenied", message)


def _decide(clients: ClientFactory, arguments: Mapping[str, Any]) -> Decision:
    rights, caller = _caller(clients("iam", region_name=arguments["region"]), arguments["arn"])
    over = arguments.get("guardrails") or {
        "organization": _own_organization(clients, arguments),
        "scps": [],
        "rcps": [],
    }
    context = principal_context(caller, unique_id=rights.unique_id, tags=rights.tags, organization=over["organization"])
    context |= {"aws:SourceIp": arguments["address"], "aws:SecureTransport": "false"}
    context["aws:RequestedRegion"] = arguments["region"]
    session = [json.loads(arguments["session_policy"])] if arguments.get("session_policy") else []
    policies = Policies(
        identity=rights.identity, boundary=rights.boundary, session=session, scps=over["scps"], rcps=over["rcps"]
    )
    if arguments["service"] == "s3" and arguments["bucket"]:
        return _decide_s3(clients, arguments, caller, policies, context)
    if "role" in arguments:
        return _decide_assume_role(clients, arguments, caller, policies, context)
    prefix = PREFIXES.get(arguments["service"], arguments["service"])
    name = permission(arguments["operation"]) if prefix == "s3" else f"{prefix}:{arguments['operation']}"
    request = Request(caller, name, "*", arguments["account_id"], context)
    decision = _decide_named(clients, arguments, request, policies)
    refused = _decide_besides(clients, arguments, request, policies) if decision.allowed else None
    return refused or decision


def _decide_named(
    clients: ClientFactory, arguments: Mapping[str, Any], request: Request, policies: Policies
) -> Decision:
    """Decide without the resources that the request names where that is the same, else with them."""
    prefix = request.action.partition(":")[0]
    exists = not arguments["operation"].startswith("Create")
    if prefix in CARRIERS and exists:  # what carries a policy of its own is never decided without it
        return _decide_each(clients, arguments, request, policies)
    try:
        return decide_without_resource(request, policies)
    except CannotJudge:
        if not exists and prefix not in NAMES_WHAT_IT_CREATES:
            raise
        return _decide_each(clients, arguments, request, policies)


def _decide_besides(
    clients: ClientFactory, arguments: Mapping[str, Any], request: Request, policies: Policies
) -> Decision | None:
    """The first refusal among the further actions that a launch asks for (`iam:PassRole`, `ec2:CreateTags`)."""
    if request.action != "ec2:RunInstances":
        return None
    place = arguments["account_id"], arguments["region"], _in_its_region(clients, arguments)
    for action, arn, keys in needed_for_launch(_given(arguments), *place):
        asked = replace(request, action=action, resource=arn, context={**request.context, **keys})
        decision = _decide_between(asked, policies, False)
        if not decision.allowed:
            return replace(decision, because=f"it asks for {action} on {arn}: {decision.because}")
    return None


def _given(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    given: Mapping[str, Any] | None = arguments.get("parameters")
    if given is None:
        raise CannotJudge("its parameters cannot be read")
    return given


def _in_its_region(clients: ClientFactory, arguments: Mapping[str, Any]) -> Callable[[str], Any]:
    return lambda service: clients(service, region_name=arguments["region"])


def _decide_each(
    clients: ClientFactory, arguments: Mapping[str, Any], request: Request, policies: Policies
) -> Decision:
    """Every resource that the request names must be allowed."""
    given, client = _given(arguments), _in_its_region(clients, arguments)
    prefix = request.action.partition(":")[0]
    decision = Decision("implicit-deny", "the request names no resource")
    for arn in resources_of(request.action, given, arguments["account_id"], arguments["region"], client):
        beside = read_resource_policy(client, arn) if prefix in CARRIERS and arn != "*" else None
        account = arn.split(":")[4] if arn != "*" and arn.split(":")[4].isdigit() else arguments["account_id"]
        if account != arguments["account_id"]:
            raise CannotJudge(f"{arn[:120]!r} is in another account")
        decision = _decide_between(replace(request, resource=arn), replace(policies, resource=beside), False)
        if not decision.allowed:
            break
    return decision


def _own_organization(clients: ClientFactory, arguments: Mapping[str, Any]) -> str | None:
    try:
        organizations = clients("organizations", region_name=arguments["region"])
        return str(organizations.describe_organization()["Organization"]["Id"])
    except ClientError:
        return None


def _decide_s3(
    clients: ClientFactory,
    arguments: Mapping[str, Any],
    caller: Principal,
    policies: Policies,
    context: Mapping[str, Any],
) -> Decision:
    if arguments["operation"] in SEVERAL_OBJECTS:
        raise CannotJudge(f"{arguments['operation']} touches several objects")
    if arguments["operation"] == "CreateBucket":  # nothing stands there yet that would have a policy
        new = f"arn:aws:s3:::{arguments['bucket']}"
        return decide(Request(caller, "s3:CreateBucket", new, arguments["account_id"], context), policies)
    bucket = read_bucket(
        lambda service: clients(service, region_name=arguments["region"]), arguments["account_id"], arguments["bucket"]
    )
    request = Request(
        caller,
        permission(arguments["operation"]),
        bucket.arn(arguments["key"] or None),
        arguments["account_id"],
        context,
    )
    return decide(request, replace(policies, resource=bucket.policy))


def _decide_assume_role(
    clients: ClientFactory,
    arguments: Mapping[str, Any],
    caller: Principal,
    policies: Policies,
    context: Mapping[str, Any],
) -> Decision:
    """The caller's own policies and the role's trust policy together."""
    role: str = arguments["role"]
    parts = role.split(":", 5)
    if len(parts) != 6 or not parts[5].startswith("role/"):
        raise CannotJudge(f"{role[:120]!r} is not the ARN of a role")
    if parts[4] == arguments["account_id"]:
        trust = read_trust(clients, arguments)["trust"]
    elif (arguments.get("role_guardrails") or {}).get("organization") is None:
        raise CannotJudge(f"{role[:120]!r} is in an account that is not part of the lab")
    else:
        trust = arguments["trust"]
        policies = replace(policies, rcps=arguments["role_guardrails"]["rcps"])
    if trust is None:
        return Decision("implicit-deny", f"there is no role {role[:200]}")
    asked = dict(context) | ({"sts:ExternalId": arguments["external_id"]} if arguments["external_id"] else {})
    return decide(Request(caller, "sts:AssumeRole", role, parts[4], asked), replace(policies, resource=trust))


def decide_without_resource(request: Request, policies: Policies) -> Decision:
    """Decide where the resource is not known: only when every resource would give the same answer."""
    return _decide_between(request, policies, True)


def _decide_between(request: Request, policies: Policies, any_resource: bool) -> Decision:
    """Decide where the resource (when `any_resource`) or something of it or of the request is not known.

    Allowing never shrinks when more Allow statements match, nor grows when more Deny statements match; so the best
    and the worst case bound all others.
    """
    filled_in = (*REQUEST_KEYS, f"{request.action.partition(':')[0]}:")
    given = {key.lower() for key in request.context}

    def unknown(key: str) -> bool:
        return key.lower().startswith(filled_in) and key.lower() not in given

    best, worst = (decide(request, _assume(policies, kind, unknown, any_resource)) for kind in (True, False))
    if best.allowed != worst.allowed:
        if any_resource:
            raise CannotJudge("its policies name resources, and which resource this request means is not known here")
        raise CannotJudge("its policies ask for something of the resource or the request that is not known here")
    return worst


def _assume(policies: Policies, optimistic: bool, unknown: Unknown, any_resource: bool) -> Policies:
    def all_of(documents: Any) -> list[Any]:
        return [_assumed(document, optimistic, unknown, any_resource) for document in documents]

    return replace(
        policies,
        identity=all_of(policies.identity),
        boundary=all_of([policies.boundary])[0] if policies.boundary is not None else None,
        resource=all_of([policies.resource])[0] if policies.resource is not None else None,
        session=all_of(policies.session),
        scps=[all_of(level) for level in policies.scps],
        rcps=[all_of(level) for level in policies.rcps],
    )


def _assumed(document: Any, optimistic: bool, unknown: Unknown, any_resource: bool) -> dict[str, Any]:
    """The document with each statement that asks for something unknown taken to match, or not to match, as assumed."""
    kept = []
    for statement in _listed(document["Statement"]):
        scoped = any_resource and ("NotResource" in statement or "*" not in _listed(statement.get("Resource", "*")))
        condition = _known_conditions(statement.get("Condition") or {}, unknown)
        open_question = scoped or condition != (statement.get("Condition") or {})
        if open_question and (statement["Effect"] == "Allow") is not optimistic:
            continue
        known = {key: value for key, value in statement.items() if key != "Condition"}
        if condition:
            known["Condition"] = condition
        if scoped:
            known = {key: value for key, value in known.items() if key != "NotResource"} | {"Resource": "*"}
        kept.append(known)
    nothing = {"Effect": "Deny", "Action": "hardenlab:Nothing", "Resource": "*"}
    if any("Principal" in statement or "NotPrincipal" in statement for statement in _listed(document["Statement"])):
        nothing |= {"Principal": "*"}
    return {**document, "Statement": kept or [nothing]}


def _known_conditions(condition: Mapping[str, Any], unknown: Unknown) -> dict[str, Any]:
    """The conditions without the keys that AWS fills in from the resource or the request, which are not known here."""
    kept = {
        operator: {key: value for key, value in keys.items() if not unknown(key)}
        for operator, keys in condition.items()
    }
    return {operator: keys for operator, keys in kept.items() if keys}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _caller(iam: Any, arn: str) -> tuple[Rights, Principal]:
    kind, _, name = arn.split(":", 5)[5].partition("/")
    if kind == "user":
        return read_user(iam, name.rsplit("/", 1)[-1]), Principal.user(arn)
    if kind == "assumed-role":
        return read_role(iam, name.split("/")[0]), Principal.role_session(arn)
    raise CannotJudge(f"a caller of the kind '{kind}' is not evaluated")


def _refused(status: int, code: str, message: str) -> dict[str, Any]:
    return {"allowed": False, "status": status, "code": code, "message": message[:1000]}
