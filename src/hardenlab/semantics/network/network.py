"""A network as one model: who reaches whom, by which packet, and if not, what stops it."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from hardenlab.semantics.network.addresses import FAMILIES, Family, parse_cidr, pick, show, to_cidrs
from hardenlab.semantics.network.answers import Blocked, Inlet, Inlets, OpenPorts, Packet, Published
from hardenlab.semantics.network.collection import Resources, Tagged
from hardenlab.semantics.network.network_acl import NetworkAcl
from hardenlab.semantics.network.paths import (
    FirewallEndpoint,
    Nat,
    Replying,
    Surroundings,
    between,
    from_internet,
    to_gateway_endpoint,
    to_internet,
)
from hardenlab.semantics.network.protocols import (
    ALL_PORTS,
    PORTED,
    PortAsked,
    Ports,
    asked_ports,
    asked_protocol,
    has_ports,
    protocol_name,
    samples,
)
from hardenlab.semantics.network.read_documents import Reader
from hardenlab.semantics.network.resources import Endpoint, Instance, Interface, LoadBalancer, Subnet, Vpc
from hardenlab.semantics.network.security_group import MAX_RULES, SecurityGroup
from hardenlab.semantics.network.sources import Every, Internet
from hardenlab.semantics.network.spans import NOTHING, Spans
from hardenlab.semantics.network.stages import EVERY_PORT, Asked, Stage, Stages, admits_any, admitted_ports
from hardenlab.semantics.reading import Malformed
from hardenlab.semantics.unjudged import Unjudged

CLIENT_PORTS: Ports = (1024, 65535)
# what a Network Load Balancer's listener speaks, where it is not TCP
TRANSPORTS = {"UDP": "udp", "QUIC": "udp"}
GONE = ("terminated", "shutting-down")
ENDPOINT_GONE = ("deleted", "deleting", "rejected", "expired", "failed")
R = TypeVar("R", bound=Tagged)
End = Instance | LoadBalancer | Endpoint
Whom = Internet | End | Subnet | str
Ends = tuple[str, str]
"""What the two ends of a question are called."""
NO_ADDRESS = "there is no such address in this family"


@dataclass(frozen=True)
class Outcome:
    """One pair of ends on one port: the far addresses that were asked about, those that pass, and the stages."""

    asked: Asked
    near: Interface
    far: Interface | None
    domain: Spans
    stages: Stages
    outward: bool

    @property
    def passing(self) -> Spans:
        return self._walk[0]

    @property
    def depth(self) -> int:
        """How many stages let something through before one lets nothing."""
        return self._walk[2]

    @cached_property
    def _walk(self) -> tuple[Spans, bool, int]:
        """What passes, whether a stage on the way there leaves anything undecided, and how many stages it passes."""
        spans, doubtful, depth = self.domain, False, 0
        for stage in self.stages:
            if not spans:
                break
            doubtful = doubtful or bool(stage.unjudged)
            spans = spans & stage.passes
            depth += bool(spans)
        return spans, doubtful, depth

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why some addresses can be neither let through nor stopped for certain."""
        if not self._walk[1]:
            return ()
        undecided = self.domain
        passed: list[Stage] = []
        for stage in self.stages:
            undecided = undecided & (stage.passes | stage.unjudged)
            if not undecided:
                return ()
            passed.append(stage)
        undecided = undecided - self.passing
        return tuple(stage.doubt for stage in passed if undecided & stage.unjudged)


