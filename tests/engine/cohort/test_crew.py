"""A cohort graded in parallel: graders and whole runs are killed, and nothing is lost or graded twice."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hardenlab.cohort.build import init_course
from hardenlab.cohort.crew import Crew
from hardenlab.cohort.graded import is_graded
from hardenlab.cohort.pieces import ByVariant
from hardenlab.cohort.release import release_lab
from hardenlab.cohort.results import read_results
from hardenlab.cohort.run import grade_cohort
from hardenlab.model.problem import UsageProblem
from helpers.classroom import LAB, NOTEBOOK, classroom, everything, half
from helpers.direct import TINY

pytestmark = pytest.mark.xdist_group("crew")  # one class, graded in the order in which the tests stand

MARKS = {"ada": 7, "alan": 2, "barbara": 7, "edsger": 2, "grace": 7, "linus": 2}


@pytest.fixture(scope="module")
def root(tmp_path_factory, moto_backend):
    """Six students in one variant, two of whom hand in what cannot be graded beside them."""
    folder = init_course(tmp_path_factory.mktemp("instructor") / "course", "cloudsec", TINY)
    release_lab(folder, LAB, 1)
    with classroom(folder, moto_backend) as room:
        for student, earned in MARKS.items():
            room.submit(student, everything if earned == 7 else half)
        shutil.copytree(folder.root / "submitted" / "ada", folder.root / "submitted" / "mallory")
        (folder.root / "submitted" / "mallory" / LAB / "data").symlink_to(folder.root / "gradebook.db")
        room.submit("eve", everything)
        (folder.root / "submitted" / "eve" / LAB / f"{NOTEBOOK}.ipynb").write_bytes(b"\xff{" + b"[" * 9_000)
    return folder.root


def command(root, *arguments):
    hardenlab = Path(sys.executable).parent / "hardenlab"
    return [hardenlab, "grade", LAB, "--course-dir", root, "--processes", "2", *arguments]


def graders(root):
    listed = subprocess.run(["ps", "-ww", "-eo", "pid=,args="], capture_output=True, text=True).stdout.splitlines()
    return [int(line.split()[0]) for line in listed if "hardenlab.cohort.grader" in line and str(root) in line]


def test_a_run_that_is_killed_loses_nothing_and_a_second_one_does_the_rest(root):
    run = subprocess.Popen(command(root), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while not any(is_graded(root, LAB, student) for student in MARKS):
        assert time.monotonic() < until and run.poll() is None
        time.sleep(0.05)
    run.send_signal(signal.SIGKILL)
    run.wait()
    while graders(root):  # each ends by itself after the submission that it is at
        assert time.monotonic() < until
        time.sleep(0.05)
    before = {student for student in MARKS if is_graded(root, LAB, student)}
    assert before
    done = subprocess.run(command(root, "--json"), capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert before <= set(told["skipped"]) and set(told["skipped"]) | set(told["graded"]) == set(MARKS)
    marks = {mark["student"]: mark["earned"] for mark in told["marks"]}
    assert {student: marks[student] for student in MARKS} == MARKS and len(told["marks"]) == len(marks)
    assert set(told["problems"]) == {"mallory", "eve"} and "'data'" in told["problems"]["mallory"]
    assert not {"mallory", "eve"} & {student for student, earned in marks.items() if earned}


def test_what_is_graded_stays_as_it_is_until_it_changes_or_is_asked_for(root):
    run = grade_cohort(root, LAB, processes=1)
    assert set(run.skipped) == set(MARKS) and run.graded == []


def test_a_grader_that_is_killed_is_replaced_and_its_student_graded(root):
    told = {}
    crew = Crew(root, LAB, 1)

    def done(student, problem):
        told[student] = problem
        if len(told) == 1:
            (pid,) = graders(root)
            os.kill(pid, signal.SIGKILL)

    crew.grade(ByVariant(dict.fromkeys(["ada", "alan", "grace"], "one")), done)
    assert told == {"ada": "", "alan": "", "grace": ""}
    earned = {result.student: result.assessment.earned for result in read_results(root, LAB) if result.assessment}
    assert {student: earned[student] for student in MARKS} == MARKS


def test_a_second_run_at_the_same_time_is_refused(root):
    run = subprocess.Popen(command(root, "--again"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 120
        while not graders(root):
            assert time.monotonic() < until and run.poll() is None
            time.sleep(0.05)
        with pytest.raises(UsageProblem, match="another run is grading"):
            grade_cohort(root, LAB)
    finally:
        run.send_signal(signal.SIGINT)
        assert run.wait(60) != 0
    assert not graders(root)


def test_nbgraders_own_command_judges_in_the_sandbox_as_well(root):
    own = str(Path(sys.executable).parent)
    arguments = ["autograde", LAB, "--student=ada", "--force"]
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=root, env=os.environ | {"PATH": f"{own}:{os.environ['PATH']}"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (ada,) = (result for result in read_results(root, LAB) if result.student == "ada")
    assert ada.assessment.earned == 7
    without = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=root, env={**os.environ, "PATH": own}, capture_output=True, text=True,
    )  # fmt: skip
    assert without.returncode != 0 and "apt install bubblewrap" in without.stderr
