"""CloudWatch Logs beside moto: filter patterns that are read and run, metric filters that emit, keys that allow it.

What AWS's documentation leaves open about a pattern and an event counts as no match.

Sources: Amazon CloudWatch Logs User Guide, "Filter pattern syntax", "Creating metrics from log events using filters",
"Encrypt log data in CloudWatch Logs using AWS KMS"; CloudWatch Logs API Reference.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from hardenlab.semantics.iam import CannotJudge, Policies, Principal, Request, decide
from hardenlab.semantics.log_patterns import FilterPattern, Malformed, Unjudged
from moto.cloudwatch.models import cloudwatch_backends
from moto.kms.models import kms_backends

from ..extend import Call, Refusal, Service

RETENTION = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
MAX_METRIC_FILTERS = 100  # of a log group
MAX_EVENTS = 10_000  # of a page
KEY = re.compile(r"arn:aws:kms:([a-z0-9-]+):(\d{12}):key/([\w-]+)")
KEY_ACTIONS = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:GenerateDataKey", "kms:DescribeKey")
SELECTOR = re.compile(r"\$(?:\.[A-Za-z0-9_-]+|\[\d+\])+")
STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]")
WORD = re.compile(r'"([^"]*)"|\[([^\[\]]*)\]|([^\s"\[\]]+)')

LogsCall = Call[dict[str, Any]]
service = Service("logs", invalid="InvalidParameterException")
service.check_inputs("create_log_stream", "delete_log_group", "put_resource_policy", "describe_metric_filters")


def _invalid(message: str) -> Refusal:
    return Refusal("InvalidParameterException", message)


def _group(call: LogsCall, member: str = "logGroupName") -> Any:
    group = call.backend.groups.get(call.input[member])
    if group is None:
        raise Refusal("ResourceNotFoundException", "The specified log group does not exist.")
    return group


def _pattern(text: str) -> FilterPattern | None:
    """The pattern, or None where AWS does not document what it means."""
    try:
        return FilterPattern.read(text)
    except Malformed as error:
        raise _invalid(f"Invalid filter pattern: {error}"[:1000]) from None
    except Unjudged:
        return None


def _matches(pattern: FilterPattern | None, message: str) -> bool:
    return pattern is not None and pattern.decide(message).matched is True


# ---- groups: keys and retention ----


@service.operation
def create_log_group(call: LogsCall) -> Any:
    """A new group; its key must be there and let CloudWatch Logs use it."""
    if "kmsKeyId" in call.input:
        _check_key(call, call.input["kmsKeyId"], call.input["logGroupName"])
    return call.moto()


@service.operation
def associate_kms_key(call: LogsCall) -> None:
    """Encrypt what the group gets from now on."""
    group = _target(call)
    _check_key(call, call.input["kmsKeyId"], group.name)
    group.kms_key_id = call.input["kmsKeyId"]


@service.operation
def disassociate_kms_key(call: LogsCall) -> None:
    """Encrypt what the group gets from now on with AWS's own key."""
    _target(call).kms_key_id = None


def _target(call: LogsCall) -> Any:
    if ("logGroupName" in call.input) == ("resourceIdentifier" in call.input):
        raise _invalid("Specify either logGroupName or resourceIdentifier, but not both.")
    if "logGroupName" in call.input:
        return _group(call)
    name = call.input["resourceIdentifier"].partition(":log-group:")[2].removesuffix(":*")
    if name not in call.backend.groups:
        raise Refusal("ResourceNotFoundException", "The specified log group does not exist.")
    return call.backend.groups[name]


def _check_key(call: LogsCall, arn: str, name: str) -> None:
    group = call.arn("logs", f"log-group:{name}")
    match = KEY.fullmatch(arn)
    key = match and kms_backends[match[2]][match[1]].keys.get(match[3])
    usable = key and match and match[1] == call.region and key.key_state == "Enabled" and _symmetric(key)
    if not usable or not all(_may(call, key, action, group) for action in KEY_ACTIONS):
        raise _invalid(f"The specified KMS key does not exist or is not allowed to be used with Arn '{group}'")


def _symmetric(key: Any) -> bool:
    return bool(key.key_spec == "SYMMETRIC_DEFAULT" and key.key_usage == "ENCRYPT_DECRYPT")


def _may(call: LogsCall, key: Any, action: str, group: str) -> bool:
    who = Principal.aws_service(f"logs.{call.region}.amazonaws.com")
    context = {
        "kms:EncryptionContext:aws:logs:arn": group, "kms:EncryptionContextKeys": ["aws:logs:arn"],
        "aws:SourceAccount": call.account, "aws:SourceArn": group,
    }  # fmt: skip
    try:
        return decide(Request(who, action, key.arn, key.account_id, context), Policies(resource=key.policy)).allowed
    except CannotJudge:
        return False


@service.operation
def put_retention_policy(call: LogsCall) -> Any:
    """Keep events for one of the numbers of days that there are."""
    if call.input["retentionInDays"] not in RETENTION:
        raise _invalid(f"retentionInDays must be one of {', '.join(map(str, RETENTION))}.")
    return call.moto()


# ---- filters ----


@service.operation
def put_metric_filter(call: LogsCall) -> Any:
    """A metric filter whose pattern can be read."""
    group = _group(call)
    _pattern(call.input["filterPattern"])
    filters = call.backend.filters.get_matching_filters(log_group_name=group.name)
    if len(filters) >= MAX_METRIC_FILTERS and call.input["filterName"] not in [row["filterName"] for row in filters]:
        raise Refusal("LimitExceededException", f"A log group has at most {MAX_METRIC_FILTERS} metric filters.")
    return call.moto()


