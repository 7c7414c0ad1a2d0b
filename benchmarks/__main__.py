"""Print the figures. Wall times of one machine mean little: read the ratios."""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import journals
from benchmarks.processes import below, exact_cpu_ms
from benchmarks.stock_server import client, stock_server
from hardenlab.attempt.client import Endpoint, ensure_running, stop
from hardenlab.attempt.workspace import Workspace
from hardenlab.course.find import find_course

SECTION = sys.argv[1] if len(sys.argv) > 1 else "m3-network/1-perimeter"
ROUNDS = 40
REPLAYED = 500  # writes; `python -m benchmarks.journals` takes 10,000
WARM_UP = 5


def main() -> None:
    rows: list[tuple[str, str, str]] = []
    shares = Table("call", "client", "front", "account", "waiting", "client / stock", title="Where our ms go")
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        workspace.create(find_course(start=Path(__file__).parent), "moto")
        started = time.perf_counter()
        endpoint = ensure_running(workspace, SECTION)
        client(endpoint.url, "ec2", endpoint).describe_vpcs()
        rows.append(("first start to usable account", f"{time.perf_counter() - started:.2f} s", "<= 3.5 s"))
        try:
            measure(endpoint, rows, shares)
        finally:
            stop(workspace, SECTION)
    rows += journals.measured(REPLAYED)
    table = Table("what", "measured", "target", title=f"{SECTION}, moto environment")
    for row in rows:
        table.add_row(*row)
    Console(width=100).print(table, shares)


def measure(endpoint: Endpoint, rows: list[tuple[str, str, str]], shares: Table) -> None:
    with stock_server() as (url, _):
        measured = list(compared(endpoint, url))
    # KMS apart: the stock server makes an RSA pair for every key, which would hide the rest
    others = [(call.ours, call.stock) for call in measured if not call.name.startswith("kms")]
    mean = [statistics.mean(times) for times in zip(*others, strict=True)]
    for call in measured:
        shares.add_row(*call.row())
        rows.append((f"{call.name}, ours / stock", ratio(call.ours, call.stock), ""))
    rows.append(("a boto3 call, mean without kms, ours / stock", ratio(*mean), "<= 0.70"))
    checks = timed(lambda: endpoint.ask("check"), 15)
    judged = statistics.median(endpoint.ask("check")["seconds"] * 1000 for _ in range(15))
    tasks = len(endpoint.ask("overview")["tasks"])
    rows.append((f"check of {tasks} tasks, as asked", f"{checks:.0f} ms", "<= 150 ms"))
    rows.append((f"check of {tasks} tasks, assessment in its fork", f"{judged:.0f} ms", ""))
    ec2 = client(endpoint.url, "ec2", endpoint)
    rows.append(
        ("reset to first served call", f"{timed(lambda: reset(endpoint, ec2), 15, pause=0.2):.0f} ms", "<= 12 ms")
    )
    for number in range(100):
        ec2.create_tags(Resources=[ec2.describe_vpcs()["Vpcs"][0]["VpcId"]], Tags=[{"Key": "n", "Value": str(number)}])
    undo = timed(lambda: endpoint.ask("undo"), 10)
    rows.append(("undo with a journal of 100 calls", f"{undo:.0f} ms", "<= 100 ms"))


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


def ratio(ours: float, stock: float) -> str:
    return f"{ours:.2f} / {stock:.2f} ms = {ours / stock:.2f}"


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


def timed(action: Callable[[], object], rounds: int, pause: float = 0.0) -> float:
    """The median in milliseconds, with a pause in seconds before each round."""
    times = []
    for _ in range(rounds):
        time.sleep(pause)
        started = time.perf_counter()
        action()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


main()
