"""A hidden task in a cohort: in no file of the release, and in the gradebook with its marks."""

import pytest

from hardenlab.cohort.build import init_course
from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.gradebook import open_gradebook
from hardenlab.cohort.release import release_lab
from hardenlab.cohort.run import grade_cohort
from helpers.classroom import LAB, NOTEBOOK, SSH, classroom, close_ssh, everything
from helpers.hidden import SECRETS, tiny_with_a_hidden_task

pytestmark = pytest.mark.xdist_group("hidden")
HIDDEN = "ec2_group_ssh_in_no_range"


@pytest.fixture(scope="module")
def room(tmp_path_factory, moto_backend):
    labs = tiny_with_a_hidden_task(tmp_path_factory.mktemp("labs") / "tiny")
    root = tmp_path_factory.mktemp("instructor") / "course"
    init_course(root, "cloudsec", labs)
    folder = CourseFolder.open(root)
    release_lab(folder, LAB, 1)
    with classroom(folder, moto_backend) as room:
        yield room


def wide_instead(account):
    """SSH is closed as the public check looks for it, and open in a range."""
    close_ssh(account)
    for group in account.world.facts["groups"]:
        account.client("ec2").authorize_security_group_ingress(GroupId=group, **SSH | {"FromPort": 21, "ToPort": 23})


def test_no_file_of_the_release_holds_any_of_it(room):
    files = [path for path in (room.folder.root / "release").rglob("*") if path.is_file()]
    assert [path.name for path in files if path.name == f"{NOTEBOOK}.ipynb"]
    assert not [(path, secret) for path in files for secret in SECRETS if secret.encode() in path.read_bytes()]


def test_its_marks_are_in_the_gradebook(room):
    room.submit("ada", everything)
    room.submit("alan", wide_instead)
    grade_cohort(room.folder.root, LAB, again=True)
    with open_gradebook(room.folder) as gradebook:
        marks = {
            student: {
                grade.name: (grade.score, grade.max_score)
                for grade in gradebook.find_submission_notebook(NOTEBOOK, LAB, student).grades
            }
            for student in ("ada", "alan")
        }
    assert marks["ada"][HIDDEN] == (2, 2) and sum(score for score, _ in marks["ada"].values()) == 9
    assert marks["alan"][HIDDEN] == (0, 2) and marks["alan"]["ec2_group_ssh_closed"] == (4, 4)
