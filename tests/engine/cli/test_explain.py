"""`hardenlab explain` on files and on a live account: the sentence, JSON, the picture, and what cannot be told."""

import json

import pytest
from typer.testing import CliRunner

from hardenlab.cli import app
from hardenlab.model.problem import Problem
from helpers.direct import TINY

JANE = "arn:aws:iam::111122223333:user/jane"
REPORT = "arn:aws:s3:::lab-data/report.csv"
READ = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Read",
            "Effect": "Allow",
            "Action": "s3:Get*",
            "Resource": "arn:aws:s3:::lab-data/*",
            "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
        }
    ],
}


def run(*arguments):
    result = CliRunner().invoke(app, ["explain", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def saved(path, document):
    path.write_text(json.dumps(document))
    return path


@pytest.fixture
def reader(tmp_path):
    return saved(tmp_path / "reader.json", READ)


def asked(reader, *more):
    return run("iam", "--principal", JANE, "--action", "s3:GetObject", "--resource", REPORT, "--policy", reader, *more)


def test_an_allowed_request_names_statement_and_file(reader):
    told = asked(reader, "--context", "aws:SourceIp=203.0.113.9")
    assert told == f'Statement 1 "Read" of the identity policy allows s3:GetObject on {REPORT} (reader.json).\n'


def test_a_refused_request_names_the_nearest_miss(reader):
    assert "its condition on aws:sourceip does not hold" in asked(reader)


def test_the_answer_is_json_too(reader):
    told = json.loads(asked(reader, "--json"))
    assert told["data"]["allowed"] is False and told["mermaid"].startswith("flowchart")


def test_the_picture_is_markdown(reader):
    assert asked(reader, "--mermaid").startswith("```mermaid\nflowchart LR")


def test_the_other_kinds_of_policy_count(reader, tmp_path):
    everything = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    nothing = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}}
    from_office = ("--context", "aws:SourceIp=203.0.113.9")
    scps = ("--scp", saved(tmp_path / "root.json", everything), "--scp", saved(tmp_path / "ou.json", nothing))
    assert "service control policies of organization level 2" in asked(reader, *from_office, *scps)
    boundary = ("--boundary", saved(tmp_path / "boundary.json", nothing))
    assert asked(reader, *from_office, *boundary).startswith("The permissions boundary does not allow")


@pytest.mark.parametrize(
    ("principal", "sentence"),
    [
        ("anonymous", "The resource policy does not allow"),
        ("cloudtrail.amazonaws.com", "The resource policy does not allow"),
        ("arn:aws:iam::111122223333:role/team/deploy", "No identity policy of arn:aws:sts::111122223333:assumed-role/"),
        ("arn:aws:iam::111122223333:root", "The root user may do everything"),
    ],
)  # fmt: skip
def test_every_kind_of_caller_can_be_asked_about(principal, sentence):
    told = run(
        "iam", "--principal", principal, "--action", "s3:GetObject", "--resource", REPORT, "--account", "111122223333"
    )
    assert told.startswith(sentence)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("iam", "--principal", "jane", "--action", "s3:GetObject"), "is no principal"),
        (("iam", "--principal", JANE, "--action", "s3:Get*"), "cannot be judged: 's3:Get*' is not one action"),
        (("iam", "--principal", JANE, "--action", "s3:GetObject", "--context", "x"), "no condition key with a value"),
        (("iam", "--principal", JANE, "--action", "s3:GetObject", "--policy", "/nowhere.json"), "cannot be read"),
        (("network", "--from", "internet", "--to", "web"), "name a section, or a file"),
        (("public",), "name the resource by its ARN"),
        (("public", "web"), "is not an ARN"),
        (("schedule", "rate(1 minutes)"), "AWS would refuse this"),
        (("schedule", "rate(5 minutes)", "--mermaid"), "there is no picture"),
    ],
)
def test_a_question_that_makes_no_sense_is_told(arguments, words):
    with pytest.raises(Problem, match=words.replace("(", r"\(").replace("*", r"\*")):
        run(*arguments)


def test_schedules_and_resource_policies_are_explained(tmp_path):
    assert "fires next on 2026-11-25 02:00 UTC" in run("schedule", "cron(0 2 * * ? *)", "--after", "2026-11-25")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}
    open_to_all = saved(tmp_path / "topic.json", {"Version": "2012-10-17", "Statement": statement})
    told = run("public", "arn:aws:sns:eu-west-1:111122223333:alarms", "--policy", open_to_all)
    assert told.startswith("Statement 1 of the resource policy grants to everybody")


