"""Traffic mirroring: rules of filters, and sessions whose ends are there. moto keeps filters, targets and sessions.

Sources: Amazon VPC Traffic Mirroring, "Traffic Mirroring filters", "Sessions", "Targets"; Amazon EC2 API Reference,
"CreateTrafficMirrorFilterRule", "CreateTrafficMirrorSession", "Error codes for the Amazon EC2 API".
"""

from ipaddress import ip_network
from typing import Any

from moto.ec2.models.traffic_mirrors import TrafficMirrorFilter
from moto.elbv2.models import elbv2_backends

from ...extend import Call, Refusal
from ...extend.call import hexadecimal
from ._service import Row, existing, filtered, refuse_dry_run, service, tags_of

NUMBERS = 1, 32766
MAX_PORT = 65_535
WITH_PORTS = (6, 17)
FILTERS = {
    "traffic-mirror-filter-rule-id": "TrafficMirrorFilterRuleId",
    "traffic-mirror-filter-id": "TrafficMirrorFilterId",
    "rule-number": "RuleNumber",
    "rule-action": "RuleAction",
    "traffic-direction": "TrafficDirection",
    "protocol": "Protocol",
    "source-cidr-block": "SourceCidrBlock",
    "destination-cidr-block": "DestinationCidrBlock",
    "description": "Description",
}
SETTINGS = (
    "TrafficDirection", "RuleNumber", "RuleAction", "Protocol", "DestinationPortRange", "SourcePortRange",
    "DestinationCidrBlock", "SourceCidrBlock", "Description",
)  # fmt: skip
FIELDS = {  # what RemoveFields calls them
    "destination-port-range": "DestinationPortRange",
    "source-port-range": "SourcePortRange",
    "protocol": "Protocol",
    "description": "Description",
}


@service.patch
def show_the_rules_of_filters() -> None:
    """moto shows filters without rules: what its answers read are attributes of the names of AWS's members."""

    def rules(way: str) -> property:
        return property(lambda kept: [rule for rule in _rules_of(kept).values() if rule["TrafficDirection"] == way])

    shown: Any = TrafficMirrorFilter
    shown.ingress_filter_rules, shown.egress_filter_rules = rules("ingress"), rules("egress")
    shown.network_services = property(lambda kept: vars(kept).get("hardenlab_services", []))


@service.operation
def create_traffic_mirror_filter_rule(call: Call[Any]) -> dict[str, Any]:
    """A rule of a filter."""
    kept = _filter(call, call.input["TrafficMirrorFilterId"])
    rule = {name: call.input[name] for name in SETTINGS if name in call.input}
    _check(rule, kept)
    tags = tags_of(call, "traffic-mirror-filter-rule")
    refuse_dry_run(call)
    id = f"tmfr-{hexadecimal(17)}"
    rule |= {"TrafficMirrorFilterRuleId": id, "TrafficMirrorFilterId": kept.id, "Tags": tags}
    _rules_of(kept)[id] = rule
    return {"TrafficMirrorFilterRule": rule, "ClientToken": call.get("ClientToken")}


@service.operation
def modify_traffic_mirror_filter_rule(call: Call[Any]) -> dict[str, Any]:
    """Other settings of a rule; the fields to remove get their defaults."""
    kept, rule = _existing_rule(call)
    removed = {FIELDS[name] for name in call.get("RemoveFields", []) if name in FIELDS}
    changed = {name: value for name, value in rule.items() if name not in removed}
    changed |= {name: call.input[name] for name in SETTINGS if name in call.input}
    _check(changed, kept, but=rule)
    refuse_dry_run(call)
    _rules_of(kept)[rule["TrafficMirrorFilterRuleId"]] = changed
    return {"TrafficMirrorFilterRule": changed}


@service.operation
def delete_traffic_mirror_filter_rule(call: Call[Any]) -> dict[str, Any]:
    """Take a rule from its filter."""
    kept, rule = _existing_rule(call)
    refuse_dry_run(call)
    id = rule["TrafficMirrorFilterRuleId"]
    del _rules_of(kept)[id]
    return {"TrafficMirrorFilterRuleId": id}


