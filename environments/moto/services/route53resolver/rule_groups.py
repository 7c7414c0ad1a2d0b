"""Rule groups of DNS Firewall, and the policies that share them.

Sources: Amazon Route 53 API Reference, CreateFirewallRuleGroup, DeleteFirewallRuleGroup, PutFirewallRuleGroupPolicy.
"""

from typing import Any

from ...extend import Refusal
from .state import ResolverCall, by_arn, checked_policy, deleted, existing, made_before, moment, new_thing, service

MAX_GROUPS = 1000
METADATA = ("Id", "Arn", "Name", "OwnerId", "CreatorRequestId", "ShareStatus")


@service.operation
def create_firewall_rule_group(call: ResolverCall) -> dict[str, Any]:
    """A new rule group, without rules."""
    groups = call.state.rule_groups
    made = made_before(call, groups, "ValidationException")
    if made is None:
        if len(groups) >= MAX_GROUPS:
            raise Refusal("LimitExceededException", f"An account has at most {MAX_GROUPS} rule groups in a Region.")
        members = {
            "Name": call.input["Name"],
            "RuleCount": 0,
            "Status": "COMPLETE",
            "StatusMessage": "Created Firewall Rule Group",
            "OwnerId": call.account,
            "ShareStatus": "NOT_SHARED",
            "ModificationTime": moment(call),
        }
        made = new_thing(call, groups, "rslvr-frg", "firewall-rule-group", members)
        call.state.rules[made["Id"]] = []
    return {"FirewallRuleGroup": made}


@service.operation
def get_firewall_rule_group(call: ResolverCall) -> dict[str, Any]:
    """One rule group, without its rules."""
    return {"FirewallRuleGroup": rule_group(call)}


@service.operation
def list_firewall_rule_groups(call: ResolverCall) -> dict[str, Any]:
    """The account's rule groups, in short."""
    groups = call.state.rule_groups.values()
    return {"FirewallRuleGroups": [{name: group[name] for name in METADATA} for group in groups]}


@service.operation
def delete_firewall_rule_group(call: ResolverCall) -> dict[str, Any]:
    """Forget a rule group that has no rules and that no VPC uses."""
    id = rule_group(call)["Id"]
    if any(one["FirewallRuleGroupId"] == id for one in call.state.associations.values()):
        raise Refusal("ConflictException", f"The rule group '{id}' is associated with a VPC: disassociate it first.")
    if call.state.rules[id]:
        raise Refusal("ConflictException", f"The rule group '{id}' has rules: delete them first.")
    del call.state.rules[id]
    return {"FirewallRuleGroup": deleted(call, call.state.rule_groups, id, "Deleting Firewall Rule Group")}


@service.operation
def put_firewall_rule_group_policy(call: ResolverCall) -> dict[str, Any]:
    """Share the rule group with whom the policy names."""
    group = by_arn(call.state.rule_groups, call.input["Arn"], "ResourceNotFoundException")
    call.state.policies[group["Arn"]] = checked_policy(call.input["FirewallRuleGroupPolicy"], "ValidationException")
    group["ShareStatus"] = "SHARED_BY_ME"
    return {"ReturnValue": True}


@service.operation
def get_firewall_rule_group_policy(call: ResolverCall) -> dict[str, Any]:
    """The policy that shares the rule group."""
    arn = by_arn(call.state.rule_groups, call.input["Arn"], "ResourceNotFoundException")["Arn"]
    if arn not in call.state.policies:
        raise Refusal("ResourceNotFoundException", f"The rule group '{arn}' has no policy.")
    return {"FirewallRuleGroupPolicy": call.state.policies[arn]}


def rule_group(call: ResolverCall) -> dict[str, Any]:
    return existing(call.state.rule_groups, call.input["FirewallRuleGroupId"], "rule group")
