"""Resource policies, by which firewalls, policies and rule groups are shared.

Source: AWS Network Firewall API Reference, PutResourcePolicy, DescribeResourcePolicy, DeleteResourcePolicy.
"""

from hardenlab.semantics.iam import validate

from ...extend import Refusal
from .state import Members, NetworkFirewallCall, missing, service


@service.operation
def put_resource_policy(call: NetworkFirewallCall) -> None:
    """Share the resource with whom the policy names."""
    arn = _shareable(call)
    problems = validate(call.input["Policy"], "resource")
    if problems:
        raise Refusal("InvalidResourcePolicyException", f"The policy isn't valid: {problems[0]}")
    call.state.resource_policies[arn] = call.input["Policy"]


@service.operation
def describe_resource_policy(call: NetworkFirewallCall) -> Members:
    """The resource's policy."""
    return {"Policy": call.state.resource_policies[_with_policy(call)]}


@service.operation
def delete_resource_policy(call: NetworkFirewallCall) -> None:
    """Share the resource no more."""
    del call.state.resource_policies[_with_policy(call)]


def _shareable(call: NetworkFirewallCall) -> str:
    arn: str = call.input["ResourceArn"]
    if not any(arn in kind for kind in (call.state.firewalls, call.state.policies, call.state.rule_groups)):
        raise missing(arn)
    return arn


def _with_policy(call: NetworkFirewallCall) -> str:
    arn = _shareable(call)
    if arn not in call.state.resource_policies:
        raise missing(f"resource policy of {arn}")
    return arn
