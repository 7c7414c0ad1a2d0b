"""Firewalls: a policy at work in a VPC, with an endpoint in each of its subnets.

Sources: AWS Network Firewall API Reference, CreateFirewall, AssociateSubnets, AssociateFirewallPolicy, DeleteFirewall
and the operations that update a firewall's settings; AWS Network Firewall Developer Guide, "AWS Network Firewall
quotas".
"""

from collections.abc import Callable
from typing import Any

from moto.ec2.models import ec2_backends

from ...extend import Refusal
from ...extend.call import unique
from .endpoints import close_endpoint, open_endpoint
from .state import (
    Firewall,
    Members,
    NetworkFirewallCall,
    check_room,
    check_token,
    checked_encryption,
    invalid,
    named,
    new_token,
    references,
    service,
    tagged,
)  # fmt: skip

MAX_FIREWALLS = 5
FLAGS = ("DeleteProtection", "SubnetChangeProtection", "FirewallPolicyChangeProtection")
OTHER_KINDS = (
    "TransitGatewayId", "AvailabilityZoneMappings", "NatGatewayCreateMappings", "ProxySettings", "VpcEndpoint",
    "TransparentFilteringNatScope",
)  # fmt: skip


@service.operation
def create_firewall(call: NetworkFirewallCall) -> Members:
    """A new firewall, with its endpoints."""
    if any(name in call.input for name in OTHER_KINDS):
        raise NotImplementedError("firewalls on transit gateways and proxies")
    firewalls, policy = call.state.firewalls, call.input["FirewallPolicyArn"]
    if policy not in call.state.policies:
        raise invalid(f"firewall policy not found, parameter: [{policy}]")
    if "VpcId" not in call.input or not call.get("SubnetMappings"):
        raise invalid("VpcId and SubnetMappings are needed.")
    if call.input["VpcId"] not in _ec2(call).vpcs:
        raise invalid(f"VPC not found, parameter: [{call.input['VpcId']}]")
    _check_subnets(call, call.input["VpcId"], call.input["SubnetMappings"], [])
    arn = call.arn("network-firewall", f"firewall/{call.input['FirewallName']}")
    check_room(call, len(firewalls), MAX_FIREWALLS, arn, firewalls)
    about = {
        "FirewallName": call.input["FirewallName"],
        "FirewallArn": arn,
        "FirewallId": unique(),
        "FirewallPolicyArn": policy,
        "VpcId": call.input["VpcId"],
        "SubnetMappings": list(call.input["SubnetMappings"]),
        "EncryptionConfiguration": checked_encryption(call),
        **{flag: call.get(flag, True) for flag in FLAGS},
    }
    about |= {name: call.input[name] for name in ("Description", "EnabledAnalysisTypes") if name in call.input}
    firewall = firewalls[arn] = Firewall(arn, about, new_token())
    call.tags.put(arn, call.get("Tags"))
    for mapping in about["SubnetMappings"]:
        firewall.endpoints[mapping["SubnetId"]] = open_endpoint(call, arn, about["VpcId"], mapping["SubnetId"])
    status = {"Status": "PROVISIONING", "ConfigurationSyncStateSummary": "PENDING"}
    return {"Firewall": _shown(call, firewall), "FirewallStatus": status}


@service.operation
def describe_firewall(call: NetworkFirewallCall) -> Members:
    """The firewall, and how its endpoints are."""
    firewall = existing_firewall(call)
    return {
        "UpdateToken": firewall.token,
        "Firewall": _shown(call, firewall),
        "FirewallStatus": _status(call, firewall),
    }


@service.operation
def describe_firewall_metadata(call: NetworkFirewallCall) -> Members:
    """The firewall in short, for those with whom it is shared."""
    firewall = existing_firewall(call)
    answer = {
        "FirewallArn": firewall.arn,
        "FirewallPolicyArn": firewall.about["FirewallPolicyArn"],
        "Status": "READY",
        "SupportedAvailabilityZones": {zone: {"IPAddressType": "IPV4"} for zone in _sync_states(call, firewall)},
    }
    return answer | {name: firewall.about[name] for name in ("Description",) if name in firewall.about}


