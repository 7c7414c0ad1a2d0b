"""`hardenlab explain` on files and on a live account: the sentence, JSON, the picture, and what cannot be told."""

import json
from functools import partial

import boto3
import pytest
from botocore.config import Config
from typer.testing import CliRunner

from hardenlab.cli import app
from hardenlab.cli.learner import Attempt
from hardenlab.cli.state import State
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
        (("schedule",), "give the expression, or a section and --rule"),
        (("pattern", "--event", "/nowhere.json"), "give the pattern, or a section"),
        (("pattern", "x", "--event", "/nowhere.json"), "cannot be read"),
        (("pattern", "--section", "x", "--event", "/nowhere.json"), "--section needs --log-group or --rule"),
        (("lifecycle", "a", "--day", 1), "name a section and --bucket, or a file of rules"),
        (("lifecycle", "a", "--day", 1, "--rules", "/nowhere.json"), "cannot be read"),
        (("web-acl", "--ip", "203.0.113.9"), "name a section and --resource, or a file"),
        (("web-acl", "--ip", "here"), "AWS would refuse this: the request's ip must be an address"),
        (("web-acl", "--ip", "203.0.113.9", "--header", "x"), "'x' is no header"),
        (("dns", "x.example"), "name a section and --vpc, or a file"),
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


RULES = {
    "Rules": [
        {
            "ID": "old", "Status": "Enabled", "Filter": {"Tag": {"Key": "kind", "Value": "log"}},
            "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}], "Expiration": {"Days": 90},
        }
    ]
}  # fmt: skip


def test_the_fate_of_an_object_is_explained(tmp_path):
    rules = saved(tmp_path / "rules.json", RULES)
    asked = ("lifecycle", "logs/1", "--rules", rules, "--tag", "kind=log", "--created", "2026-01-01")
    assert run(*asked, "--day", 90) == (
        "'logs/1' is deleted by 2026-04-02: on 2026-02-01 rule \"old\" moves it to STANDARD_IA, "
        'on 2026-04-02 rule "old" deletes it for good.\n'
    )
    assert "is current in STANDARD " in run(*asked, "--day", 30, "--size", 1000)
    assert "is current in GLACIER " in run(*asked, "--day", 30, "--class", "GLACIER")
    hidden = json.loads(run(*asked, "--day", 400, "--versioning", "Enabled", "--json"))
    assert hidden["data"]["state"] == "noncurrent"
    assert "```mermaid" in run(*asked, "--day", 30, "--mermaid")
    old = run(*asked, "--day", 9, "--versioning", "Enabled", "--noncurrent-since", "2026-03-01", "--newer", 1)
    assert "is noncurrent in STANDARD on 2026-03-11" in old


def test_a_web_request_is_explained(tmp_path):
    visible = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
    test = {"SearchString": "curl", "PositionalConstraint": "CONTAINS", "FieldToMatch": {"SingleHeader": {"Name": "x"}}}
    test["TextTransformations"] = [{"Priority": 0, "Type": "LOWERCASE"}]
    countries = {"GeoMatchStatement": {"CountryCodes": ["KP"]}}
    body = {**test, "FieldToMatch": {"Body": {"OversizeHandling": "CONTINUE"}}}
    statements = {"agents": {"ByteMatchStatement": test}, "bodies": {"ByteMatchStatement": body}, "lands": countries}
    rules = [
        {"Name": name, "Priority": at, "Statement": one, "Action": {"Block": {}}, "VisibilityConfig": visible}
        for at, (name, one) in enumerate(statements.items())
    ]
    acl = {"Name": "shop", "DefaultAction": {"Allow": {}}, "Rules": rules, "VisibilityConfig": visible}
    asked = ("web-acl", "--documents", saved(tmp_path / "acl.json", {"WebACL": acl}), "--ip", "203.0.113.9")
    assert run(*asked, "/?a=1", "--header", "X: CURL/8") == (
        "Rule \"agents\" blocks the request: the header x 'CURL/8' contains 'curl' after LOWERCASE.\n"
    )
    (tmp_path / "body").write_bytes(b"\xffcurl")
    assert run(*asked, "--method", "POST", "--body", tmp_path / "body").startswith('Rule "bodies" blocks')
    assert run(*asked, "--country", "DE").startswith("No rule ends the evaluation")
    assert run(*asked).startswith('It cannot be judged whether rule "lands" blocks')
    assert "```mermaid" in run(*asked, "--country", "KP", "--mermaid")