@service.operation
def describe_traffic_mirror_filter_rules(call: Call[Any]) -> dict[str, Any]:
    """The rules of all filters, or of one."""
    rules = {id: rule for kept in call.backend.traffic_mirror_filters.values() for id, rule in _rules_of(kept).items()}
    if "TrafficMirrorFilterId" in call.input:
        rules = dict(_rules_of(_filter(call, call.input["TrafficMirrorFilterId"])))
    found = existing(rules, call.get("TrafficMirrorFilterRuleIds", []), _RULE_NOT_FOUND, "rule ID")
    refuse_dry_run(call)
    return {"TrafficMirrorFilterRules": filtered(found, call.get("Filters", []), FILTERS)}


@service.operation
def modify_traffic_mirror_filter_network_services(call: Call[Any]) -> dict[str, Any]:
    """Mirror Amazon DNS, or do not."""
    kept = _filter(call, call.input["TrafficMirrorFilterId"])
    refuse_dry_run(call)
    services = vars(kept).setdefault("hardenlab_services", [])
    services += [name for name in call.get("AddNetworkServices", []) if name not in services]
    vars(kept)["hardenlab_services"] = [one for one in services if one not in call.get("RemoveNetworkServices", [])]
    shown = {
        "TrafficMirrorFilterId": kept.id,
        "IngressFilterRules": kept.ingress_filter_rules,
        "EgressFilterRules": kept.egress_filter_rules,
        "NetworkServices": kept.network_services,
        "Description": kept.description,
        "Tags": kept.tags,
    }
    return {"TrafficMirrorFilter": shown}


@service.operation
def delete_traffic_mirror_filter(call: Call[Any]) -> dict[str, Any]:
    """Forget a filter that no session uses, with its rules."""
    id = _filter(call, call.input["TrafficMirrorFilterId"]).id
    if any(session.traffic_mirror_filter_id == id for session in call.backend.traffic_mirror_sessions.values()):
        raise Refusal("TrafficMirrorFilterInUse", f"The filter {id} is in use by a session.")
    refuse_dry_run(call)
    del call.backend.traffic_mirror_filters[id]
    return {"TrafficMirrorFilterId": id}


@service.operation
def delete_traffic_mirror_target(call: Call[Any]) -> dict[str, Any]:
    """Forget a target that no session uses."""
    id = _target(call, call.input["TrafficMirrorTargetId"]).id
    if any(session.traffic_mirror_target_id == id for session in call.backend.traffic_mirror_sessions.values()):
        raise Refusal("TrafficMirrorTargetInUse", f"The target {id} is in use by a session.")
    refuse_dry_run(call)
    del call.backend.traffic_mirror_targets[id]
    return {"TrafficMirrorTargetId": id}


@service.operation
def create_traffic_mirror_target(call: Call[Any]) -> Any:
    """A target that is there."""
    backend = call.backend
    if "NetworkInterfaceId" in call.input:
        backend.get_network_interface(call.input["NetworkInterfaceId"])
    arn = call.get("NetworkLoadBalancerArn")
    if arn and arn not in elbv2_backends[call.account][call.region].load_balancers:
        raise Refusal("InvalidParameterValue", f"The Network Load Balancer {arn} does not exist.")
    endpoint = call.get("GatewayLoadBalancerEndpointId")
    if endpoint and endpoint not in backend.vpc_end_points:
        raise Refusal("InvalidVpcEndpointId.NotFound", f"The Vpc Endpoint Id '{endpoint}' does not exist")
    refuse_dry_run(call)
    return call.moto()


@service.operation
def create_traffic_mirror_session(call: Call[Any]) -> Any:
    """A session between an interface and a target, both there, with a number of its own."""
    _check_session(call, call.input, call.input["NetworkInterfaceId"], "")
    refuse_dry_run(call)
    return call.moto()


@service.operation
def modify_traffic_mirror_session(call: Call[Any]) -> Any:
    """Other ends, filter or number."""
    session = _session(call)
    _check_session(call, call.input, session.network_interface_id, session.id)
    refuse_dry_run(call)
    answer = call.moto()
    for field in call.get("RemoveFields", []):
        setattr(session, field.replace("-", "_"), None)
    return answer