@service.operation
def list_firewalls(call: NetworkFirewallCall) -> Members:
    """Firewalls in short, of some VPCs if asked."""
    wanted = call.get("VpcIds") or []
    found = [one for one in call.state.firewalls.values() if not wanted or one.about["VpcId"] in wanted]
    return {"Firewalls": [{"FirewallName": one.name, "FirewallArn": one.arn} for one in found]}


@service.operation
def delete_firewall(call: NetworkFirewallCall) -> Members:
    """Forget a firewall that is not protected, with its endpoints."""
    firewall = existing_firewall(call)
    _check_flag(firewall, "DeleteProtection", "deletion")
    if any(one["FirewallArn"] == firewall.arn for one in call.state.associations.values()):
        raise Refusal("InvalidOperationException", "Delete the firewall's VPC endpoint associations first.")
    status = _status(call, firewall) | {"Status": "DELETING"}
    answer = {"Firewall": _shown(call, firewall), "FirewallStatus": status}
    for endpoint in firewall.endpoints.values():
        close_endpoint(call, endpoint)
    del call.state.firewalls[firewall.arn]
    call.state.resource_policies.pop(firewall.arn, None)
    call.tags.forget(firewall.arn)
    return answer


@service.operation
def associate_subnets(call: NetworkFirewallCall) -> Members:
    """An endpoint in each of these subnets too."""
    if "NatGatewayCreateMappings" in call.input:
        raise NotImplementedError("proxies")
    firewall = _changing(call, "SubnetChangeProtection", "changes of its subnets")
    mappings = firewall.about["SubnetMappings"]
    _check_subnets(call, firewall.about["VpcId"], call.input["SubnetMappings"], mappings)
    for mapping in call.input["SubnetMappings"]:
        mappings.append(mapping)
        subnet = mapping["SubnetId"]
        firewall.endpoints[subnet] = open_endpoint(call, firewall.arn, firewall.about["VpcId"], subnet)
    return _answer(firewall, "SubnetMappings")


@service.operation
def disassociate_subnets(call: NetworkFirewallCall) -> Members:
    """No endpoint in these subnets any more; one stays."""
    firewall = _changing(call, "SubnetChangeProtection", "changes of its subnets")
    mappings, gone = firewall.about["SubnetMappings"], set(call.input["SubnetIds"])
    if not gone <= {mapping["SubnetId"] for mapping in mappings}:
        raise invalid(f"subnet is not associated with the firewall, parameter: {sorted(gone)}")
    left = [mapping for mapping in mappings if mapping["SubnetId"] not in gone]
    if not left:
        raise invalid("A firewall needs at least one subnet.")
    firewall.about["SubnetMappings"] = left
    for subnet in sorted(gone):
        close_endpoint(call, firewall.endpoints.pop(subnet))
    return _answer(firewall, "SubnetMappings")


@service.operation
def associate_firewall_policy(call: NetworkFirewallCall) -> Members:
    """Another policy at work in the firewall."""
    firewall = _changing(call, "FirewallPolicyChangeProtection", "changes of its firewall policy")
    if call.input["FirewallPolicyArn"] not in call.state.policies:
        raise Refusal("ResourceNotFoundException", f"firewall policy not found: {call.input['FirewallPolicyArn']}")
    firewall.about["FirewallPolicyArn"] = call.input["FirewallPolicyArn"]
    return _answer(firewall, "FirewallPolicyArn")


def _setting(name: str, check: Callable[[NetworkFirewallCall], Any] | None = None) -> Callable[[Any], Members]:
    """An update of one setting."""

    def update(call: NetworkFirewallCall) -> Members:
        firewall = existing_firewall(call)
        check_token(call.get("UpdateToken"), firewall.token)
        value = check(call) if check else call.get(name)
        if value is None:
            firewall.about.pop(name, None)
        else:
            firewall.about[name] = value
        return _answer(firewall, name)

    return update


