"""The stages that a packet and its reply pass, each as the set of far addresses that it lets through."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from hardenlab.semantics.network.addresses import Family, show
from hardenlab.semantics.network.network_acl import Direction, NetworkAcl
from hardenlab.semantics.network.protocols import ALL_PORTS, reply_port, show_ports
from hardenlab.semantics.network.resources import Interface
from hardenlab.semantics.network.security_group import EVERY_ADDRESS, Rule
from hardenlab.semantics.network.spans import NOTHING, Spans, union


class Asked(NamedTuple):
    """One concrete question: a family, a protocol, a port, and the port of the client's side."""

    family: Family
    protocol: int
    port: int
    client_port: int
    domain: str | None = None
    """The name that the client asks for in TLS or HTTP, where the question says one."""

    @property
    def application(self) -> str:
        """In which protocol a firewall would find the name."""
        return "http" if self.port in (80, 8080) else "tls"

    @property
    def text(self) -> str:
        return show_ports(self.protocol, (self.port, self.port))


class Stage(NamedTuple):
    """One hop: the far addresses that pass, those that it cannot judge, and its words for a given address."""

    passes: Spans
    stops: str
    """What is said when nothing passes."""
    tell: Callable[[int], str]
    unjudged: Spans = NOTHING
    doubt: str = ""
    rules: tuple[tuple[str, Spans], ...] = ()
    """The rules of the target's own groups, each with the far addresses that it admits."""


class Stages:
    """The stages of one path, each built when it is first asked for: what stops early is never looked beyond."""

    __slots__ = ("_built", "_rest")

    def __init__(self, stages: Iterable[Stage]) -> None:
        self._built: list[Stage] = []
        self._rest = iter(stages)

    def __iter__(self) -> Iterator[Stage]:
        at = 0
        while True:
            while at < len(self._built):
                yield self._built[at]
                at += 1
            following = next(self._rest, None)
            if following is None:
                return
            self._built.append(following)


@lru_cache(maxsize=1024)
def fixed(holds: bool, stops: str, says: str) -> Stage:
    """A stage that is the same for every far address."""
    return Stage(EVERYTHING if holds else NOTHING, stops, lambda _: says)


EVERYTHING = Spans([(0, 2**128 - 1)])
EVERY_PORT = Spans([ALL_PORTS])


def acl_stage(acl: NetworkAcl, direction: Direction, asked: Asked) -> Stage:
    """A subnet's ACL for the asked port; the far addresses are its sources or destinations."""
    return _kept(acl, (direction, asked.family, asked.protocol, asked.port), lambda: _acl_stage(acl, direction, asked))


def _kept(acl: NetworkAcl, key: tuple[object, ...], make: Callable[[], Stage]) -> Stage:
    """A question that was asked of the ACL before has its answer kept with it."""
    found: Stage | None = acl.stages.get(key)
    if found is None:
        found = acl.stages[key] = make()
    return found


def _acl_stage(acl: NetworkAcl, direction: Direction, asked: Asked) -> Stage:
    word = "from" if direction == "ingress" else "to"
    passes = acl.allowed(direction, asked.family, asked.protocol, asked.port)

    def tell(address: int) -> str:
        entry = acl.deciding(direction, asked.family, address, asked.protocol, asked.port)
        return (
            str(entry)
            if entry
            else f"{acl.id} denies {asked.text} {word} {show(asked.family, address)} (no entry matches)"
        )

    return Stage(passes, f"the network ACL {acl.id} denies {asked.text} ({direction})", tell)


def reply_stage(acl: NetworkAcl, direction: Direction, asked: Asked) -> Stage:
    """A subnet's ACL for the reply, which goes to the client's port: ACLs keep no state."""
    port = reply_port(asked.protocol, asked.port, asked.client_port)
    if port is None:
        return fixed(True, "", "nothing is replied")
    key = (direction, asked.family, asked.protocol, port, "reply")
    return _kept(acl, key, lambda: _reply_stage(acl, direction, asked.family, asked.protocol, port))


def _reply_stage(acl: NetworkAcl, direction: Direction, family: Family, protocol: int, port: int) -> Stage:
    def tell(address: int) -> str:
        entry = acl.deciding(direction, family, address, protocol, port)
        return (
            f"reply: {entry}"
            if entry
            else f"reply: {acl.id} denies {show_ports(protocol, (port, port))} (no entry matches)"
        )

    passes = acl.allowed(direction, family, protocol, port)
    replies = f"the replies to {show_ports(protocol, (port, port))} ({direction})"
    return Stage(passes, f"the network ACL {acl.id} denies {replies}", tell)


def group_stage(
    face: Interface, direction: Direction, asked: Asked, peer: Interface | None, far: Spans | None = None
) -> Stage:
    """The security groups of an interface, united. A rule that names a group of the peer admits the peer."""
    if face.unfiltered:
        every = EVERY_ADDRESS[asked.family]
        text = f"{face.owner} has no security groups, which lets everything through"
        return Stage(every, "", lambda _: text, rules=((text, every),) if direction == "ingress" else ())
    word, owner = ("from", "ingress") if direction == "ingress" else ("to", "egress")
    admitting = list(_admitting(face, direction, asked, peer, far))
    passes = union(spans for _, spans in admitting)
    names = ", ".join(group.id for group in face.groups) or "no security group"

    def tell(address: int) -> str:
        return next((str(rule) for rule, spans in admitting if address in spans), f"{names} {word} nobody ({owner})")

    rules = tuple((str(rule), spans) for rule, spans in admitting) if direction == "ingress" else ()
    return Stage(passes, f"no rule of {names} allows {asked.text} ({owner})", tell, rules=rules)


def admits_any(face: Interface, asked: Asked, peer: Interface | None, domain: Spans) -> bool:
    """Whether the interface's groups let any of these addresses in: what they stop, no other stage mends."""
    if face.unfiltered:
        return bool(domain)
    return any(domain & spans for _, spans in _admitting(face, "ingress", asked, peer, None))


def admitted_ports(face: Interface, family: Family, protocol: int, peer: Interface | None, domain: Spans) -> Spans:
    """The ports at which the interface's groups let any of these addresses in."""
    if face.unfiltered:
        return EVERY_PORT if domain else NOTHING
    rules = (rule for group in face.groups for rule in group.ingress if rule.touches(protocol, ALL_PORTS))
    return Spans(rule.ports for rule, spans in _of_peer(rules, family, peer, None) if domain & spans)


def _admitting(
    face: Interface, direction: Direction, asked: Asked, peer: Interface | None, far: Spans | None
) -> Iterator[tuple[Rule, Spans]]:
    rules = (rule for group in face.groups for rule in group.touching(direction, asked.protocol, asked.port))
    return _of_peer(rules, asked.family, peer, far)


def _of_peer(
    rules: Iterable[Rule], family: Family, peer: Interface | None, far: Spans | None
) -> Iterator[tuple[Rule, Spans]]:
    """The rules that admit anybody, each with whom: a rule that names a group admits who carries it."""
    peers = {group.id for group in peer.groups} if peer else set()
    for rule in rules:
        if rule.reference is None:
            yield rule, rule.spans.get(family, NOTHING)
        elif rule.reference in peers and peer is not None:
            yield rule, far if far is not None else peer.private.get(family, EVERY_ADDRESS[family])
