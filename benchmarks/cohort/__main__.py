"""What grading a cohort costs: `python -m benchmarks.cohort`.

With `--class FOLDER --students N` it makes a synthetic class to grade by hand; with `--growth N` it grades a class of N
in one run, prints the memory on the way, and fails when it grows or a mark is wrong. Processor time is measured: other
work on the machine hardly changes it.
"""

import argparse
import itertools
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.calibration import calibration
from benchmarks.cohort import stock
from benchmarks.cohort.dask_share import dask_share
from benchmarks.cohort.growth import growth
from benchmarks.cohort.synthetic import (
    LAB,
    NOTEBOOK,
    WRITES,
    Work,
    one_section_course,
    proving_ground,
    synthetic_class,
    works,
)
from benchmarks.cohort.used import adopt_orphans, cpu_seconds, memory_mb, own_cpu_seconds, tree_cpu_seconds
from benchmarks.stock import stock_process
from hardenlab.cohort.believed import believed
from hardenlab.cohort.confined import ConfinedJudge
from hardenlab.cohort.limits import WORLDS
from hardenlab.cohort.run import grade_cohort
from hardenlab.course.load import Course
from hardenlab.model.rubric import Section

ROUNDS, STUDENTS, STOCK, WARM = 30, 24, 4, 5
Row = tuple[str, str, str]


def main() -> None:
    options = _options()
    adopt_orphans()
    with tempfile.TemporaryDirectory() as scratch:
        course = one_section_course(Path(scratch) / "labs", *options.section.split("/"))
        if options.folder:
            made, _ = synthetic_class(
                options.folder.resolve(), course_to_keep(options.folder), options.students, options.variants
            )
            print(f"made {made.root}: hardenlab grade {next(iter(course.labs))} --course-dir {made.root}")
        elif options.growth:
            if not growth(course, Path(scratch) / "class", options.growth, options.writes):
                sys.exit(1)
        else:
            table = Table("what", "measured", "target", title=f"grading a cohort; {calibration()}")
            for row in measured(course, Path(scratch)):
                print(*row, sep="  ", file=sys.stderr)  # it takes minutes
                table.add_row(*row)
            Console(width=110).print(table, f"at the end: {calibration()}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cohort")
    parser.add_argument("--class", dest="folder", type=Path, help="make a synthetic class in this folder")
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--variants", type=int, default=24)
    parser.add_argument("--growth", type=int, help="grade so many submissions in one run")
    parser.add_argument("--section", default=f"{LAB}/{NOTEBOOK}", help="the section that is handed in")
    parser.add_argument("--writes", type=int, default=WRITES, help="of each submission, with --growth")
    return parser.parse_args()


def course_to_keep(folder: Path) -> Course:
    """The labs of a class that stays: beside it."""
    return one_section_course(folder.resolve().with_name(folder.resolve().name + "-labs"))


def measured(course: Course, scratch: Path) -> Iterator[Row]:
    """The rows of the table, as they come."""
    (lab,) = course.labs.values()
    (section,) = lab.sections
    with proving_ground(course) as ground:
        made = {f"bench-{number}": works(ground, section, f"bench-{number}")[:1] for number in range(3)}
    assessed, seeded, rows = assessment(course, section, made)
    yield from rows
    stock_ms = stock_autograde(scratch / "stock")
    yield (f"(a) x stock autograde ({stock_ms:.0f} ms CPU each)", f"{stock_ms / assessed:.1f} x", ">= 10 x")
    graded, feedback = with_gradebook(course, scratch / "class")
    whole = graded + feedback
    yield from [
        ("(b) with gradebook and notes in the notebook, CPU", f"{graded:.0f} ms", "<= 300 ms"),
        ("    and nbgrader generate_feedback, CPU", f"{feedback:.0f} ms more", ""),
        ("    x stock autograde (without its feedback)", f"{stock_ms / graded:.1f} x", ">= 5 x"),
        ("    x stock autograde and generate_feedback", f"{(stock_ms + feedback) / whole:.1f} x", ""),
        ("seeding one variant, CPU", f"{seeded:.0f} ms", ""),
        ("a submission of 200 in 24 variants, assessment and seeding", f"{assessed + seeded * 24 / 200:.0f} ms", ""),
        ("a submission with a private variant, the same", f"{assessed + seeded:.0f} ms", ""),
    ]
    yield dask_share(course, section)


