"""What Dask costs beside the work: scheduler, client and workers, without the processes that judge.

Both are slopes between a small class and a large one, so that starting and seeding, the same in both, cancel out. The
scheduler and the nannies run with the setting that docs/nbgrader.md recommends.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import dask
from distributed import LocalCluster

from benchmarks.cohort.synthetic import synthetic_class
from benchmarks.cohort.used import tree_cpu_seconds
from benchmarks.processes import exact_cpu_ms
from hardenlab.cohort.cluster import judged_on
from hardenlab.cohort.confined import ConfinedJudge
from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.variants import expected_variant
from hardenlab.course.load import Course
from hardenlab.model.rubric import Section

FEW, MANY = 8, 56
WORKERS = 2
REST_SECONDS = 5.0


@dataclass(frozen=True)
class Used:
    """By scheduler, client and workers: ms of CPU, in so many seconds; and ms a second while nothing is judged."""

    cpu: float
    seconds: float
    rest: float


def dask_share(course: Course, section: Section) -> tuple[str, str, str]:
    """Judge classes of one variant on a cluster, and the same journals without one.

    What Dask takes at rest is counted for as long as the work takes where each worker has a core: on a busy machine
    Dask waits longer, and that is not its cost.
    """
    with TemporaryDirectory() as scratch:
        folder, expected = synthetic_class(Path(scratch) / "class", course, MANY, 1)
        variants = {name: expected_variant(folder.root, section.lab, name) or "" for name in expected}
        few = dict(list(variants.items())[:FEW])
        with dask.config.set({"distributed.admin.tick.interval": "1s"}), _cluster() as cluster:
            _used_by_dask(cluster, folder, section, few)  # what it imports at the first run
            small = _used_by_dask(cluster, folder, section, few)
            large = _used_by_dask(cluster, folder, section, variants)
        asking, judging = _used_without(course, folder, section, variants)
    waited = (large.seconds - small.seconds) * large.rest
    handing_on = (large.cpu - small.cpu - waited) / (MANY - FEW) - asking
    at_rest = large.rest * judging / 1000 / WORKERS
    what = (
        f"Dask beside the work, CPU ({handing_on:.1f} ms handing on and {at_rest:.1f} ms at rest beside "
        f"{asking + judging:.0f}, {WORKERS} workers)"
    )
    return what, f"{(handing_on + at_rest) / (asking + judging):.1%}", "<= 5 %"


def _cluster() -> LocalCluster:
    return LocalCluster(n_workers=WORKERS, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0")


def _used_by_dask(cluster: LocalCluster, folder: CourseFolder, section: Section, variants: Mapping[str, str]) -> Used:
    pids = [nanny.pid for nanny in cluster.workers.values()]

    def cpu() -> float:
        return time.process_time() * 1000 + sum(exact_cpu_ms(pid) for pid in pids)

    before, started = cpu(), time.monotonic()
    with judged_on(cluster.scheduler_address, folder, section.lab, variants, True) as pieces:
        for _ in variants:
            piece = pieces.take(None)
            assert piece is not None and "assessment" in (piece.answers or {})[section.notebook]
        used, seconds = cpu() - before, time.monotonic() - started
        time.sleep(1)
        resting = cpu()
        time.sleep(REST_SECONDS)
        rest = (cpu() - resting) / REST_SECONDS
    return Used(used, seconds, rest)


def _used_without(
    course: Course, folder: CourseFolder, section: Section, variants: Mapping[str, str]
) -> tuple[float, float]:
    """ms of CPU for each submission: of the process that asks a sandbox, and of the sandbox."""
    name = f"{section.notebook}.journal"
    journals = [
        (variant, (folder.root / "submitted" / student / section.lab / name).read_bytes())
        for student, variant in variants.items()
    ]
    judge = ConfinedJudge(course)
    try:
        for variant, journal in journals[:FEW]:
            judge.answer(section, variant, journal)
        assert judge.pid is not None
        asking, judging = time.process_time(), tree_cpu_seconds(judge.pid)
        for variant, journal in journals[FEW:]:
            judge.answer(section, variant, journal)
        asking, judging = time.process_time() - asking, tree_cpu_seconds(judge.pid) - judging
    finally:
        judge.close()
    return asking * 1000 / (MANY - FEW), judging * 1000 / (MANY - FEW)
