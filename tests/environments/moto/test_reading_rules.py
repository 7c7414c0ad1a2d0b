"""Lifecycle rules and event rules made with boto3 in the emulator, asked through the account as a grader asks."""

import json
from datetime import UTC, datetime

import pytest

from hardenlab import Account, Malformed, Stored, Unjudged, read_schedule
from hardenlab.assess.read_event_rules import EventRule

TRAIL = {"source": ["aws.cloudtrail"], "detail": {"eventName": [{"prefix": "Stop"}]}}
STOPPED = {"source": "aws.cloudtrail", "detail": {"eventName": "StopLogging"}}
TARGET = "arn:aws:sns:us-east-1:111122223333:alarms"


@pytest.fixture
def own(account):
    return Account(lambda service, region_name: account.client(service, region=region_name), "1" * 12, "us-east-1")


def test_a_bucket_tells_what_becomes_of_its_objects(own):
    s3 = own.client("s3")
    s3.create_bucket(Bucket="logs")
    assert own.lifecycle("logs").fate(Stored("a"), 9999).state == "current"
    s3.put_bucket_versioning(Bucket="logs", VersioningConfiguration={"Status": "Enabled"})
    rule = {
        "ID": "old", "Status": "Enabled", "Filter": {"Prefix": "a/"}, "Expiration": {"Days": 30},
        "Transitions": [{"Days": 10, "StorageClass": "GLACIER"}],
        "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
    }  # fmt: skip
    s3.put_bucket_lifecycle_configuration(Bucket="logs", LifecycleConfiguration={"Rules": [rule]})
    rules = own.lifecycle("logs")
    states = [rules.fate(Stored("a/1"), day).state for day in (29, 30, 37, 38)]
    assert states == ["current", "noncurrent", "noncurrent", "deleted"]
    assert rules.fate(Stored("a/1"), 10).storage_class == "GLACIER"
    assert rules.fate(Stored("b/1"), 9999).state == "current"


def test_the_rules_of_a_bus_tell_what_they_send_on_and_when_they_fire(own):
    events = own.client("events")
    events.put_rule(Name="stopped", EventPattern=json.dumps(TRAIL))
    events.put_targets(Rule="stopped", Targets=[{"Id": "1", "Arn": TARGET}])
    events.put_rule(Name="off", EventPattern=json.dumps(TRAIL), State="DISABLED")
    events.put_rule(Name="nightly", ScheduleExpression="cron(0 2 * * ? *)")
    rules = {rule.name: rule for rule in own.event_rules()}
    assert rules["stopped"].targets == (TARGET,) and rules["off"].targets == ()
    assert [rules[name].matches(STOPPED) for name in ("stopped", "off", "nightly")] == [True, False, False]
    assert not rules["stopped"].matches({"source": "aws.ec2"})
    assert rules["stopped"].schedule is None
    night = datetime(2026, 11, 25, tzinfo=UTC)
    expected = read_schedule("cron(0 2 * * ? *)").firings(night, 3)
    assert rules["nightly"].schedule.firings(night, 3) == expected and expected[0].hour == 2


def test_what_aws_would_refuse_is_told_and_not_judged():
    broken = EventRule("broken", True, '{"source": "aws.ec2"}', "rate(1 minutes)", ())
    with pytest.raises(Unjudged, match=r"the pattern of broken cannot be read: .* must be an object or an array"):
        broken.matches(STOPPED)
    with pytest.raises(Unjudged, match="the schedule of broken cannot be read"):
        _ = broken.schedule
    with pytest.raises(Malformed):
        read_schedule("rate(1 minutes)")
