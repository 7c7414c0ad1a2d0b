"""The lab object, against a real server of the tiny course."""

import json
import os
import stat
import subprocess
import sys

import boto3
import pytest

import hardenlab
from hardenlab.attempt.client import running
from hardenlab.model.problem import Problem, UsageProblem
from hardenlab.notebook.display.shown import MIME
from helpers.workspaces import SECTION, VENV, kill_server

SSH, VERSIONS = "ec2_group_ssh_closed", "s3_bucket_versioned"


def close_ssh(lab, groups=None):
    for group in groups or lab.facts["groups"]:
        boto3.client("ec2").revoke_security_group_ingress(
            GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
        )


def open_ssh(lab):
    boto3.client("ec2").authorize_security_group_ingress(
        GroupId=lab.facts["groups"][0], IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
    )


def keep_versions(lab):
    boto3.client("s3").put_bucket_versioning(Bucket=lab.facts["bucket"], VersioningConfiguration={"Status": "Enabled"})


def status(result, task):
    return next(item["status"] for item in result.data["assessment"]["tasks"] if item["task"] == task)


def test_a_kernel_loads_nothing_of_the_account():
    code = (
        "import sys, hardenlab, hardenlab.notebook.lab\n"
        "heavy = {'boto3', 'botocore', 'moto', 'jupytext', 'nbformat', 'hardenlab.assess', 'hardenlab.course'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_opening_points_plain_boto3_at_the_account(kernel, monkeypatch):
    boto3.DEFAULT_SESSION = boto3.Session(aws_access_key_id="AKIAREAL", aws_secret_access_key="real")
    for name, value in {
        "AWS_PROFILE": "work",
        "AWS_SESSION_TOKEN": "real",
        "AWS_ENDPOINT_URL_EC2": "https://ec2.us-east-1.amazonaws.com",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "AWS_ROLE_ARN": "arn:aws:iam::1:role/x",
        "AWS_PAGER": "cat",
    }.items():
        monkeypatch.setenv(name, value)
    lab = hardenlab.lab(SECTION)
    assert [vpc["VpcId"] for vpc in boto3.client("ec2").describe_vpcs()["Vpcs"] if not vpc["IsDefault"]] == [
        lab.facts["vpc"]
    ]
    assert {name for name in os.environ if name.startswith("AWS_")} == {
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL",
        "AWS_EC2_METADATA_DISABLED", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_PAGER",
    }  # fmt: skip


def test_the_aws_files_are_the_learners_alone(lab, workspace):
    for name in ("config", "credentials"):
        path = workspace.aws / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert SECTION in path.read_text()


def test_the_lab_shows_its_overview(lab):
    shown = repr(lab)
    assert "Two security groups and a bucket" in shown
    assert "Close SSH" in shown and "4 points" in shown
    assert lab.facts["vpc"] in shown
    assert "text/html" in lab._repr_mimebundle_()


def test_a_check_follows_the_account(lab):
    before = lab.check()
    assert status(before, SSH) == "failed" and not before.passed
    close_ssh(lab)
    keep_versions(lab)
    lab.answer("which_port", "b")
    after = lab.check()
    assert after.passed and after.earned == after.points == 7
    assert "Close SSH: was FAILED, is PASSED." in repr(after)


def test_the_command_line_prints_what_the_notebook_holds(lab, workspace):
    lab.check()
    close_ssh(lab)
    lab.check()
    held = lab.check()._repr_mimebundle_()[MIME]
    command = [VENV / "hardenlab", "--workspace", workspace.root, "check", SECTION, "--json"]
    printed = json.loads(subprocess.run(command, capture_output=True, text=True).stdout)
    assert held.pop("seconds") > 0 and printed.pop("seconds") > 0
    assert printed == held


def test_one_task_is_checked_alone(lab):
    keep_versions(lab)
    assert lab.check(VERSIONS).passed
    assert not lab.check(SSH).passed


def test_a_check_names_the_call_that_broke_something(lab):
    close_ssh(lab)
    assert lab.check(SSH).passed
    keep_versions(lab)
    open_ssh(lab)
    shown = lab.check(SSH)
    assert "was PASSED, is PARTIAL. Call" in repr(shown)
    assert "ec2:AuthorizeSecurityGroupIngress, broke it." in repr(shown)
    assert "ec2:AuthorizeSecurityGroupIngress, broke it." in shown._repr_mimebundle_()["text/html"]


def test_undo_reset_and_checkpoints_go_back(lab):
    close_ssh(lab)
    assert "'halfway'" in repr(lab.checkpoint("halfway"))
    open_ssh(lab)
    assert "ec2:AuthorizeSecurityGroupIngress" in repr(lab.undo())
    assert lab.check(SSH).passed
    open_ssh(lab)
    lab.rewind("halfway")
    assert lab.check(SSH).passed
    assert len(lab.journal().data["calls"]) == 2
    assert "ec2:RevokeSecurityGroupIngress" in repr(lab.journal())
    lab.reset()
    assert not lab.check(SSH).passed
    assert repr(lab.journal()) == "No call has changed the account yet."


def test_hints_come_one_by_one_and_then_the_solution(lab):
    hints = [repr(lab.hint(VERSIONS)) for _ in range(4)]
    assert "Hint 1 of 3" in hints[0] and "The next one" in hints[0]
    assert "Hint 3 of 3" in hints[2] and "lab.solution" in hints[2]
    assert hints[3] == hints[2]
    assert "put_bucket_versioning(" in repr(lab.solution(VERSIONS))


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda lab: lab.check("ec2_group_ssh_close"), f"no task 'ec2_group_ssh_close'. Did you mean '{SSH}'"),
        (lambda lab: lab.hint("nothing"), "no task 'nothing'"),
        (lambda lab: lab.answer(SSH, "b"), "is not a question"),
        (lambda lab: lab.answer("which_port", "z"), "none of the choices a, b, c"),
        (lambda lab: lab.undo(), "nothing to undo"),
        (lambda lab: lab.rewind("there"), "no checkpoint 'there'"),
        (lambda lab: lab.facts["grups"], "no fact 'grups'. Did you mean 'groups'"),
        (lambda lab: hardenlab.lab("l1-tiny/2-groups"), "no lab or section 'l1-tiny/2-groups'"),
        (lambda lab: hardenlab.lab("l1-tiny"), "by its lab and section"),
        (lambda lab: hardenlab.lab("../../etc"), "by its lab and section"),
    ],
)
def test_a_mistake_is_one_sentence(lab, ask, sentence):
    with pytest.raises(UsageProblem if "fact" in sentence or "by its" in sentence else Problem) as caught:
        ask(lab)
    assert sentence in str(caught.value)
    assert caught.value._render_traceback_() == [str(caught.value)]
    assert "\n" not in str(caught.value)


