"""What questions are answered with: a packet that gets through, why none does, or "cannot judge"."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hardenlab.semantics.explanation import Explanation, Node, Picture

if TYPE_CHECKING:
    from hardenlab.semantics.network.addresses import Family
    from hardenlab.semantics.network.network_acl import AclEntry
    from hardenlab.semantics.network.security_group import Rule

Ports = tuple[int, int]


@dataclass(frozen=True)
class Packet:
    """The first packet of a connection that gets through in both directions, and why each hop lets it pass."""

    source: str
    source_port: int | None
    destination: str
    destination_port: int | None
    protocol: str
    family: "Family"
    through: str
    """The rule that admits it: "sg-0abc tcp 22 from 0.0.0.0/1"."""
    hops: tuple[str, ...] = ()
    ends: tuple[str, str] = field(default=("", ""), compare=False)
    """What the two ends are called: the Name tag and id of an instance, the internet, ..."""

    def explain(self) -> Explanation:
        """The packet and every hop that lets it through."""
        there = self.ends[1] or self.destination
        what = f"{self.protocol} {self.destination_port} of {there}" if self.destination_port is not None else there
        data: dict[str, Any] = {
            "reaches": True,
            "packet": {
                "source": self.source,
                "source_port": self.source_port,
                "destination": self.destination,
                "destination_port": self.destination_port,
                "protocol": self.protocol,
                "family": self.family,
            },
            "through": self.through,
            "hops": list(self.hops),
        }
        ends = [Node(_named(self.ends[0], self.source), "end"), Node(_named(there, self.destination), "end")]
        picture = Picture.path([ends[0], *(Node(hop) for hop in self.hops), ends[1]])
        return Explanation(f"{_named(self.ends[0], self.source)} reaches {what}: {', '.join(self.hops)}", data, picture)

    def __str__(self) -> str:
        here = _end(self.source, self.source_port)
        there = _end(self.destination, self.destination_port)
        return f"{self.protocol} {here} -> {there} ({self.through})"


@dataclass(frozen=True)
class Blocked:
    """Why no packet gets through (or, for `every`, which source does not): the hop that stops it."""

    reason: str
    source: str | None = None
    """An address that is stopped."""
    hops: tuple[str, ...] = ()
    """What it passed before it was stopped."""
    ends: tuple[str, str] = field(default=("", ""), compare=False)

    def explain(self) -> Explanation:
        """What stops it, and what it passed before."""
        data = {"reaches": False, "reason": self.reason, "source": self.source, "hops": list(self.hops)}
        who = _named(self.ends[0], self.source or "")
        nodes = [Node(who or "the source", "end"), *(Node(hop) for hop in self.hops), Node(self.reason, "stops")]
        nodes += [Node(self.ends[1], "end")] if self.ends[1] else []
        to = f" {self.ends[1]}" if self.ends[1] else ""
        sentence = f"{who} does not reach{to}: {self.reason}" if who else self.reason
        return Explanation(sentence, data, Picture.path(nodes))

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True)
class Published:
    """An instance's port that a load balancer's listener hands to the world, with a packet for each of the two legs."""

    load_balancer: str
    listener_port: int
    target_port: int
    front: Packet
    back: Packet

    def explain(self) -> Explanation:
        """Both legs one after the other."""
        front, back = self.front.explain(), self.back.explain()
        where = f"{self.load_balancer} hands port {self.listener_port} on to port {self.target_port}"
        data = {
            "load_balancer": self.load_balancer,
            "listener_port": self.listener_port,
            "target_port": self.target_port,
            "front": front.data,
            "back": back.data,
        }
        hops = [Node(front.sentence), Node(where, "end"), Node(back.sentence)]
        return Explanation(f"{front.sentence}; {where}; {back.sentence}", data, Picture.path(hops))


@dataclass(frozen=True)
class Inlet:
    """One rule of the target's own groups that lets something in: from whom, and to which of the ports asked about.

    Routes and network ACLs are taken into account: what they stop is not in `sources`.
    """

    rule: str
    protocol: str
    ports: Ports
    sources: tuple[str, ...]
    """The addresses that get through by this rule, as the fewest CIDR blocks."""

    def __str__(self) -> str:
        low, high = self.ports
        what = f"{low}" if low == high else f"{low}-{high}"
        shown = ", ".join(self.sources[:3]) + (f" and {len(self.sources) - 3} more" if len(self.sources) > 3 else "")
        return f"{self.rule} lets {shown} in to {self.protocol} {what}"


@dataclass(frozen=True)
class Inlets:
    """Every rule that lets something in; empty, and false, when nothing gets in."""

    to: str
    rules: tuple[Inlet, ...]

    def __iter__(self) -> Iterator[Inlet]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def explain(self) -> Explanation:
        """The rules one after the other."""
        told = "; ".join(str(rule) for rule in self.rules[:5])
        more = f"; and {len(self.rules) - 5} more" if len(self.rules) > 5 else ""
        data = {
            "to": self.to,
            "rules": [
                {"rule": one.rule, "protocol": one.protocol, "ports": list(one.ports), "sources": list(one.sources)}
                for one in self.rules
            ],
        }
        nodes = [Node(f"{one.rule}: {', '.join(one.sources[:3])}") for one in self.rules[:20]]
        picture = Picture((*nodes, Node(self.to, "end")), tuple((place, len(nodes)) for place in range(len(nodes))))
        return Explanation(told + more if told else f"nothing lets anybody in to {self.to}", data, picture)


@dataclass(frozen=True)
class Admission:
    """What one group or one ACL admits of what was asked, wherever it is attached."""

    sources: tuple[str, ...]
    """The admitted addresses as the fewest CIDR blocks (and the ids of referenced groups)."""
    example: str
    """One admitted address, or a group's id."""
    rules: "tuple[Rule | AclEntry, ...]"

    @property
    def through(self) -> str:
        """The deciding rules as text; at most three are spelled out."""
        shown = ", ".join(str(rule) for rule in self.rules[:3])
        return shown if len(self.rules) <= 3 else f"{shown} and {len(self.rules) - 3} more"

    def __str__(self) -> str:
        return f"{self.example} ({self.through})"


