"""What replay costs, and how a long journal opens: `python -m benchmarks.journals [WRITES]` (10,000 unless told).

The journal is written through the ledger, as an attempt's is; then it is opened again and replayed on a fresh account.
"""

import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.processes import cpu_ms, exact_cpu_ms, private_mb
from hardenlab.assess.jobs import ASSESS
from hardenlab.assess.world import World
from hardenlab.course.find import find_course
from hardenlab.course.load import load_course
from hardenlab.environment import find_environment
from hardenlab.front.ledger import Ledger, replay
from hardenlab.front.operations import identify
from hardenlab.front.seen import Caller
from hardenlab.journal.file import Journal, read_journal
from hardenlab.journal.fold import fold
from hardenlab.model.http import Request

SECTION = "m3-network/1-perimeter"
FORM = {"content-type": "application/x-www-form-urlencoded"}


def measured(writes: int) -> list[tuple[str, str, str]]:
    """Rows of what, measured and target for a journal of so many writes."""
    course = load_course(find_course(start=Path(__file__).parent))
    root = find_environment("moto").start()
    world = World.plant(root, course.root, course.section(SECTION), "bench")
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "long.journal"
            write(world, path, writes)
            return [assessed(world), *replayed(world, path, writes)]
    finally:
        world.close()


def write(world: World, path: Path, writes: int) -> None:
    """One tag after another, on one VPC, so that the account stays small and the journal grows."""
    ledger = Ledger(world.fresh, Journal.create(path, {"section": SECTION}), time.time)
    vpc = next(str(value) for value in world.facts.values() if str(value).startswith("vpc-"))
    for number in range(writes):
        body = f"Action=CreateTags&Version=2016-11-15&ResourceId.1={vpc}&Tag.1.Key=n&Tag.1.Value={number}".encode()
        request = Request("POST", "/", "", FORM, body, world.account_id, world.region, "ec2", "")
        ledger.write(request, identify("ec2", "POST", "/", "", FORM, body), Caller())
    ledger.close()


def assessed(world: World) -> tuple[str, str, str]:
    """What an assessment costs without the fork that it runs in, which a check pays on top."""
    backend, rounds = world.fresh(), 10
    for _ in range(2):  # to be warm, and to copy the pages that a fork shares
        judged = backend.run_here(ASSESS, world.question({}, None), 60.0)
    cpu = exact_cpu_ms(backend.pid)
    for _ in range(rounds):
        backend.run_here(ASSESS, world.question({}, None), 60.0)
    cpu = (exact_cpu_ms(backend.pid) - cpu) / rounds
    backend.close()
    return f"assessment of {len(judged['tasks'])} tasks in process, CPU", f"{cpu:.0f} ms", "<= 60 ms"


def replayed(world: World, path: Path, writes: int) -> list[tuple[str, str, str]]:
    started = time.perf_counter()
    contents = read_journal(path)
    history = fold(contents.lines)
    reading = time.perf_counter() - started
    backend = world.fresh()
    cpu = time.process_time() * 1000 + cpu_ms(backend.pid)
    started = time.perf_counter()
    replay(backend, history)
    wall = time.perf_counter() - started
    cpu = time.process_time() * 1000 + cpu_ms(backend.pid) - cpu
    memory = private_mb(backend.pid)
    backend.close()
    lines = len(contents.lines)
    return [
        (f"replay of one write, CPU ({writes} writes)", f"{cpu / writes:.2f} ms", "<= 1.3 ms"),
        (f"opening a journal of {lines} lines, a line", f"{(reading + wall) / lines * 1000:.2f} ms", "<= 1 ms"),
        (f"memory of a live account after {writes} writes", f"{memory:.0f} MB", "<= 40 MB"),
    ]


if __name__ == "__main__":
    table = Table("what", "measured", "target")
    for row in measured(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000):
        table.add_row(*row)
    Console(width=100).print(table)
