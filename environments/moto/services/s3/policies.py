"""Bucket policies: refused when malformed, about other buckets, or public while that is blocked.

Sources: S3 User Guide, "Bucket policies for Amazon S3", "Blocking public access to your Amazon S3 storage"; S3 API
Reference, "PutBucketPolicy" and "GetBucketPolicyStatus".
"""

from typing import Any

from hardenlab.semantics.iam import CannotJudge, validate
from hardenlab.semantics.public import bucket_policy_is_public, refuses_put
from moto.core.responses import ActionResult
from moto.s3.models import FakeBucket, S3Backend
from moto.s3.responses import S3Response

from .._resources import unknown_principal
from ._service import Refusal, account_block, before, block_of, service


@service.patch
def refuse_bad_policies() -> None:
    """moto stores any bytes."""

    def check(backend: S3Backend, bucket_name: str, policy: bytes) -> None:
        bucket = backend.get_bucket(bucket_name)
        text = policy.decode("utf-8", "replace") if isinstance(policy, bytes) else policy
        problems = validate(text, "bucket", resource=bucket.arn)
        if problems:
            raise Refusal("MalformedPolicy", _said(problems[0].where, str(problems[0])))
        unknown = unknown_principal(text)
        if unknown:
            raise Refusal("MalformedPolicy", f"Invalid principal in policy ({unknown[:200]} does not exist)")
        try:
            refused = refuses_put(
                policy=text, bucket_bpa=block_of(bucket), account_bpa=account_block(bucket.account_id)
            )
        except CannotJudge:
            return  # AWS does not document whether it is public: stored, and controls say what they cannot judge
        if refused:
            raise Refusal(refused.code, f"Access Denied: {refused.because}.")

    before(S3Backend, "put_bucket_policy", check)


def _said(where: str, what: str) -> str:
    """AWS's words for the commonest mistakes, then ours."""
    if where.endswith(("Resource", "NotResource")):
        return f"Policy has invalid resource ({what})"[:500]
    if where.endswith(("Action", "NotAction")):
        return f"Policy has invalid action ({what})"[:500]
    if where.endswith(("Principal", "NotPrincipal")):
        return f"Invalid principal in policy ({what})"[:500]
    return f"Policies must be valid JSON and keep to the grammar of bucket policies ({what})"[:500]


@service.patch
def tell_public_policies_as_aws_does() -> None:
    """moto looks for a star among principals."""
    original = S3Response.get_bucket_policy_status

    def get_bucket_policy_status(response: S3Response) -> Any:
        policy = response.backend.get_bucket_policy(response.bucket_name)
        try:
            public = policy and bucket_policy_is_public(policy.decode() if isinstance(policy, bytes) else policy).public
        except CannotJudge:
            return original(response)
        if not policy:
            return original(response)
        response.data["Action"] = "GetBucketPolicyStatus"
        return response.serialized(ActionResult({"PolicyStatus": {"IsPublic": public}}))

    S3Response.get_bucket_policy_status = get_bucket_policy_status


@service.patch
def leave_deciding_to_the_front() -> None:
    """moto denies by statements for everybody without reading their conditions: a rule about TLS locks the account out.

    The front has judged every caller by the whole policy before moto sees the call.
    """
    from moto.iam.access_control import PermissionResult

    def get_permission(_: FakeBucket, action: str, resource: str) -> Any:
        return PermissionResult.NEUTRAL

    FakeBucket.get_permission = get_permission
