"""Network ACLs: the asterisk rows that end every list, and the numbers that AWS takes.

Sources: Amazon VPC User Guide, "Default network ACL" and "Custom network ACLs"; Amazon EC2 API Reference,
"CreateNetworkAclEntry" (rule numbers 1 to 32766; the rest is reserved).
"""

from ipaddress import ip_network
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.network_acls import NetworkAcl, NetworkAclEntry

from ...extend import Call, Refusal
from ._service import refuse_dry_run, replaced, service

LAST_NUMBER = 32766
ASTERISK, ASTERISK_IPV6 = 32767, 32768  # how the API numbers what the console shows as `*`
DEFAULT_ALLOW_IPV6 = 101
EVERYWHERE, EVERYWHERE_IPV6 = "0.0.0.0/0", "::/0"
WITH_PORTS = ("6", "17", "tcp", "udp")


@service.patch
def end_every_list_with_a_deny() -> None:
    """moto gives the asterisk row to default ACLs only, and none for IPv6."""

    def create(original: Any) -> Any:
        def create_network_acl(backend: Any, vpc_id: str, *arguments: Any, **settings: Any) -> Any:
            acl = original(backend, vpc_id, *arguments, **settings)
            _end(backend, acl, ASTERISK, EVERYWHERE)
            if backend.vpcs[vpc_id].get_cidr_block_association_set(ipv6=True):
                _speak_of_ipv6(backend, acl)
            return acl

        return create_network_acl

    def associate(original: Any) -> Any:
        def associate_vpc_cidr_block(backend: Any, vpc_id: str, cidr_block: str, ipv6: bool) -> Any:
            answer = original(backend, vpc_id, cidr_block, ipv6)
            for acl in backend.network_acls.values():
                if ipv6 and acl.vpc_id == vpc_id:
                    _speak_of_ipv6(backend, acl)
            return answer

        return associate_vpc_cidr_block

    replaced(EC2Backend, "create_network_acl", create)
    replaced(EC2Backend, "associate_vpc_cidr_block", associate)


def _speak_of_ipv6(backend: Any, acl: NetworkAcl) -> None:
    """The asterisk rows; and in a default ACL that nobody changed, everything is allowed as for IPv4."""
    for egress in (False, True):
        rows = {entry.rule_number for entry in acl.network_acl_entries if entry.egress == egress}
        if acl.default and rows == {100, ASTERISK}:
            _add(backend, acl, DEFAULT_ALLOW_IPV6, "allow", egress, EVERYWHERE_IPV6)
    _end(backend, acl, ASTERISK_IPV6, EVERYWHERE_IPV6)


def _end(backend: Any, acl: NetworkAcl, number: int, block: str) -> None:
    for egress in (True, False):
        if not any((entry.rule_number, entry.egress) == (number, egress) for entry in acl.network_acl_entries):
            _add(backend, acl, number, "deny", egress, block)


def _add(backend: Any, acl: NetworkAcl, number: int, action: str, egress: bool, block: str) -> None:
    ipv4, ipv6 = (None, block) if ":" in block else (block, None)
    entry = NetworkAclEntry(backend, acl.id, number, "-1", action, egress, ipv4, None, None, None, None, ipv6)
    acl.network_acl_entries.append(entry)


@service.operation
def create_network_acl_entry(call: Call[Any]) -> Any:
    """One numbered entry, as AWS would take it."""
    _check_entry(call)
    refuse_dry_run(call)
    return call.moto()


@service.operation
def replace_network_acl_entry(call: Call[Any]) -> Any:
    """The entry of this number and direction anew."""
    _check_entry(call)
    _existing_entry(call)
    refuse_dry_run(call)
    return call.moto()


@service.operation
def delete_network_acl_entry(call: Call[Any]) -> Any:
    """Forget an entry; the asterisk rows stay."""
    _check_number(call)
    _existing_entry(call)
    refuse_dry_run(call)
    return call.moto()


@service.operation
def delete_network_acl(call: Call[Any]) -> Any:
    """Forget an ACL that is not its VPC's default."""
    acl = call.backend.network_acls.get(call.input["NetworkAclId"])
    if acl is not None and acl.default:
        raise Refusal("InvalidParameterValue", f"cannot delete default network ACL {acl.id}")
    refuse_dry_run(call)
    return call.moto()


def _check_entry(call: Call[Any]) -> None:
    _check_number(call)
    if call.input["RuleAction"] not in ("allow", "deny"):
        raise Refusal("InvalidParameterValue", "Value for parameter ruleAction is invalid: it is allow or deny")
    blocks = [name for name in ("CidrBlock", "Ipv6CidrBlock") if call.get(name)]
    if len(blocks) != 1:
        code = "MissingParameter" if not blocks else "InvalidParameterCombination"
        raise Refusal(code, "The request must contain either the parameter cidrBlock or ipv6CidrBlock")
    _check_block(call.input[blocks[0]], 6 if blocks[0] == "Ipv6CidrBlock" else 4)
    _check_protocol(call, str(call.input["Protocol"]).lower(), blocks[0] == "Ipv6CidrBlock")


def _check_number(call: Call[Any]) -> None:
    number = call.input["RuleNumber"]
    if not 1 <= number <= LAST_NUMBER:
        message = f"Value ({number}) for parameter ruleNumber is invalid. It must be between 1 and {LAST_NUMBER}"
        raise Refusal("InvalidParameterValue", message)


def _check_block(text: str, version: int) -> None:
    try:
        right = ip_network(text, strict=False).version == version
    except ValueError:
        right = False
    if not right:
        raise Refusal("InvalidParameterValue", f"Value ({text[:60]}) for parameter cidrBlock is invalid.")


def _check_protocol(call: Call[Any], protocol: str, is_ipv6: bool) -> None:
    ports = call.get("PortRange") or {}
    if protocol.isdigit() and int(protocol) > 255:
        raise Refusal("InvalidParameterValue", f"Value ({protocol[:20]}) for parameter protocol is invalid.")
    if protocol in WITH_PORTS:
        first, last = ports.get("From"), ports.get("To")
        if first is None or last is None:
            raise Refusal("MissingParameter", "The request must contain the parameter portRange for TCP and UDP")
        if not 0 <= first <= last <= 65535:
            raise Refusal("InvalidParameterValue", f"Value ({first}-{last}) for parameter portRange is invalid.")
    needs_type = protocol in ("1", "icmp") or (protocol == "58" and is_ipv6)
    if needs_type and (call.get("IcmpTypeCode") or {}).get("Type") is None:
        raise Refusal("MissingParameter", "The request must contain the parameter icmpTypeCode for ICMP")


def _existing_entry(call: Call[Any]) -> None:
    acl = call.backend.get_network_acl(call.input["NetworkAclId"])
    wanted = call.input["RuleNumber"], call.input["Egress"]
    if not any((entry.rule_number, entry.egress) == wanted for entry in acl.network_acl_entries):
        raise Refusal("InvalidNetworkAclEntry.NotFound", f"The network acl entry {wanted[0]} does not exist")
