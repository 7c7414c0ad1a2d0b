"""Where web ACLs write what they decide."""

import re
from typing import Any

from moto import backends

from ...extend import Refusal
from .._resources import find_bucket
from .store import WafCall, by_arn, nonexistent, scope_of, service, wrong

PREFIX = "aws-waf-logs-"
DESTINATION = re.compile(
    r"arn:aws:(?:s3:::(?P<bucket>[^/]+)(?:/.*)?"
    r"|logs:(?P<region>[a-z0-9-]+):\d{12}:log-group:(?P<group>[^:*]+)(?::\*)?"
    r"|firehose:[a-z0-9-]+:\d{12}:deliverystream/(?P<stream>[^/]+))"
)
REDACTABLE = ("UriPath", "QueryString", "SingleHeader", "Method")


@service.operation
def put_logging_configuration(call: WafCall) -> dict[str, Any]:
    """Write to one destination whose name begins with aws-waf-logs-; replaces an earlier configuration."""
    config = call.input["LoggingConfiguration"]
    acl = by_arn(call.state, "webacl", config["ResourceArn"])
    if len(config["LogDestinationConfigs"]) != 1:
        raise wrong("A web ACL has one logging destination.", "LOG_DESTINATION", "LogDestinationConfigs")
    _check_destination(call, config["LogDestinationConfigs"][0])
    for field in config.get("RedactedFields", []):
        if len(field) != 1 or next(iter(field)) not in REDACTABLE:
            raise wrong(
                "Only UriPath, QueryString, SingleHeader and Method are redacted.", "FIELD_TO_MATCH", "RedactedFields"
            )
    for rule in config.get("LoggingFilter", {}).get("Filters", []):
        for condition in rule["Conditions"]:
            if len(condition) != 1:
                raise wrong("A condition has an action or a label name.", "FILTER_CONDITION", "Conditions")
    call.state.logging[acl.arn] = config | {"ManagedByFirewallManager": False}
    return {"LoggingConfiguration": call.state.logging[acl.arn]}


def _check_destination(call: WafCall, arn: str) -> None:
    match = DESTINATION.fullmatch(arn)
    name = match and (match["bucket"] or match["group"] or match["stream"])
    if not match or not name or not name.startswith(PREFIX):
        raise wrong(f"The ARN isn't valid: a log destination's name must start with {PREFIX}", "LOG_DESTINATION", arn)
    if not _destination_exists(call, match):
        raise Refusal(
            "WAFLogDestinationPermissionIssueException",
            f"AWS WAF cannot write to the log destination {arn[:256]}: it does not exist, or permissions are missing.",
        )


def _destination_exists(call: WafCall, match: re.Match[str]) -> bool:
    if match["bucket"]:
        return find_bucket(call.account, match["bucket"]) is not None
    if match["group"]:
        groups = backends.get_backend("logs")[call.account][call.region].groups
        return match["region"] == call.region and match["group"] in groups
    return match["stream"] in backends.get_backend("firehose")[call.account][call.region].delivery_streams


@service.operation
def get_logging_configuration(call: WafCall) -> dict[str, Any]:
    """Where a web ACL writes."""
    return {"LoggingConfiguration": _configuration(call)}


@service.operation
def delete_logging_configuration(call: WafCall) -> None:
    """Write no more."""
    del call.state.logging[_configuration(call)["ResourceArn"]]


def _configuration(call: WafCall) -> dict[str, Any]:
    config = call.state.logging.get(call.input["ResourceArn"])
    if config is None:
        raise nonexistent()
    return config


@service.operation
def list_logging_configurations(call: WafCall) -> dict[str, Any]:
    """The configurations of a scope."""
    scope = scope_of(call)
    rows = [config for arn, config in call.state.logging.items() if call.state.items[arn].scope == scope]
    return {"LoggingConfigurations": rows}
