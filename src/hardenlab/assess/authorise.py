"""May this IAM user or role session do this? The job behind the front's answer to every key but the learner's own.

The decision is the evaluator's (identity, resource, boundary, session and trust policies). Which resource a request
names is known for S3 and for AssumeRole; for other services a decision that would depend on it is not made: it is told.
"""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from hardenlab.assess.account import ClientFactory
from hardenlab.assess.read_buckets import read_bucket
from hardenlab.assess.read_principals import Rights, read_role, read_user
from hardenlab.assess.s3_permissions import SEVERAL_OBJECTS, permission
from hardenlab.semantics.iam import CannotJudge, Decision, Policies, Principal, Request, decide, principal_context

# where IAM's prefix is neither the service's name in botocore nor the one it signs with
PREFIXES = {"cloudwatch": "cloudwatch", "elbv2": "elasticloadbalancing", "sso-admin": "sso", "efs": "elasticfilesystem"}
# AWS answers these to every valid key, whatever its policies say
ALWAYS = frozenset(("sts:GetCallerIdentity",))


def judge_principal(clients: ClientFactory, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Decide one request. Arguments: `arn`, `session_policy`, `service`, `operation`, `bucket`, `key`, `address`."""
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
    context = principal_context(caller, unique_id=rights.unique_id, tags=rights.tags)
    context |= {"aws:SourceIp": arguments["address"], "aws:SecureTransport": "false"}
    context["aws:RequestedRegion"] = arguments["region"]
    session = [json.loads(arguments["session_policy"])] if arguments.get("session_policy") else []
    policies = Policies(identity=rights.identity, boundary=rights.boundary, session=session)
    if arguments["service"] == "s3" and arguments["bucket"]:
        return _decide_s3(clients, arguments, caller, policies, context)
    if "role" in arguments:
        return _decide_assume_role(clients, arguments, caller, policies, context)
    prefix = PREFIXES.get(arguments["service"], arguments["service"])
    name = permission(arguments["operation"]) if prefix == "s3" else f"{prefix}:{arguments['operation']}"
    return decide_without_resource(Request(caller, name, "*", arguments["account_id"], context), policies)


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
    with_bucket = Policies(
        identity=policies.identity, boundary=policies.boundary, session=policies.session, resource=bucket.policy
    )
    return decide(request, with_bucket)


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
    if len(parts) != 6 or parts[4] != arguments["account_id"] or not parts[5].startswith("role/"):
        raise CannotJudge(f"{role[:120]!r} is not the ARN of a role in the caller's own account")
    try:
        found = clients("iam", region_name=arguments["region"]).get_role(RoleName=parts[5].rsplit("/", 1)[-1])["Role"]
    except ClientError:
        found = None
    if found is None or found["Arn"] != role:
        return Decision("implicit-deny", f"there is no role {role[:200]}")
    asked = dict(context) | ({"sts:ExternalId": arguments["external_id"]} if arguments["external_id"] else {})
    with_trust = Policies(
        identity=policies.identity,
        boundary=policies.boundary,
        session=policies.session,
        resource=found["AssumeRolePolicyDocument"],
    )
    return decide(Request(caller, "sts:AssumeRole", role, arguments["account_id"], asked), with_trust)


def decide_without_resource(request: Request, policies: Policies) -> Decision:
    """Decide where the resource is not known: only when every resource would give the same answer.

    Allowing never shrinks when more Allow statements match, nor grows when more Deny statements match; so the best
    and the worst case bound all others.
    """
    best, worst = (decide(request, _assume(policies, optimistic)) for optimistic in (True, False))
    if best.allowed != worst.allowed:
        raise CannotJudge("its policies name resources, and which resource this request means is not known here")
    return worst


def _assume(policies: Policies, optimistic: bool) -> Policies:
    def all_of(documents: Any) -> list[Any]:
        return [_assumed(document, optimistic) for document in documents]

    boundary = _assumed(policies.boundary, optimistic) if policies.boundary is not None else None
    return Policies(identity=all_of(policies.identity), boundary=boundary, session=all_of(policies.session))


def _assumed(document: Any, optimistic: bool) -> dict[str, Any]:
    """The document with each statement that names resources taken to match, or not to match, as assumed."""
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    kept = []
    for statement in statements:
        scoped = "NotResource" in statement or "*" not in _listed(statement.get("Resource", "*"))
        if scoped and (statement["Effect"] == "Allow") is not optimistic:
            continue
        kept.append(
            {k: v for k, v in statement.items() if k != "NotResource"} | {"Resource": "*"} if scoped else statement
        )
    nothing = {"Effect": "Deny", "Action": "hardenlab:Nothing", "Resource": "*"}
    return {**document, "Statement": kept or [nothing]}


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
