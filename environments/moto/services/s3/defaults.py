"""What a new bucket has: all public access blocked, ACLs off, its objects encrypted.

Sources: S3 User Guide, "Default settings for new S3 buckets FAQ" (since April 2023) and "Setting default server-side
encryption behavior for Amazon S3 buckets" (deleting the configuration brings SSE-S3 back).
"""

from typing import Any

from moto.s3.models import FakeBucket, PublicAccessBlock, S3Backend

from ._service import service

ENFORCED = "BucketOwnerEnforced"


def _sse_s3() -> dict[str, Any]:
    return {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": "false"}}


@service.patch
def make_buckets_private() -> None:
    """A bucket of moto's begins with none of it."""
    original = FakeBucket.__init__

    def begin(bucket: FakeBucket, *arguments: Any, **settings: Any) -> None:
        original(bucket, *arguments, **settings)
        bucket.public_access_block = PublicAccessBlock(True, True, True, True)
        bucket.ownership_rule = ENFORCED
        bucket.encryption = _sse_s3()

    FakeBucket.__init__ = begin


@service.patch
def encrypt_always() -> None:
    """Without a configuration of its own a bucket uses SSE-S3."""

    def delete_bucket_encryption(backend: S3Backend, bucket_name: str) -> None:
        backend.get_bucket(bucket_name).encryption = _sse_s3()

    S3Backend.delete_bucket_encryption = delete_bucket_encryption
