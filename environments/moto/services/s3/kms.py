"""Objects under keys of KMS: the key must be there and enabled, to write one and to read it.

Sources: S3 User Guide, "Using server-side encryption with AWS KMS keys (SSE-KMS)"; S3 API Reference, "List of error
codes" (KMS.NotFoundException, KMS.DisabledException, KMS.KMSInvalidStateException).
"""

import re
from typing import Any

from moto.kms.models import kms_backends
from moto.s3.models import FakeBucket, FakeKey, S3Backend
from moto.s3.responses import S3Response

from ._service import Refusal, before, service
from .configurations import ALGORITHMS, KMS

ARN = re.compile(r"arn:aws:kms:([a-z0-9-]+):(\d{12}):((?:key|alias)/.+)")


@service.patch
def ask_for_the_key() -> None:
    """moto keeps any text as a key's id."""

    def check_put(
        backend: S3Backend, bucket_name: str, *_: Any, encryption: str | None = None, kms_key_id: str | None = None,
        **__: Any,
    ) -> None:  # fmt: skip
        bucket = backend.get_bucket(bucket_name)
        default = (bucket.encryption or {}).get("Rule", {}).get("ApplyServerSideEncryptionByDefault", {})
        _check_write(bucket, encryption or default.get("SSEAlgorithm"), kms_key_id or default.get("KMSMasterKeyID"))

    def check_headers(response: S3Response, *_: Any, **__: Any) -> None:
        algorithm = response.headers.get("x-amz-server-side-encryption")
        key = response.headers.get("x-amz-server-side-encryption-aws-kms-key-id")
        if algorithm is not None and algorithm not in ALGORITHMS:
            raise Refusal("InvalidArgument", "The encryption method specified is not supported")
        if key and algorithm not in KMS:
            message = (
                "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption "
                ": aws:kms"
            )
            raise Refusal("InvalidArgument", message)
        if key:
            _check_write(response.backend.get_bucket(response.bucket_name), algorithm, key)

    def check_get(response: S3Response, *_: Any, **__: Any) -> None:
        key = response.backend.get_object(
            response.bucket_name, response.parse_key_name(), version_id=response._get_param("versionId")
        )
        if isinstance(key, FakeKey) and key.encryption in KMS and key.kms_key_id:
            _usable(response.backend.get_bucket(response.bucket_name), key.kms_key_id)

    before(S3Backend, "put_object", check_put)
    for name in ("put_object", "copy_object", "_key_response_post"):
        before(S3Response, name, check_headers)
    before(S3Response, "get_object", check_get)


def _check_write(bucket: FakeBucket, algorithm: str | None, given: str | None) -> None:
    if algorithm in KMS and given:
        key = _usable(bucket, given)
        if key is not None and key.key_spec != "SYMMETRIC_DEFAULT":
            raise Refusal("KMS.InvalidKeyUsageException", f"{key.arn} is not a symmetric encryption key.")


def _usable(bucket: FakeBucket, given: str) -> Any:
    """moto's key by id, ARN or alias, of the bucket's Region; None for AWS's own."""
    match = ARN.fullmatch(given)
    region, account = (match[1], match[2]) if match else (bucket.region_name, bucket.account_id)
    name = match[3].removeprefix("key/") if match else given
    if name == "alias/aws/s3":
        return None
    known = account in kms_backends and region in kms_backends[account]
    keys = kms_backends[account][region] if known and region == bucket.region_name else None
    if keys is not None and name.startswith("alias/"):
        name = keys.get_key_id_from_alias(name) or ""
    key = keys.keys.get(name) if keys is not None else None
    if key is None:
        raise Refusal("KMS.NotFoundException", f"Key '{given[:256]}' does not exist")
    if key.key_state == "Disabled":
        raise Refusal("KMS.DisabledException", f"{key.arn} is disabled.")
    if key.key_state != "Enabled":
        waits = "pending deletion" if key.key_state == "PendingDeletion" else "pending import"
        raise Refusal("KMS.KMSInvalidStateException", f"{key.arn} is {waits}.")
    return key
