"""Paths through a network: which stages stand between two ends, in both directions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from hardenlab.semantics.network.addresses import PUBLIC, Family
from hardenlab.semantics.network.firewall import Firewall
from hardenlab.semantics.network.network_acl import Direction, NetworkAcl
from hardenlab.semantics.network.resources import Endpoint, Interface, RouteTable, Subnet, Vpc
from hardenlab.semantics.network.spans import NOTHING, Spans
from hardenlab.semantics.network.stages import EVERYTHING, Asked, Stage, acl_stage, fixed, group_stage, reply_stage

MAX_FIREWALLS = 3
DIRECTIONS: tuple[Direction, ...] = ("ingress", "egress")
Replying = tuple[NetworkAcl, Direction]
"""An ACL that replies pass, and in which direction."""
# where the model ends: what stands behind these decides, and it is not described here
BEYOND = ("tgw-", "vpce-", "vgw-", "eni-", "i-", "lgw-", "cagw-", "arn:", "pcx-")


@dataclass(frozen=True)
class Nat:
    """A NAT gateway that is available and public, in its subnet; `private` are the addresses that it sends from."""

    id: str
    subnet: Subnet
    private: Spans


@dataclass(frozen=True)
class FirewallEndpoint:
    """Where routes hand traffic to a firewall, in a subnet of its own."""

    id: str
    firewall: Firewall
    subnet: Subnet


@dataclass(frozen=True)
class Surroundings:
    """What connects VPCs to the world and to each other."""

    vpcs: Mapping[str, Vpc]
    internet_gateways: Mapping[str, frozenset[str]]
    """Attached internet gateways by VPC."""
    egress_only: Mapping[str, frozenset[str]]
    nats: Mapping[str, Nat]
    peerings: Mapping[str, frozenset[str]]
    """The two VPCs of each active peering connection."""
    firewalls: Mapping[str, FirewallEndpoint] = field(default_factory=dict)
    edges: Mapping[str, RouteTable] = field(default_factory=dict)
    """The route tables of internet gateways, by the gateway: they say how traffic from outside goes on."""
    services: frozenset[str] = frozenset()
    """Gateway endpoints: what is routed to them stays with AWS and is no way to the internet."""

    @cached_property
    def firewall_breaks(self) -> list[int]:
        """The ports of the server at which some firewall changes its mind."""
        return [port for endpoint in self.firewalls.values() for port in endpoint.firewall.breaks(of_client=False)]

    @cached_property
    def client_breaks(self) -> list[int]:
        """The ports of the client at which some firewall changes its mind."""
        return sorted(port for one in self.firewalls.values() for port in one.firewall.breaks(of_client=True))

    def beyond(self, table: RouteTable) -> frozenset[str]:
        """The targets of a table behind which the model ends."""
        named = {route.target for route in table.routes if route.target.startswith(BEYOND)}
        return frozenset(named) - self.firewalls.keys() - self.services

    def edge(self, subnet: Subnet, family: Family, near: Spans) -> str | None:
        """Where the internet gateway's own table sends traffic to these addresses; None: straight into the subnet."""
        for gateway in self.gateways(subnet.vpc):
            table = self.edges.get(gateway)
            route = table.decide(family, near.first()) if table and near else None
            if route is not None and route.target != "local":
                return route.target if route.alive else "blackhole"
        return None

    def gateways(self, vpc: str) -> frozenset[str]:
        return self.internet_gateways.get(vpc, frozenset())

    def inward_replies(self, face: Interface) -> list[Replying]:
        """The ACLs that decide about replies on the way from this interface to the internet."""
        acls = [(endpoint.subnet.acl, direction) for endpoint in self.firewalls.values() for direction in DIRECTIONS]
        return [(face.subnet.acl, "egress"), *acls]

    def outward_replies(self, face: Interface) -> list[Replying]:
        """The ACLs that decide about replies on the way back from the internet to this interface."""
        between = [*(one.subnet for one in self.firewalls.values()), *(nat.subnet for nat in self.nats.values())]
        return [(face.subnet.acl, "ingress"), *((subnet.acl, side) for subnet in between for side in DIRECTIONS)]

    def internet(self, vpc: str, family: Family) -> Spans:
        """Public addresses but for the VPC's own."""
        found = self._internet.get((vpc, family))
        if found is None:
            own = self.vpcs[vpc].blocks.get(family, NOTHING) if vpc in self.vpcs else NOTHING
            found = self._internet[vpc, family] = PUBLIC[family] - own
        return found

    def route_back(self, subnet: Subnet, family: Family) -> Stage:
        """The way of replies from a subnet to the internet; the same for every question."""
        found = self._routes_back.get((subnet.id, family))
        if found is None:
            found = _route_stage(subnet, family, self)
            self._routes_back[subnet.id, family] = found
        return found

    @cached_property
    def _internet(self) -> dict[tuple[str, Family], Spans]:
        return {}

    @cached_property
    def _routes_back(self) -> dict[tuple[str, Family], Stage]:
        return {}