class Network:
    """Every VPC of an account and region. Built from documents, asked in plain words, never asked twice."""

    def __init__(self, reader: Reader, around: Surroundings, unread: Mapping[str, str]) -> None:
        self.vpcs: Resources[Vpc] = _sorted(reader.vpcs)
        self.subnets: Resources[Subnet] = _sorted(reader.subnets.values())
        self.security_groups: Resources[SecurityGroup] = _sorted(reader.groups.values())
        self.network_acls: Resources[NetworkAcl] = _sorted(reader.acls)
        self.instances: Resources[Instance] = _sorted(i for i in reader.instances if i.state not in GONE)
        self._load_balancers: Resources[LoadBalancer] = _sorted(reader.load_balancers)
        self.endpoints: Resources[Endpoint] = _sorted(e for e in reader.endpoints if e.state not in ENDPOINT_GONE)
        self.nat_gateways: Mapping[str, Nat] = around.nats
        self._around = around
        self._unread = unread
        self._client_ports: dict[tuple[object, ...], tuple[int, ...]] = {}
        self._strangers: dict[str, tuple[Interface]] = {}

    @classmethod
    def from_describe(
        cls, documents: Mapping[str, Sequence[Mapping[str, Any]]], unread: Mapping[str, str] | None = None
    ) -> "Network":
        """A network of describe results by the name of their list: "Vpcs", "Subnets", "RouteTables", ...

        "PrefixLists" hold `PrefixListId` and `Entries`; "TargetHealth" holds `TargetGroupArn` and `Target`. Missing
        kinds are empty. `unread` names kinds that could not be read, and why: questions about them are Unjudged.
        Raises Malformed for what no describe call answers.
        """
        try:
            reader = Reader(documents)
            return cls(reader, _surroundings(documents, reader), unread or {})
        except Malformed:
            raise
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            # hundreds of fields are read; what a describe call answers is of the shape that its API documents
            what = f"are not what describe calls answer: {type(error).__name__} {error}"
            raise Malformed("the documents of the network", what) from None

    @property
    def around(self) -> Surroundings:
        """What connects the VPCs to the world and to each other."""
        return self._around

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
        domain: str | None = None,
    ) -> Packet | None:
        """A packet that gets through, there and back, or None. Whether instances run makes no difference.

        `source`: INTERNET, an instance, a load balancer, a subnet, an address or a CIDR block (any one of its
        addresses), or `every(...)` of these. `to`: an instance, a load balancer, an endpoint, an address, or INTERNET.
        Unjudged is raised where the model ends and the answer hangs on what lies beyond.
        """
        if isinstance(source, Every):
            answer = self._answer(source, to, port, protocol, family, client_ports, domain)
            return answer if isinstance(answer, Packet) else None
        asked_ports(asked_protocol(protocol, "ipv4"), port)  # a wrong question is told, even where nobody could meet
        doubts: list[str] = []
        for one in FAMILIES:
            if family not in ("any", one) or not self._may_meet(source, to, one):
                continue
            # what the target's groups do not admit would only tell why
            for outcome in self._outcomes(source, to, one, protocol, port, client_ports, domain, admitted=True):
                passing = outcome.passing
                if passing:
                    return _packet(outcome, passing, (_called(source), _called(to)))
                doubts += outcome.doubts
        if doubts:
            raise Unjudged(doubts[0])
        return None

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
        domain: str | None = None,
    ) -> Packet | Blocked:
        """The packet that gets through, or what stops it.

        `domain` is the name that the client asks for in TLS or HTTP: a firewall's domain lists decide by it.
        """
        return self._answer(source, to, port, protocol, family, client_ports, domain)

    def _answer(
        self, source: Whom | Every, to: Whom, port: PortAsked, protocol: str | int, family: Family | str,
        client_ports: Ports, domain: str | None,
    ) -> Packet | Blocked:  # fmt: skip
        whole = isinstance(source, Every)
        whom = source.whom if isinstance(source, Every) else source
        families = [f for f in FAMILIES if family in ("any", f)]
        ends = _called(whom), _called(to)
        blocked: Blocked | None = None
        doubts: list[str] = []
        for one in families:
            if blocked is not None and not self._may_meet(whom, to, one):
                continue  # and that would stop them sooner than what is known to
            outcomes = self._outcomes(whom, to, one, protocol, port, client_ports, domain)
            asked: list[Outcome] = []
            answer = _every(asked := list(outcomes), ends) if whole else _any(outcomes, asked, ends)
            if isinstance(answer, Packet):
                return answer
            blocked = answer if blocked is None or len(answer.hops) > len(blocked.hops) else blocked
            doubts += [doubt for outcome in asked for doubt in outcome.doubts]
        if doubts:
            raise Unjudged(doubts[0])
        return blocked or Blocked("there is nobody to ask about", ends=ends)

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
        """The ranges of TCP and UDP ports open to at least one address of the source (INTERNET by default).

        Unjudged is raised when a port is open for nobody for certain and may be for some.
        """
        whom = Internet() if source is None else source
        ranges: dict[str, Spans] = {}
        families = [f for f in FAMILIES if self._may_meet(whom, to, f)]
        for protocol in PORTED:
            for family in families:
                for low, high, outcomes in self._stretches(whom, to, family, protocol, client_ports):
                    if any(outcome.passing for outcome in outcomes):
                        name = protocol_name(protocol)
                        ranges[name] = ranges.get(name, NOTHING) | Spans([(low, high)])
                        continue
                    for doubt in (doubt for outcome in outcomes for doubt in outcome.doubts):
                        raise Unjudged(doubt)
        return OpenPorts({name: tuple(spans) for name, spans in ranges.items()})

    def _may_meet(self, whom: Whom, to: Whom, family: Family) -> bool:
        """Whether both ends have addresses of the family, where that is known at once."""
        if isinstance(to, Internet | str | Endpoint) or isinstance(whom, str):
            return True
        if isinstance(whom, Internet):
            return any(face.public.get(family) is not None for face in self._faces(to, family))
        return all(any(face.private.get(family) for face in self._faces(end, family)) for end in (whom, to))

    def published(self, to: Instance, source: Whom | None = None) -> tuple[Published, ...]:
        """The load balancers' listeners through which the source (INTERNET by default) gets to an instance.

        Unjudged is raised when there is none for certain and there may be one.
        """
        whom = Internet() if source is None else source
        mine = {to.id, *(show(f, n) for face in to.interfaces for f, spans in face.private.items() for n, _ in spans)}
        found, doubts = [], list[str]()
        for balancer in self.load_balancers:
            for listener in balancer.listeners:
                protocol = TRANSPORTS.get(listener.protocol.upper(), "tcp")
                ports = {p for name in listener.target_groups for id, p in balancer.targets.get(name, ()) if id in mine}
                for port in sorted(ports):
                    try:
                        front = self.answer(source=whom, to=balancer, port=listener.port, protocol=protocol)
                        back = self.answer(source=balancer, to=to, port=port, protocol=protocol)
                    except Unjudged as doubt:
                        doubts.append(doubt.reason)
                        continue
                    if isinstance(front, Packet) and isinstance(back, Packet):
                        if balancer.kind != "application" and not self._admits_client(to, front, port, protocol):
                            doubts.append(
                                f"{balancer.name} may hand on its clients' own addresses, and the groups of {to.id} "
                                f"do not admit {front.source}"
                            )
                            continue
                        found.append(Published(balancer.name, listener.port, port, front, back))
        if doubts and not found:
            raise Unjudged(doubts[0])
        return tuple(found)

    def _admits_client(self, to: Instance, front: Packet, port: int, protocol: str) -> bool:
        return any(group.admits(front.source, port, protocol) for group in to.groups)

    def inlets(
        self,
        to: End,
        source: Whom | None = None,
        port: PortAsked = None,
        protocol: str | int | None = None,
        client_ports: Ports = CLIENT_PORTS,
    ) -> Inlets:
        """Which rules of its own groups let the source (INTERNET by default) in: the inverse of `answer`.

        `protocol`: by default TCP and UDP.

        Unjudged is raised when nothing gets in for certain and something may.
        """
        whom = Internet() if source is None else source
        found: dict[tuple[str, int, Family], list[tuple[int, int, Spans]]] = {}
        doubts: list[str] = []
        for number in PORTED if protocol is None else [asked_protocol(protocol, "ipv4")]:
            for family in FAMILIES:
                kind = asked_protocol(number, family)
                for low, high, outcomes in self._stretches(
                    whom, to, family, kind, client_ports, asked_ports(kind, port)
                ):
                    for outcome in outcomes:
                        doubts += () if outcome.passing else outcome.doubts
                        _note(found, outcome, low, high)
        if doubts and not found:
            raise Unjudged(doubts[0])
        rules = [
            Inlet(rule, protocol_name(kind), (low, high), to_cidrs(family, spans))
            for (rule, kind, family), stretches in found.items()
            for low, high, spans in _joined(stretches)
        ]
        return Inlets(_called(to), tuple(sorted(rules, key=lambda one: (one.protocol, one.ports, one.rule))))

    def replays(self, packet: Packet) -> bool:
        """Whether this very packet, from its port and address to its port and address, gets through and is answered.

        Load balancers and strangers in a subnet have no address of their own: their packets cannot be replayed.
        """
        client = packet.source_port or CLIENT_PORTS[0]
        return isinstance(
            self.answer(
                source=packet.source,
                to=packet.destination,
                port=packet.destination_port,
                protocol=packet.protocol,
                family=packet.family,
                client_ports=(client, client),
            ),
            Packet,
        )

    def _stretches(
        self,
        whom: Whom,
        to: End,
        family: Family,
        protocol: int,
        client_ports: Ports,
        ports: Ports = ALL_PORTS,
    ) -> Iterator[tuple[int, int, list[Outcome]]]:
        """Port ranges within which no rule changes, with the outcomes that hold for all of the range.

        Without those that the target's own groups stop for certain.
        """
        admitted = self._admitted_ports(whom, to, family, protocol)
        if not admitted:
            return
        starts = samples(ports, self._breaks(whom, to, protocol))
        for low, following in zip(starts, [*starts[1:], ports[1] + 1], strict=True):
            if low in admitted:
                outcomes = self._outcomes(whom, to, family, protocol, low, client_ports, admitted=True)
                yield low, following - 1, list(outcomes)

    def _admitted_ports(self, whom: Whom, to: End, family: Family, protocol: int) -> Spans:
        """The ports at which the target's own groups let anybody of the source in: what they stop, nothing mends."""
        if isinstance(whom, str) or (isinstance(to, Endpoint) and to.kind == "Gateway"):
            return EVERY_PORT
        found = NOTHING
        for target in self._faces(to, family):
            if isinstance(whom, Internet):
                domain = self._around.internet(target.subnet.vpc, family)
                found = found | admitted_ports(target, family, protocol, None, domain)
                continue
            for face in self._faces(whom, family):
                if face.id != target.id:
                    peer, domain = None if isinstance(whom, Subnet) else face, face.private.get(family, NOTHING)
                    found = found | admitted_ports(target, family, protocol, peer, domain)
        return found

    def _outcomes(
        self,
        source: Whom,
        to: Whom,
        family: Family,
        protocol: str | int,
        port: PortAsked,
        client_ports: Ports,
        domain: str | None = None,
        *,
        admitted: bool = False,
    ) -> Iterator[Outcome]:
        """Every pair of ends on every port, and from every port of the client, that makes a difference.

        `admitted`: only of sources that the target's own groups may let in.
        """
        number = asked_protocol(protocol, family)
        target = self._holder(to, public=isinstance(source, Internet | str)) if isinstance(to, str) else to
        ports = asked_ports(number, port)
        for one in samples(ports, self._breaks(source, target, number)):
            asked = Asked(family, number, one, client_ports[0], domain)
            if isinstance(target, Endpoint) and target.kind == "Gateway":
                yield from self._to_service(source, target, asked, client_ports)
            elif isinstance(target, Internet | str):
                yield from self._outward(source, target, asked, client_ports)
            else:
                for face in self._faces(target, family):
                    yield from self._inward(source, face, asked, client_ports, admitted=admitted)

    def _outward(self, source: Whom, to: Internet | str, asked: Asked, client_ports: Ports) -> Iterator[Outcome]:
        if isinstance(to, str) and self._is_inside(to):
            return
        for face in self._faces(source, asked.family):
            internet = self._around.internet(face.subnet.vpc, asked.family)
            domain = internet if isinstance(to, Internet) else _spans(to, asked.family)
            for one in self._clients(asked, client_ports, self._around.outward_replies(face)):
                stages = Stages(to_internet(face, self._around, one))
                yield Outcome(one, face, None, domain, stages, outward=True)

    def _to_service(self, source: Whom, endpoint: Endpoint, asked: Asked, client_ports: Ports) -> Iterator[Outcome]:
        """To a service of AWS through a gateway endpoint, by the routes that name its prefix list."""
        if endpoint.addresses is None:
            raise Unjudged(f"the addresses of {endpoint.service}, its prefix list, are not described")
        domain = endpoint.addresses.get(asked.family, NOTHING)
        for face in self._faces(source, asked.family):
            for one in self._clients(asked, client_ports, self._around.outward_replies(face)):
                stages = Stages(to_gateway_endpoint(face, endpoint, one))
                yield Outcome(one, face, None, domain, stages, outward=True)

    def _inward(
        self, source: Whom, target: Interface, asked: Asked, client_ports: Ports, *, admitted: bool
    ) -> Iterator[Outcome]:
        if isinstance(source, Internet):
            domain = self._around.internet(target.subnet.vpc, asked.family)
            if not admitted or admits_any(target, asked, None, domain):
                yield from self._from_internet(domain, target, asked, client_ports)
        elif isinstance(source, str):
            yield from self._from_addresses(_spans(source, asked.family), target, asked, client_ports)
        else:
            for face in self._faces(source, asked.family):
                domain = face.private.get(asked.family, NOTHING)
                host = not isinstance(source, Subnet)
                if face.id != target.id and (not admitted or admits_any(target, asked, face if host else None, domain)):
                    yield from self._between(face, domain, target, asked, client_ports, host=host)

    def _from_internet(self, domain: Spans, target: Interface, asked: Asked, client_ports: Ports) -> Iterator[Outcome]:
        for one in self._clients(asked, client_ports, self._around.inward_replies(target)):
            stages = Stages(from_internet(target, self._around, one))
            yield Outcome(one, target, None, domain, stages, outward=False)

    def _between(
        self, source: Interface, domain: Spans, target: Interface, asked: Asked, client_ports: Ports, *, host: bool
    ) -> Iterator[Outcome]:
        replies: list[Replying] = [(target.subnet.acl, "egress"), (source.subnet.acl, "ingress")]
        for one in self._clients(asked, client_ports, replies):
            stages = Stages(between(source, target, self._around, one, host=host))
            yield Outcome(one, target, source, domain, stages, outward=False)

    def _from_addresses(self, spans: Spans, target: Interface, asked: Asked, client_ports: Ports) -> Iterator[Outcome]:
        outside = spans & self._around.internet(target.subnet.vpc, asked.family)
        if outside:
            yield from self._from_internet(outside, target, asked, client_ports)
        for subnet in self.subnets:
            inside = spans & subnet.blocks.get(asked.family, NOTHING)
            if inside:
                host = _stranger(subnet, {asked.family: inside})
                yield from self._between(host, inside, target, asked, client_ports, host=False)

    def _clients(self, asked: Asked, client_ports: Ports, replies: Sequence[Replying]) -> Iterator[Asked]:
        """The question from one port of the client for each fate that replies to it may have."""
        if not has_ports(asked.protocol):
            yield asked
            return
        key = (asked.family, asked.protocol, client_ports, tuple((acl.id, direction) for acl, direction in replies))
        ports = self._client_ports.get(key)
        if ports is None:
            ports = self._client_ports[key] = self._differing(asked, client_ports, replies)
        for port in ports:
            yield asked if port == asked.client_port else asked._replace(client_port=port)

    def _differing(self, asked: Asked, client_ports: Ports, replies: Sequence[Replying]) -> tuple[int, ...]:
        """The first port of each fate: without this the questions would grow with the square of an ACL's entries."""
        by_firewalls = self._around.client_breaks
        breaks = [port for acl, direction in replies for port in acl.breaks(direction, asked.protocol)]
        found: dict[tuple[object, ...], int] = {}
        for port in samples(client_ports, [*by_firewalls, *breaks]):
            passing = (acl.allowed(direction, asked.family, asked.protocol, port) for acl, direction in replies)
            found.setdefault((bisect_right(by_firewalls, port), *passing), port)
        return tuple(found.values())

    def _holder(self, address: str, *, public: bool = False) -> Instance | str:
        """The instance that has this private (or public) address; else the address itself, or the block."""
        family, spans = parse_cidr(address)
        if spans.count() == 1:
            number = spans.first()
            for instance in self.instances:
                for face in instance.interfaces:
                    known_as = public and number == face.public.get(family)
                    if known_as or number in face.private.get(family, NOTHING):
                        return replace(instance, interfaces=(face,))
        return address

    def _faces(self, end: Whom, family: Family) -> Iterable[Interface]:
        if isinstance(end, Instance | LoadBalancer | Endpoint):
            return end.interfaces
        if isinstance(end, Subnet):
            found = self._strangers.get(end.id)
            if found is None:
                found = self._strangers[end.id] = (_stranger(end, end.blocks),)
            return found
        if isinstance(end, str):
            return self._owners(end, family)
        raise ValueError("the path touches none of the account's networks; name an instance at one of its ends")

    def _owners(self, address: str, family: Family) -> tuple[Interface, ...]:
        holder = self._holder(address, public=True)
        return holder.interfaces if isinstance(holder, Instance) and parse_cidr(address)[0] == family else ()

    def _is_inside(self, text: str) -> bool:
        family, spans = parse_cidr(text)
        return any(vpc.blocks.get(family, NOTHING) & spans for vpc in self.vpcs)

    def _breaks(self, source: Whom, to: Whom, protocol: int) -> Iterator[int]:
        """The ports at which some rule of either end, or of an ACL, begins or ends."""
        ends: list[End] = [end for end in (source, to) if isinstance(end, Instance | LoadBalancer | Endpoint)]
        groups = {group.id: group for end in ends for face in end.interfaces for group in face.groups}
        rules = [rule for group in groups.values() for rule in (*group.ingress, *group.egress)]
        if len(rules) > MAX_RULES * max(1, len(ends)):
            raise Unjudged(f"the groups of {ends[0].id} have more than {MAX_RULES} rules, more than can be judged here")
        for rule in rules:
            if rule.touches(protocol, ALL_PORTS):
                yield from (rule.ports[0], rule.ports[1] + 1)
        yield from self._around.firewall_breaks
        for acl in self._acls_between(source, to):
            yield from acl.breaks("ingress", protocol)
            yield from acl.breaks("egress", protocol)

    def _acls_between(self, source: Whom, to: Whom) -> Iterable[NetworkAcl]:
        """The ACLs of both ends; all of them where an end is no place of its own or a NAT gateway may stand between."""
        if isinstance(source, Internet) and isinstance(to, Instance | LoadBalancer | Endpoint):
            return {face.subnet.acl.id: face.subnet.acl for face in to.interfaces}.values()
        return self.network_acls


