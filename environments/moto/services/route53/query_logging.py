"""Logging of the queries that a public hosted zone answers.

Sources: Amazon Route 53 API Reference, CreateQueryLoggingConfig (log group in us-east-1, resource policy of CloudWatch
Logs); Amazon Route 53 Developer Guide, "Public DNS query logging".
"""

import re
from typing import Any

from hardenlab.semantics.iam import CannotJudge, Policies, Principal, Request, decide
from moto.logs.models import logs_backends

from ...extend import Refusal
from .state import Route53Call, existing_zone, service, zone_id

REGION = "us-east-1"
ARN = re.compile(r"(arn:aws:logs:us-east-1:(\d{12}):log-group:([^:*]{1,512}))(?::\*)?")
WRITER = "route53.amazonaws.com"
ACTIONS = ("logs:CreateLogStream", "logs:PutLogEvents")


@service.operation
def create_query_logging_config(call: Route53Call) -> Any:
    """Log a public zone's queries to a log group that lets Route 53 write."""
    zone = existing_zone(call, call.input["HostedZoneId"])
    if zone.private_zone:
        raise Refusal("InvalidInput", "Query logging is for public hosted zones.")
    arn = call.input["CloudWatchLogsLogGroupArn"]
    match = ARN.fullmatch(arn)
    if match is None or match[2] != call.account:
        raise Refusal("InvalidInput", "The ARN must name a log group of this account in us-east-1.")
    if match[3] not in logs_backends[call.account][REGION].groups:
        raise Refusal("NoSuchCloudWatchLogsLogGroup", f"There is no log group {match[3]} in us-east-1.")
    if any(config.hosted_zone_id == zone.resource_id for config in call.backend.query_logging_configs.values()):
        raise Refusal("QueryLoggingConfigAlreadyExists", "The hosted zone has a query logging configuration already.")
    refused = [action for action in ACTIONS if not _may_write(call, action, match[1])]
    if refused:
        raise Refusal(
            "InsufficientCloudWatchLogsResourcePolicy",
            f"No resource policy of CloudWatch Logs in us-east-1 lets {WRITER} do {' and '.join(refused)} there.",
        )
    config = call.backend.create_query_logging_config(zone.resource_id, f"{match[1]}:*")
    config.cloud_watch_logs_log_group_arn = arn
    return {"QueryLoggingConfig": _shown(config), "Location": config.location}


@service.operation
def list_query_logging_configs(call: Route53Call) -> dict[str, Any]:
    """The configurations, of one zone if asked (moto gives those of all)."""
    configs = list(call.backend.query_logging_configs.values())
    if "HostedZoneId" in call.input:
        existing_zone(call, call.input["HostedZoneId"])
        configs = [one for one in configs if one.hosted_zone_id == zone_id(call.input["HostedZoneId"])]
    return {"QueryLoggingConfigs": [_shown(one) for one in configs]}


def _shown(config: Any) -> dict[str, Any]:
    return {
        "Id": config.id,
        "HostedZoneId": config.hosted_zone_id,
        "CloudWatchLogsLogGroupArn": config.cloud_watch_logs_log_group_arn,
    }


def _may_write(call: Route53Call, action: str, group: str) -> bool:
    context = {"aws:SourceAccount": call.account, "aws:SourceArn": "arn:aws:route53:::hostedzone/*"}
    request = Request(Principal.aws_service(WRITER), action, f"{group}:log-stream:any", call.account, context)
    for policy in logs_backends[call.account][REGION].resource_policies.values():
        try:
            if decide(request, Policies(resource=policy.policy_document)).allowed:
                return True
        except CannotJudge:
            continue
    return False