def test_facts_are_a_mapping(lab):
    assert set(lab.facts) == {"vpc", "groups", "bucket"}
    assert "nothing" not in lab.facts
    assert lab.facts.get("nothing") is None


def test_without_a_workspace_a_sentence_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("HARDENLAB_WORKSPACE", str(tmp_path))
    with pytest.raises(UsageProblem, match=r"no workspace of hardenlab\. Make one with: hardenlab open"):
        hardenlab.lab(SECTION)


def test_a_restarted_kernel_finds_everything(lab):
    keep_versions(lab)
    again = hardenlab.lab(SECTION)
    assert again.check(VERSIONS).passed
    assert again.facts == lab.facts


def test_a_killed_server_is_started_again_with_everything_kept(lab, workspace, capsys):
    close_ssh(lab)
    killed = kill_server(workspace)
    assert lab.check(SSH).passed
    assert "It runs again, and what you did is kept." in capsys.readouterr().err
    assert running(workspace, SECTION).pid != killed.pid


def test_a_boto3_call_brings_a_killed_server_back(lab, workspace, capsys):
    ec2 = boto3.client("ec2")
    close_ssh(lab)
    kill_server(workspace)
    vpc = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    assert "It runs again" in capsys.readouterr().err
    vpcs = [item["VpcId"] for item in ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.99.0.0/16"]}])["Vpcs"]]
    assert vpcs == [vpc]
    assert lab.check(SSH).passed


def test_two_that_open_a_new_section_at_once_get_one_server(tmp_path):
    from helpers.workspaces import tiny_workspace

    code = (
        "import sys; from pathlib import Path; from hardenlab.attempt.client import ensure_running\n"
        "from hardenlab.attempt.workspace import Workspace\n"
        f"print(ensure_running(Workspace(Path(sys.argv[1])), {SECTION!r}).pid)"
    )
    with tiny_workspace(tmp_path):
        command = [VENV / "python", "-c", code, str(tmp_path)]
        runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        assert len({run.communicate()[0] for run in runs}) == 1
