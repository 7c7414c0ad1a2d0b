"""What a sandbox uses, all of its processes together: the system's own limits are for one process, or for none."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from hardenlab.cohort.limits import RUN_CPU_SECONDS, RUN_MEMORY, RUN_PROCESSES

EVERY = 0.05
SOCKETS, SOCKET_BYTES = 20, 1024 * 1024
PAGE, TICKS = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")


class Watch(threading.Thread):
    """Ends a sandbox that uses too much. `why` says of what, and is empty until then."""

    def __init__(self, sandbox: "subprocess.Popen[bytes]", shared: Path, seconds: float) -> None:
        super().__init__(name="sandbox-watch", daemon=True)
        self.why = ""
        self._sandbox = sandbox
        self._shared = shared
        self._seconds = seconds
        self._until = time.monotonic() + seconds
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(EVERY) and self._sandbox.poll() is None:
            why = self._exceeded()
            if why:
                self.why = why
                self._sandbox.kill()
                return

    def stop(self) -> None:
        self._stopped.set()

    def _exceeded(self) -> str:
        if time.monotonic() > self._until:
            return f"it ran for longer than {self._seconds:.0f} seconds"
        used = [use for pid in _all_below(self._sandbox.pid) if (use := _use(pid))]
        if len(used) >= RUN_PROCESSES:
            return f"it had {RUN_PROCESSES} processes"
        if sum(memory for memory, _ in used) > RUN_MEMORY:
            return f"it used more than {RUN_MEMORY >> 20} MB of memory"
        if sum(seconds for _, seconds in used) > RUN_CPU_SECONDS:
            return f"it used more than {RUN_CPU_SECONDS:.0f} seconds of a processor"
        with suppress(OSError):
            entries = list(os.scandir(self._shared))
            if len(entries) > SOCKETS or sum(entry.stat(follow_symlinks=False).st_size for entry in entries) > (
                SOCKET_BYTES
            ):
                return "it wrote beside its channels"
        return ""


def children(pid: int) -> list[int]:
    """The processes that this one started, oldest first; none where it has ended."""
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def _all_below(pid: int) -> Iterator[int]:
    """Everything in a process namespace is below its first process, orphans too."""
    waiting = children(pid)
    while waiting:
        found = waiting.pop()
        yield found
        waiting += children(found)


def _use(pid: int) -> tuple[int, float] | None:
    """Bytes in memory and seconds of a processor, its ended children included."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[21]) * PAGE, sum(map(int, fields[11:15])) / TICKS
