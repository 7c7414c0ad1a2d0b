"""What replay, resets and assessments cost, and how a long journal opens.

The journal is written through the ledger, as an attempt's is; then it is opened again and replayed on a fresh account.
"""

import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.pace import Peer, wall_ms
from benchmarks.processes import cpu_ms, exact_cpu_ms, private_mb
from benchmarks.stock import StockServer
from hardenlab.assess.jobs import ASSESS
from hardenlab.assess.world import World
from hardenlab.course.find import find_course
from hardenlab.course.load import load_course
from hardenlab.environment import Backend, find_environment
from hardenlab.front.ledger import Ledger, replay
from hardenlab.front.operations import identify
from hardenlab.front.seen import Caller
from hardenlab.journal.file import Journal, read_journal
from hardenlab.journal.fold import fold
from hardenlab.model.http import Request

SECTION, ASSESSED = "m3-network/1-perimeter", 31
FORM = {"content-type": "application/x-www-form-urlencoded"}


def measured(writes: int, section: str, stock: StockServer, peer: Peer) -> list[Figure]:
    """What a journal of so many writes, accounts and assessments take."""
    course = load_course(find_course(start=Path(__file__).parent))
    root = find_environment("moto").start()
    sections = [one for lab in course.labs.values() for one in lab.sections]
    worlds = {one.id: World.plant(root.clone(), course.root, one, "bench") for one in sections}
    world = worlds[section]
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "long.journal"
            write(world, path, writes)
            figures = [reset_without_standby(world, Path(folder) / "reset.journal", stock, peer)]
            figures += replayed(world, path, writes, stock, peer)
        theirs = f"{stock.assessment():.0f} ms"
        return figures + [assessed(one, id, theirs if id == section else "", peer) for id, one in worlds.items()]
    finally:
        for one in worlds.values():
            one.close()
        root.close()


def reset_without_standby(world: World, path: Path, stock: StockServer, peer: Peer) -> Figure:
    """A ledger that gets its next account only when it is asked to go back."""
    ledger = Ledger(world.fresh, Journal.create(path, {"section": SECTION}), time.time)
    body = b"Action=DescribeVpcs&Version=2016-11-15"
    request = Request("POST", "/", "", FORM, body, world.account_id, world.region, "ec2", "")

    def reset() -> None:
        ledger.go_back("reset", {})
        ledger.read(request, identify("ec2", "POST", "/", "", FORM, body), Caller())

    taken, pace = peer.beside(lambda: statistics.median(wall_ms(reset) for _ in range(9)))
    ledger.close()
    return Figure("reset to first served call, without it", taken, "ms", f"{stock.reset():.0f} ms", 50, pace)


def write(world: World, path: Path, writes: int) -> None:
    """One tag after another, on one VPC, so that the account stays small and the journal grows."""
    ledger = Ledger(world.fresh, Journal.create(path, {"section": SECTION}), time.time)
    vpc = next(str(value) for value in world.facts.values() if str(value).startswith("vpc-"))
    for number in range(writes):
        body = f"Action=CreateTags&Version=2016-11-15&ResourceId.1={vpc}&Tag.1.Key=n&Tag.1.Value={number}".encode()
        request = Request("POST", "/", "", FORM, body, world.account_id, world.region, "ec2", "")
        ledger.write(request, identify("ec2", "POST", "/", "", FORM, body), Caller())
    ledger.close()


def assessed(world: World, section: str, theirs: str, peer: Peer) -> Figure:
    """What an assessment costs without the fork that it runs in, which a check pays on top."""
    backend, question = world.fresh(), world.question({}, None)

    def assess() -> float:
        before = exact_cpu_ms(backend.pid)
        backend.run_here(ASSESS, question, 60.0)
        return exact_cpu_ms(backend.pid) - before

    for _ in range(2):  # to be warm, and to copy the pages that a fork shares
        tasks = len(backend.run_here(ASSESS, question, 60.0)["tasks"])
    cpu, pace = peer.beside(lambda: statistics.median(assess() for _ in range(ASSESSED)))
    backend.close()
    what = f"{section.rpartition('/')[2]}: {tasks} tasks (target: 20), CPU"
    return Figure(what, cpu, "ms", theirs, 60, pace)


def replayed(world: World, path: Path, writes: int, stock: StockServer, peer: Peer) -> list[Figure]:
    """A journal that is opened and brought to its end on a fresh account."""
    backend = world.fresh()
    (lines, wall, cpu), pace = peer.beside(lambda: opened(backend, path))
    memory = private_mb(backend.pid)
    backend.close()
    again, there = f"{stock.write_again():.2f} ms, by HTTP", f"{stock.memory():.0f} MB in all"
    return [
        Figure("replay of one write, CPU", cpu / writes, "ms", again, 1.3, pace),
        Figure(f"opening a journal of {lines} lines, a line", wall / lines, "ms", "cannot", 1, pace),
        Figure(f"memory of one more account, after {writes} writes", memory, "MB", there, 40),
    ]


def opened(backend: Backend, path: Path) -> tuple[int, float, float]:
    """The journal's lines, the milliseconds until the account has all of it, and the processor's of the replay."""
    started = time.perf_counter()
    contents = read_journal(path)
    history = fold(contents.lines)
    cpu = time.process_time() * 1000 + cpu_ms(backend.pid)
    replay(backend, history.calls)
    cpu = time.process_time() * 1000 + cpu_ms(backend.pid) - cpu
    return len(contents.lines), (time.perf_counter() - started) * 1000, cpu
