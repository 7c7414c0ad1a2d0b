"""The whole cycle with nbgrader's own commands: build, release, submit, grade, feedback; and attempts to cheat."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from hardenlab.attempt.server import header_of
from hardenlab.cohort.build import build_course
from hardenlab.cohort.grade import WIDTH, _wrapped
from hardenlab.cohort.run import grade_cohort
from hardenlab.course.load import load_course
from hardenlab.environment import find_environment
from hardenlab.journal.file import Journal, read_journal
from helpers.direct import TINY, Account, Ticker, tiny_world

pytestmark = pytest.mark.xdist_group("cohort")  # the class is graded once, for all tests

LAB, NOTEBOOK = "l1-tiny", "1-groups"
SSH = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}


def nbgrader(folder, *arguments):
    own = str(Path(sys.executable).parent)
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder, env=os.environ | {"PATH": f"{own}:{os.environ['PATH']}"}, capture_output=True, text=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A course folder with its release, and what nbgrader said while making it."""
    folder = tmp_path_factory.mktemp("course")
    course = load_course(TINY)
    build_course(course, list(course.labs.values()), folder)
    done = nbgrader(folder, "generate_assignment", LAB, "--create", "--force")
    assert done.returncode == 0, done.stderr
    return folder, done.stderr


class Students:
    """Submissions of students, each with a journal that a real account wrote."""

    def __init__(self, folder, world):
        self.folder, self.world = folder, world

    def submit(self, student, work=None, header=None, cells=()):
        """Hand in: `work(account)` makes the journal; `cells` are code that the notebook holds as answers."""
        place = self.folder / "submitted" / student / LAB
        shutil.copytree(self.folder / "release" / LAB, place)
        (place / "timestamp.txt").write_text("2026-11-01 12:00:00.000000 UTC")
        path = place / f"{NOTEBOOK}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        answers = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")]
        for cell, source in zip(answers, cells, strict=False):
            cell.source = source
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("grade"):
                cell.outputs = [nbformat.v4.new_output("execute_result", data={"text/plain": "4.0"}, execution_count=1)]
        notebook.cells.append(nbformat.v4.new_markdown_cell("hello <script>document.title = 'OWNED'</script>"))
        nbformat.write(notebook, path)
        journal = place / f"{NOTEBOOK}.journal"
        if work is not None:
            section = load_course(TINY).section(LAB)
            Journal.create(journal, header_of(section, self.world, find_environment("moto")) | (header or {})).close()
            account = Account(self.world, journal, Ticker())
            work(account)
            account.close()
        return journal


def everything(account):
    close_ssh(account)
    bucket = account.world.facts["bucket"]
    account.client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    account.ledger.note("answer", {"question": "which_port", "value": "b"})


def close_ssh(account, groups=slice(None)):
    for group in account.world.facts["groups"][groups]:
        account.client("ec2").revoke_security_group_ingress(GroupId=group, **SSH)


ALL_FOUR = "UPDATE grade SET auto_score = 4"
CHEATS = {
    "strip": "get_ipython().ast_transformers.append(__import__('ast').NodeTransformer())",
    "equal": "class Yes:\n    def __eq__(self, other): return True\nYes()",
    "hook": "import sys\nsys.displayhook = lambda value: print(4.0)",
    "patch": "type(lab).check = lambda *a: 4.0",
    "kill": "import os\nos.kill(os.getpid(), 9)",
    "gradebook": f"import sqlite3\nsqlite3.connect('../../../gradebook.db').executescript({ALL_FOUR!r})",
}  # fmt: skip


@pytest.fixture(scope="module")
def graded(released, moto_backend):
    """All submissions, graded in one run."""
    folder, _ = released
    with tiny_world(moto_backend, "student-variant") as world, tiny_world(moto_backend, "another") as other:
        students = Students(folder, world)
        students.submit("perfect", everything)
        students.submit("partial", lambda account: close_ssh(account, slice(1)))
        students.submit("untouched", lambda account: None)
        students.submit("none")
        for name, code in CHEATS.items():
            students.submit(f"cheat-{name}", lambda account: None, cells=[code] * 3)
        students.submit("foreign-section", everything, header={"section": "m9/other"})
        students.submit("foreign-account", everything, header={"account": "111111111111"})
        corrupt = students.submit("corrupted", everything)
        corrupt.write_bytes(corrupt.read_bytes().replace(b"tcp", b"udp", 1))
        students.submit("claims", lambda account: account.ledger.note("check", {"status": {}, "after": 0, "earned": 7}))
        borrowed = students.submit("borrowed", everything)
        forge(borrowed, {"a": other.account_id})
        door = students.submit("door", everything)
        forge(door, {"p": "/moto-api/reset", "s": "s3", "m": "POST"})
        marks = {item.student: item for item in grade_cohort(folder, LAB, again=True).marks}
    return folder, marks


