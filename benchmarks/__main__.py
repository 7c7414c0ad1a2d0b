"""Print every figure of the emulated account's speed, with moto's own server beside it in the same run.

`python -m benchmarks [SECTION]` takes about a minute on a machine that does nothing else, and ends with 1 when a figure
misses its target at the machine's ordinary pace (see `pace`).
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from rich.console import Console
from rich.table import Table

from benchmarks import journals
from benchmarks.figures import Figure, missed, table_of
from benchmarks.pace import ORDINARY_START, Peer, wall_ms
from benchmarks.processes import below, exact_cpu_ms
from benchmarks.stock import StockServer, median_of, stock_server
from hardenlab.assess.jobs import REGION
from hardenlab.attempt.client import Endpoint, ensure_running, stop
from hardenlab.attempt.workspace import Workspace
from hardenlab.course.find import find_course

SECTION = "m3-network/1-perimeter"
ROUNDS = 40
LINES = 10_000  # of the long journal: an intent and an outcome for each write
WARM_UP = 5
LIVE = 100  # writes that are undone, rewound and listed


def main() -> None:
    section = sys.argv[1] if len(sys.argv) > 1 else SECTION
    started_with, figures = os.getloadavg()[0], list[Figure]()
    shares = Table("call", "client", "front", "account", "waiting", "client / stock", title="Where our ms go")
    course = find_course(start=Path(__file__).parent)
    arguments = {"course": str(course), "section": section, "variant": "bench", "region": REGION}
    with tempfile.TemporaryDirectory() as folder, stock_server(arguments) as stock:
        theirs = stock.first_start()
        workspace = Workspace(Path(folder))
        workspace.create(course, "moto")
        started = time.perf_counter()
        endpoint = ensure_running(workspace, section)
        client(endpoint.url, "ec2", endpoint).describe_vpcs()
        ours = time.perf_counter() - started
        pace = theirs / ORDINARY_START
        figures.append(Figure("first start to a usable account", ours, "s", f"{theirs:.2f} s", 3.5, pace))
        peer = Peer(stock)
        try:
            figures.append(resets(endpoint, stock, peer))
            figures += calls(endpoint, stock, shares)
            figures += times_travelled(endpoint, peer)
            figures.append(checks(endpoint, peer))
        finally:
            stop(workspace, section)
        figures += journals.measured(LINES // 2, section, stock, peer)
    load = f"load {started_with:.1f} at the start, {os.getloadavg()[0]:.1f} at the end, {os.cpu_count()} processors"
    table = table_of(figures, f"{section}, moto environment; {load}")
    Console(width=140).print(table, shares)
    if missed(figures):
        sys.exit(f"missed at the ordinary pace: {'; '.join(missed(figures))}.")


def resets(endpoint: Endpoint, stock: StockServer, peer: Peer) -> Figure:
    ec2 = client(endpoint.url, "ec2", endpoint)
    ours, pace = peer.beside(lambda: timed(lambda: reset(endpoint, ec2), 15, pause=0.2))
    theirs = f"{median_of(stock.reset, 3):.0f} ms"
    return Figure("reset to first served call, with the standby child", ours, "ms", theirs, 12, pace)


def calls(endpoint: Endpoint, stock: StockServer, shares: Table) -> Iterator[Figure]:
    measured = list(compared(endpoint, stock.url))
    # KMS apart: the stock server makes an RSA pair for every key, which would hide the rest
    others = [(call.ours, call.stock) for call in measured if not call.name.startswith("kms")]
    mean = [statistics.mean(times) for times in zip(*others, strict=True)]
    for call in measured:
        shares.add_row(*call.row())
        yield ratio(call.name, call.ours, call.stock)
    yield ratio("a boto3 call, mean without kms", *mean, 0.7)


def times_travelled(endpoint: Endpoint, peer: Peer) -> Iterator[Figure]:
    """Back and forth in a journal of so many live calls."""
    endpoint.ask("reset")
    ec2 = client(endpoint.url, "ec2", endpoint)
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]

    def write(number: int) -> None:
        ec2.create_tags(Resources=[vpc], Tags=[{"Key": "n", "Value": str(number)}])

    for number in range(LIVE):
        write(number)
    numbers = iter(range(LIVE, 2 * LIVE))

    def one_more() -> None:
        write(next(numbers))

    for verb, arguments, before in (
        ("checkpoint", {"name": "here"}, nothing),
        ("journal", {}, nothing),
        ("undo", {}, one_more),
        ("rewind", {"name": "here"}, one_more),
    ):
        ask = partial(endpoint.ask, verb, **arguments)
        taken, pace = peer.beside(partial(timed, ask, 7, before=before))
        yield Figure(f"{verb} in a journal of {LIVE} calls", taken, "ms", "cannot", 100, pace)


def checks(endpoint: Endpoint, peer: Peer) -> Figure:
    tasks = len(endpoint.ask("overview")["tasks"])
    taken, pace = peer.beside(lambda: timed(lambda: endpoint.ask("check"), 9))
    return Figure(f"check of {tasks} tasks, as asked", taken, "ms", "cannot", 150, pace)


def reset(endpoint: Endpoint, ec2: Any) -> None:
    endpoint.ask("reset")
    ec2.describe_vpcs()


@dataclass(frozen=True)
class Call:
    """Medians in milliseconds: a call here and at the stock server, and processor time of the one here."""

    name: str
    ours: float
    stock: float
    client: float
    front: float
    account: float

    def row(self) -> tuple[str, ...]:
        """What no server can save is the client's share: it is told beside the stock server's whole."""
        waiting = self.ours - self.client - self.front - self.account
        shares = (f"{share:.2f}" for share in (self.client, self.front, self.account, waiting))
        return self.name, *shares, f"{self.client / self.stock:.2f}"


def ratio(name: str, ours: float, stock: float, target: float | None = None) -> Figure:
    return Figure(f"{name}: {ours:.2f} ms", ours / stock, "of stock", f"{stock:.2f} ms", target)


def compared(endpoint: Endpoint, stock: str) -> Iterator[Call]:
    """The same calls here and there, in turn, so that both see the same machine and as many security groups."""
    fill_with_groups(client(stock, "ec2"), like=client(endpoint.url, "ec2", endpoint))
    account = below(endpoint.pid)
    for name, service, call in CALLS:
        ours, theirs = client(endpoint.url, service, endpoint), client(stock, service)
        rounds = []
        for number in range(ROUNDS + WARM_UP):
            before = exact_cpu_ms(endpoint.pid), sum(map(exact_cpu_ms, account))
            wall, cpu = timed_call(call, ours, number)
            after = exact_cpu_ms(endpoint.pid), sum(map(exact_cpu_ms, account))
            there, _ = timed_call(call, theirs, number)
            rounds.append((wall, there, cpu, after[0] - before[0], after[1] - before[1]))
        yield Call(name, *(statistics.median(column) for column in zip(*rounds[WARM_UP:], strict=True)))


def timed_call(call: Callable[[Any, int], object], client: Any, number: int) -> tuple[float, float]:
    """Wall time and this process's processor time in milliseconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    call(client, number)
    return (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000


def fill_with_groups(ec2: Any, like: Any) -> None:
    """Give the stock account the security groups of the lab's, rule by rule of plain addresses, in a VPC of its own."""
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    there = like.describe_security_groups()["SecurityGroups"]
    for number in range(len(there) - len(ec2.describe_security_groups()["SecurityGroups"])):
        group = ec2.create_security_group(GroupName=f"like-{number}", Description="like", VpcId=vpc)["GroupId"]
        for permission in there[number]["IpPermissions"]:
            alike = {key: permission[key] for key in ("IpProtocol", "FromPort", "ToPort") if key in permission}
            ranges = permission.get("IpRanges") or [{"CidrIp": "10.0.0.0/8"}]
            ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**alike, "IpRanges": ranges}])