def _note(
    found: dict[tuple[str, int, Family], list[tuple[int, int, Spans]]], outcome: Outcome, low: int, high: int
) -> None:
    passing = outcome.passing
    shared: dict[Spans, Spans] = {}  # most rules admit the same few networks
    for rule, spans in (pair for stage in outcome.stages for pair in stage.rules) if passing else ():
        mine = shared.get(spans)
        if mine is None:
            mine = shared[spans] = spans & passing
        if mine:
            found.setdefault((rule, outcome.asked.protocol, outcome.asked.family), []).append((low, high, mine))


def _joined(stretches: Iterable[tuple[int, int, Spans]]) -> Iterator[tuple[int, int, Spans]]:
    """Stretches of one rule: what several interfaces let in united, neighbours that say the same made one."""
    united: dict[tuple[int, int], Spans] = {}
    for low, high, spans in stretches:
        united[low, high] = united.get((low, high), NOTHING) | spans
    kept: list[tuple[int, int, Spans]] = []
    for (low, high), spans in sorted(united.items(), key=lambda item: item[0]):
        if kept and kept[-1][1] + 1 == low and kept[-1][2] == spans:
            kept[-1] = (kept[-1][0], high, spans)
        else:
            kept.append((low, high, spans))
    return iter(kept)


def _called(whom: Whom) -> str:
    """What an end of a question is called in an explanation; an address is called nothing else."""
    if isinstance(whom, Internet):
        return "the internet"
    if isinstance(whom, str):
        return whom if "/" in whom else ""
    return f"{whom.name} ({whom.id})" if whom.name and not isinstance(whom, LoadBalancer) else whom.name or whom.id


