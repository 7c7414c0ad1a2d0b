"""Whether memory grows while one run grades a large class: gradebook, graders, sandboxes and all.

Students hand in hard links to a few journals of each variant, so that ten thousand of them are made in minutes. There
are so many variants that each worker has filled its worlds, and given some up, by the time that counts as the start.
"""

import itertools
import statistics
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.cohort.synthetic import synthetic_class
from benchmarks.cohort.used import pss_mb
from hardenlab.cohort.graded import is_graded
from hardenlab.cohort.limits import WORLDS
from hardenlab.cohort.run import grade_cohort, marks
from hardenlab.course.load import Course

PROCESSES = 2
VARIANTS, EACH = 48, 20
SAMPLES, LINES = 200, 20
WARM = 0.2
ALLOWED = 1.03
"""More than what two samples of an unchanged run differ by: each sees other forks at work."""


@dataclass(frozen=True)
class Sample:
    """After so many submissions: MB of PSS of the run itself, its graders, and the judges in their sandboxes."""

    finished: int
    run: float
    graders: float
    judges: float
    processes: int

    @property
    def whole(self) -> float:
        return self.run + self.graders + self.judges


def growth(course: Course, folder: Path, students: int, writes: int) -> bool:
    """Grade a class of so many in one run, and print its memory on the way. Whether all was as it should be.

    Ctrl-C ends the run early; what was graded until then is judged all the same.
    """
    (lab,) = course.labs.values()
    variants = max(1, min(VARIANTS, students // EACH))
    made, expected = synthetic_class(folder, course, students, variants, writes=writes, link=True)
    sections = ", ".join(section.id for section in lab.sections)
    print(
        f"{students} submissions of {sections}, {writes} writes, {variants} variants, {PROCESSES} graders", flush=True
    )
    samples: list[Sample] = []
    started, printed = time.monotonic(), 0

    def done(finished: int, of: int) -> None:
        nonlocal printed
        if finished % max(of // SAMPLES, 1) == 0:
            samples.append(sample(finished))
        if finished % max(of // LINES, 1) == 0:
            print(f"{told(samples[printed:])}, {time.monotonic() - started:.0f} s", flush=True)
            printed = len(samples)

    full = students * (WORLDS + 1) * PROCESSES // variants  # each worker has given a world up by then
    problems: dict[str, str] = {}
    try:
        problems = grade_cohort(made.root, lab.id, processes=PROCESSES, done=done).problems
    except KeyboardInterrupt:
        print(f"stopped after {samples[-1].finished}: what follows is about these")
    found = {mark.student: mark.earned for mark in marks(made.root, lab.id)}
    graded = [name for name in expected if is_graded(made.root, lab.id, name)]
    wrong = [name for name in graded if found.get(name) != expected[name]]
    print(f"{len(graded)} graded, {len(wrong)} marks wrong, {len(problems)} for a person")
    return not grows(samples, full) and not wrong and not problems


def sample(finished: int) -> Sample:
    run = psutil.Process()
    graders = [child for child in run.children() if "hardenlab.cohort.grader" in _command(child)]
    judges = list(itertools.chain.from_iterable(_below(grader) for grader in graders))
    parts = [sum(pss_mb(process.pid) for process in part) for part in ([run], graders, judges)]
    return Sample(finished, *parts, processes=1 + len(graders) + len(judges))


def _command(process: psutil.Process) -> list[str]:
    with suppress(psutil.NoSuchProcess):
        return list(process.cmdline())
    return []


def _below(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return list(process.children(recursive=True))
    return []


def told(samples: list[Sample]) -> str:
    """The medians of samples that lie side by side: at any moment some submission has forks of its own."""
    parts = [
        f"{name} {statistics.median(getattr(one, name) for one in samples):.0f}"
        for name in ("run", "graders", "judges", "processes")
    ]
    whole = statistics.median(one.whole for one in samples)
    return f"{samples[-1].finished} graded: {whole:.0f} MB of PSS ({', '.join(parts)})"


def grows(samples: list[Sample], full: int) -> bool:
    """Compare the end with what stands after a fifth of the run, or after `full` submissions; medians of a tenth."""
    last = samples[-1].finished
    start = max(WARM * last, min(full, last / 2))
    then = [one.whole for one in samples if start <= one.finished < start + last / 10]
    end = [one.whole for one in samples if one.finished > 0.9 * last]
    share = statistics.median(end) / statistics.median(then)
    verdict = f"no growth (up to {ALLOWED - 1:.0%} is noise)" if share <= ALLOWED else "GROWTH"
    print(f"memory at the end is {share:.1%} of that after {start:.0f} submissions: {verdict}", flush=True)
    return share > ALLOWED