CALLS: list[tuple[str, str, Callable[[Any, int], object]]] = [
    ("ec2 describe_security_groups", "ec2", lambda ec2, _: ec2.describe_security_groups()),
    ("ec2 create_vpc (a write)", "ec2", lambda ec2, n: ec2.create_vpc(CidrBlock=f"10.{n}.0.0/16")),
    ("iam list_users", "iam", lambda iam, _: iam.list_users()),
    ("s3 create_bucket (a write)", "s3", lambda s3, n: s3.create_bucket(Bucket=f"bench-{n}")),
    ("kms create_key (a write)", "kms", lambda kms, _: kms.create_key()),
]


def client(url: str, service: str, endpoint: Endpoint | None = None) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=endpoint.access_key if endpoint else "stock",
        aws_secret_access_key=endpoint.secret if endpoint else "stock",
        config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
    )


def nothing() -> None:
    """What is done before a round that needs nothing."""


def timed(
    action: Callable[[], object], rounds: int, pause: float = 0.0, before: Callable[[], object] = nothing
) -> float:
    """The median in milliseconds, with a pause in seconds and what is done `before` in front of each round."""
    times = []
    for _ in range(rounds):
        time.sleep(pause)
        before()
        times.append(wall_ms(action))
    return statistics.median(times)


if __name__ == "__main__":
    main()
