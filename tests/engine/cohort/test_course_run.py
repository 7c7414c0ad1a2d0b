"""A course over its whole life: release, late and repeated submissions, a person's marks, re-grading, deletion."""

import json
import shutil

import pytest

from hardenlab.attempt.release import read_release
from hardenlab.cohort.build import init_course
from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.forget import forget, found_of
from hardenlab.cohort.gradebook import open_gradebook
from hardenlab.cohort.override import lift, override
from hardenlab.cohort.preview import preview_workspace
from hardenlab.cohort.regrade import apply, changed_marks
from hardenlab.cohort.release import parse_due, release_lab, variants_of
from hardenlab.cohort.report.gather import gather
from hardenlab.cohort.report.page import csv_table, html_page
from hardenlab.cohort.resubmission import choose_best, keep_submissions
from hardenlab.cohort.results import Result, read_results
from hardenlab.cohort.roster import extend, import_roster
from hardenlab.cohort.run import grade_cohort, told_of
from hardenlab.cohort.variants import expected_variant
from hardenlab.model.problem import UsageProblem
from helpers.classroom import LAB, NOTEBOOK, classroom, everything, half, nothing
from helpers.direct import TINY
from helpers.hidden import add_hidden_task

pytestmark = pytest.mark.xdist_group("course")  # one course for all tests, in the order in which they stand

LATE = "2026-11-02 13:00:00.000000 UTC"  # two days begun
VERSIONED = "s3_bucket_versioned"


@pytest.fixture(scope="module")
def room(tmp_path_factory, moto_backend):
    """A course whose labs the tests may change, with a released lab and three students."""
    labs = tmp_path_factory.mktemp("labs") / "tiny"
    shutil.copytree(TINY, labs, ignore=shutil.ignore_patterns("__pycache__"))
    add_hidden_task(labs)
    root = tmp_path_factory.mktemp("instructor") / "course"
    init_course(root, "cloudsec", labs)
    settings = root / "course.toml"
    settings.write_text(settings.read_text().replace("percent_per_day = 0 ", "percent_per_day = 25 "))
    folder = CourseFolder.open(root)
    roster = root / "class.csv"
    roster.write_text("id,first_name,extra_days\nada,Augusta,\ngrace,Grace,3\nalan,Alan,\n")
    import_roster(folder, roster)
    release_lab(folder, LAB, 3, parse_due("2026-11-01T12:30:00+00:00"))
    with classroom(folder, moto_backend) as room:
        yield room


@pytest.fixture(scope="module")
def graded(room):
    """All three handed in and were graded: Ada in time, Grace and Alan late, Grace with extra time."""
    room.submit("ada", everything)
    room.submit("grace", everything, LATE)
    room.submit("alan", everything, LATE)
    grade_cohort(room.folder.root, LAB, again=True)
    return room


def scores(folder):
    with open_gradebook(folder) as gradebook:
        return {
            item.student.id: (float(item.score), float(item.late_submission_penalty or 0))
            for item in gradebook.assignment_submissions(LAB)
        }


def foreign_variant(folder, student):
    """A variant of the release that is not the student's."""
    variants = read_release(folder.root / "source" / LAB).variants
    return next(one for one in variants if one != expected_variant(folder.root, LAB, student))


def needs_person(folder, student):
    with open_gradebook(folder) as gradebook:
        return bool(gradebook.find_submission(LAB, student).needs_manual_grade)


def test_a_release_holds_the_notebook_and_variants_and_no_secret(room):
    released = room.folder.root / "release" / LAB
    assert sorted(path.name for path in released.iterdir()) == [f"{NOTEBOOK}.ipynb", "variants.json"]
    before = {path.name: path.read_bytes() for path in released.iterdir()}
    assert len(read_release(released).variants) == 3 == variants_of(room.folder, LAB)
    for kept in (b"ec2_group_ssh_in_no_range", b"kept for grading", b"SOLUTION", b"revoke_security_group_ingress"):
        assert not [name for name, content in before.items() if kept in content]
    secret = (room.folder.root / ".hardenlab" / "course-secret").read_bytes().strip()
    for path in room.folder.root.rglob("*"):
        assert path.name == "course-secret" or not path.is_file() or secret not in path.read_bytes()


def test_another_number_of_variants_is_refused_while_learners_work(room):
    with pytest.raises(UsageProblem, match="was released with 3 variants"):
        release_lab(room.folder, LAB, None)


