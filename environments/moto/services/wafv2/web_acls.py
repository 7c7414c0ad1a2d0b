"""Web ACLs and what they protect."""

import re
from typing import Any

from moto import backends

from .._resources import find_resource
from .statements import SHIELD_CAPACITY, SHIELD_GROUP, Owner, check_default_action, check_rules, check_visibility
from .store import (
    Item,
    WafCall,
    by_arn,
    drop,
    find,
    given,
    in_use,
    listed,
    make,
    nonexistent,
    replace,
    service,
    unlocked,
    wrong,
)

SETTINGS = (
    "DefaultAction", "Description", "VisibilityConfig", "DataProtectionConfig", "CustomResponseBodies",
    "CaptchaConfig", "ChallengeConfig", "TokenDomains", "AssociationConfig", "OnSourceDDoSProtectionConfig",
)  # fmt: skip
KEPT = ("PreProcessFirewallManagerRuleGroups", "PostProcessFirewallManagerRuleGroups", "ManagedByFirewallManager",
        "RetrofittedByFirewallManager")  # fmt: skip
# which resources a web ACL of the scope REGIONAL protects; CloudFront says itself which web ACL a distribution has
RESOURCES = {
    "APPLICATION_LOAD_BALANCER": r"arn:aws:elasticloadbalancing:{region}:\d{{12}}:loadbalancer/app/[^/]+/[^/]+",
    "API_GATEWAY": r"arn:aws:apigateway:{region}::/restapis/[^/]+/stages/[^/]+",
    "APPSYNC": r"arn:aws:appsync:{region}:\d{{12}}:apis/[^/]+",
    "COGNITO_USER_POOL": r"arn:aws:cognito-idp:{region}:\d{{12}}:userpool/[^/]+",
    "APP_RUNNER_SERVICE": r"arn:aws:apprunner:{region}:\d{{12}}:service/[^/]+/[^/]+",
    "VERIFIED_ACCESS_INSTANCE": r"arn:aws:ec2:{region}:\d{{12}}:verified-access-instance/[^/]+",
    "AMPLIFY": r"arn:aws:amplify:{region}:\d{{12}}:apps/[^/]+",
}
ARN_REASON = (
    "The ARN isn't valid. A valid ARN begins with arn: and includes other information separated by colons or slashes."
)


@service.operation
def create_web_acl(call: WafCall) -> dict[str, Any]:
    """Rules in order, and what happens to requests that none of them takes."""
    settings = _settings(call)
    item = make(call, "webacl", settings)
    return {"Summary": item.summary()}


@service.operation
def update_web_acl(call: WafCall) -> dict[str, Any]:
    """Replace the rules and settings; what is not given is gone."""
    item = unlocked(call, "webacl")
    kept = {name: item.settings[name] for name in KEPT if name in item.settings}
    return replace(item, _settings(call) | kept)


def _settings(call: WafCall) -> dict[str, Any]:
    owner = Owner(call.state, False, call.get("CustomResponseBodies", {}))
    rules = call.get("Rules", [])
    check_default_action(owner, call.input["DefaultAction"])
    check_visibility(call.input["VisibilityConfig"])
    return given(call, SETTINGS) | {"Rules": rules, "Capacity": check_rules(owner, rules)}


@service.operation
def get_web_acl(call: WafCall) -> dict[str, Any]:
    """One web ACL with its lock token."""
    item = find(call, "webacl")
    return {"WebACL": _detail(call, item), "LockToken": item.lock}


def _detail(call: WafCall, item: Item) -> dict[str, Any]:
    return (
        {"ManagedByFirewallManager": False, "RetrofittedByFirewallManager": False}
        | item.detail()
        | {"LabelNamespace": f"awswaf:{call.account}:webacl:{item.name}:"}
    )


@service.operation
def list_web_acls(call: WafCall) -> dict[str, Any]:
    """The web ACLs of a scope."""
    return {"WebACLs": listed(call, "webacl")}


@service.operation
def delete_web_acl(call: WafCall) -> None:
    """Forget a web ACL that protects nothing."""
    item = unlocked(call, "webacl")
    if _protected(call, item.arn) or item.settings.get("ManagedByFirewallManager"):
        raise in_use()
    call.state.logging.pop(item.arn, None)
    drop(call, item)


@service.operation
def delete_firewall_manager_rule_groups(call: WafCall) -> dict[str, Any]:
    """Remove the rule groups that Firewall Manager left in a web ACL that it no longer manages."""
    item = by_arn(call.state, "webacl", call.input["WebACLArn"])
    if call.input["WebACLLockToken"] != item.lock:
        raise wrong("The lock token is not the newest.", "WEB_ACL", "WebACLLockToken")
    if item.settings.get("ManagedByFirewallManager") or item.settings.get("RetrofittedByFirewallManager"):
        raise wrong("Firewall Manager manages the web ACL.", "FIREWALL_MANAGER_STATEMENT", "WebACLArn")
    kept = {name: value for name, value in item.settings.items() if name not in KEPT}
    return {"NextWebACLLockToken": replace(item, kept)["NextLockToken"]}


