"""Marks for other systems: on a real gradebook, with names that would break a file or compute something."""

import csv
import io

import pytest

from hardenlab.cohort.build import init_course
from hardenlab.cohort.exports import export
from hardenlab.cohort.folder import SETTINGS, CourseFolder
from hardenlab.cohort.gradebook import open_gradebook
from hardenlab.cohort.spreadsheet import safe
from hardenlab.model.problem import UsageProblem
from helpers.direct import TINY

pytestmark = pytest.mark.xdist_group("course")

NAME = 'O"Neil, \n=HYPERLINK("http://x")'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A gradebook in which Ada has 5.5 of 7 and lost 1, Grace waits for a person, and Alan handed in nothing."""
    folder = init_course(tmp_path_factory.mktemp("exports") / "course", "cloudsec", TINY)
    settings = folder.root / SETTINGS
    settings.write_text(settings.read_text() + '\n[columns]\nl1-tiny = "Tiny lab (4711)"\n')
    folder = CourseFolder.open(folder.root)
    with open_gradebook(folder) as gradebook:
        gradebook.add_assignment("l1-tiny")
        gradebook.add_notebook("1-groups", "l1-tiny")
        gradebook.add_grade_cell("ssh", "1-groups", "l1-tiny", max_score=7, cell_type="code")
        gradebook.add_student("ada", first_name="=1+1", last_name=NAME, email="ada@x", lms_user_id="77")
        gradebook.add_student("grace", first_name="Grace", last_name="-Hopper", email="@grace")
        gradebook.add_student("alan")
        for student, earned, waits in (("ada", 5.5, False), ("grace", 3, True)):
            gradebook.add_submission("l1-tiny", student)
            grade = gradebook.find_grade("ssh", "1-groups", "l1-tiny", student)
            grade.auto_score, grade.needs_manual_grade = earned, waits
            if student == "ada":
                grade.notebook.late_submission_penalty = 1
        gradebook.db.commit()
    return folder


def table(folder, layout, labs=()):
    with open_gradebook(folder) as gradebook:
        return list(csv.DictReader(io.StringIO(export(gradebook, layout, labs, folder.columns), newline="")))


def test_plain_csv_has_nbgraders_columns_quoted(folder):
    rows = {row["student_id"]: row for row in table(folder, "csv")}
    assert {name: row["score"] for name, row in rows.items()} == {"ada": "4.5", "grace": "3", "alan": "0"}
    assert rows["ada"]["last_name"] == NAME and rows["ada"]["first_name"] == "'=1+1"
    assert rows["ada"]["raw_score"] == "5.5" and rows["ada"]["max_score"] == "7"


def test_canvas_has_points_possible_ids_and_blanks_for_what_is_not_settled(folder):
    possible, *rows = table(folder, "canvas", ["l1-tiny"])
    assert list(possible) == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Tiny lab (4711)"]
    assert possible["Student"] == "Points Possible" and possible["Tiny lab (4711)"] == "7"
    by_id = {row["SIS User ID"]: row for row in rows}
    assert by_id["ada"]["ID"] == "77" and by_id["ada"]["Tiny lab (4711)"] == "4.5"
    assert by_id["grace"]["Student"] == "'-Hopper, Grace" and by_id["grace"]["Tiny lab (4711)"] == ""
    assert by_id["alan"]["Student"] == "alan" and by_id["alan"]["Tiny lab (4711)"] == ""


def test_moodle_maps_by_id_number_or_email(folder):
    rows = {row["ID number"]: row for row in table(folder, "moodle")}
    assert rows["77"]["Tiny lab (4711)"] == "4.5" and rows["77"]["Email address"] == "ada@x"
    assert rows["grace"]["Email address"] == "'@grace"


def test_an_unknown_layout_or_lab_is_told_with_what_there_is(folder):
    with pytest.raises(UsageProblem, match="Did you mean 'canvas'"):
        table(folder, "canvass")
    with pytest.raises(UsageProblem, match="Did you mean 'l1-tiny'"):
        table(folder, "csv", ["l1-tyny"])


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx", "  =1", "＝1"])
def test_a_text_that_a_spreadsheet_would_compute_becomes_text(text):
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize(("value", "cell"), [(-1.5, "-1.5"), (3, "3"), (None, ""), ("a=b", "a=b"), ("x-y", "x-y")])
def test_numbers_and_ordinary_text_stay_as_they_are(value, cell):
    assert safe(value) == cell
