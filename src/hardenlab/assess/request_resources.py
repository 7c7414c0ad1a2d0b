"""Which resources a request names, as ARNs, for the services whose parameters say so.

The formats are the action tables' (AWS Service Authorization Reference); which parameter fills which format stands
here. What is not here is not guessed.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from hardenlab.assess.launch_resources import resources_of_launch
from hardenlab.semantics.iam import CannotJudge
from hardenlab.semantics.iam.actions import VARIABLE, ResourceType, action

Clients = Callable[[str], Any]

# by IAM prefix and type of resource: the parameters that hold its id or name
NAMED_BY: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "ec2": {
        "instance": ("InstanceId", "InstanceIds"), "security-group": ("GroupId",), "volume": ("VolumeId",),
        "vpc": ("VpcId",), "subnet": ("SubnetId",), "snapshot": ("SnapshotId",), "network-acl": ("NetworkAclId",),
        "network-interface": ("NetworkInterfaceId",), "route-table": ("RouteTableId",),
        "internet-gateway": ("InternetGatewayId",), "natgateway": ("NatGatewayId",),
    },
    "iam": {"user": ("UserName",), "role": ("RoleName",), "group": ("GroupName",), "policy": ("PolicyArn",)},
    "kms": {"key": ("KeyId",)},
    "sns": {"topic": ("TopicArn",)},
    "sqs": {"queue": ("QueueUrl", "QueueName")},
    "secretsmanager": {"Secret": ("SecretId",)},
    "ssm": {"parameter": ("Name", "Names")},
    "cloudtrail": {"trail": ("Name", "TrailName")},
    "dynamodb": {"table": ("TableName",)},
    "lambda": {"function": ("FunctionName",)},
    "route53": {"hostedzone": ("Id", "HostedZoneId")},
}  # fmt: skip
# what they create is named by the request, so that policies on it can be asked before it is there
NAMES_WHAT_IT_CREATES = frozenset(("logs",))
# CloudWatch Logs User Guide, "Resource ARNs": policies name a log group with `:*`, but for these three actions
TAGS_LOG_GROUPS = frozenset(("logs:TagResource", "logs:UntagResource", "logs:ListTagsForResource"))
PLAIN = re.compile(r"[\w+=,.@/-]{1,512}", re.ASCII)


def resources_of(
    full_name: str, parameters: Mapping[str, Any], account: str, region: str, clients: Clients
) -> list[str]:
    """The ARNs that the request acts on; `["*"]` for an action that knows no resources. CannotJudge: not known here.

    `full_name` is the action (`ec2:StopInstances`), `parameters` are by botocore's names.
    """
    known = action(full_name)
    if known is None:
        raise CannotJudge(f"the action tables do not hold {full_name}")
    if not known.resources:
        return ["*"]
    if full_name == "ec2:RunInstances":
        return resources_of_launch(parameters, account, region, clients)
    prefix = full_name.partition(":")[0]
    if prefix == "logs":
        return _of_logs(full_name, {kind.name for kind in known.resources}, parameters, f"{region}:{account}")
    found: list[str] = []
    for kind in known.resources:
        named = NAMED_BY.get(prefix, {}).get(kind.name, ())
        values = [value for name in named for value in _texts(parameters.get(name))]
        if not values:
            raise CannotJudge(f"which {kind.name} this request means is not known here")
        place = {"Partition": "aws", "Account": account, "Region": region}
        found += [_arn(prefix, kind, value, place, clients) for value in values]
    return found


def _of_logs(full_name: str, kinds: set[str], parameters: Mapping[str, Any], place: str) -> list[str]:
    """Log groups as CloudWatch Logs asks for them: with the stream behind the group, empty where none is meant."""
    if full_name in TAGS_LOG_GROUPS:
        return [arn.removesuffix(":*") for arn in _log_groups(parameters, ("resourceArn",))]
    if kinds.isdisjoint(("log-group", "log-stream")):
        raise CannotJudge(f"which {' or '.join(sorted(kinds))} this request means is not known here")
    groups = _log_groups(
        parameters, ("logGroupName", "logGroupNames", "logGroupIdentifier", "logGroupIdentifiers"), place
    )
    streams = [""] if "log-stream" not in kinds else list(_texts(parameters.get("logStreamName")))
    if not streams:
        raise CannotJudge("which log stream this request means is not known here")
    return [f"{group}:log-stream:{stream}" for group in groups for stream in streams]


def _log_groups(parameters: Mapping[str, Any], names: tuple[str, ...], place: str = "") -> list[str]:
    """The ARNs of the groups that are named, without `:*`."""
    values = [value for name in names for value in _texts(parameters.get(name))]
    if not values:
        raise CannotJudge("which log group this request means is not known here")
    return [value.removesuffix(":*") if value.startswith("arn:") else f"arn:aws:logs:{place}:log-group:{value}"
            for value in values]  # fmt: skip


def _texts(value: Any) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str) and item:
            yield item


def _arn(prefix: str, kind: ResourceType, value: str, place: Mapping[str, str], clients: Clients) -> str:
    if value.startswith("arn:"):
        return value
    if prefix == "sqs":
        value = value.rstrip("/").rpartition("/")[2]
    if prefix in LOOKED_UP:
        return _looked_up(prefix, kind.name, value, clients)
    value = value.removeprefix("/hostedzone/").lstrip("/")
    if not PLAIN.fullmatch(value):
        raise CannotJudge(f"{value[:120]!r} is not a plain name of a {kind.name}")
    own = [variable for variable in VARIABLE.findall(kind.arn) if variable[2:-1] not in place]
    if len(own) != 1:
        raise CannotJudge(f"the ARN of a {kind.name} needs more than its name")
    return VARIABLE.sub(lambda match: place.get(match[0][2:-1], value), kind.arn)


def _looked_up(prefix: str, kind: str, value: str, clients: Clients) -> str:
    """ARNs that hold more than the name does: a path, a random suffix, the id behind an alias."""
    try:
        return str(LOOKED_UP[prefix](clients(prefix), kind, value))
    except ClientError as error:
        raise CannotJudge(f"the {kind} {value[:120]!r} could not be looked up: {error}") from None


def _iam_arn(iam: Any, kind: str, name: str) -> str:
    title = kind.capitalize()
    return str(getattr(iam, f"get_{kind}")(**{f"{title}Name": name})[title]["Arn"])


LOOKED_UP: Mapping[str, Callable[[Any, str, str], Any]] = {
    "iam": _iam_arn,
    "kms": lambda kms, _, key: kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"],
    "secretsmanager": lambda secrets, _, name: secrets.describe_secret(SecretId=name)["ARN"],
}
