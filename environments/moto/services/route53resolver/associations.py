"""Which rule groups of DNS Firewall filter a VPC's queries, in which order.

Sources: Amazon Route 53 API Reference, AssociateFirewallRuleGroup, UpdateFirewallRuleGroupAssociation,
DisassociateFirewallRuleGroup; Amazon Route 53 Developer Guide, "Quotas on Route 53 Resolver DNS Firewall".
"""

from typing import Any

from ...extend import Refusal
from .rule_groups import rule_group
from .state import ResolverCall, deleted, existing, existing_vpc, made_before, moment, new_thing, service

MAX_ASSOCIATIONS = 5  # of a VPC
RESERVED = 100, 9900  # and what lies beyond: Firewall Manager's
Association = dict[str, Any]


@service.operation
def associate_firewall_rule_group(call: ResolverCall) -> dict[str, Any]:
    """Filter a VPC's queries by the rule group."""
    associations = call.state.associations
    made = made_before(call, associations, "ValidationException")
    if made is None:
        group, vpc = rule_group(call)["Id"], call.input["VpcId"]
        existing_vpc(call, vpc)
        of_vpc = [one for one in associations.values() if one["VpcId"] == vpc]
        if any(one["FirewallRuleGroupId"] == group for one in of_vpc):
            raise Refusal("ConflictException", f"The rule group '{group}' is associated with '{vpc}' already.")
        if len(of_vpc) >= MAX_ASSOCIATIONS:
            raise Refusal("LimitExceededException", f"A VPC has at most {MAX_ASSOCIATIONS} rule groups.")
        members = {
            "FirewallRuleGroupId": group,
            "VpcId": vpc,
            "Name": call.input["Name"],
            "Priority": _priority(call.input["Priority"], of_vpc),
            "MutationProtection": call.get("MutationProtection", "DISABLED"),
            "Status": "COMPLETE",
            "StatusMessage": "Finished rule group association update",
            "ModificationTime": moment(call),
        }
        made = new_thing(call, associations, "rslvr-frgassoc", "firewall-rule-group-association", members)
    message = "Creating Firewall Rule Group Association"
    return {"FirewallRuleGroupAssociation": made | {"Status": "UPDATING", "StatusMessage": message}}


@service.operation
def get_firewall_rule_group_association(call: ResolverCall) -> dict[str, Any]:
    """One association."""
    return {"FirewallRuleGroupAssociation": _association(call)}


@service.operation
def list_firewall_rule_group_associations(call: ResolverCall) -> dict[str, Any]:
    """Associations, of one rule group, VPC, priority or status if asked."""
    found = list(call.state.associations.values())
    for name in ("FirewallRuleGroupId", "VpcId", "Priority", "Status"):
        found = [one for one in found if call.get(name) in (None, one[name])]
    return {"FirewallRuleGroupAssociations": found}


@service.operation
def update_firewall_rule_group_association(call: ResolverCall) -> dict[str, Any]:
    """Change priority, name or protection; a protected association gives up its protection first."""
    one = _association(call)
    if call.get("MutationProtection") != "DISABLED":
        _check_protection(one)
    if "Priority" in call.input:
        others = [other for other in call.state.associations.values() if other is not one]
        _priority(call.input["Priority"], [other for other in others if other["VpcId"] == one["VpcId"]])
    one |= {name: call.input[name] for name in ("Priority", "Name", "MutationProtection") if name in call.input}
    one["ModificationTime"] = moment(call)
    message = "Updating the Firewall Rule Group Association Attributes"
    return {"FirewallRuleGroupAssociation": one | {"Status": "UPDATING", "StatusMessage": message}}


@service.operation
def disassociate_firewall_rule_group(call: ResolverCall) -> dict[str, Any]:
    """Filter a VPC's queries by the rule group no more."""
    one = _association(call)
    _check_protection(one)
    message = "Deleting the Firewall Rule Group Association"
    return {"FirewallRuleGroupAssociation": deleted(call, call.state.associations, one["Id"], message)}


def _association(call: ResolverCall) -> Association:
    id = call.input["FirewallRuleGroupAssociationId"]
    return existing(call.state.associations, id, "rule group association")


def _check_protection(one: Association) -> None:
    if one["MutationProtection"] == "ENABLED":
        raise Refusal(
            "ValidationException",
            "[RSLVR-02307] The DNS Firewall rule group association is under mutation protection. "
            "Remove the mutation protection and try again.",
        )


def _priority(given: int, others: list[Association]) -> int:
    low, high = RESERVED
    if not low < given < high:
        raise Refusal(
            "ValidationException",
            "[RSLVR-00000] The priority value you provided is reserved. "
            f'Provide a number between "{low}" and "{high}".',
        )
    if any(other["Priority"] == given for other in others):
        raise Refusal("ConflictException", f"The VPC has a rule group with the priority {given} already.")
    return given
