"""ACLs: refused where the bucket's owner owns everything or where public ones are blocked; private by default.

Sources: S3 User Guide, "Controlling ownership of objects and disabling ACLs for your bucket" and "Blocking public
access to your Amazon S3 storage"; S3 API Reference, "CreateBucket" and "PutBucketOwnershipControls".
"""

from collections.abc import Mapping
from typing import Any

from hardenlab.semantics.public import refuses_put
from moto.s3.models import FakeAcl, FakeBucket, S3Backend, get_canned_acl
from moto.s3.responses import S3Response

from ._service import Refusal, account_block, before, block_of, malformed, service
from .defaults import ENFORCED

OWNERSHIPS = (ENFORCED, "BucketOwnerPreferred", "ObjectWriter")
CANNED = (
    "private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read", "bucket-owner-read",
    "bucket-owner-full-control", "log-delivery-write",
)  # fmt: skip
OWNERS_OWN = ("", "private", "bucket-owner-full-control")


@service.patch
def refuse_unknown_canned_acls() -> None:
    """moto breaks at one."""

    def check(_: S3Response, headers: Mapping[str, str]) -> None:
        named = headers.get("x-amz-acl", "")
        if named and named not in CANNED:
            raise Refusal("InvalidArgument", f"Invalid canned ACL: {named[:60]}")

    before(S3Response, "_acl_from_headers", check)


@service.patch
def refuse_acls() -> None:
    """Bucket ACLs and object ACLs, however they arrive."""

    def check_bucket(backend: S3Backend, bucket_name: str, acl: FakeAcl | None) -> None:
        _check(backend.get_bucket(bucket_name), acl)

    def check_object(backend: S3Backend, bucket_name: str, key: str, acl: FakeAcl | None, *_: Any, **__: Any) -> None:
        _check(backend.get_bucket(bucket_name), acl)

    before(S3Backend, "put_bucket_acl", check_bucket)
    before(S3Backend, "put_object_acl", check_object)


@service.patch
def give_new_objects_their_own_acl() -> None:
    """An object's ACL is private unless the request says otherwise; moto would copy the bucket's."""
    from_headers = S3Response._acl_from_headers

    def acl_from_headers(response: S3Response, headers: Mapping[str, str]) -> FakeAcl | None:
        acl = from_headers(response, headers)
        return acl or (get_canned_acl("private") if vars(response).get("_writes_object") else None)

    def writing(original: Any) -> Any:
        def write(response: S3Response, *arguments: Any, **settings: Any) -> Any:
            acl = from_headers(response, response.headers)
            if acl is not None:
                _check(response.backend.get_bucket(response.bucket_name), acl)
            response._writes_object = True
            return original(response, *arguments, **settings)

        return write

    S3Response._acl_from_headers = acl_from_headers
    for name in ("put_object", "copy_object", "_key_response_post"):
        setattr(S3Response, name, writing(getattr(S3Response, name)))


@service.patch
def read_object_acls_from_the_body() -> None:
    """moto reads an object's new ACL from headers only."""

    def put_object_acl(response: S3Response) -> Any:
        acl = response._acl_from_headers(response.headers)
        if acl is None:
            acl = response._acl_from_body() if response.body else get_canned_acl("private")
        key = response.parse_key_name()
        response.backend.put_object_acl(response.bucket_name, key, acl)
        headers = response._get_cors_headers_other()
        return 200, headers, ""

    S3Response.put_object_acl = put_object_acl


@service.patch
def check_how_buckets_are_made() -> None:
    """The ACL that a new bucket asks for must fit the ownership that it asks for, and the block that it gets."""
    original = S3Response._bucket_response_put

    def bucket_response_put(response: S3Response, request: Any, bucket_name: str, querystring: Any) -> Any:
        if querystring:
            return original(response, request, bucket_name, querystring)
        ownership = request.headers.get("x-amz-object-ownership", ENFORCED)
        if ownership not in OWNERSHIPS:
            raise Refusal("InvalidArgument", f"Invalid x-amz-object-ownership header: {ownership[:60]}")
        acl = response._acl_from_headers(request.headers)
        is_owners = request.headers.get("x-amz-acl", "") in OWNERS_OWN and not _grants_in(request.headers)
        if ownership == ENFORCED and not is_owners:
            message = f"Bucket cannot have ACLs set with ObjectOwnership's {ENFORCED} setting"
            raise Refusal("InvalidBucketAclWithObjectOwnership", message)
        if acl is not None and refuses_put(acl=S3Response._acl_to_dict(acl), bucket_bpa={"BlockPublicAcls": True}):
            message = "Bucket cannot have public ACLs set with BlockPublicAccess enabled"
            raise Refusal("InvalidBucketAclWithBlockPublicAccessError", message)
        request.environ.pop("HTTP_X_AMZ_ACL", None)  # moto would set the ACL before the ownership that allows it
        existed = bucket_name in response.backend.buckets
        answer = original(response, request, bucket_name, querystring)
        if acl is not None and not existed and ownership != ENFORCED:
            response.backend.get_bucket(bucket_name).set_acl(acl)
        return answer

    S3Response._bucket_response_put = bucket_response_put


@service.patch
def check_ownership() -> None:
    """Turning ACLs off needs a bucket whose ACL gives nothing to others."""

    def check(backend: S3Backend, bucket_name: str, ownership: Any) -> None:
        if ownership not in OWNERSHIPS:
            raise malformed()
        bucket = backend.get_bucket(bucket_name)
        if ownership == ENFORCED and refuses_put(acl=_shown(bucket.acl), ownership=ENFORCED):
            message = f"Bucket cannot have ACLs set with ObjectOwnership's {ENFORCED} setting"
            raise Refusal("InvalidBucketAclWithObjectOwnership", message)

    before(S3Backend, "put_bucket_ownership_controls", check)


def _check(bucket: FakeBucket, acl: FakeAcl | None) -> None:
    refused = refuses_put(
        acl=_shown(acl),
        bucket_bpa=block_of(bucket),
        account_bpa=account_block(bucket.account_id),
        ownership=str(bucket.ownership_rule) if bucket.ownership_rule else None,
    )
    if refused:
        denied = refused.code == "AccessDenied"
        raise Refusal(refused.code, f"Access Denied: {refused.because}." if denied else refused.because)


def _shown(acl: FakeAcl | None) -> dict[str, Any] | None:
    return None if acl is None else dict(S3Response._acl_to_dict(acl))


def _grants_in(headers: Mapping[str, str]) -> bool:
    return any(name.lower().startswith("x-amz-grant-") for name, _ in headers.items())
