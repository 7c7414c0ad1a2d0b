"""What Dask costs beside the work: scheduler, client and workers, without the processes that judge."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from distributed import LocalCluster

from benchmarks.cohort.synthetic import Work, synthetic_class
from benchmarks.cohort.used import own_cpu_seconds
from hardenlab.cohort.cluster import judged_on
from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.variants import expected_variant
from hardenlab.course.load import Course
from hardenlab.model.rubric import Section

STUDENTS = 80


def dask_share(course: Course, section: Section, made: Mapping[str, list[Work]], each: float) -> tuple[str, str, str]:
    """Judge a class of one variant twice on a cluster, the second time warm, and compare CPU with the work's."""
    with TemporaryDirectory() as scratch:
        folder, expected = synthetic_class(Path(scratch) / "class", course, STUDENTS, 1)
        variants = {name: expected_variant(folder.root, section.lab, name) or "" for name in expected}
        with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0") as cluster:
            few = dict(list(variants.items())[:8])
            rest = _used_in(cluster, lambda: time.sleep(5))
            idle = rest[0] / rest[1]
            cold, cold_wall = _used_in(cluster, lambda: _judge(cluster, folder, section, few))
            warm, warm_wall = _used_in(cluster, lambda: _judge(cluster, folder, section, variants))
    share = (warm - cold - idle * (warm_wall - cold_wall)) / ((STUDENTS - len(few)) * each / 1000)
    what = f"Dask beside the work, CPU ({STUDENTS} submissions, 2 workers; at rest it takes {idle:.1%} of a core)"
    return what, f"{share:.1%}", "<= 5 %"


def _used_in(cluster: LocalCluster, action: Callable[[], object]) -> tuple[float, float]:
    """Seconds of CPU of scheduler, client and workers, and seconds that went by."""
    pids = [nanny.pid for nanny in cluster.workers.values()]
    before, started = time.process_time() + sum(own_cpu_seconds(pid) for pid in pids), time.monotonic()
    action()
    used = time.process_time() + sum(own_cpu_seconds(pid) for pid in pids) - before
    return used, time.monotonic() - started


def _judge(cluster: LocalCluster, folder: CourseFolder, section: Section, variants: Mapping[str, str]) -> None:
    with judged_on(cluster.scheduler_address, folder, section.lab, variants, True) as pieces:
        for _ in variants:
            piece = pieces.take(None)
            assert piece is not None and "assessment" in (piece.answers or {})[section.notebook]
