"""Protocols and ports as EC2 writes them (name, number, -1, absent), brought to one form.

ICMP has types and codes in place of ports; `type * 256 + code` makes them one number, so that every rule is an
interval of 0-65535 (VPC User Guide, "Security group rules", and "Network ACLs").
"""

from collections.abc import Iterable
from functools import lru_cache

from hardenlab.semantics.network.addresses import Family

Ports = tuple[int, int]
PortAsked = int | tuple[int, int] | None

ALL_PROTOCOLS = -1
ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
ALL_PORTS: Ports = (0, 65535)
NO_PORTS: Ports = (1, 0)
PORTED = (TCP, UDP)

_NUMBERS = {"icmp": ICMP, "tcp": TCP, "udp": UDP, "icmpv6": ICMPV6, "all": ALL_PROTOCOLS}
_NAMES = {ALL_PROTOCOLS: "all", ICMP: "icmp", TCP: "tcp", UDP: "udp", ICMPV6: "icmpv6"}
_ECHO_REPLY = {(ICMP, 8): 0, (ICMPV6, 128): 129}


def protocol_number(text: object) -> int | None:
    """-1 for all protocols, 0-255 for one, None when EC2 knows no such protocol."""
    word = str(text).strip().lower()
    if word in _NUMBERS:
        return _NUMBERS[word]
    try:
        number = int(word)
    except ValueError:
        return None
    return number if -1 <= number <= 255 else None


@lru_cache(maxsize=1024)
def asked_protocol(text: str | int, family: Family) -> int:
    """The protocol of a question. "icmp" asked of IPv6 means ICMPv6. Raises ValueError on an unknown one."""
    number = protocol_number(text)
    if number is None or number == ALL_PROTOCOLS:
        raise ValueError(f"ask about one protocol (tcp, udp, icmp, icmpv6 or a number), not {text!r}")
    return ICMPV6 if number == ICMP and family == "ipv6" else number


def protocol_name(number: int) -> str:
    """ "tcp" for 6, "all" for -1, "protocol 47" for what has no short name in EC2."""
    return _NAMES.get(number, f"protocol {number}")


def has_ports(protocol: int) -> bool:
    """Rules for other protocols than these apply to all traffic of the protocol."""
    return protocol in PORTED


def is_icmp(protocol: int) -> bool:
    return protocol in (ICMP, ICMPV6)


def rule_ports(protocol: int, first: object, last: object) -> Ports:
    """The interval that a rule covers; `first` and `last` are its two port fields, or ICMP type and code."""
    low, high = _number(first), _number(last)
    if is_icmp(protocol):
        return _icmp_range(low, high)
    if not has_ports(protocol) or low is None or low < 0:
        return ALL_PORTS
    if high is None or high < low or high > ALL_PORTS[1]:
        return NO_PORTS  # EC2 refuses such a rule, so it can admit nothing
    return low, high


def asked_ports(protocol: int, port: PortAsked) -> Ports:
    """The interval that a question is about. For ICMP a port is a type; protocols without ports have them all."""
    if port is None:
        return ALL_PORTS
    low, high = (port, port) if isinstance(port, int) else port
    if is_icmp(protocol):
        return low * 256, high * 256 + 255
    if not has_ports(protocol):
        return ALL_PORTS
    if not 0 <= low <= high <= ALL_PORTS[1]:
        raise ValueError(f"no such port range: {low}-{high}")
    return low, high


def reply_port(protocol: int, port: int, client_port: int) -> int | None:
    """What the reply is addressed to: the client's port, an echo reply; None when nothing is replied."""
    if is_icmp(protocol):
        reply = _ECHO_REPLY.get((protocol, port // 256))
        return None if reply is None else reply * 256
    return client_port if has_ports(protocol) else 0


def samples(ports: Ports, breaks: Iterable[int]) -> list[int]:
    """The first port of each stretch within which no rule changes: asking these asks all."""
    low, high = ports
    if low == high:
        return [low]
    return sorted({low, *(number for number in breaks if low < number <= high)})


@lru_cache(maxsize=4096)
def show_ports(protocol: int, ports: Ports) -> str:
    """ "tcp 22", "tcp 1024-65535", "icmp type 8", "all traffic"."""
    name = protocol_name(protocol)
    low, high = ports
    if protocol == ALL_PROTOCOLS:
        return "all traffic"
    if ports == ALL_PORTS or not (has_ports(protocol) or is_icmp(protocol)):
        return f"{name} (all)" if has_ports(protocol) else name
    if is_icmp(protocol):
        return _show_icmp(name, low, high)
    return f"{name} {low}" if low == high else f"{name} {low}-{high}"


def _show_icmp(name: str, low: int, high: int) -> str:
    if low // 256 != high // 256:
        return f"{name} types {low // 256}-{high // 256}"
    return f"{name} type {low // 256}" + (f" code {low % 256}" if low == high else "")


def _icmp_range(kind: int | None, code: int | None) -> Ports:
    if kind is None or kind < 0:
        return ALL_PORTS
    if kind > 255 or (code is not None and code > 255):
        return NO_PORTS
    if code is None or code < 0:
        return kind * 256, kind * 256 + 255
    return kind * 256 + code, kind * 256 + code


def _number(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None