def test_a_preview_is_the_students_variant_in_a_workspace_of_the_instructors(room):
    workspace = preview_workspace(room.folder, LAB, "ada")
    assert workspace.variant(f"{LAB}/{NOTEBOOK}") == expected_variant(room.folder.root, LAB, "ada")
    assert workspace.notebook(f"{LAB}/{NOTEBOOK}").is_file()
    with pytest.raises(UsageProblem, match="is not released"):
        preview_workspace(room.folder, "another", "ada")


@pytest.mark.parametrize("text", ["tomorrow", "2026-12-01 23:59", ""])
def test_a_due_date_without_its_zone_is_told(text):
    with pytest.raises(UsageProblem, match=r"time zone|no date"):
        parse_due(text)


def test_each_works_in_his_variant_and_being_late_costs_unless_there_is_extra_time(graded):
    assert scores(graded.folder) == {"ada": (9, 0), "grace": (9, 0), "alan": (9, 4.5)}
    assert not any(needs_person(graded.folder, student) for student in ("ada", "grace", "alan"))
    variants = {result.student: result.assessment.earned for result in read_results(graded.folder.root, LAB)}
    assert variants == {"ada": 9, "grace": 9, "alan": 9}


def test_a_hidden_task_is_graded_and_shown_to_graders_and_was_in_no_students_hands(graded):
    place = graded.folder.root
    assert "no_range" not in (place / "submitted" / "ada" / LAB / f"{NOTEBOOK}.ipynb").read_text()
    cells = json.loads((place / "autograded" / "ada" / LAB / f"{NOTEBOOK}.ipynb").read_text())["cells"]
    (hidden,) = (cell for cell in cells if "no_range" in cell["metadata"].get("nbgrader", {}).get("grade_id", ""))
    assert "kept for grading" in "".join(hidden["source"]) and "missing" not in "".join(hidden["source"])
    assert "".join(hidden["outputs"][0]["data"]["text/plain"]) == "2"


def test_the_report_has_marks_of_the_gradebook_and_times_of_the_journals(graded):
    report = gather(graded.folder, LAB)
    ada = report.learners[0]
    assert (ada.id, ada.name, ada.earned, ada.waits) == ("ada", "Augusta", 9, False)
    assert ada.histories[NOTEBOOK].variant == expected_variant(graded.folder.root, LAB, "ada")
    assert [event.kind for event in ada.histories[NOTEBOOK].events] == ["call", "call", "call", "answer"]
    assert [(of.item.difficulty, of.mistakes) for of in report.tasks] == [(1, ())] * 4
    assert "Augusta" in html_page(report) and csv_table(report).count("\r\n") == 1 + 3 * 4
    with pytest.raises(UsageProblem, match="no lab 'another'"):
        gather(graded.folder, "another")


def test_the_best_submission_counts_where_the_course_says_so(graded):
    folder = graded.folder
    keep_submissions(folder, LAB)
    graded.submit("ada", half, "2026-11-01 12:10:00.000000 UTC")
    keep_submissions(folder, LAB)
    graded.submit("ada", everything, "2026-11-03 12:10:00.000000 UTC")
    (ada,) = choose_best(folder, LAB)
    assert (ada.student, ada.of, ada.earned) == ("ada", 3, 9) and ada.handed_in.startswith("2026-11-01 12:00:00")
    assert "2026-11-01 12:00:00" in (folder.root / "submitted" / "ada" / LAB / "timestamp.txt").read_text()


def test_a_persons_mark_and_an_extension_count_at_the_next_grading_and_nobody_is_asked_again(graded):
    folder, section = graded.folder, graded.folder.course().section(LAB)
    override(folder, section, "ada", VERSIONED, 1, "you said why in the interview")
    extend(folder, LAB, "alan", 1)
    assert scores(folder)["ada"][0] == 8
    graded.submit("copier", everything, variant=foreign_variant(folder, "copier"))
    grade_cohort(folder.root, LAB, again=True)
    assert scores(folder) == {"ada": (8, 0), "grace": (9, 0), "alan": (9, 2.25), "copier": (0, 0)}
    assert [name for name in scores(folder) if needs_person(folder, name)] == ["copier"], "his variant is another"
    forget(folder, "copier")
    with pytest.raises(UsageProblem, match="from 0 to 2 points"):
        override(folder, section, "ada", VERSIONED, 3, "x")
    with pytest.raises(UsageProblem, match="no graded submission"):
        override(folder, section, "nobody", VERSIONED, 1, "x")
    with pytest.raises(UsageProblem, match="Did you mean"):
        override(folder, section, "ada", "s3_bucket_version", 1, "x")


