"""The background on the wire: customers, the shop's own connections, updates, and the internet's constant knocking.

Which machine serves whom is asked of the network: a lab's own network gets traffic that fits it.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from hardenlab.evidence.cast import Cast
from hardenlab.evidence.dns_logs import Question
from hardenlab.evidence.draws import DAY, HOUR, MINUTE
from hardenlab.evidence.flow_logs import UDP, Conversation
from hardenlab.semantics.network import INTERNET, Instance, Network, Unjudged
from hardenlab.semantics.network.addresses import show

WEB_PORTS = (443, 80, 8443)
INNER_PORTS = (8080, 443, 80, 5432, 3306, 6379, 8443)
KNOCKED = (22, 23, 3389, 445, 5900, 8080, 1433, 6379, 2375, 9200, 5060, 11211)
# the addresses of AWS's own front doors are not ours to use: a machine's peers stand in the documentation ranges too
UPDATES, PAYMENTS = "updates.example.com", "api.payments.example.net"
USUAL_NAMES = (
    (UPDATES, "A"), (PAYMENTS, "A"), ("mail.example.org", "A"), ("time.example.com", "A"),
    ("s3.us-east-1.amazonaws.com", "A"), ("sts.us-east-1.amazonaws.com", "A"), ("ssm.us-east-1.amazonaws.com", "A"),
    ("registry.example.org", "AAAA"), ("mail.example.org", "MX"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Machine:
    """An instance as its traffic shows it."""

    instance: Instance
    private: str
    public: str | None

    @property
    def id(self) -> str:
        return self.instance.id


def machines(network: Network) -> tuple[Machine, ...]:
    """Every running instance with an IPv4 address, by id."""
    return tuple(
        Machine(instance, show("ipv4", face.private["ipv4"].first()), _public(face.public.get("ipv4")))
        for instance in network.instances
        if instance.running
        for face in instance.interfaces[:1]
        if face.private.get("ipv4")
    )


class Peers:
    """Addresses outside that the background uses: customers, the update server, the payment provider, knockers."""

    def __init__(self, cast: Cast) -> None:
        self.customers = [cast.stranger(f"customer {number}") for number in range(120)]
        self.updates, self.payments = cast.stranger(UPDATES), cast.stranger(PAYMENTS)
        self.monitor = cast.stranger("monitor")
        self.knockers = [cast.stranger(f"knocker {number}") for number in range(12)]


def conversations(
    cast: Cast, network: Network, peers: Peers, start: int, end: int, pace: float = 1.0
) -> Iterator[Conversation]:
    """Harmless connections between two moments, in the order of their start."""
    streams: list[Iterator[Conversation]] = []
    everyone = machines(network)
    for machine in everyone:
        random = cast.vary.stream(f"traffic/{machine.id}")
        port = _served(network, machine)
        if port and machine.public:
            streams.append(_customers(random, machine, port, peers, start, end, pace))
            streams.append(_monitor(machine, port, peers, start, end))
        if machine.public:
            streams.append(_knocks(random, machine, peers, start, end))
        streams.append(_updates(random, machine, peers, start, end))
        for other, inner in _neighbours(network, machine, everyone):
            streams.append(_calls(random, machine, other, inner, start, end, pace))
    yield from heapq.merge(*streams, key=lambda talk: talk.start)


def questions(cast: Cast, network: Network, start: int, end: int, pace: float = 1.0) -> Iterator[Question]:
    """Harmless DNS queries of every machine, in the order of time; each machine asks for the same few names."""
    answer = {name: cast.stranger(name) for name in dict.fromkeys(name for name, _ in USUAL_NAMES)}

    def asked(machine: Machine) -> Iterator[Question]:
        random = cast.vary.stream(f"names/{machine.id}")
        names = random.sample(USUAL_NAMES, 5)
        moment = start + random.randint(0, 5 * MINUTE)
        while moment < end:
            name, type = random.choice(names)
            answers: tuple[str, ...] = (
                (answer[name],) if type == "A" else (f"10 {name}.",) if type == "MX" else ("2001:db8::25",)
            )
            port = random.randint(32_768, 60_999)
            if random.random() < 0.01:
                name, answers = name.replace("example", "exmaple"), ()
            yield Question(moment, machine.id, machine.private, name, type, answers, port)
            moment += int(random.expovariate(pace / (3 * MINUTE))) + 1

    yield from heapq.merge(*map(asked, machines(network)), key=lambda question: question.moment)


def _customers(
    random: Random, machine: Machine, port: int, peers: Peers, start: int, end: int, pace: float
) -> Iterator[Conversation]:
    assert machine.public is not None
    moment = start + random.randint(0, 60)
    while moment < end:
        seconds, packets = random.randint(1, 90), random.randint(8, 90)
        size = random.randint(2_000, 400_000)
        yield Conversation(
            moment, seconds, random.choice(peers.customers), random.randint(1024, 65_535), machine.public, port,
            (packets, packets * random.randint(60, 300)), (packets + size // 1400, size),
        )  # fmt: skip
        busy = 2.0 if 7 <= moment % DAY // HOUR <= 22 else 0.4
        moment += int(random.expovariate(pace * busy / MINUTE)) + 1


def _monitor(machine: Machine, port: int, peers: Peers, start: int, end: int) -> Iterator[Conversation]:
    """Somebody's monitoring looks in every five minutes to the second: regular, and harmless."""
    assert machine.public is not None
    for moment in range(start - start % 300 + 17, end, 300):
        if moment >= start:
            source_port = 20_000 + moment // 300 % 30_000
            yield Conversation(moment, 1, peers.monitor, source_port, machine.public, port, (6, 520), (5, 1_480))


