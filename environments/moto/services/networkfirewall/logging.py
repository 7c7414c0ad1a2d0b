"""Where a firewall's logs go.

Source: AWS Network Firewall API Reference, UpdateLoggingConfiguration (one change a call), LogDestinationConfig.
"""

from moto.firehose.models import firehose_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends

from ...extend import Refusal
from .firewalls import existing_firewall
from .state import Members, NetworkFirewallCall, invalid, service

KEYS = {
    "S3": ({"bucketName"}, {"bucketName", "prefix"}),
    "CloudWatchLogs": ({"logGroup"}, {"logGroup"}),
    "KinesisDataFirehose": ({"deliveryStream"}, {"deliveryStream"}),
}


@service.operation
def describe_logging_configuration(call: NetworkFirewallCall) -> Members:
    """Where the firewall's logs go."""
    firewall = existing_firewall(call)
    return {
        "FirewallArn": firewall.arn,
        "LoggingConfiguration": {"LogDestinationConfigs": list(firewall.logs)},
        "EnableMonitoringDashboard": firewall.has_dashboard,
    }


@service.operation
def update_logging_configuration(call: NetworkFirewallCall) -> Members:
    """Add one destination, remove one, or change where one is."""
    firewall = existing_firewall(call)
    given = (call.get("LoggingConfiguration") or {"LogDestinationConfigs": []})["LogDestinationConfigs"]
    if len({one["LogType"] for one in given}) < len(given):
        raise invalid("Each log type has one destination.")
    before = {_key(one): one for one in firewall.logs}
    after = {_key(one): one for one in given}
    changes = before.keys() ^ after.keys() | {key for key in before.keys() & after if before[key] != after[key]}
    if len(changes) > 1:
        raise invalid("You can add, remove or change only one log destination in a call.")
    for one in given:
        _check(call, one)
    firewall.logs = list(given)
    firewall.has_dashboard = call.get("EnableMonitoringDashboard", firewall.has_dashboard)
    return {
        "FirewallArn": firewall.arn,
        "FirewallName": firewall.name,
        "LoggingConfiguration": {"LogDestinationConfigs": list(given)},
        "EnableMonitoringDashboard": firewall.has_dashboard,
    }


def _key(one: Members) -> tuple[str, str]:
    return one["LogType"], one["LogDestinationType"]


def _check(call: NetworkFirewallCall, one: Members) -> None:
    kind, destination = one["LogDestinationType"], one["LogDestination"]
    needed, known = KEYS[kind]
    if not needed <= destination.keys() <= known:
        raise invalid(f"LogDestination of {kind} takes {', '.join(sorted(known))}, parameter: {sorted(destination)}")
    if kind == "S3":
        there = destination["bucketName"] in s3_backends.bucket_accounts
    elif kind == "CloudWatchLogs":
        there = destination["logGroup"] in logs_backends[call.account][call.region].groups
    else:
        there = destination["deliveryStream"] in firehose_backends[call.account][call.region].delivery_streams
    if not there:
        raise Refusal(
            "LogDestinationPermissionException",
            f"Unable to send logs to a configured logging destination: {sorted(destination.values())}",
        )
