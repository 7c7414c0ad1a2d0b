"""How CloudTrail writes an API call, with botocore's service models as the grammar.

Parameters are given as boto3 takes them, checked against the operation's input shape, and written as CloudTrail
writes them: names begin with a small letter. What the models cannot know is written down here once: EC2's `…Set`
and `items`, S3's `bucketName`, Lambda's dated event names (CloudTrail User Guide, "CloudTrail record contents";
the services' own guides, "Logging API calls with CloudTrail").
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import botocore.exceptions
import botocore.session
from botocore.validate import ParamValidator

from hardenlab.front.operations import READ_PREFIXES

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
# shapes that the models mark as secret are left out, but for these
SHOWN_HIDDEN = frozenset({"PSParameterValue"})
# CloudTrail calls these read-only although their names do not begin like reads
READS = frozenset(
    {
        "AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "Decrypt", "Encrypt", "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext", "ReEncrypt", "StartQuery", "FilterLogEvents", "DecodeAuthorizationMessage",
        "GenerateCredentialReport",
    }
)  # fmt: skip
# botocore's folder by the first label of eventSource, where the two differ
FOLDERS = {"monitoring": "cloudwatch", "elasticloadbalancing": "elbv2", "states": "stepfunctions"}
SOURCES = {folder: label for label, folder in FOLDERS.items()}
EVENT_NAMES = {
    ("s3", "ListObjectsV2"): "ListObjects",
    ("s3", "GetPublicAccessBlock"): "GetBucketPublicAccessBlock",
    ("s3", "PutPublicAccessBlock"): "PutBucketPublicAccessBlock",
    ("s3", "DeletePublicAccessBlock"): "DeleteBucketPublicAccessBlock",
    ("lambda", "ListFunctions"): "ListFunctions20150331",
    ("lambda", "GetFunction"): "GetFunction20150331v2",
    ("lambda", "UpdateFunctionCode"): "UpdateFunctionCode20150331v2",
    ("lambda", "UpdateFunctionConfiguration"): "UpdateFunctionConfiguration20150331v2",
    ("lambda", "CreateFunction"): "CreateFunction20150331",
}
OPERATIONS = {(service, event): name for (service, name), event in EVENT_NAMES.items()}
# a list parameter of EC2, the name of its set, and the key of an item that the model has as a bare text
EC2_SETS = {
    "Filters": ("filterSet", ""),
    "GroupIds": ("securityGroupIdSet", "groupId"),
    "GroupNames": ("securityGroupSet", "groupName"),
    "ImageIds": ("imagesSet", "imageId"),
    "InstanceIds": ("instancesSet", "instanceId"),
    "KeyNames": ("keySet", "keyName"),
    "OwnerIds": ("ownersSet", "owner"),
    "Owners": ("ownersSet", "owner"),
    "RegionNames": ("regionSet", "regionName"),
    "SecurityGroupIds": ("groupSet", "groupId"),
    "SnapshotIds": ("snapshotSet", "snapshotId"),
    "SubnetIds": ("subnetSet", "subnetId"),
    "TagSpecifications": ("tagSpecificationSet", ""),
    "UserIdGroupPairs": ("groups", ""),
    "Values": ("valueSet", "value"),
    "VolumeIds": ("volumeSet", "volumeId"),
    "VpcIds": ("vpcSet", "vpcId"),
}
EC2_LAUNCH = ("ImageId", "MinCount", "MaxCount", "KeyName")
S3_NAMES = {"Bucket": "bucketName", "Key": "key", "Prefix": "prefix", "CopySource": "x-amz-copy-source"}
# the part of the bucket that a request's query names
S3_SUBRESOURCES = {
    "BucketAcl": "acl",
    "BucketEncryption": "encryption",
    "BucketLocation": "location",
    "BucketLogging": "logging",
    "BucketPolicy": "policy",
    "BucketVersioning": "versioning",
    "PublicAccessBlock": "publicAccessBlock",
}
S3_BODIES = {"PublicAccessBlockConfiguration", "VersioningConfiguration", "BucketLoggingStatus"}
_DENIED = {"ec2": "Client.UnauthorizedOperation", "json": "AccessDeniedException", "rest-json": "AccessDeniedException"}
_CHECK = ParamValidator()


@dataclass(frozen=True)
class Operation:
    """One operation of a service, as botocore's model has it."""

    service: str
    name: str
    model: Any

    @property
    def source(self) -> str:
        """eventSource, such as iam.amazonaws.com."""
        return f"{SOURCES.get(self.service, self.service)}.amazonaws.com"

    @property
    def event_name(self) -> str:
        return EVENT_NAMES.get((self.service, self.name), self.name)

    @property
    def read_only(self) -> bool:
        return self.name.startswith(READ_PREFIXES) or self.name in READS

    @property
    def denied(self) -> str:
        """The error code of a call that IAM refuses, by the service's protocol."""
        return _DENIED.get(self.model.service_model.protocol, "AccessDenied")

    @property
    def errors(self) -> frozenset[str]:
        """The error codes that the model names."""
        shapes = self.model.service_model.error_shapes
        return frozenset(code for shape in shapes for code in (shape.name, shape.metadata.get("error", {}).get("code")))

    def check(self, parameters: Mapping[str, Any]) -> None:
        """Raise ValueError when boto3 would refuse the parameters."""
        if self.model.input_shape is None:
            if parameters:
                raise ValueError(f"{self.service}:{self.name} takes no parameters")
            return
        report = _CHECK.validate(parameters, self.model.input_shape)
        if report.has_errors():
            raise ValueError(f"{self.service}:{self.name}: {report.generate_report()}")

    def request(self, parameters: Mapping[str, Any], region: str) -> dict[str, Any] | None:
        """requestParameters; null when there are none, as CloudTrail has it."""
        if self.service == "s3":
            return _s3_request(self, parameters, region)
        if not parameters:
            return {} if self.service == "ec2" else None
        if self.service == "ec2" and self.name == "RunInstances":
            return _launch(self.model.input_shape, parameters)
        written: dict[str, Any] = _write(self.model.input_shape, parameters, _INPUT[self.service == "ec2"])
        return written

    def response(self, answer: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """responseElements: null for reads, the answer of writes without secrets."""
        if answer is None:
            return None
        written: dict[str, Any] = _write(self.model.output_shape, answer, _OUTPUT[self.service == "ec2"])
        return written


@lru_cache(maxsize=1024)
def operation(service: str, name: str) -> Operation:
    """The operation of botocore's folder `service`; ValueError when there is none."""
    model = _service(service)
    if name not in model.operation_names:
        raise ValueError(f"{service} has no operation {name}; look it up in botocore's model")
    return Operation(service, name, model.operation_model(name))


def recorded_operation(event_source: str, event_name: str) -> Operation:
    """The operation that an event tells of; ValueError when botocore knows none."""
    label = event_source.removesuffix(".amazonaws.com")
    service = FOLDERS.get(label, label)
    return operation(service, OPERATIONS.get((service, event_name), event_name))


@lru_cache(maxsize=4096)
def lowered(name: str) -> str:
    """DBInstanceIdentifier becomes dBInstanceIdentifier: CloudTrail lowers the first letter, whatever follows."""
    return name[:1].lower() + name[1:]


def told(moment: int) -> str:
    """A moment within a response: "Mar 2, 2026 8:12:44 AM"."""
    when = datetime.fromtimestamp(moment, UTC)
    return f"{when:%b} {when.day}, {when.year} {when.hour % 12 or 12}:{when:%M:%S %p}"


@lru_cache(maxsize=64)
def _service(name: str) -> Any:
    try:
        return botocore.session.get_session().get_service_model(name)
    except botocore.exceptions.UnknownServiceError:
        raise ValueError(f"botocore knows no service {name}") from None


Names = Callable[[str, Any], tuple[str, str]]
"""The written name of a member, and the key of its bare items; an empty key keeps the list's items as they are."""


def _write(shape: Any, value: Any, names: tuple[Names, bool]) -> Any:
    kind = shape.type_name
    if kind == "structure":
        pairs = (_member(shape.members[name], name, given, names) for name, given in value.items())
        return dict(pair for pair in pairs if pair is not None)
    if kind == "list":
        items = [_write(shape.member, item, names) for item in value]
        return {"items": items} if names[1] else items
    if kind == "map":
        return {key: _write(shape.value, given, names) for key, given in value.items()}
    return told(value) if kind == "timestamp" and isinstance(value, int) else value


def _member(shape: Any, name: str, value: Any, names: tuple[Names, bool]) -> tuple[str, Any] | None:
    written, key = names[0](name, shape)
    if shape.metadata.get("sensitive"):
        return (written, HIDDEN) if shape.name in SHOWN_HIDDEN else None
    if key:
        return written, {"items": [{key: item} for item in value]}
    return written, _write(shape, value, names)


def _plain(name: str, _: Any) -> tuple[str, str]:
    return lowered(name), ""


def _ec2_input(name: str, _: Any) -> tuple[str, str]:
    return EC2_SETS.get(name) or (lowered(name), "")


def _ec2_output(name: str, shape: Any) -> tuple[str, str]:
    written = shape.serialization.get("name", lowered(name))
    return ("_return" if written == "return" else written), ""


_INPUT: tuple[tuple[Names, bool], tuple[Names, bool]] = ((_plain, False), (_ec2_input, True))
_OUTPUT: tuple[tuple[Names, bool], tuple[Names, bool]] = ((_plain, False), (_ec2_output, True))


def _launch(shape: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """RunInstances: what is launched stands in `instancesSet`, the rest beside it; user data is removed."""
    item = {lowered(name): parameters[name] for name in EC2_LAUNCH if name in parameters}
    rest = {name: value for name, value in parameters.items() if name not in (*EC2_LAUNCH, "UserData")}
    secret = {"userData": "<sensitiveDataRemoved>"} if "UserData" in parameters else {}
    return {"instancesSet": {"items": [item]}, **_write(shape, rest, _INPUT[True]), **secret}


def _s3_request(operation: Operation, parameters: Mapping[str, Any], region: str) -> dict[str, Any]:
    bucket = parameters.get("Bucket")
    host = f"{bucket}.s3.{region}.amazonaws.com" if bucket else f"s3.{region}.amazonaws.com"
    written: dict[str, Any] = {S3_NAMES[name]: value for name, value in parameters.items() if name in S3_NAMES}
    written["Host"] = host
    if operation.name == "ListObjectsV2":
        written["list-type"] = "2"
    for verb in ("Get", "Put", "Delete"):
        part = S3_SUBRESOURCES.get(operation.name.removeprefix(verb))
        if part:
            written[part] = ""
    for name in S3_BODIES & parameters.keys():
        written[name] = dict(parameters[name])
    if "Policy" in parameters:
        written["bucketPolicy"] = json.loads(parameters["Policy"])
    return written
