"""Controls of Amazon CloudWatch: alarms that would really tell somebody."""

from hardenlab import LOW, MEDIUM, RESOURCE, Unjudged, control, failed, passed, unknown

NAT_METRICS = ("ErrorPortAllocation", "PacketsDropCount")
BALANCER_METRICS = (
    "UnHealthyHostCount",
    "HTTPCode_ELB_5XX_Count",
    "HTTPCode_Target_5XX_Count",
    "TargetConnectionErrorCount",
    "RejectedConnectionCount",
)
GROUP_CHANGES = (
    "AuthorizeSecurityGroupIngress",
    "AuthorizeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
    "RevokeSecurityGroupEgress",
    "CreateSecurityGroup",
    "DeleteSecurityGroup",
)
HARMLESS = ("DescribeSecurityGroups", "RunInstances")
RISING = ("GreaterThanThreshold", "GreaterThanOrEqualToThreshold")
REACHABLE = 100  # an alarm on errors that waits for more than these sleeps through the outage


@control(
    severity=LOW,
    layer=RESOURCE,
    references=(
        "SecurityHub CloudWatch.15",
        "SecurityHub CloudWatch.17",
        "course 3.23",
        "AWS VPC: Monitor NAT gateways with Amazon CloudWatch",
    ),
)
def cloudwatch_network_alarms_act(account):
    """Every NAT gateway and every load balancer has an alarm on its errors, whose action reaches somebody.

    ## Why it matters
    The network's own parts fail quietly: a NAT gateway without free ports drops connections, a balancer without healthy
    targets answers 503. An alarm with its actions switched off, on a gateway that is gone, or to a topic that nobody
    reads turns red for nobody.

    ## Remediation
    For each component put an alarm on one of its error metrics, with the component as its dimension, a threshold that
    an outage reaches, actions enabled, and as its action a topic that has a subscription.
    """
    alarms = account.client("cloudwatch").describe_alarms(AlarmTypes=["MetricAlarm"])["MetricAlarms"]
    topics = _topics_that_are_read(account.client("sns"))
    for id in sorted(account.network.nat_gateways):
        yield _watched(id, alarms, topics, "AWS/NATGateway", NAT_METRICS, ("NatGatewayId", id))
    for balancer in account.network.load_balancers:
        dimension = ("LoadBalancer", balancer.id.split(":loadbalancer/", 1)[-1])
        yield _watched(balancer.id, alarms, topics, "AWS/ApplicationELB", BALANCER_METRICS, dimension)


@control(
    severity=MEDIUM,
    layer=RESOURCE,
    references=(
        "SecurityHub CloudWatch.10",
        "CIS v5.0 4.10",
        "course 3.33",
        "AWS CloudTrail: Creating CloudWatch alarms for CloudTrail events",
    ),
)
def cloudwatch_security_group_changes_alarm(account):
    """Every change of a security group is counted in the trail's log, and an alarm on the count reaches somebody.

    Judged by events: the filter is asked about a call of each kind, and about calls that change nothing.

    ## Why it matters
    Groups are changed all day, and that is well. What tells is the rate: ten changes in a minute at night are a script,
    yours or somebody else's. Counting only what opens misses who closes the log's way out, and a filter that counts
    every call cries wolf until nobody listens.

    ## Remediation
    Put a metric filter on the trail's log group whose pattern names all of the calls, { ($.eventName =
    AuthorizeSecurityGroupIngress) || ... }, and an alarm on its metric, with actions enabled and a topic that is read.
    """
    group = account.facts["trail_log_group"]
    alarms = account.client("cloudwatch").describe_alarms(AlarmTypes=["MetricAlarm"])["MetricAlarms"]
    topics = _topics_that_are_read(account.client("sns"))
    filters = account.log_filters(group)
    evidence = [("logs:DescribeMetricFilters", "filterPattern", item.text) for item in filters]
    try:
        counting = [item for item in filters if not any(item.matches(_event(name)) for name in HARMLESS)]
        missing = [name for name in GROUP_CHANGES if not any(item.matches(_event(name)) for item in counting)]
    except Unjudged as doubt:
        yield unknown(group, f"cannot judge its filters: {doubt}")
        return
    metrics = {metric for item in counting for metric in item.metrics}
    watching = [alarm for alarm in alarms if (alarm.get("Namespace"), alarm.get("MetricName")) in metrics]
    problems = [_problem(alarm, topics) for alarm in watching]
    if missing:
        yield failed(group, f"no filter counts {missing[0]} and leaves other calls alone", evidence=evidence)
    elif not watching:
        yield failed(group, "changes are counted, and no alarm watches the count", evidence=evidence)
    elif all(problems):
        yield failed(group, f"the alarm {watching[0]['AlarmName']} {problems[0]}", evidence=evidence)
    else:
        yield passed(group, f"changes of groups raise {watching[problems.index('')]['AlarmName']}", evidence=evidence)


def _event(name):
    return {"eventSource": "ec2.amazonaws.com", "eventName": name, "awsRegion": "us-east-1"}


def _topics_that_are_read(sns):
    """Topics with a subscription; one that waits for its confirmation is none yet."""
    pages = sns.get_paginator("list_subscriptions").paginate()
    listed = [item for page in pages for item in page["Subscriptions"]]
    return {item["TopicArn"] for item in listed if item["SubscriptionArn"].startswith("arn:")}


def _watched(resource, alarms, topics, namespace, metrics, dimension):
    name, value = dimension
    mine = [
        alarm
        for alarm in alarms
        if alarm.get("Namespace") == namespace
        and alarm.get("MetricName") in metrics
        and {"Name": name, "Value": value} in alarm.get("Dimensions", [])
    ]
    evidence = [("cloudwatch:DescribeAlarms", "AlarmName", alarm["AlarmName"]) for alarm in mine]
    problems = [_problem(alarm, topics) for alarm in mine]
    if not mine:
        return failed(resource, f"no alarm on {' or '.join(metrics[:2])} watches it", evidence=evidence)
    if all(problems):
        return failed(resource, f"the alarm {mine[0]['AlarmName']} {problems[0]}", evidence=evidence)
    return passed(resource, f"watched by {mine[problems.index('')]['AlarmName']}", evidence=evidence)


def _problem(alarm, topics):
    """Why this alarm would tell nobody; empty when it would."""
    if not alarm.get("ActionsEnabled"):
        return "has its actions switched off"
    if alarm.get("ComparisonOperator") not in RISING or alarm.get("Threshold", 0) > REACHABLE:
        return f"waits for {alarm.get('ComparisonOperator')} {alarm.get('Threshold'):g}, which no outage reaches"
    if not any(action in topics for action in alarm.get("AlarmActions", [])):
        return "calls no topic that anybody reads"
    return ""
