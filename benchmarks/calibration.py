"""How fast this machine is, told beside milliseconds that say little without it."""

import time

ADDITIONS = 3_000_000
ORDINARY = 150.0
"""Milliseconds of the machine that the targets were written for."""


def calibration() -> str:
    """A fixed loop, as a sentence: "3,000,000 additions take 180 ms here, 1.2 of the ordinary 150"."""
    took = []
    for _ in range(5):
        started = time.process_time()
        total = 0
        for number in range(ADDITIONS):
            total += number
        took.append((time.process_time() - started) * 1000)
    share = min(took) / ORDINARY
    return f"{ADDITIONS:,} additions take {min(took):.0f} ms here, {share:.1f} of the ordinary {ORDINARY:.0f}"
