"""Whether rules are ones that AWS WAF takes, and the capacity that they need.

Sources: AWS WAF Developer Guide, "Rule statements" (the pages of each statement name its capacity), "Supported regular
expression syntax", "AWS WAF quotas"; AWS WAF API Reference, the data types of statements.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hardenlab.semantics.regular import NotRegular, compile_regular

from .managed import find_managed
from .store import Item, Waf, by_arn, duplicate, too_many, wrong

MAX_CAPACITY = 5000  # of a web ACL or rule group
MAX_TRANSFORMATIONS = 10
MAX_SEARCH_STRING = 200  # bytes
MAX_DEPTH = 20  # of statements in statements, to bound the work
WINDOWS = (60, 120, 300, 600)
ONE_VALUE = "You have used none or multiple values for a field that requires exactly one value."
BAD_REFERENCE = "A reference in your rule statement is not valid."
BAD_FORMAT = "The parameter contains formatting that is not valid."
RESERVED_METRICS = ("All", "Default_Action")
RESERVED_LABELS = {"aws", "waf", "awswaf", "managed", "rulegroup", "webacl", "regexpatternset", "ipset"}
GROUPS = ("RuleGroupReferenceStatement", "ManagedRuleGroupStatement")
# what PCRE has and AWS WAF's pages say that it does not support
UNSUPPORTED_REGEX = re.compile(
    r"\\[1-9]|\\[gk][<{'\d-]|\(\?(?:R|\d|&|P>|P=)|\(\?\(|\(\*[A-Z]|\\[CRK]|\(\?C|\(\?>|[*+?}]\+"
)
LOOK_AROUND = re.compile(r"\(\?<?[=!]")
SHIELD_GROUP = "ShieldMitigationRuleGroup_"
SHIELD_CAPACITY = 150


@dataclass(frozen=True)
class Owner:
    """What the rules are for: where references are looked up, and which statements may stand in them."""

    state: Waf
    is_group: bool
    bodies: Mapping[str, Any]  # custom responses by key


def check_rules(owner: Owner, rules: list[dict[str, Any]]) -> int:
    """The capacity of the rules; refuses rules that AWS WAF refuses."""
    if any(count > 1 for count in Counter(rule["Name"] for rule in rules).values()):
        raise duplicate()
    for priority, count in Counter(rule["Priority"] for rule in rules).items():
        if count > 1:
            raise wrong("The priorities of rules must all be different.", "RULE", f"Priority {priority}")
    capacity = sum(_rule(owner, rule) for rule in rules)
    if capacity > MAX_CAPACITY:
        raise too_many(f"{capacity} capacity units, of at most {MAX_CAPACITY}")
    return capacity


def check_visibility(config: dict[str, Any]) -> None:
    """Refuse the names of metrics that AWS WAF keeps for itself."""
    if config["MetricName"] in RESERVED_METRICS:
        raise wrong("The metric name is reserved for AWS WAF.", "METRIC_NAME", config["MetricName"])


def check_default_action(owner: Owner, action: dict[str, Any]) -> None:
    _exactly_one(action, "DEFAULT_ACTION", "DefaultAction")
    _custom_response(owner, action)


def check_regex(expression: str, field: str) -> None:
    """Refuse an expression that is broken, or that uses what AWS WAF does not support; look-arounds are not judged."""
    if UNSUPPORTED_REGEX.search(expression):
        raise wrong("The regular expression uses syntax that is not supported.", field, expression)
    try:
        compile_regular(expression)
    except NotRegular:
        if not LOOK_AROUND.search(expression):
            raise wrong(BAD_FORMAT, field, expression) from None


def _exactly_one(value: Mapping[str, Any], field: str, parameter: str) -> str:
    set_members = [name for name, item in value.items() if item is not None]
    if len(set_members) != 1:
        raise wrong(ONE_VALUE, field, parameter)
    return set_members[0]


# ---- a rule ----


def _rule(owner: Owner, rule: dict[str, Any]) -> int:
    kind = _exactly_one(rule["Statement"], "STATEMENT", "Statement")
    action, override = rule.get("Action"), rule.get("OverrideAction")
    if kind in GROUPS:
        if override is None or action is not None:
            raise wrong(BAD_REFERENCE, "RULE", "Statement")
        _exactly_one(override, "OVERRIDE_ACTION", "OverrideAction")
        if rule.get("RuleLabels"):
            raise wrong("A rule that refers to a rule group adds no labels.", "RULE", "RuleLabels")
        if owner.is_group:
            raise wrong("A rule group cannot refer to a rule group.", STATEMENTS[kind].field, kind)
    else:
        if action is None or override is not None:
            raise wrong(ONE_VALUE, "RULE_ACTION", "RuleAction")
        chosen = _exactly_one(action, "RULE_ACTION", "RuleAction")
        if kind == "RateBasedStatement" and chosen == "Allow":
            raise wrong("A rate-based rule cannot allow requests.", "RULE_ACTION", "Allow")
        _custom_response(owner, action)
    for label in rule.get("RuleLabels", []):
        if RESERVED_LABELS & set(label["Name"].split(":")) or label["Name"].endswith(":"):
            raise wrong(BAD_FORMAT, "RULE", label["Name"])
    check_visibility(rule["VisibilityConfig"])
    return _statement(owner, rule["Statement"], 0)


def _custom_response(owner: Owner, action: dict[str, Any]) -> None:
    key = ((action.get("Block") or {}).get("CustomResponse") or {}).get("CustomResponseBodyKey")
    if key is not None and key not in owner.bodies:
        raise wrong("The custom response body does not exist.", "CUSTOM_RESPONSE_BODY", key)


# ---- a statement ----


@dataclass(frozen=True)
class Kind:
    """How one kind of statement is checked: `check` returns its capacity without fields and transformations."""

    field: str
    check: Callable[[Owner, dict[str, Any], int], int]
    nests: bool = True  # whether it may stand in another statement


def _statement(owner: Owner, statement: dict[str, Any], depth: int) -> int:
    name = _exactly_one(statement, "STATEMENT", "Statement")
    kind = STATEMENTS[name]
    if depth > MAX_DEPTH:
        raise wrong("Statements are nested too deeply.", "STATEMENT", name)
    if depth and not kind.nests:
        raise wrong("The statement cannot be nested.", kind.field, name)
    body = statement[name]
    capacity = kind.check(owner, body, depth)
    if "FieldToMatch" in body:
        capacity = _field(body["FieldToMatch"], capacity)
    return capacity + _transformations(body.get("TextTransformations", []))


def _field(field: dict[str, Any], capacity: int) -> int:
    name = _exactly_one(field, "FIELD_TO_MATCH", "FieldToMatch")
    pattern = field[name].get("MatchPattern")
    if pattern is not None:
        at = {"JsonBody": "JSON_MATCH_PATTERN", "Headers": "HEADER_MATCH_PATTERN", "Cookies": "COOKIE_MATCH_PATTERN"}
        _exactly_one(pattern, at[name], "MatchPattern")
        for pointer in pattern.get("IncludedPaths", []):
            if not pointer.startswith("/"):
                raise wrong(BAD_FORMAT, "JSON_MATCH_PATTERN", pointer)
    if name == "AllQueryArguments":
        return capacity + 10
    return capacity * (2 if name == "JsonBody" else 1)


def _transformations(rows: list[dict[str, Any]]) -> int:
    if len(rows) > MAX_TRANSFORMATIONS:
        raise too_many(f"{MAX_TRANSFORMATIONS} text transformations of a statement")
    if len({row["Priority"] for row in rows}) < len(rows):
        raise wrong("The priorities of text transformations must all be different.", "TEXT_TRANSFORMATION", "Priority")
    return 10 * len([row for row in rows if row["Type"] != "NONE"])


def _costs(capacity: int) -> Callable[[Owner, dict[str, Any], int], int]:
    return lambda owner, body, depth: capacity


def _byte_match(owner: Owner, body: dict[str, Any], depth: int) -> int:
    if not 1 <= len(body["SearchString"]) <= MAX_SEARCH_STRING:
        raise wrong(BAD_FORMAT, "BYTE_MATCH_STATEMENT", "SearchString")
    return 10 if body["PositionalConstraint"] in ("CONTAINS", "CONTAINS_WORD") else 2


def _sqli(owner: Owner, body: dict[str, Any], depth: int) -> int:
    return 30 if body.get("SensitivityLevel") == "HIGH" else 20


def _regex(owner: Owner, body: dict[str, Any], depth: int) -> int:
    check_regex(body["RegexString"], "REGEX_PATTERN_REFERENCE_STATEMENT")
    return 3


def _ip_set(owner: Owner, body: dict[str, Any], depth: int) -> int:
    by_arn(owner.state, "ipset", body["ARN"])
    return 5 if (body.get("IPSetForwardedIPConfig") or {}).get("Position") == "ANY" else 1


def _regex_set(owner: Owner, body: dict[str, Any], depth: int) -> int:
    by_arn(owner.state, "regexpatternset", body["ARN"])
    return 25


def _geo(owner: Owner, body: dict[str, Any], depth: int) -> int:
    if not body.get("CountryCodes"):
        raise wrong("Give at least one country code.", "GEO_MATCH_STATEMENT", "CountryCodes")
    return 1


def _label(owner: Owner, body: dict[str, Any], depth: int) -> int:
    if (body["Scope"] == "NAMESPACE") != body["Key"].endswith(":"):
        raise wrong(BAD_FORMAT, "LABEL_MATCH_STATEMENT", body["Key"])
    return 1


def _logical(field: str) -> Callable[[Owner, dict[str, Any], int], int]:
    def check(owner: Owner, body: dict[str, Any], depth: int) -> int:
        if len(body["Statements"]) < 2:
            raise wrong("Give at least two statements.", field, "Statements")
        return sum(_statement(owner, statement, depth + 1) for statement in body["Statements"])

    return check


def _not(owner: Owner, body: dict[str, Any], depth: int) -> int:
    return _statement(owner, body["Statement"], depth + 1)


def _rate(owner: Owner, body: dict[str, Any], depth: int) -> int:
    kind, keys, scope_down = body["AggregateKeyType"], body.get("CustomKeys", []), body.get("ScopeDownStatement")
    if body.get("EvaluationWindowSec", WINDOWS[2]) not in WINDOWS:
        raise wrong(
            "The evaluation window is 60, 120, 300 or 600 seconds.", "RATE_BASED_STATEMENT", "EvaluationWindowSec"
        )
    if (kind == "CUSTOM_KEYS") != bool(keys):
        raise wrong("Give custom keys with CUSTOM_KEYS, and only then.", "CUSTOM_KEYS", kind)
    forwarded = kind == "FORWARDED_IP" or any("ForwardedIP" in key for key in keys)
    if forwarded and "ForwardedIPConfig" not in body:
        raise wrong("Say which header holds the forwarded address.", "FORWARDED_IP_CONFIG", kind)
    if kind == "CONSTANT" and scope_down is None:
        raise wrong("Counting all requests needs a scope-down statement.", "SCOPE_DOWN", kind)
    for key in keys:
        name = _exactly_one(key, "CUSTOM_KEYS", "CustomKeys")
        _transformations(key[name].get("TextTransformations", []))
    if len(keys) == 1 and set(keys[0]) <= {"IP", "ForwardedIP"}:
        raise wrong("An address alone is aggregated by IP or FORWARDED_IP.", "CUSTOM_KEYS", kind)
    return 2 + 30 * len(keys) + _scope_down(owner, scope_down, depth)


def _scope_down(owner: Owner, statement: dict[str, Any] | None, depth: int) -> int:
    return _statement(owner, statement, depth + 1) if statement is not None else 0


def _managed(owner: Owner, body: dict[str, Any], depth: int) -> int:
    name = body["Name"]
    group = find_managed(body["VendorName"], name, body.get("Version"))
    configs = [key for config in body.get("ManagedRuleGroupConfigs", []) for key in config]
    for required in ("AWSManagedRulesATPRuleSet", "AWSManagedRulesACFPRuleSet", "AWSManagedRulesAntiDDoSRuleSet"):
        legacy = required == "AWSManagedRulesATPRuleSet" and "LoginPath" in configs
        if name == required and required not in configs and not legacy:
            raise wrong("The managed rule group needs its configuration.", "MANAGED_RULE_GROUP_CONFIG", name)
    _overrides(owner, body)
    return int(group["capacity"]) + _scope_down(owner, body.get("ScopeDownStatement"), depth)


def _group(owner: Owner, body: dict[str, Any], depth: int) -> int:
    if body["ARN"].split("/")[-2:-1] and body["ARN"].split("/")[-2].startswith(SHIELD_GROUP):
        return SHIELD_CAPACITY
    group: Item = by_arn(owner.state, "rulegroup", body["ARN"])
    _overrides(owner, body)
    return int(group.settings["Capacity"])


def _overrides(owner: Owner, body: dict[str, Any]) -> None:
    for override in body.get("RuleActionOverrides", []):
        _exactly_one(override["ActionToUse"], "RULE_ACTION", "ActionToUse")
        _custom_response(owner, override["ActionToUse"])


STATEMENTS = {
    "ByteMatchStatement": Kind("BYTE_MATCH_STATEMENT", _byte_match),
    "SqliMatchStatement": Kind("SQLI_MATCH_STATEMENT", _sqli),
    "XssMatchStatement": Kind("XSS_MATCH_STATEMENT", _costs(40)),
    "SizeConstraintStatement": Kind("SIZE_CONSTRAINT_STATEMENT", _costs(1)),
    "GeoMatchStatement": Kind("GEO_MATCH_STATEMENT", _geo),
    "AsnMatchStatement": Kind("STATEMENT", _costs(1)),
    "IPSetReferenceStatement": Kind("IP_SET_REFERENCE_STATEMENT", _ip_set),
    "RegexPatternSetReferenceStatement": Kind("REGEX_PATTERN_REFERENCE_STATEMENT", _regex_set),
    "RegexMatchStatement": Kind("REGEX_PATTERN_REFERENCE_STATEMENT", _regex),
    "LabelMatchStatement": Kind("LABEL_MATCH_STATEMENT", _label),
    "AndStatement": Kind("AND_STATEMENT", _logical("AND_STATEMENT")),
    "OrStatement": Kind("OR_STATEMENT", _logical("OR_STATEMENT")),
    "NotStatement": Kind("NOT_STATEMENT", _not),
    "RateBasedStatement": Kind("RATE_BASED_STATEMENT", _rate, nests=False),
    "ManagedRuleGroupStatement": Kind("MANAGED_RULE_SET_STATEMENT", _managed, nests=False),
    "RuleGroupReferenceStatement": Kind("RULE_GROUP_REFERENCE_STATEMENT", _group, nests=False),
}


def labels_of(rules: Iterable[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """The labels that rules add, and those that their statements match, each once."""
    rows = list(rules)
    added = [label["Name"] for rule in rows for label in rule.get("RuleLabels", [])]
    matched = [key for rule in rows for key in _matched(rule["Statement"])]
    return list(dict.fromkeys(added)), list(dict.fromkeys(matched))


def _matched(value: Any) -> list[str]:
    if isinstance(value, list):
        return [key for item in value for key in _matched(item)]
    if not isinstance(value, dict):
        return []
    own = [value["LabelMatchStatement"]["Key"]] if value.get("LabelMatchStatement") else []
    return own + [key for item in value.values() for key in _matched(item)]
