"""Security groups: stateful, allow only, the union of their rules (VPC User Guide, "Security group rules")."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from hardenlab.semantics.network.addresses import FAMILIES, PUBLIC, Family, parse_cidr, pick, show, to_cidrs
from hardenlab.semantics.network.answers import Admission, OpenPorts
from hardenlab.semantics.network.protocols import (
    ALL_PROTOCOLS,
    PortAsked,
    Ports,
    asked_ports,
    asked_protocol,
    protocol_name,
    protocol_number,
    rule_ports,
    show_ports,
)
from hardenlab.semantics.network.sources import ANYONE, Anyone, Internet
from hardenlab.semantics.network.spans import NOTHING, Spans, union
from hardenlab.semantics.reading import Malformed
from hardenlab.semantics.unjudged import Unjudged

Source = Internet | Anyone | str
MAX_RULES = 120  # of an interface, in and out: a full group has as many, and questions grow with their square
# of a direction: 1,000 for each family, however far quotas are raised (VPC User Guide, "Amazon VPC quotas")
MAX_READ = 2_000
SOURCES = ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs")
EVERY_ADDRESS: dict[Family, Spans] = {"ipv4": parse_cidr("0.0.0.0/0")[1], "ipv6": parse_cidr("::/0")[1]}


@dataclass(frozen=True)
class Rule:
    """One source (or destination) of one permission."""

    group: str
    protocol: int
    ports: Ports
    spans: Mapping[Family, Spans]
    text: str
    reference: str | None = None
    """The id of a referenced security group."""
    prefix_list: str | None = None

    def touches(self, protocol: int, ports: Ports) -> bool:
        """Whether the rule speaks of at least one asked port."""
        return self.protocol in (ALL_PROTOCOLS, protocol) and self.ports[0] <= ports[1] and ports[0] <= self.ports[1]

    def __str__(self) -> str:
        return self._told

    @cached_property
    def _told(self) -> str:
        return f"{self.group} {show_ports(self.protocol, self.ports)} {self.text}"


@dataclass(frozen=True)
class SecurityGroup:
    """A group with its rules, wherever it is attached."""

    id: str
    name: str
    tags: dict[str, str]
    vpc: str
    is_default: bool
    ingress: tuple[Rule, ...]
    egress: tuple[Rule, ...]
    attached_to: tuple[str, ...] = field(default=(), compare=False)
    """Ids of the network interfaces and load balancers that carry it."""
    referenced_by: tuple[str, ...] = field(default=(), compare=False)
    """Ids of the other groups whose rules name it."""

    def admits(
        self,
        source: Source,
        port: PortAsked = None,
        protocol: str | int = "tcp",
        *,
        except_for: Iterable[str] = (),
        direction: str = "ingress",
    ) -> Admission | None:
        """What the rules, taken together, admit of the source on any of the asked ports; None for nothing.

        `source`: INTERNET (any publicly routed address), ANYONE, an address, a CIDR block or a group's id.
        `except_for`: addresses that may be admitted; only what is admitted beyond them counts.
        """
        rules = self._rules(direction)
        admitted: dict[Family, Spans] = dict.fromkeys(FAMILIES, NOTHING)
        deciding: list[Rule] = []
        references: list[str] = []
        for rule in rules:
            found = {family: self._asked(rule, source, family, port, protocol, except_for) for family in FAMILIES}
            by_reference = (
                rule.reference is not None and _touches(rule, protocol, port) and source in (ANYONE, rule.reference)
            )
            if any(found.values()) or by_reference:
                deciding.append(rule)
                admitted = {family: admitted[family] | found[family] for family in FAMILIES}
                references += [rule.reference] if by_reference and rule.reference else []
        if not deciding:
            return None
        blocks = [block for family in FAMILIES for block in to_cidrs(family, admitted[family])]
        example = next((show(f, pick(f, admitted[f])) for f in FAMILIES if admitted[f]), None) or references[0]
        return Admission((*blocks, *references), example, tuple(deciding))

    def ports_open_to(self, source: Source, *, except_for: Iterable[str] = (), direction: str = "ingress") -> OpenPorts:
        """The port ranges that at least one address of the source may use, by protocol."""
        rules = self._rules(direction)
        ranges: dict[str, Spans] = {}
        for rule in rules:
            reached = any(self._asked(rule, source, f, None, rule.protocol, except_for) for f in FAMILIES)
            if not reached and not (rule.reference is not None and source in (ANYONE, rule.reference)):
                continue
            for name in ("tcp", "udp", "other") if rule.protocol == ALL_PROTOCOLS else (protocol_name(rule.protocol),):
                ranges[name] = ranges.get(name, NOTHING) | Spans([rule.ports])
        return OpenPorts({name: tuple(spans) for name, spans in ranges.items()})

    def touching(self, direction: str, protocol: int, port: int) -> tuple[Rule, ...]:
        """The rules that speak of one port."""
        found = self._touching.get((direction, protocol, port))
        if found is None:
            rules = self.ingress if direction == "ingress" else self.egress
            found = tuple(rule for rule in rules if rule.touches(protocol, (port, port)))
            self._touching[direction, protocol, port] = found
        return found

    @cached_property
    def _touching(self) -> dict[tuple[str, int, int], tuple[Rule, ...]]:
        return {}

    def _rules(self, direction: str) -> tuple[Rule, ...]:
        rules = self.ingress if direction == "ingress" else self.egress
        if len(rules) > MAX_RULES:
            raise Unjudged(f"{self.id} has more than {MAX_RULES} {direction} rules, more than can be judged here")
        return rules

    def _asked(
        self,
        rule: Rule,
        source: Source,
        family: Family,
        port: PortAsked,
        protocol: str | int,
        except_for: Iterable[str],
    ) -> Spans:
        if protocol != rule.protocol and not _touches(rule, protocol, port, family):
            return NOTHING
        return (rule.spans.get(family, NOTHING) & spans_of(source, family)) - _union(except_for, family)


def _touches(rule: Rule, protocol: str | int, port: PortAsked, family: Family = "ipv4") -> bool:
    if protocol == ALL_PROTOCOLS:
        return True
    number = asked_protocol(protocol, family)
    return rule.touches(number, asked_ports(number, port))


def spans_of(source: Source, family: Family) -> Spans:
    """The addresses of one family that a source means; a group's id means none by itself."""
    if isinstance(source, Internet):
        return PUBLIC[family]
    if isinstance(source, Anyone):
        return EVERY_ADDRESS[family]
    if source.startswith(("sg-", "pl-")):
        return NOTHING
    kind, spans = parse_cidr(source)
    return spans if kind == family else NOTHING