# ---- what they protect ----


@service.operation
def associate_web_acl(call: WafCall) -> None:
    """Protect a regional resource by the web ACL, in place of another one."""
    item = by_arn(call.state, "webacl", call.input["WebACLArn"])
    arn = call.input["ResourceArn"]
    _check_resource(call, arn)
    if item.scope != "REGIONAL":
        raise wrong("A web ACL for CloudFront is associated by UpdateDistribution.", "RESOURCE_ARN", item.arn)
    call.state.associations[arn] = item.arn


@service.operation
def disassociate_web_acl(call: WafCall) -> None:
    """Protect the resource no more."""
    arn = call.input["ResourceArn"]
    _check_resource(call, arn)
    call.state.associations.pop(arn, None)


@service.operation
def get_web_acl_for_resource(call: WafCall) -> dict[str, Any]:
    """The web ACL that protects a regional resource, if there is one."""
    arn = call.input["ResourceArn"]
    _check_resource(call, arn)
    acl = call.state.associations.get(arn)
    return {"WebACL": _detail(call, call.state.items[acl])} if acl else {}


@service.operation
def list_resources_for_web_acl(call: WafCall) -> dict[str, Any]:
    """The regional resources of a kind that the web ACL protects: load balancers where no kind is given."""
    item = by_arn(call.state, "webacl", call.input["WebACLArn"])
    if item.scope != "REGIONAL":
        raise wrong("Ask CloudFront for distributions, by ListDistributionsByWebACLId.", "RESOURCE_ARN", item.arn)
    kind = call.get("ResourceType", "APPLICATION_LOAD_BALANCER")
    return {"ResourceArns": [arn for arn in _protected(call, item.arn) if kind_of(arn) == kind]}


def kind_of(arn: str, region: str = "[a-z0-9-]+") -> str | None:
    """Which kind of regional resource the ARN names, of those that AWS WAF protects."""
    for kind, pattern in RESOURCES.items():
        if re.fullmatch(pattern.format(region=region), arn):
            return kind
    return None


def _check_resource(call: WafCall, arn: str) -> None:
    kind = kind_of(arn, re.escape(call.region))
    if kind is None:
        raise wrong(ARN_REASON, "RESOURCE_ARN", arn)
    if not _exists(call, kind, arn):
        raise nonexistent()


def _exists(call: WafCall, kind: str | None, arn: str) -> bool:
    """The other kinds' services are not part of an emulated account."""
    return kind == "APPLICATION_LOAD_BALANCER" and f":{call.account}:" in arn and find_resource(arn) is not None


def _protected(call: WafCall, acl: str) -> list[str]:
    """The ARNs of what the web ACL protects, without what is gone meanwhile."""
    regional = [arn for arn, of in call.state.associations.items() if of == acl and _exists(call, kind_of(arn), arn)]
    distributions = backends.get_backend("cloudfront")[call.account]["aws"].distributions.values()
    return regional + [row.arn for row in distributions if row.distribution_config.web_acl_id == acl]


# ---- the rule group of Shield Advanced ----

SHIELD_PRIORITY = 10_000_000
SHIELD_ACCOUNT = "153427709519"  # owns the rule groups of automatic mitigation


def add_shield_rule(item: Item, account: str, unique: str) -> None:
    """Put Shield Advanced's rule group for automatic mitigation last in the web ACL."""
    if any(rule["Name"].startswith(SHIELD_GROUP) for rule in item.settings["Rules"]):
        return
    name = f"{SHIELD_GROUP}{account}_{item.id}_{unique}"
    region, place = item.arn.split(":")[3], item.arn.split(":")[5].partition("/")[0]
    arn = f"arn:aws:wafv2:{region}:{SHIELD_ACCOUNT}:{place}/rulegroup/{name}/{unique}"
    metrics = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": name}
    rule = {
        "Name": name, "Priority": SHIELD_PRIORITY, "Statement": {"RuleGroupReferenceStatement": {"ARN": arn}},
        "OverrideAction": {"None": {}}, "VisibilityConfig": metrics,
    }  # fmt: skip
    rules = [*item.settings["Rules"], rule]
    replace(item, item.settings | {"Rules": rules, "Capacity": item.settings["Capacity"] + SHIELD_CAPACITY})


def remove_shield_rule(item: Item) -> None:
    """Take Shield Advanced's rule group out of the web ACL."""
    rules = [rule for rule in item.settings["Rules"] if not rule["Name"].startswith(SHIELD_GROUP)]
    if len(rules) < len(item.settings["Rules"]):
        replace(item, item.settings | {"Rules": rules, "Capacity": item.settings["Capacity"] - SHIELD_CAPACITY})
