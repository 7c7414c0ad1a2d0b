"""VPC Flow Log lines of conversations, with ACCEPT and REJECT as the account's own configuration decides.

Rules: VPC User Guide, "Flow log records" (fields, versions, status), "Flow log record examples", "Flow log
limitations" (what is not captured). Interfaces of load balancers and NAT gateways are not logged here.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any

from hardenlab.evidence.labels import Label, Labelled
from hardenlab.semantics.network import Interface, Network
from hardenlab.semantics.network.addresses import FAMILIES, parse_address, show
from hardenlab.semantics.network.capture import Sight, captured
from hardenlab.semantics.network.spans import NOTHING

TCP, UDP, ICMP = 6, 17, 1
DEFAULT = (
    "version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "packets", "bytes",
    "start", "end", "action", "log-status",
)  # fmt: skip
# the version of the log in which a field first appeared
VERSIONS: Mapping[str, int] = {
    **dict.fromkeys(DEFAULT, 2),
    **dict.fromkeys(("vpc-id", "subnet-id", "instance-id", "tcp-flags", "type", "pkt-srcaddr", "pkt-dstaddr"), 3),
    **dict.fromkeys(("region", "sublocation-type", "sublocation-id"), 4),
    **dict.fromkeys(("pkt-src-aws-service", "pkt-dst-aws-service", "flow-direction", "traffic-path"), 5),
}
SYN, SYN_ACK, FIN, RST = 2, 18, 1, 4
# the Amazon DNS server, instance metadata, the time service, KMS for Windows: flow logs do not capture these
UNSEEN = ("169.254.",)
DHCP = (67, 68)
RETRIES, SYN_BYTES = 3, 44


@dataclass(frozen=True, slots=True)
class Conversation:
    """A connection, or an attempt at one: who speaks to whom from second `start` on, and how much each side sends.

    `received` of (0, 0) is a peer that never answers; of one packet, a refusal by the machine itself.
    """

    start: int
    seconds: int
    source: str
    source_port: int
    destination: str
    destination_port: int
    sent: tuple[int, int]
    """Packets and bytes."""
    received: tuple[int, int] = (0, 0)
    protocol: int = TCP
    label: Label | None = None


@dataclass(frozen=True, slots=True)
class _Flow:
    """One direction of a conversation at one interface, within one window."""

    sight: Sight
    source: str
    source_port: int
    destination: str
    destination_port: int
    protocol: int
    packets: int
    bytes: int
    start: int
    end: int
    flags: int
    label: Label | None


class FlowLog:
    """A flow log over every instance's interface of a network. ValueError for fields that it cannot write."""

    def __init__(
        self,
        network: Network,
        account: str,
        *,
        region: str = "us-east-1",
        fields: Sequence[str] = DEFAULT,
        interval: int = 600,
        skips: Random | None = None,
    ) -> None:
        """`interval` is MaxAggregationInterval, 60 or 600 s; `skips` loses a harmless line now and then."""
        unknown = [name for name in fields if name not in VERSIONS]
        if unknown or not fields:
            raise ValueError(f"a flow log has no field {unknown}; it takes {', '.join(VERSIONS)}")
        if interval not in (60, 600):
            raise ValueError("the aggregation interval is 60 or 600 seconds")
        self.fields = tuple(fields)
        self._network, self._account, self._region, self._interval = network, account, region, interval
        self._version = max(VERSIONS[name] for name in fields)
        self._skips = skips
        self._faces = [face for instance in network.instances for face in instance.interfaces]
        self._private = {
            show(family, public): show(family, face.private[family].first())
            for face in self._faces
            for family in FAMILIES
            if (public := face.public.get(family)) is not None and face.private.get(family)
        }
        self._sights = lru_cache(maxsize=65_536)(self._look)

    @property
    def header(self) -> str:
        """The first line of a log file in a bucket; a log stream has none."""
        return " ".join(self.fields)

    def lines(
        self, conversations: Iterable[Conversation], start: int, end: int, *, idle: bool = True
    ) -> Iterator[Labelled[str]]:
        """Lines of the windows from `start` to `end`, window by window; conversations come in the order of `start`.

        With `idle`, an interface without traffic in a window has its NODATA line.
        """
        interval = self._interval
        pending: list[tuple[int, int, _Flow]] = []
        window, number = start - start % interval, 0
        for conversation in conversations:
            while conversation.start >= window + interval and window < end:
                yield from self._window(window, pending, idle)
                window += interval
            for flow in self._flows(conversation):
                number += 1
                heapq.heappush(pending, (flow.start - flow.start % interval, number, flow))
        while window < end:
            yield from self._window(window, pending, idle)
            window += interval

    def _window(self, window: int, pending: list[tuple[int, int, _Flow]], idle: bool) -> Iterator[Labelled[str]]:
        flows: dict[str, list[_Flow]] = {}
        while pending and pending[0][0] <= window:
            flow = heapq.heappop(pending)[2]
            flows.setdefault(flow.sight.interface.id, []).append(flow)
        for face in self._faces:
            mine = flows.get(face.id, [])
            if not mine:
                if idle:
                    yield Labelled(self._write(self._empty(face, window, "NODATA")))
                continue
            skipped = self._skipped(mine)
            for flow in mine:
                if flow is not skipped:
                    yield Labelled(self._write(self._values(flow)), flow.label)
            if skipped is not None:
                yield Labelled(self._write(self._empty(face, window, "SKIPDATA")))

    def _skipped(self, flows: list[_Flow]) -> _Flow | None:
        harmless = [flow for flow in flows if flow.label is None]
        if self._skips is None or not harmless or self._skips.random() > 0.002:
            return None
        return self._skips.choice(harmless)

    def _flows(self, talk: Conversation) -> Iterator[_Flow]:
        if talk.source.startswith(UNSEEN) or talk.destination.startswith(UNSEEN):
            return
        if talk.protocol == UDP and talk.source_port in DHCP and talk.destination_port in DHCP:
            return
        sights = self._sights(talk.source, talk.destination, talk.destination_port, talk.protocol, talk.source_port)
        refused = any(not sight.accepted for sight in sights)
        here, there = self._inner(talk.source), self._inner(talk.destination)
        for sight in sights:
            amount = talk.received if sight.is_reply else talk.sent
            if not amount[0]:
                continue
            if refused:
                amount = (min(amount[0], RETRIES), min(amount[1], RETRIES * SYN_BYTES))
            ends = (here, talk.source_port, there, talk.destination_port)
            if sight.is_reply:
                ends = (there, talk.destination_port, here, talk.source_port)
            yield from self._pieces(talk, sight, ends, amount, refused)

    def _pieces(
        self, talk: Conversation, sight: Sight, ends: tuple[str, int, str, int], amount: tuple[int, int], refused: bool
    ) -> Iterator[_Flow]:
        """A conversation of several windows has a line in each, and none of its bytes is counted twice."""
        interval, seconds = self._interval, 0 if refused else max(0, talk.seconds)
        last = talk.start + seconds
        told = (0, 0)
        start = talk.start
        while start <= last:
            end = min(last, start - start % interval + interval - 1)
            share = (end + 1 - talk.start, seconds + 1)
            upto = (amount[0] * share[0] // share[1], amount[1] * share[0] // share[1])
            packets, size = upto[0] - told[0], upto[1] - told[1]
            if packets:
                flags = _flags(talk, sight, amount, start == talk.start, end == last, refused)
                yield _Flow(
                    sight, *ends, talk.protocol, packets, size, start, min(end, start + 59) if refused else end, flags,
                    talk.label,
                )  # fmt: skip
                told = upto
            start = end + 1

    def _look(self, source: str, destination: str, port: int, protocol: int, client_port: int) -> tuple[Sight, ...]:
        return captured(self._network, source, destination, port, protocol, client_port)

    def _inner(self, address: str) -> str:
        """An interface's traffic is logged under its private address (VPC User Guide, "Flow log limitations")."""
        return self._private.get(address, address)

    def _values(self, flow: _Flow) -> dict[str, Any]:
        sight = flow.sight
        return self._empty(sight.interface, 0, "OK") | {
            "srcaddr": flow.source,
            "dstaddr": flow.destination,
            "srcport": flow.source_port if flow.protocol != ICMP else 0,
            "dstport": flow.destination_port if flow.protocol != ICMP else 0,
            "protocol": flow.protocol,
            "packets": flow.packets,
            "bytes": flow.bytes,
            "start": flow.start,
            "end": flow.end,
            "action": "ACCEPT" if sight.accepted else "REJECT",
            "tcp-flags": flow.flags,
            "type": "IPv6" if ":" in flow.source else "IPv4",
            "pkt-srcaddr": flow.source,
            "pkt-dstaddr": flow.destination,
            "flow-direction": sight.direction,
            "traffic-path": self._path(flow),
        }

    def _path(self, flow: _Flow) -> str:
        """1 by another resource of the VPC, 8 by an internet gateway; inbound traffic has none."""
        face = flow.sight.interface
        if flow.sight.direction == "ingress":
            return "-"
        family, number = parse_address(flow.destination)
        inside = any(number in vpc.blocks.get(family, NOTHING) for vpc in self._network.vpcs)
        return "8" if face.public.get(family) is not None and not inside else "1"

    def _empty(self, face: Interface, window: int, status: str) -> dict[str, Any]:
        return {
            "version": self._version,
            "account-id": self._account,
            "interface-id": face.id,
            "start": window,
            "end": window + self._interval - 1,
            "log-status": status,
            "vpc-id": face.subnet.vpc,
            "subnet-id": face.subnet.id,
            "instance-id": face.owner,
            "region": self._region,
        }

    def _write(self, values: Mapping[str, Any]) -> str:
        return " ".join([str(values.get(name, "-")) for name in self.fields])


def _flags(
    talk: Conversation, sight: Sight, amount: tuple[int, int], is_first: bool, is_last: bool, refused: bool
) -> int:
    """SYN and FIN of the window; a lone packet back is the machine's own refusal."""
    if talk.protocol != TCP:
        return 0
    if refused:
        return SYN_ACK if sight.is_reply else SYN
    if talk.received[0] == 1:
        return RST if sight.is_reply else SYN
    opening = SYN_ACK if sight.is_reply else SYN
    return (opening if is_first else 0) | (FIN if is_last and talk.received[0] else 0)
