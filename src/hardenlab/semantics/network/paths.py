"""Paths through a network: which stages stand between two ends, in both directions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from hardenlab.semantics.network.addresses import PUBLIC, Family
from hardenlab.semantics.network.resources import Interface, Subnet, Vpc
from hardenlab.semantics.network.spans import NOTHING, Spans
from hardenlab.semantics.network.stages import EVERYTHING, Asked, Stage, acl_stage, fixed, group_stage, reply_stage

# where the model ends: what stands behind these decides, and it is not described here
BEYOND = ("tgw-", "vpce-", "vgw-", "eni-", "i-", "lgw-", "cagw-", "arn:", "pcx-")


@dataclass(frozen=True)
class Nat:
    """A NAT gateway that is available and public, in its subnet."""

    id: str
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

    def gateways(self, vpc: str) -> frozenset[str]:
        return self.internet_gateways.get(vpc, frozenset())

    def reply_breaks(self, face: Interface, protocol: int) -> list[int]:
        """The ports at which an ACL on the way back from the internet to this interface changes its mind."""
        found = [*face.subnet.acl.breaks("ingress", protocol)]
        for nat in self.nats.values():
            found += [*nat.subnet.acl.breaks("ingress", protocol), *nat.subnet.acl.breaks("egress", protocol)]
        return found

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
            found = route_stage(subnet, family, self.gateways(subnet.vpc), "internet gateway")
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
    yield around.route_back(subnet, asked.family)
    yield acl_stage(subnet.acl, "ingress", asked)
    yield group_stage(face, "ingress", asked, None)
    yield reply_stage(subnet.acl, "egress", asked)


def to_internet(face: Interface, around: Surroundings, asked: Asked) -> Iterator[Stage]:
    """Stages of an interface's connection to an internet address."""
    subnet = face.subnet
    yield group_stage(face, "egress", asked, None)
    yield acl_stage(subnet.acl, "egress", asked)
    yield way_out(face, around, asked)
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
    first = next(iter(passing if passing else near))[0]
    return fixed(bool(passing), stage.stops, stage.tell(first))


def local(
    source: Interface, target: Interface, around: Surroundings, asked: Asked, *, is_reply: bool = False
) -> Stage:
    """Whether the source's subnet sends the target's address there: inside the VPC, or through a peering."""
    near = target.private[asked.family]
    address = next(iter(near))[0]
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


def route_stage(subnet: Subnet, family: Family, targets: frozenset[str], what: str) -> Stage:
    table = subnet.routes
    passes = table.towards(family, targets)
    beyond = frozenset(route.target for route in table.routes if route.target.startswith(BEYOND))
    doubt = f"{table.id} sends replies through {', '.join(sorted(beyond))}, which is not described"

    def tell(address: int) -> str:
        return f"{table.id} {table.decide(family, address)}"

    return Stage(
        passes, f"{table.id} has no live route to an attached {what}", tell, table.towards(family, beyond), doubt
    )


def way_out(face: Interface, around: Surroundings, asked: Asked) -> Stage:
    """By an internet gateway with a public address, by a NAT gateway, or by an egress-only gateway."""
    subnet, table, family = face.subnet, face.subnet.routes, asked.family
    direct = around.gateways(subnet.vpc) if face.public.get(family) is not None else frozenset[str]()
    passes = table.towards(family, direct)
    if family == "ipv6":
        passes = passes | table.towards(family, around.egress_only.get(subnet.vpc, frozenset()))
    for nat in around.nats.values():
        passes = passes | (table.towards(family, frozenset((nat.id,))) & _through(nat, subnet, face, around, asked))
    beyond = frozenset(r.target for r in table.routes if r.target.startswith(BEYOND))
    doubt = f"{table.id} leads out through {', '.join(sorted(beyond))}, which is not described"
    return Stage(
        passes,
        f"{table.id} has no way out for {face.owner}",
        lambda address: f"{table.id} {table.decide(family, address)}",
        table.towards(family, beyond),
        doubt,
    )


def _through(nat: Nat, subnet: Subnet, face: Interface, around: Surroundings, asked: Asked) -> Spans:
    """The internet addresses that the NAT gateway's own subnet lets it reach for this interface."""
    there = nat.subnet.routes.towards(asked.family, around.gateways(nat.subnet.vpc))
    there = (
        there & acl_stage(nat.subnet.acl, "egress", asked).passes & reply_stage(nat.subnet.acl, "ingress", asked).passes
    )
    if nat.subnet.id == subnet.id:
        return there
    mine = face.private.get(asked.family, NOTHING)
    inward = acl_stage(nat.subnet.acl, "ingress", asked).passes & mine
    outward = reply_stage(nat.subnet.acl, "egress", asked).passes & mine
    return there if inward and outward else NOTHING
