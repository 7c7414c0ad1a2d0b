"""The lifecycle rules of a bucket, to be asked about objects: `account.lifecycle(bucket)`."""

from typing import Any

from botocore.exceptions import ClientError

from hardenlab.semantics.lifecycle import Lifecycle


def read_lifecycle(s3: Any, bucket: str) -> Lifecycle:
    """The rules of a bucket with its versioning; without a configuration nothing becomes of any object.

    Malformed or Unjudged is raised for rules that S3 would refuse or does not document.
    """
    versions = s3.get_bucket_versioning(Bucket=bucket)
    versioning = versions.get("Status", "Unversioned")
    try:
        document = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchLifecycleConfiguration":
            return Lifecycle((), versioning, False)
        raise
    return Lifecycle.read(document, versioning, mfa_delete=versions.get("MFADelete") == "Enabled")