def forge(journal, request):
    """Rewrite every call of a journal, with checksums that fit."""
    contents = read_journal(journal)
    journal.unlink()
    header = {key: value for key, value in contents.header.items() if key != "format"}
    forged = Journal.create(journal, header)
    for line in contents.lines:
        data = dict(line.data)
        if line.kind == "call":
            data["request"] = data["request"] | request
        forged.write(line.kind, line.time, data, number=line.number)
    forged.close()


def test_the_release_is_made_without_a_warning_and_holds_no_solution(released):
    folder, said = released
    assert not [line for line in said.splitlines() if "WARNING" in line or "ERROR" in line]
    given = b"".join(path.read_bytes() for path in (folder / "release").rglob("*") if path.is_file())
    for secret in (
        b"revoke_security_group_ingress",
        b"put_bucket_versioning",
        b"SOLUTION",
        b"That is FTP",
        b"only_one_group",
    ):
        assert secret not in given
    assert [path.name for path in (folder / "release" / LAB).iterdir()] == [f"{NOTEBOOK}.ipynb"]


@pytest.mark.parametrize(("student", "earned"), [("perfect", 7), ("partial", 2), ("untouched", 0), ("none", 0)])
def test_marks_are_those_of_the_journal(graded, student, earned):
    marks = graded[1][student]
    assert (marks.earned, marks.points) == (earned, 7)


@pytest.mark.parametrize("cheat", CHEATS)
def test_tampering_in_the_notebook_earns_nothing(graded, cheat):
    assert graded[1][f"cheat-{cheat}"].earned == 0


@pytest.mark.parametrize("student", ["none", "foreign-section", "foreign-account", "corrupted", "borrowed", "door"])
def test_a_journal_that_leads_nowhere_earns_nothing_and_waits_for_a_person(graded, student):
    assert graded[1][student].earned == 0
    assert graded[1][student].needs_person


def test_what_a_journal_claims_of_itself_is_not_believed(graded):
    assert graded[1]["claims"].earned == 0 and not graded[1]["claims"].needs_person


def test_the_reason_stands_in_the_notebook_and_nothing_that_the_student_printed(graded):
    folder, _ = graded
    text = (folder / "autograded" / "partial" / LAB / f"{NOTEBOOK}.ipynb").read_text()
    assert "1 of 2 mended, 1 left" in text
    told = (folder / "autograded" / "corrupted" / LAB / f"{NOTEBOOK}.ipynb").read_text()
    assert "is corrupted" in told


def test_a_reason_is_wrapped_as_wide_as_a_page_shows_it():
    told = "Close the port: failed, 0 of 2 points.\n  FAILED  sg-1: " + "anybody reaches it on tcp 22 " * 8 + "x" * 200
    lines = _wrapped(told).split("\n")
    assert "".join(told.split()) == "".join("".join(lines).split()), "nothing is lost"
    assert [line for line in lines if len(line) > WIDTH] == [" " * 6 + "x" * 200], "a name is not cut in two"
    assert lines[0] == "Close the port: failed, 0 of 2 points." and lines[2].startswith(" " * 6)
    assert _wrapped(" " * 300) == " " * 300


def test_feedback_and_export_work_and_markdown_is_inert(graded):
    folder, _ = graded
    assert nbgrader(folder, "generate_feedback", LAB, "--student=partial").returncode == 0
    page = (folder / "feedback" / "partial" / LAB / f"{NOTEBOOK}.html").read_text()
    assert "1 of 2 mended" in page
    assert "<script>document.title" not in page
    cells = json.loads((folder / "autograded" / "partial" / LAB / f"{NOTEBOOK}.ipynb").read_text())["cells"]
    assert "<script>" not in "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert nbgrader(folder, "export", "--to=grades.csv").returncode == 0
    rows = {row["student_id"]: float(row["score"]) for row in csv.DictReader((folder / "grades.csv").open())}
    assert rows["perfect"] == 7 and rows["partial"] == 2 and rows["cheat-gradebook"] == 0
