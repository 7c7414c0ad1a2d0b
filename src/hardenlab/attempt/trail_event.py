"""One call of an attempt as CloudTrail records it.

Source: CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail userIdentity element".
"""

import base64
from typing import Any

from hardenlab.evidence.events import GLOBAL, TLS, VERSION, when
from hardenlab.evidence.grammar import Operation, operation
from hardenlab.front.parameters import Unreadable, read_answer, read_parameters
from hardenlab.front.seen import Seen

Event = dict[str, Any]
HOME = "us-east-1"  # where the events of global services are
# what a parameter or an element of the response names, by its name in the event
RESOURCES = {
    "bucketName": "AWS::S3::Bucket", "userName": "AWS::IAM::User", "roleName": "AWS::IAM::Role",
    "groupName": "AWS::IAM::Group", "policyArn": "AWS::IAM::Policy", "roleArn": "AWS::IAM::Role",
    "accessKeyId": "AWS::IAM::AccessKey", "instanceProfileName": "AWS::IAM::InstanceProfile",
    "groupId": "AWS::EC2::SecurityGroup", "instanceId": "AWS::EC2::Instance", "vpcId": "AWS::EC2::VPC",
    "subnetId": "AWS::EC2::Subnet", "volumeId": "AWS::EC2::Volume", "snapshotId": "AWS::EC2::Snapshot",
    "networkAclId": "AWS::EC2::NetworkAcl", "routeTableId": "AWS::EC2::RouteTable",
    "internetGatewayId": "AWS::EC2::InternetGateway", "networkInterfaceId": "AWS::EC2::NetworkInterface",
    "keyId": "AWS::KMS::Key", "trailARN": "AWS::CloudTrail::Trail", "functionName": "AWS::Lambda::Function",
    "topicArn": "AWS::SNS::Topic", "secretId": "AWS::SecretsManager::Secret", "tableName": "AWS::DynamoDB::Table",
    "logGroupName": "AWS::Logs::LogGroup", "loadBalancerArn": "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "webACLArn": "AWS::WAFv2::WebACL", "hostedZoneId": "AWS::Route53::HostedZone",
}  # fmt: skip
MAX_RESOURCES = 20


def trail_event(seen: Seen) -> Event:
    """The event record, without what nobody knows any more (a long body, the caller of a call before a restart)."""
    kind = operation(seen.operation.service, seen.operation.name)
    region = region_of(seen)
    error = _error(seen, kind)
    event: Event = {
        "eventVersion": VERSION,
        "userIdentity": user_identity(seen),
        "eventTime": when(int(seen.time)),
        "eventSource": kind.source,
        "eventName": kind.event_name,
        "awsRegion": region,
        "sourceIPAddress": seen.caller.address,
        "userAgent": seen.caller.agent,
        **error,
        "requestParameters": _plain(_request(seen, kind, region)),
        "responseElements": None if error or kind.read_only else _plain(_response(seen, kind)),
        "requestID": seen.id[::-1],
        "eventID": seen.id,
        "readOnly": kind.read_only,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": seen.request.account,
        "eventCategory": "Management",
    }
    host = f"{kind.source.removesuffix('.amazonaws.com')}.{region}.amazonaws.com"
    return event | {"tlsDetails": TLS | {"clientProvidedHostHeader": host}}


def region_of(seen: Seen) -> str:
    """Where CloudTrail has the event: a global service's is in one Region."""
    return HOME if seen.operation.service in GLOBAL - {"sts"} else seen.request.region


def user_identity(seen: Seen) -> Event:
    """Who called; only the key where the caller is not known any more."""
    arn, account, key = seen.caller.arn, seen.request.account, seen.request.access_key
    if not arn:
        return {"type": "Unknown", "accountId": account, "accessKeyId": key}
    path = arn.split(":", 5)[5]
    identity: Event = {"type": "Root", "principalId": account, "arn": arn, "accountId": arn.split(":")[4]}
    if path == "root":
        return identity | {"accessKeyId": key}
    identity |= {"principalId": seen.caller.unique_id, "accessKeyId": key}
    if path.startswith("user/"):
        return identity | {"type": "IAMUser", "userName": path.rpartition("/")[2]}
    if path.startswith("assumed-role/"):
        role = path.split("/")[1]
        issuer = {
            "type": "Role", "principalId": seen.caller.unique_id.partition(":")[0],
            "arn": f"arn:aws:iam::{identity['accountId']}:role/{role}", "accountId": identity["accountId"],
            "userName": role,
        }  # fmt: skip
        return identity | {"type": "AssumedRole", "sessionContext": {"sessionIssuer": issuer}}
    return identity | {"type": "FederatedUser"}


def user_name(event: Event) -> str | None:
    """What LookupEvents calls the user name: a session's is that of the session."""
    identity = event["userIdentity"]
    if identity["type"] == "AssumedRole":
        return str(identity["arn"].rpartition("/")[2])
    return "root" if identity["type"] == "Root" else identity.get("userName")


def resources(event: Event) -> list[dict[str, str]]:
    """What the event names, as LookupEvents lists it."""
    found: dict[tuple[str, str], None] = {}
    for part in (event["requestParameters"], event["responseElements"]):
        for name, value in _texts(part):
            if name in RESOURCES and len(found) < MAX_RESOURCES:
                found.setdefault((RESOURCES[name], value))
    return [{"ResourceType": kind, "ResourceName": name} for kind, name in found]


def _texts(value: Any, name: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key, item in value.items() for pair in _texts(item, key)]
    if isinstance(value, list):
        return [pair for item in value for pair in _texts(item, name)]
    return [(name, value)] if isinstance(value, str) else []


def _request(seen: Seen, kind: Operation, region: str) -> Any:
    try:
        return kind.request(read_parameters(seen.request, seen.operation), region)
    except (Unreadable, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _response(seen: Seen, kind: Operation) -> Any:
    try:
        answer = read_answer(seen.status, seen.answer, seen.operation) if seen.answer else None
        return kind.response(answer) or None
    except (Unreadable, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _error(seen: Seen, kind: Operation) -> Event:
    """errorCode and errorMessage: EC2's begin with Client, others have the name of the model's exception."""
    if seen.status < 400:
        return {}
    try:
        error = read_answer(seen.status, seen.answer, seen.operation).get("Error", {}) if seen.answer else {}
    except Unreadable:
        error = {}
    code = str(error.get("Code") or "Unknown")
    if kind.service == "ec2":
        code = f"Client.{code}"
    named = {shape.metadata.get("error", {}).get("code"): shape.name for shape in kind.model.service_model.error_shapes}
    return {"errorCode": named.get(code, code), "errorMessage": str(error.get("Message") or "")}


def _plain(value: Any) -> Any:
    """JSON alone: bytes in base64, moments and all else as text."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
