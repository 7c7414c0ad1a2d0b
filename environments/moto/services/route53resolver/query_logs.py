"""Resolver query logging: where the queries of which VPCs are logged.

Sources: Amazon Route 53 API Reference, CreateResolverQueryLogConfig, AssociateResolverQueryLogConfig,
DeleteResolverQueryLogConfig, Filter; Amazon Route 53 Developer Guide, "Resolver query logging".
"""

import re
from typing import Any

from moto.firehose.models import firehose_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends

from ...extend import Refusal
from ...extend.call import hexadecimal
from .state import (
    ResolverCall,
    Things,
    by_arn,
    checked_policy,
    deleted,
    existing,
    existing_vpc,
    made_before,
    moment,
    new_thing,
    service,
)  # fmt: skip

MAX_CONFIGS = 20
ARN = re.compile(r"arn:aws:(s3|logs|firehose):([a-z0-9-]*):(\d*):(?:log-group:|deliverystream/)?([^:*]+?)(?::\*|/\*)?")
DESTINATIONS = {"s3": "S3", "logs": "CloudWatchLogs", "firehose": "KinesisFirehose"}
CONFIG_FIELDS = (
    "Arn", "AssociationCount", "CreationTime", "CreatorRequestId", "Destination", "DestinationArn", "Id", "Name",
    "OwnerId", "ShareStatus", "Status",
)  # fmt: skip
ASSOCIATION_FIELDS = ("CreationTime", "Error", "Id", "ResolverQueryLogConfigId", "ResourceId", "Status")


@service.operation
def create_resolver_query_log_config(call: ResolverCall) -> dict[str, Any]:
    """A new configuration, with a bucket, a log group or a delivery stream that is there."""
    configs = call.state.query_logs
    made = made_before(call, configs, "InvalidRequestException")
    if made is None:
        if len(configs) >= MAX_CONFIGS:
            raise Refusal("LimitExceededException", f"A Region has at most {MAX_CONFIGS} query logging configurations.")
        destination = call.input["DestinationArn"]
        if not ARN.fullmatch(destination):
            raise Refusal("InvalidParameterException", "DestinationArn must name an S3 bucket, a CloudWatch Logs log "
                          "group or a Kinesis Data Firehose delivery stream.")  # fmt: skip
        if not _is_there(call, destination):
            raise Refusal("ResourceNotFoundException", f"The destination {destination} doesn't exist.")
        members = {
            "OwnerId": call.account,
            "Status": "CREATED",
            "ShareStatus": "NOT_SHARED",
            "AssociationCount": 0,
            "Name": call.input["Name"],
            "DestinationArn": destination,
        }
        made = new_thing(call, configs, "rslvr-qlc", "resolver-query-log-config", members)
    return {"ResolverQueryLogConfig": made}


@service.operation
def get_resolver_query_log_config(call: ResolverCall) -> dict[str, Any]:
    """One configuration."""
    return {"ResolverQueryLogConfig": _config(call)}


@service.operation
def list_resolver_query_log_configs(call: ResolverCall) -> dict[str, Any]:
    """Configurations, filtered and in the order that is asked for."""
    found, total = _listed(call, call.state.query_logs, CONFIG_FIELDS)
    return {"ResolverQueryLogConfigs": found, "TotalCount": total, "TotalFilteredCount": len(found)}


@service.operation
def delete_resolver_query_log_config(call: ResolverCall) -> dict[str, Any]:
    """Forget a configuration that no VPC uses."""
    config = _config(call)
    if config["AssociationCount"]:
        raise Refusal("InvalidRequestException", "The query logging configuration is associated with a VPC: "
                      "disassociate it first.")  # fmt: skip
    gone = deleted(call, call.state.query_logs, config["Id"], "")
    return {"ResolverQueryLogConfig": {name: value for name, value in gone.items() if name != "StatusMessage"}}


@service.operation
def associate_resolver_query_log_config(call: ResolverCall) -> dict[str, Any]:
    """Log the queries of a VPC."""
    config, vpc = _config(call), call.input["ResourceId"]
    existing_vpc(call, vpc, "InvalidParameterException")
    if _between(call, config["Id"], vpc):
        raise Refusal("ResourceExistsException", f"The configuration '{config['Id']}' logs queries of '{vpc}' already.")
    id = f"rslvr-qlcassoc-{hexadecimal(17)}"
    call.state.query_log_associations[id] = {
        "Id": id,
        "ResolverQueryLogConfigId": config["Id"],
        "ResourceId": vpc,
        "CreationTime": moment(call),
    }
    config["AssociationCount"] += 1
    return {"ResolverQueryLogConfigAssociation": _shown(call, call.state.query_log_associations[id])}


