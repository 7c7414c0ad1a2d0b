"""The law can fail: little courses with one thing spoiled, each caught at its point."""

import shutil

import pytest

from hardenlab.course.load import load_course
from hardenlab.environment import find_environment
from hardenlab.law.ground import Ground
from hardenlab.law.run import ONCE, POINTS, prove_point
from hardenlab.model.problem import ContentProblem, UsageProblem
from helpers.direct import TINY

SCENARIO, CONTROLS = "scenarios/two_groups.py", "graders/tiny.py"
NOTEBOOK, FIXES, LAB = "labs/l1-tiny/1-groups.md", "labs/l1-tiny/fixes.py", "labs/l1-tiny/lab.toml"
ONE_GROUP = 'GroupId=lab.facts["groups"][0], IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"\n    )'


@pytest.fixture
def spoiled(tmp_path, moto_backend):
    """Copy the tiny course, replace one text in one file, and give a ground to prove it on."""

    def spoil(file, old, new):
        root = tmp_path / "course"
        shutil.copytree(TINY, root)
        text = (root / file).read_text()
        assert old in text, f"{old!r} is not in {file}"
        (root / file).write_text(text.replace(old, new))
        return Ground(load_course(root), find_environment("moto"), moto_backend)

    return spoil


def prove(ground, point):
    return prove_point(ground, ground.course.section("l1-tiny"), point, "law-1")


def failures(ground, point):
    return "\n".join(map(str, prove(ground, point).failures))


@pytest.mark.parametrize("point", [*POINTS, *(point for point in ONCE if point != "2 kernel")])
def test_the_sound_course_holds(tmp_path, moto_backend, point):
    ground = Ground(load_course(TINY), find_environment("moto"), moto_backend)
    proof = prove(ground, point)
    assert proof.claims and not proof.failures, failures(ground, point)


@pytest.mark.parametrize(
    ("point", "file", "old", "new", "told"),
    [
        ("1 seeds", SCENARIO, "ec2_group_ssh_closed", "s3_bucket_versioned", "ssh_open: expected failing"),
        ("1 seeds", SCENARIO, '"Status": "Enabled"', '"Status": "Suspended"', "healthy: expected failing tasks []"),
        ("1 seeds", SCENARIO, "if bucket in names", "if bucket not in names", "healthy: expected broken flows []"),
        ("1 seeds", CONTROLS, '"port 22 is open", evidence', '"open", nonsense', "every finding decided"),
        ("2 solutions", NOTEBOOK, '"Status": "Enabled"', '"Status": "Suspended"', "all 7 points"),
        ("2 solutions", NOTEBOOK, "for group in lab", "for group in nonsense", "every cell runs"),
        ("2 solutions", FIXES, "if ids:", "if not ids:", "by_rule_id"),
        ("3 alone", NOTEBOOK, 's3 = boto3.client("s3")\n', "", "names of the set-up cell only"),
        ("4 wrong fixes", FIXES, "GroupId=lab.facts[\"groups\"][0], Ip", "GroupId=\"sg-1\", Ip", "wrong fix runs"),
        ("4 wrong fixes", FIXES, "One of the two groups still admits SSH.", " ", "a reason for the learner"),
        ("8 documents", CONTROLS, "## Remediation\n    Revoke the rule.", "", "a section 'Remediation'"),
        ("8 documents", LAB, '"Look at port 22."', '"TODO: a nudge"', "finished prose"),
    ],
)  # fmt: skip
def test_what_is_spoiled_is_told(spoiled, point, file, old, new, told):
    assert told in failures(spoiled(file, old, new), point)


def test_a_line_of_a_solution_in_the_learners_prose_is_told(spoiled):
    line = 's3.put_bucket_versioning(Bucket=lab.facts["bucket"], VersioningConfiguration={"Status": "Enabled"})'
    ground = spoiled(NOTEBOOK, "Close SSH on both groups.", f"Close SSH on both groups, and then `{line}`.")
    assert "no statement of the solution" in failures(ground, "7 leaks")


def test_a_wrong_fix_that_passes_is_told(spoiled):
    ground = spoiled(FIXES, ONE_GROUP, f"{ONE_GROUP}\n    by_rule_id.function(lab)")
    assert "not passed" in failures(ground, "4 wrong fixes")


def test_a_failure_says_how_to_see_it_again(spoiled):
    ground = spoiled(NOTEBOOK, '"Status": "Enabled"', '"Status": "Suspended"')
    failure = prove(ground, "2 solutions").failures[0]
    assert failure.reproduce == "hardenlab validate l1-tiny/1-groups --variant law-1"


@pytest.mark.parametrize(
    ("point", "file", "old", "new", "only"),
    [
        ("1 seeds", SCENARIO, 'fails={"s3_bucket_versioned"}', 'fails={"which_port"}', "not_versioned"),
        ("1 seeds", SCENARIO, 'fails={"s3_bucket_versioned"}', 'fails={"which_port"}', "ssh_open+not_versioned"),
        ("3 alone", NOTEBOOK, "for group in lab", "for group in nonsense", "ec2_group_ssh_closed"),
        ("4 wrong fixes", FIXES, "One of the two groups still admits SSH.", " ", "only_one_group"),
    ],
)
def test_the_line_that_reproduces_a_failure_does(spoiled, point, file, old, new, only):
    ground = spoiled(file, old, new)
    found = {failure.only: failure for failure in prove(ground, point).failures}
    assert f" --only {only} --variant law-1" in found[only].reproduce
    again = prove_point(ground, ground.course.section("l1-tiny"), point, "law-1", only)
    assert found[only] in again.failures


@pytest.mark.parametrize("only", ["ec2_group_ssh_close", "ssh_open+nothing", "ssh_open+which_port", "+"])
def test_a_name_that_is_nowhere_is_told_and_does_not_hold(only):
    from hardenlab.law.run import prove as prove_all

    course = load_course(TINY)
    with pytest.raises(UsageProblem, match="no task, misconfiguration or fix is named"):
        prove_all(course, course.sections, ["law-1"], only=only)


def test_a_dangling_id_is_told_before_anything_starts(spoiled):
    from hardenlab.law.run import prove as prove_all

    ground = spoiled(LAB, 'fixes = ["ssh_open"]', 'fixes = ["ssh_opened"]')
    with pytest.raises(ContentProblem, match="Did you mean 'ssh_open'"):
        prove_all(ground.course, ground.course.sections, ["law-1"])
