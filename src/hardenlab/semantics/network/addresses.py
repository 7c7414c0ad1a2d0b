"""Addresses and CIDR blocks as integer intervals, and which of them are the internet."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network, summarize_address_range
from typing import Literal

from hardenlab.semantics.network.spans import Spans

Family = Literal["ipv4", "ipv6"]
FAMILIES: tuple[Family, ...] = ("ipv4", "ipv6")

EVERYTHING: dict[Family, Spans] = {"ipv4": Spans([(0, 2**32 - 1)]), "ipv6": Spans([(0, 2**128 - 1)])}

# Globally routed space, after the IANA special-purpose registries. Documentation ranges count as public, so that
# scenarios can use addresses which belong to nobody.
_NOT_PUBLIC_V4 = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.168.0.0/16", "224.0.0.0/3",
)  # fmt: skip
_PUBLIC_V6 = "2000::/3"

# A witness from a range that nobody owns reads as what it is: somebody out there.
_STRANGER: dict[Family, int] = {
    "ipv4": int(ip_address("198.51.100.7")),
    "ipv6": int(ip_address("2001:db8::7")),
}


@lru_cache(maxsize=8192)
def parse_cidr(text: str) -> tuple[Family, Spans]:
    """Family and addresses of a CIDR block or of a single address. Raises ValueError on anything else."""
    if not isinstance(text, str):
        raise ValueError("a CIDR block is text")
    network = ip_network(text.strip(), strict=False)
    family: Family = "ipv4" if network.version == 4 else "ipv6"
    return family, Spans([(int(network.network_address), int(network.broadcast_address))])


def parse_address(text: str) -> tuple[Family, int]:
    """Family and number of one address. Raises ValueError on anything else."""
    address = ip_address(text)
    return ("ipv4" if address.version == 4 else "ipv6"), int(address)


def show(family: Family, number: int) -> str:
    """An address as text."""
    return str(IPv4Address(number) if family == "ipv4" else IPv6Address(number))


def to_cidrs(family: Family, spans: Spans) -> tuple[str, ...]:
    """The fewest CIDR blocks that make up the set."""
    kind = IPv4Address if family == "ipv4" else IPv6Address
    return tuple(str(block) for low, high in spans for block in summarize_address_range(kind(low), kind(high)))


def pick(family: Family, spans: Spans) -> int:
    """One readable address of a set that is not empty."""
    if _STRANGER[family] in spans:
        return _STRANGER[family]
    low, high = next(iter(spans))
    return low + 1 if low < high else low


def _of(family: Family, *blocks: str) -> Spans:
    return Spans(pair for block in blocks for pair in parse_cidr(block)[1])


PUBLIC: dict[Family, Spans] = {
    "ipv4": EVERYTHING["ipv4"] - _of("ipv4", *_NOT_PUBLIC_V4),
    "ipv6": _of("ipv6", _PUBLIC_V6),
}
