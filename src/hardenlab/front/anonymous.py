"""Requests without a signature: S3 answers them when policy, ACLs and public access blocks let the public in."""

import urllib.parse
from collections.abc import Callable
from typing import Any

from hardenlab.front.operations import Operation
from hardenlab.model.http import Request

JUDGE = "hardenlab.assess.anonymous:judge_anonymous"
STATUS = {"InvalidBucketName": 400, "NoSuchBucket": 404, "NoSuchKey": 404, "NotImplemented": 501}
Look = Callable[[str, dict[str, Any]], dict[str, Any]]


def anonymous_refusal(
    request: Request, operation: Operation, look: Look, seen_from: str
) -> tuple[int, str, str] | None:
    """None when the public may do this; else status, AWS's error code and a message.

    `look` runs a job on a copy of the account (see `Ledger.look`); `seen_from` is the client's address.
    """
    if operation.service != "s3":
        return 403, "MissingAuthenticationToken", "Request is missing Authentication Token"
    bucket, _, key = urllib.parse.unquote(request.path.lstrip("/")).partition("/")
    if not bucket:
        return 403, "AccessDenied", "Access Denied"
    verdict = look(
        JUDGE,
        {
            "account_id": request.account,
            "region": request.region,
            "bucket": bucket,
            "key": key,
            "operation": operation.name,
            "address": seen_from,
        },
    )
    if verdict["allowed"]:
        return None
    return STATUS.get(verdict["code"], 403), verdict["code"], verdict["message"]
