"""Rule groups, stateless and stateful: what a firewall policy is made of.

Sources: AWS Network Firewall API Reference, CreateRuleGroup, UpdateRuleGroup, StatelessRule, StatefulRule,
RulesSourceList; AWS Network Firewall Developer Guide, "Setting rule group capacity in AWS Network Firewall", "Stateful
domain list rule groups", "AWS managed domain lists".
"""

import re
from math import prod

from ...extend import Refusal
from ...extend.call import unique
from .state import (
    Members,
    NetworkFirewallCall,
    Resource,
    check_room,
    check_token,
    checked_encryption,
    invalid,
    missing,
    named,
    new_token,
    references,
    service,
    tagged,
)  # fmt: skip
from .suricata import (
    BadRule,
    Rule,
    Variables,
    check_address,
    check_options,
    check_port,
    check_sids,
    is_range,
    read_rules,
    variables_of,
)  # fmt: skip

MAX_GROUPS = 50  # of each type
MAX_CAPACITY = 30_000
OFFERED = ("STATELESS", "STATEFUL")
SOURCES = {"STATELESS": ("StatelessRulesAndCustomActions",),
           "STATEFUL": ("RulesString", "RulesSourceList", "StatefulRules")}  # fmt: skip
STATELESS_ACTIONS = ("aws:pass", "aws:drop", "aws:forward_to_sfe")
MATCHES = ("Sources", "Destinations", "SourcePorts", "DestinationPorts", "Protocols", "TCPFlags")
DOMAIN = re.compile(r"\.?(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62}(?:\.[A-Za-z0-9_-]{1,63})*)")
MANAGED_LISTS = ("AbusedLegitMalwareDomains", "MalwareDomains", "AbusedLegitBotNetCommandAndControlDomains",
                 "BotNetCommandAndControlDomains")  # fmt: skip
MANAGED_ORDERS = {"ActionOrder": "DEFAULT_ACTION_ORDER", "StrictOrder": "STRICT_ORDER"}
MANAGED_CAPACITY = 200


@service.operation
def create_rule_group(call: NetworkFirewallCall) -> Members:
    """A new rule group; with DryRun only what it would be."""
    kind, groups = call.input["Type"], call.state.rule_groups
    _check_offered(call)
    if not 1 <= call.input["Capacity"] <= MAX_CAPACITY:
        raise invalid(f"Capacity must be a number from 1 to {MAX_CAPACITY}.")
    body, used = _body(call, None)
    if used > call.input["Capacity"]:
        raise invalid(f"{'StatefulRules' if kind == 'STATEFUL' else 'StatelessRules'} capacity exceeded, "
                      f"parameter: [{call.input['Capacity']}], required: [{used}]")  # fmt: skip
    arn = call.arn("network-firewall", f"{kind.lower()}-rulegroup/{call.input['RuleGroupName']}")
    check_room(call, sum(one.about["Type"] == kind for one in groups.values()), MAX_GROUPS, arn, groups)
    about = {"RuleGroupId": unique(), "Type": kind, "Capacity": call.input["Capacity"]}
    group = Resource(call.input["RuleGroupName"], arn, {}, about, "")
    _put(call, group, body, used)
    if not call.get("DryRun"):
        groups[arn] = group
        call.tags.put(arn, call.get("Tags"))
    return {"UpdateToken": group.token, "RuleGroupResponse": response(call, group)}


@service.operation
def update_rule_group(call: NetworkFirewallCall) -> Members:
    """Other rules within the same capacity, order of evaluation and type."""
    _check_offered(call)
    group = rule_group(call)
    check_token(call.input["UpdateToken"], group.token)
    body, used = _body(call, group)
    if order_of(body) != order_of(group.body):
        raise invalid(f"parameter is invalid, parameter: [{order_of(body)}]")
    if used > group.about["Capacity"]:
        raise invalid(f"The rules need a capacity of {used}; the rule group's is {group.about['Capacity']}.")
    if call.get("DryRun"):
        group = Resource(group.name, group.arn, group.body, dict(group.about), group.token)
    _put(call, group, body, used)
    return {"UpdateToken": group.token, "RuleGroupResponse": response(call, group)}


@service.operation
def describe_rule_group(call: NetworkFirewallCall) -> Members:
    """The rules and what is said of them."""
    if call.get("AnalyzeRuleGroup") or call.get("RuleOutputFormat"):
        raise NotImplementedError("AnalyzeRuleGroup")
    group = rule_group(call)
    return {"UpdateToken": group.token, "RuleGroup": group.body, "RuleGroupResponse": response(call, group)}


@service.operation
def describe_rule_group_metadata(call: NetworkFirewallCall) -> Members:
    """What is said of the rules, also of a managed group."""
    managed = _managed(call)
    given = managed.get(call.get("RuleGroupArn", ""))
    group = given or rule_group(call)
    answer = {
        "RuleGroupArn": group.arn,
        "RuleGroupName": group.name,
        "Type": group.about["Type"],
        "Capacity": group.about["Capacity"],
    }
    if group.about["Type"] == "STATEFUL":
        answer["StatefulRuleOptions"] = {"RuleOrder": order_of(group.body)}
    for name in ("Description", "LastModifiedTime"):
        if name in group.about:
            answer[name] = group.about[name]
    return answer


@service.operation
def describe_rule_group_summary(call: NetworkFirewallCall) -> Members:
    """Ids, messages and metadata of the rules of a rules string, as the group was told to give them."""
    group = rule_group(call)
    wanted = group.about.get("SummaryConfiguration", {}).get("RuleOptions", [])
    text = group.body["RulesSource"].get("RulesString", "")
    rules = read_rules(text, variables_of(group.body), strict=False) if wanted else []
    members = {"SID": "sid", "MSG": "msg", "METADATA": "metadata"}
    shown = {"SID": "SID", "MSG": "Msg", "METADATA": "Metadata"}
    summaries = [
        {shown[one]: value.strip('"') for one in wanted if (value := rule.first(members[one]))} for rule in rules
    ]
    answer = {"RuleGroupName": group.name, "Summary": {"RuleSummaries": summaries}}
    return answer | {name: group.about[name] for name in ("Description",) if name in group.about}


@service.operation
def delete_rule_group(call: NetworkFirewallCall) -> Members:
    """Forget a rule group that no firewall policy uses."""
    group = rule_group(call)
    if _users(call, group.arn):
        raise Refusal("InvalidOperationException", f"The rule group {group.name} is in use by a firewall policy.")
    answer = response(call, group) | {"RuleGroupStatus": "DELETING"}
    del call.state.rule_groups[group.arn]
    call.state.resource_policies.pop(group.arn, None)
    call.tags.forget(group.arn)
    return {"RuleGroupResponse": answer}


@service.operation
def list_rule_groups(call: NetworkFirewallCall) -> Members:
    """The account's rule groups, or AWS's domain lists."""
    managed = call.get("Scope") == "MANAGED" or "ManagedType" in call.input
    groups = _managed(call) if managed else call.state.rule_groups
    if call.get("ManagedType", "AWS_MANAGED_DOMAIN_LISTS") != "AWS_MANAGED_DOMAIN_LISTS":
        groups = {}
    found = [one for one in groups.values() if call.get("Type") in (None, one.about["Type"])]
    return {"RuleGroups": [{"Name": one.name, "Arn": one.arn} for one in found]}


def rule_group(call: NetworkFirewallCall) -> Resource:
    """The rule group that the call names; by its name only together with its type."""
    if call.get("RuleGroupArn") is None and call.get("Type") is None:
        raise invalid("You must specify RuleGroupArn, or RuleGroupName and Type.")
    kind = call.get("Type")
    groups = {arn: one for arn, one in call.state.rule_groups.items() if kind in (None, one.about["Type"])}
    found: Resource = named(call, groups, "RuleGroup")
    return found


def any_group(call: NetworkFirewallCall, arn: str) -> Resource:
    """A rule group of this account, or one that AWS manages."""
    found = call.state.rule_groups.get(arn) or _managed(call).get(arn)
    if found is None:
        raise missing(arn)
    return found


def is_managed(arn: str) -> bool:
    return ":aws-managed:" in arn


def order_of(body: Members) -> str:
    """The order in which stateful rules are evaluated."""
    return str((body.get("StatefulRuleOptions") or {}).get("RuleOrder", "DEFAULT_ACTION_ORDER"))


def response(call: NetworkFirewallCall, group: Resource) -> Members:
    answer = {
        "RuleGroupArn": group.arn,
        "RuleGroupName": group.name,
        "RuleGroupStatus": "ACTIVE",
        "NumberOfAssociations": _users(call, group.arn),
        **group.about,
    }
    return tagged(call, group.arn, answer)


def check_actions(given: list[str], custom: set[str], where: str) -> None:
    """One of the standard actions, and custom ones that are defined."""
    standard = [one for one in given if one in STATELESS_ACTIONS]
    if len(standard) != 1:
        raise invalid(f"{where}: give exactly one of {', '.join(STATELESS_ACTIONS)}, parameter: {given}")
    for one in given:
        if one not in STATELESS_ACTIONS and one not in custom:
            raise invalid(f"{where}: the custom action {one} isn't defined, parameter: [{one}]")


def custom_actions(given: list[Members]) -> set[str]:
    names = [one["ActionName"] for one in given]
    if len(set(names)) < len(names):
        raise invalid("Each custom action needs a name of its own.")
    if any("PublishMetricAction" not in one["ActionDefinition"] for one in given):
        raise invalid("A custom action needs a PublishMetricAction.")
    return set(names)


def _check_offered(call: NetworkFirewallCall) -> None:
    later = ("FirewallRuleGroup", "IpsRuleGroup")
    if call.get("Type", "STATEFUL") not in OFFERED or any(name in call.input for name in later):
        raise NotImplementedError("rule groups of Next Generation policies")
    if call.get("AnalyzeRuleGroup"):
        raise NotImplementedError("AnalyzeRuleGroup")


def _users(call: NetworkFirewallCall, arn: str) -> int:
    policies = call.state.policies.values()
    return sum(any(one["ResourceArn"] == arn for one in references(policy.body)) for policy in policies)


def _put(call: NetworkFirewallCall, group: Resource, body: Members, used: int) -> None:
    group.body, group.token = body, new_token()
    group.about |= {
        "ConsumedCapacity": used,
        "EncryptionConfiguration": checked_encryption(call),
        "LastModifiedTime": call.now,
    }
    for name in ("Description", "SourceMetadata", "SummaryConfiguration"):
        if name in call.input:
            group.about[name] = call.input[name]


def _body(call: NetworkFirewallCall, group: Resource | None) -> tuple[Members, int]:
    """The rule group that the call describes, checked, and the units of capacity that its rules use."""
    if ("Rules" in call.input) == ("RuleGroup" in call.input):
        raise invalid("You must provide either Rules or RuleGroup, but not both.")
    kind = group.about["Type"] if group else call.input["Type"]
    if "Rules" in call.input:
        body: Members = {"RulesSource": {"RulesString": call.input["Rules"]}}
    else:
        body = call.input["RuleGroup"]
    given = list(body["RulesSource"])
    if len(given) != 1 or given[0] not in SOURCES[kind]:
        raise invalid(f"RulesSource of a {kind} rule group needs exactly one of {', '.join(SOURCES[kind])}.")
    try:
        _check_variables(body)
        return body, _check_stateless(body) if kind == "STATELESS" else _check_stateful(body)
    except BadRule as error:
        raise invalid(f"rule is invalid, reason: {error}, RulesSource.{given[0]}") from None


def _check_variables(body: Members) -> None:
    variables = variables_of(body)
    sets = body.get("RuleVariables") or {}
    for ip_set in (sets.get("IPSets") or {}).values():
        for address in ip_set["Definition"]:
            check_address(address, variables)
    for port_set in (sets.get("PortSets") or {}).values():
        for port in port_set.get("Definition") or []:
            check_port(port, variables)
    for name, reference in ((body.get("ReferenceSets") or {}).get("IPSetReferences") or {}).items():
        if not re.match(r"arn:aws:(ec2|resource-groups):", reference.get("ReferenceArn") or ""):
            raise BadRule(f"the IP set reference {name} must name a prefix list or a resource group")


