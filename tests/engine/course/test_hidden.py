"""Hidden tasks: judged in grading, unknown to the learner's check, and in no file that a learner gets."""

import pytest

from hardenlab.course.criteria import criteria_of
from hardenlab.course.load import load_course
from hardenlab.course.student import write_student_course
from hardenlab.environment import find_environment
from hardenlab.law.ground import Ground
from hardenlab.law.run import ONCE, POINTS, prove_point
from hardenlab.model.problem import ContentProblem, UsageProblem
from hardenlab.notebook.display.text import assessment_text, overview_text
from helpers.hidden import SECRETS, tiny_with_a_hidden_task


@pytest.fixture
def root(tmp_path):
    return tiny_with_a_hidden_task(tmp_path / "course")


@pytest.fixture
def ground(root, moto_backend):
    return Ground(load_course(root), find_environment("moto"), moto_backend)


def replace(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_no_file_of_the_student_build_holds_any_of_it(root, tmp_path):
    course = load_course(root)
    files = write_student_course(course, tmp_path / "student")
    assert {path.name for path in files} >= {"lab.toml", "1-groups.md", "tiny.py", "two_groups.py", "rows.toml"}
    assert not [path for path in files if path.name == "fixes.py" or "hidden" in path.parts]
    found = [(path, secret) for path in files for secret in SECRETS if secret.encode() in path.read_bytes()]
    assert not found


def test_the_student_build_is_a_course_that_knows_how_many_tasks_are_kept_back(root, tmp_path):
    write_student_course(load_course(root), tmp_path / "student")
    course = load_course(tmp_path / "student")
    section = course.section("l1-tiny")
    assert [task.id for task in section.tasks] == ["ec2_group_ssh_closed", "s3_bucket_versioned", "which_port"]
    assert section.withheld == 1
    assert criteria_of(course, section).section == load_course(root).section("l1-tiny").public()


def test_nothing_is_written_over_by_a_student_build(root, tmp_path):
    with pytest.raises(UsageProblem, match="Name a new folder"):
        write_student_course(load_course(root), root)


def test_the_learners_check_leaves_it_out_and_grading_does_not(ground):
    section = ground.course.section("l1-tiny")
    with ground.world(section, "law-1") as world, ground.live(section, world) as live:
        for group in world.facts["groups"]:
            rule = {"GroupId": group, "IpProtocol": "tcp", "CidrIp": "0.0.0.0/0"}
            live.client("ec2").revoke_security_group_ingress(**rule, FromPort=22, ToPort=22)
            live.client("ec2").authorize_security_group_ingress(**rule, FromPort=21, ToPort=23)
        told = live.attempt.check()["assessment"]
        assert {task["task"]: task["status"] for task in told["tasks"]} == {
            "ec2_group_ssh_closed": "passed", "s3_bucket_versioned": "failed", "which_port": "failed",
        }  # fmt: skip
        assert (told["points"], told["withheld"]) == (7, 1)
        graded = live.assess()
        assert (graded.task("ec2_group_ssh_in_no_range").earned, graded.points, graded.withheld) == (0, 9, 0)
        with pytest.raises(UsageProblem, match="no task 'ec2_group_ssh_in_no_range'"):
            live.attempt.check("ec2_group_ssh_in_no_range")


def test_a_learner_who_has_done_all_reads_that_more_is_checked(ground):
    section = ground.course.section("l1-tiny")
    with ground.world(section, "law-1", flags=()) as world, ground.live(section, world) as live:
        live.attempt.answer("which_port", "b")
        result = live.attempt.check()
        assert assessment_text(result).startswith(
            "l1-tiny/1-groups: 7 of 7 points, public checks passed. 1 hidden check is made in grading"
        )
        assert "1 hidden check is made in grading" in overview_text(live.attempt.overview())
        result["assessment"]["withheld"] = 0
        assert assessment_text(result).startswith("l1-tiny/1-groups: 7 of 7 points, all 3 tasks passed")


@pytest.mark.parametrize("point", [*POINTS, *(point for point in ONCE if point != "2 kernel")])
def test_the_law_holds_with_a_hidden_task(ground, point):
    proof = prove_point(ground, ground.course.section("l1-tiny"), point, "law-1")
    assert proof.claims and not proof.failures, "\n".join(map(str, proof.failures))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("labs/l1-tiny/1-groups.md", "Close SSH on both groups.", "Close SSH in ranges, too."),
        ("graders/tiny.py", "Because this is a test.", "See also ec2_group_ssh_in_no_range."),
    ],
)
def test_what_gives_it_away_is_told(root, moto_backend, file, old, new):
    replace(root / file, old, new)
    ground = Ground(load_course(root), find_environment("moto"), moto_backend)
    failures = prove_point(ground, ground.course.section("l1-tiny"), "7 leaks", "law-1").failures
    assert [failure.about for failure in failures if file.split("/")[-1] in failure.measured]


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        ("labs/l1-tiny/lab.toml", "hidden = true\n", "hidden = true\nhints = ['a', 'b', 'c']\n", "no hints"),
        ("labs/l1-tiny/lab.toml", "hidden = true\n", "hidden = 'yes'\n", "`hidden` is true or false"),
        ("labs/l1-tiny/lab.toml", 'id = "which_port"\n', 'id = "which_port"\nhidden = true\n', "only for a task with"),
        ("labs/l1-tiny/lab.toml", "hidden = true\n", "hints = ['a', 'b', 'c']\n", "is public, and its control is in"),
        ("scenarios/two_groups.py", '"ec2_group_ssh_closed"', '"ec2_group_ssh_in_no_range"', "fails the unknown task"),
    ],
)  # fmt: skip
def test_a_rubric_that_would_give_it_away_is_told(root, file, old, new, sentence):
    replace(root / file, old, new)
    with pytest.raises(ContentProblem, match=sentence):
        course = load_course(root)
        criteria_of(course, course.section("l1-tiny"))