def from_internet(face: Interface, around: Surroundings, asked: Asked) -> Iterator[Stage]:
    """Stages of an internet address's connection to an interface."""
    subnet = face.subnet
    yield fixed(
        face.public.get(asked.family) is not None,
        f"{face.owner} has no public {asked.family} address",
        f"{face.owner} has a public address",
    )
    near = face.private.get(asked.family, NOTHING)
    edge = around.edge(subnet, asked.family, near)
    if edge is None:
        yield around.route_back(subnet, asked.family)
    elif edge in around.firewalls:
        yield from _inspected_inward(around.firewalls[edge], subnet, near, around, asked)
    else:
        yield _doubtful(f"the internet gateway's route table sends this to {edge}, which is not described")
    yield acl_stage(subnet.acl, "ingress", asked)
    yield group_stage(face, "ingress", asked, None)
    yield reply_stage(subnet.acl, "egress", asked)


def _inspected_inward(
    endpoint: FirewallEndpoint, subnet: Subnet, near: Spans, around: Surroundings, asked: Asked
) -> Iterator[Stage]:
    """From the internet gateway through a firewall; the reply must come back through the same endpoint."""
    family, acl = asked.family, endpoint.subnet.acl
    gateways = around.gateways(subnet.vpc)
    table, outer = subnet.routes, endpoint.subnet.routes
    yield Stage(
        table.towards(family, frozenset((endpoint.id,))) & outer.towards(family, gateways),
        f"the replies of {subnet.id} do not come back through {endpoint.id} and on to the internet gateway",
        lambda address: f"{endpoint.id}, replies by {table.id} {table.decide(family, address)}",
        table.towards(family, gateways),
        f"the firewall sees the request and not the reply: {table.id} leads past {endpoint.id}",
    )
    yield acl_stage(acl, "ingress", asked)
    yield _firewall_stage(endpoint, asked, near, around.internet(subnet.vpc, family), outward=False)
    yield _towards(acl_stage(acl, "egress", asked), near)
    yield _towards(reply_stage(acl, "ingress", asked), near)
    yield reply_stage(acl, "egress", asked)


def _firewall_stage(endpoint: FirewallEndpoint, asked: Asked, near: Spans, far: Spans, *, outward: bool) -> Stage:
    sifted = endpoint.firewall.sift(asked, near, far, outward=outward)
    stops = f"{endpoint.firewall.id} drops {asked.text}"
    return Stage(sifted.passes, stops, sifted.tell, sifted.unclear, sifted.doubt)


def to_internet(face: Interface, around: Surroundings, asked: Asked) -> Iterator[Stage]:
    """Stages of an interface's connection to an internet address."""
    subnet = face.subnet
    yield group_stage(face, "egress", asked, None)
    yield acl_stage(subnet.acl, "egress", asked)
    yield way_out(face, around, asked)
    yield reply_stage(subnet.acl, "ingress", asked)


def to_gateway_endpoint(face: Interface, endpoint: Endpoint, asked: Asked) -> Iterator[Stage]:
    """Stages of an interface's connection to a service of AWS through a gateway endpoint of its VPC."""
    subnet, table = face.subnet, face.subnet.routes
    yield fixed(
        endpoint.available and endpoint.vpc == subnet.vpc,
        f"{endpoint.id} is no available endpoint of {subnet.vpc}",
        f"{endpoint.id} for {endpoint.service}",
    )
    yield group_stage(face, "egress", asked, None)
    yield acl_stage(subnet.acl, "egress", asked)
    yield Stage(
        table.towards(asked.family, frozenset((endpoint.id,))),
        f"{table.id} has no route to {endpoint.id}",
        lambda address: f"{table.id} {table.decide(asked.family, address)}",
    )
    yield reply_stage(subnet.acl, "ingress", asked)


def between(
    source: Interface, target: Interface, around: Surroundings, asked: Asked, *, host: bool = True
) -> Iterator[Stage]:
    """Stages between two interfaces; far addresses are the source's. `host`: the source has groups of its own."""
    near = target.private.get(asked.family, NOTHING)
    far = source.private.get(asked.family, NOTHING)
    if not near or not far:
        yield fixed(False, f"{(target if not near else source).owner} has no {asked.family} address", "")
        return
    yield local(source, target, around, asked)
    yield local(target, source, around, asked, is_reply=True)
    if host:
        yield _towards(group_stage(source, "egress", asked, target, near), near)
    if source.subnet.id != target.subnet.id:
        yield _towards(acl_stage(source.subnet.acl, "egress", asked), near)
        yield acl_stage(target.subnet.acl, "ingress", asked)
        yield reply_stage(target.subnet.acl, "egress", asked)
        yield _towards(reply_stage(source.subnet.acl, "ingress", asked), near)
    yield group_stage(target, "ingress", asked, source if host else None)


