"""CloudWatch alarms beside moto: a new alarm has no data yet, and what an alarm needs is asked for.

Sources: Amazon CloudWatch API Reference, "PutMetricAlarm"; Amazon CloudWatch User Guide, "Using alarms".
"""

from typing import Any

from ..extend import Call, Refusal, Service

service = Service("cloudwatch", invalid="ValidationError")
service.check_inputs("set_alarm_state", "put_composite_alarm", "enable_alarm_actions", "disable_alarm_actions")
PERIODS = (10, 20, 30)  # seconds, besides the multiples of 60
MISSING_DATA = ("breaching", "notBreaching", "ignore", "missing")
WEEK = 7 * 24 * 60 * 60


@service.operation
def put_metric_alarm(call: Call[Any]) -> Any:
    """Create an alarm without data, or change one, which keeps its state."""
    given = call.input
    if ("MetricName" in given) == ("Metrics" in given):
        raise _invalid("An alarm needs either MetricName or Metrics.")
    if "MetricName" in given:
        for member in ("Namespace", "Period"):
            if member not in given:
                raise _invalid(f"The parameter {member} must be specified with MetricName.")
        if ("Statistic" in given) == ("ExtendedStatistic" in given):
            raise _invalid("Either Statistic or ExtendedStatistic must be specified, but not both.")
    period = given.get("Period")
    if period is not None and period not in PERIODS and (period < 60 or period % 60):
        raise _invalid("Period must be 10, 20, 30 or a multiple of 60.")
    if period is not None and period * given["EvaluationPeriods"] > WEEK:
        raise _invalid("Metrics cannot be checked across more than seven days.")
    if given.get("DatapointsToAlarm", 1) > given["EvaluationPeriods"]:
        raise _invalid("DatapointsToAlarm must not be larger than EvaluationPeriods.")
    if given.get("TreatMissingData", "missing") not in MISSING_DATA:
        raise _invalid(f"TreatMissingData must be one of {', '.join(MISSING_DATA)}.")
    if ("Threshold" in given) == ("ThresholdMetricId" in given):
        raise _invalid("Either Threshold or ThresholdMetricId must be specified, but not both.")
    before = call.backend.alarms.get(given["AlarmName"])
    answer = call.moto()
    alarm = call.backend.alarms[given["AlarmName"]]
    if before is None:
        alarm.state_value, alarm.state_reason = "INSUFFICIENT_DATA", "Unchecked: Initial alarm creation"
    else:
        alarm.state_value, alarm.state_reason = before.state_value, before.state_reason
    return answer


def _invalid(message: str) -> Refusal:
    return Refusal("ValidationError", message)