@dataclass(frozen=True)
class OpenPorts(Mapping[str, tuple[Ports, ...]]):
    """Open port ranges by protocol: `{"tcp": ((22, 22), (443, 443))}`.

    "icmp" and "icmpv6" hold ranges of types; "protocol 47" and the like hold (0, 65535); "other" stands for
    all protocols that no rule names. Empty, and false, when nothing is open.
    """

    ranges: Mapping[str, tuple[Ports, ...]] = field(default_factory=dict)

    def __getitem__(self, protocol: str) -> tuple[Ports, ...]:
        return self.ranges[protocol]

    def __iter__(self) -> Iterator[str]:
        return iter(self.ranges)

    def __len__(self) -> int:
        return len(self.ranges)

    def count(self, protocol: str = "tcp") -> int:
        """How many ports of the protocol are open."""
        return sum(high - low + 1 for low, high in self.ranges.get(protocol, ()))

    def beyond(self, **allowed: Iterable[int]) -> "OpenPorts":
        """What is open apart from the allowed: `ports.beyond(tcp=(80, 443))`; empty when nothing else is."""
        left = {protocol: _without(ranges, allowed.get(protocol, ())) for protocol, ranges in self.ranges.items()}
        return OpenPorts({protocol: ranges for protocol, ranges in left.items() if ranges})

    def __str__(self) -> str:
        return ", ".join(
            f"{protocol} {low}" if low == high else f"{protocol} {low}-{high}"
            for protocol, ranges in self.ranges.items()
            for low, high in ranges
        )


def _without(ranges: tuple[Ports, ...], allowed: Iterable[int]) -> tuple[Ports, ...]:
    from hardenlab.semantics.network.spans import Spans

    return tuple(Spans(ranges) - Spans((port, port) for port in allowed))


def _end(address: str, port: int | None) -> str:
    if port is None:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _named(name: str, address: str) -> str:
    return f"{address} ({name})" if name and address and name != address else name or address