def _towards(stage: Stage, near: Spans) -> Stage:
    """A stage about the target's addresses, as one about the source's: it is the same for all of them."""
    passing = near & stage.passes
    first = (passing if passing else near).first()
    return Stage(EVERYTHING if passing else NOTHING, stage.stops, lambda _: stage.tell(first))


def local(source: Interface, target: Interface, around: Surroundings, asked: Asked, *, is_reply: bool = False) -> Stage:
    """Whether the source's subnet sends the target's address there: inside the VPC, or through a peering."""
    address = target.private[asked.family].first()
    route = source.subnet.routes.decide(asked.family, address)
    here, there = source.subnet.vpc, target.subnet.vpc
    if here == there:
        if route is None or route.target == "local":  # every table has the VPC's local route
            return fixed(True, "", "" if is_reply else "the route inside the VPC")
        return _doubtful(f"the route {route} leads elsewhere inside the VPC")
    if route is None or not route.alive:
        return fixed(False, f"{source.subnet.routes.id} has no route to {target.owner}", "")
    if around.peerings.get(route.target) == frozenset((here, there)):
        return fixed(True, "", f"{'reply: ' if is_reply else ''}{source.subnet.routes.id} {route}")
    if route.target.startswith("pcx-"):
        return fixed(False, f"{route.target} is no active peering between the two VPCs", "")
    if route.target.startswith(BEYOND):
        return _doubtful(f"the route {route} leads through something that is not described")
    return fixed(False, f"{route} does not lead to {target.owner}", "")


def _doubtful(why: str) -> Stage:
    return Stage(NOTHING, why, lambda _: why, EVERYTHING, why)


def _route_stage(subnet: Subnet, family: Family, around: Surroundings) -> Stage:
    """Whether replies go out by an attached internet gateway, when the request came through no firewall."""
    table = subnet.routes
    passes = table.towards(family, around.gateways(subnet.vpc))
    beyond = around.beyond(table)
    inspecting = frozenset(route.target for route in table.routes) & around.firewalls.keys()

    def tell(address: int) -> str:
        return f"{table.id} {table.decide(family, address)}"

    doubt = f"{table.id} sends replies through {', '.join(sorted(beyond | inspecting))}, "
    doubt += "which the request does not pass" if inspecting else "which is not described"
    unclear = table.towards(family, beyond | inspecting)
    return Stage(passes, f"{table.id} has no live route to an attached internet gateway", tell, unclear, doubt)


@dataclass(frozen=True)
class _Exit:
    """One way out: the addresses that it carries to, those of which it cannot be told, and its words."""

    passes: Spans
    unclear: Spans = NOTHING
    doubt: str = ""
    stops: str = ""
    tell: Callable[[int], str] = str


def way_out(face: Interface, around: Surroundings, asked: Asked) -> Stage:
    """By an internet gateway with a public address, by a NAT gateway, or by an egress-only gateway."""
    near = face.private.get(asked.family, NOTHING)
    public = face.public.get(asked.family) is not None
    ways = list(_exits(face.subnet, near, around, asked, public=public))
    passes, unclear = NOTHING, NOTHING
    for way in ways:
        passes, unclear = passes | way.passes, unclear | way.unclear

    def tell(address: int) -> str:
        return next((way.tell(address) for way in ways if address in way.passes), "there is no way out")

    table = face.subnet.routes
    stops = next(
        (way.stops for way in ways if way.stops and not way.passes), f"{table.id} has no way out for {face.owner}"
    )
    return Stage(passes, stops, tell, unclear, next((way.doubt for way in ways if way.doubt), ""))


