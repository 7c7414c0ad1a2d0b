"""Steps of Config, CloudTrail, CloudWatch, events and functions."""

import json
import time

from .probe import Probe, policy


def steps(probe: Probe) -> None:
    k = probe.client("config")
    step = probe.capability("AWS Config")
    step.works(
        "recorder", k.put_configuration_recorder,
        ConfigurationRecorder={"name": "default", "roleARN": f"arn:aws:iam::{probe.account}:role/r",
            "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True}},
    )  # fmt: skip
    probe.client("s3").create_bucket(Bucket="cfgb")
    step.refuses("start without channel", k.start_configuration_recorder, ConfigurationRecorderName="default")
    step.works(
        "channel", k.put_delivery_channel,
        DeliveryChannel={"name": "default", "s3BucketName": "cfgb",
            "configSnapshotDeliveryProperties": {"deliveryFrequency": "One_Hour"}},
    )  # fmt: skip
    step.works("start", k.start_configuration_recorder, ConfigurationRecorderName="default")
    step.tells(
        "recording", lambda: k.describe_configuration_recorder_status()["ConfigurationRecordersStatus"][0]["recording"]
    )
    step.works(
        "put_config_rule managed", k.put_config_rule,
        ConfigRule={"ConfigRuleName": "r", "Source": {"Owner": "AWS",
            "SourceIdentifier": "S3_BUCKET_PUBLIC_READ_PROHIBITED"},
            "Scope": {"ComplianceResourceTypes": ["AWS::S3::Bucket"]}},
    )  # fmt: skip
    step.tells(
        "describe", lambda: k.describe_config_rules()["ConfigRules"][0]["Source"]["SourceIdentifier"],
        "S3_BUCKET_PUBLIC_READ_PROHIBITED",
    )  # fmt: skip
    step.refuses(
        "unknown managed rule", k.put_config_rule,
        ConfigRule={"ConfigRuleName": "z", "Source": {"Owner": "AWS", "SourceIdentifier": "NOPE"}},
    )  # fmt: skip
    step.works("describe_compliance_by_config_rule", k.describe_compliance_by_config_rule)
    step.works("get_compliance_details_by_config_rule", k.get_compliance_details_by_config_rule, ConfigRuleName="r")
    step.works("start_config_rules_evaluation", k.start_config_rules_evaluation, ConfigRuleNames=["r"])
    step.works(
        "put_remediation_configurations", k.put_remediation_configurations,
        RemediationConfigurations=[{"ConfigRuleName": "r", "TargetType": "SSM_DOCUMENT", "TargetId": "x"}],
    )  # fmt: skip
    step.works("put_conformance_pack", k.put_conformance_pack, ConformancePackName="c", TemplateBody="x")
    step.works(
        "aggregator", k.put_configuration_aggregator, ConfigurationAggregatorName="a",
        AccountAggregationSources=[{"AccountIds": [probe.account], "AllAwsRegions": True}],
    )  # fmt: skip
    step.tells("aggregators", lambda: len(k.describe_configuration_aggregators()["ConfigurationAggregators"]), 1)
    step.works(
        "organization conformance pack", k.put_organization_conformance_pack, OrganizationConformancePackName="o",
        DeliveryS3Bucket="cfgb", TemplateS3Uri="s3://cfgb/x",
    )  # fmt: skip
    step.works("put_retention_configuration", k.put_retention_configuration, RetentionPeriodInDays=365)
    step.tells(
        "list_discovered_resources S3",
        lambda: len(k.list_discovered_resources(resourceType="AWS::S3::Bucket")["resourceIdentifiers"]),
        lambda n: n >= 1,
    )
    step.tells(
        "get_resource_config_history",
        lambda: len(k.get_resource_config_history(resourceType="AWS::S3::Bucket",
            resourceId="cfgb")["configurationItems"]),
        1,
    )  # fmt: skip
    step.works("list_discovered SG", k.list_discovered_resources, resourceType="AWS::EC2::SecurityGroup")
    step.works(
        "select_resource_config", k.select_resource_config,
        Expression="SELECT resourceId WHERE resourceType='AWS::S3::Bucket'",
    )  # fmt: skip
    t = probe.client("cloudtrail")
    step = probe.capability("CloudTrail")
    probe.client("s3").create_bucket(Bucket="trailb")
    first, second = (_open_to_trails(probe, "trailb") for _ in range(2))
    step.refuses("no such bucket", t.create_trail, Name="trail0", S3BucketName="nope-none")
    step.works(
        "create", t.create_trail, Name="trail1", S3BucketName="trailb", IsMultiRegionTrail=True,
        IncludeGlobalServiceEvents=True, EnableLogFileValidation=True,
        KmsKeyId=first,
        CloudWatchLogsLogGroupArn=f"arn:aws:logs:us-east-1:{probe.account}:log-group:ct:*",
        CloudWatchLogsRoleArn=f"arn:aws:iam::{probe.account}:role/r",
    )  # fmt: skip

    def g():
        return t.get_trail(Name="trail1")["Trail"]

    step.tells("get", lambda: [g().get(x) for x in ("IsMultiRegionTrail", "LogFileValidationEnabled")], [True, True])
    step.tells("KmsKeyId", lambda: g().get("KmsKeyId"), lambda v: bool(v))
    step.tells("CWL arn", lambda: g().get("CloudWatchLogsLogGroupArn"), lambda v: bool(v))
    step.tells("not logging at first", lambda: t.get_trail_status(Name="trail1")["IsLogging"], False)
    step.works("start", t.start_logging, Name="trail1")
    step.tells("logging", lambda: t.get_trail_status(Name="trail1")["IsLogging"], True)
    step.works("stop", t.stop_logging, Name="trail1")
    step.works(
        "update", t.update_trail, Name="trail1", EnableLogFileValidation=False,
        KmsKeyId=second,
    )  # fmt: skip
    step.tells(
        "updated", lambda: [g().get("LogFileValidationEnabled"), g().get("KmsKeyId")],
        [False, second],
    )  # fmt: skip
    step.works(
        "event selectors", t.put_event_selectors, TrailName="trail1",
        EventSelectors=[{"ReadWriteType": "All", "IncludeManagementEvents": True,
            "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}],
    )  # fmt: skip
    step.tells(
        "get_event_selectors",
        lambda: t.get_event_selectors(TrailName="trail1")["EventSelectors"][0]["DataResources"][0]["Type"],
        "AWS::S3::Object",
    )
    step.works(
        "insight selectors", t.put_insight_selectors, TrailName="trail1",
        InsightSelectors=[{"InsightType": "ApiCallRateInsight"}],
    )  # fmt: skip
    step.tells(
        "get insight", lambda: t.get_insight_selectors(TrailName="trail1")["InsightSelectors"][0]["InsightType"],
        "ApiCallRateInsight",
    )  # fmt: skip
    step.works("lookup_events", t.lookup_events)
    step.works("create_event_data_store", t.create_event_data_store, Name="events")
    step.tells(
        "multi-region trail visible in eu-west-1",
        lambda: [x["Name"] for x in probe.client("cloudtrail", "eu-west-1").describe_trails()["trailList"]], ["trail1"],
    )  # fmt: skip
    w = probe.client("cloudwatch")
    step = probe.capability("CloudWatch")
    step.works(
        "alarm", w.put_metric_alarm, AlarmName="root", MetricName="m", Namespace="n", Statistic="Sum", Period=300,
        EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[f"arn:aws:sns:us-east-1:{probe.account}:t"], TreatMissingData="notBreaching",
    )  # fmt: skip
    step.tells(
        "read",
        lambda: (lambda a: (a["Threshold"], a["AlarmActions"],
            a["TreatMissingData"]))(w.describe_alarms()["MetricAlarms"][0]),
        (1.0, [f"arn:aws:sns:us-east-1:{probe.account}:t"], "notBreaching"),
    )  # fmt: skip
    w.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 5}])
    step.tells("alarm evaluates to ALARM", lambda: w.describe_alarms()["MetricAlarms"][0]["StateValue"], "ALARM")
    step.works("set_alarm_state", w.set_alarm_state, AlarmName="root", StateValue="ALARM", StateReason="x")
    step.works("dashboard", w.put_dashboard, DashboardName="d", DashboardBody='{"widgets":[]}')
    step.tells(
        "get dashboard", lambda: json.loads(w.get_dashboard(DashboardName="d")["DashboardBody"]), {"widgets": []}
    )
    step.works("anomaly detector", w.put_anomaly_detector, Namespace="n", MetricName="m", Stat="Average")
    step.works("composite", w.put_composite_alarm, AlarmName="c", AlarmRule="ALARM(root)")
    step.works("alarm history", w.describe_alarm_history)
    step.refuses(
        "bad operator", w.put_metric_alarm, AlarmName="b", MetricName="m", Namespace="n", Statistic="Sum", Period=300,
        EvaluationPeriods=1, Threshold=1, ComparisonOperator="Gt",
    )  # fmt: skip
    step.works(
        "metric stats",
        lambda: w.get_metric_statistics(Namespace="n", MetricName="m", StartTime=time.time() - 3600,
            EndTime=time.time() + 60, Period=60, Statistics=["Sum"]),
    )  # fmt: skip
    logs = probe.client("logs")
    step = probe.capability("CloudWatch Logs")
    material = probe.client("kms").create_key()["KeyMetadata"]["Arn"]
    step.refuses("group with a key that does not let it", logs.create_log_group, logGroupName="ct", kmsKeyId=material)
    _open_to_logs(probe, material)
    step.works("group+kms", logs.create_log_group, logGroupName="ct", kmsKeyId=material)
    step.works("retention", logs.put_retention_policy, logGroupName="ct", retentionInDays=365)
    step.tells(
        "read",
        lambda: (lambda g: (g.get("retentionInDays"),
            g.get("kmsKeyId")))(next(g for g in logs.describe_log_groups()["logGroups"] if g["logGroupName"] == "ct")),
        (365, material),
    )  # fmt: skip
    step.refuses("retention 13", logs.put_retention_policy, logGroupName="ct", retentionInDays=13)
    step.works("associate_kms_key", logs.associate_kms_key, logGroupName="ct", kmsKeyId=material)
    step.works(
        "metric filter", logs.put_metric_filter, logGroupName="ct", filterName="root",
        filterPattern='{ $.userIdentity.type = "Root" }',
        metricTransformations=[{"metricName": "RootUse", "metricNamespace": "Sec", "metricValue": "1"}],
    )  # fmt: skip
    step.tells(
        "describe_metric_filters",
        lambda: logs.describe_metric_filters(logGroupName="ct")["metricFilters"][0]["filterPattern"],
        '{ $.userIdentity.type = "Root" }',
    )
    logs.create_log_stream(logGroupName="ct", logStreamName="s")
    now = int(time.time() * 1000)
    evs = [
        json.dumps({"eventName": "ConsoleLogin", "userIdentity": {"type": "Root"}, "errorCode": "AccessDenied"}),
        json.dumps({"eventName": "GetObject", "userIdentity": {"type": "IAMUser"}}), "ERROR plain text failure",
        "2 10.0.0.1 10.0.0.2 443 REJECT OK",
    ]  # fmt: skip
    step.works(
        "put_log_events",
        lambda: logs.put_log_events(logGroupName="ct", logStreamName="s", logEvents=[{"timestamp": now + n,
            "message": m} for n, m in enumerate(evs)]),
    )  # fmt: skip

    def n_(p):
        return len(logs.filter_log_events(logGroupName="ct", filterPattern=p)["events"])

    step.tells(
        "metric filter produced metric",
        lambda: len(probe.client("cloudwatch").list_metrics(Namespace="Sec")["Metrics"]), 1,
    )  # fmt: skip
    for lab, p, want in (
        ("term", "ERROR", 1),
        ("two terms AND", "ERROR failure", 1),
        ("-exclude", "ERROR -plain", 0),
        ("?or", "?ERROR ?REJECT", 2),
        ('"phrase"', '"plain text"', 1),
        ("json eq", '{ $.userIdentity.type = "Root" }', 1),
        ("json wildcard", '{ $.eventName = "Console*" }', 1),
        ("json &&", '{ ($.eventName = "ConsoleLogin") && ($.errorCode = "AccessDenied") }', 1),
        ("space-delimited", "[v, src, dst, port, action=REJECT, ok]", 1),
        ("%regex%", "%REJ[A-Z]+%", 1),
    ):
        step.tells(f"filter {lab}", lambda p=p: n_(p), want)
    step.works("test_metric_filter", logs.test_metric_filter, filterPattern="ERROR", logEventMessages=["ERROR x"])
    step.works(
        "subscription filter",
        lambda: logs.put_subscription_filter(logGroupName="ct", filterName="s", filterPattern="",
            destinationArn=probe.function("sub")),
    )  # fmt: skip
    q = step.works(
        "start_query",
        lambda: logs.start_query(logGroupName="ct", startTime=int(time.time()) - 3600, endTime=int(time.time()) + 60,
            queryString="fields @timestamp, @message | filter @message like /Root/ | sort @timestamp desc | limit 20"),
    )  # fmt: skip
    step.tells("query result count", lambda: len(logs.get_query_results(queryId=q["queryId"])["results"]), 1)

    def insights(qs):
        q = logs.start_query(
            logGroupName="ct", startTime=int(time.time()) - 3600, endTime=int(time.time()) + 60, queryString=qs
        )
        return logs.get_query_results(queryId=q["queryId"])

    step.tells(
        "insights: all events without filter", lambda: len(insights("fields @timestamp, @message")["results"]), 4
    )
    step.tells(
        "insights: stats count(*) by", lambda: len(insights("stats count(*) as n by eventName")["results"]),
        lambda n: n in (2, 3),
    )  # fmt: skip
    step.works("put_resource_policy", logs.put_resource_policy, policyName="p", policyDocument=policy())
    step.works("data protection", logs.put_data_protection_policy, logGroupIdentifier="ct", policyDocument="{}")
    s = probe.client("sns")
    qs = probe.client("sqs")
    step = probe.capability("SNS / SQS")
    ta = step.works("topic", s.create_topic, Name="t", Attributes={"KmsMasterKeyId": "alias/aws/sns"})["TopicArn"]
    step.tells("kms", lambda: s.get_topic_attributes(TopicArn=ta)["Attributes"].get("KmsMasterKeyId"), "alias/aws/sns")
    qu = qs.create_queue(QueueName="q")["QueueUrl"]
    qa = qs.get_queue_attributes(QueueUrl=qu, AttributeNames=["All"])["Attributes"]["QueueArn"]
    step.works("subscribe", s.subscribe, TopicArn=ta, Protocol="sqs", Endpoint=qa)
    step.works("publish", s.publish, TopicArn=ta, Message="hi")
    step.tells(
        "delivered to SQS", lambda: json.loads(qs.receive_message(QueueUrl=qu)["Messages"][0]["Body"])["Message"], "hi"
    )
    step.works("policy", s.set_topic_attributes, TopicArn=ta, AttributeName="Policy", AttributeValue=policy())
    step.tells(
        "policy read", lambda: json.loads(s.get_topic_attributes(TopicArn=ta)["Attributes"]["Policy"]),
        json.loads(policy()),
    )  # fmt: skip
    step.works("email sub", s.subscribe, TopicArn=ta, Protocol="email", Endpoint="a@b.c", ReturnSubscriptionArn=True)
    step.tells(
        "email PendingConfirmation",
        lambda: next(x["SubscriptionArn"] for x in s.list_subscriptions()["Subscriptions"] if x["Protocol"] == "email"),
        "PendingConfirmation",
    )
    step.refuses("bad protocol", s.subscribe, TopicArn=ta, Protocol="fax", Endpoint="1")
    step.works(
        "sqs SSE + policy", qs.set_queue_attributes, QueueUrl=qu,
        Attributes={"SqsManagedSseEnabled": "true", "KmsMasterKeyId": "alias/aws/sqs", "Policy": policy()},
    )  # fmt: skip
    e = probe.client("events")
    step = probe.capability("EventBridge")
    step.works(
        "rule", e.put_rule, Name="r",
        EventPattern=json.dumps({"source": ["lab"], "detail": {"sev": [{"numeric": [">=", 7]}]}}), State="ENABLED",
    )  # fmt: skip
    step.refuses("bad pattern", e.put_rule, Name="b", EventPattern="{x")
    t2 = s.create_topic(Name="ev")["TopicArn"]
    q2 = qs.create_queue(QueueName="evq")["QueueUrl"]
    q2a = qs.get_queue_attributes(QueueUrl=q2, AttributeNames=["All"])["Attributes"]["QueueArn"]
    q3 = qs.create_queue(QueueName="evsnsq")["QueueUrl"]
    q3a = qs.get_queue_attributes(QueueUrl=q3, AttributeNames=["All"])["Attributes"]["QueueArn"]
    s.subscribe(TopicArn=t2, Protocol="sqs", Endpoint=q3a)
    probe.client("logs").create_log_group(logGroupName="/aws/events/x")
    step.works(
        "targets", e.put_targets, Rule="r",
        Targets=[{"Id": "1", "Arn": q2a}, {"Id": "2", "Arn": t2}, {"Id": "3",
            "Arn": f"arn:aws:logs:us-east-1:{probe.account}:log-group:/aws/events/x"}],
    )  # fmt: skip
    step.tells("list_targets", lambda: len(e.list_targets_by_rule(Rule="r")["Targets"]), 3)
    step.works(
        "put_events", e.put_events,
        Entries=[{"Source": "lab", "DetailType": "d", "Detail": json.dumps({"sev": 8})}, {"Source": "lab",
            "DetailType": "d", "Detail": json.dumps({"sev": 2})}],
    )  # fmt: skip
    step.tells(
        "SQS target delivered (1 of 2, pattern applied)",
        lambda: len(qs.receive_message(QueueUrl=q2, MaxNumberOfMessages=10).get("Messages", [])), 1,
    )  # fmt: skip
    step.tells(
        "SNS target delivered",
        lambda: len(qs.receive_message(QueueUrl=q3, MaxNumberOfMessages=10).get("Messages", [])), 1,
    )  # fmt: skip
    step.tells(
        "CW Logs target delivered",
        lambda: len(probe.client("logs").filter_log_events(logGroupName="/aws/events/x")["events"]), 1,
    )  # fmt: skip
    e.put_rule(Name="rl", EventPattern=json.dumps({"source": ["lam"]}))
    e.put_targets(Rule="rl", Targets=[{"Id": "4", "Arn": probe.function("evl")}])
    step.works(
        "put_events to a Lambda target", e.put_events, Entries=[{"Source": "lam", "DetailType": "d", "Detail": "{}"}]
    )
    step.tells(
        "test_event_pattern",
        lambda: e.test_event_pattern(EventPattern='{"source":["a"]}', Event=json.dumps({"id": "1", "account": "1",
            "source": "a", "time": "2020-01-01T00:00:00Z", "region": "x", "resources": [], "detail-type": "x",
            "detail": {}}))["Result"],
    )  # fmt: skip
    step.works("schedule rule", e.put_rule, Name="s", ScheduleExpression="rate(5 minutes)")
    step.works("put_permission", e.put_permission, Action="events:PutEvents", Principal="111122223333", StatementId="x")
    m = probe.client("lambda")
    step = probe.capability("lambda / stepfunctions")
    step.works("create_function", lambda: probe.function("f1"))
    step.works(
        "add_permission public", m.add_permission, FunctionName="f1", StatementId="s", Action="lambda:InvokeFunction",
        Principal="*",
    )  # fmt: skip
    step.tells(
        "get_policy", lambda: json.loads(m.get_policy(FunctionName="f1")["Policy"])["Statement"][0]["Principal"], "*"
    )
    step.works(
        "update env + KMS", m.update_function_configuration, FunctionName="f1",
        KMSKeyArn=first, Environment={"Variables": {}},
    )  # fmt: skip
    step.tells(
        "env cleared", lambda: m.get_function_configuration(FunctionName="f1").get("Environment", {}).get("Variables"),
        lambda told: not told,  # AWS leaves the empty member out
    )  # fmt: skip
    step.works("function url", m.create_function_url_config, FunctionName="f1", AuthType="NONE")
    step.works("invoke (no docker)", m.invoke, FunctionName="f1")
    step.works(
        "put_function_concurrency", m.put_function_concurrency, FunctionName="f1", ReservedConcurrentExecutions=1
    )
    f = probe.client("stepfunctions")
    sm = step.works(
        "create_state_machine", f.create_state_machine, name="s",
        definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}),
        roleArn=f"arn:aws:iam::{probe.account}:role/r",
    )  # fmt: skip
    step.works("start_execution", f.start_execution, stateMachineArn=sm["stateMachineArn"])
    step.refuses(
        "bad definition", f.create_state_machine, name="s2", definition="{x",
        roleArn=f"arn:aws:iam::{probe.account}:role/r",
    )  # fmt: skip


def _open_to_trails(probe: Probe, bucket: str) -> str:
    """CloudTrail User Guide: the policies of a trail's bucket and of its key, whose ARN is returned."""
    writer = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    owner = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{probe.account}:root"}}
    place = f"arn:aws:s3:::{bucket}"
    of_bucket = [
        writer | {"Action": "s3:GetBucketAcl", "Resource": place},
        writer | {"Action": "s3:PutObject", "Resource": f"{place}/*"},
    ]
    of_key = [
        owner | {"Action": "kms:*", "Resource": "*"},
        writer | {"Action": "kms:GenerateDataKey*", "Resource": "*"},
    ]
    probe.client("s3").put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": of_bucket})
    )
    document = json.dumps({"Version": "2012-10-17", "Statement": of_key})
    return str(probe.client("kms").create_key(Policy=document)["KeyMetadata"]["Arn"])


def _open_to_logs(probe: Probe, key: str) -> None:
    """CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS"."""
    statements = [
        {"Principal": {"AWS": f"arn:aws:iam::{probe.account}:root"}, "Action": "kms:*"},
        {
            "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
            "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        },
    ]
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Resource": "*"} | one for one in statements],
    }
    probe.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(document))
