"""Web ACLs in a few words."""

ACCOUNT = "111122223333"


def arn(kind, name):
    return f"arn:aws:wafv2:us-east-1:{ACCOUNT}:regional/{kind}/{name}/1"


def visibility(name="metric"):
    return {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": name}


def rule(name, priority, statement, action="Block", labels=(), **more):
    fields = {"Name": name, "Priority": priority, "Statement": statement, "VisibilityConfig": visibility()}
    if action:
        fields["Action"] = {action: {}}
    if labels:
        fields["RuleLabels"] = [{"Name": label} for label in labels]
    return fields | more


def group_rule(name, priority, statement, override="None"):
    return rule(name, priority, statement, None, OverrideAction={override: {}})


def web_acl(*rules, default="Allow", **more):
    acl = {
        "Name": "shop", "ARN": arn("webacl", "shop"), "DefaultAction": {default: {}}, "Rules": list(rules),
        "VisibilityConfig": visibility(),
    }  # fmt: skip
    return {"WebACL": acl, **more}


def rule_group(name, *rules):
    return {"Name": name, "ARN": arn("rulegroup", name), "Rules": list(rules), "VisibilityConfig": visibility()}


def ip_set(name, *addresses, version="IPV4"):
    return {"Name": name, "ARN": arn("ipset", name), "IPAddressVersion": version, "Addresses": list(addresses)}


def transformed(*names):
    return [{"Priority": number, "Type": name} for number, name in enumerate(names or ("NONE",))]


def has(text, component=None, constraint="CONTAINS", *transformations):
    """A byte match."""
    return {
        "ByteMatchStatement": {
            "SearchString": text.encode(),
            "FieldToMatch": component or {"UriPath": {}},
            "PositionalConstraint": constraint,
            "TextTransformations": transformed(*transformations),
        }
    }


def matches(expression, component=None, *transformations):
    """A regular expression."""
    return {
        "RegexMatchStatement": {
            "RegexString": expression,
            "FieldToMatch": component or {"UriPath": {}},
            "TextTransformations": transformed(*transformations),
        }
    }


def sized(comparison, size, component, *transformations):
    return {
        "SizeConstraintStatement": {
            "ComparisonOperator": comparison,
            "Size": size,
            "FieldToMatch": component,
            "TextTransformations": transformed(*transformations),
        }
    }


def injected(kind="SqliMatchStatement", component=None):
    return {kind: {"FieldToMatch": component or {"QueryString": {}}, "TextTransformations": transformed()}}


def labelled(key, scope="LABEL"):
    return {"LabelMatchStatement": {"Scope": scope, "Key": key}}


def from_countries(*codes, **more):
    return {"GeoMatchStatement": {"CountryCodes": list(codes), **more}}


def from_set(name, **config):
    more = {"IPSetForwardedIPConfig": config} if config else {}
    return {"IPSetReferenceStatement": {"ARN": arn("ipset", name), **more}}


def not_(statement):
    return {"NotStatement": {"Statement": statement}}


def both(*statements):
    return {"AndStatement": {"Statements": list(statements)}}


def either(*statements):
    return {"OrStatement": {"Statements": list(statements)}}


def faster_than(limit, window=300, kind="IP", **more):
    return {
        "RateBasedStatement": {
            "Limit": limit, "EvaluationWindowSec": window, "AggregateKeyType": kind, **more
        }
    }  # fmt: skip


def managed(name="AWSManagedRulesCommonRuleSet", **more):
    return {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": name, **more}}


def group(name, **more):
    return {"RuleGroupReferenceStatement": {"ARN": arn("rulegroup", name), **more}}
