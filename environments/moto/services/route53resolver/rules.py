"""Rules of DNS Firewall: what to do with queries for the domains of a list, or for what AWS takes for a threat.

Sources: Amazon Route 53 API Reference, CreateFirewallRule, UpdateFirewallRule, DeleteFirewallRule; Amazon Route 53
Developer Guide, "Rule settings in DNS Firewall", "Rule actions in DNS Firewall" and "Route 53 Resolver DNS Firewall
Advanced". Content and threat categories and partners' feeds (`FirewallRuleType`) are not offered: AWS documents
neither their names nor what they match.
"""

from collections.abc import Callable
from typing import Any

from hardenlab.semantics.dns_firewall.firewall import read_query_type
from hardenlab.semantics.reading import Field, Malformed

from ...extend import Refusal
from ...extend.call import hexadecimal
from .domain_lists import any_list
from .state import ResolverCall, existing, moment, service

MAX_RULES = 100  # of a rule group
OVERRIDE = ("BlockOverrideDomain", "BlockOverrideDnsType", "BlockOverrideTtl")
BLOCK = ("BlockResponse", *OVERRIDE)
CHANGING = (
    "Name", "Priority", "Action", "BlockResponse", *OVERRIDE, "FirewallDomainRedirectionAction", "ConfidenceThreshold",
)  # fmt: skip
CREATED = (*CHANGING, "FirewallRuleGroupId", "FirewallDomainListId", "Qtype", "DnsThreatProtection")
Rule = dict[str, Any]


@service.operation
def create_firewall_rule(call: ResolverCall) -> dict[str, Any]:
    """A new rule of a group."""
    return {"FirewallRule": _create(call, call.input)}


@service.operation
def update_firewall_rule(call: ResolverCall) -> dict[str, Any]:
    """Change a rule; what it matches stays."""
    return {"FirewallRule": _update(call, call.input)}


@service.operation
def delete_firewall_rule(call: ResolverCall) -> dict[str, Any]:
    """Take a rule from its group."""
    return {"FirewallRule": _delete(call, call.input)}


@service.operation
def list_firewall_rules(call: ResolverCall) -> dict[str, Any]:
    """The rules of a group in their order, of one priority or action if asked."""
    rules = _rules(call, call.input["FirewallRuleGroupId"])
    for name in ("Priority", "Action"):
        rules = [rule for rule in rules if call.get(name) in (None, rule[name])]
    return {"FirewallRules": sorted(rules, key=lambda rule: rule["Priority"])}


@service.operation
def batch_create_firewall_rule(call: ResolverCall) -> dict[str, Any]:
    """Several new rules; what is wrong with one does not stop the others."""
    made, errors = _each(call, call.input["CreateFirewallRuleEntries"], _create)
    return {"CreatedFirewallRules": made, "CreateErrors": errors}


@service.operation
def batch_update_firewall_rule(call: ResolverCall) -> dict[str, Any]:
    """Change several rules."""
    made, errors = _each(call, call.input["UpdateFirewallRuleEntries"], _update)
    return {"UpdatedFirewallRules": made, "UpdateErrors": errors}


@service.operation
def batch_delete_firewall_rule(call: ResolverCall) -> dict[str, Any]:
    """Delete several rules."""
    made, errors = _each(call, call.input["DeleteFirewallRuleEntries"], _delete)
    return {"DeletedFirewallRules": made, "DeleteErrors": errors}


def _each(
    call: ResolverCall, entries: list[Rule], act: Callable[[ResolverCall, Rule], Rule]
) -> tuple[list[Rule], list[dict[str, Any]]]:
    done, errors = [], []
    for entry in entries:
        try:
            done.append(act(call, entry))
        except Refusal as refusal:
            errors.append({"FirewallRule": entry, "Code": refusal.code, "Message": refusal.message})
    return done, errors


def _create(call: ResolverCall, given: Rule) -> Rule:
    group = given["FirewallRuleGroupId"]
    rules = _rules(call, group)
    _check_source(call, given)
    for rule in rules:
        if rule["CreatorRequestId"] == given["CreatorRequestId"] and _identity(rule) == _identity(given):
            return rule
    if "FirewallDomainListId" in given and any(_identity(rule) == _identity(given) for rule in rules):
        raise _invalid("The rule group has a rule for this domain list and query type already.")
    if len(rules) >= MAX_RULES:
        raise Refusal("LimitExceededException", f"A rule group has at most {MAX_RULES} rules.")
    rule = {name: given[name] for name in CREATED if name in given}
    if "DnsThreatProtection" in rule:
        rule["FirewallThreatProtectionId"] = f"rslvr-ftp-{hexadecimal(17)}"
    else:
        rule.setdefault("FirewallDomainRedirectionAction", "INSPECT_REDIRECTION_DOMAIN")
    now = moment(call)
    rule |= {"CreatorRequestId": given["CreatorRequestId"], "CreationTime": now, "ModificationTime": now}
    _check(rule, rules)
    rules.append(rule)
    call.state.rule_groups[group] |= {"RuleCount": len(rules), "ModificationTime": now}
    return rule