@service.operation
def disassociate_resolver_query_log_config(call: ResolverCall) -> dict[str, Any]:
    """Log the queries of a VPC no more."""
    config, vpc = _config(call), call.input["ResourceId"]
    one = _between(call, config["Id"], vpc)
    if one is None:
        raise Refusal("ResourceNotFoundException", f"The configuration '{config['Id']}' logs no queries of '{vpc}'.")
    del call.state.query_log_associations[one["Id"]]
    config["AssociationCount"] -= 1
    return {"ResolverQueryLogConfigAssociation": one | {"Status": "DELETING", "Error": "NONE"}}


@service.operation
def get_resolver_query_log_config_association(call: ResolverCall) -> dict[str, Any]:
    """One association with a VPC."""
    id = call.input["ResolverQueryLogConfigAssociationId"]
    one = existing(call.state.query_log_associations, id, "query logging association")
    return {"ResolverQueryLogConfigAssociation": _shown(call, one)}


@service.operation
def list_resolver_query_log_config_associations(call: ResolverCall) -> dict[str, Any]:
    """Associations with VPCs, filtered and in the order that is asked for."""
    shown = {id: _shown(call, one) for id, one in call.state.query_log_associations.items()}
    found, total = _listed(call, shown, ASSOCIATION_FIELDS)
    return {"ResolverQueryLogConfigAssociations": found, "TotalCount": total, "TotalFilteredCount": len(found)}


@service.operation
def put_resolver_query_log_config_policy(call: ResolverCall) -> dict[str, Any]:
    """Share the configuration with whom the policy names."""
    config = by_arn(call.state.query_logs, call.input["Arn"], "UnknownResourceException")
    policy = checked_policy(call.input["ResolverQueryLogConfigPolicy"], "InvalidPolicyDocument")
    call.state.policies[config["Arn"]] = policy
    config["ShareStatus"] = "SHARED_BY_ME"
    return {"ReturnValue": True}


@service.operation
def get_resolver_query_log_config_policy(call: ResolverCall) -> dict[str, Any]:
    """The policy that shares the configuration."""
    arn = by_arn(call.state.query_logs, call.input["Arn"], "UnknownResourceException")["Arn"]
    return {"ResolverQueryLogConfigPolicy": call.state.policies.get(arn, "")}


def _config(call: ResolverCall) -> dict[str, Any]:
    return existing(call.state.query_logs, call.input["ResolverQueryLogConfigId"], "query logging configuration")


def _between(call: ResolverCall, config: str, vpc: str) -> dict[str, Any] | None:
    found = call.state.query_log_associations.values()
    return next((one for one in found if (one["ResolverQueryLogConfigId"], one["ResourceId"]) == (config, vpc)), None)


def _shown(call: ResolverCall, one: dict[str, Any]) -> dict[str, Any]:
    """With its status: queries are logged as long as the destination is there."""
    destination = call.state.query_logs[one["ResolverQueryLogConfigId"]]["DestinationArn"]
    if _is_there(call, destination):
        return one | {"Status": "ACTIVE", "Error": "NONE"}
    message = f"The destination {destination} doesn't exist."
    return one | {"Status": "FAILED", "Error": "DESTINATION_NOT_FOUND", "ErrorMessage": message}


def _is_there(call: ResolverCall, destination: str) -> bool:
    match = ARN.fullmatch(destination)
    if match is None:
        return False
    kind, region, account, name = match.groups()
    if kind == "s3":
        return name.partition("/")[0] in s3_backends.bucket_accounts
    if region != call.region or not account:
        return False
    if kind == "logs":
        return name in logs_backends[account][region].groups
    return name in firehose_backends[account][region].delivery_streams


def _listed(call: ResolverCall, things: Things, fields: tuple[str, ...]) -> tuple[list[dict[str, Any]], int]:
    """The things that fit every filter, sorted, and how many there are in all."""
    rows = [(thing, _fields(thing)) for thing in things.values()]
    for wanted in call.get("Filters", []):
        field = _field(wanted.get("Name", ""), fields)
        rows = [row for row in rows if str(row[1].get(field)) in wanted.get("Values", [])]
    if "SortBy" in call.input:
        field = _field(call.input["SortBy"], fields)
        rows.sort(key=lambda row: row[1].get(field) or "", reverse=call.get("SortOrder") == "DESCENDING")
    return [thing for thing, _ in rows], len(things)


def _fields(thing: dict[str, Any]) -> dict[str, Any]:
    service = str(thing.get("DestinationArn", "")).split(":")[2:3]
    return thing | {"Destination": DESTINATIONS.get(service[0]) if service else None}


def _field(name: str, fields: tuple[str, ...]) -> str:
    """The field that a filter names: in early versions in capitals with underscores, CREATOR_REQUEST_ID."""
    plain = name.replace("_", "").lower()
    found = next((field for field in fields if field.lower() == plain), None)
    if found is None:
        raise Refusal("InvalidParameterException", f"{name} is none of {', '.join(fields)}.")
    return found
