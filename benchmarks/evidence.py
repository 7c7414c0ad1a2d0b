"""Print how fast evidence is made: events and lines are drawn, checked against the models, and thrown away."""

import itertools
import json
import time
from datetime import date

from rich.console import Console
from rich.table import Table

from hardenlab import Variation, evidence
from hardenlab.evidence.cast import Cast
from hardenlab.evidence.habits import population

EVENTS = 100_000


def main() -> None:
    table = Table("what", "measured", "target", title="evidence")
    started = time.perf_counter()
    stream = population(Cast.drawn(Variation("bench")), date(2026, 3, 2))
    size = sum(len(json.dumps(event)) for event in itertools.islice(stream, EVENTS))
    took = time.perf_counter() - started
    table.add_row(f"{EVENTS:,} CloudTrail events as JSON, {size / 1e6:.0f} MB", f"{took:.1f} s", "<= 10 s")
    case = evidence.Case(Variation("bench"), attacks=tuple(evidence.ATTACKS), decoys=tuple(evidence.DECOYS), days=7)
    started = time.perf_counter()
    lines = sum(1 for _ in case.flow_lines())
    table.add_row(f"{lines:,} flow log lines", f"{time.perf_counter() - started:.1f} s", "")
    Console(width=100).print(table)


main()
