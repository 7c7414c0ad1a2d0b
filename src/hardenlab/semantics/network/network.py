"""A network as one model: who reaches whom, by which packet, and if not, what stops it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from hardenlab.semantics.network.addresses import FAMILIES, Family, parse_address, parse_cidr, pick, show, to_cidrs
from hardenlab.semantics.network.answers import Blocked, OpenPorts, Packet
from hardenlab.semantics.network.collection import Resources, Tagged
from hardenlab.semantics.network.endpoints import Endpoint
from hardenlab.semantics.network.network_acl import NetworkAcl
from hardenlab.semantics.network.paths import Nat, Surroundings, between, from_internet, to_internet
from hardenlab.semantics.network.protocols import (
    ALL_PORTS,
    ALL_PROTOCOLS,
    PortAsked,
    Ports,
    asked_ports,
    asked_protocol,
    has_ports,
    protocol_name,
    samples,
)
from hardenlab.semantics.network.read_documents import Reader
from hardenlab.semantics.network.resources import Instance, Interface, LoadBalancer, Subnet, Vpc
from hardenlab.semantics.network.security_group import SecurityGroup
from hardenlab.semantics.network.sources import Every, Internet
from hardenlab.semantics.network.spans import NOTHING, Spans
from hardenlab.semantics.network.stages import Asked, Stage
from hardenlab.semantics.unjudged import Unjudged

CLIENT_PORTS: Ports = (1024, 65535)
GONE = ("terminated", "shutting-down")
R = TypeVar("R", bound=Tagged)
End = Instance | LoadBalancer
Whom = Internet | End | Subnet | str


@dataclass(frozen=True)
class Outcome:
    """One pair of ends on one port: the far addresses that were asked about, those that pass, and the stages."""

    asked: Asked
    near: Interface
    far: Interface | None
    domain: Spans
    stages: Sequence[Stage]
    outward: bool

    @property
    def passing(self) -> Spans:
        spans = self.domain
        for stage in self.stages:
            spans = spans & stage.passes
        return spans

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why some addresses can be neither let through nor stopped for certain."""
        undecided = self.domain
        for stage in self.stages:
            undecided = undecided & (stage.passes | stage.unjudged)
        undecided = undecided - self.passing
        return tuple(stage.doubt for stage in self.stages if stage.doubt and undecided & stage.unjudged)


