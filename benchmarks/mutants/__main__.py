"""`python -m benchmarks.mutants [MODULE ...]`: how many broken evaluators the tests notice; the others are listed."""

import argparse
import heapq
import re
import sys
import tomllib
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.mutants.mutate import Mutant, mutants, rank
from benchmarks.mutants.run import BROKEN, SURVIVED, Timed, imported, in_place, quiet_hypothesis

CHECKOUT = Path(__file__).resolve().parents[2]
SEMANTICS = CHECKOUT / "src" / "hardenlab" / "semantics"
EVIDENCE = CHECKOUT / "src" / "hardenlab" / "evidence"
TESTS = CHECKOUT / "tests" / "engine"
# of the makers of evidence those that follow rules; stories and habits are drawn, and tried as whole cases
RULED = ("answers", "callers", "check", "dns_logs", "draws", "events", "findings", "flow_logs", "grammar", "insights")
WHOLE = ("delivery", "events", "findings", "own_network", "seeds", "stories")
TARGET = 0.9


def main() -> None:
    options = arguments()
    quiet_hypothesis()
    sys.path[:0] = [str(CHECKOUT / "tests")]
    known = equivalent()
    table = Table("module", "mutants", "noticed", "equivalent", "survived", "share", title="mutants")
    missed = False
    for name in options.modules or modules():
        tried = drawn(name, options.most, options.seed, options.file)
        if options.again:
            listed = {unnumbered(line) for line in Path(options.again).read_text().splitlines()}
            tried = [mutant for mutant in tried if unnumbered(f"{name}/{mutant}") in listed]
        counted = [mutant for mutant in tried if (name, *mutant.key) not in known]
        survivors = run(name, counted)
        noticed = len(counted) - len(survivors)
        share = noticed / len(counted) if counted else 1.0
        missed = missed or share < TARGET
        row = (len(tried), noticed, len(tried) - len(counted), len(survivors))
        table.add_row(name, *map(str, row), f"{share:.0%}")
    Console(width=100).print(table)
    sys.exit(1 if missed else 0)


def modules() -> list[str]:
    """The evaluators, and the makers of evidence."""
    tested = (path.name for path in SEMANTICS.iterdir() if (TESTS / "semantics" / path.name).is_dir())
    return [*sorted(tested), "evidence"]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", help="evaluators, such as iam; all by default")
    parser.add_argument("--most", type=int, default=150, help="how many mutants of a module at most (default 150)")
    parser.add_argument("--seed", type=int, default=1, help="which of them (default 1)")
    parser.add_argument("--file", help="of this file only, such as decision.py")
    parser.add_argument("--again", help="a file with the output of a former run: only what survived it")
    return parser.parse_args()


def unnumbered(line: str) -> str:
    """A printed mutant without the number of its line, which moves."""
    return re.sub(r":\d+:", ":", line.strip(), count=1)


def drawn(name: str, most: int, seed: int, file: str | None) -> list[Mutant]:
    """Mutants of a module, at most so many, in the order of files and lines."""
    everything = (
        mutant
        for path in sorted(folder_of(name).rglob("*.py"))
        if file in (None, path.name) and (name != "evidence" or path.stem in RULED)
        for mutant in mutants(path)
    )
    kept = heapq.nsmallest(most, everything, key=lambda mutant: rank(mutant, seed))
    return sorted(kept, key=lambda mutant: (str(mutant.path), mutant.line, mutant.change))


def run(name: str, counted: list[Mutant]) -> list[Mutant]:
    """Those that no test noticed."""
    timed, outcomes = in_place(folder_of(name), tests_of(name), counted, progress(name, len(counted)))
    if BROKEN in outcomes:
        raise SystemExit(f"{name}: {counted[outcomes.index(BROKEN)]} cannot be run; mend benchmarks/mutants/mutate.py")
    survivors = [mutant for mutant, outcome in zip(counted, outcomes, strict=True) if outcome == SURVIVED]
    tell = progress(f"{name}, imported", len(survivors))
    found = []
    for number, mutant in enumerate(survivors, start=1):
        outcome = again(mutant, timed)
        tell(number, outcome)
        if outcome == SURVIVED:
            found.append(mutant)
            print(f"  {name}/{mutant}", flush=True)
    return found


def again(mutant: Mutant, timed: Timed) -> int:
    """A second try; what runs while a module is imported has no test that was seen to call it."""
    names = timed.of(mutant) or sorted(timed.seconds, key=lambda test: timed.seconds[test])
    limit = 20 + 4 * sum(timed.seconds[test] for test in names)
    parts = mutant.path.relative_to(SEMANTICS.parents[1]).with_suffix("").parts
    module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    files = sorted({CHECKOUT / name.partition("::")[0] for name in names})
    return imported(mutant, module, files, names, limit)


def folder_of(name: str) -> Path:
    return EVIDENCE if name == "evidence" else SEMANTICS / name


def tests_of(name: str) -> list[Path]:
    """A module's own tests, and for an evaluator those of how verdicts explain themselves."""
    if name == "evidence":
        found = sorted((TESTS / name).glob("test_*.py"))
        return [path for path in found if path.stem.removeprefix("test_") not in WHOLE]
    return [TESTS / "semantics" / name, TESTS / "semantics" / "test_explanation.py"]


def equivalent() -> set[tuple[str, str, str, str]]:
    """Mutants that mean the same as the original, each with its reason in equivalent.toml."""
    listed = tomllib.loads(Path(__file__).with_name("equivalent.toml").read_text()).get("mutant", [])
    return {(one["module"], one["file"], one["line"], one["change"]) for one in listed if one["because"]}


def progress(name: str, total: int):  # type: ignore[no-untyped-def]
    def tell(number: int, outcome: int) -> None:
        if sys.stderr.isatty():
            end = "\n" if number == total else ""
            print(f"\r{name}: {number} of {total}", end=end, file=sys.stderr, flush=True)

    return tell


main()
