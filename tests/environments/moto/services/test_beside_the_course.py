"""Services of later modules: what is refused and found already, through the front, with boto3."""

import json

import pytest


def test_policies_of_an_organization_are_well_formed_and_attached_once(account, refused):
    organizations = account.client("organizations")
    organizations.create_organization()
    root = organizations.list_roots()["Roots"][0]["Id"]
    for kind in ("SERVICE_CONTROL_POLICY", "DECLARATIVE_POLICY_EC2"):
        organizations.enable_policy_type(RootId=root, PolicyType=kind)
    statement = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    scp = {"Name": "no-s3", "Description": "", "Type": "SERVICE_CONTROL_POLICY"}
    with_principal = json.dumps({"Version": "2012-10-17", "Statement": [statement | {"Principal": "*"}]})
    for malformed in ("{x", with_principal):
        code = refused(organizations.create_policy, **scp, Content=malformed)
        assert code == "MalformedPolicyDocumentException"
    made = organizations.create_policy(**scp, Content=document)["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=made, TargetId=root)
    again = {"PolicyId": made, "TargetId": root}
    assert refused(organizations.attach_policy, **again) == "DuplicatePolicyAttachmentException"
    assert refused(organizations.update_policy, PolicyId=made, Content="[]") == "MalformedPolicyDocumentException"
    attributes = json.dumps({"ec2_attributes": {"serial_console_access": {"status": {"@@assign": "disabled"}}}})
    declared = {"Name": "console", "Description": "", "Type": "DECLARATIVE_POLICY_EC2", "Content": attributes}
    shown = organizations.create_policy(**declared)["Policy"]
    assert (shown["Content"], shown["PolicySummary"]["Type"]) == (attributes, "DECLARATIVE_POLICY_EC2")
    assert "/declarative_policy_ec2/" in shown["PolicySummary"]["Arn"]
    member = organizations.create_account(Email="a@example.com", AccountName="a")["CreateAccountStatus"]["AccountId"]
    for service in ("config.amazonaws.com", "securityhub.amazonaws.com"):
        organizations.register_delegated_administrator(AccountId=member, ServicePrincipal=service)
    assert [one["Id"] for one in organizations.list_delegated_administrators()["DelegatedAdministrators"]] == [member]


def test_guardduty_has_one_detector(account, refused):
    guardduty = account.client("guardduty")
    guardduty.create_detector(Enable=True)
    assert refused(guardduty.create_detector, Enable=True) == "BadRequestException"


def test_findings_of_security_hub_are_whole_and_filtered(account, refused):
    hub, number = account.client("securityhub"), account.world.account_id
    hub.enable_security_hub()
    assert refused(hub.enable_security_hub) == "ResourceConflictException"
    finding = {
        "SchemaVersion": "2018-10-08", "Id": "f1", "GeneratorId": "g", "AwsAccountId": number, "Title": "t",
        "ProductArn": f"arn:aws:securityhub:us-east-1:{number}:product/{number}/default", "Types": ["Checks"],
        "CreatedAt": "2026-01-01T00:00:00Z", "UpdatedAt": "2026-01-01T00:00:00Z", "Severity": {"Label": "HIGH"},
        "Description": "d", "Resources": [{"Type": "AwsS3Bucket", "Id": "arn:aws:s3:::papers"}],
    }  # fmt: skip
    hub.batch_import_findings(Findings=[finding, finding | {"Id": "f2", "Severity": {"Label": "LOW"}}])
    without = {name: value for name, value in finding.items() if name != "Title"}
    raw = account.client("securityhub", parameter_validation=False)
    assert refused(raw.batch_import_findings, Findings=[without]) == "InvalidInputException"

    def found(**filters):
        asked = {name: [{"Comparison": how, "Value": value}] for name, (how, value) in filters.items()}
        return [one["Id"] for one in hub.get_findings(Filters=asked)["Findings"]]

    assert found() == found(ResourceType=("PREFIX", "AwsS3")) == found(WorkflowStatus=("EQUALS", "NEW")) == ["f1", "f2"]
    assert found(SeverityLabel=("EQUALS", "LOW")) == found(SeverityLabel=("NOT_EQUALS", "HIGH")) == ["f2"]
    assert found(SeverityLabel=("EQUALS", "LOW"), ResourceId=("CONTAINS", "other")) == []


def test_an_event_pattern_is_tried_and_a_rule_reaches_a_topic(account, refused):
    events, sns, sqs = (account.client(name) for name in ("events", "sns", "sqs"))
    event = json.dumps(
        {"id": "1", "account": "1", "source": "lab", "time": "2026-01-01T00:00:00Z", "region": "us-east-1",
         "resources": [], "detail-type": "x", "detail": {}}
    )  # fmt: skip
    for pattern, result in (('{"source": ["lab"]}', True), ('{"source": ["other"]}', False)):
        assert events.test_event_pattern(EventPattern=pattern, Event=event)["Result"] is result
    malformed = {"EventPattern": '{"source": "lab"}', "Event": event}
    assert refused(events.test_event_pattern, **malformed) == "InvalidEventPatternException"
    number = account.world.account_id
    queue, topic = sqs.create_queue(QueueName="seen")["QueueUrl"], sns.create_topic(Name="alerts")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{number}:seen")
    events.put_rule(Name="lab", EventPattern='{"source": ["lab"]}')
    function = f"arn:aws:lambda:us-east-1:{number}:function:none"
    events.put_targets(Rule="lab", Targets=[{"Id": "1", "Arn": topic}, {"Id": "2", "Arn": function}])
    events.put_events(Entries=[{"Source": name, "DetailType": "d", "Detail": "{}"} for name in ("lab", "other")])
    (message,) = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert json.loads(json.loads(message["Body"])["Message"])["source"] == "lab"


@pytest.mark.parametrize("change", [{"Schedule": "every day"}, {"Schedule": "rate(1 fortnight)"}, {"Cutoff": 3}])
def test_a_maintenance_window_has_a_schedule_and_ends_after_it_begins(account, refused, change):
    ssm = account.client("ssm")
    window = {"Name": "sunday", "Schedule": "cron(0 2 ? * SUN *)", "Duration": 3, "Cutoff": 1}
    assert ssm.create_maintenance_window(**window, AllowUnassociatedTargets=False)["WindowId"]
    assert refused(ssm.create_maintenance_window, **window | change, AllowUnassociatedTargets=False) == (
        "ValidationException"
    )


def test_a_command_is_for_instances_that_are_there(account, refused):
    asked = {"InstanceIds": ["i-0123456789abcdef0"], "DocumentName": "AWS-RunShellScript"}
    assert refused(account.client("ssm").send_command, **asked) == "InvalidInstanceId"
