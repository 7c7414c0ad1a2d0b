"""VPCs, subnets, routes, interfaces, instances and load balancers, as describe calls tell of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from hardenlab.semantics.network.addresses import Family, show
from hardenlab.semantics.network.network_acl import NetworkAcl
from hardenlab.semantics.network.security_group import EVERY_ADDRESS, SecurityGroup
from hardenlab.semantics.network.spans import NOTHING, Spans


@dataclass(frozen=True)
class Vpc:
    """A VPC with its own address blocks."""

    id: str
    name: str
    tags: dict[str, str]
    is_default: bool
    blocks: Mapping[Family, Spans]


@dataclass(frozen=True)
class Route:
    """A destination and where it is sent: "local", "igw-…", "nat-…", "eigw-…", "pcx-…", "vpce-…", …"""

    family: Family
    destination: Spans
    text: str
    target: str
    alive: bool

    @property
    def length(self) -> int:
        """The fewer addresses, the longer the prefix."""
        return -self.destination.count()

    def __str__(self) -> str:
        return f"{self.text} -> {self.target}" + ("" if self.alive else " (blackhole)")


@dataclass(frozen=True)
class RouteTable:
    """A table; the most specific route decides (VPC User Guide, "Route priority")."""

    id: str
    routes: tuple[Route, ...]

    def by_target(self, family: Family) -> list[tuple[Route, Spans]]:
        """Each route with the addresses that it decides."""
        if family not in self._by_target:
            self._by_target[family] = self._walk(family)
        return self._by_target[family]

    @cached_property
    def _by_target(self) -> dict[Family, list[tuple[Route, Spans]]]:
        return {}

    def _walk(self, family: Family) -> list[tuple[Route, Spans]]:
        undecided, found = EVERY_ADDRESS[family], []
        for route in sorted((r for r in self.routes if r.family == family), key=lambda r: -r.length):
            mine = route.destination & undecided
            undecided = undecided - route.destination
            if mine:
                found.append((route, mine))
        return found

    def decide(self, family: Family, address: int) -> Route | None:
        return next((route for route, spans in self.by_target(family) if address in spans), None)

    def towards(self, family: Family, targets: frozenset[str]) -> Spans:
        """The addresses that are sent to one of these targets by a route that is alive."""
        spans = NOTHING
        for route, mine in self.by_target(family):
            if route.alive and route.target in targets:
                spans = spans | mine
        return spans


@dataclass(frozen=True)
class Subnet:
    """A subnet with the table and the ACL that apply to it, associated or by default."""

    id: str
    name: str
    tags: dict[str, str]
    vpc: str
    zone: str
    blocks: Mapping[Family, Spans]
    maps_public_ip: bool
    routes: RouteTable
    acl: NetworkAcl


@dataclass(frozen=True)
class Interface:
    """A network interface, or a load balancer's place in one subnet (then its addresses are the subnet's)."""

    id: str
    owner: str
    subnet: Subnet
    groups: tuple[SecurityGroup, ...]
    private: Mapping[Family, Spans]
    public: Mapping[Family, int | None]
    is_node: bool = False
    """A load balancer's: it has addresses of its own choosing, public ones where the scheme says so."""
    unfiltered: bool = False
    """It has no security groups and needs none."""


@dataclass(frozen=True)
class Instance:
    """An instance with its interfaces. A stopped one keeps its rules, and answers when it starts again."""

    id: str
    name: str
    tags: dict[str, str]
    state: str
    interfaces: tuple[Interface, ...]

    @property
    def groups(self) -> tuple[SecurityGroup, ...]:
        return tuple({group.id: group for face in self.interfaces for group in face.groups}.values())

    @property
    def running(self) -> bool:
        return self.state == "running"

    @property
    def private_address(self) -> str:
        """Its first private IPv4 address; empty when it has none."""
        found = (face.private.get("ipv4", NOTHING) for face in self.interfaces)
        return next((show("ipv4", spans.first()) for spans in found if spans), "")


@dataclass(frozen=True)
class Listener:
    """A port on which a load balancer listens, and the target groups that it forwards to (none: it redirects)."""

    port: int
    protocol: str
    redirects_to: str
    target_groups: tuple[str, ...]


@dataclass(frozen=True)
class LoadBalancer:
    """An Application or Network Load Balancer with its nodes, one a subnet."""

    id: str
    name: str
    tags: dict[str, str]
    internet_facing: bool
    groups: tuple[SecurityGroup, ...]
    listeners: tuple[Listener, ...]
    targets: Mapping[str, tuple[tuple[str, int], ...]]
    """By target group: the registered instances (or addresses) and their ports."""
    interfaces: tuple[Interface, ...]
    kind: str = "application"


@dataclass(frozen=True)
class Endpoint:
    """A VPC endpoint: of kind "Interface" with interfaces, or "Gateway" with the addresses of its service.

    `addresses` is None where the service's prefix list is not described. `private_dns`: the service's own name
    resolves to the endpoint, so that clients use it without being told.
    """

    id: str
    name: str
    tags: dict[str, str]
    service: str
    kind: str
    vpc: str
    state: str
    interfaces: tuple[Interface, ...]
    addresses: Mapping[Family, Spans] | None
    private_dns: bool = False
    policy: Mapping[str, Any] | None = field(default=None, compare=False)
    """The endpoint's policy as a document; None where it is not described, and then everything passes."""

    @property
    def available(self) -> bool:
        return self.state == "available"

    @property
    def short_service(self) -> str:
        """The last part of the service's name: "ssm" of com.amazonaws.us-east-1.ssm."""
        return self.service.rsplit(".", 1)[-1]
