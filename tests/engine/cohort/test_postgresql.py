"""A gradebook in PostgreSQL: graded, re-graded, reported and exported; restarted in the middle of a run."""

import csv
import io
import shutil
import threading

import pytest
import sqlalchemy

from hardenlab.cohort.build import init_course
from hardenlab.cohort.exports import export
from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.forget import forget
from hardenlab.cohort.gradebook import open_gradebook
from hardenlab.cohort.grader import _grade
from hardenlab.cohort.override import override
from hardenlab.cohort.pieces import Piece
from hardenlab.cohort.regrade import apply, changed_marks
from hardenlab.cohort.release import release_lab
from hardenlab.cohort.report.gather import gather
from hardenlab.cohort.run import grade_cohort, marks
from hardenlab.model.problem import EnvironmentProblem, UsageProblem
from helpers.classroom import LAB, classroom, everything, half
from helpers.direct import TINY
from helpers.postgresql import postgresql

pytestmark = pytest.mark.xdist_group("postgresql")  # one server, and one class in the order in which the tests stand

VERSIONED = "s3_bucket_versioned"
MARKS = {"ada": 7, "alan": 2, "barbara": 7, "edsger": 2}


@pytest.fixture(scope="module")
def server():
    with postgresql() as server:
        yield server


@pytest.fixture(scope="module")
def folder(server, tmp_path_factory, moto_backend):
    """A course with its gradebook at the server, and four submissions."""
    root = tmp_path_factory.mktemp("instructor") / "course"
    labs = shutil.copytree(TINY, root.parent / "labs")
    folder = init_course(root, "cloudsec", labs, database=server.new("gradebook"))
    release_lab(folder, LAB, 1)
    with classroom(folder, moto_backend) as room:
        for student, earned in MARKS.items():
            room.submit(student, everything if earned == 7 else half)
    return folder


def rows(folder):
    """How many rows each table of the gradebook has."""
    engine = sqlalchemy.create_engine(folder.database_url)
    with engine.connect() as connection:
        tables = sqlalchemy.inspect(engine).get_table_names()
        found = {name: connection.scalar(sqlalchemy.text(f'SELECT count(*) FROM "{name}"')) for name in tables}
    engine.dispose()
    return found


def test_a_restart_in_the_middle_loses_nothing_and_duplicates_nothing(folder, server):
    restarting = []

    def done(finished, of):
        if not restarting:  # the second grader is at work meanwhile
            server.stop()
            restarting.append(threading.Timer(1, server.start))
            restarting[0].start()

    run = grade_cohort(folder.root, LAB, processes=2, done=done)
    restarting[0].join()
    second = grade_cohort(folder.root, LAB, processes=2)
    assert set(run.graded) | set(second.graded) == set(MARKS) and set(run.graded) <= set(second.skipped)
    assert {mark.student: mark.earned for mark in second.marks} == MARKS and second.problems == {}
    before = rows(folder)
    assert before["submitted_assignment"] == before["student"] == len(MARKS)
    grade_cohort(folder.root, LAB, again=True)
    assert rows(folder) == before


def test_regrading_report_and_export_read_it(folder):
    assert changed_marks(folder, LAB) == []
    assert {learner.id: learner.earned for learner in gather(folder, LAB).learners} == MARKS
    with open_gradebook(folder) as gradebook:
        table = list(csv.DictReader(io.StringIO(export(gradebook, "csv", [LAB], folder.columns))))
    assert {row["student_id"]: float(row["score"]) for row in table} == MARKS
    forget(folder, "edsger")
    assert [mark.student for mark in marks(folder.root, LAB)] == ["ada", "alan", "barbara"]


def test_regrading_writes_new_points_and_leaves_a_persons_mark_and_nothing_twice(folder):
    course = folder.course()
    override(folder, course.section(LAB), "ada", VERSIONED, 1, "she said why in the interview")
    rubric = course.root / "labs" / LAB / "lab.toml"
    rubric.write_text(rubric.read_text().replace('points = 2\nfixes = ["not', 'points = 5\nfixes = ["not'))
    before, former = rows(folder), marks(folder.root, LAB)
    changes = {(change.student, change.task): change for change in changed_marks(folder, LAB)}
    assert set(changes) == {(student, VERSIONED) for student in ("ada", "alan", "barbara")}
    assert changes["ada", VERSIONED].kept == 1 and changes["barbara", VERSIONED].after == 5
    assert marks(folder.root, LAB) == former, "nothing is written before it is asked for"
    apply(folder, LAB)
    assert {mark.student: mark.earned for mark in marks(folder.root, LAB)} == {"ada": 6, "alan": 2, "barbara": 10}
    assert changed_marks(folder, LAB) == [] and rows(folder) == before


def test_a_gradebook_that_cannot_be_reached_is_told_without_its_password(folder):
    away = CourseFolder(folder.root, folder.id, database="postgresql+pg8000://me:geheim@127.0.0.1:9/gradebook")
    with pytest.raises(EnvironmentProblem, match="cannot be reached") as told, open_gradebook(away):
        pass
    assert "geheim" not in str(told.value)
    for address in ("postgres", "nosuch://x/y"):
        with pytest.raises(UsageProblem, match="is no database's address"):
            open_gradebook(CourseFolder(folder.root, folder.id, database=address)).__enter__()


def test_a_server_that_stays_away_ends_the_run_and_is_nobodys_fault(folder, server, monkeypatch):
    monkeypatch.setattr("hardenlab.cohort.grader.PATIENCE_SECONDS", 0)
    server.stop()
    with pytest.raises(EnvironmentProblem, match="cannot be reached"):
        grade_cohort(folder.root, LAB, again=True)
    with pytest.raises(EnvironmentProblem, match="what is graded stays"):
        _grade(folder, LAB, Piece("ada"), ())
