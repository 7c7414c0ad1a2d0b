"""CloudWatch Logs and alarms through the front, with boto3: patterns, metric filters, keys."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from helpers.refusals import refusal

LOGIN = '{ ($.eventName = "ConsoleLogin") && ($.errorMessage = "Failed authentication") }'


@pytest.fixture
def logs(account):
    client = account.client("logs")
    client.create_log_group(logGroupName="trail")
    client.create_log_stream(logGroupName="trail", logStreamName="one")
    return client


def login(error=None, **members):
    return json.dumps({"eventName": "ConsoleLogin", "errorMessage": error} | members)


def put(account, logs, *messages):
    now = int(account.ledger._clock.now * 1000)
    events = [{"timestamp": now + number, "message": message} for number, message in enumerate(messages)]
    logs.put_log_events(logGroupName="trail", logStreamName="one", logEvents=events)


def emitted(account, name, namespace="Security", dimensions=()):
    now = datetime.fromtimestamp(account.ledger._clock.now, UTC)
    answer = account.client("cloudwatch").get_metric_statistics(
        Namespace=namespace, MetricName=name, StartTime=now - timedelta(hours=1), EndTime=now + timedelta(hours=1),
        Period=3600, Statistics=["Sum"], Dimensions=list(dimensions),
    )  # fmt: skip
    return sum(point["Sum"] for point in answer["Datapoints"])


def metric_filter(logs, pattern, name="FailedLogins", **members):
    transformation = {"metricName": name, "metricNamespace": "Security", "metricValue": "1"} | members
    logs.put_metric_filter(
        logGroupName="trail", filterName=name, filterPattern=pattern, metricTransformations=[transformation]
    )


def test_a_pattern_finds_the_events_that_it_matches(account, logs):
    failed, good = login("Failed authentication"), login()
    put(account, logs, failed, good, "GET /index 200", "GET /admin 404")

    def found(pattern):
        events = logs.filter_log_events(logGroupName="trail", filterPattern=pattern)["events"]
        return [event["message"] for event in events]

    assert found(LOGIN) == [failed]
    assert found("[method, path, status = 4*]") == ["GET /admin 404"]
    assert found("?admin ?index") == ["GET /index 200", "GET /admin 404"]
    assert found("GET -admin") == ["GET /index 200"]
    assert len(found("")) == 4
    first = logs.filter_log_events(logGroupName="trail", limit=3)
    rest = logs.filter_log_events(logGroupName="trail", nextToken=first["nextToken"])
    assert (len(first["events"]), len(rest["events"])) == (3, 1)


def test_a_metric_filter_is_tried_on_messages(logs):
    messages = [login(), login("Failed authentication")]
    (match,) = logs.test_metric_filter(filterPattern=LOGIN, logEventMessages=messages)["matches"]
    assert (match["eventNumber"], match["eventMessage"]) == (2, messages[1])
    assert match["extractedValues"] == {"$.eventName": "ConsoleLogin", "$.errorMessage": "Failed authentication"}
    (match,) = logs.test_metric_filter(
        filterPattern="[ip, user, status = 500]", logEventMessages=["192.0.2.1 ada 500", "192.0.2.1 ada 200"]
    )["matches"]
    assert match["extractedValues"] == {"$ip": "192.0.2.1", "$user": "ada", "$status": "500"}


@pytest.mark.parametrize("pattern", ["{ $.a = }", "{ $.a = 1", '"unclosed', "[a, b"])
def test_a_pattern_that_cannot_be_read_is_refused(logs, pattern):
    assert refusal(metric_filter, logs, pattern) == "InvalidParameterException"
    members = {"logGroupName": "trail", "filterPattern": pattern}
    assert refusal(logs.filter_log_events, **members) == "InvalidParameterException"


def test_matching_events_become_a_metric(account, logs):
    metric_filter(logs, LOGIN)
    metric_filter(logs, "{ $.bytes > 0 }", "Bytes", metricValue="$.bytes", dimensions={"user": "$.user"})
    put(account, logs, login("Failed authentication"), login("Failed authentication"), login())
    put(account, logs, json.dumps({"bytes": 512, "user": "ada"}))
    assert emitted(account, "FailedLogins") == 2
    assert emitted(account, "Bytes", dimensions=[{"Name": "user", "Value": "ada"}]) == 512


def test_a_default_value_stands_for_events_that_do_not_match(account, logs):
    metric_filter(logs, LOGIN, defaultValue=5.0)
    put(account, logs, login())
    assert emitted(account, "FailedLogins") == 5


def test_a_group_is_encrypted_by_a_key_that_lets_cloudwatch_logs_use_it(account, logs):
    kms, number = account.client("kms"), account.world.account_id
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{number}:root"}, "Action": "kms:*", "Resource": "*"}
    ]
    key = kms.create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))["KeyMetadata"]
    associate = {"logGroupName": "trail", "kmsKeyId": key["Arn"]}
    assert refusal(logs.associate_kms_key, **associate) == "InvalidParameterException"
    statements.append(
        {
            "Effect": "Allow",
            "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
            "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            "Resource": "*",
            "Condition": {"ArnEquals": {
                "kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:us-east-1:{number}:log-group:trail"}},
        }
    )  # fmt: skip
    kms.put_key_policy(KeyId=key["KeyId"], Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    logs.associate_kms_key(**associate)
    assert logs.describe_log_groups(logGroupNamePrefix="trail")["logGroups"][0]["kmsKeyId"] == key["Arn"]
    code = refusal(logs.create_log_group, logGroupName="other", kmsKeyId=key["Arn"])
    assert code == "InvalidParameterException"
    logs.disassociate_kms_key(logGroupName="trail")
    assert "kmsKeyId" not in logs.describe_log_groups(logGroupNamePrefix="trail")["logGroups"][0]


def test_events_are_kept_for_one_of_the_known_numbers_of_days(logs):
    code = refusal(logs.put_retention_policy, logGroupName="trail", retentionInDays=13)
    assert code == "InvalidParameterException"
    logs.put_retention_policy(logGroupName="trail", retentionInDays=14)
    assert logs.describe_log_groups(logGroupNamePrefix="trail")["logGroups"][0]["retentionInDays"] == 14


ALARM = {
    "AlarmName": "logins", "Namespace": "Security", "MetricName": "FailedLogins", "Statistic": "Sum", "Period": 300,
    "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
}  # fmt: skip


def test_a_new_alarm_has_no_data_and_a_changed_one_keeps_its_state(account):
    cloudwatch = account.client("cloudwatch")

    def state():
        return cloudwatch.describe_alarms(AlarmNames=["logins"])["MetricAlarms"][0]["StateValue"]

    cloudwatch.put_metric_alarm(**ALARM)
    assert state() == "INSUFFICIENT_DATA"
    cloudwatch.set_alarm_state(AlarmName="logins", StateValue="ALARM", StateReason="a drill")
    cloudwatch.put_metric_alarm(**ALARM | {"Threshold": 3.0})
    assert state() == "ALARM"


@pytest.mark.parametrize(
    "wrong",
    [{"ComparisonOperator": "Bigger"}, {"Period": 45}, {"DatapointsToAlarm": 2}, {"TreatMissingData": "good"},
     {"ExtendedStatistic": "p90"}, {"Period": 86400, "EvaluationPeriods": 8}],
)  # fmt: skip
def test_an_alarm_of_another_form_is_refused(account, wrong):
    cloudwatch = account.client("cloudwatch")
    assert refusal(cloudwatch.put_metric_alarm, **ALARM | wrong) == "ValidationError"
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []
