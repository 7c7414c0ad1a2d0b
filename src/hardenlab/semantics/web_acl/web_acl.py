"""A web ACL and the rule groups and sets that it refers to, read from the documents of the AWS WAF API.

AWS WAF API Reference, WebACL, Rule, RuleGroup, IPSet and RegexPatternSet; AWS WAF Developer Guide, "AWS WAF web ACL
rules" and "Labels in AWS WAF".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from hardenlab.semantics.reading import Document, Field, Malformed, listed, shown
from hardenlab.semantics.regular import Searcher
from hardenlab.semantics.unjudged import Unjudged
from hardenlab.semantics.web_acl.read_statements import (
    GROUPS,
    Capacity,
    Reader,
    Sets,
    arn_of,
    kind_of_statement,
    networks,
    regular,
)
from hardenlab.semantics.web_acl.statements import Network, Statement

Action = Literal["ALLOW", "BLOCK", "COUNT", "CAPTCHA", "CHALLENGE"]
ACTIONS: dict[str, Action] = {
    "Allow": "ALLOW",
    "Block": "BLOCK",
    "Count": "COUNT",
    "Captcha": "CAPTCHA",
    "Challenge": "CHALLENGE",
}
NAME = re.compile(r"[\w-]{1,128}", re.ASCII)
METRIC = re.compile(r"[\w#:./-]{1,255}", re.ASCII)
LABEL = re.compile(r"[0-9A-Za-z_-]{1,128}(?::[0-9A-Za-z_-]{1,128}){0,5}")
RESERVED = ("awswaf", "aws", "waf", "managed", "rulegroup", "webacl", "regexpatternset", "ipset")
MAX_RULES = 500
MAX_SETS = 100
MAX_LABELS = 100
DOCUMENTS = ("WebACL", "IPSets", "RegexPatternSets", "RuleGroups")
RULE = (
    "Name", "Priority", "Statement", "Action", "OverrideAction", "RuleLabels", "VisibilityConfig", "CaptchaConfig",
    "ChallengeConfig",
)  # fmt: skip
BODY_LIMITS = {f"KB_{kilobytes}": kilobytes * 1024 for kilobytes in (16, 32, 48, 64)}


@dataclass(frozen=True, slots=True)
class ManagedGroup:
    """A managed rule group: AWS and vendors do not publish what its rules look for."""

    name: str
    scope: Statement | None
    possible: frozenset[Action]
    """What its rules may do to a request, apart from letting it pass."""


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """The rules of a rule group."""

    name: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule; a group that is overridden to count has the action COUNT and one that is not has none."""

    name: str
    priority: int
    action: Action | None
    statement: Statement | ManagedGroup | RuleGroup
    labels: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f'rule "{self.name}"'


@dataclass(frozen=True, slots=True)
class WebAcl:
    """The rules of a web ACL in the order of evaluation; make one with `WebAcl.read`."""

    name: str
    default: Action
    rules: tuple[Rule, ...]
    limits: dict[str, int] = field(default_factory=dict)
    """The bytes of a body that are inspected, by resource, where the web ACL says more than the default."""

    @staticmethod
    def read(document: Document) -> WebAcl:
        """Read a mapping or JSON of `WebACL` and of the `IPSets`, `RegexPatternSets` and `RuleGroups` it refers to.

        They are as GetWebACL, GetIPSet, GetRegexPatternSet and GetRuleGroup answer them. A SearchString is bytes, or a
        text that stands for itself. Raises `Malformed` for what AWS WAF would refuse, with the place, and `Unjudged`
        for what cannot be judged here whatever the request.
        """
        root = Field.of(document, "the documents")
        root.object(DOCUMENTS)
        sets = Sets(dict(_ip_sets(root)), dict(_pattern_sets(root)))
        groups = dict(_groups(root, sets))
        acl = root["WebACL"]
        name = _name(acl)
        default = acl["DefaultAction"]
        chosen = _one(default, ("Allow", "Block"))
        _visibility(acl)
        context = f"awswaf:{_account(acl)}:webacl:{name}:"
        return WebAcl(name, ACTIONS[chosen], _rules(acl, sets, context, groups), dict(_limits(acl)))


def _rules(field: Field, sets: Sets, context: str, groups: dict[str, RuleGroup] | None) -> tuple[Rule, ...]:
    """The rules by priority; `groups` is None inside a rule group, which takes no other."""
    found: dict[int, Rule] = {}
    names: set[str] = set()
    capacity = Capacity()
    for item in field.each("Rules", 0, MAX_RULES):
        rule = _rule(item, sets, context, groups, capacity)
        if rule.priority in found:
            item["Priority"].refuse(f"{rule.priority} is used twice; give each rule its own")
        if rule.name in names:
            item["Name"].refuse(f"{shown(rule.name)} is used twice; give each rule its own")
        names.add(rule.name)
        found[rule.priority] = rule
    return tuple(rule for _, rule in sorted(found.items()))


def _rule(item: Field, sets: Sets, context: str, groups: dict[str, RuleGroup] | None, capacity: Capacity) -> Rule:
    item.object(RULE)
    name, statement = _name(item), item["Statement"]
    priority = item["Priority"].integer(0, 2**31 - 1)
    kind = kind_of_statement(statement)
    _visibility(item)
    reader = Reader(sets, context, name, capacity)
    if kind not in GROUPS:
        if item.get("OverrideAction"):
            item["OverrideAction"].refuse("belongs to rules that reference a rule group; write Action")
        labels = tuple(context + label for label in _labels(item))
        return Rule(name, priority, ACTIONS[_action(item["Action"])], reader.statement(statement), labels)
    if groups is None:
        statement.refuse(f"has a {kind}, which a rule group does not take; put it in the web ACL")
    if item.get("Action") or item.get("RuleLabels"):
        item.refuse("references a rule group and takes OverrideAction instead of Action, and no RuleLabels")
    counted: Action | None = "COUNT" if _one(item["OverrideAction"], ("None", "Count")) == "Count" else None
    inner = statement[kind]
    if kind == "ManagedRuleGroupStatement":
        return Rule(name, priority, counted, _managed(inner, reader))
    arn = arn_of(inner)
    if arn not in groups:
        inner["ARN"].refuse(f"names {shown(arn)}, which is not in RuleGroups")
    return Rule(name, priority, counted, _overridden(groups[arn], inner))


def _overridden(group: RuleGroup, field: Field) -> RuleGroup:
    """The group with the actions of its rules overridden."""
    actions = dict(_overrides(field))
    known = {rule.name for rule in group.rules}
    for name in actions:
        if name not in known:
            field.refuse(f"overrides {shown(name)}, which is no rule of the rule group {shown(group.name)}")
    rules = (Rule(r.name, r.priority, actions.get(r.name, r.action), r.statement, r.labels) for r in group.rules)
    return RuleGroup(group.name, tuple(rules))


def _overrides(field: Field) -> Iterator[tuple[str, Action]]:
    for item in field.each("ExcludedRules", 0, 100):
        yield item["Name"].text(1, 128), "COUNT"
    for item in field.each("RuleActionOverrides", 0, 100):
        yield item["Name"].text(1, 128), ACTIONS[_action(item["ActionToUse"])]


def _managed(field: Field, reader: Reader) -> ManagedGroup:
    vendor, name = field["VendorName"].text(1, 128), field["Name"].text(1, 128)
    scope = field.get("ScopeDownStatement")
    possible: set[Action] = {"BLOCK"}
    if vendor != "AWS" or not name.startswith("AWSManagedRules"):
        possible |= {"ALLOW", "CAPTCHA", "CHALLENGE"}
    elif any(word in name for word in ("Bot", "ATP", "ACFP", "DDoS")):
        possible |= {"CAPTCHA", "CHALLENGE"}
    possible |= {action for _, action in _overrides(field)}
    told = f"{vendor} {name}"
    return ManagedGroup(told, reader.statement(scope, depth=1) if scope else None, frozenset(possible - {"COUNT"}))


def _ip_sets(root: Field) -> Iterator[tuple[str, tuple[str, tuple[Network, ...]]]]:
    for item in root.each("IPSets", 0, MAX_SETS):
        yield arn_of(item), (_name(item), networks(item))


def _pattern_sets(root: Field) -> Iterator[tuple[str, tuple[str, tuple[tuple[str, Searcher], ...]]]]:
    for item in root.each("RegexPatternSets", 0, MAX_SETS):
        strings = [one["RegexString"] for one in item.each("RegularExpressionList", 1, 10)]
        yield arn_of(item), (_name(item), tuple((one.text(1, 512), regular(one)) for one in strings))


def _groups(root: Field, sets: Sets) -> Iterator[tuple[str, RuleGroup]]:
    for item in root.each("RuleGroups", 0, MAX_SETS):
        name = _name(item)
        context = f"awswaf:{_account(item)}:rulegroup:{name}:"
        yield arn_of(item), RuleGroup(name, _rules(item, sets, context, None))


def _limits(acl: Field) -> Iterator[tuple[str, int]]:
    config = acl.get("AssociationConfig")
    bodies = config.get("RequestBody") if config else None
    if bodies:
        for resource in bodies.object():
            yield resource, BODY_LIMITS[bodies[resource]["DefaultSizeInspectionLimit"].choice(*BODY_LIMITS)]


def _labels(item: Field) -> Iterator[str]:
    for label in item.each("RuleLabels", 0, MAX_LABELS):
        text = label["Name"].text(1, 1024)
        if not LABEL.fullmatch(text):
            label["Name"].refuse(
                f"{shown(text)} is not a label; write up to five namespaces and a name, as in ns1:name"
            )
        reserved = next((part for part in text.split(":") if part in RESERVED), None)
        if reserved:
            label["Name"].refuse(f"has the reserved word {reserved}; write another")
        yield text


def _action(field: Field) -> str:
    if isinstance(field.value, dict) and field.value.get("Monetize") is not None:
        raise Unjudged("the action Monetize cannot be judged here")
    return _one(field, tuple(ACTIONS))


def _one(field: Field, known: Iterable[str]) -> str:
    names = [name for name in field.object(tuple(known)) if field.object()[name] is not None]
    if len(names) != 1:
        field.refuse(f"needs exactly one of {listed(tuple(known), 'or')}")
    return names[0]


def _name(item: Field) -> str:
    text = item["Name"].text(1, 128)
    if not NAME.fullmatch(text):
        item["Name"].refuse("takes letters, digits, - and _")
    return text


def _visibility(item: Field) -> None:
    config = item["VisibilityConfig"]
    config.object({"SampledRequestsEnabled", "CloudWatchMetricsEnabled", "MetricName"})
    config["SampledRequestsEnabled"].flag()
    config["CloudWatchMetricsEnabled"].flag()
    if not METRIC.fullmatch(config["MetricName"].text(1, 255)):
        raise Malformed(f"{config.path}.MetricName", "takes letters, digits, - and _")


def _account(item: Field) -> str:
    """The account of the ARN, which labels carry; 0 when the document has no ARN yet."""
    parts = arn_of(item).split(":") if item.get("ARN") else []
    return parts[4] if len(parts) > 5 else "0"
