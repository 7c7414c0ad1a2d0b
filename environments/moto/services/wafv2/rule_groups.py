"""Rule groups of the account, their sharing, and the capacity of rules."""

import json
from typing import Any

from ...extend import Refusal
from .statements import Owner, check_rules, check_visibility, labels_of
from .store import (
    WafCall,
    by_arn,
    drop,
    find,
    given,
    listed,
    make,
    nonexistent,
    refuse_while_referred,
    replace,
    scope_of,
    service,
    too_many,
    unlocked,
)

SETTINGS = ("Description", "Rules", "VisibilityConfig", "CustomResponseBodies")
NEEDED_ACTIONS = {"wafv2:createwebacl", "wafv2:updatewebacl", "wafv2:putfirewallmanagerrulegroups"}
ALLOWED_ACTIONS = NEEDED_ACTIONS | {"wafv2:getrulegroup"}


@service.operation
def check_capacity(call: WafCall) -> dict[str, Any]:
    """The capacity units that rules need, each counted as in a web ACL."""
    scope_of(call)
    return {"Capacity": check_rules(Owner(call.state, False, {}), call.input["Rules"])}


@service.operation
def create_rule_group(call: WafCall) -> dict[str, Any]:
    """Rules for several web ACLs, of a capacity that stays."""
    settings = _settings(call, call.input["Capacity"])
    return {"Summary": make(call, "rulegroup", settings).summary()}


@service.operation
def update_rule_group(call: WafCall) -> dict[str, Any]:
    """Replace the rules, within the group's capacity."""
    item = unlocked(call, "rulegroup")
    return replace(item, _settings(call, item.settings["Capacity"]))


def _settings(call: WafCall, capacity: int) -> dict[str, Any]:
    rules = call.get("Rules", [])
    used = check_rules(Owner(call.state, True, call.get("CustomResponseBodies", {})), rules)
    check_visibility(call.input["VisibilityConfig"])
    if used > capacity:
        raise too_many(f"the rules need {used} capacity units, the rule group has {capacity}")
    return given(call, SETTINGS) | {"Capacity": capacity, "Rules": rules}


@service.operation
def get_rule_group(call: WafCall) -> dict[str, Any]:
    """One rule group with its labels and its lock token."""
    item = find(call, "rulegroup")
    namespace = f"awswaf:{call.account}:rulegroup:{item.name}:"
    added, matched = labels_of(item.settings["Rules"])
    labels = {
        "LabelNamespace": namespace,
        "AvailableLabels": [{"Name": namespace + label} for label in added],
        "ConsumedLabels": [{"Name": label if label.startswith("awswaf:") else namespace + label} for label in matched],
    }
    return {"RuleGroup": item.detail() | labels, "LockToken": item.lock}


@service.operation
def list_rule_groups(call: WafCall) -> dict[str, Any]:
    """The rule groups of a scope."""
    return {"RuleGroups": listed(call, "rulegroup")}


@service.operation
def delete_rule_group(call: WafCall) -> None:
    """Forget a rule group that no web ACL refers to."""
    item = unlocked(call, "rulegroup")
    refuse_while_referred(call, item)
    call.state.policies.pop(item.arn, None)
    drop(call, item)


# ---- sharing with other accounts ----


@service.operation
def put_permission_policy(call: WafCall) -> None:
    """Share a rule group by a policy of the one form that AWS WAF takes."""
    arn = by_arn(call.state, "rulegroup", call.input["ResourceArn"]).arn
    _check_policy(call.input["Policy"])
    call.state.policies[arn] = call.input["Policy"]


@service.operation
def get_permission_policy(call: WafCall) -> dict[str, Any]:
    """The policy that shares a rule group."""
    return {"Policy": call.state.policies[_shared(call)]}


@service.operation
def delete_permission_policy(call: WafCall) -> None:
    """Share the rule group no more."""
    del call.state.policies[_shared(call)]


def _shared(call: WafCall) -> str:
    arn = by_arn(call.state, "rulegroup", call.input["ResourceArn"]).arn
    if arn not in call.state.policies:
        raise nonexistent()
    return arn


def _check_policy(text: str) -> None:
    def refuse(reason: str) -> Refusal:
        return Refusal("WAFInvalidPermissionPolicyException", f"The policy is not valid: {reason}")

    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise refuse("it is not JSON.") from None
    statements = document.get("Statement") if isinstance(document, dict) else None
    statements = [statements] if isinstance(statements, dict) else statements
    if not isinstance(statements, list) or document.get("Version") != "2012-10-17":
        raise refuse("it needs the version 2012-10-17 and a statement.")
    for statement in statements:
        if not isinstance(statement, dict) or "Principal" not in statement or statement.get("Effect") != "Allow":
            raise refuse("each statement needs a principal and the effect Allow.")
        if "Resource" in statement or "NotResource" in statement:
            raise refuse("a statement must not include a resource.")
        action = statement.get("Action", [])
        actions = {str(name).lower() for name in (action if isinstance(action, list) else [action])}
        if not NEEDED_ACTIONS <= actions <= ALLOWED_ACTIONS:
            raise refuse("the actions are wafv2:CreateWebACL, UpdateWebACL and PutFirewallManagerRuleGroups.")
