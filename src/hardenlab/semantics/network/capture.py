"""What the interfaces on a path see of a connection: which packets reach them, and whether each may pass.

That is what VPC Flow Logs record (VPC User Guide, "Flow log records" and "Accepted and rejected traffic"): security
groups and network ACLs decide at the interface; what never arrives there is seen by nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from hardenlab.semantics.network.addresses import PUBLIC, Family, parse_address
from hardenlab.semantics.network.network import Network
from hardenlab.semantics.network.network_acl import Direction
from hardenlab.semantics.network.paths import local, way_out
from hardenlab.semantics.network.protocols import asked_ports, asked_protocol, reply_port
from hardenlab.semantics.network.resources import Interface
from hardenlab.semantics.network.spans import Spans
from hardenlab.semantics.network.stages import Asked, Stage, group_stage
from hardenlab.semantics.unjudged import Unjudged


@dataclass(frozen=True, slots=True)
class Sight:
    """One direction of a connection at one interface."""

    interface: Interface
    direction: Direction
    is_reply: bool
    accepted: bool


def captured(
    network: Network, source: str, destination: str, port: int, protocol: str | int = "tcp", client_port: int = 49152
) -> tuple[Sight, ...]:
    """What instances' interfaces see of a connection between two addresses, in the order of the packets.

    The last sight is a refusal when one is met. Public addresses of instances are their interfaces'; an address that
    is nobody's inside a VPC has no interface. Raises ValueError for what is no address, protocol or port, and Unjudged
    where a route leads out of what the network describes.
    """
    family, here = parse_address(source)
    _, there = parse_address(destination)
    number = asked_protocol(protocol, family)
    first = asked_ports(number, port)[0]
    asked = Asked(family, number, first, client_port)
    sender, receiver = _owner(network, family, here), _owner(network, family, there)
    return tuple(_sights(network, asked, here, there, sender, receiver))


def _sights(
    network: Network, asked: Asked, here: int, there: int, sender: Interface | None, receiver: Interface | None
) -> Iterator[Sight]:
    same_subnet = False
    if sender and receiver:
        here, there = sender.private[asked.family].first(), receiver.private[asked.family].first()
        same_subnet = sender.subnet.id == receiver.subnet.id
    answered = reply_port(asked.protocol, asked.port, asked.client_port)
    if sender:
        passes = _acl(sender, "egress", asked, there, asked.port, same_subnet) and _group(
            sender, "egress", asked, there, receiver
        )
        yield Sight(sender, "egress", False, passes)
        if not passes:
            return
    if not _arrives(network, asked, sender, receiver, there):
        return
    if receiver:
        passes = _acl(receiver, "ingress", asked, here, asked.port, same_subnet) and _group(
            receiver, "ingress", asked, here, sender
        )
        yield Sight(receiver, "ingress", False, passes)
        if not passes or answered is None:
            return
        passes = _acl(receiver, "egress", asked, here, answered, same_subnet)
        yield Sight(receiver, "egress", True, passes)
        if not passes or not _returns(network, asked, sender, receiver, here):
            return
    if sender and answered is not None:
        yield Sight(sender, "ingress", True, _acl(sender, "ingress", asked, there, answered, same_subnet))


def _acl(face: Interface, direction: Direction, asked: Asked, far: int, port: int, same_subnet: bool) -> bool:
    """Network ACLs stand at the edge of a subnet: inside it they are not asked."""
    if same_subnet:
        return True
    entry = face.subnet.acl.deciding(direction, asked.family, far, asked.protocol, port)
    return entry is not None and entry.allows


def _group(face: Interface, direction: Direction, asked: Asked, far: int, peer: Interface | None) -> bool:
    """Security groups keep state, so that they are asked about requests alone."""
    return far in group_stage(face, direction, asked, peer, Spans.one(far) if peer else None).passes


def _arrives(network: Network, asked: Asked, sender: Interface | None, receiver: Interface | None, there: int) -> bool:
    family, around = asked.family, network.around
    if sender and receiver:
        return _leads(local(sender, receiver, around, asked), there)
    if receiver:
        return receiver.public.get(family) is not None and bool(around.gateways(receiver.subnet.vpc))
    return sender is not None and there in PUBLIC[family] and _leads(way_out(sender, around, asked), there)


def _returns(network: Network, asked: Asked, sender: Interface | None, receiver: Interface, here: int) -> bool:
    around = network.around
    if sender:
        return _leads(local(receiver, sender, around, asked), here)
    return _leads(around.route_back(receiver.subnet, asked.family), here)


def _leads(route: Stage, address: int) -> bool:
    if address in route.unjudged and address not in route.passes:
        raise Unjudged(route.doubt)
    return address in route.passes


def _owner(network: Network, family: Family, address: int) -> Interface | None:
    for instance in network.instances:
        for face in instance.interfaces:
            if face.public.get(family) == address or address in face.private.get(family, Spans()):
                return face
    return None
