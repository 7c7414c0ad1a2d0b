"""Paths through a network: which stages stand between two ends, in both directions."""

from collections.abc import Mapping
from dataclasses import dataclass

from hardenlab.semantics.network.addresses import PUBLIC, Family
from hardenlab.semantics.network.resources import Interface, Subnet, Vpc
from hardenlab.semantics.network.spans import NOTHING, Spans
from hardenlab.semantics.network.stages import Asked, Stage, acl_stage, fixed, group_stage, reply_stage

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

    def internet(self, vpc: str, family: Family) -> Spans:
        """Public addresses but for the VPC's own."""
        own = self.vpcs[vpc].blocks.get(family, NOTHING) if vpc in self.vpcs else NOTHING
        return PUBLIC[family] - own


def from_internet(face: Interface, around: Surroundings, asked: Asked) -> list[Stage]:
    """Stages of an internet address's connection to an interface."""
    subnet, gateways = face.subnet, around.gateways(face.subnet.vpc)
    return [
        fixed(
            face.public.get(asked.family) is not None,
            f"{face.owner} has no public {asked.family} address",
            f"{face.owner} has a public address",
        ),
        route_stage(subnet, asked.family, gateways, "internet gateway"),
        acl_stage(subnet.acl, "ingress", asked),
        group_stage(face, "ingress", asked, None),
        reply_stage(subnet.acl, "egress", asked),
    ]


def to_internet(face: Interface, around: Surroundings, asked: Asked) -> list[Stage]:
    """Stages of an interface's connection to an internet address."""
    subnet = face.subnet
    return [
        group_stage(face, "egress", asked, None),
        acl_stage(subnet.acl, "egress", asked),
        way_out(face, around, asked),
        reply_stage(subnet.acl, "ingress", asked),
    ]


def between(
    source: Interface, target: Interface, around: Surroundings, asked: Asked, *, host: bool = True
) -> list[Stage]:
    """Stages between two interfaces; far addresses are the source's. `host`: the source has groups of its own."""
    near = target.private.get(asked.family, NOTHING)
    far = source.private.get(asked.family, NOTHING)
    if not near or not far:
        return [fixed(False, f"{(target if not near else source).owner} has no {asked.family} address", "")]
    stages = [local(source, target, around, asked), local(target, source, around, asked)]
    if host:
        stages.append(_towards(group_stage(source, "egress", asked, target, near), near))
    if source.subnet.id != target.subnet.id:
        stages += [
            _towards(acl_stage(source.subnet.acl, "egress", asked), near),
            acl_stage(target.subnet.acl, "ingress", asked),
            reply_stage(target.subnet.acl, "egress", asked),
            _towards(reply_stage(source.subnet.acl, "ingress", asked), near),
        ]
    stages.append(group_stage(target, "ingress", asked, source if host else None))
    return stages


def _towards(stage: Stage, near: Spans) -> Stage:
    """A stage about the target's addresses, as one about the source's: it is the same for all of them."""
    passing = near & stage.passes
    first = next(iter(passing if passing else near))[0]
    return fixed(bool(passing), stage.stops, stage.tell(first))


def local(source: Interface, target: Interface, around: Surroundings, asked: Asked) -> Stage:
    """Whether the source's subnet sends the target's address there: inside the VPC, or through a peering."""
    near = target.private[asked.family]
    address = next(iter(near))[0]
    route = source.subnet.routes.decide(asked.family, address)
    here, there = source.subnet.vpc, target.subnet.vpc
    if here == there:
        if route is None or route.target == "local":  # every table has the VPC's local route
            return fixed(True, "", "the route inside the VPC")
        return _doubtful(f"the route {route} leads elsewhere inside the VPC")
    if route is None or not route.alive:
        return fixed(False, f"{source.subnet.routes.id} has no route to {target.owner}", "")
    if around.peerings.get(route.target) == frozenset((here, there)):
        return fixed(True, "", f"{source.subnet.routes.id} {route}")
    if route.target.startswith("pcx-"):
        return fixed(False, f"{route.target} is no active peering between the two VPCs", "")
    if route.target.startswith(BEYOND):
        return _doubtful(f"the route {route} leads through something that is not described")
    return fixed(False, f"{route} does not lead to {target.owner}", "")


def _doubtful(why: str) -> Stage:
    from hardenlab.semantics.network.stages import EVERYTHING

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