def _update(call: ResolverCall, given: Rule) -> Rule:
    rules = _rules(call, given["FirewallRuleGroupId"])
    rule = _named(call, rules, given)
    _check_kept(rule, given)
    changes = {name: given[name] for name in CHANGING if name in given}
    changed = rule | changes
    # settings of the former way to block go with it
    if changed["Action"] != "BLOCK":
        changed = {name: value for name, value in changed.items() if name not in BLOCK or name in changes}
    elif changed.get("BlockResponse") != "OVERRIDE":
        changed = {name: value for name, value in changed.items() if name not in OVERRIDE or name in changes}
    _check(changed, [other for other in rules if other is not rule])
    rule.clear()
    rule |= changed | {"ModificationTime": moment(call)}
    return rule


def _delete(call: ResolverCall, given: Rule) -> Rule:
    group = given["FirewallRuleGroupId"]
    rules = _rules(call, group)
    rule = _named(call, rules, given)
    rules.remove(rule)
    call.state.rule_groups[group] |= {"RuleCount": len(rules), "ModificationTime": moment(call)}
    return rule


def _rules(call: ResolverCall, group: str) -> list[Rule]:
    existing(call.state.rule_groups, group, "rule group")
    return call.state.rules[group]


def _identity(rule: Rule) -> tuple[str | None, ...]:
    return tuple(rule.get(name) for name in ("FirewallDomainListId", "DnsThreatProtection", "Qtype"))


def _named(call: ResolverCall, rules: list[Rule], given: Rule) -> Rule:
    """The rule that an update or a deletion means: by its list and query type, or by its threat protection."""
    sources = [name for name in ("FirewallDomainListId", "FirewallThreatProtectionId") if name in given]
    if len(sources) != 1:
        raise _invalid("Give either FirewallDomainListId or FirewallThreatProtectionId.")
    found = [rule for rule in rules if rule.get(sources[0]) == given[sources[0]]]
    if "Qtype" in given or len(found) > 1:
        found = [rule for rule in found if rule.get("Qtype") == given.get("Qtype")]
    if not found:
        raise Refusal("ResourceNotFoundException", "The rule group has no such rule.")
    return found[0]


def _check_source(call: ResolverCall, given: Rule) -> None:
    if "FirewallRuleType" in given:
        raise NotImplementedError("FirewallRuleType")
    sources = [name for name in ("FirewallDomainListId", "DnsThreatProtection") if name in given]
    if len(sources) != 1:
        raise _invalid("Give either FirewallDomainListId or DnsThreatProtection.")
    if "FirewallDomainListId" in given:
        any_list(call, given["FirewallDomainListId"])
        if "ConfidenceThreshold" in given:
            raise _invalid("ConfidenceThreshold is for DNS Firewall Advanced rules.")
    elif "ConfidenceThreshold" not in given:
        raise _invalid("A DNS Firewall Advanced rule needs a ConfidenceThreshold.")


def _check_kept(rule: Rule, given: Rule) -> None:
    if "FirewallRuleType" in given:
        raise NotImplementedError("FirewallRuleType")
    if given.get("DnsThreatProtection") not in (None, rule.get("DnsThreatProtection")):
        raise _invalid("What a rule matches can't be changed: create another rule.")
    if "ConfidenceThreshold" in given and "DnsThreatProtection" not in rule:
        raise _invalid("ConfidenceThreshold is for DNS Firewall Advanced rules.")


def _check(rule: Rule, others: list[Rule]) -> None:
    if rule["Priority"] < 1:
        raise _invalid("Priority must be a positive number.")
    if any(other["Priority"] == rule["Priority"] for other in others):
        raise _invalid(f"The priority {rule['Priority']} is used by another rule of the rule group.")
    if rule["Action"] == "ALLOW" and "DnsThreatProtection" in rule:
        raise _invalid("The action ALLOW isn't available for DNS Firewall Advanced rules.")
    if "Qtype" in rule:
        try:
            read_query_type(Field(rule["Qtype"], "Qtype"))
        except Malformed as error:
            raise _invalid(f"{error}") from None
    _check_response(rule)


def _check_response(rule: Rule) -> None:
    response = rule.get("BlockResponse")
    if rule["Action"] == "BLOCK" and response is None:
        raise _invalid("The action BLOCK needs a BlockResponse: NODATA, NXDOMAIN or OVERRIDE.")
    if rule["Action"] != "BLOCK" and any(name in rule for name in BLOCK):
        raise _invalid("BlockResponse and BlockOverride settings are for the action BLOCK.")
    lacking = [name for name in OVERRIDE if name not in rule]
    if response == "OVERRIDE" and lacking:
        raise _invalid(f"The BlockResponse OVERRIDE needs {', '.join(lacking)}.")
    if response != "OVERRIDE" and len(lacking) < len(OVERRIDE):
        raise _invalid("BlockOverride settings are for the BlockResponse OVERRIDE.")


def _invalid(message: str) -> Refusal:
    return Refusal("ValidationException", message)
