"""Paths through the account's network, answered by `hardenlab.semantics.network` in Reachability Analyzer's words.

Source: Amazon VPC Reachability Analyzer, "How Reachability Analyzer works" and "Reachability Analyzer explanation
codes".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from hardenlab.semantics.network import INTERNET, Blocked, Instance, Interface, Network, Packet, Unjudged
from hardenlab.semantics.network.addresses import show
from hardenlab.semantics.network.read_calls import read_network
from hardenlab.semantics.network.sources import Internet
from hardenlab.semantics.network.spans import NOTHING

from ...extend import Call
from ...extend.inside import inside
from ._service import Row
from .vpc_block_public_access import blocks

Ports = tuple[int, int]
End = Instance | Internet
EVERY_PORT = 0, 65_535
KINDS = {
    "i": "instance", "eni": "network-interface", "igw": "internet-gateway", "sg": "security-group",
    "acl": "network-acl", "rtb": "route-table", "subnet": "subnet", "vpc": "vpc", "nat": "natgateway",
    "vpce": "vpc-endpoint", "pcx": "vpc-peering-connection", "tgw": "transit-gateway", "vgw": "vpn-gateway",
}  # fmt: skip
NAMED = (("acl-", "Acl"), ("sg-", "SecurityGroup"), ("rtb-", "RouteTable"), ("eni-", "NetworkInterface"))
# how the evaluator's reasons begin or what they hold, and AWS's code for it
CODES = (
    ("no public", "IGW_PUBLIC_IP_ASSOCIATION_FOR_INGRESS"),
    ("acl-", "SUBNET_ACL_RESTRICTION"),
    ("sg-", "ENI_SG_RULES_MISMATCH"),
    ("security group", "ENI_SG_RULES_MISMATCH"),
    ("route", "NO_ROUTE_TO_DESTINATION"),
    ("rtb-", "NO_ROUTE_TO_DESTINATION"),
)


@dataclass(frozen=True)
class Question:
    """A connection: from whom to whom, or to an address; `source` narrows the internet to an address."""

    start: End
    end: End | str
    protocol: str
    ports: Ports | None
    client_ports: Ports = (1024, 65_535)
    address: str | None = None


@dataclass(frozen=True)
class Answer:
    """What the analyzer says; `failure` when it cannot judge."""

    found: bool
    forward: tuple[Row, ...] = ()
    back: tuple[Row, ...] = ()
    explanations: tuple[Row, ...] = ()
    failure: str = ""


def network_of(call: Call[Any]) -> Network:
    """The network of the call's account and Region; Unjudged when it cannot be read."""
    with inside.clients(call) as client:
        try:
            return read_network(client)
        except ClientError as error:
            raise Unjudged(f"the network could not be read: {error.response['Error']['Message']}") from error


def end_of(network: Network, id: str) -> End | None:
    """Who has this id: an instance, the instance of an interface (with that interface alone), or the internet."""
    if id.startswith("igw-"):
        return INTERNET
    for instance in network.instances:
        if instance.id == id:
            return instance
        for face in instance.interfaces:
            if face.id == id:
                return replace(instance, interfaces=(face,))
    return None


def answer_of(call: Call[Any], network: Network, question: Question) -> Answer:
    """Whether the connection comes about, with the components on its way or what stops it."""
    blocked = _public_access(call, question)
    if blocked:
        return Answer(False, explanations=(blocked,))
    start: Any = question.address if question.address and question.start is INTERNET else question.start
    try:
        told = network.answer(
            source=start, to=question.end, port=question.ports, protocol=question.protocol, family="ipv4",
            client_ports=question.client_ports,
        )  # fmt: skip
    except (Unjudged, ValueError) as error:
        return Answer(False, failure=str(error))
    if isinstance(told, Blocked):
        return Answer(False, explanations=(_explanation(call, question, told.reason),))
    forward = _components(call, question, told)
    return Answer(True, forward, tuple(_numbered(reversed(forward))))


def gateways_of(call: Call[Any], vpc: str) -> list[str]:
    """The internet gateways that are attached to the VPC."""
    return [one.id for one in call.backend.internet_gateways.values() if one.vpc and one.vpc.id == vpc]


def is_gateway_of(call: Call[Any], id: str, end: End | str | None) -> bool:
    """Whether an id is no gateway's, or that of the gateway of the other end's VPC."""
    if not id.startswith("igw-") or not isinstance(end, Instance):
        return True
    return any(id in gateways_of(call, face.subnet.vpc) for face in end.interfaces)


def component(call: Call[Any], id: str) -> Row:
    kind = KINDS.get(id.split("-", 1)[0])
    return {"Id": id, "Arn": call.arn("ec2", f"{kind}/{id}")} if kind else {"Id": id}