def _sorted(items: Iterable[R]) -> Resources[R]:
    return Resources(sorted(items, key=lambda item: item.id))


def _any(outcomes: Iterable[Outcome], asked: list[Outcome], ends: Ends) -> Packet | Blocked:
    """What gets through to some end on some port; else what stops the one that comes farthest.

    `asked` gets the outcomes that were looked at.
    """
    farthest: Outcome | None = None
    for outcome in outcomes:
        asked.append(outcome)
        passing = outcome.passing
        if passing:
            return _packet(outcome, passing, ends)
        farthest = outcome if farthest is None or outcome.depth >= farthest.depth else farthest
    return _reason(farthest, farthest.domain, ends) if farthest else Blocked(NO_ADDRESS, ends=ends)


def _every(outcomes: Sequence[Outcome], ends: Ends) -> Packet | Blocked:
    """All addresses of the source get through to some end on some port; else one that does not."""
    if not outcomes:
        return Blocked(NO_ADDRESS, ends=ends)
    domain, passing = NOTHING, NOTHING
    for outcome in outcomes:
        domain, passing = domain | outcome.domain, passing | outcome.passing
    left = domain - passing
    if left or not domain:
        return _reason(max(outcomes, key=lambda o: o.passing.count()), left or domain, ends)
    best = next(outcome for outcome in outcomes if outcome.passing)
    return _packet(best, best.passing, ends)


