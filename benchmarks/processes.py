"""What a process has used, as Linux tells it."""

import os
from pathlib import Path


def cpu_ms(pid: int) -> float:
    """Processor time of the process since its start, in milliseconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def private_mb(pid: int) -> float:
    """Memory that the process shares with no other, in MB: what one more account costs."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    kilobytes = sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))
    return kilobytes / 1024