def _public_access(call: Call[Any], question: Question) -> Row | None:
    """Block Public Access stands before routes and groups."""
    ends = ((question.end, True), (question.start, False))
    for (mine, inbound), other in zip(ends, (question.start, question.end), strict=True):
        outside = other is INTERNET or isinstance(other, str)
        if isinstance(mine, Instance) and outside:
            faces = [face for face in mine.interfaces if face.public.get("ipv4") is not None]
            if faces and all(blocks(call, face.subnet.vpc, face.subnet.id, inbound=inbound) for face in faces):
                vpc = component(call, faces[0].subnet.vpc)
                return {"ExplanationCode": "VPC_BLOCK_PUBLIC_ACCESS_ENABLED", "Vpc": vpc}
    return None


def _explanation(call: Call[Any], question: Question, reason: str) -> Row:
    """AWS's code for what the evaluator says, with the thing that it names."""
    code = next((code for text, code in CODES if text in reason), "NO_PATH")
    inward = isinstance(question.end, Instance)
    if code == "IGW_PUBLIC_IP_ASSOCIATION_FOR_INGRESS" and not inward:
        code = "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"
    explanation: Row = {"ExplanationCode": code, "Direction": "ingress" if inward else "egress"}
    named = [word.strip("(),;:'\"") for word in reason.split()]
    for prefix, member in (
        ("acl-", "Acl"),
        ("sg-", "SecurityGroup"),
        ("rtb-", "RouteTable"),
        ("eni-", "NetworkInterface"),
    ):
        id = next((word for word in named if word.startswith(prefix)), None)
        if id:
            explanation[member] = component(call, id)
    face = _face(question.end) or _face(question.start)
    if face:
        explanation.setdefault("NetworkInterface", component(call, face.id))
        explanation |= {"Subnet": component(call, face.subnet.id), "Vpc": component(call, face.subnet.vpc)}
    if code == "ENI_SG_RULES_MISMATCH" and face:
        explanation["SecurityGroups"] = [component(call, group.id) for group in face.groups]
    return explanation


def _face(end: End | str) -> Interface | None:
    return end.interfaces[0] if isinstance(end, Instance) and end.interfaces else None


def _components(call: Call[Any], question: Question, packet: Packet) -> tuple[Row, ...]:
    """What the packet passes, in order, each with its place."""
    start, end = _used(question.start, packet.source), _used(question.end, packet.destination)
    header = {
        "SourceAddresses": [f"{packet.source}/32"],
        "DestinationAddresses": [f"{packet.destination}/32"],
        "Protocol": "6" if packet.protocol == "tcp" else "17",
        "DestinationPortRanges": [{"From": packet.destination_port, "To": packet.destination_port}],
        "SourcePortRanges": [{"From": packet.source_port, "To": packet.source_port}],
    }
    rows: list[Row] = []
    apart = not (start and end and start.subnet.id == end.subnet.id)
    if start:
        rows += _side(call, start, apart)
        if apart:
            rows.append(_placed(call, start, component(call, start.subnet.routes.id)))
    outside = next((face for face in (start, end) if face), None)
    if (question.start is INTERNET or not isinstance(question.end, Instance)) and outside:
        gateway = call.backend.internet_gateways.values()
        rows += [
            {"Component": component(call, one.id)} for one in gateway if one.vpc and one.vpc.id == outside.subnet.vpc
        ]
        if question.start is INTERNET:
            rows = rows[-1:]
    if end:
        rows += reversed(_side(call, end, apart))
    if rows:
        rows[0]["OutboundHeader"], rows[-1]["InboundHeader"] = header, header
    return tuple(_numbered(rows))


def _used(end: End | str, address: str) -> Interface | None:
    """The interface of the end that has the address."""
    if not isinstance(end, Instance):
        return None
    for face in end.interfaces:
        public = face.public.get("ipv4")
        private = face.private.get("ipv4", NOTHING)
        if (public is not None and show("ipv4", public) == address) or (
            private and show("ipv4", private.first()) == address
        ):
            return face
    return end.interfaces[0]


def _side(call: Call[Any], face: Interface, apart: bool) -> list[Row]:
    """The components of one end, from the instance outward."""
    rows = [_placed(call, face, component(call, face.owner)), _placed(call, face, component(call, face.id))]
    rows += [_placed(call, face, component(call, group.id), attached=face.id) for group in face.groups]
    if apart:
        rows.append(_placed(call, face, component(call, face.subnet.acl.id), attached=face.subnet.id))
    return rows


def _placed(call: Call[Any], face: Interface, what: Row, attached: str = "") -> Row:
    row = {"Component": what, "Subnet": component(call, face.subnet.id), "Vpc": component(call, face.subnet.vpc)}
    return row | ({"AttachedTo": component(call, attached)} if attached else {})


def _numbered(rows: Sequence[Row] | Iterator[Row]) -> Iterator[Row]:
    for number, row in enumerate(rows, 1):
        yield row | {"SequenceNumber": number}
