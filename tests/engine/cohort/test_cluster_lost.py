"""The scheduler of a Dask cluster dies while a cohort is judged on it."""

import sys
import threading
import time

import pytest

from hardenlab import cli
from hardenlab.cohort.build import init_course
from hardenlab.cohort.graded import is_graded
from hardenlab.cohort.release import release_lab
from hardenlab.cohort.run import grade_cohort
from helpers.classroom import LAB, classroom, everything, half
from helpers.dask import dask_cluster
from helpers.direct import TINY

pytestmark = pytest.mark.xdist_group("cluster")

MARKS = {"ada": 7, "alan": 2, "barbara": 7, "edsger": 2, "grace": 7, "linus": 2, "tony": 7, "anita": 2}
ENDS_WITHIN_SECONDS = 60


def test_a_scheduler_that_is_killed_ends_the_run_with_a_sentence_and_another_one_does_the_rest(
    tmp_path, moto_backend, monkeypatch, capsys
):
    folder = init_course(tmp_path / "course", "cloudsec", TINY)
    release_lab(folder, LAB, 2)
    with classroom(folder, moto_backend) as room:
        for student, earned in MARKS.items():
            room.submit(student, half if earned == 2 else everything)
    monkeypatch.setattr("hardenlab.cohort.cluster.WAITING", 1)  # so that judging is not done when it is killed
    monkeypatch.setattr("hardenlab.cohort.cluster.CONNECT_SECONDS", 8)  # so long Dask looks for a scheduler that went
    killed = []

    def graded():
        return {student for student in MARKS if is_graded(folder.root, LAB, student)}

    with dask_cluster(tmp_path) as (address, scheduler, _):

        def kill():
            while not graded():
                time.sleep(0.02)
            scheduler.kill()
            killed.append(time.monotonic())

        threading.Thread(target=kill, daemon=True).start()
        arguments = ["grade", LAB, "--course-dir", str(folder.root), "--processes", "1", "--scheduler", address]
        monkeypatch.setattr(sys, "argv", ["hardenlab", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert killed and time.monotonic() - killed[0] < ENDS_WITHIN_SECONDS
    said = capsys.readouterr().err
    assert ended.value.code == 3 and "the cluster's scheduler went away. Grade again: what is graded stays." in said
    before = graded()
    assert before and before != set(MARKS)
    with dask_cluster(tmp_path) as (address, *_):
        run = grade_cohort(folder.root, LAB, scheduler=address)
    assert set(run.skipped) == before and set(run.graded) == set(MARKS) - before and run.problems == {}
    assert len(run.marks) == len(MARKS) and {mark.student: mark.earned for mark in run.marks} == MARKS
