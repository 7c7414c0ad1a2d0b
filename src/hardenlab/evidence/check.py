"""Whether an event is one that CloudTrail could have written, judged by botocore's models and the user guide."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hardenlab.evidence.grammar import EC2_LAUNCH, EC2_SETS, S3_SUBRESOURCES, Operation, lowered, recorded_operation

FIELDS = frozenset(
    {
        "eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress",
        "userAgent", "requestParameters", "responseElements", "eventID", "readOnly", "eventType", "managementEvent",
        "recipientAccountId", "eventCategory",
    }
)  # fmt: skip
OPTIONAL = frozenset(
    {
        "requestID", "errorCode", "errorMessage", "additionalEventData", "resources", "tlsDetails", "sharedEventID",
        "sessionCredentialFromConsole", "vpcEndpointId", "serviceEventDetails",
    }
)  # fmt: skip
# what each kind of identity has, and what it may have besides
IDENTITIES: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "Root": (frozenset({"principalId", "arn", "accountId"}), frozenset({"accessKeyId", "sessionContext"})),
    "IAMUser": (
        frozenset({"accountId", "userName"}),
        frozenset({"principalId", "arn", "accessKeyId", "sessionContext", "invokedBy"}),
    ),
    "AssumedRole": (
        frozenset({"principalId", "arn", "accountId", "sessionContext"}),
        frozenset({"accessKeyId", "invokedBy"}),
    ),
    "AWSService": (frozenset({"invokedBy"}), frozenset()),
    "AWSAccount": (frozenset({"principalId", "accountId"}), frozenset({"invokedBy"})),
    "WebIdentityUser": (frozenset({"principalId", "userName", "identityProvider"}), frozenset()),
}
COMMON_ERRORS = frozenset(
    {
        "AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation", "Client.DryRunOperation",
        "Client.InvalidPermission.Duplicate", "Client.InvalidInstanceID.NotFound", "Client.InstanceLimitExceeded",
        "Client.VcpuLimitExceeded", "ThrottlingException", "ValidationException", "NoSuchBucketPolicy", "NoSuchKey",
        "NoSuchPublicAccessBlockConfiguration", "NoSuchBucket",
    }
)  # fmt: skip
S3_FIELDS = frozenset(
    {
        "bucketName", "key", "Host", "prefix", "list-type", "x-amz-copy-source", "bucketPolicy",
        "PublicAccessBlockConfiguration", "VersioningConfiguration", "BucketLoggingStatus", *S3_SUBRESOURCES.values(),
    }
)  # fmt: skip
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_ACCOUNT = re.compile(r"\d{12}")
_KEY = re.compile(r"(AKIA|ASIA)[A-Z2-7]{16}")


def problems(event: Mapping[str, Any]) -> list[str]:
    """What is wrong with an event, each as a sentence; empty when CloudTrail could have written it."""
    return list(_problems(event))


def _problems(event: Mapping[str, Any]) -> Iterator[str]:
    missing, strange = FIELDS - event.keys(), event.keys() - FIELDS - OPTIONAL
    if missing or strange:
        yield f"fields: {sorted(missing)} missing, {sorted(strange)} unknown"
        return
    if not _TIME.fullmatch(event["eventTime"]):
        yield f"eventTime {event['eventTime']!r} is no time"
    for name in ("eventID", "requestID"):
        if name in event and not _UUID.fullmatch(event[name]):
            yield f"{name} is no UUID"
    if not _ACCOUNT.fullmatch(event["recipientAccountId"]):
        yield "recipientAccountId is no account"
    if event["managementEvent"] != (event["eventCategory"] == "Management"):
        yield "managementEvent and eventCategory disagree"
    yield from _identity(event["userIdentity"], event)
    if event["eventType"] == "AwsConsoleSignIn":
        yield from _sign_in(event)
    elif event["eventType"] == "AwsApiCall":
        yield from _call(event)
    else:
        yield f"eventType {event['eventType']!r} is not judged here"


def _identity(identity: Mapping[str, Any], event: Mapping[str, Any]) -> Iterator[str]:
    kind = str(identity.get("type"))
    if kind not in IDENTITIES:
        yield f"userIdentity of type {kind!r}"
        return
    needed, allowed = IDENTITIES[kind]
    have = identity.keys() - {"type"}
    if needed - have or have - needed - allowed:
        yield f"userIdentity {kind}: {sorted(needed - have)} missing, {sorted(have - needed - allowed)} unknown"
    key = identity.get("accessKeyId")
    if key and not _KEY.fullmatch(key):
        yield f"{key!r} is no access key id"
    temporary = "sessionContext" in identity
    if key and key.startswith("ASIA") != temporary:
        yield f"{key} and the session context disagree"
    if temporary and not {"creationDate", "mfaAuthenticated"} <= identity["sessionContext"]["attributes"].keys():
        yield "sessionContext needs its attributes"
    if temporary and identity["sessionContext"]["attributes"]["creationDate"] > event["eventTime"]:
        yield "the session is younger than the call"
    if kind == "AWSService" and event["sourceIPAddress"] != identity["invokedBy"]:
        yield "a service calls from its own name"


def _sign_in(event: Mapping[str, Any]) -> Iterator[str]:
    if (event["eventSource"], event["eventName"]) != ("signin.amazonaws.com", "ConsoleLogin"):
        yield "a sign-in is a ConsoleLogin of signin.amazonaws.com"
    failed = event["responseElements"] == {"ConsoleLogin": "Failure"}
    if failed != ("errorMessage" in event) or event["readOnly"]:
        yield "a failed sign-in has an error message, and none is read-only"


def _call(event: Mapping[str, Any]) -> Iterator[str]:
    try:
        kind = recorded_operation(event["eventSource"], event["eventName"])
    except ValueError as error:
        yield str(error)
        return
    if event["readOnly"] != kind.read_only:
        yield f"readOnly of {kind.name} is {kind.read_only}"
    if "requestID" not in event:
        yield "a call has a request id"
    code = event.get("errorCode")
    if code and code not in kind.errors | COMMON_ERRORS:
        yield f"{kind.service} has no error {code}"
    if (code or kind.read_only) and event["responseElements"] and not kind.name.startswith("AssumeRole"):
        yield "reads and failures tell no response"
    yield from _request(kind, event["requestParameters"])
    if event["responseElements"]:
        yield from _unknown(kind.model.output_shape, event["responseElements"], kind.service == "ec2", "response")


def _request(kind: Operation, given: Mapping[str, Any] | None) -> Iterator[str]:
    if given is None or (kind.service == "ec2" and not given):
        return
    if kind.service == "s3":
        if given.keys() - S3_FIELDS:
            yield f"S3 writes no {sorted(given.keys() - S3_FIELDS)}"
        return
    if kind.name == "RunInstances" and kind.service == "ec2":
        items = given["instancesSet"]["items"]
        if any(item.keys() - set(map(lowered, EC2_LAUNCH)) for item in items):
            yield "instancesSet of RunInstances has image, counts and key only"
        given = {name: value for name, value in given.items() if name not in ("instancesSet", "userData")}
    yield from _unknown(kind.model.input_shape, given, kind.service == "ec2", "request")


def _unknown(shape: Any, value: Any, ec2: bool, where: str) -> Iterator[str]:
    """Members of what was written that the shape does not have, under the names that CloudTrail gives them."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        members = {_name(name, member, ec2, where): member for name, member in shape.members.items()}
        for name, given in value.items():
            if name not in members:
                yield f"{where}.{name} is no member of {shape.name}"
            elif given is not None:
                yield from _unknown(members[name], given, ec2, f"{where}.{name}")
    elif kind == "list":
        yield from _unknown_items(shape, value, ec2, where)
    elif kind in ("structure", "map") and not isinstance(value, Mapping):
        yield f"{where} must be an object"
    elif kind == "string" and not isinstance(value, str):
        yield f"{where} must be a text"
    elif kind in ("integer", "long") and (isinstance(value, bool) or not isinstance(value, int)):
        yield f"{where} must be a whole number"
    elif kind == "boolean" and not isinstance(value, bool):
        yield f"{where} must be true or false"


def _name(name: str, member: Any, ec2: bool, where: str) -> str:
    if not ec2:
        return lowered(name)
    if where.startswith("request"):
        return EC2_SETS[name][0] if name in EC2_SETS else lowered(name)
    written: str = member.serialization.get("name", lowered(name))
    return "_return" if written == "return" else written


def _unknown_items(shape: Any, value: Any, ec2: bool, where: str) -> Iterator[str]:
    items = value.get("items", ()) if ec2 and isinstance(value, Mapping) else value
    if not isinstance(items, list):
        yield f"{where} must be a list"
        return
    for item in items:
        if ec2 and isinstance(item, Mapping) and shape.member.type_name != "structure":
            item = next(iter(item.values()))
        yield from _unknown(shape.member, item, ec2, where)
