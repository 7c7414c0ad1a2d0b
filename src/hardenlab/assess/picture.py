"""A picture of an account's network in Mermaid, drawn from the evaluator's answers: who reaches whom, on which ports.

Labels are words and numbers of this module's own; the account's names and ids stand in the legend, never in the
diagram, where a name could be markup. Source of the syntax: Mermaid documentation, "Flowcharts - Basic Syntax".
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hardenlab.semantics.network import (
    INTERNET,
    Endpoint,
    Instance,
    Interface,
    LoadBalancer,
    Network,
    OpenPorts,
    Unjudged,
)

MAX_SETS = 40
MAX_PORTS = 3
DOUBT = "cannot judge"


@dataclass(frozen=True)
class _Node:
    """Machines that carry the same groups in one VPC, or one load balancer or endpoint."""

    key: str
    label: str
    vpc: str
    members: tuple[Instance | LoadBalancer | Endpoint, ...]
    shape: tuple[str, str]


def draw(network: Network) -> dict[str, Any]:
    """`mermaid`: the diagram's text; `legend`: rows of label, id and name of what it shows."""
    nodes = _nodes(network)
    vpcs = {vpc.id: number for number, vpc in enumerate(network.vpcs, start=1)}
    lines = ["flowchart LR", "  internet((internet))"]
    for vpc, number in vpcs.items():
        inside = [node for node in nodes if node.vpc == vpc]
        if inside:
            lines.append(f'  subgraph vpc{number}["VPC {number}"]')
            lines += [f'    {node.key}{node.shape[0]}"{node.label}"{node.shape[1]}' for node in inside]
            lines.append("  end")
    lines += [f"  {edge}" for edge in _edges(network, nodes)]
    return {"mermaid": "\n".join(lines), "legend": list(_legend(network, vpcs, nodes))}


def _nodes(network: Network) -> list[_Node]:
    sets: dict[tuple[str, ...], list[Instance]] = {}
    for machine in network.instances:
        for vpc in {face.subnet.vpc for face in machine.interfaces}:
            sets.setdefault((vpc, *sorted(group.id for group in machine.groups)), []).append(machine)
    nodes = [
        _Node(f"m{at}", f"machines {at}<br/>{_placed(members)}", key[0], tuple(members), ("[", "]"))
        for at, (key, members) in enumerate(list(sets.items())[:MAX_SETS], start=1)
    ]
    for at, balancer in enumerate(network.load_balancers, start=1):
        where = next((face.subnet.vpc for face in balancer.interfaces), "")
        nodes.append(
            _Node(f"b{at}", f"balancer {at}<br/>{_zones(balancer.interfaces)}", where, (balancer,), ("([", "])"))
        )
    for at, endpoint in enumerate((e for e in network.endpoints if e.interfaces), start=1):
        nodes.append(_Node(f"e{at}", f"endpoint {at}", endpoint.vpc, (endpoint,), ("[/", "/]")))
    return nodes


def _placed(members: Sequence[Instance]) -> str:
    return f"{len(members)} in {_zones(face for machine in members for face in machine.interfaces)}"


def _zones(faces: Iterable[Interface]) -> str:
    count = len({face.subnet.zone for face in faces})
    return f"{count} zone" if count == 1 else f"{count} zones"


def _edges(network: Network, nodes: Sequence[_Node]) -> Iterator[str]:
    for node in nodes:
        inward = _ports(network, node, None)
        if inward:
            yield f'internet -->|"{inward}"| {node.key}'
        for source in nodes:
            is_detour = node.key.startswith("b") or source.key.startswith("e")  # by the front door, from behind it
            if source.key != node.key and not is_detour:
                ports = _ports(network, node, source)
                if ports:
                    yield f'{source.key} -->|"{ports}"| {node.key}'
        if node.key.startswith("m") and (way := _way_out(network, node)):
            yield f'{node.key} -.->|"{way}"| internet'


def _ports(network: Network, node: _Node, source: _Node | None) -> str:
    """The ports on which some member reaches some member, in the evaluator's words; empty for none."""
    found: dict[str, set[tuple[int, int]]] = {}
    for target in node.members:
        for one in (None,) if source is None else source.members:
            try:
                for protocol, ranges in network.open_ports(target, INTERNET if one is None else one).items():
                    found.setdefault(protocol, set()).update(ranges)
            except Unjudged:
                return DOUBT
    if any((0, 65535) in ranges for ranges in found.values()):
        return "all ports"
    ports = str(OpenPorts({protocol: tuple(sorted(ranges)) for protocol, ranges in found.items()})).split(", ")
    return ", ".join(ports[:MAX_PORTS]) + (f" and {len(ports) - MAX_PORTS} more" if len(ports) > MAX_PORTS else "")


def _way_out(network: Network, node: _Node) -> str:
    """How some member gets out, in words; empty when none does. A firewall that asks for names leaves it open."""
    try:
        packets = [packet for member in node.members if (packet := network.witness(source=member, to=INTERNET))]
    except Unjudged:
        return "out, as a firewall decides"
    if not packets:
        return ""
    return "out by NAT" if all(any("-> nat-" in hop for hop in packet.hops) for packet in packets) else "out"


def _legend(network: Network, vpcs: dict[str, int], nodes: Sequence[_Node]) -> Iterator[dict[str, str]]:
    for vpc in network.vpcs:
        yield {"label": f"VPC {vpcs[vpc.id]}", "id": vpc.id, "name": vpc.name or ("default" if vpc.is_default else "")}
    for node in nodes:
        for member in node.members:
            service = getattr(member, "service", "")
            yield {"label": node.label.split("<")[0], "id": member.id, "name": member.name or service}
