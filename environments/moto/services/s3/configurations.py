"""Encryption, lifecycle, replication and notifications: configurations that S3 refuses and moto stores.

Sources: S3 API Reference, "PutBucketEncryption", "PutBucketLifecycleConfiguration", "PutBucketReplication"
and "PutBucketNotificationConfiguration".
"""

import re
from collections.abc import Mapping
from typing import Any

from moto import backends
from moto.s3.models import S3Backend, s3_backends

from ._service import Refusal, before, malformed, service

KMS = ("aws:kms", "aws:kms:dsse")
ALGORITHMS = ("AES256", *KMS)
STORAGE_CLASSES = ("STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")
ACTIONS = (
    "Expiration", "Transition", "NoncurrentVersionExpiration", "NoncurrentVersionTransition",
    "AbortIncompleteMultipartUpload",
)  # fmt: skip
DESTINATIONS = {"Queue": "Queue", "Topic": "Topic", "CloudFunction": "CloudFunction"}
DESTINATION = re.compile(r"arn:aws:(sqs|sns|lambda):([a-z0-9-]+):(\d{12}):(.+)")
MAX_RULES, MAX_ID = 1000, 255


@service.patch
def check_configurations() -> None:
    """Called before moto stores them."""
    before(S3Backend, "put_bucket_encryption", _encryption)
    before(S3Backend, "put_bucket_lifecycle", _lifecycle)
    before(S3Backend, "put_bucket_replication", _replication)
    before(S3Backend, "put_bucket_notification_configuration", _notification)


def _encryption(backend: S3Backend, bucket_name: str, encryption: dict[str, Any]) -> None:
    default = encryption["Rule"]["ApplyServerSideEncryptionByDefault"]
    if default.get("SSEAlgorithm") not in ALGORITHMS:
        raise malformed()
    if default.get("KMSMasterKeyID") and default["SSEAlgorithm"] not in KMS:
        message = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse"
        raise Refusal("InvalidArgument", message)


def _lifecycle(backend: S3Backend, bucket_name: str, rules: list[dict[str, Any]]) -> None:
    if not rules or len(rules) > MAX_RULES:
        raise malformed()
    ids = [rule["ID"] for rule in rules if rule.get("ID")]
    if len(set(ids)) < len(ids):
        raise Refusal("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule")
    if any(len(id) > MAX_ID for id in ids):
        raise Refusal("InvalidArgument", f"ID length should not exceed allowed limit of {MAX_ID}")
    for rule in rules:
        if rule.get("Status") not in ("Enabled", "Disabled") or ("Filter" not in rule and "Prefix" not in rule):
            raise malformed()
        actions = [item for name in ACTIONS for item in _items(rule.get(name))]
        if not actions:
            raise Refusal("InvalidRequest", "At least one action needs to be specified in a rule")
        for action in actions:
            _lifecycle_action(action)


def _lifecycle_action(action: Mapping[str, Any]) -> None:
    if "StorageClass" in action and action["StorageClass"] not in STORAGE_CLASSES:
        raise malformed()
    if "Days" in action and "Date" in action:
        raise malformed()
    for name in ("Days", "NoncurrentDays", "DaysAfterInitiation"):
        if name not in action:
            continue
        if not str(action[name]).isdigit():
            raise malformed()
        if int(action[name]) < (0 if "StorageClass" in action else 1):
            raise Refusal("InvalidArgument", f"'{name}' for a lifecycle action must be a positive integer")
    if str(action.get("StorageClass", "")).endswith("_IA") and int(action.get("Days", 30)) < 30:
        kind = action["StorageClass"]
        message = f"'Days' in Transition action must be greater than or equal to 30 for storageClass '{kind}'"
        raise Refusal("InvalidArgument", message)


def _replication(backend: S3Backend, bucket_name: str, replication: dict[str, Any]) -> None:
    if not replication.get("Role", "").startswith("arn:aws:iam::"):
        raise Refusal("InvalidArgument", "Role must be the ARN of an IAM role.")
    for rule in _items(replication.get("Rule")):
        if rule.get("Status") not in ("Enabled", "Disabled"):
            raise malformed()
        arn = (rule.get("Destination") or {}).get("Bucket", "")
        name = arn.removeprefix("arn:aws:s3:::")
        if name == arn or name not in s3_backends.bucket_accounts:
            raise Refusal("InvalidRequest", "Destination bucket must exist.")
        partition, account = s3_backends.bucket_accounts[name]
        if not s3_backends[account][partition].buckets[name].is_versioned:
            raise Refusal("InvalidRequest", "Destination bucket must have versioning enabled.")


def _notification(backend: S3Backend, bucket_name: str, notification_config: dict[str, Any]) -> None:
    for kind, member in DESTINATIONS.items():
        for row in _items(notification_config.get(f"{kind}Configuration")):
            arn = str(row.get(member, ""))
            if not _is_there(arn):
                message = f"Unable to validate the following destination configurations: {arn[:200]}"
                raise Refusal("InvalidArgument", message)


def _is_there(arn: str) -> bool:
    """Whether a queue, topic or function exists; those of accounts elsewhere are not looked up."""
    match = DESTINATION.fullmatch(arn)
    if not match:
        return False
    name, region, account, rest = match.groups()
    if account not in backends.get_backend("iam"):
        return True
    there = backends.get_backend(name)[account].get(region)
    if there is None:
        return False
    if name == "sqs":
        return rest in there.queues
    return arn in there.topics if name == "sns" else rest.removeprefix("function:") in there._lambdas._functions


def _items(value: Any) -> list[dict[str, Any]]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]
