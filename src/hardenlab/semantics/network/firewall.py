"""AWS Network Firewall: what becomes of a connection that is routed through a firewall endpoint.

Rules: Network Firewall Developer Guide, "How AWS Network Firewall filters network traffic", "Stateless rule groups",
"Standard stateful rule groups", "Stateful domain list rule groups", "Managing evaluation order for Suricata compatible
rules" and "Strict evaluation order". Text in Suricata's language is not read: what it might decide is left open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from hardenlab.semantics.network.addresses import Family
from hardenlab.semantics.network.protocols import has_ports, reply_port
from hardenlab.semantics.network.spans import NOTHING, Spans
from hardenlab.semantics.network.stages import Asked

StatelessAction = Literal["pass", "drop", "forward"]
StatefulAction = Literal["pass", "drop"]
# the ports around which a name is looked for in another protocol, see `Asked.application`
NAME_PORTS = (80, 81, 8080, 8081)
HANDSHAKE = "whether the packets before the name is sent pass the firewall is not documented for these rules"


@dataclass(frozen=True)
class Flow:
    """The packets of one direction. The far end is a set of addresses to be sorted, the near end one of its own."""

    family: Family
    protocol: int
    near: Spans
    far: Spans
    outward: bool
    """Whether these packets go from the near end to the far one."""
    source_port: int
    port: int


@dataclass(frozen=True)
class Match:
    """The header that a rule speaks of; None stands for any. `unclear` says what else it asks for that is not read."""

    sources: Mapping[Family, Spans] | None = None
    destinations: Mapping[Family, Spans] | None = None
    source_ports: Spans | None = None
    ports: Spans | None = None
    protocols: frozenset[int] | None = None
    both_ways: bool = False
    unclear: str = ""

    def of(self, flow: Flow) -> tuple[Spans, Spans]:
        """The far addresses whose packets match for certain, and those whose packets may match."""
        certain, possible = self._one_way(flow, self.sources, self.destinations, self.source_ports, self.ports)
        if self.both_ways:
            again = self._one_way(flow, self.destinations, self.sources, self.ports, self.source_ports)
            certain, possible = certain | again[0], possible | again[1]
        return (NOTHING if self.unclear else certain), possible

    def _one_way(
        self,
        flow: Flow,
        sources: Mapping[Family, Spans] | None,
        destinations: Mapping[Family, Spans] | None,
        source_ports: Spans | None,
        ports: Spans | None,
    ) -> tuple[Spans, Spans]:
        if self.protocols is not None and flow.protocol not in self.protocols:
            return NOTHING, NOTHING
        if has_ports(flow.protocol) and not (_holds(source_ports, flow.source_port) and _holds(ports, flow.port)):
            return NOTHING, NOTHING
        mine, theirs = (sources, destinations) if flow.outward else (destinations, sources)
        near = flow.near if mine is None else flow.near & mine.get(flow.family, NOTHING)
        far = flow.far if theirs is None else flow.far & theirs.get(flow.family, NOTHING)
        if not near:
            return NOTHING, NOTHING
        return (far if near == flow.near else NOTHING), far


def _holds(ports: Spans | None, port: int) -> bool:
    return ports is None or port in ports


@dataclass(frozen=True)
class StatelessRule:
    """One rule of a stateless group, in the order in which it is asked."""

    match: Match
    action: StatelessAction
    text: str


@dataclass(frozen=True)
class StatefulRule:
    """A 5-tuple rule, or (with `named`) one of a domain list, which sees the name only after the handshake."""

    match: Match
    action: StatefulAction
    text: str
    named: bool = False


@dataclass(frozen=True)
class DomainList:
    """A domain list: names that it lists, in which protocols it looks for them, and where it looks at all."""

    names: tuple[str, ...]
    applications: frozenset[str]
    """Of "tls" and "http"."""
    allows: bool
    match: Match
    text: str

    def lists(self, domain: str) -> bool:
        """`.example.com` stands for example.com and every name under it, `example.com` for itself."""
        name = domain.lower().rstrip(".")
        return any(name == one or (one.startswith(".") and f".{name}".endswith(one)) for one in self.names)


@dataclass(frozen=True)
class Sifted:
    """The far addresses whose connections pass, those of which it cannot be told, and why; the rest is dropped."""

    passes: Spans
    unclear: Spans
    doubt: str
    told: tuple[tuple[str, Spans], ...]

    def tell(self, address: int) -> str:
        return next((text for text, spans in self.told if address in spans), "no rule of the firewall decides")


@dataclass(frozen=True)
class Firewall:
    """A firewall with its policy."""

    id: str
    stateless: tuple[StatelessRule, ...]
    stateless_default: StatelessAction
    stateful: tuple[StatefulRule | DomainList, ...]
    strict: bool
    defaults: frozenset[str]
    """The stateful default actions; they count under strict order only."""
    unread: str = ""
    """What of the policy is not described: the stateful rules may then decide anything."""

    def sift(self, asked: Asked, near: Spans, far: Spans, *, outward: bool) -> Sifted:
        """Sort connections between the near end and each far address; `outward`: the near end opens them."""
        forward = Flow(asked.family, asked.protocol, near, far, outward, asked.client_port, asked.port)
        there = self._stateless(forward)
        answered = reply_port(asked.protocol, asked.port, asked.client_port)
        back = there
        if answered is not None:
            ports = (asked.port, answered) if has_ports(asked.protocol) else (answered, answered)
            back = self._stateless(Flow(asked.family, asked.protocol, near, far, not outward, *ports))
        engine = self._engine(forward, asked.domain, asked.application)
        waved = there.get("pass") & back.get("pass")
        inspected = there.get("forward") & back.get("forward")
        passes = waved | (inspected & engine.passes)
        drops = there.get("drop") | back.get("drop") | (inspected - engine.passes - engine.unclear)
        unclear = far - passes - drops
        doubt = engine.doubt if inspected & engine.unclear else "its stateless rules let it inspect one direction alone"
        told = [(f"{self.id}: {text}", spans & waved) for text, spans in there.told]
        told += [(f"{self.id}: {text}", spans & inspected) for text, spans in engine.told]
        return Sifted(passes, unclear, f"{self.id}: {doubt}" if unclear else "", tuple(told))

    def breaks(self, *, of_client: bool) -> list[int]:
        """The ports of the server, or of the client, at which some rule begins or ends.

        Where replies are looked at for themselves, or in both directions, each end's ports are the other's too.
        """
        found = [port for rule in self.stateful if isinstance(rule, DomainList) for port in NAME_PORTS]
        for rule in (*self.stateless, *self.stateful):
            theirs, mine = rule.match.ports, rule.match.source_ports
            mirrored = isinstance(rule, StatelessRule) or rule.match.both_ways
            for ports in (mine, theirs) if mirrored else (mine if of_client else theirs,):
                found += [port for low, high in ports or () for port in (low, high + 1)]
        return found

    def _stateless(self, flow: Flow) -> _Sorted:
        undecided = flow.far
        found = _Sorted({}, [])
        for rule in self.stateless:
            certain, possible = rule.match.of(flow)
            found.add(rule.action, undecided & certain, rule.text)
            undecided = undecided - possible
        found.add(self.stateless_default, undecided, f"the stateless default action is to {self.stateless_default}")
        return found

    def _engine(self, flow: Flow, domain: str | None, application: str) -> Sifted:
        if self.unread:
            return Sifted(NOTHING, flow.far, self.unread, ())
        rules = list(self._rules(flow, domain, application))
        if not self.strict:
            rules.sort(key=lambda rule: rule.action != "pass")
        sorted_ = [(rule, *rule.match.of(flow)) for rule in rules]
        early = flow.far if self.strict and "aws:drop_strict" in self.defaults else NOTHING
        for rule, _, possible in sorted_:
            early = early | (possible if rule.action == "drop" and not rule.named else NOTHING)
        # a pass that waits for a name is no certain one where the packets before the name may be dropped
        sure = [
            (rule, certain - early if rule.named and rule.action == "pass" else certain, possible)
            for rule, certain, possible in sorted_
        ]
        passes, told = self._walk(flow, sure, hopeful=False)
        hoped, _ = self._walk(flow, sure, hopeful=True)
        return Sifted(passes, hoped - passes, _doubt(rules), told)

    def _walk(
        self, flow: Flow, rules: Iterable[tuple[StatefulRule, Spans, Spans]], *, hopeful: bool
    ) -> tuple[Spans, tuple[tuple[str, Spans], ...]]:
        """What passes if every open question is answered in its favour, or against it: the first match decides.

        Under action order the passes come first and what nothing matches passes; under strict order the default
        actions decide about that.
        """
        undecided, passes = flow.far, NOTHING
        told: list[tuple[str, Spans]] = []
        for rule, certain, possible in rules:
            matched = undecided & (possible if hopeful == (rule.action == "pass") else certain)
            passes = passes | matched if rule.action == "pass" else passes
            undecided = undecided - matched
            told.append((rule.text, matched))
        if self.strict and any(name.startswith("aws:drop") for name in self.defaults):
            told.append(("the stateful default is to drop", undecided))
            return passes, tuple(told)
        told.append(("no stateful rule speaks of it, so it passes", undecided))
        return passes | undecided, tuple(told)

    def _rules(self, flow: Flow, domain: str | None, application: str) -> Iterator[StatefulRule]:
        """The stateful rules, each domain list as what it says to this flow."""
        for rule in self.stateful:
            if isinstance(rule, StatefulRule):
                yield rule
            elif flow.protocol == 6:
                yield from self._listed(rule, domain, application)

    def _listed(self, rule: DomainList, domain: str | None, application: str) -> Iterator[StatefulRule]:
        match = rule.match
        if domain is None:
            open_ = _unclear(match, f"{rule.text} decides by a name, and the question has none")
            yield StatefulRule(open_, "drop", rule.text, named=True)
        elif application not in rule.applications:
            return
        elif rule.lists(domain):
            action: StatefulAction = "pass" if rule.allows else "drop"
            yield StatefulRule(match, action, f"{rule.text} lists {domain[:80]}", named=True)
        elif rule.allows and self.strict:
            why = "whether an allow list drops what it does not list is not documented for strict order"
            yield StatefulRule(_unclear(match, why), "drop", rule.text, named=True)
        elif rule.allows:
            yield StatefulRule(match, "drop", f"{rule.text} does not list {domain[:80]}", named=True)


@dataclass
class _Sorted:
    sets: dict[StatelessAction, Spans]
    told: list[tuple[str, Spans]]

    def add(self, action: StatelessAction, spans: Spans, text: str) -> None:
        self.sets[action] = self.get(action) | spans
        self.told.append((text, spans))

    def get(self, action: StatelessAction) -> Spans:
        return self.sets.get(action, NOTHING)


def _unclear(match: Match, why: str) -> Match:
    return Match(
        match.sources, match.destinations, match.source_ports, match.ports, match.protocols, match.both_ways, why
    )


def _doubt(rules: Iterable[StatefulRule]) -> str:
    return next((rule.match.unclear for rule in rules if rule.match.unclear), HANDSHAKE)
