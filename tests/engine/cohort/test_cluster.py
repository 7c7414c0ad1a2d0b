"""A cohort judged on a Dask cluster, one of whose workers is killed; and clusters that are not there."""

import os
import signal

import pytest
from distributed import Client, LocalCluster

from hardenlab.cohort.build import init_course
from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.judging import Means
from hardenlab.cohort.regrade import changed_marks
from hardenlab.cohort.release import release_lab
from hardenlab.cohort.run import grade_cohort
from hardenlab.model.problem import EnvironmentProblem
from helpers.classroom import LAB, NOTEBOOK, classroom, everything, half
from helpers.direct import TINY

pytestmark = pytest.mark.xdist_group("cluster")

MARKS = {"ada": 7, "alan": 2, "barbara": 7, "edsger": 2, "grace": 7, "linus": 2, "tony": 7, "copier": 0, "broken": 0}


@pytest.fixture(scope="module")
def root(tmp_path_factory, moto_backend):
    """A class in two variants, one of whom hands in a foreign journal and one a damaged one."""
    folder = init_course(tmp_path_factory.mktemp("instructor") / "course", "cloudsec", TINY)
    release_lab(folder, LAB, 2)
    with classroom(folder, moto_backend) as room:
        for student, earned in MARKS.items():
            room.submit(student, half if earned == 2 else everything)
        room.submit("copier", everything, variant="another")
        journal = folder.root / "submitted" / "broken" / LAB / f"{NOTEBOOK}.journal"
        journal.write_bytes(journal.read_bytes().replace(b"tcp", b"udp", 1))
    return folder.root


@pytest.fixture(scope="module")
def cluster():
    with LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0", silence_logs=50
    ) as cluster:
        yield cluster


def test_a_worker_that_is_killed_loses_nothing_and_every_mark_is_right(root, cluster):
    killed = []

    def done(finished, of):
        if not killed:
            killed.append(cluster.workers[0].pid)
            os.kill(killed[0], signal.SIGKILL)

    run = grade_cohort(root, LAB, scheduler=cluster.scheduler_address, processes=1, done=done)
    assert killed and {mark.student: mark.earned for mark in run.marks} == MARKS
    assert len(run.marks) == len(MARKS) and set(run.problems) == {"copier", "broken"}
    assert "another variant" in run.problems["copier"] and "corrupted" in run.problems["broken"]
    second = grade_cohort(root, LAB, scheduler=cluster.scheduler_address)
    assert second.graded == [] and set(second.skipped) == set(MARKS)


def test_regrading_on_a_cluster_compares_what_regrading_here_does(root, cluster):
    folder = CourseFolder.open(root)
    place = root / "submitted" / "alan" / LAB / f"{NOTEBOOK}.journal"
    kept = place.read_bytes()
    place.write_bytes(kept[: len(kept) // 2])
    here = changed_marks(folder, LAB)
    assert {change.student for change in here} == {"alan"}
    assert changed_marks(folder, LAB, Means(scheduler=cluster.scheduler_address)) == here
    place.write_bytes(kept)


def test_a_worker_that_judges_measures_itself_less_and_afterwards_as_before(cluster):
    def quietly(dask_worker):
        from hardenlab.cohort.quiet import Quiet

        def state():
            callbacks = dask_worker.periodic_callbacks
            return callbacks["profile"].is_running(), callbacks["tick"].callback_time

        before = state()
        quiet = Quiet(dask_worker)
        during = state()
        quiet.end()
        return before, during, state()

    with Client(cluster.scheduler_address, set_as_default=False) as client:
        told = client.run(quietly)

    assert told
    for before, during, after in told.values():
        assert before == after and before[0] and before[1] < 1_000
        assert during == (False, 1_000)


def test_no_scheduler_is_told(root, monkeypatch):
    monkeypatch.setattr("hardenlab.cohort.cluster.CONNECT_SECONDS", 1)
    with pytest.raises(EnvironmentProblem, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9 "):
        grade_cohort(root, LAB, again=True, scheduler="tcp://127.0.0.1:9")
