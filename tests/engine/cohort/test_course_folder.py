"""The instructor's folder: its settings, its roster, extra time and what being late costs."""

from datetime import timedelta

import pytest

from hardenlab.cli.course import students as show_students
from hardenlab.cohort.build import init_course
from hardenlab.cohort.folder import SETTINGS, CourseFolder, LatePolicy
from hardenlab.cohort.roster import extend, extra_times, import_roster, read_students, roster
from hardenlab.model.problem import UsageProblem
from helpers.direct import TINY

pytestmark = pytest.mark.xdist_group("course")


@pytest.fixture
def folder(tmp_path):
    return init_course(tmp_path / "course", "cloudsec", TINY)


def students(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "class.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_a_new_course_has_all_that_nbgrader_needs_and_is_its_owners_alone(folder):
    assert {path.name for path in folder.root.iterdir()} == {
        ".gitignore", ".hardenlab", "course.toml", "nbgrader_config.py", "source", "students.csv",
    }  # fmt: skip
    assert folder.root.stat().st_mode & 0o777 == 0o700
    assert folder.database_url == f"sqlite:///{folder.root}/gradebook.db"
    assert list(folder.course().labs) == ["l1-tiny"]


def test_making_a_course_twice_changes_nothing(folder):
    secret = (folder.root / ".hardenlab" / "course-secret").read_bytes()
    (folder.root / SETTINGS).write_text('id = "mine"\n')
    assert init_course(folder.root, "cloudsec").id == "mine"
    assert (folder.root / ".hardenlab" / "course-secret").read_bytes() == secret


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(UsageProblem, match="is not empty"):
        init_course(tmp_path, "cloudsec")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("", "`id` names the course"),
        ('id = "a/b"', "`id` names the course"),
        ('id = "a"\nresubmision = "best"', "Did you mean 'resubmission'"),
        ('id = "a"\nresubmission = "first"', "'last' or 'best'"),
        ('id = "a"\nrun_notebooks = "yes"', "true or false"),
        ('id = "a"\ndatabase = 3', "`database` must be text"),
        ('id = "a"\n[late]\npercent_per_day = -1', "a number from 0 on"),
        ('id = "a"\n[late]\npercent_per_day = nan', "a number from 0 on"),
        ('id = "a"\n[late]\npercent = 1', "unknown setting"),
        ('id = "a"\nlate = 3', "`late` is a table"),
        ("id = ", "not valid TOML"),
    ],
)
def test_a_wrong_setting_is_told_in_a_sentence(tmp_path, settings, told):
    (tmp_path / SETTINGS).write_text(settings)
    with pytest.raises(UsageProblem, match=told):
        CourseFolder.open(tmp_path)


def test_an_empty_roster_says_how_to_fill_it(folder, capsys):
    show_students(course_dir=folder.root)
    assert capsys.readouterr().out == "Nobody is enrolled: hardenlab course students FILE.csv imports a roster.\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("id,first_name,last_name,extra_days\nada,Ada,\"Love, Lace\",1.5\ngrace,Grace,Hopper,\n", "utf-8"),
        ("id;first_name;last_name;extra_days\r\nada;Ada;Love, Lace;1.5\r\n\r\ngrace;Grace;Hopper;\r\n", "utf-8-sig"),
        ("ID\tFirst_Name\tlast_name\textra_days\tgroup\nada\tAda\tLove, Lace\t1.5\tB\ngrace\tGrace\tHopper\n", "utf-8"),
    ],
)  # fmt: skip
def test_a_roster_is_read_as_spreadsheets_write_it(tmp_path, text, encoding):
    ada, grace = read_students(students(tmp_path, text, encoding))
    assert (ada.id, ada.first_name, ada.last_name, ada.extra_days) == ("ada", "Ada", "Love, Lace", 1.5)
    assert (grace.id, grace.extra_days) == ("grace", 0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: no column is named 'id'"),
        ("name,mail\nada,x\n", "It has: name, mail"),
        ("id,emial\nada,x\n", "Did you mean 'email'"),
        ("id\nada\n../x\nAda\n", "line 3: .*cannot be a learner's id.*; line 4: the id 'Ada' is on line 2"),
        ("id,extra_days\nada,soon\n", "line 2: 'soon' is no number of days"),
        ("id,extra_days\nada,nan\n", "line 2: 'nan' is no number of days"),
        ("id,email\nada,a@x,b\n", "3 fields where the header has 2"),
        ('id,email\nada,"a@x\n', "not valid CSV"),
        (f"id,email\nada,{'x' * 201}\n", "more than 200 characters"),
    ],
)
def test_every_mistake_of_a_roster_is_told_with_its_line_and_nothing_changes(folder, tmp_path, text, told):
    with pytest.raises(UsageProblem, match=told):
        import_roster(folder, students(tmp_path, text))
    assert roster(folder.root) == []


def test_a_roster_in_another_encoding_is_told(tmp_path):
    with pytest.raises(UsageProblem, match="is not UTF-8"):
        read_students(students(tmp_path, "id,last_name\nada,Lövelace\n", "latin-1"))


def test_a_second_import_tells_what_is_new_changed_and_missing_and_deletes_nobody(folder, tmp_path):
    import_roster(folder, students(tmp_path, "id,email\nada,a@x\ngrace,g@x\n"))
    done = import_roster(folder, students(tmp_path, "id,email\nada,new@x\nalan,t@x\n"))
    assert (done.added, done.changed, done.missing) == (("alan",), ("ada",), ("grace",))
    assert [student.id for student in roster(folder.root)] == ["ada", "alan", "grace"]
    assert (folder.root / "students.csv").stat().st_mode & 0o777 == 0o600


def test_an_extension_of_one_lab_stands_before_the_rosters_extra_time(folder, tmp_path):
    import_roster(folder, students(tmp_path, "id,extra_days\nada,2\ngrace,\n"))
    assert extra_times(folder.root, "l1-tiny") == {"ada": timedelta(days=2)}
    extend(folder, "l1-tiny", "ada", 5)
    extend(folder, "l1-tiny", "grace", 0.5)
    assert extra_times(folder.root, "l1-tiny") == {"ada": timedelta(days=5), "grace": timedelta(hours=12)}
    assert extra_times(folder.root, "another") == {"ada": timedelta(days=2)}
    extend(folder, "l1-tiny", "ada", 0)
    assert extra_times(folder.root, "l1-tiny")["ada"] == timedelta(days=2)
    with pytest.raises(UsageProblem, match="from 0 to 365 days"):
        extend(folder, "l1-tiny", "ada", -1)


@pytest.mark.parametrize(
    ("seconds", "share"), [(0, 0), (600, 0), (601, 0.1), (86_400, 0.1), (86_401, 0.2), (10 * 86_400, 0.5)]
)
def test_each_day_begun_costs_its_share_after_the_grace_and_up_to_the_most(seconds, share):
    assert LatePolicy(percent_per_day=10, grace_minutes=10, at_most_percent=50).share(seconds) == pytest.approx(share)
