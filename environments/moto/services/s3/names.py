"""Names and Regions of new buckets.

Source: S3 User Guide, "General purpose bucket naming rules".
"""

import functools
import re
from typing import Any

from moto.core.base_backend import AccountSpecificBackend
from moto.s3.exceptions import BucketAlreadyExists
from moto.s3.models import S3Backend, s3_backends

from ._service import Refusal, before, service

NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
REGIONS = ("us-east-1", "EU")  # needs no list: the commonest, and the oldest name of eu-west-1
PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


@service.patch
def refuse_names_that_are_none() -> None:
    """moto looks at the length, and takes any text for a Region."""

    def check(_: S3Backend, bucket_name: str, region_name: str, *__: Any, **___: Any) -> None:
        if (
            not NAME.fullmatch(bucket_name)
            or ".." in bucket_name
            or ADDRESS.fullmatch(bucket_name)
            or bucket_name.startswith(PREFIXES)
            or bucket_name.endswith(SUFFIXES)
        ):
            raise Refusal("InvalidBucketName", "The specified bucket is not valid.")
        if region_name not in REGIONS and region_name not in _regions():
            raise Refusal("InvalidLocationConstraint", "The specified location-constraint is not valid")

    before(S3Backend, "create_bucket", check)


@functools.cache
def _regions() -> frozenset[str]:
    return frozenset(AccountSpecificBackend.get_session().get_available_regions("s3"))


@service.patch
def tell_names_that_another_account_has() -> None:
    """moto looks into the bucket that is there, which is not allowed."""

    def check(backend: S3Backend, bucket_name: str, *_: Any, **__: Any) -> None:
        _partition, owner = s3_backends.bucket_accounts.get(bucket_name, ("", backend.account_id))
        if owner != backend.account_id:
            raise Refusal("BucketAlreadyExists", BucketAlreadyExists(bucket_name).message, bucket_name=bucket_name)

    before(S3Backend, "create_bucket", check)
