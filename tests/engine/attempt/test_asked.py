"""What a learner can ask: check, hint, answer, solution, undo, checkpoint, rewind, reset."""

import json
import re

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from hardenlab.attempt.client import Endpoint, Refused
from hardenlab.cli import app
from helpers.direct import TINY

pytestmark = pytest.mark.xdist_group("attempt")
SSH = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}


@pytest.fixture
def asked(learner):
    return learner


def facts(learner):
    return learner.endpoint.ask("overview")["facts"]


def statuses(learner):
    answer = learner.endpoint.ask("check")
    return {task["task"]: task["status"] for task in answer["assessment"]["tasks"]}, answer["changes"]


def test_a_check_gives_points_per_resource(asked):
    ec2 = asked.client("ec2")
    assert statuses(asked)[0]["ec2_group_ssh_closed"] == "failed"
    ec2.revoke_security_group_ingress(GroupId=facts(asked)["groups"][0], **SSH)
    answer = asked.endpoint.ask("check", task="ec2_group_ssh_closed")
    task = answer["assessment"]["tasks"][0]
    assert (task["status"], task["earned"], task["points"]) == ("partial", 2.0, 4)
    assert len(answer["assessment"]["tasks"]) == 1
    assert {finding["verdict"] for finding in task["findings"]} == {"PASSED", "FAILED"}


def test_a_check_names_the_call_that_broke_what_had_passed(asked):
    ec2 = asked.client("ec2")
    for group in facts(asked)["groups"]:
        ec2.revoke_security_group_ingress(GroupId=group, **SSH)
    assert statuses(asked)[0]["ec2_group_ssh_closed"] == "passed"
    ec2.create_tags(Resources=[facts(asked)["vpc"]], Tags=[{"Key": "a", "Value": "1"}])
    ec2.authorize_security_group_ingress(GroupId=facts(asked)["groups"][1], **SSH)
    ec2.create_tags(Resources=[facts(asked)["vpc"]], Tags=[{"Key": "a", "Value": "2"}])
    change = next(change for change in statuses(asked)[1] if change["task"] == "ec2_group_ssh_closed")
    assert change["before"] == "passed" and change["now"] == "partial"
    assert change["broken_by"]["operation"] == "ec2:AuthorizeSecurityGroupIngress"


def test_deleting_the_resource_earns_nothing(asked):
    asked.client("ec2").delete_security_group(GroupId=facts(asked)["groups"][0])
    asked.client("ec2").revoke_security_group_ingress(GroupId=facts(asked)["groups"][1], **SSH)
    task = asked.endpoint.ask("check", task="ec2_group_ssh_closed")["assessment"]["tasks"][0]
    assert task["earned"] == 0 and "removed instead of mended" in task["reason"]


def test_a_broken_workload_earns_nothing(asked):
    s3 = asked.client("s3")
    s3.delete_bucket(Bucket=facts(asked)["bucket"])
    for group in facts(asked)["groups"]:
        asked.client("ec2").revoke_security_group_ingress(GroupId=group, **SSH)
    task = asked.endpoint.ask("check", task="ec2_group_ssh_closed")["assessment"]["tasks"][0]
    assert task["earned"] == 0 and task["broken"] == ["bucket_is_there"]


def test_undo_takes_back_what_it_names(asked):
    ec2 = asked.client("ec2")
    before = len(ec2.describe_vpcs()["Vpcs"])
    for number in range(3):
        ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")
    assert [call["operation"] for call in asked.endpoint.ask("undo", count=2)["undone"]] == ["ec2:CreateVpc"] * 2
    assert len(ec2.describe_vpcs()["Vpcs"]) == before + 1
    asked.endpoint.ask("undo")
    with pytest.raises(Refused, match="nothing to undo"):
        asked.endpoint.ask("undo")


def test_a_rewind_goes_back_to_its_checkpoint(asked):
    ec2 = asked.client("ec2")
    ec2.create_vpc(CidrBlock="10.1.0.0/16")
    asked.endpoint.ask("checkpoint", name="before the mess")
    listed = {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]}
    ec2.create_vpc(CidrBlock="10.2.0.0/16")
    asked.endpoint.ask("rewind", name="before the mess")
    assert {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]} == listed
    with pytest.raises(Refused, match="Did you mean 'before the mess'"):
        asked.endpoint.ask("rewind", name="before the mes")


