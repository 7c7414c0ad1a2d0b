"""What Dask costs beside the work: scheduler, client and workers, without the processes that judge."""

import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from distributed import LocalCluster

from benchmarks.cohort.synthetic import Work, synthetic_class
from benchmarks.cohort.used import own_cpu_seconds
from hardenlab.cohort.cluster import judged_on
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
            cold = _used_for(cluster, folder, section, few)
            warm = _used_for(cluster, folder, section, variants)
    share = (warm - cold) / ((STUDENTS - len(few)) * each / 1000)
    return f"Dask beside the work, CPU ({STUDENTS} submissions, 2 workers)", f"{share:.1%}", "<= 5 %"


def _used_for(cluster: LocalCluster, folder: object, section: Section, variants: Mapping[str, str]) -> float:
    pids = [nanny.pid for nanny in cluster.workers.values()]
    before = time.process_time() + sum(own_cpu_seconds(pid) for pid in pids)
    with judged_on(cluster.scheduler_address, folder, section.lab, variants, True) as pieces:
        for _ in variants:
            piece = pieces.take(None)
            assert piece is not None and "assessment" in piece.answers[section.notebook]
    return time.process_time() + sum(own_cpu_seconds(pid) for pid in pids) - before
