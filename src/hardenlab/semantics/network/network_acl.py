"""Network ACLs: stateless, ordered by rule number, the first match decides (VPC User Guide, "Network ACLs")."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from hardenlab.semantics.network.addresses import FAMILIES, Family, parse_address, parse_cidr, pick
from hardenlab.semantics.network.protocols import (
    ALL_PORTS,
    ALL_PROTOCOLS,
    PORTED,
    PortAsked,
    Ports,
    asked_ports,
    asked_protocol,
    is_icmp,
    protocol_number,
    rule_ports,
    samples,
    show_ports,
)
from hardenlab.semantics.network.security_group import EVERY_ADDRESS, spans_of
from hardenlab.semantics.network.sources import Internet
from hardenlab.semantics.network.spans import NOTHING, Spans
from hardenlab.semantics.unjudged import Unjudged

Direction = Literal["ingress", "egress"]
MAX_ENTRIES = 40  # of a direction and family, raised as far as it goes (VPC User Guide, "Amazon VPC quotas")
MAX_READ = 4 * (MAX_ENTRIES + 1)
LAST = 32767  # the asterisk: whatever nothing else decided is denied


@dataclass(frozen=True)
class AclEntry:
    """One numbered entry."""

    acl: str
    number: int
    allows: bool
    direction: Direction
    protocol: int
    ports: Ports
    family: Family
    cidr: str
    spans: Spans

    def speaks_of(self, protocol: int, port: int) -> bool:
        return self.protocol in (ALL_PROTOCOLS, protocol) and self.ports[0] <= port <= self.ports[1]

    def __str__(self) -> str:
        word = "from" if self.direction == "ingress" else "to"
        verdict = "allows" if self.allows else "denies"
        return f"{self.acl} entry {self.number} {verdict} {show_ports(self.protocol, self.ports)} {word} {self.cidr}"


@dataclass(frozen=True)
class Ineffective:
    """An entry that decides nothing, and the earlier entries that leave it nothing to decide."""

    entry: AclEntry
    covered_by: tuple[AclEntry, ...]

    @property
    def contradicted(self) -> bool:
        """Whether an earlier entry decides otherwise somewhere (else it is merely redundant)."""
        return any(entry.allows != self.entry.allows for entry in self.covered_by)

    def __str__(self) -> str:
        return f"{self.entry} never decides: {', '.join(str(entry) for entry in self.covered_by)} comes first"


@dataclass(frozen=True)
class NetworkAcl:
    """An ACL with its entries in the order in which they are asked."""

    id: str
    name: str
    tags: dict[str, str]
    vpc: str
    is_default: bool
    subnets: tuple[str, ...]
    entries: tuple[AclEntry, ...]

    def decide(
        self, direction: Direction, address: str, port: PortAsked = None, protocol: str | int = "tcp"
    ) -> AclEntry | None:
        """The entry that decides about one address and the first asked port; None is the closing deny."""
        family, number = parse_address(address)
        kind = asked_protocol(protocol, family)
        return self.deciding(direction, family, number, kind, asked_ports(kind, port)[0])

    def deciding(self, direction: Direction, family: Family, address: int, protocol: int, port: int) -> AclEntry | None:
        for entry in self.of(direction, family):
            if entry.speaks_of(protocol, port) and address in entry.spans:
                return entry
        return None

    def allowed(self, direction: Direction, family: Family, protocol: int, port: int) -> Spans:
        """All addresses that may pass on one port."""
        key = (direction, family, protocol, port)
        found = self._allowed.get(key)
        if found is None:
            found = self._allowed[key] = self._walk(direction, family, protocol, port)
        return found

    @cached_property
    def stages(self) -> dict[tuple[object, ...], Any]:
        """The stages that paths made of it, by their question: most paths cross the same few ACLs."""
        return {}

    @cached_property
    def _allowed(self) -> dict[tuple[str, str, int, int], Spans]:
        return {}

    @cached_property
    def _breaks(self) -> dict[tuple[str, int], list[int]]:
        return {}

    def _walk(self, direction: Direction, family: Family, protocol: int, port: int) -> Spans:
        allowed, undecided = NOTHING, EVERY_ADDRESS[family]
        for entry in self.of(direction, family):
            if entry.speaks_of(protocol, port):
                matched = undecided & entry.spans
                allowed = allowed | matched if entry.allows else allowed
                undecided = undecided - matched
        return allowed

    def of(self, direction: Direction, family: Family | None = None) -> tuple[AclEntry, ...]:
        """The entries of one direction, in order. Unjudged is raised for more than the quota of Amazon VPC leaves."""
        found = self._of.get((direction, family))
        if found is None:
            found = tuple(e for e in self.entries if e.direction == direction and family in (None, e.family))
            most = MAX_ENTRIES if family else len(FAMILIES) * MAX_ENTRIES
            if sum(entry.number < LAST for entry in found) > most or len(self.entries) > MAX_READ:
                raise Unjudged(f"{self.id} has more than {MAX_ENTRIES} {direction} entries, the most that AWS takes")
            self._of[direction, family] = found
        return found

    @cached_property
    def _of(self) -> dict[tuple[Direction, Family | None], tuple[AclEntry, ...]]:
        return {}

    def breaks(self, direction: Direction, protocol: int) -> list[int]:
        """The ports at which some entry begins or ends."""
        found = self._breaks.get((direction, protocol))
        if found is None:
            found = self._breaks[direction, protocol] = [
                port
                for entry in self.of(direction)
                if entry.protocol in (ALL_PROTOCOLS, protocol)
                for port in (entry.ports[0], entry.ports[1] + 1)
            ]
        return found

    def admitting(self, direction: Direction, whom: Internet | str) -> AclEntry | None:
        """An entry that lets some address of the internet, or of a block, pass on some port; None when none does."""
        for family in FAMILIES:
            asked = spans_of(whom, family)
            for protocol in PORTED:
                for port in samples(ALL_PORTS, self.breaks(direction, protocol)):
                    passing = self.allowed(direction, family, protocol, port) & asked
                    if passing:
                        return self.deciding(direction, family, pick(family, passing), protocol, port)
        return None

    def ineffective_entries(self) -> tuple[Ineffective, ...]:
        """Entries that never decide, because lower numbers decide everything that they speak of."""
        found = []
        for direction in ("ingress", "egress"):
            for family in FAMILIES:
                entries = self.of(direction, family)
                for at, entry in enumerate(entries):
                    covering = _covering(entry, entries[:at])
                    if covering and entry.number < LAST:
                        found.append(Ineffective(entry, covering))
        return tuple(found)


def _covering(entry: AclEntry, earlier: tuple[AclEntry, ...]) -> tuple[AclEntry, ...]:
    """The earlier entries that together decide all of this entry's traffic; empty when some of it is left."""
    relevant = [e for e in earlier if e.protocol in (ALL_PROTOCOLS, entry.protocol) and e.spans & entry.spans]
    used: list[AclEntry] = []
    cuts = sorted({entry.ports[0], *(p for e in relevant for p in (e.ports[0], e.ports[1] + 1))})
    for port in cuts:
        if not entry.ports[0] <= port <= entry.ports[1]:
            continue
        left = entry.spans
        for other in relevant:
            if left and other.ports[0] <= port <= other.ports[1] and left & other.spans:
                used += [] if other in used else [other]
                left = left - other.spans
        if left:
            return ()
    return tuple(used)


