"""What a process has used, as Linux tells it."""

import os
import time
from pathlib import Path

import psutil


def cpu_ms(pid: int) -> float:
    """Processor time of the process since its start, in milliseconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def exact_cpu_ms(pid: int) -> float:
    """The same of its living threads, to the microsecond."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e6


def below(pid: int) -> list[int]:
    """The processes that this one started, and theirs."""
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


def private_mb(pid: int) -> float:
    """Memory that the process shares with no other, in MB: what one more account costs."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    kilobytes = sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))
    return kilobytes / 1024


def calibration_ms() -> float:
    """What a million steps of plain Python take here, in milliseconds, the best of five: to compare machines by."""
    return min(_million_steps() for _ in range(5))


def _million_steps() -> float:
    total, started = 0, time.perf_counter()
    for number in range(1_000_000):
        total += number * number % 7
    return (time.perf_counter() - started) * 1000
