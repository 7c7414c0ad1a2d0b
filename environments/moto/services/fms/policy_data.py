"""Whether ManagedServiceData says what its policy type documents.

Source: AWS Firewall Manager API Reference, "SecurityServicePolicyData".
"""

import json
import re
from collections.abc import Callable
from typing import Any

from moto.ec2.models import ec2_backends

from ...extend import Refusal
from ..route53resolver.state import service as resolver
from ..wafv2.managed import find_managed
from ..wafv2.store import service as wafv2
from .state import ManagerCall, invalid

Data = dict[str, Any]
MAX_PRIMARY_GROUPS = 3
MAX_ACL_ENTRIES = 5  # first, and last
RULE_GROUP = re.compile(r"rslvr-frg-[0-9a-z]+")
FIREWALL_GROUP = re.compile(
    r"arn:aws:network-firewall:[a-z0-9-]+:(?:\d{12}|aws-managed):state(?:less|ful)-rulegroup/.+"
)
REDACTED = ("URI", "QUERY_STRING", "HEADER", "METHOD")


def check_policy_data(call: ManagerCall, policy: Data) -> None:
    """Refuse a policy whose data are missing, malformed or name what does not exist."""
    service_data = policy["SecurityServicePolicyData"]
    kind, text = service_data["Type"], service_data.get("ManagedServiceData", "")
    if kind == "NETWORK_ACL_COMMON":
        _network_acl(service_data.get("PolicyOption") or {})
        return
    if kind == "SHIELD_ADVANCED" and not text.strip():
        return
    data = _read(text)
    if data.get("type") != kind:
        raise invalid(f'ManagedServiceData must have the type "{kind}".')
    CHECKS[kind](call, data)


def _read(text: str) -> Data:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise invalid("ManagedServiceData is not a JSON object.")
    return data


def _rows(data: Data, name: str, what: str = "an object") -> list[Any]:
    rows = data.get(name)
    if rows is None:
        return []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise invalid(f"{name} must be a list, each item {what}.")
    return rows


def _one_of(data: Any, name: str, values: tuple[str, ...]) -> str:
    value = data.get(name) if isinstance(data, dict) else None
    if value not in values:
        raise invalid(f"{name} must be one of {', '.join(values)}.")
    return str(value)


def _flags(data: Data, *names: str) -> None:
    for name in names:
        if data.get(name) is not None and not isinstance(data[name], bool):
            raise invalid(f"{name} must be true or false.")


# ---- AWS WAF ----


def _wafv2(call: ManagerCall, data: Data) -> None:
    _one_of(data.get("defaultAction"), "type", ("ALLOW", "BLOCK"))
    _flags(data, "overrideCustomerWebACLAssociation", "sampledRequestsEnabledForDefaultActions",
           "optimizeUnassociatedWebACL")  # fmt: skip
    for group in _rows(data, "preProcessRuleGroups") + _rows(data, "postProcessRuleGroups"):
        _one_of(group.get("overrideAction"), "type", ("NONE", "COUNT"))
        if _one_of(group, "ruleGroupType", ("ManagedRuleGroup", "RuleGroup")) == "RuleGroup":
            item = wafv2.state_of(call.account, call.region).items.get(group.get("ruleGroupArn"))
            if item is None or item.kind != "rulegroup":
                raise invalid(f"The rule group {group.get('ruleGroupArn')} does not exist.")
            continue
        named = group.get("managedRuleGroupIdentifier") or {}
        version = named.get("version") if named.get("versionEnabled") else None
        try:
            find_managed(str(named.get("vendorName")), str(named.get("managedRuleGroupName")), version)
        except Refusal:
            raise invalid(f"The managed rule group {named.get('managedRuleGroupName')} does not exist.") from None
    logging = data.get("loggingConfiguration")
    if logging is not None:
        _logging(logging)


def _logging(logging: Any) -> None:
    destinations = logging.get("logDestinationConfigs") if isinstance(logging, dict) else None
    if not isinstance(destinations, list) or len(destinations) != 1:
        raise invalid("loggingConfiguration has one item in logDestinationConfigs.")
    name = re.split(r":::|/", str(destinations[0]))[-1]
    if not str(destinations[0]).startswith(("arn:aws:s3:::", "arn:aws:firehose:")) or not name.startswith(
        "aws-waf-logs-"
    ):
        raise invalid("The log destination must be a bucket or delivery stream whose name starts with aws-waf-logs-.")
    for field in _rows(logging, "redactedFields"):
        _one_of(field, "redactedFieldType", REDACTED)


def _waf_classic(call: ManagerCall, data: Data) -> None:
    _one_of(data.get("defaultAction"), "type", ("ALLOW", "BLOCK"))
    for group in _rows(data, "ruleGroups"):
        _one_of(group.get("overrideAction"), "type", ("NONE", "COUNT"))


# ---- Shield Advanced ----


def _shield(call: ManagerCall, data: Data) -> None:
    _flags(data, "overrideCustomerWebaclClassic", "optimizeUnassociatedWebACL")
    response = data.get("automaticResponseConfiguration")
    if response is None:
        return
    status = _one_of(response, "automaticResponseStatus", ("ENABLED", "IGNORED", "DISABLED"))
    if status == "ENABLED":
        _one_of(response, "automaticResponseAction", ("BLOCK", "COUNT"))


# ---- security groups ----


