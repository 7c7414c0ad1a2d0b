"""What Route 53 Resolver keeps for an account and region, and what its files share.

Sources: Amazon Route 53 API Reference, "Amazon Route 53 VPC Resolver"; Amazon Route 53 Developer Guide, "Quotas on
Route 53 VPC Resolver".
"""

from dataclasses import dataclass, field
from typing import Any

from hardenlab.semantics.iam import validate
from moto.ec2.models import ec2_backends

from ...extend import Call, Refusal, Service
from ...extend.call import hexadecimal

Things = dict[str, dict[str, Any]]


@dataclass
class Resolver:
    """Everything by its id (firewall configurations by their VPC, policies by ARN), in the members of AWS's answers."""

    domain_lists: Things = field(default_factory=dict)
    domains: dict[str, list[str]] = field(default_factory=dict)
    rule_groups: Things = field(default_factory=dict)
    rules: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    associations: Things = field(default_factory=dict)
    firewall_configs: Things = field(default_factory=dict)
    query_logs: Things = field(default_factory=dict)
    query_log_associations: Things = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)
    requests: dict[tuple[str, str], tuple[dict[str, Any], str]] = field(default_factory=dict)

    def tagged(self) -> tuple[Things, ...]:
        """The kinds of things that have an ARN."""
        return self.domain_lists, self.rule_groups, self.associations, self.query_logs


ResolverCall = Call[Resolver]
service = Service("route53resolver", state=Resolver, invalid_token="InvalidNextTokenException")  # noqa: S106 - an error code


def is_ours(call: ResolverCall, arn: str) -> bool:
    return any(thing["Arn"] == arn for things in call.state.tagged() for thing in things.values())


def new_thing(
    call: ResolverCall, things: Things, prefix: str, resource: str, members: dict[str, Any]
) -> dict[str, Any]:
    """Keep a new thing with id, ARN, the request's id and its tags."""
    call.tags.check(call.get("Tags"))
    id = f"{prefix}-{hexadecimal(17)}"
    arn = call.arn("route53resolver", f"{resource}/{id}")
    creator = call.input["CreatorRequestId"]
    things[id] = {"Id": id, "Arn": arn, **members, "CreatorRequestId": creator, "CreationTime": moment(call)}
    call.tags.put(arn, call.get("Tags"))
    call.state.requests[call.operation, creator] = dict(call.input), id
    return things[id]


def made_before(call: ResolverCall, things: Things, code: str) -> dict[str, Any] | None:
    """What an earlier call with the same CreatorRequestId made; refused if it asked for something else."""
    asked, id = call.state.requests.get((call.operation, call.input["CreatorRequestId"]), ({}, ""))
    if id not in things:
        return None
    if asked != call.input:
        raise Refusal(code, f"The CreatorRequestId {call.input['CreatorRequestId']} was used for another request.")
    return things[id]


def existing(things: Things, id: str, what: str) -> dict[str, Any]:
    if id not in things:
        raise Refusal("ResourceNotFoundException", f"The {what} with the ID '{id}' doesn't exist.")
    return things[id]


def by_arn(things: Things, arn: str, code: str) -> dict[str, Any]:
    found = next((thing for thing in things.values() if thing["Arn"] == arn), None)
    if found is None:
        raise Refusal(code, f"The resource with the ARN '{arn}' doesn't exist.")
    return found


def existing_vpc(call: ResolverCall, vpc: str, code: str = "ResourceNotFoundException") -> None:
    if vpc not in ec2_backends[call.account][call.region].vpcs:
        raise Refusal(code, f"The VPC with the ID '{vpc}' doesn't exist in {call.region}.")


def checked_policy(document: str, code: str) -> str:
    """A policy that shares a resource, as it came."""
    problems = validate(document, "resource")
    if problems:
        raise Refusal(code, f"The policy isn't valid: {problems[0]}")
    return document


def deleted(call: ResolverCall, things: Things, id: str, message: str) -> dict[str, Any]:
    """Forget a thing and what belongs to it; the answer shows it on its way out."""
    thing = things.pop(id)
    call.tags.forget(thing["Arn"])
    call.state.policies.pop(thing["Arn"], None)
    return thing | {"Status": "DELETING", "StatusMessage": message}


def moment(call: ResolverCall) -> str:
    return str(call.now.isoformat()) + "Z"