def test_going_back_adds_a_line_to_the_journal_and_changes_none(asked):
    ec2 = asked.client("ec2")
    for number in range(3):
        ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")
    asked.endpoint.ask("checkpoint", name="three")
    for verb, arguments in (("undo", {"count": 2}), ("rewind", {"name": "none"}), ("reset", {})):
        if verb == "rewind":
            asked.endpoint.ask("checkpoint", name="none")
        before = asked.journal.read_bytes()
        asked.endpoint.ask(verb, **arguments)
        after = asked.journal.read_bytes()
        added = after.removeprefix(before)
        assert after.startswith(before) and added.count(b"\n") == 1
        assert json.loads(added)["kind"] == verb and arguments.items() <= json.loads(added).items()


def test_hints_come_one_by_one_and_the_last_stays(asked):
    hints = [asked.endpoint.ask("hint", task="which_port") for _ in range(4)]
    assert [hint["number"] for hint in hints] == [1, 2, 3, 3]
    assert hints[0]["hint"] == "Not FTP." and hints[3]["hint"] == "The answer is 22."


def test_the_first_answer_counts_fully_and_a_later_right_one_half(asked):
    def earned(value):
        return asked.endpoint.ask("answer", question="which_port", value=value)["assessment"]["tasks"][0]

    wrong = earned("a")
    assert wrong["earned"] == 0 and wrong["reason"] == "That is FTP."
    assert earned("b")["earned"] == 0.5
    assert earned("b")["earned"] == 0.5


@pytest.mark.parametrize(
    ("verb", "arguments", "sentence"),
    [
        ("check", {"task": "ec2_group_ssh_close"}, "Did you mean 'ec2_group_ssh_closed'"),
        ("hint", {"task": "nonsense"}, "this section has no task 'nonsense'"),
        ("answer", {"question": "which_port", "value": "z"}, "none of the choices a, b, c"),
        ("answer", {"question": "ec2_group_ssh_closed", "value": "a"}, "is not a question"),
        ("undo", {"count": 0}, "undo takes a number from 1 on"),
        ("undo", {"count": "many"}, "does not take this"),
        ("check", {"nonsense": 1}, "does not take this"),
        ("explode", {}, "cannot 'explode'"),
        ("__init__", {}, "cannot '__init__'"),
        ("_assess", {"only": None}, "cannot '_assess'"),
    ],
)
def test_a_wrong_request_gets_a_sentence(asked, verb, arguments, sentence):
    with pytest.raises(Refused, match=sentence) as told:
        asked.endpoint.ask(verb, **arguments)
    assert told.value.exit_code == 2


def test_the_control_door_needs_the_token(asked):
    stranger = Endpoint(**{**vars(asked.endpoint), "token": "guessed"})
    with pytest.raises(Refused, match="needs the attempt's token"):
        stranger.ask("check")


def test_the_solution_is_shown_and_recorded(asked):
    assert "revoke_security_group_ingress" in asked.endpoint.ask("solution", task="ec2_group_ssh_closed")["code"]
    assert b'"kind":"solution"' in asked.journal.read_bytes()


def test_the_command_line_lists_the_journal_as_a_table_and_as_json(asked):
    asked.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")
    with pytest.raises(ClientError):
        asked.client("ec2").delete_vpc(VpcId="vpc-00000000")
    base = ["--course", str(TINY), "--workspace", str(asked.workspace.root), "journal", "l1-tiny"]
    table = CliRunner().invoke(app, base)
    assert table.exit_code == 0, table.output
    made, refused = table.output.splitlines()[-2:]
    assert "done" in made and "ec2:CreateVpc" in made and asked.endpoint.access_key in made
    assert "refused (400)" in refused and "ec2:DeleteVpc" in refused
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", made)
    listed = json.loads(CliRunner().invoke(app, [*base, "--json"]).output)
    assert listed == asked.endpoint.ask("journal")
    assert [call["status"] for call in listed["calls"]] == [200, 400]


def test_the_journal_lists_who_did_what(asked):
    asked.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")
    row = asked.endpoint.ask("journal")["calls"][-1]
    assert row["operation"] == "ec2:CreateVpc" and row["status"] == 200
    assert row["key"] == asked.endpoint.access_key