def _packet(outcome: Outcome, passing: Spans, ends: Ends) -> Packet:
    asked, near = outcome.asked, outcome.near
    address = pick(asked.family, passing)
    far = show(asked.family, address)
    mine = _address(near, asked.family)
    ports = has_ports(asked.protocol)
    hops = tuple(hop for stage in outcome.stages if (hop := stage.tell(address)))
    here, there = (mine, far) if outcome.outward else (far, mine)
    return Packet(
        here,
        asked.client_port if ports else None,
        there,
        asked.port if ports else None,
        protocol_name(asked.protocol),
        asked.family,
        _admitting(hops),
        hops,
        ends,
    )


def _admitting(hops: Sequence[str]) -> str:
    """The rule that lets the packet in where it arrives; on a way out, the one that lets it go."""
    groups = [hop for hop in hops if hop.startswith("sg-")]
    arriving = [hop for hop in groups if " from " in hop]
    return next(iter([*arriving, *groups, *hops]), "")


def _reason(outcome: Outcome, domain: Spans, ends: Ends) -> Blocked:
    """The first stage that stops one of these addresses."""
    left = domain
    hops: list[str] = []
    for stage in outcome.stages:
        passing = left & stage.passes
        if not passing:
            victim = pick(outcome.asked.family, left) if left else None
            who = show(outcome.asked.family, victim) if victim is not None else None
            return Blocked(stage.stops, who, tuple(hops), ends)
        hops.append(stage.tell(pick(outcome.asked.family, passing)))
        left = passing
    return Blocked("nothing stops it", None, tuple(hops), ends)


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
        item["NatGatewayId"]: Nat(item["NatGatewayId"], reader.subnets[item["SubnetId"]], _nat_addresses(item, reader))
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
        {
            id: FirewallEndpoint(id, placed.firewall, reader.subnets[subnet])
            for placed in reader.firewalls
            for id, subnet in placed.endpoints.items()
            if subnet in reader.subnets
        },
        reader.edges,
        frozenset(endpoint.id for endpoint in reader.endpoints if endpoint.kind == "Gateway"),
    )


def _nat_addresses(item: Mapping[str, Any], reader: Reader) -> Spans:
    """The private addresses of a NAT gateway; where they are not told, those of its subnet."""
    told = [one.get("PrivateIp") for one in item.get("NatGatewayAddresses", ())]
    found = NOTHING
    for text in filter(None, told):
        found = found | parse_cidr(text)[1]
    return found or reader.subnets[item["SubnetId"]].blocks.get("ipv4", NOTHING)
