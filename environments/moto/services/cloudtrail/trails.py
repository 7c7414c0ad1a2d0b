"""Trails: each needs a bucket and a key that let CloudTrail write.

Sources: CloudTrail API Reference, "CreateTrail", "UpdateTrail", "DeleteTrail" and "AddTags"; CloudTrail User Guide,
"Amazon S3 bucket policy for CloudTrail" and "Configure AWS KMS key policies for CloudTrail".
"""

import re
from typing import Any

from hardenlab.semantics.iam import CannotJudge, Policies, Principal, Request, decide
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends

from ...extend import Call, Refusal
from ._service import service

WRITER = Principal.aws_service("cloudtrail.amazonaws.com")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]")
TRAIL = re.compile(r"arn:aws:cloudtrail:([a-z0-9-]+):(\d{12}):trail/(.+)")
KEY = re.compile(r"arn:aws:kms:([a-z0-9-]+):(\d{12}):(key|alias)/(.+)")


@service.operation
def create_trail(call: Call[Any]) -> Any:
    """A trail whose bucket's policy lets CloudTrail write there."""
    if NAME.fullmatch(call.input["Name"]):  # of another name moto says what is wrong
        _check_bucket(call, call.input["Name"], call.input["S3BucketName"], call.get("S3KeyPrefix"))
        _check_key(call, call.input["Name"])
    return call.moto()


@service.operation
def update_trail(call: Call[Any]) -> Any:
    """Other settings, under the same conditions."""
    trail = call.backend.get_trail(call.input["Name"])
    if "S3BucketName" in call.input or "S3KeyPrefix" in call.input:
        bucket = call.get("S3BucketName", trail.bucket_name)
        _check_bucket(call, trail.trail_name, bucket, call.get("S3KeyPrefix", trail.s3_key_prefix))
    _check_key(call, trail.trail_name)
    return call.moto()


@service.operation
def delete_trail(call: Call[Any]) -> Any:
    """Forget a trail that is there, by name or ARN."""
    trail = call.backend.get_trail(call.input["Name"])
    return call.moto(Name=trail.trail_name)


@service.operation
def add_tags(call: Call[Any]) -> Any:
    """Tags for a trail that is there."""
    _check_tagged(call)
    return call.moto()


@service.operation
def remove_tags(call: Call[Any]) -> Any:
    """Take tags from a trail that is there."""
    _check_tagged(call)
    return call.moto()


def _check_tagged(call: Call[Any]) -> None:
    arn = call.input["ResourceId"]
    if arn in call.state.get("event data stores", {}):
        return
    match = TRAIL.fullmatch(arn)
    if not match:
        raise Refusal("CloudTrailARNInvalidException", f"The ARN {arn[:200]} is not that of a trail.")
    if not any(trail.arn == arn for trail in call.backend.describe_trails(include_shadow_trails=True)):
        raise Refusal("ResourceNotFoundException", f"The resource {arn[:200]} was not found.")


def _check_bucket(call: Call[Any], trail: str, name: str, prefix: str | None) -> None:
    if name not in s3_backends.bucket_accounts:
        return  # moto says so
    partition, account = s3_backends.bucket_accounts[name]
    policy = s3_backends[account][partition].buckets[name].policy
    text = policy.decode() if isinstance(policy, bytes) else policy
    place = f"arn:aws:s3:::{name}"
    written = f"{place}/{f'{prefix}/' if prefix else ''}AWSLogs/{call.account}/CloudTrail/log"
    asked: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("s3:GetBucketAcl", place, {}),
        ("s3:PutObject", written, {"s3:x-amz-acl": "bucket-owner-full-control"}),
    )
    if not text or not all(_allows(call, trail, account, text, *one) for one in asked):
        message = f"Incorrect S3 bucket policy is detected for bucket: {name}"
        raise Refusal("InsufficientS3BucketPolicyException", message)


def _check_key(call: Call[Any], trail: str) -> None:
    given = call.get("KmsKeyId")
    if not given:
        return
    match = KEY.fullmatch(given)
    region, account = (match[1], match[2]) if match else (call.region, call.account)
    name = match[4] if match else given.removeprefix("alias/")
    backend = kms_backends[account][region] if account in kms_backends else None
    if backend is not None and (match[3] == "alias" if match else given.startswith("alias/")):
        name = backend.get_key_id_from_alias(f"alias/{name}") or ""
    key = backend.keys.get(name) if backend is not None else None
    if key is None:
        raise Refusal("KmsKeyNotFoundException", f"The KMS key {given[:200]} was not found.")
    if not key.enabled:
        raise Refusal("KmsKeyDisabledException", f"The KMS key {given[:200]} is disabled.")
    context = {"kms:EncryptionContext:aws:cloudtrail:arn": _arn(call, trail)}
    if not _allows(call, trail, account, key.policy, "kms:GenerateDataKey", key.arn, context):
        message = f"Insufficient permissions to access S3 bucket or KMS key {key.arn}."
        raise Refusal("InsufficientEncryptionPolicyException", message)


def _allows(
    call: Call[Any], trail: str, owner: str, policy: str, action: str, resource: str, context: dict[str, str]
) -> bool:
    where = {"aws:SourceArn": _arn(call, trail), "aws:SourceAccount": call.account}
    try:
        return decide(Request(WRITER, action, resource, owner, where | context), Policies(resource=policy)).allowed
    except CannotJudge:
        return True


def _arn(call: Call[Any], trail: str) -> str:
    return call.arn("cloudtrail", f"trail/{trail}")
