"""Firewall policies: which rule groups inspect traffic, and what becomes of the rest.

Sources: AWS Network Firewall API Reference, CreateFirewallPolicy, FirewallPolicy, StatefulRuleGroupReference; AWS
Network Firewall Developer Guide, "Strict evaluation order", "AWS Network Firewall quotas".
"""

from typing import Any

from ...extend import Refusal
from ...extend.call import unique
from .rule_groups import any_group, check_actions, custom_actions, is_managed, order_of
from .state import (
    Members,
    NetworkFirewallCall,
    Resource,
    check_room,
    check_token,
    checked_encryption,
    invalid,
    named,
    new_token,
    service,
    tagged,
    users_of_policy,
)  # fmt: skip
from .suricata import BadRule, Variables, check_address

MAX_POLICIES = 20
MAX_GROUPS = 20  # of each type
MAX_CAPACITY = 30_000  # of each type
STRICT_DEFAULTS = (
    "aws:drop_strict", "aws:drop_established", "aws:drop_established_app_layer",
    "aws:drop_established_app_layer_to_server", "aws:alert_strict", "aws:alert_established",
    "aws:alert_established_app_layer", "aws:alert_established_app_layer_to_server",
)  # fmt: skip
TIMEOUT = 60, 6000  # seconds


@service.operation
def create_firewall_policy(call: NetworkFirewallCall) -> Members:
    """A new firewall policy; with DryRun only what it would be."""
    policies, name = call.state.policies, call.input["FirewallPolicyName"]
    body = _checked(call)
    arn = call.arn("network-firewall", f"firewall-policy/{name}")
    check_room(call, len(policies), MAX_POLICIES, arn, policies)
    policy = Resource(name, arn, {}, {"FirewallPolicyId": unique()}, "")
    _put(call, policy, body)
    if not call.get("DryRun"):
        policies[arn] = policy
        call.tags.put(arn, call.get("Tags"))
    return {"UpdateToken": policy.token, "FirewallPolicyResponse": _response(call, policy)}


@service.operation
def update_firewall_policy(call: NetworkFirewallCall) -> Members:
    """Another policy in place of this one; its order of evaluation stays."""
    policy: Resource = named(call, call.state.policies, "FirewallPolicy")
    check_token(call.input["UpdateToken"], policy.token)
    body = _checked(call)
    if _order(body) != _order(policy.body):
        raise invalid(f"parameter is invalid, the rule order can't be changed, parameter: [{_order(body)}]")
    if call.get("DryRun"):
        policy = Resource(policy.name, policy.arn, policy.body, dict(policy.about), policy.token)
    _put(call, policy, body)
    return {"UpdateToken": policy.token, "FirewallPolicyResponse": _response(call, policy)}


@service.operation
def describe_firewall_policy(call: NetworkFirewallCall) -> Members:
    """The policy and what is said of it."""
    policy: Resource = named(call, call.state.policies, "FirewallPolicy")
    return {
        "UpdateToken": policy.token,
        "FirewallPolicyResponse": _response(call, policy),
        "FirewallPolicy": policy.body,
    }


@service.operation
def list_firewall_policies(call: NetworkFirewallCall) -> Members:
    """The account's policies, in short."""
    policies = call.state.policies.values()
    return {"FirewallPolicies": [{"Name": policy.name, "Arn": policy.arn} for policy in policies]}


@service.operation
def delete_firewall_policy(call: NetworkFirewallCall) -> Members:
    """Forget a policy that no firewall uses."""
    policy: Resource = named(call, call.state.policies, "FirewallPolicy")
    if any(users_of_policy(call, policy.arn)):
        raise Refusal("InvalidOperationException", f"The firewall policy {policy.name} is in use by a firewall.")
    answer = _response(call, policy) | {"FirewallPolicyStatus": "DELETING"}
    del call.state.policies[policy.arn]
    call.state.resource_policies.pop(policy.arn, None)
    call.tags.forget(policy.arn)
    return {"FirewallPolicyResponse": answer}


def _put(call: NetworkFirewallCall, policy: Resource, body: Members) -> None:
    policy.body, policy.token = body, new_token()
    policy.about |= {"EncryptionConfiguration": checked_encryption(call), "LastModifiedTime": call.now}
    if "Description" in call.input:
        policy.about["Description"] = call.input["Description"]


def _response(call: NetworkFirewallCall, policy: Resource) -> Members:
    answer = {
        "FirewallPolicyName": policy.name,
        "FirewallPolicyArn": policy.arn,
        "FirewallPolicyStatus": "ACTIVE",
        "ConsumedStatelessRuleCapacity": _reserved(call, policy.body, "Stateless"),
        "ConsumedStatefulRuleCapacity": _reserved(call, policy.body, "Stateful"),
        "NumberOfAssociations": len(list(users_of_policy(call, policy.arn))),
        **policy.about,
    }
    return tagged(call, policy.arn, answer)


