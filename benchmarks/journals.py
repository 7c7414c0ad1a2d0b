"""What replay, resets and assessments cost, and how a long journal opens.

The journal is written through the ledger, as an attempt's is; then it is opened again and replayed on a fresh account.
"""

import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.processes import cpu_ms, exact_cpu_ms, private_mb
from benchmarks.stock import StockServer
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

SECTION, ASSESSED = "m3-network/1-perimeter", 31
FORM = {"content-type": "application/x-www-form-urlencoded"}

Row = tuple[str, str, str, str]  # what, here, at the stock server, target


def measured(writes: int, section: str, stock: StockServer) -> list[Row]:
    """Rows of what, here, at the stock server and target: a journal of so many writes, accounts, assessments."""
    course = load_course(find_course(start=Path(__file__).parent))
    root = find_environment("moto").start()
    sections = [one for lab in course.labs.values() for one in lab.sections]
    worlds = {one.id: World.plant(root.clone(), course.root, one, "bench") for one in sections}
    world = worlds[section]
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "long.journal"
            write(world, path, writes)
            rows = [reset_without_standby(world, Path(folder) / "reset.journal", stock)]
            rows += replayed(world, path, writes, stock)
        theirs = f"{stock.assessment():.0f} ms"
        return rows + [assessed(one, id, theirs if id == section else "") for id, one in worlds.items()]
    finally:
        for one in worlds.values():
            one.close()
        root.close()


def reset_without_standby(world: World, path: Path, stock: StockServer) -> Row:
    """A ledger that gets its next account only when it is asked to go back."""
    ledger = Ledger(world.fresh, Journal.create(path, {"section": SECTION}), time.time)
    body, taken = b"Action=DescribeVpcs&Version=2016-11-15", []
    request = Request("POST", "/", "", FORM, body, world.account_id, world.region, "ec2", "")
    for _ in range(9):
        started = time.perf_counter()
        ledger.go_back("reset", {})
        ledger.read(request, identify("ec2", "POST", "/", "", FORM, body), Caller())
        taken.append((time.perf_counter() - started) * 1000)
    ledger.close()
    theirs = f"{stock.reset():.0f} ms"
    return "reset to first served call, without it", f"{statistics.median(taken):.1f} ms", theirs, "<= 50 ms"


def write(world: World, path: Path, writes: int) -> None:
    """One tag after another, on one VPC, so that the account stays small and the journal grows."""
    ledger = Ledger(world.fresh, Journal.create(path, {"section": SECTION}), time.time)
    vpc = next(str(value) for value in world.facts.values() if str(value).startswith("vpc-"))
    for number in range(writes):
        body = f"Action=CreateTags&Version=2016-11-15&ResourceId.1={vpc}&Tag.1.Key=n&Tag.1.Value={number}".encode()
        request = Request("POST", "/", "", FORM, body, world.account_id, world.region, "ec2", "")
        ledger.write(request, identify("ec2", "POST", "/", "", FORM, body), Caller())
    ledger.close()


def assessed(world: World, section: str, theirs: str) -> Row:
    """What an assessment costs without the fork that it runs in, which a check pays on top."""
    backend, used = world.fresh(), list[float]()
    for _ in range(ASSESSED + 2):  # two to be warm, and to copy the pages that a fork shares
        before = exact_cpu_ms(backend.pid)
        judged = backend.run_here(ASSESS, world.question({}, None), 60.0)
        used.append(exact_cpu_ms(backend.pid) - before)
    backend.close()
    cpu = statistics.median(used[2:])
    tasks = len(judged["tasks"])
    return f"assessment of {tasks} tasks, {section.rpartition('/')[2]}, CPU", f"{cpu:.0f} ms", theirs, "<= 60 ms for 20"


def replayed(world: World, path: Path, writes: int, stock: StockServer) -> list[Row]:
    started = time.perf_counter()
    contents = read_journal(path)
    history = fold(contents.lines)
    reading = time.perf_counter() - started
    backend = world.fresh()
    cpu = time.process_time() * 1000 + cpu_ms(backend.pid)
    started = time.perf_counter()
    replay(backend, history.calls)
    wall = time.perf_counter() - started
    cpu = time.process_time() * 1000 + cpu_ms(backend.pid) - cpu
    memory = private_mb(backend.pid)
    backend.close()
    lines = len(contents.lines)
    each = f"{(reading + wall) / lines * 1000:.2f} ms"
    theirs = f"{stock.write_again():.2f} ms, by HTTP", f"{stock.memory():.0f} MB in all"
    return [
        ("replay of one write, CPU", f"{cpu / writes:.2f} ms", theirs[0], "<= 1.3 ms"),
        (f"opening a journal of {lines} lines, a line", each, "cannot", "<= 1 ms"),
        (f"memory of one more account, after {writes} writes", f"{memory:.0f} MB", theirs[1], "<= 40 MB"),
    ]