def test_regrading_tells_whose_marks_change_and_why_and_writes_only_then(graded):
    """A task is given 5 points instead of 2, and a control is mended that looked away from something."""
    folder = graded.folder
    labs = folder.course().root
    rubric, grader = labs / "labs" / LAB / "lab.toml", labs / "graders" / "tiny.py"
    rubric.write_text(rubric.read_text().replace('points = 2\nfixes = ["not', 'points = 5\nfixes = ["not'))
    text = grader.read_text()
    grader.write_text(text.replace("    groups = account", f"{STRICTER}    groups = account"))
    before = scores(folder)
    changes = changed_marks(folder, LAB)
    assert {(c.student, c.task) for c in changes} == {
        (student, task) for student in ("ada", "alan", "grace") for task in (VERSIONED, "ec2_group_ssh_closed")
    }
    by_task = {(c.student, c.task): c for c in changes}
    points = by_task["alan", VERSIONED]
    assert (points.before, points.after, points.points_after, points.kept) == (2, 5, 5, None)
    assert points.why == "the task has 5 points, and had 2"
    assert by_task["ada", VERSIONED].kept == 1
    control = by_task["grace", "ec2_group_ssh_closed"]
    assert (control.before, control.after) == (4, 2.67)
    assert "2 of 3 mended" in control.why and "the new rule" in control.why and "before: passed" in control.why
    assert scores(folder) == before, "nothing is written before it is asked for"
    apply(folder, LAB)
    assert changed_marks(folder, LAB) == []
    assert {student: score for student, (score, _) in scores(folder).items()} == {
        "ada": 6.67,
        "grace": 10.67,
        "alan": 10.67,
    }
    assert needs_person(folder, "ada"), "what was overridden has changed: a person looks again"
    lift(folder, folder.course().section(LAB), "ada", VERSIONED)
    assert scores(folder)["ada"][0] == 10.67


STRICTER = """    yield failed("the-account", "the new rule")
"""


def test_a_submission_that_can_no_longer_be_judged_says_so(graded):
    place = graded.submit("grace", nothing)
    journal = place / f"{NOTEBOOK}.journal"
    journal.write_bytes(journal.read_bytes()[:-30])
    graded.submit("alan", everything, variant=foreign_variant(graded.folder, "alan"))
    why = {(change.student, change.why) for change in changed_marks(graded.folder, LAB)}
    assert {student for student, _ in why} == {"alan", "grace"}
    assert ("alan", "the journal is of another variant than the student's. Ask whose work it is.") in why
    assert all("journal" in text for _, text in why)
    assert set(apply(graded.folder, LAB).problems) == {"alan", "grace"}, "written or not, a person must look"


def test_a_student_whose_notebooks_have_several_problems_is_told_of_all():
    found = [
        Result("ada", "1-a", None, "the journal is missing."), Result("ada", "2-b", None, ""),
        Result("ada", "3-c", None, "the journal is corrupted."), Result("bob", "1-a", None, ""),
    ]  # fmt: skip
    assert told_of(found, named=True) == {"ada": "1-a: the journal is missing. 3-c: the journal is corrupted."}
    assert told_of(found[:1], named=False) == {"ada": "the journal is missing."}


def test_forgetting_a_learner_leaves_nothing_of_him_and_everything_of_the_others(graded):
    folder = graded.folder
    found = found_of(folder, "ada")
    assert {line.split("/")[-2] for line in found if line.endswith("/ada")} >= {"submitted", "autograded", LAB}
    assert any("gradebook" in line for line in found) and any("students.csv" in line for line in found)
    forget(folder, "ada")
    assert found_of(folder, "ada") == []
    assert b"Augusta" not in (folder.root / "gradebook.db").read_bytes(), "deleted rows are not left in the file"
    assert set(scores(folder)) == {"grace", "alan"}
    left = [path for path in folder.root.rglob("*") if path.is_file() and path.suffix != ".db"]
    assert [path.name for path in left if b"ada," in path.read_bytes() or "/ada/" in str(path)] == ["class.csv"]
    with pytest.raises(UsageProblem, match="cannot be a learner's id"):
        forget(folder, "../grace")
