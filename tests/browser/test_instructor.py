"""An instructor's term with stock nbgrader commands, as docs/nbgrader.md tells it, and the formgrader in a browser."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from hardenlab.attempt.client import ensure_running, stop_all
from hardenlab.attempt.workspace import Workspace
from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.variants import expected_variant
from hardenlab.journal.file import read_journal
from helpers.classroom import LAB, NOTEBOOK, classroom, everything, half
from helpers.direct import TINY

pytestmark = pytest.mark.xdist_group("instructor")

OWNED = "<script>document.title='OWNED'</script>"
SCRIPTS = Path(sys.executable).parent
STUDENT = 'c = get_config()\nc.Exchange.root = "{exchange}"\nc.CourseDirectory.course_id = "cloudsec"\n'


def run(folder, *command):
    """One command as an instructor or a student types it."""
    environment = os.environ | {"PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"}
    for name in ("HARDENLAB_WORKSPACE", "HARDENLAB_LEARNER", "JUPYTERHUB_USER"):
        environment.pop(name, None)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def term(tmp_path_factory, moto_backend):
    """The whole term: three students fetch, work and submit; their instructor collects, grades, and gives feedback."""
    base = tmp_path_factory.mktemp("term")
    exchange, course = base / "exchange", base / "course"
    exchange.mkdir()
    exchange.chmod(0o777)
    (base / "class.csv").write_text("id,first_name,last_name\nada,Ada,Lovelace\ngrace,Grace,Hopper\nalan,Alan,Turing\n")
    hardenlab = ("hardenlab", "--course", str(TINY))
    run(base, *hardenlab, "course", "init", "course", "--id", "cloudsec", "--exchange", str(exchange))
    run(course, "hardenlab", "course", "students", str(base / "class.csv"))
    run(course, "hardenlab", "release", LAB, "--due", "2030-01-01T12:00+00:00")
    run(course, "nbgrader", "release_assignment", LAB)
    with classroom(CourseFolder.open(course), moto_backend) as room:
        for student, work in (("ada", None), ("grace", half), ("alan", everything)):
            _student(base / student, exchange, room, student, work)
    run(course, "nbgrader", "collect", LAB)
    run(course, "nbgrader", "autograde", LAB)
    run(course, "nbgrader", "generate_feedback", LAB)
    run(course, "nbgrader", "release_feedback", LAB)
    run(course, "nbgrader", "export")
    return course, exchange


def _student(folder, exchange, room, student, work):
    folder.mkdir()
    (folder / "nbgrader_config.py").write_text(STUDENT.format(exchange=exchange))
    if work is None:
        run(folder, "nbgrader", "fetch_assignment", LAB)
        _work_as_a_learner(folder, student)
    else:
        room.submit(student, work, to=folder / LAB)
        (folder / LAB / "timestamp.txt").unlink()
    if student == "grace":
        path = folder / LAB / f"{NOTEBOOK}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        notebook.cells.append(nbformat.v4.new_markdown_cell(f"my notes {OWNED}"))
        nbformat.write(notebook, path)
    run(folder, "nbgrader", "submit", LAB, f"--CourseDirectory.student_id={student}")


def _work_as_a_learner(folder, student):
    """The fetched folder becomes a workspace; the section's own server says which account it is."""
    run(folder, "hardenlab", "--course", str(TINY), "--workspace", ".", "join", student)
    workspace = Workspace(folder)
    try:
        ensure_running(workspace, f"{LAB}/{NOTEBOOK}").ask("answer", question="which_port", value="b")
    finally:
        stop_all(workspace)


def test_a_fetched_lab_works_on_the_account_that_graders_expect(term):
    course, _ = term
    journal = read_journal(course / "submitted" / "ada" / LAB / f"{NOTEBOOK}.journal")
    assert journal.header["variant"] == expected_variant(course, LAB, "ada")


def test_marks_feedback_and_export_are_there(term):
    course, exchange = term
    rows = {row["student_id"]: row for row in csv.DictReader((course / "grades.csv").open())}
    assert {name: float(row["score"]) for name, row in rows.items()} == {"ada": 1, "grace": 2, "alan": 7}
    assert rows["ada"]["last_name"] == "Lovelace" and rows["ada"]["max_score"] == "7"
    page = (course / "feedback" / "grace" / LAB / f"{NOTEBOOK}.html").read_text()
    assert "1 of 2 mended" in page and OWNED not in page
    assert len(list((exchange / "cloudsec" / "feedback").glob("*.html"))) == 3


@pytest.fixture(scope="module")
def formgrader(term, tmp_path_factory):
    """JupyterLab in the instructor's folder, with nbgrader's formgrader; answers its address and token."""
    base, port = tmp_path_factory.mktemp("jupyter"), 8_947
    environment = os.environ | {
        "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}",
        **{f"JUPYTER_{name}_DIR": str(base / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")},
    }
    command = [
        "jupyter", "lab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}", "--port-retries=50",
        "--IdentityProvider.token=instructor",
    ]  # fmt: skip
    with (base / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, cwd=term[0], env=environment, stdout=log, stderr=log)
    try:
        yield _address(base, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _address(base, process):
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        for word in (base / "log.txt").read_text().split():
            if word.startswith("http://127.0.0.1:"):
                return word.partition("/lab")[0]
        time.sleep(0.2)
    raise AssertionError((base / "log.txt").read_text())


def picture(page, tmp_path, name):
    page.screenshot(path=str(Path(os.environ.get("HARDENLAB_SCREENSHOTS", tmp_path)) / f"{name}.png"))


def test_the_formgrader_shows_marks_reasons_and_nothing_that_runs(formgrader, page, tmp_path):
    page.goto(f"{formgrader}/login?token=instructor")
    page.goto(f"{formgrader}/formgrader/gradebook/{LAB}/{NOTEBOOK}")
    page.get_by_text("Submission #1").first.wait_for(timeout=60_000)
    shown = page.locator("tbody tr").all_inner_texts()
    assert sorted(row.split("\t")[2] for row in shown) == ["1 / 7", "2 / 7", "7 / 7"]
    picture(page, tmp_path, "formgrader-gradebook")
    page.locator("tr", has_text="2 / 7").get_by_role("link").first.click()
    page.get_by_text("1 of 2 mended").first.wait_for(timeout=60_000)
    page.get_by_text("my notes").first.wait_for()
    assert "OWNED" not in page.title()
    picture(page, tmp_path, "formgrader-submission")
    boxes = page.locator("input.score")
    page.wait_for_function("document.querySelector('#s3_bucket_versioned').placeholder === '0'")
    boxes.nth(1).fill("1.5")
    boxes.nth(1).blur()
    page.locator(".score-saved").nth(1).wait_for()
    page.reload()
    page.wait_for_function("document.querySelector('#s3_bucket_versioned')?.value === '1.5'")