def _check_stateless(body: Members) -> int:
    if body.get("StatefulRuleOptions") or body.get("RuleVariables"):
        raise invalid("StatefulRuleOptions and RuleVariables are for stateful rule groups.")
    source = body["RulesSource"]["StatelessRulesAndCustomActions"]
    custom = custom_actions(source.get("CustomActions") or [])
    priorities: set[int] = set()
    for rule in source["StatelessRules"]:
        if rule["Priority"] in priorities:
            raise invalid(f"Each stateless rule needs a priority of its own, parameter: [{rule['Priority']}]")
        priorities.add(rule["Priority"])
        check_actions(rule["RuleDefinition"]["Actions"], custom, "StatelessRules")
        _check_match(rule["RuleDefinition"]["MatchAttributes"])
    matches = [rule["RuleDefinition"]["MatchAttributes"] for rule in source["StatelessRules"]]
    return sum(prod(max(1, len(match.get(name) or [])) for name in MATCHES) for match in matches)


def _check_match(match: Members) -> None:
    for name in ("Sources", "Destinations"):
        for one in match.get(name) or []:
            if not is_range(one["AddressDefinition"]):
                raise invalid(f"{name}: an address or range is invalid, parameter: [{one['AddressDefinition']}]")
    for name in ("SourcePorts", "DestinationPorts"):
        for one in match.get(name) or []:
            if one["FromPort"] > one["ToPort"]:
                raise invalid(f"{name}: FromPort must be less than or equal to ToPort.")
    for one in match.get("TCPFlags") or []:
        if one.get("Masks") and not set(one["Flags"]) <= set(one["Masks"]):
            raise invalid("TCPFlags: Flags can name only what Masks names.")


def _check_stateful(body: Members) -> int:
    source, variables, strict = body["RulesSource"], variables_of(body), order_of(body) == "STRICT_ORDER"
    if "RulesSourceList" in source:
        return _check_domains(source["RulesSourceList"])
    if "StatefulRules" in source:
        rules = [_stateful_rule(rule, variables, strict) for rule in source["StatefulRules"]]
        check_sids(rules)
    else:
        rules = read_rules(source["RulesString"], variables, strict)
    if not rules:
        raise BadRule("there is no rule")
    return len(rules)


def _stateful_rule(rule: Members, variables: Variables, strict: bool) -> Rule:
    header = rule["Header"]
    for name in ("Source", "Destination"):
        check_address(header[name], variables)
    for name in ("SourcePort", "DestinationPort"):
        check_port(header[name], variables)
    options = [(one["Keyword"], ",".join(one.get("Settings") or []) or None) for one in rule["RuleOptions"]]
    # the keyword may hold the value: {"Keyword": "sid:1"}
    split = [name.partition(":") if value is None else (name, ":", value) for name, value in options]
    return check_options(tuple((name, value.strip() or None) for name, _, value in split), strict)


def _check_domains(source: Members) -> int:
    if not source["Targets"] or not source["TargetTypes"]:
        raise BadRule("a domain list needs Targets and TargetTypes")
    if len(set(source["TargetTypes"])) < len(source["TargetTypes"]):
        raise BadRule("TargetTypes names a protocol twice")
    if "AWS_ROUTE_53_RESOLVED_DOMAIN" in source["TargetTypes"]:
        raise NotImplementedError("AWS_ROUTE_53_RESOLVED_DOMAIN")
    for target in source["Targets"]:
        if not DOMAIN.fullmatch(target):
            raise BadRule(f"{target[:60]!r} isn't a domain; write example.com, or .example.com with its subdomains")
    # a rule for each domain and protocol, and for each protocol one that decides on the rest
    return (len(source["Targets"]) + 1) * len(source["TargetTypes"])


def _managed(call: NetworkFirewallCall) -> dict[str, Resource]:
    """AWS's domain lists; their domains can't be viewed."""
    groups = {}
    for name in MANAGED_LISTS:
        for suffix, order in MANAGED_ORDERS.items():
            arn = f"arn:aws:network-firewall:{call.region}:aws-managed:stateful-rulegroup/{name}{suffix}"
            about = {"Type": "STATEFUL", "Capacity": MANAGED_CAPACITY}
            groups[arn] = Resource(f"{name}{suffix}", arn, {"StatefulRuleOptions": {"RuleOrder": order}}, about, "")
    return groups
