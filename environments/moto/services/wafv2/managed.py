"""The rule groups of AWS Managed Rules: their capacities, rules and versions, without what their rules look for.

Source: AWS WAF Developer Guide, "AWS Managed Rules rule groups list" and "AWS Managed Rules changelog". Rule groups of
AWS Marketplace sellers are not offered.
"""

import functools
import json
from pathlib import Path
from typing import Any

from ...extend import Refusal
from .store import WafCall, nonexistent, scope_of, service

VENDOR = "AWS"
PAID = ("AWSManagedRulesATPRuleSet", "AWSManagedRulesACFPRuleSet", "AWSManagedRulesBotControlRuleSet")
TOPIC = "arn:aws:sns:us-east-1:248400274283:aws-managed-waf-rule-notifications"


@functools.cache
def managed_rule_groups() -> dict[str, dict[str, Any]]:
    """By name: capacity, namespace, description, versions (newest first), default, rules with their actions, labels."""
    text = Path(__file__).with_name("managed_rule_groups.json").read_text()
    groups: dict[str, dict[str, Any]] = json.loads(text)
    return groups


def find_managed(vendor: str, name: str, version: str | None = None) -> dict[str, Any]:
    """A managed rule group in a version that it has; refused where there is none."""
    group = managed_rule_groups().get(name) if vendor == VENDOR else None
    if group is None:
        raise nonexistent()
    if version is not None and version not in group["versions"]:
        raise Refusal(
            "WAFExpiredManagedRuleGroupVersionException",
            f"The version {version} of the managed rule group {name} is expired or does not exist.",
        )
    return group


@service.operation
def list_available_managed_rule_groups(call: WafCall) -> dict[str, Any]:
    """The managed rule groups that the account can use."""
    scope_of(call)
    rows = [
        {"VendorName": VENDOR, "Name": name, "VersioningSupported": bool(group["versions"]),
         "Description": group["description"]}
        for name, group in managed_rule_groups().items()
    ]  # fmt: skip
    return {"ManagedRuleGroups": rows}


@service.operation
def list_available_managed_rule_group_versions(call: WafCall) -> dict[str, Any]:
    """The versions of a managed rule group, newest first."""
    scope_of(call)
    group = find_managed(call.input["VendorName"], call.input["Name"])
    versions = [{"Name": version} for version in group["versions"]]
    return {"Versions": versions} | ({"CurrentDefaultVersion": group["default"]} if versions else {})


@service.operation
def describe_managed_rule_group(call: WafCall) -> dict[str, Any]:
    """The capacity, rules and labels of a managed rule group."""
    scope_of(call)
    version = call.get("VersionName")
    group = find_managed(call.input["VendorName"], call.input["Name"], version)
    namespace = f"awswaf:managed:aws:{group['namespace']}:"
    answer = {
        "Capacity": group["capacity"],
        "Rules": [{"Name": name, "Action": {action: {}}} for name, action in group["rules"].items()],
        "LabelNamespace": namespace,
        "AvailableLabels": [{"Name": namespace + label} for label in group["labels"]],
    }
    if group["versions"]:
        answer |= {"VersionName": version or group["default"], "SnsTopicArn": TOPIC}
    return answer


@service.operation
def describe_all_managed_products(call: WafCall) -> dict[str, Any]:
    """The managed rule groups as products."""
    scope_of(call)
    return {"ManagedProducts": _products()}


@service.operation
def describe_managed_products_by_vendor(call: WafCall) -> dict[str, Any]:
    """The managed rule groups of a vendor as products."""
    scope_of(call)
    return {"ManagedProducts": _products() if call.input["VendorName"] == VENDOR else []}


def _products() -> list[dict[str, Any]]:
    return [
        {"VendorName": VENDOR, "ManagedRuleSetName": name, "ProductTitle": name,
         "ProductDescription": group["description"], "IsVersioningSupported": bool(group["versions"]),
         "IsAdvancedManagedRuleSet": name in PAID}
        for name, group in managed_rule_groups().items()
    ]  # fmt: skip


@service.operation
def list_managed_rule_sets(call: WafCall) -> dict[str, Any]:
    """The rule sets that this account publishes as a vendor: none."""
    scope_of(call)
    return {"ManagedRuleSets": []}


@service.operation
def get_managed_rule_set(call: WafCall) -> dict[str, Any]:
    """Refused: this account publishes none."""
    scope_of(call)
    raise nonexistent()