@service.operation
def delete_traffic_mirror_session(call: Call[Any]) -> Any:
    """Mirror no more."""
    _session(call)
    refuse_dry_run(call)
    return call.moto()


_RULE_NOT_FOUND = "InvalidTrafficMirrorFilterRuleId.NotFound"


def _rules_of(kept: Any) -> dict[str, Row]:
    rules: dict[str, Row] = vars(kept).setdefault("hardenlab_rules", {})
    return rules


def _filter(call: Call[Any], id: str) -> Any:
    return _of(call.backend.traffic_mirror_filters, id, "Filter")


def _target(call: Call[Any], id: str) -> Any:
    return _of(call.backend.traffic_mirror_targets, id, "Target")


def _session(call: Call[Any]) -> Any:
    return _of(call.backend.traffic_mirror_sessions, call.input["TrafficMirrorSessionId"], "Session")


def _of(things: dict[str, Any], id: str, kind: str) -> Any:
    if id not in things:
        raise Refusal(
            f"InvalidTrafficMirror{kind}Id.NotFound", f"The traffic mirror {kind.lower()} '{id}' does not exist"
        )
    return things[id]


def _existing_rule(call: Call[Any]) -> tuple[Any, Row]:
    id = call.input["TrafficMirrorFilterRuleId"]
    for kept in call.backend.traffic_mirror_filters.values():
        if id in _rules_of(kept):
            return kept, _rules_of(kept)[id]
    raise Refusal(_RULE_NOT_FOUND, f"The traffic mirror filter rule '{id}' does not exist")


def _check(rule: Row, kept: Any, but: Row | None = None) -> None:
    low, high = NUMBERS
    if not low <= rule["RuleNumber"] <= high:
        raise Refusal("InvalidParameterValue", f"RuleNumber must be a number from {low} to {high}.")
    where = rule["TrafficDirection"], rule["RuleNumber"]
    others = [other for other in _rules_of(kept).values() if other is not but]
    if any((other["TrafficDirection"], other["RuleNumber"]) == where for other in others):
        raise Refusal(
            "TrafficMirrorFilterRuleAlreadyExists", f"The filter has a rule {where[1]} for {where[0]} already."
        )
    _check_blocks(rule)
    for name in ("DestinationPortRange", "SourcePortRange"):
        if name in rule:
            first, last = rule[name].get("FromPort", -1), rule[name].get("ToPort", -1)
            if rule.get("Protocol") not in WITH_PORTS:
                raise Refusal("InvalidParameterCombination", "Port ranges are for the protocols 6 (TCP) and 17 (UDP).")
            if not 0 <= first <= last <= MAX_PORT:
                raise Refusal("InvalidParameterValue", f"{name} is not a range of ports.")


def _check_blocks(rule: Row) -> None:
    versions = set()
    for name in ("DestinationCidrBlock", "SourceCidrBlock"):
        try:
            versions.add(ip_network(rule[name], strict=False).version)
        except ValueError:
            raise Refusal("InvalidParameterValue", f"{name}: {rule[name]} is not a valid CIDR block.") from None
    if len(versions) > 1:
        raise Refusal("InvalidParameterCombination", "Both CIDR blocks must be IPv4 ranges or IPv6 ranges.")


def _check_session(call: Call[Any], given: Row, interface: str, but: str) -> None:
    call.backend.get_network_interface(interface)
    if "TrafficMirrorFilterId" in given:
        _filter(call, given["TrafficMirrorFilterId"])
    if "TrafficMirrorTargetId" in given:
        target = _target(call, given["TrafficMirrorTargetId"])
        if target.network_interface_id == interface:
            raise Refusal("InvalidParameterValue", "The source and the target of a session must be different.")
    low, high = NUMBERS
    number = given.get("SessionNumber")
    if number is None:
        return
    if not low <= number <= high:
        raise Refusal("InvalidParameterValue", f"SessionNumber must be a number from {low} to {high}.")
    for session in call.backend.traffic_mirror_sessions.values():
        if session.id != but and (session.network_interface_id, session.session_number) == (interface, number):
            raise Refusal("InvalidParameterValue", f"The interface has a session with the number {number} already.")
