"""A new unit fails the law in the right places, and its tests fail until they are written."""

import shutil

import pytest
from typer.testing import CliRunner

from hardenlab.cli import app
from hardenlab.course.criteria import criteria_of
from hardenlab.course.load import load_course
from hardenlab.course.scaffold import scaffold
from hardenlab.environment import find_environment
from hardenlab.law.ground import Ground
from hardenlab.law.run import prove_point
from hardenlab.model.problem import ContentProblem, UsageProblem
from helpers.direct import TINY


@pytest.fixture
def copied(tmp_path):
    shutil.copytree(TINY, tmp_path / "course")
    (tmp_path / "course" / "tests" / "graders").mkdir(parents=True)
    return tmp_path / "course"


def test_a_new_section_is_one_more_of_its_lab_and_names_what_is_missing(copied):
    made = scaffold(copied, "section", "l1-tiny/2-later")
    assert [path.relative_to(copied).as_posix() for path in made] == [
        "labs/l1-tiny/lab.toml", "labs/l1-tiny/2-later.md", "scenarios/later.py",
    ]  # fmt: skip
    course = load_course(copied)
    assert [section.id for section in course.sections] == ["l1-tiny/1-groups", "l1-tiny/2-later"]
    with pytest.raises(ContentProblem, match="unknown control 'todo_control'"):
        criteria_of(course, course.section("l1-tiny/2-later"))
    criteria_of(course, course.section("l1-tiny/1-groups"))


def test_a_new_control_comes_with_tests_that_ask_for_cases(copied):
    control, tests = scaffold(copied, "control", "ec2_volume_encrypted")
    assert "def ec2_volume_encrypted(account)" in control.read_text()
    text = tests.read_text()
    compile(text, str(tests), "exec")
    assert 'CONTROL = "ec2_volume_encrypted"' in text and "TODO" in text


def test_a_new_lab_has_one_section_and_asks_for_its_control(copied):
    scaffold(copied, "lab", "m9-new")
    course = load_course(copied)
    assert [section.id for section in course.lab("m9-new").sections] == ["m9-new/1-todo"]
    with pytest.raises(ContentProblem, match=r"Make it: hardenlab new control todo_control\."):
        criteria_of(course, course.section("m9-new/1-todo"))


def test_a_new_lab_with_its_control_fails_the_law_in_the_right_places(copied, moto_backend):
    scaffold(copied, "lab", "m9-new")
    scaffold(copied, "control", "todo_control")
    ground = Ground(load_course(copied), find_environment("moto"), moto_backend)
    section = ground.course.section("m9-new/1-todo")
    points = ("1 seeds", "2 solutions", "8 documents")
    told = {point: prove_point(ground, section, point, "law-1").failures for point in points}
    assert [failure.expected for failure in told["1 seeds"] if failure.expected == "every finding decided"]
    assert [failure.expected for failure in told["2 solutions"] if failure.expected == "all 1 points"]
    assert {"finished prose", "references"} <= {failure.expected for failure in told["8 documents"]}


@pytest.mark.parametrize(
    ("kind", "name", "sentence"),
    [
        ("section", "nowhere/1-a", "there is no lab 'nowhere'"),
        ("section", "l1-tiny", "is no id for a section: write it like m3-network/2-segmentation"),
        ("section", "../x/1", "is no id for a section"),
        ("section", "l1-tiny/1-groups", "exists already"),
        ("chapter", "x", "nothing of the kind 'chapter'"),
    ],
)
def test_a_name_that_does_not_fit_is_told(copied, kind, name, sentence):
    with pytest.raises(UsageProblem, match=sentence):
        scaffold(copied, kind, name)


def test_a_whole_lab_can_be_validated_by_its_name(copied):
    scaffold(copied, "section", "l1-tiny/2-later")
    result = CliRunner().invoke(app, ["--course", str(copied), "validate", "l1-tiny"])
    assert isinstance(result.exception, ContentProblem)  # and no question which of its sections was meant
    assert "the task 'todo_control' names the unknown control" in str(result.exception)
