"""`python -m benchmarks.hostile`: how long each evaluator takes to refuse, or to judge, what is made to hurt it."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.calibration import calibration
from benchmarks.hostile import events, networks, policies, rules, texts
from benchmarks.hostile.cases import Cases
from hardenlab.semantics.log_patterns import FilterPattern
from hardenlab.semantics.reading import Malformed
from hardenlab.semantics.unjudged import Unjudged

TARGET = 100.0
SHOWN = 5
TESTS = Path(__file__).resolve().parents[2] / "tests"
CASES: dict[str, Callable[[], Cases]] = {
    "iam": policies.iam,
    "public": policies.public,
    "network": networks.network,
    "log_patterns": events.log_patterns,
    "event_patterns": events.event_patterns,
    "schedules": events.schedules,
    "lifecycle": rules.lifecycle,
    "web_acl": rules.web_acl,
    "dns_firewall": rules.dns_firewall,
    "secrets": texts.secrets,
}


def main() -> None:
    """The slowest inputs of each evaluator; ends with 1 when one takes longer than the target."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile", description=__doc__)
    parser.add_argument("evaluators", nargs="*", help="such as iam; all by default")
    parser.add_argument("--all", action="store_true", help="every input, and not the five slowest of each evaluator")
    options = parser.parse_args()
    sys.path.insert(0, str(TESTS))  # the inputs that tests prove something of are not written twice
    title = f"hostile input, target <= {TARGET:.0f} ms; {calibration()}"
    table = Table("evaluator", "input", "ms", "what it said", title=title)
    late = 0
    FilterPattern.read("{ $.a = 1 }"), FilterPattern.read("[a]")  # the grammars are built once
    for name in options.evaluators or CASES:
        rows = [(what, *timed(ask)) for what, ask in CASES[name]()]
        kept = rows if options.all else sorted(rows, key=lambda row: row[1], reverse=True)[:SHOWN]
        table.add_section()
        for what, milliseconds, said in kept:
            table.add_row(name, what, f"{milliseconds:.1f}{' !' if milliseconds > TARGET else ''}", said)
        if len(kept) < len(rows):
            table.add_row(name, f"{len(rows) - len(kept)} quicker ones", f"<= {kept[-1][1]:.1f}", "")
        late += sum(milliseconds > TARGET for _, milliseconds, _ in rows)
    Console(width=140).print(table)
    raise SystemExit(1 if late else 0)


def timed(ask: Callable[[], object]) -> tuple[float, str]:
    """Processor time, the least of three: other work on the machine is none of the evaluator's."""
    took: list[float] = []
    for _ in range(3):
        started = time.process_time()
        try:
            said = f"judged: {ask()}"
        except (Malformed, Unjudged) as error:
            said = f"{type(error).__name__}: {error}"
        took.append((time.process_time() - started) * 1000)
    return min(took), said.splitlines()[0][:60]


if __name__ == "__main__":
    main()
