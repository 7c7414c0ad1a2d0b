"""Which resources of which accounts comply with a policy, read from the accounts when it is asked for.

Judged: AWS WAF, Shield Advanced, DNS Firewall, Network Firewall (a firewall in each VPC), and the audits of security
groups' use and content by an audit group. Policies of other types are answered without results, with the reason in
IssueInfoMap.
"""

import ipaddress
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from moto.config.models import config_backends
from moto.ec2.models import ec2_backends
from moto.elb.models import elb_backends
from moto.elbv2.models import elbv2_backends
from moto.networkfirewall.models import networkfirewall_backends

from ...extend import Refusal
from ..route53resolver.state import service as resolver
from ..shield import service as shield
from ..wafv2.store import service as wafv2
from .policies import ALB, CLASSIC, CLOUDFRONT, EIP, GROUP, VPC, accounts_in_scope, resource_types
from .state import HOME, ManagerCall, administered, existing, service

ALL_PORTS = range(65536)


@dataclass(frozen=True)
class Resource:
    """A resource in a policy's scope. `known` is moto's object."""

    type: str
    id: str
    tags: dict[str, str]
    known: Any = None


@dataclass(frozen=True)
class Place:
    """One account and region that is judged, and the administrator's account, whose resources the policy names."""

    account: str
    region: str
    admin: str


Judge = Callable[[Place, dict[str, Any], list[Resource]], Iterator[tuple[Resource, str]]]


@service.operation
def list_compliance_status(call: ManagerCall) -> dict[str, Any]:
    """How many resources of each account in scope do not comply."""
    organization = administered(call)
    policy = existing(call.state.policies, call.input["PolicyId"], "policy")
    rows = []
    for account in accounts_in_scope(policy, organization):
        violators, issues = _violators(call, policy, account)
        row: dict[str, Any] = {
            "PolicyOwner": call.account, "PolicyId": policy["PolicyId"], "PolicyName": policy["PolicyName"],
            "MemberAccount": account, "LastUpdated": call.now, "IssueInfoMap": issues,
        }  # fmt: skip
        if not issues:
            status = "NON_COMPLIANT" if violators else "COMPLIANT"
            result = {"ComplianceStatus": status, "ViolatorCount": len(violators), "EvaluationLimitExceeded": False}
            row["EvaluationResults"] = [result]
        rows.append(row)
    return {"PolicyComplianceStatusList": rows}


@service.operation
def get_compliance_detail(call: ManagerCall) -> dict[str, Any]:
    """The resources of an account that do not comply, and why."""
    policy = _policy_for(call)
    account = call.input["MemberAccount"]
    violators, issues = _violators(call, policy, account)
    rows = [
        {"ResourceId": row.id, "ViolationReason": reason, "ResourceType": row.type} for row, reason in violators[:100]
    ]
    return {
        "PolicyComplianceDetail": {
            "PolicyOwner": call.account, "PolicyId": policy["PolicyId"], "MemberAccount": account, "Violators": rows,
            "EvaluationLimitExceeded": len(violators) > len(rows), "IssueInfoMap": issues,
        }
    }  # fmt: skip


@service.operation
def get_violation_details(call: ManagerCall) -> dict[str, Any]:
    """Why one resource does not comply."""
    policy = _policy_for(call)
    account, id, kind = (call.input[name] for name in ("MemberAccount", "ResourceId", "ResourceType"))
    violators, _ = _violators(call, policy, account)
    found = next(((row, reason) for row, reason in violators if (row.id, row.type) == (id, kind)), None)
    if found is None:
        raise Refusal("ResourceNotFoundException", f"{id} does not violate the policy.")
    row, reason = found
    detail: dict[str, Any] = {
        "PolicyId": policy["PolicyId"], "MemberAccount": account, "ResourceId": id, "ResourceType": kind,
        "ResourceViolations": [], "ResourceTags": [{"Key": key, "Value": value} for key, value in row.tags.items()],
        "ResourceDescription": reason,
    }  # fmt: skip
    if kind == GROUP:
        target = {"ViolationTarget": id, "ViolationTargetDescription": reason}
        detail["ResourceViolations"] = [{"AwsVPCSecurityGroupViolation": target}]
    elif reason == "MISSING_FIREWALL":
        target = {"ViolationTarget": id, "VPC": id, "TargetViolationReason": reason}
        detail["ResourceViolations"] = [{"NetworkFirewallMissingFirewallViolation": target}]
    return {"ViolationDetail": detail}


def _policy_for(call: ManagerCall) -> dict[str, Any]:
    organization = administered(call)
    policy = existing(call.state.policies, call.input["PolicyId"], "policy")
    if call.input["MemberAccount"] not in accounts_in_scope(policy, organization):
        raise Refusal("ResourceNotFoundException", "The account is not in the scope of the policy.")
    return policy