@service.operation
def put_subscription_filter(call: LogsCall) -> Any:
    """A subscription filter whose pattern can be read."""
    _pattern(call.input["filterPattern"])
    return call.moto()


@service.operation
def test_metric_filter(call: LogsCall) -> dict[str, Any]:
    """Which of the messages the pattern matches, and what it takes from them."""
    text = call.input["filterPattern"]
    pattern = _pattern(text)
    matches = [
        {"eventNumber": number, "eventMessage": message, "extractedValues": _extracted(text, message)}
        for number, message in enumerate(call.input["logEventMessages"], 1)
        if _matches(pattern, message)
    ]
    return {"matches": matches}


@service.operation
def filter_log_events(call: LogsCall) -> dict[str, Any]:
    """The events that the pattern matches, oldest first."""
    if "logGroupIdentifier" in call.input and "logGroupName" not in call.input:
        name = call.input["logGroupIdentifier"].rpartition(":log-group:")[2].removesuffix(":*")
        call.input["logGroupName"] = name
    if "logGroupName" not in call.input:
        raise _invalid("Specify either logGroupName or logGroupIdentifier.")
    group = _group(call)
    pattern = _pattern(call.get("filterPattern", ""))
    rows = [row for row in _events(call, group) if _matches(pattern, row["message"])]
    rows.sort(key=lambda row: row["timestamp"])
    call.input.setdefault("limit", MAX_EVENTS)
    return {"events": rows}


def _events(call: LogsCall, group: Any) -> Iterator[dict[str, Any]]:
    names, prefix = call.get("logStreamNames"), call.get("logStreamNamePrefix", "")
    start, end = call.get("startTime", 0), call.get("endTime")
    for name, stream in group.streams.items():
        if (names and name not in names) or not name.startswith(prefix):
            continue
        for event in stream.events:
            if event.timestamp >= start and (end is None or event.timestamp <= end):
                yield event.to_filter_dict() | {"logStreamName": name}


# ---- metrics from events ----


@service.operation
def put_log_events(call: LogsCall) -> Any:
    """Keep the events, and emit what the group's metric filters make of them."""
    answer = call.moto()
    for row in call.backend.filters.get_matching_filters(log_group_name=call.input["logGroupName"]):
        for transformation in row["metricTransformations"]:
            _emit(call, row["filterPattern"], transformation)
    return answer


def _emit(call: LogsCall, text: str, transformation: dict[str, Any]) -> None:
    try:
        pattern = FilterPattern.read(text)
    except (Malformed, Unjudged):
        return
    hits = [event for event in call.input["logEvents"] if _matches(pattern, event["message"])]
    data = [datum for event in hits if (datum := _datum(text, transformation, event)) is not None]
    if not hits and transformation.get("defaultValue") is not None:
        when = max(event["timestamp"] for event in call.input["logEvents"])
        data = [_of(transformation, float(transformation["defaultValue"]), when, [])]
    if data:
        cloudwatch_backends[call.account][call.region].put_metric_data(transformation["metricNamespace"], data)


def _datum(text: str, transformation: dict[str, Any], event: dict[str, Any]) -> dict[str, Any] | None:
    """What one matching event adds to the metric; nothing where its value is no number."""
    values = _extracted(text, event["message"], *transformation.get("dimensions", {}).values(),
                        transformation["metricValue"])  # fmt: skip
    written = transformation["metricValue"]
    try:
        value = float(values[written] if written.startswith("$") else written)
    except (KeyError, ValueError):
        return None
    dimensions = [
        {"Name": name, "Value": values[selector]}
        for name, selector in transformation.get("dimensions", {}).items()
        if selector in values
    ]
    return _of(transformation, value, event["timestamp"], dimensions)


def _of(transformation: dict[str, Any], value: float, when: int, dimensions: list[dict[str, str]]) -> dict[str, Any]:
    moment = datetime.fromtimestamp(when / 1000, UTC).replace(tzinfo=None)
    return {
        "MetricName": transformation["metricName"], "Value": value, "Unit": transformation.get("unit", "None"),
        "Timestamp": moment, "Dimensions": dimensions,
    }  # fmt: skip


def _extracted(text: str, message: str, *more: str) -> dict[str, str]:
    """The values that a pattern names: by selector in JSON, by field in a line of fields."""
    bare = text.strip()
    if bare.startswith("{"):
        try:
            document = json.loads(message)
        except (ValueError, RecursionError):
            return {}
        selectors = dict.fromkeys([*SELECTOR.findall(text), *(one for one in more if SELECTOR.fullmatch(one))])
        found = {selector: _selected(document, selector) for selector in selectors}
        return {selector: value for selector, value in found.items() if value is not None}
    if not bare.startswith("["):
        return {}
    words = [next(part for part in match.groups() if part is not None) for match in WORD.finditer(message)]
    names = [re.split(r"[\s=!<>]", field.strip())[0] for field in bare.strip("[]").split(",")]
    if "..." in names:
        at = names.index("...")
        names = [*names[:at], *([""] * (len(words) - len(names) + 1)), *names[at + 1 :]]
    return {f"${name or number}": word for number, (name, word) in enumerate(zip(names, words, strict=False), 1)}


def _selected(document: Any, selector: str) -> str | None:
    for key, index in STEP.findall(selector):
        try:
            document = document[int(index)] if index else document[key]
        except (KeyError, IndexError, TypeError):
            return None
    if isinstance(document, bool):
        return str(document).lower()
    return None if document is None or isinstance(document, dict | list) else str(document)