def _exits(
    subnet: Subnet,
    near: Spans,
    around: Surroundings,
    asked: Asked,
    *,
    public: bool,
    passed: tuple[FirewallEndpoint, ...] = (),
    translated: frozenset[str] = frozenset(),
) -> Iterator[_Exit]:
    """The ways on from a subnet for traffic from `near`.

    `passed` are the firewalls that it came through unchanged, `translated` the NAT gateways before them.
    """
    family, table = asked.family, subnet.routes

    def by_route(address: int) -> str:
        return f"{table.id} {table.decide(family, address)}"

    direct = table.towards(family, around.gateways(subnet.vpc)) if public else NOTHING
    if direct:
        edge = around.edge(subnet, family, near)
        if edge == (passed[-1].id if passed else None):
            yield _Exit(direct, tell=by_route)
        else:
            yield _Exit(NOTHING, direct, f"replies come back by {edge or 'the subnet itself'}, not as the request went")
    if family == "ipv6":
        one_way = table.towards(family, around.egress_only.get(subnet.vpc, frozenset()))
        yield _Exit(one_way, tell=by_route)
    for nat in around.nats.values():
        spans = table.towards(family, frozenset((nat.id,)))
        if spans and nat.id in translated:
            yield _Exit(NOTHING, stops=f"{table.id} sends what leaves {nat.id} back to it")
        elif spans:
            yield _through_nat(nat, spans, subnet, near, around, asked, passed, translated)
    for endpoint in around.firewalls.values():
        spans = table.towards(family, frozenset((endpoint.id,)))
        if spans and endpoint not in passed and len(passed) < MAX_FIREWALLS:
            yield _through_firewall(endpoint, spans, subnet, near, around, asked, public, passed, translated)
    beyond = around.beyond(table)
    unclear = table.towards(family, beyond)
    if unclear:
        doubt = f"{table.id} leads out through {', '.join(sorted(beyond))}, which is not described"
        yield _Exit(NOTHING, unclear, doubt)


def _through_nat(
    nat: Nat,
    spans: Spans,
    subnet: Subnet,
    near: Spans,
    around: Surroundings,
    asked: Asked,
    passed: tuple[FirewallEndpoint, ...],
    translated: frozenset[str],
) -> _Exit:
    """By a NAT gateway in its own subnet, from which its own address goes on."""
    back = nat.subnet.routes.decide(asked.family, near.first()) if near else None
    expected = passed[-1].id if passed else "local"
    if (back.target if back else "local") != expected:
        return _Exit(NOTHING, spans, f"replies from {nat.id} come back by {back}, not as the request went")
    inward = acl_stage(nat.subnet.acl, "ingress", asked).passes & near
    outward = reply_stage(nat.subnet.acl, "egress", asked).passes & near
    if not (inward and outward):
        return _Exit(NOTHING, stops=f"the network ACL {nat.subnet.acl.id} stops what goes to or comes from {nat.id}")
    acl = acl_stage(nat.subnet.acl, "egress", asked).passes & reply_stage(nat.subnet.acl, "ingress", asked).passes
    onward = list(_exits(nat.subnet, nat.private, around, asked, public=True, translated=translated | {nat.id}))
    table = subnet.routes
    return _onward(spans & acl, onward, lambda address: f"{table.id} {table.decide(asked.family, address)}")


def _through_firewall(
    endpoint: FirewallEndpoint,
    spans: Spans,
    subnet: Subnet,
    near: Spans,
    around: Surroundings,
    asked: Asked,
    public: bool,
    passed: tuple[FirewallEndpoint, ...],
    translated: frozenset[str],
) -> _Exit:
    acl = endpoint.subnet.acl
    inward = acl_stage(acl, "ingress", asked).passes & near
    outward = reply_stage(acl, "egress", asked).passes & near
    if not (inward and outward):
        return _Exit(NOTHING, stops=f"the network ACL {acl.id} stops what goes to or comes from {endpoint.id}")
    open_ = acl_stage(acl, "egress", asked).passes & reply_stage(acl, "ingress", asked).passes
    sifted = endpoint.firewall.sift(asked, near, spans, outward=True)
    further = (*passed, endpoint)
    onward = list(_exits(endpoint.subnet, near, around, asked, public=public, passed=further, translated=translated))
    table = subnet.routes

    def tell(address: int) -> str:
        return f"{table.id} {table.decide(asked.family, address)}, {sifted.tell(address)}"

    sure = _onward(sifted.passes & open_, onward, tell)
    maybe = _onward(sifted.unclear & open_, onward, tell)
    dropped = "" if sifted.passes or sifted.unclear else f"{endpoint.firewall.id} drops {asked.text}"
    return _Exit(
        sure.passes,
        sure.unclear | maybe.passes | maybe.unclear,
        sure.doubt or sifted.doubt,
        dropped or sure.stops,
        sure.tell,
    )


def _onward(spans: Spans, onward: Sequence[_Exit], tell: Callable[[int], str]) -> _Exit:
    """What the ways on make of these addresses."""
    passes, unclear = NOTHING, NOTHING
    for way in onward:
        passes, unclear = passes | (spans & way.passes), unclear | (spans & way.unclear)

    def told(address: int) -> str:
        following = next((way.tell(address) for way in onward if address in way.passes), "")
        return f"{tell(address)}, {following}" if following else tell(address)

    doubt = next((way.doubt for way in onward if way.doubt), "") if unclear else ""
    return _Exit(passes, unclear - passes, doubt, next((way.stops for way in onward if way.stops), ""), told)
