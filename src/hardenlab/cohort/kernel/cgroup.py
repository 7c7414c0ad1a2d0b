"""A control group that bounds the number of a sandbox's processes, where the system lets us make one.

Under root the system counts no user's processes (getrlimit(2)), and a fork bomb outruns whoever counts them. Source:
the kernel's "Process Number Controller" (cgroup v1) and "Control Group v2".
"""

import tempfile
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
TRIES = 20


def new_group(processes: int) -> Path | None:
    """A group of at most so many processes, empty; None: we may not make one."""
    for parent in _parents():
        group = None
        try:
            group = Path(tempfile.mkdtemp(prefix="hardenlab-", dir=parent))
            (group / "pids.max").write_text(str(processes))
            return group
        except OSError:
            if group is not None:
                end_group(group)
    return None


def enter_group(group: Path) -> None:
    """Put this process into it, and all that it starts."""
    (group / "cgroup.procs").write_text("0")


def end_group(group: Path) -> None:
    """Remove a group whose processes have ended, or are about to."""
    for _ in range(TRIES):
        with suppress(OSError):
            group.rmdir()
            return
        time.sleep(0.05)


def _parents() -> list[Path]:
    """This process's own groups that can count processes."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    found = []
    for _, controllers, path in (line.split(":", 2) for line in lines):
        if controllers == "pids":
            found.append(ROOT / "pids" / path.lstrip("/"))
        elif not controllers:
            found += [place / path.lstrip("/") for place in (ROOT, ROOT / "unified")]
    return [place for place in found if place.is_dir()]