class Network:
    """Every VPC of an account and region. Built from documents, asked in plain words, never asked twice."""

    def __init__(self, reader: Reader, around: Surroundings, unread: Mapping[str, str]) -> None:
        self.vpcs: Resources[Vpc] = _sorted(reader.vpcs)
        self.subnets: Resources[Subnet] = _sorted(reader.subnets.values())
        self.security_groups: Resources[SecurityGroup] = _sorted(reader.groups.values())
        self.network_acls: Resources[NetworkAcl] = _sorted(reader.acls)
        self.instances: Resources[Instance] = _sorted(i for i in reader.instances if i.state not in GONE)
        self._load_balancers: Resources[LoadBalancer] = _sorted(reader.load_balancers)
        self.endpoints: Resources[Endpoint] = _sorted(reader.endpoints)
        self.nat_gateways: Mapping[str, Nat] = around.nats
        self._around = around
        self._unread = unread

    @classmethod
    def from_describe(
        cls, documents: Mapping[str, Sequence[Mapping[str, Any]]], unread: Mapping[str, str] | None = None
    ) -> "Network":
        """A network of describe results by the name of their list: "Vpcs", "Subnets", "RouteTables", ...

        "PrefixLists" hold `PrefixListId` and `Entries`; "TargetHealth" holds `TargetGroupArn` and `Target`. Missing
        kinds are empty. `unread` names kinds that could not be read, and why: questions about them are Unjudged.
        """
        reader = Reader(documents)
        return cls(reader, _surroundings(documents, reader), unread or {})

    @property
    def load_balancers(self) -> Resources[LoadBalancer]:
        if "LoadBalancers" in self._unread:
            raise Unjudged(f"load balancers could not be read: {self._unread['LoadBalancers']}")
        return self._load_balancers

    def witness(
        self,
        *,
        source: Whom | Every,
        to: Whom,
        port: PortAsked = None,
        protocol: str | int = "tcp",
        family: Family | str = "any",
        client_ports: Ports = CLIENT_PORTS,
    ) -> Packet | None:
        """A packet that gets through, there and back, or None. Whether instances run makes no difference.

        `source`: INTERNET, an instance, a load balancer, a subnet, an address or a CIDR block (any one of its
        addresses), or `every(...)` of these. `to`: an instance, a load balancer, an address, or INTERNET.
        Unjudged is raised where the model ends and the answer hangs on what lies beyond.
        """
        answer = self.answer(
            source=source, to=to, port=port, protocol=protocol, family=family, client_ports=client_ports
        )
        return answer if isinstance(answer, Packet) else None

    def works(self, *, source: Whom | Every, to: Whom, port: PortAsked = None, **more: Any) -> Packet | Blocked:
        """The same question of a flow that must work: instances at both ends must also be running."""
        for end in (source.whom if isinstance(source, Every) else source, to):
            if isinstance(end, Instance) and not end.running:
                return Blocked(f"{end.id} is {end.state}")
        return self.answer(source=source, to=to, port=port, **more)

    def answer(
        self,
        *,
        source: Whom | Every,
        to: Whom,
        port: PortAsked = None,
        protocol: str | int = "tcp",
        family: Family | str = "any",
        client_ports: Ports = CLIENT_PORTS,
    ) -> Packet | Blocked:
        """The packet that gets through, or what stops it."""
        whole = isinstance(source, Every)
        whom = source.whom if isinstance(source, Every) else source
        families = [f for f in FAMILIES if family in ("any", f)]
        blocked: Blocked | None = None
        doubts: list[str] = []
        for one in families:
            outcomes = list(self._outcomes(whom, to, one, protocol, port, client_ports))
            answer = _every(outcomes) if whole else _any(outcomes)
            if isinstance(answer, Packet):
                return answer
            blocked = answer if blocked is None or len(answer.hops) > len(blocked.hops) else blocked
            doubts += [doubt for outcome in outcomes for doubt in outcome.doubts]
        if doubts:
            raise Unjudged(doubts[0])
        return blocked or Blocked("there is nobody to ask about")

    def internet_sources(
        self,
        to: End,
        port: PortAsked = None,
        protocol: str | int = "tcp",
        client_ports: Ports = CLIENT_PORTS,
        *,
        except_for: Iterable[str] = (),
    ) -> tuple[str, ...]:
        """The public addresses that reach it, as the fewest CIDR blocks; those of `except_for` are not asked about.

        Unjudged is raised when none reaches it for certain and some may.
        """
        blocks: list[str] = []
        doubts: list[str] = []
        spared = tuple(except_for)
        for family in FAMILIES:
            spans = NOTHING
            for outcome in self._outcomes(Internet(), to, family, protocol, port, client_ports):
                asked = replace(outcome, domain=_without(outcome.domain, spared, family))
                spans = spans | asked.passing
                doubts += asked.doubts
            blocks += to_cidrs(family, spans)
        if doubts and not blocks:
            raise Unjudged(doubts[0])
        return tuple(blocks)

    def open_ports(self, to: End, source: Whom | None = None, client_ports: Ports = CLIENT_PORTS) -> OpenPorts:
        """The port ranges that get through from at least one address of the source (INTERNET by default).

        Unjudged is raised when a port is open for nobody for certain and may be for some.
        """
        whom = Internet() if source is None else source
        ranges: dict[str, Spans] = {}
        for protocol in self._protocols_of(to):
            for family in FAMILIES:
                for low, high, outcomes in self._stretches(whom, to, family, protocol, client_ports):
                    if any(outcome.passing for outcome in outcomes):
                        name = protocol_name(protocol)
                        ranges[name] = ranges.get(name, NOTHING) | Spans([(low, high)])
                        continue
                    for doubt in (doubt for outcome in outcomes for doubt in outcome.doubts):
                        raise Unjudged(doubt)
        return OpenPorts({name: tuple(spans) for name, spans in ranges.items()})

    def _protocols_of(self, end: End) -> list[int]:
        named = {rule.protocol for face in end.interfaces for group in face.groups for rule in group.ingress}
        return sorted({6, 17} | {number for number in named if number != ALL_PROTOCOLS and has_ports(number)})

    def _stretches(
        self, whom: Whom, to: End, family: Family, protocol: int, client_ports: Ports
    ) -> Iterator[tuple[int, int, list[Outcome]]]:
        starts = samples(ALL_PORTS, self._breaks(whom, to, protocol))
        for low, following in zip(starts, [*starts[1:], ALL_PORTS[1] + 1], strict=True):
            yield low, following - 1, list(self._outcomes(whom, to, family, protocol, low, client_ports))

    def _outcomes(
        self, source: Whom, to: Whom, family: Family, protocol: str | int, port: PortAsked, client_ports: Ports
    ) -> Iterator[Outcome]:
        """Every pair of ends on every port that makes a difference."""
        number = asked_protocol(protocol, family)
        for one in samples(asked_ports(number, port), self._breaks(source, to, number)):
            asked = Asked(family, number, one, client_ports)
            if isinstance(to, Internet) or (isinstance(to, str) and not self._is_inside(to)):
                yield from self._outward(source, to, asked)
            else:
                for target in self._faces(to, family):
                    yield from self._inward(source, target, asked)

    def _outward(self, source: Whom, to: Internet | str, asked: Asked) -> Iterator[Outcome]:
        for face in self._faces(source, asked.family):
            internet = self._around.internet(face.subnet.vpc, asked.family)
            domain = internet if isinstance(to, Internet) else _spans(to, asked.family)
            stages = to_internet(face, self._around, asked)
            yield Outcome(asked, face, None, domain, stages, outward=True)

    def _inward(self, source: Whom, target: Interface, asked: Asked) -> Iterator[Outcome]:
        if isinstance(source, Internet):
            domain = self._around.internet(target.subnet.vpc, asked.family)
            yield Outcome(asked, target, None, domain, from_internet(target, self._around, asked), outward=False)
        elif isinstance(source, str):
            yield from self._from_addresses(_spans(source, asked.family), target, asked)
        else:
            for face in self._faces(source, asked.family):
                if face.id != target.id:
                    domain = face.private.get(asked.family, NOTHING)
                    stages = between(face, target, self._around, asked, host=not isinstance(source, Subnet))
                    yield Outcome(asked, target, face, domain, stages, outward=False)

    def _from_addresses(self, spans: Spans, target: Interface, asked: Asked) -> Iterator[Outcome]:
        outside = spans & self._around.internet(target.subnet.vpc, asked.family)
        if outside:
            yield Outcome(asked, target, None, outside, from_internet(target, self._around, asked), outward=False)
        for subnet in self.subnets:
            inside = spans & subnet.blocks.get(asked.family, NOTHING)
            if inside:
                host = _stranger(subnet, {asked.family: inside})
                stages = between(host, target, self._around, asked, host=False)
                yield Outcome(asked, target, host, inside, stages, outward=False)

    def _faces(self, end: Whom, family: Family) -> Iterable[Interface]:
        if isinstance(end, Instance | LoadBalancer):
            return end.interfaces
        if isinstance(end, Subnet):
            return [_stranger(end, end.blocks)]
        if isinstance(end, str):
            return self._owners(end, family)
        raise ValueError(f"{end!r} cannot stand at this end")

    def _owners(self, address: str, family: Family) -> list[Interface]:
        kind, number = parse_address(address)
        faces = [face for instance in self.instances for face in instance.interfaces]
        return [face for face in faces if kind == family and number in face.private.get(kind, NOTHING)]

    def _is_inside(self, text: str) -> bool:
        family, spans = parse_cidr(text)
        return any(vpc.blocks.get(family, NOTHING) & spans for vpc in self.vpcs)

    def _breaks(self, source: Whom, to: Whom, protocol: int) -> list[int]:
        """The ports at which some rule of either end begins or ends."""
        found: list[int] = []
        ends: list[End] = [end for end in (source, to) if isinstance(end, Instance | LoadBalancer)]
        for group in {group.id: group for end in ends for face in end.interfaces for group in face.groups}.values():
            for rule in (*group.ingress, *group.egress):
                if rule.touches(protocol, ALL_PORTS):
                    found += [rule.ports[0], rule.ports[1] + 1]
        for acl in self.network_acls:
            found += [*acl.breaks("ingress", protocol), *acl.breaks("egress", protocol)]
        return found