def test_a_dns_query_is_explained(tmp_path):
    rule = {"Name": "no-mail", "Priority": 1, "Action": "BLOCK", "BlockResponse": "NODATA"}
    document = {
        "FirewallDomainLists": [{"Id": "l-1", "Name": "mail", "Domains": ["mail.example.com"]}],
        "FirewallRuleGroups": [
            {"Id": "g-1", "Name": "out", "FirewallRules": [{**rule, "FirewallDomainListId": "l-1"}]}
        ],
        "FirewallRuleGroupAssociations": [{"FirewallRuleGroupId": "g-1", "Priority": 101, "VpcId": "vpc-1"}],
    }
    asked = ("dns", "--documents", saved(tmp_path / "dns.json", document))
    blocked = 'Rule "no-mail" of rule group "out" blocks \'mail.example.com\', answering NODATA.\n'
    assert run(*asked, "mail.example.com") == blocked
    assert run(*asked, "x.example.com", "--redirection", "mail.example.com", "--vpc", "vpc-1") == blocked
    assert run(*asked, "x.example.com", "--type", "TXT").startswith("No rule matches 'x.example.com'")
    assert run(*asked, "mail.example.com", "--vpc", "vpc-2").startswith("No rule group is associated")


def test_a_live_account_is_explained(tmp_path):
    def live(*arguments):
        result = CliRunner().invoke(app, ["--course", str(TINY), "--workspace", str(tmp_path / "w"), *arguments])
        if result.exception:
            raise result.exception
        return result.stdout

    def end(*arguments):
        return live("explain", *map(str, arguments))

    def here(command, *arguments):
        return end(command, *arguments, "--section", "l1-tiny")

    with Attempt(State(TINY, tmp_path / "w"), "l1-tiny") as endpoint:
        session = boto3.Session(endpoint.access_key, endpoint.secret, region_name=endpoint.region)
        client = partial(session.client, endpoint_url=endpoint.url)
        network = json.loads(
            end("network", "l1-tiny", "--from", "172.31.0.4", "--to", "internet", "--port", "22", "--json")
        )
        assert network["data"]["reaches"] in (True, False)
        root = end("iam", "l1-tiny", "--principal", "arn:aws:iam::111122223333:root", "--action", "s3:ListAllMyBuckets")
        assert root.startswith("The root user may do everything")
        with pytest.raises(Problem, match="does not tell what decides this"):
            here("public", "arn:aws:s3:::there-is-none")
        assert "Nobody" in end("escalation", "l1-tiny") or "can become" in end("escalation", "l1-tiny")

        s3 = client("s3", config=Config(s3={"addressing_style": "path"}))
        s3.create_bucket(Bucket="old-logs")
        s3.put_bucket_lifecycle_configuration(Bucket="old-logs", LifecycleConfiguration=RULES)
        fate = here("lifecycle", "a", "--bucket", "old-logs", "--tag", "kind=log", "--day", 90)
        assert "is deleted by" in fate

        logs, events = client("logs"), client("events")
        logs.create_log_group(logGroupName="trail")
        for name, text in (("stops", "{ $.eventName = StopLogging }"), ("all", "")):
            metric = {"metricName": name, "metricNamespace": "t", "metricValue": "1"}
            logs.put_metric_filter(
                logGroupName="trail", filterName=name, filterPattern=text, metricTransformations=[metric]
            )
        events.put_rule(Name="stops", EventPattern=json.dumps({"eventName": ["StopLogging"]}))
        events.put_rule(Name="nightly", ScheduleExpression="cron(0 2 * * ? *)")
        event = saved(tmp_path / "event.json", {"eventName": "StartLogging"})
        told = here("pattern", "--log-group", "trail", "--filter", "stops", "--event", event)
        assert told == "It does not match: $.eventName is 'StartLogging', not StopLogging.\n"
        told = here("pattern", "--rule", "stops", "--event", event)
        assert told == "It does not match: eventName is 'StartLogging', not 'StopLogging'.\n"
        assert "02:00 UTC" in here("schedule", "--rule", "nightly")
        with pytest.raises(Problem, match="no metric filter is named '': there are all, stops"):
            here("pattern", "--log-group", "trail", "--event", event)
        with pytest.raises(Problem, match=r"no rule is named 'stop'.*Did you mean 'stops'"):
            here("pattern", "--rule", "stop", "--event", event)
        with pytest.raises(Problem, match="has a schedule and no event pattern"):
            here("pattern", "--rule", "nightly", "--event", event)
        with pytest.raises(Problem, match="has an event pattern and no schedule"):
            here("schedule", "--rule", "stops")

        vpc = client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
        assert here("dns", "x.example.com", "--vpc", vpc).startswith("No rule group is associated with the VPC")
        with pytest.raises(Problem):
            here("web-acl", "--ip", "203.0.113.9", "--resource", f"arn:aws:elasticloadbalancing:us-east-1:{'1' * 12}:x")