def _union(blocks: Iterable[str], family: Family) -> Spans:
    return union(spans for kind, spans in map(parse_cidr, blocks) if kind == family)


def read_rules(
    group: str, permissions: Sequence[Mapping[str, Any]], prefix_lists: Mapping[str, Mapping[Family, Spans]], word: str
) -> tuple[Rule, ...]:
    """The rules of `IpPermissions` (word "from") or `IpPermissionsEgress` (word "to"), a source each.

    Raises `Malformed` for more than AWS takes.
    """
    if sum(len(permission.get(key, ())) for permission in permissions for key in SOURCES) > MAX_READ:
        what = f"has more than {MAX_READ:,} rules of a direction; AWS takes fewer"
        raise Malformed(f"the security group {group}", what)
    rules: list[Rule] = []
    for permission in permissions:
        protocol = protocol_number(permission.get("IpProtocol", "-1"))
        if protocol is None:
            continue
        ports = rule_ports(protocol, permission.get("FromPort"), permission.get("ToPort"))
        for key, field_name in (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6")):
            for item in permission.get(key, ()):
                family, spans = parse_cidr(item[field_name])
                rules.append(Rule(group, protocol, ports, {family: spans}, f"{word} {item[field_name]}"))
        for item in permission.get("PrefixListIds", ()):
            name = item["PrefixListId"]
            rules.append(Rule(group, protocol, ports, prefix_lists.get(name, {}), f"{word} {name}", prefix_list=name))
        for item in permission.get("UserIdGroupPairs", ()):
            name = item.get("GroupId", "")
            rules.append(Rule(group, protocol, ports, {}, f"{word} {name}", reference=name))
    return tuple(rules)