def _sorted(items: Iterable[R]) -> Resources[R]:
    return Resources(sorted(items, key=lambda item: item.id))


def _any(outcomes: Iterable[Outcome]) -> Packet | Blocked:
    stopped = Blocked("there is no such address in this family")
    for outcome in outcomes:
        passing = outcome.passing
        if passing:
            return _packet(outcome, passing)
        reason = _reason(outcome, outcome.domain)
        stopped = reason if len(reason.hops) >= len(stopped.hops) else stopped
    return stopped


def _every(outcomes: Sequence[Outcome]) -> Packet | Blocked:
    """All addresses of the source get through to some end on some port; else one that does not."""
    if not outcomes:
        return Blocked("there is no such address in this family")
    domain, passing = NOTHING, NOTHING
    for outcome in outcomes:
        domain, passing = domain | outcome.domain, passing | outcome.passing
    left = domain - passing
    if left or not domain:
        return _reason(max(outcomes, key=lambda o: o.passing.count()), left or domain)
    best = next(outcome for outcome in outcomes if outcome.passing)
    return _packet(best, best.passing)


def _packet(outcome: Outcome, passing: Spans) -> Packet:
    asked, near = outcome.asked, outcome.near
    far = show(asked.family, pick(asked.family, passing))
    mine = _address(near, asked.family)
    ports = has_ports(asked.protocol)
    hops = tuple(hop for stage in outcome.stages if (hop := stage.tell(pick(asked.family, passing))))
    here, there = (mine, far) if outcome.outward else (far, mine)
    return Packet(
        here,
        asked.client_ports[0] if ports else None,
        there,
        asked.port if ports else None,
        protocol_name(asked.protocol),
        asked.family,
        next((hop for hop in hops if hop.startswith("sg-")), hops[0] if hops else ""),
        hops,
    )