def _knocks(random: Random, machine: Machine, peers: Peers, start: int, end: int) -> Iterator[Conversation]:
    """Every public address is knocked at all day, now here, now there; nobody tries more than a few ports."""
    assert machine.public is not None
    moment = start + random.randint(0, 10 * MINUTE)
    while moment < end:
        knocker = random.choice(peers.knockers)
        port = random.choice(KNOCKED)
        yield Conversation(moment, 0, knocker, random.randint(1024, 65_535), machine.public, port, (1, 44), (1, 40))
        moment += int(random.expovariate(1 / (20 * MINUTE))) + 1


def _updates(random: Random, machine: Machine, peers: Peers, start: int, end: int) -> Iterator[Conversation]:
    moment = start + random.randint(0, 6 * HOUR)
    while moment < end:
        size = random.randint(100_000, 30_000_000)
        yield Conversation(
            moment, random.randint(3, 200), machine.private, random.randint(32_768, 60_999), peers.updates, 443,
            (size // 4_000 + 10, size // 60 + 900), (size // 1_400 + 10, size),
        )  # fmt: skip
        moment += random.randint(3 * HOUR, 9 * HOUR)
        if moment < end:
            port = random.randint(32_768, 60_999)
            yield Conversation(moment, 0, machine.private, port, peers.payments, 123, (1, 76), (1, 76), UDP)


def _calls(
    random: Random, machine: Machine, other: Machine, port: int, start: int, end: int, pace: float
) -> Iterator[Conversation]:
    moment = start + random.randint(0, 3 * MINUTE)
    while moment < end:
        packets, size = random.randint(6, 60), random.randint(800, 90_000)
        yield Conversation(
            moment, random.randint(1, 40), machine.private, random.randint(32_768, 60_999), other.private, port,
            (packets, packets * 120), (packets + size // 1_400, size),
        )  # fmt: skip
        moment += int(random.expovariate(pace / (2 * MINUTE))) + 1


def _served(network: Network, machine: Machine) -> int | None:
    return next((port for port in WEB_PORTS if _reaches(network, INTERNET, machine.instance, port)), None)


def _neighbours(network: Network, machine: Machine, everyone: tuple[Machine, ...]) -> Iterator[tuple[Machine, int]]:
    for other in everyone:
        if other.id != machine.id:
            port = next((p for p in INNER_PORTS if _reaches(network, machine.instance, other.instance, p)), None)
            if port:
                yield other, port


def _reaches(network: Network, source: object, target: Instance, port: int) -> bool:
    try:
        return network.witness(source=source, to=target, port=port, family="ipv4") is not None  # type: ignore[arg-type]
    except Unjudged:
        return False


def _public(number: int | None) -> str | None:
    return None if number is None else show("ipv4", number)