for operation, setting, checked in (
    ("update_firewall_delete_protection", "DeleteProtection", None),
    ("update_subnet_change_protection", "SubnetChangeProtection", None),
    ("update_firewall_policy_change_protection", "FirewallPolicyChangeProtection", None),
    ("update_firewall_description", "Description", None),
    ("update_firewall_encryption_configuration", "EncryptionConfiguration", checked_encryption),
    ("update_firewall_analysis_settings", "EnabledAnalysisTypes", None),
):
    function = _setting(setting, checked)
    function.__name__, function.__doc__ = operation, f"Set {setting}."
    service.operation(function)


def existing_firewall(call: NetworkFirewallCall) -> Firewall:
    found: Firewall = named(call, call.state.firewalls, "Firewall")
    return found


def _changing(call: NetworkFirewallCall, flag: str, what: str) -> Firewall:
    """The firewall that the call means to change, if its token is the last and nothing protects it."""
    firewall = existing_firewall(call)
    check_token(call.get("UpdateToken"), firewall.token)
    _check_flag(firewall, flag, what)
    return firewall


def _check_flag(firewall: Firewall, flag: str, what: str) -> None:
    if firewall.about[flag]:
        raise Refusal("InvalidOperationException", f"The firewall {firewall.name} is protected against {what}: "
                      f"set {flag} to FALSE first.")  # fmt: skip


def _answer(firewall: Firewall, member: str) -> Members:
    firewall.token = new_token()
    answer = {"FirewallArn": firewall.arn, "FirewallName": firewall.name, "UpdateToken": firewall.token}
    return answer | ({member: firewall.about[member]} if member in firewall.about else {})


def _check_subnets(call: NetworkFirewallCall, vpc: str, given: list[Members], before: list[Members]) -> None:
    zones: dict[str, str] = {}
    for mapping in [*before, *given]:
        subnet = _subnet(call, mapping["SubnetId"])
        if subnet is None or subnet.vpc_id != vpc:
            raise invalid(f"subnet is not in the VPC {vpc}, parameter: [{mapping['SubnetId']}]")
        if subnet.availability_zone in zones:
            raise invalid(f"Each subnet must belong to a different Availability Zone, parameter: [{subnet.id}]")
        zones[subnet.availability_zone] = subnet.id


def _ec2(call: NetworkFirewallCall) -> Any:
    return ec2_backends[call.account][call.region]


def _subnet(call: NetworkFirewallCall, id: str) -> Any:
    return next((zones[id] for zones in _ec2(call).subnets.values() if id in zones), None)


def _shown(call: NetworkFirewallCall, firewall: Firewall) -> Members:
    users = sum(one["FirewallArn"] == firewall.arn for one in call.state.associations.values())
    return tagged(call, firewall.arn, firewall.about | {"NumberOfAssociations": users})


def _status(call: NetworkFirewallCall, firewall: Firewall) -> Members:
    return {
        "Status": "READY",
        "ConfigurationSyncStateSummary": "IN_SYNC",
        "SyncStates": _sync_states(call, firewall),
        "CapacityUsageSummary": {"CIDRs": {"AvailableCIDRCount": 1_000_000, "UtilizedCIDRCount": 0}},
    }


def _sync_states(call: NetworkFirewallCall, firewall: Firewall) -> Members:
    """By Availability Zone: the endpoint, and the versions of policy and rule groups that are at work there."""
    policy = call.state.policies[firewall.about["FirewallPolicyArn"]]
    groups = [call.state.rule_groups.get(one["ResourceArn"]) for one in references(policy.body)]
    config = {
        one.arn: {"SyncStatus": "IN_SYNC", "UpdateToken": one.token} for one in (policy, *groups) if one is not None
    }
    states = {}
    for subnet, endpoint in firewall.endpoints.items():
        found = _subnet(call, subnet)
        zone = found.availability_zone if found else subnet
        attachment = {"SubnetId": subnet, "EndpointId": endpoint, "Status": "READY"}
        states[zone] = {"Attachment": attachment, "Config": config}
    return states