def _groups(call: ManagerCall, data: Data) -> list[str]:
    ids = [str(row.get("id")).strip() for row in _rows(data, "securityGroups")]
    known = {id for groups in ec2_backends[call.account][call.region].groups.values() for id in groups}
    for id in ids:
        if id not in known:
            raise invalid(f"The security group {id} does not exist in the administrator's account.")
    return ids


def _common_groups(call: ManagerCall, data: Data) -> None:
    _flags(data, "revertManualSecurityGroupChanges", "exclusiveResourceSecurityGroupManagement",
           "applyToAllEC2InstanceENIs", "includeSharedVPC", "enableSecurityGroupReferencesDistribution",
           "enableTagDistribution")  # fmt: skip
    ids = _groups(call, data)
    if not 1 <= len(ids) <= MAX_PRIMARY_GROUPS:
        raise invalid(f"A common policy has 1 to {MAX_PRIMARY_GROUPS} primary security groups.")
    if data.get("enableTagDistribution") and not data.get("revertManualSecurityGroupChanges"):
        raise invalid("enableTagDistribution needs revertManualSecurityGroupChanges.")


def _content_audit(call: ManagerCall, data: Data) -> None:
    ids, managed = _groups(call, data), _rows(data, "preManagedOptions")
    if not ids and not managed:
        raise invalid("A content audit needs securityGroups or preManagedOptions.")
    if ids:
        _one_of(data.get("securityGroupAction"), "type", ("ALLOW", "DENY"))


def _usage_audit(call: ManagerCall, data: Data) -> None:
    names = ("deleteUnusedSecurityGroups", "coalesceRedundantSecurityGroups")
    _flags(data, *names)
    if not any(data.get(name) for name in names):
        raise invalid(f"A usage audit needs {' or '.join(names)}.")


# ---- firewalls ----


def _network_firewall(call: ManagerCall, data: Data) -> None:
    config = data.get("awsNetworkFirewallConfig", data)
    if not isinstance(config, dict):
        raise invalid("awsNetworkFirewallConfig must be an object.")
    for name in ("networkFirewallStatelessRuleGroupReferences", "networkFirewallStatefulRuleGroupReferences"):
        for reference in _rows(config, name):
            if not FIREWALL_GROUP.fullmatch(str(reference.get("resourceARN"))):
                raise invalid(f"{reference.get('resourceARN')} is not the ARN of a rule group.")
    for name in ("networkFirewallStatelessDefaultActions", "networkFirewallStatelessFragmentDefaultActions"):
        actions = config.get(name)
        standard = (
            [a for a in actions if a in ("aws:pass", "aws:drop", "aws:forward_to_sfe")]
            if isinstance(actions, list)
            else []
        )
        if len(standard) != 1:
            raise invalid(f"{name} needs one of aws:pass, aws:drop, aws:forward_to_sfe.")


def _dns_firewall(call: ManagerCall, data: Data) -> None:
    before, after = _rows(data, "preProcessRuleGroups"), _rows(data, "postProcessRuleGroups")
    if not before and not after:
        raise invalid("A DNS Firewall policy needs a rule group.")
    known = resolver.state_of(call.account, call.region).rule_groups
    for rows, low, high in ((before, 1, 99), (after, 9901, 10000)):
        for row in rows:
            id, priority = str(row.get("ruleGroupId")), row.get("priority")
            if not RULE_GROUP.fullmatch(id) or id not in known:
                raise invalid(f"The DNS Firewall rule group {id} does not exist.")
            if not isinstance(priority, int) or not low <= priority <= high:
                raise invalid(f"The priority of {id} must be between {low} and {high}.")


def _third_party(call: ManagerCall, data: Data) -> None:
    vendor = str(data.get("thirdPartyFirewall"))
    if call.state.firewalls.get(vendor) != "ONBOARD_COMPLETE":
        raise Refusal("InvalidOperationException", f"The third-party firewall {vendor} is not onboarded.")


def _network_acl(option: Data) -> None:
    entries = (option.get("NetworkAclCommonPolicy") or {}).get("NetworkAclEntrySet")
    if not entries:
        raise invalid("A network ACL policy needs PolicyOption.NetworkAclCommonPolicy.")
    first, last = entries.get("FirstEntries", []), entries.get("LastEntries", [])
    if not first and not last:
        raise invalid("A network ACL policy needs first or last entries.")
    for rows in (first, last):
        for egress in (True, False):
            if sum(row["Egress"] is egress for row in rows) > MAX_ACL_ENTRIES:
                raise Refusal("LimitExceededException", f"At most {MAX_ACL_ENTRIES} entries a direction and place.")
        for row in rows:
            if ("CidrBlock" in row) == ("Ipv6CidrBlock" in row):
                raise invalid("An entry has either CidrBlock or Ipv6CidrBlock.")


CHECKS: dict[str, Callable[[ManagerCall, Data], None]] = {
    "WAF": _waf_classic,
    "WAFV2": _wafv2,
    "SHIELD_ADVANCED": _shield,
    "SECURITY_GROUPS_COMMON": _common_groups,
    "SECURITY_GROUPS_CONTENT_AUDIT": _content_audit,
    "SECURITY_GROUPS_USAGE_AUDIT": _usage_audit,
    "NETWORK_FIREWALL": _network_firewall,
    "IMPORT_NETWORK_FIREWALL": _network_firewall,
    "DNS_FIREWALL": _dns_firewall,
    "THIRD_PARTY_FIREWALL": _third_party,
}