def _reserved(call: NetworkFirewallCall, body: Members, kind: str) -> int:
    groups = [any_group(call, one["ResourceArn"]) for one in body.get(f"{kind}RuleGroupReferences") or []]
    return sum(group.about["Capacity"] for group in groups)


def _order(body: Members) -> str:
    return str((body.get("StatefulEngineOptions") or {}).get("RuleOrder", "DEFAULT_ACTION_ORDER"))


def _checked(call: NetworkFirewallCall) -> Members:
    body: Members = call.input["FirewallPolicy"]
    if "Route53ResolvedIPValidation" in body:
        raise NotImplementedError("Route53ResolvedIPValidation")
    custom = custom_actions(body.get("StatelessCustomActions") or [])
    for name in ("StatelessDefaultActions", "StatelessFragmentDefaultActions"):
        check_actions(body[name], custom, name)
    _check_engine(body)
    for kind in ("Stateless", "Stateful"):
        _check_references(call, body, kind)
        if _reserved(call, body, kind) > MAX_CAPACITY:
            raise Refusal("LimitExceededException", f"A policy has at most {MAX_CAPACITY} units of {kind} capacity.")
    tls = body.get("TLSInspectionConfigurationArn")
    if tls is not None and tls not in call.state.tls:
        raise invalid(f"TLS inspection configuration not found, parameter: [{tls}]")
    for ip_set in ((body.get("PolicyVariables") or {}).get("RuleVariables") or {}).values():
        for address in ip_set["Definition"]:
            try:
                check_address(address, Variables())
            except BadRule as error:
                raise invalid(f"PolicyVariables: {error}") from None
    return body


def _check_engine(body: Members) -> None:
    given = body.get("StatefulDefaultActions") or []
    if given and _order(body) != "STRICT_ORDER":
        raise invalid(f"StatefulDefaultActions are for the rule order STRICT_ORDER, parameter: {given}")
    for one in given:
        if one not in STRICT_DEFAULTS:
            raise invalid(f"StatefulDefaultActions: an action is invalid, parameter: [{one}]")
    for verb in ("drop", "alert"):
        if sum(one.startswith(f"aws:{verb}_") for one in given) > 1:
            raise invalid(f"StatefulDefaultActions can have one {verb} action, parameter: {given}")
    timeouts = (body.get("StatefulEngineOptions") or {}).get("FlowTimeouts") or {}
    low, high = TIMEOUT
    if not low <= timeouts.get("TcpIdleTimeoutSeconds", low) <= high:
        raise invalid(f"TcpIdleTimeoutSeconds must be a number from {low} to {high}.")


def _check_references(call: NetworkFirewallCall, body: Members, kind: str) -> None:
    given: list[dict[str, Any]] = body.get(f"{kind}RuleGroupReferences") or []
    if len(given) > MAX_GROUPS:
        raise Refusal("LimitExceededException", f"A policy has at most {MAX_GROUPS} {kind} rule groups.")
    if len({one["ResourceArn"] for one in given}) < len(given):
        raise invalid(f"{kind}RuleGroupReferences name a rule group twice.")
    strict = _order(body) == "STRICT_ORDER"
    for number, one in enumerate(given):
        where = f"StatefulRuleGroupReferences[{number}]"
        try:
            group = any_group(call, one["ResourceArn"])
        except Refusal:
            raise invalid(f"rule group not found, parameter: [{one['ResourceArn']}]") from None
        if group.about["Type"] != kind.upper():
            raise invalid(f"{kind}RuleGroupReferences: the rule group's type is {group.about['Type']}, "
                          f"parameter: [{group.arn}]")  # fmt: skip
        if kind == "Stateful":
            if order_of(group.body) != _order(body):
                raise invalid(f"parameter is invalid, parameter: [{order_of(group.body)}]")
            if not strict and "Priority" in one:
                priority = one["Priority"]
                context = f"context: {where}[Priority={priority}]"
                raise invalid(f"Priority cannot be provided, parameter: [{priority}], {context}")
            if strict and "Priority" not in one:
                raise invalid(f"Priority must be provided, context: {where}")
            if "Override" in one and not is_managed(group.arn):
                raise invalid("Override is for managed rule groups.")
    priorities = [one["Priority"] for one in given if "Priority" in one]
    if len(set(priorities)) < len(priorities):
        raise invalid(f"{kind}RuleGroupReferences: each needs a priority of its own, parameter: {priorities}")
