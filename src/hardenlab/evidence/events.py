"""CloudTrail events (CloudTrail User Guide, "CloudTrail record contents" and "Console sign-in events")."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from hardenlab.evidence.draws import DAY, uuid
from hardenlab.evidence.grammar import operation
from hardenlab.evidence.labels import Event

if TYPE_CHECKING:
    from hardenlab.evidence.callers import Caller
    from hardenlab.evidence.cast import Cast

VERSION = "1.11"
TLS = {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"}
GLOBAL = frozenset({"iam", "sts", "organizations", "route53"})
DATA_EVENTS = frozenset({"GetObject", "PutObject", "DeleteObject", "HeadObject", "CopyObject"})
DENIED = "denied"
"""As `Call.error`: IAM refuses the call, with the service's own code and the usual words."""
ROOT = "root"
_days: dict[int, str] = {}


@dataclass(frozen=True, slots=True)
class Call:
    """An API call as boto3 would make it; `answer` is what is told of the response, `error` why there is none."""

    service: str
    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    answer: Mapping[str, Any] | None = None
    error: str = ""
    message: str = ""
    resources: Sequence[Mapping[str, str]] = ()
    extra: Mapping[str, Any] | None = None
    """additionalEventData."""
    on: str = ""
    """The ARN that an error message names."""
    region: str = ""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in to the console. `user` is None when nobody has the name that was typed, "root" for the root user."""

    user: str | None
    user_id: str
    address: str
    agent: str
    succeeds: bool
    mfa: bool = False


class Recorder:
    """Writes events of one account, in one stream of draws."""

    def __init__(self, cast: "Cast", random: Random) -> None:
        self._cast = cast
        self._random = random

    def event(self, moment: int, caller: "Caller", call: Call) -> Event:
        """One call as CloudTrail records it; ValueError when botocore would refuse its parameters."""
        cast, random, kind = self._cast, self._random, operation(call.service, call.name)
        kind.check(call.parameters)
        region = "us-east-1" if call.service in GLOBAL else call.region or cast.region
        is_data = call.service == "s3" and call.name in DATA_EVENTS
        identity = caller.identity
        event: Event = {
            "eventVersion": VERSION,
            "userIdentity": identity,
            "eventTime": when(moment),
            "eventSource": kind.source,
            "eventName": kind.event_name,
            "awsRegion": region,
            "sourceIPAddress": caller.address,
            "userAgent": caller.agent,
            "requestParameters": kind.request(call.parameters, region),
            "responseElements": None if call.error else kind.response(call.answer),
        }
        if call.error:
            event["errorCode"] = kind.denied if call.error == DENIED else call.error
            event["errorMessage"] = call.message or _refusal(caller.arn, call)
        if call.extra:
            event["additionalEventData"] = dict(call.extra)
        event |= {
            "requestID": uuid(random),
            "eventID": uuid(random),
            "readOnly": kind.read_only,
        }
        if call.resources:
            event["resources"] = [dict(resource) for resource in call.resources]
        event |= {
            "eventType": "AwsApiCall",
            "managementEvent": not is_data,
            "recipientAccountId": cast.account,
            "eventCategory": "Data" if is_data else "Management",
        }
        if identity["type"] == "AWSService":
            event["sharedEventID"] = uuid(random)
        else:
            label = kind.source.removesuffix(".amazonaws.com")
            host = f"{label}.amazonaws.com" if call.service == "iam" else f"{label}.{region}.amazonaws.com"
            event["tlsDetails"] = TLS | {"clientProvidedHostHeader": host}
        if caller.from_console:
            event["sessionCredentialFromConsole"] = "true"
        return event

    def sign_in(self, moment: int, attempt: SignIn) -> Event:
        """A ConsoleLogin event; the name typed is hidden when no user has it."""
        cast, random = self._cast, self._random
        user = attempt.user or "HIDDEN_DUE_TO_SECURITY_REASONS"
        identity = {"type": "IAMUser", "accountId": cast.account, "accessKeyId": "", "userName": user}
        if attempt.user == ROOT:
            arn = f"arn:aws:iam::{cast.account}:root"
            identity = {"type": "Root", "principalId": cast.account, "arn": arn, "accountId": cast.account}
        elif attempt.user:
            arn = f"arn:aws:iam::{cast.account}:user/{user}"
            identity = {"type": "IAMUser", "principalId": attempt.user_id, "arn": arn, "accountId": cast.account}
            identity["userName"] = user
        event: Event = {
            "eventVersion": VERSION,
            "userIdentity": identity,
            "eventTime": when(moment),
            "eventSource": "signin.amazonaws.com",
            "eventName": "ConsoleLogin",
            "awsRegion": "us-east-1",
            "sourceIPAddress": attempt.address,
            "userAgent": attempt.agent,
        }
        if not attempt.succeeds:
            event["errorMessage"] = "Failed authentication" if attempt.user else "No username found in supplied account"
        return event | {
            "requestParameters": None,
            "responseElements": {"ConsoleLogin": "Success" if attempt.succeeds else "Failure"},
            "additionalEventData": {
                "LoginTo": f"https://console.aws.amazon.com/console/home?region={cast.region}",
                "MobileVersion": "No",
                "MFAUsed": "Yes" if attempt.mfa else "No",
            },
            "eventID": uuid(random),
            "readOnly": False,
            "eventType": "AwsConsoleSignIn",
            "managementEvent": True,
            "recipientAccountId": cast.account,
            "eventCategory": "Management",
            "tlsDetails": TLS | {"clientProvidedHostHeader": "signin.aws.amazon.com"},
        }


def when(moment: int) -> str:
    """Seconds since 1970 as "2026-03-02T08:12:44Z"."""
    day, rest = divmod(int(moment), DAY)
    if day not in _days:
        if len(_days) > 4000:
            _days.clear()
        _days[day] = time.strftime("%Y-%m-%dT", time.gmtime(day * DAY))
    return f"{_days[day]}{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}Z"


def object_call(cast: "Cast", name: str, bucket: str, key: str, size: int, random: Random) -> Call:
    """GetObject, PutObject and the like, with the bytes that moved (S3 User Guide, "CloudTrail events")."""
    sent, received = (size, 0) if name == "GetObject" else (0, size)
    return Call(
        "s3",
        name,
        {"Bucket": bucket, "Key": key},
        resources=(
            {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{bucket}/{key}"},
            {"accountId": cast.account, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"},
        ),
        extra={
            "SignatureVersion": "SigV4",
            "CipherSuite": "TLS_AES_128_GCM_SHA256",
            "bytesTransferredIn": received,
            "AuthenticationMethod": "AuthHeader",
            "x-amz-id-2": f"{random.getrandbits(192):048x}",
            "bytesTransferredOut": sent,
        },
    )


def _refusal(arn: str, call: Call) -> str:
    action = f"{'monitoring' if call.service == 'cloudwatch' else call.service}:{call.name}"
    if call.service == "ec2":
        return f"You are not authorized to perform this operation. User: {arn} is not authorized to perform: {action}"
    on = f" on resource: {call.on}" if call.on else ""
    because = f"because no identity-based policy allows the {action} action"
    return f"User: {arn} is not authorized to perform: {action}{on} {because}"
