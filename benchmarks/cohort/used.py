"""Processor time and memory of a whole tree of processes, sandboxed and ended ones included."""

import ctypes
import os
import resource
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Whatever is left behind by a process below this one becomes this one's child, so that its time is counted."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def cpu_seconds(action: Callable[[], object]) -> float:
    """What the action and all that it started and ended has used."""
    before = _used()
    action()
    until = time.monotonic() + 30
    while psutil.Process().children() and time.monotonic() < until:
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(0.05)
    return _used() - before


def _used() -> float:
    ended, own = resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF)
    return ended.ru_utime + ended.ru_stime + own.ru_utime + own.ru_stime


def tree_cpu_seconds(pid: int) -> float:
    """Of a living process and all below it, with those that they have waited for.

    Ask before a sandbox ends: the kernel forgets what its processes used.
    """
    process, total = psutil.Process(pid), 0.0
    for found in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = found.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def own_cpu_seconds(pid: int) -> float:
    """Of one living process, without those that it started."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def memory_mb(pid: int) -> float:
    """Of a living process and all below it; what several share is counted once (PSS)."""
    process = psutil.Process(pid)
    return sum(pss_mb(found.pid) for found in (process, *process.children(recursive=True)))


def pss_mb(pid: int) -> float:
    """A process's share of memory in MB; 0 for one that has ended. SystemExit: it may not be read."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    except PermissionError as error:
        raise SystemExit(
            f"the memory of process {pid} may not be read, and a sum without it would be too small."
        ) from error
    raise SystemExit(f"/proc/{pid}/smaps_rollup tells no PSS: the kernel is too old to measure memory.")
