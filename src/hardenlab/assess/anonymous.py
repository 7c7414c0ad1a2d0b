"""May the public do this to a bucket? The job behind the front's answer to unsigned requests."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from hardenlab.assess.account import ClientFactory
from hardenlab.assess.read_buckets import read_bucket
from hardenlab.assess.s3_permissions import SEVERAL_OBJECTS, permission
from hardenlab.semantics.iam import CannotJudge
from hardenlab.semantics.public import anonymous_access


def judge_anonymous(clients: ClientFactory, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Decide one unsigned S3 request. Arguments: `bucket`, `key`, `operation`, `address`, and the job's usual ones."""
    operation, key = arguments["operation"], arguments["key"] or None
    if operation in SEVERAL_OBJECTS:  # they touch more than the one object that they name: never guessed
        return _refused("AccessDenied", "Access Denied")

    def client(service: str) -> Any:
        return clients(service, region_name=arguments["region"])

    try:
        bucket = read_bucket(client, arguments["account_id"], arguments["bucket"], [key] if key else [])
    except ParamValidationError:
        return _refused("InvalidBucketName", "The specified bucket is not valid.")
    except ClientError as error:
        return _refused(error.response["Error"]["Code"], error.response["Error"]["Message"])
    context = {"aws:SourceIp": arguments["address"], "aws:SecureTransport": "false"}
    try:
        decision = anonymous_access(bucket, permission(operation), key, context)
    except CannotJudge as doubt:
        return _refused("NotImplemented", f"The lab's account cannot judge this request: {doubt}")
    if decision.allowed:
        return {"allowed": True}
    return _refused("AccessDenied", "Access Denied")


def _refused(code: str, message: str) -> dict[str, Any]:
    return {"allowed": False, "code": code, "message": message}