def _violators(
    call: ManagerCall, policy: dict[str, Any], account: str
) -> tuple[list[tuple[Resource, str]], dict[str, str]]:
    """What does not comply, and which services keep Firewall Manager from saying so."""
    kind = policy["SecurityServicePolicyData"]["Type"]
    place = Place(account, call.region, call.account)
    issues = {}
    if not _records(place):
        issues["AWSCONFIG"] = "AWS Config does not record in the account and Region."
    if kind == "SHIELD_ADVANCED" and shield.state_of(account, HOME).subscription is None:
        issues["AWSSHIELD_ADVANCED"] = "The account is not subscribed to Shield Advanced."
    judge = JUDGES.get(kind)
    if judge is None:
        issues["AWSVPC"] = f"Compliance with policies of type {kind} is not judged in this account."
    if judge is None or issues:
        return [], issues
    text = policy["SecurityServicePolicyData"].get("ManagedServiceData") or "{}"
    in_scope = [row for type in resource_types(policy) for row in FIND.get(type, _nothing)(place)]
    return list(judge(place, json.loads(text or "{}"), [row for row in in_scope if _tagged(policy, row)])), issues


def _records(place: Place) -> bool:
    """Firewall Manager learns of resources from AWS Config."""
    recorders = config_backends[place.account][place.region].recorders.values()
    return any(recorder.status.recording for recorder in recorders)


def _tagged(policy: dict[str, Any], row: Resource) -> bool:
    wanted = policy.get("ResourceTags")
    if not wanted:
        return True
    hits = [tag["Key"] in row.tags and (not tag.get("Value") or row.tags[tag["Key"]] == tag["Value"]) for tag in wanted]
    carries = any(hits) if policy.get("ResourceTagLogicalOperator") == "OR" else all(hits)
    return bool(carries != policy["ExcludeResourceTags"])


# ---- the resources of an account ----


def _nothing(place: Place) -> list[Resource]:
    return []


def _ec2_tags(known: Any) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in known.get_tags()}


def _balancers(place: Place) -> list[Resource]:
    backend = elbv2_backends[place.account][place.region]
    return [
        Resource(
            ALB, arn, {tag["Key"]: tag["Value"] for tag in backend.tagging_service.list_tags_for_resource(arn)["Tags"]}
        )
        for arn in backend.load_balancers
        if "/app/" in arn
    ]


def _classic_balancers(place: Place) -> list[Resource]:
    prefix = f"arn:aws:elasticloadbalancing:{place.region}:{place.account}:loadbalancer/"
    balancers = elb_backends[place.account][place.region].load_balancers.items()
    return [Resource(CLASSIC, prefix + name, dict(known.tags)) for name, known in balancers]


def _addresses(place: Place) -> list[Resource]:
    prefix = f"arn:aws:ec2:{place.region}:{place.account}:eip-allocation/"
    addresses = ec2_backends[place.account][place.region].addresses
    return [Resource(EIP, prefix + known.allocation_id, _ec2_tags(known)) for known in addresses]


def _distributions(place: Place) -> list[Resource]:
    from moto.cloudfront.models import cloudfront_backends

    if place.region != HOME:
        return []
    backend = cloudfront_backends[place.account]["aws"]
    return [Resource(CLOUDFRONT, row.arn, {}, row) for row in backend.distributions.values()]


def _security_groups(place: Place) -> list[Resource]:
    groups = ec2_backends[place.account][place.region].groups.values()
    return [Resource(GROUP, id, _ec2_tags(known), known) for by_id in groups for id, known in by_id.items()]


def _vpcs(place: Place) -> list[Resource]:
    vpcs = ec2_backends[place.account][place.region].vpcs
    return [Resource(VPC, id, _ec2_tags(known), known) for id, known in vpcs.items()]


FIND: dict[str, Callable[[Place], list[Resource]]] = {
    ALB: _balancers,
    CLASSIC: _classic_balancers,
    EIP: _addresses,
    CLOUDFRONT: _distributions,
    GROUP: _security_groups,
    VPC: _vpcs,
}


# ---- judges: each yields what does not comply ----


def _web_acls(place: Place, data: dict[str, Any], rows: list[Resource]) -> Iterator[tuple[Resource, str]]:
    named = [*data.get("preProcessRuleGroups", []), *data.get("postProcessRuleGroups", [])]
    wanted = {_rule_group(group) for group in named}
    for row in rows:
        region = HOME if row.type == CLOUDFRONT else place.region
        state = wafv2.state_of(place.account, region)
        arn = row.known.distribution_config.web_acl_id if row.type == CLOUDFRONT else state.associations.get(row.id)
        acl = state.items.get(arn)
        if acl is None:
            yield row, "RESOURCE_MISSING_WEB_ACL"
        elif not wanted <= {_referred(rule["Statement"]) for rule in acl.settings["Rules"]}:
            yield row, "WEB_ACL_MISSING_RULE_GROUP"


def _rule_group(group: dict[str, Any]) -> tuple[str, str]:
    if group["ruleGroupType"] == "RuleGroup":
        return "", group["ruleGroupArn"]
    named = group["managedRuleGroupIdentifier"]
    return named["vendorName"], named["managedRuleGroupName"]


def _referred(statement: dict[str, Any]) -> tuple[str, str]:
    if managed := statement.get("ManagedRuleGroupStatement"):
        return managed["VendorName"], managed["Name"]
    return "", statement.get("RuleGroupReferenceStatement", {}).get("ARN", "")


