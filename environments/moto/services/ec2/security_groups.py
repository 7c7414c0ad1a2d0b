"""Security groups: the default group's own rule, port ranges, and what keeps a group from being deleted.

Sources: Amazon VPC User Guide, "Default security groups for your VPCs" and "Delete a security group"; Amazon EC2 API
Reference, "AuthorizeSecurityGroupIngress", "DeleteSecurityGroup" and "Error codes for the Amazon EC2 API".
"""

from collections.abc import Iterator, Mapping
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.models.vpcs import VPC

from ...extend import Call, Refusal
from ._service import refuse_dry_run, replaced, service

PORTED = ("tcp", "udp", "6", "17")
ICMP = ("icmp", "1", "icmpv6", "58")
NAMED = ("-1", "tcp", "udp", "icmp", "icmpv6")


@service.patch
def let_a_default_group_talk_to_itself() -> None:
    """moto gives that rule to the default VPC's group only."""

    def create(original: Any) -> Any:
        def create_security_group(
            backend: Any, *arguments: Any, is_default: bool | None = None, **settings: Any
        ) -> Any:
            group = original(backend, *arguments, is_default=is_default, **settings)
            if is_default and not group.ingress_rules:
                itself = {"GroupId": group.id, "OwnerId": backend.account_id, "UserId": backend.account_id}
                rule = SecurityGroupRule(backend, "-1", group.id, None, None, {}, itself, is_egress=False)
                group.add_ingress_rule(rule)
            return group

        return create_security_group

    replaced(EC2Backend, "create_security_group", create)


@service.patch
def tell_ipv4_from_ipv6() -> None:
    """moto looks for `::/` in a VPC's blocks: an address block that ends otherwise would count as neither."""

    def blocks(_: Any) -> Any:
        def get_cidr_block_association_set(vpc: Any, ipv6: bool = False) -> list[dict[str, Any]]:
            return [item for item in vpc._cidr_block_association_set.values() if (":" in item["cidr_block"]) == ipv6]

        return get_cidr_block_association_set

    replaced(VPC, "get_cidr_block_association_set", blocks)


@service.operation
def create_security_group(call: Call[Any]) -> Any:
    """A new group with a rule out to everywhere, and none in."""
    name = call.get("GroupName", "")
    if name.startswith("sg-"):
        message = f"Value ({name[:60]}) for parameter groupName is invalid. It may not start with 'sg-'."
        raise Refusal("InvalidParameterValue", message)
    if name == "default":
        raise Refusal("InvalidParameterValue", "Cannot use reserved security group name: default")
    if call.get("VpcId"):
        call.backend.get_vpc(call.input["VpcId"])
    refuse_dry_run(call)
    return call.moto()


@service.operation
def authorize_security_group_ingress(call: Call[Any]) -> Any:
    """Rules in, with port ranges that exist."""
    _check_permissions(call)
    return call.moto()


@service.operation
def authorize_security_group_egress(call: Call[Any]) -> Any:
    """Rules out, with port ranges that exist."""
    _check_permissions(call)
    return call.moto()


@service.operation
def modify_security_group_rules(call: Call[Any]) -> Any:
    """Other values for rules that exist, with port ranges that exist."""
    for rule in call.input["SecurityGroupRules"]:
        _check_ports(rule.get("SecurityGroupRule") or {})
    return call.moto()


@service.operation
def delete_security_group(call: Call[Any]) -> Any:
    """Forget a group that nothing uses and no other group names."""
    group = _group(call)
    if group is not None:
        if group.name == "default":
            message = f'the specified group: "{group.id}" name: "default" cannot be deleted by a user'
            raise Refusal("CannotDelete", message)
        if next(_users(call, group), None) is not None:
            raise Refusal("DependencyViolation", f"resource {group.id} has a dependent object")
    refuse_dry_run(call)
    return call.moto()


def _check_permissions(call: Call[Any]) -> None:
    permissions = call.get("IpPermissions") or []
    if call.get("IpProtocol"):
        permissions = [*permissions, call.input]
    for permission in permissions:
        _check_ports(permission)
        for row in permission.get("PrefixListIds") or []:
            if row.get("PrefixListId") not in call.backend.managed_prefix_lists:
                message = f"The prefix list ID '{str(row.get('PrefixListId'))[:64]}' does not exist"
                raise Refusal("InvalidPrefixListID.NotFound", message)


def _check_ports(rule: Mapping[str, Any]) -> None:
    protocol = str(rule.get("IpProtocol", "-1")).lower()
    if protocol not in NAMED and not (protocol.isdecimal() and int(protocol) <= 255):
        raise Refusal("InvalidParameterValue", f"Invalid value '{protocol[:32]}' for IP protocol. Unknown protocol.")
    first, last = rule.get("FromPort"), rule.get("ToPort")
    if protocol in PORTED:
        if first is None or last is None:
            message = "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange."
            raise Refusal("InvalidParameterValue", message)
        if not (0 <= first <= 65535 and 0 <= last <= 65535):
            wrong = last if 0 <= first <= 65535 else first
            raise Refusal("InvalidParameterValue", f"Invalid value '{wrong}' for port. Must be between 0 and 65535.")
        if first > last:
            kind = "UDP" if protocol in ("udp", "17") else "TCP"
            message = f"Invalid {kind} port range. 'from' port ({first}) is larger than 'to' port ({last})."
            raise Refusal("InvalidParameterValue", message)
    elif protocol in ICMP:
        for value in (first, last):
            if value is not None and not -1 <= value <= 255:
                raise Refusal("InvalidParameterValue", f"Invalid ICMP type or code '{value}'.")


def _group(call: Call[Any]) -> Any:
    if call.get("GroupId"):
        return call.backend.get_security_group_from_id(call.input["GroupId"])
    if call.get("GroupName"):
        return call.backend.get_security_group_from_name(call.input["GroupName"], call.backend.default_vpc.id)
    raise Refusal("MissingParameter", "The request must contain the parameter groupName or groupId")


def _users(call: Call[Any], group: Any) -> Iterator[Any]:
    """What holds the group: interfaces, instances, endpoints, load balancers, and rules of other groups."""
    backend = call.backend
    for interface in backend.enis.values():
        if any(used.id == group.id for used in interface.group_set):
            yield interface
    for reservation in backend.reservations.values():
        for instance in reservation.instances:
            used = [item for item in instance.security_groups if item is not None]
            if instance._state.name != "terminated" and any(item.id == group.id for item in used):
                yield instance
    for endpoint in backend.vpc_end_points.values():
        if group.id in endpoint.security_group_ids:
            yield endpoint
    for endpoint in service.state_of(call.account, call.region).get("connect endpoints", {}).values():
        if group.id in endpoint["SecurityGroupIds"]:
            yield endpoint
    yield from _balancers(call, group.id)
    for groups in backend.groups.values():
        for other in groups.values():
            rules = [*other.ingress_rules, *other.egress_rules] if other is not group else []
            if any(rule.source_group.get("GroupId") == group.id for rule in rules):
                yield other


def _balancers(call: Call[Any], group: str) -> Iterator[Any]:
    from moto.elbv2.models import elbv2_backends

    for balancer in elbv2_backends[call.account][call.region].load_balancers.values():
        if group in (balancer.security_groups or []):
            yield balancer