def _reason(outcome: Outcome, domain: Spans) -> Blocked:
    """The first stage that stops one of these addresses."""
    left = domain
    hops: list[str] = []
    for stage in outcome.stages:
        passing = left & stage.passes
        if not passing:
            victim = pick(outcome.asked.family, left) if left else None
            return Blocked(stage.stops, show(outcome.asked.family, victim) if victim is not None else None, tuple(hops))
        hops.append(stage.tell(pick(outcome.asked.family, passing)))
        left = passing
    return Blocked("nothing stops it", None, tuple(hops))


def _address(face: Interface, family: Family) -> str:
    public = face.public.get(family)
    if public:
        return show(family, public)
    if face.is_node:
        return face.owner
    spans = face.private.get(family, NOTHING)
    return show(family, spans.first()) if spans else face.owner


def _stranger(subnet: Subnet, addresses: Mapping[Family, Spans]) -> Interface:
    """Some host in a subnet, of whose groups nothing is known."""
    return Interface(f"any host in {subnet.id}", f"any host in {subnet.id}", subnet, (), addresses, {}, is_node=True)


def _without(spans: Spans, blocks: Iterable[str], family: Family) -> Spans:
    for block in blocks:
        spans = spans - _spans(block, family)
    return spans


def _spans(text: str, family: Family) -> Spans:
    kind, spans = parse_cidr(text)
    return spans if kind == family else NOTHING


def _surroundings(documents: Mapping[str, Sequence[Mapping[str, Any]]], reader: Reader) -> Surroundings:
    gateways: dict[str, set[str]] = {}
    for item in documents.get("InternetGateways", ()):
        for attachment in item.get("Attachments", ()):
            if attachment.get("State", "available") in ("available", "attached"):
                gateways.setdefault(attachment["VpcId"], set()).add(item["InternetGatewayId"])
    egress_only: dict[str, set[str]] = {}
    for item in documents.get("EgressOnlyInternetGateways", ()):
        for attachment in item.get("Attachments", ()):
            egress_only.setdefault(attachment["VpcId"], set()).add(item["EgressOnlyInternetGatewayId"])
    nats = {
        item["NatGatewayId"]: Nat(item["NatGatewayId"], reader.subnets[item["SubnetId"]])
        for item in documents.get("NatGateways", ())
        if item.get("State", "available") == "available"
        and item.get("ConnectivityType", "public") == "public"
        and item.get("SubnetId") in reader.subnets
    }
    peerings = {
        item["VpcPeeringConnectionId"]: frozenset((item["RequesterVpcInfo"]["VpcId"], item["AccepterVpcInfo"]["VpcId"]))
        for item in documents.get("VpcPeeringConnections", ())
        if item.get("Status", {}).get("Code") == "active"
    }
    return Surroundings(
        {vpc.id: vpc for vpc in reader.vpcs},
        {vpc: frozenset(found) for vpc, found in gateways.items()},
        {vpc: frozenset(found) for vpc, found in egress_only.items()},
        nats,
        peerings,
    )