def _protections(place: Place, data: dict[str, Any], rows: list[Resource]) -> Iterator[tuple[Resource, str]]:
    protected = {row["ResourceArn"] for row in shield.state_of(place.account, HOME).protections.values()}
    for row in rows:
        if row.id not in protected:
            yield row, "RESOURCE_MISSING_SHIELD_PROTECTION"


def _usage(place: Place, data: dict[str, Any], rows: list[Resource]) -> Iterator[tuple[Resource, str]]:
    used = {group.id for eni in ec2_backends[place.account][place.region].enis.values() for group in eni.group_set}
    seen: dict[tuple[Any, ...], str] = {}
    for row in rows:
        group = row.known
        if data.get("deleteUnusedSecurityGroups") and row.id not in used and group.name != "default":
            yield row, "SECURITY_GROUP_UNUSED"
        elif data.get("coalesceRedundantSecurityGroups"):
            key = (group.vpc_id, *sorted(map(repr, _ranges(group))))
            if key in seen:
                yield row, "SECURITY_GROUP_REDUNDANT"
            seen.setdefault(key, row.id)


def _content(place: Place, data: dict[str, Any], rows: list[Resource]) -> Iterator[tuple[Resource, str]]:
    named = {row["id"].strip() for row in data.get("securityGroups", [])}
    admin = ec2_backends[place.admin][place.region].groups.values()
    audit = [rule for groups in admin for id, group in groups.items() if id in named for rule in _ranges(group)]
    allows = (data.get("securityGroupAction") or {}).get("type") == "ALLOW"
    for row in rows:
        if row.type != GROUP or row.id in named:
            continue
        rules = _ranges(row.known)
        if allows:
            breaks = any(not any(rule.within(allowed) for allowed in audit) for rule in rules)
        else:
            breaks = any(rule.meets(denied) for rule in rules for denied in audit)
        if breaks:
            yield row, "RESOURCE_VIOLATES_AUDIT_SECURITY_GROUP"


@dataclass(frozen=True)
class Range:
    """One rule of a security group: for a range of addresses, or for a group or prefix list by its id."""

    egress: bool
    protocol: str
    ports: range
    source: str

    def within(self, other: "Range") -> bool:
        return (
            self.egress == other.egress
            and other.protocol in ("-1", self.protocol)
            and other.ports.start <= self.ports.start
            and self.ports.stop <= other.ports.stop
            and _inside(self.source, other.source)
        )

    def meets(self, other: "Range") -> bool:
        return (
            self.egress == other.egress
            and (self.protocol == other.protocol or "-1" in (self.protocol, other.protocol))
            and self.ports.start < other.ports.stop
            and other.ports.start < self.ports.stop
            and (_inside(self.source, other.source) or _inside(other.source, self.source))
        )


def _inside(one: str, other: str) -> bool:
    if "/" not in one or "/" not in other:
        return one == other
    inner, outer = ipaddress.ip_network(one, strict=False), ipaddress.ip_network(other, strict=False)
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]


def _ranges(group: Any) -> list[Range]:
    return [
        Range(egress, str(rule.ip_protocol), _ports(rule), _source(rule))
        for egress, rules in ((False, group.ingress_rules), (True, group.egress_rules))
        for rule in rules
    ]


def _ports(rule: Any) -> range:
    if rule.from_port is None or int(rule.from_port) < 0 or str(rule.ip_protocol) == "-1":
        return ALL_PORTS
    return range(int(rule.from_port), int(rule.to_port) + 1)


def _source(rule: Any) -> str:
    address = rule.ip_range.get("CidrIp") or rule.ip_range.get("CidrIpv6")
    return str(address or rule.source_group.get("GroupId") or rule.prefix_list_id)


def _firewalls(place: Place, data: dict[str, Any], rows: list[Resource]) -> Iterator[tuple[Resource, str]]:
    guarded = {row.vpc_id for row in networkfirewall_backends[place.account][place.region].firewalls.values()}
    for row in rows:
        if row.id not in guarded:
            yield row, "MISSING_FIREWALL"


def _dns(place: Place, data: dict[str, Any], rows: list[Resource]) -> Iterator[tuple[Resource, str]]:
    wanted = {
        row["ruleGroupId"] for name in ("preProcessRuleGroups", "postProcessRuleGroups") for row in data.get(name, [])
    }
    associations = list(resolver.state_of(place.account, place.region).associations.values())
    for row in rows:
        if not wanted <= {one["FirewallRuleGroupId"] for one in associations if one["VpcId"] == row.id}:
            yield row, "RESOURCE_MISSING_DNS_FIREWALL"


JUDGES: dict[str, Judge] = {
    "WAFV2": _web_acls,
    "SHIELD_ADVANCED": _protections,
    "SECURITY_GROUPS_USAGE_AUDIT": _usage,
    "SECURITY_GROUPS_CONTENT_AUDIT": _content,
    "NETWORK_FIREWALL": _firewalls,
    "DNS_FIREWALL": _dns,
}
