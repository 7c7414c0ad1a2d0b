"""Flow logs: what CreateFlowLogs refuses and moto takes.

Source: Amazon EC2 API Reference, "CreateFlowLogs"; Amazon VPC User Guide, "Flow log records" (available fields).
"""

import re
from typing import Any

from ...extend import Call, Refusal
from ._service import service

FIELD = re.compile(r"\$\{([a-z0-9-]+)\}")
FIELDS = frozenset(
    [
        "version",
        "account-id",
        "interface-id",
        "srcaddr",
        "dstaddr",
        "srcport",
        "dstport",
        "protocol",
        "packets",
        "bytes",
        "start",
        "end",
        "action",
        "log-status",
        "vpc-id",
        "subnet-id",
        "instance-id",
        "tcp-flags",
        "type",
        "pkt-srcaddr",
        "pkt-dstaddr",
        "region",
        "az-id",
        "sublocation-type",
        "sublocation-id",
        "pkt-src-aws-service",
        "pkt-dst-aws-service",
        "flow-direction",
        "traffic-path",
        "ecs-cluster-arn",
        "ecs-cluster-name",
        "ecs-container-instance-arn",
        "ecs-container-instance-id",
        "ecs-container-id",
        "ecs-second-container-id",
        "ecs-service-name",
        "ecs-task-definition-arn",
        "ecs-task-arn",
        "ecs-task-id",
        "reject-reason",
        "resource-id",
        "encryption-status",
    ]
)
MAX_RESOURCES = 300


@service.operation
def create_flow_logs(call: Call[Any]) -> Any:
    """Record the traffic of VPCs, subnets or interfaces."""
    if len(call.input["ResourceIds"]) > MAX_RESOURCES:
        raise Refusal("InvalidParameterValue", f"A call takes at most {MAX_RESOURCES} resource IDs.")
    kind = call.input["ResourceType"]
    if kind in ("VPC", "Subnet", "NetworkInterface") and not call.get("TrafficType"):
        raise Refusal("MissingParameter", "The request must include the TrafficType parameter")
    if call.get("LogDestinationType", "cloud-watch-logs") == "cloud-watch-logs" and call.get("LogDestination"):
        _use_log_group(call)
    if call.get("LogDestinationType") == "s3" and call.get("LogGroupName"):
        raise Refusal("InvalidParameter", "LogGroupName is only applicable for the cloud-watch-logs destination type.")
    _check_format(call.get("LogFormat"))
    return call.moto()


def _use_log_group(call: Call[Any]) -> None:
    parts = call.input["LogDestination"].split(":")
    if parts[:3] != ["arn", "aws", "logs"] or len(parts) < 7 or parts[5] != "log-group":
        raise Refusal("InvalidParameter", "LogDestination must be the ARN of a CloudWatch Logs log group.")


def _check_format(text: str | None) -> None:
    if text is None:
        return
    fields = text.split()
    unknown = [field for field in fields if not (match := FIELD.fullmatch(field)) or match[1] not in FIELDS]
    if not fields or unknown:
        shown = unknown[0][:60] if unknown else ""
        raise Refusal("InvalidParameter", f"The log format has an unknown field: '{shown}'")