def assessment(course: Course, section: Section, made: dict[str, list[Work]]) -> tuple[float, float, list[Row]]:
    """ms of CPU for one submission in a sandbox, and for seeding one variant; and the table's rows."""
    first = next(iter(made))
    many = WARM + ROUNDS
    order = [first] * many + list(made)[1:]
    wall = time.monotonic()
    alone = judged(course, section, made, order)
    wall = time.monotonic() - wall
    each = (alone[many - 1] - alone[WARM - 1]) / ROUNDS * 1000
    seeded = (alone[-1] - alone[many - 1]) / (len(made) - 1) * 1000 - each

    both_wall = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        both = sum(used[-1] for used in pool.map(lambda _: judged(course, section, made, order), range(2)))
    both_wall = time.monotonic() - both_wall
    work = made[first][0]
    checks = len(section.tasks) + len({name for task in section.tasks for name in task.guarded_by})
    memory = worlds_memory(course, section, made)
    return each, seeded, [
        (f"(a) assessment of {work.writes} writes and {checks} checks, CPU", f"{each:.0f} ms", "<= 150 ms"),
        ("    a second, per core", f"{1000 / each:.1f}", ">= 7"),
        ("    two workers, by CPU (by wall, start included)",
         f"{2 * alone[-1] / (both / 2):.2f} x ({2 * wall / both_wall:.2f} x)", ">= 1.9 x"),
        (f"memory (PSS) of a sandbox with {WORLDS} variants; its grader apart", f"{memory:.0f} MB", "<= 400 MB"),
    ]  # fmt: skip


def judged(course: Course, section: Section, made: dict[str, list[Work]], variants: Sequence[str]) -> list[float]:
    """Judge a submission of each of these variants in one sandbox; seconds of CPU that it has used after each."""
    judge, used = ConfinedJudge(course), list[float]()
    try:
        for variant in variants:
            work = made[variant][0]
            assessment = believed(section, judge.answer(section, variant, work.journal))
            assert assessment.earned == work.earned, (assessment.earned, work.earned)
            assert judge.pid is not None
            used.append(tree_cpu_seconds(judge.pid))
        return used
    finally:
        judge.close()


def worlds_memory(course: Course, section: Section, made: dict[str, list[Work]]) -> float:
    """With as many variants warm as a worker keeps. The journal of another variant is refused after seeding."""
    judge = ConfinedJudge(course)
    try:
        (journal,) = {found[0].journal for found in itertools.islice(made.values(), 1)}
        for number in range(WORLDS + 1):
            judge.answer(section, f"memory-{number}", journal)
        assert judge.pid is not None
        return memory_mb(judge.pid)
    finally:
        judge.close()


def stock_autograde(folder: Path) -> float:
    """ms of CPU for each submission, kernel and server included, without nbgrader's start."""
    with stock_process() as (url, pid):
        stock.make(folder, STOCK, url)
        start = cpu_seconds(lambda: stock.nbgrader(folder, "autograde", "--help"))
        server = own_cpu_seconds(pid)
        whole = cpu_seconds(lambda: stock.nbgrader(folder, "autograde", stock.LAB, "--create"))
        server = own_cpu_seconds(pid) - server
    return (whole - start + server) / STOCK * 1000


def with_gradebook(course: Course, folder: Path) -> tuple[float, float]:
    """ms of CPU for each of a class in one variant: grading into the gradebook, and generate_feedback; no start."""
    made, expected = synthetic_class(folder, course, STUDENTS, 1)
    (lab,) = course.labs
    used = graded_cpu(made.root, lab)
    marks = {mark.student: mark.earned for mark in grade_cohort(made.root, lab).marks}
    assert marks == expected
    start = cpu_seconds(lambda: stock.nbgrader(folder, "generate_feedback", "--help"))
    feedback = cpu_seconds(lambda: stock.nbgrader(folder, "generate_feedback", lab, "--force"))
    return (used[STUDENTS] - used[WARM]) / (STUDENTS - WARM) * 1000, (feedback - start) / STUDENTS * 1000


def graded_cpu(root: Path, lab: str) -> dict[int, float]:
    """Seconds of CPU of this process, one grader and its sandbox, by how many submissions are graded."""
    used: dict[int, float] = {}

    def done(finished: int, _: int) -> None:
        children = sum(tree_cpu_seconds(child.pid) for child in psutil.Process().children())
        used[finished] = children + time.process_time()

    grade_cohort(root, lab, processes=1, again=True, done=done)
    return used


if __name__ == "__main__":  # Dask's workers import this again
    main()