def read_acl(document: Mapping[str, Any], name: str, tags: dict[str, str]) -> NetworkAcl:
    """An ACL of DescribeNetworkAcls."""
    id = document["NetworkAclId"]
    listed = document.get("Entries", ())[: MAX_READ + 1]  # with more there is no question that is answered
    entries = [entry for item in listed if (entry := _entry(id, item)) is not None]
    return NetworkAcl(
        id,
        name,
        tags,
        document.get("VpcId", ""),
        bool(document.get("IsDefault")),
        tuple(item["SubnetId"] for item in document.get("Associations", ())),
        tuple(sorted(entries, key=lambda entry: (entry.direction, entry.number))),
    )


def _entry(acl: str, item: Mapping[str, Any]) -> AclEntry | None:
    cidr = item.get("CidrBlock") or item.get("Ipv6CidrBlock")
    protocol = protocol_number(item.get("Protocol", "-1"))
    if not cidr or protocol is None:
        return None
    family, spans = parse_cidr(cidr)
    return AclEntry(
        acl,
        int(item["RuleNumber"]),
        item.get("RuleAction") == "allow",
        "egress" if item.get("Egress") else "ingress",
        protocol,
        _entry_ports(protocol, item),
        family,
        cidr,
        spans,
    )


def _entry_ports(protocol: int, item: Mapping[str, Any]) -> Ports:
    if is_icmp(protocol):
        code = item.get("IcmpTypeCode") or {}
        return rule_ports(protocol, code.get("Type"), code.get("Code"))
    ports = item.get("PortRange") or {}
    return rule_ports(protocol, ports.get("From"), ports.get("To"))