def test_the_rules_that_let_something_in_are_told(tmp_path):
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/1"}]}
    entry = {"RuleNumber": 100, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}
    face = {"NetworkInterfaceId": "eni-1", "SubnetId": "subnet-1", "PrivateIpAddress": "10.0.0.5"}
    face |= {"Association": {"PublicIp": "192.0.2.5"}, "Groups": [{"GroupId": "sg-admin"}]}
    documents = {
        "Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
        "Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.0.0/24"}],
        "InternetGateways": [{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1"}]}],
        "RouteTables": [
            {
                "RouteTableId": "rtb-1",
                "VpcId": "vpc-1",
                "Associations": [{"Main": True}],
                "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}],
            }
        ],
        "NetworkAcls": [
            {
                "NetworkAclId": "acl-1",
                "VpcId": "vpc-1",
                "IsDefault": True,
                "Entries": [{**entry, "Egress": False}, {**entry, "Egress": True}],
            }
        ],
        "SecurityGroups": [{"GroupId": "sg-admin", "VpcId": "vpc-1", "IpPermissions": [permission]}],
        "Instances": [{"InstanceId": "i-1", "Tags": [{"Key": "Name", "Value": "web-1"}], "NetworkInterfaces": [face]}],
    }
    path = saved(tmp_path / "vpc.json", documents)
    asked = ("network", "--documents", path, "--from", "internet", "--to", "web-1", "--port", 22)
    assert run(*asked) == (
        "1.0.0.1 (the internet) reaches tcp 22 of web-1 (i-1): i-1 has a public address, rtb-1 0.0.0.0/0 -> igw-1, "
        "acl-1 entry 100 allows all traffic from 0.0.0.0/0, sg-admin tcp 22 from 0.0.0.0/1, "
        "reply: acl-1 entry 100 allows all traffic to 0.0.0.0/0.\n"
    )
    assert run(*asked, "--rules").startswith("sg-admin tcp 22 from 0.0.0.0/1 lets 1.0.0.0/8, ")
    assert "does not reach web-1" in run(*asked[:-1], 23)


def test_patterns_are_explained_over_an_event(tmp_path):
    event = saved(tmp_path / "event.json", {"source": "aws.iam", "eventName": "StopLogging"})
    assert run("pattern", "{ $.eventName = StopLogging }", "--event", event) == (
        "It matches: $.eventName is 'StopLogging'.\n"
    )
    assert run("pattern", '{"source": ["aws.ec2"]}', "--event", event) == (
        "It does not match: source is 'aws.iam', not 'aws.ec2'.\n"
    )
    assert "```mermaid" in run("pattern", "Stop -Start", "--event", event, "--mermaid")
    with pytest.raises(Problem) as refused:
        run("pattern", "{ $.eventName == StopLogging }", "--event", event)
    assert "column 16: write = once" in str(refused.value) and str(refused.value).endswith(" " * 15 + "^")
    with pytest.raises(Problem, match="cannot be judged"):
        run("pattern", "?Stop Start", "--event", event)
    with pytest.raises(Problem, match=r"AWS would refuse this: event pattern\.source must be"):
        run("pattern", '{"source": "aws.ec2"}', "--event", event)


def test_escalations_are_explained(tmp_path):
    user = {
        "Arn": JANE,
        "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": {**READ, "Statement": READ["Statement"]}}],
    }
    details = saved(tmp_path / "details.json", {"UserDetailList": [user]})
    assert run("escalation", "--details", details).startswith("Nobody who is no administrator")
    attach = {"Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": "*"}
    user["UserPolicyList"][0]["PolicyDocument"] = {"Version": "2012-10-17", "Statement": attach}
    details = saved(tmp_path / "details.json", {"UserDetailList": [user]})
    told = run("escalation", "--details", details)
    assert told == "user/jane can become administrator: user/jane attaches AdministratorAccess to user/jane.\n"
    listed = json.loads(run("escalation", "--details", details, "--json"))
    assert listed["escalations"][0]["data"]["steps"][0]["method"] == "AttachUserPolicy"


def test_a_live_account_is_explained(tmp_path):
    def live(*arguments):
        result = CliRunner().invoke(app, ["--course", str(TINY), "--workspace", str(tmp_path / "w"), *arguments])
        assert result.exception is None, result.exception
        return result.stdout

    def end(*arguments):
        return live("explain", *arguments)

    try:
        network = json.loads(
            end("network", "l1-tiny", "--from", "172.31.0.4", "--to", "internet", "--port", "22", "--json")
        )
        assert network["data"]["reaches"] in (True, False)
        root = end("iam", "l1-tiny", "--principal", "arn:aws:iam::111122223333:root", "--action", "s3:ListAllMyBuckets")
        assert root.startswith("The root user may do everything")
        missing = ["explain", "public", "arn:aws:s3:::there-is-none", "--section", "l1-tiny"]
        told = CliRunner().invoke(app, ["--course", str(TINY), "--workspace", str(tmp_path / "w"), *missing])
        assert "does not tell what decides this" in str(told.exception)
        assert "Nobody" in end("escalation", "l1-tiny") or "can become" in end("escalation", "l1-tiny")
    finally:
        live("stop")
