"""Versions that must not vanish: MFA delete, retention and legal hold.

Sources: S3 User Guide, "Configuring MFA delete" and "Locking objects with Object Lock"; S3 API Reference,
"PutBucketVersioning", "GetObjectRetention" and "PutObjectRetention".
"""

import re
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.s3.models import FakeBucket, FakeKey, S3Backend
from moto.s3.responses import S3Response

from ._service import Refusal, before, body_of, malformed, service

MFA = re.compile(r"\S{9,256} \d{6}")
MODES = ("GOVERNANCE", "COMPLIANCE")


@service.patch
def keep_mfa_delete() -> None:
    """moto reads the Status of a versioning configuration and drops the rest."""
    put, get = S3Response._bucket_response_put, S3Response.get_bucket_versioning

    def bucket_response_put(response: S3Response, request: Any, bucket_name: str, querystring: Any) -> Any:
        if "versioning" not in querystring:
            return put(response, request, bucket_name, querystring)
        bucket = response.backend.get_bucket(bucket_name)
        wanted = body_of(response, "VersioningConfiguration")
        status, mfa = wanted.get("Status"), wanted.get("MfaDelete")
        if status not in ("Enabled", "Suspended") or mfa not in (None, "Enabled", "Disabled"):
            raise malformed()
        if bucket.object_lock_enabled and status == "Suspended":
            message = (
                "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
            )
            raise Refusal("InvalidBucketState", message)
        if mfa is not None or _needs_mfa(bucket):
            _check_mfa(response)
        answer = put(response, request, bucket_name, querystring)
        if mfa is not None:
            bucket.mfa_delete = mfa
        return answer

    def get_bucket_versioning(response: S3Response) -> Any:
        bucket = response.backend.get_bucket(response.bucket_name)
        if vars(bucket).get("mfa_delete") is None:
            return get(response)
        response.data["Action"] = "GetBucketVersioning"
        return response.serialized(ActionResult({"Status": bucket.versioning_status, "MFADelete": bucket.mfa_delete}))

    S3Response._bucket_response_put, S3Response.get_bucket_versioning = bucket_response_put, get_bucket_versioning


@service.patch
def ask_for_mfa_before_a_version_goes() -> None:
    """While MFA delete is on, versions go only with a code in the request."""

    def check_one(response: S3Response) -> None:
        if response._get_param("versionId") and _needs_mfa(response.backend.get_bucket(response.bucket_name)):
            _check_mfa(response)

    def check_several(response: S3Response, bucket_name: str, *_: Any, **__: Any) -> None:
        if _needs_mfa(response.backend.get_bucket(bucket_name)) and b"VersionId" in response.body:
            _check_mfa(response)

    before(S3Response, "delete_object", check_one)
    before(S3Response, "_bucket_response_delete_keys", check_several)


def _needs_mfa(bucket: FakeBucket) -> bool:
    return bool(vars(bucket).get("mfa_delete") == "Enabled")


def _check_mfa(response: S3Response) -> None:
    if not MFA.fullmatch(response.headers.get("x-amz-mfa", "")):
        raise Refusal("AccessDenied", "Mfa Authentication must be used for this request")


# ---- object lock ----


@service.patch
def answer_retention() -> None:
    """moto answers GET ?retention with the object, and a configuration of days with `Years: 0` beside them."""
    get = S3Response._key_response_get

    def key_response_get(response: S3Response, query: dict[str, Any], key_name: str) -> Any:
        if "retention" not in query:
            return get(response, query, key_name)
        key = response.backend.get_object(response.bucket_name, key_name, version_id=response._get_param("versionId"))
        if not response.backend.get_bucket(response.bucket_name).object_lock_enabled:
            raise Refusal("InvalidRequest", "Bucket is missing Object Lock Configuration")
        if not isinstance(key, FakeKey):
            raise Refusal("NoSuchKey", "The specified key does not exist.")
        if not key.lock_mode:
            message = "The specified object does not have a ObjectLock configuration"
            raise Refusal("NoSuchObjectLockConfiguration", message)
        response.data["Action"] = "GetObjectRetention"
        retention = {"Mode": key.lock_mode, "RetainUntilDate": key.lock_until}
        return response.serialized(ActionResult({"Retention": retention}))

    def get_object_lock_configuration(response: S3Response) -> Any:
        bucket = response.backend.get_bucket(response.bucket_name)
        if not bucket.object_lock_enabled:
            message = "Object Lock configuration does not exist for this bucket"
            raise Refusal("ObjectLockConfigurationNotFoundError", message)
        configuration: dict[str, Any] = {"ObjectLockEnabled": "Enabled"}
        if bucket.default_lock_mode:
            spans = {"Days": bucket.default_lock_days, "Years": bucket.default_lock_years}
            retention = {"Mode": bucket.default_lock_mode} | {name: span for name, span in spans.items() if span}
            configuration["Rule"] = {"DefaultRetention": retention}
        response.data["Action"] = "GetObjectLockConfiguration"
        return response.serialized(ActionResult({"ObjectLockConfiguration": configuration}))

    S3Response._key_response_get = key_response_get
    S3Response.get_object_lock_configuration = get_object_lock_configuration


@service.patch
def keep_retention() -> None:
    """A retention in force is not shortened: under COMPLIANCE never, under GOVERNANCE with the bypass only."""

    def check_object(response: S3Response) -> None:
        mode, until = response._mode_until_from_body()
        now = utcnow().strftime("%Y-%m-%dT%H:%M:%SZ")
        if mode is not None and (mode not in MODES or not until):
            raise malformed()
        if until is not None and until < now:
            raise Refusal("InvalidArgument", "The retain until date must be in the future!")
        key_name = response.parse_key_name()
        key = response.backend.get_object(response.bucket_name, key_name, version_id=response._get_param("versionId"))
        if not isinstance(key, FakeKey) or not key.lock_mode or (key.lock_until or "") < now:
            return
        is_weaker = (until or "") < key.lock_until or (mode != key.lock_mode and key.lock_mode == "COMPLIANCE")
        bypass = response.headers.get("x-amz-bypass-governance-retention", "").lower() == "true"
        if is_weaker and not (bypass and key.lock_mode == "GOVERNANCE"):
            raise Refusal("AccessDenied", "Access Denied because object protected by object lock.")

    def check_default(backend: S3Backend, bucket_name: str, lock_enabled: bool, *rest: Any) -> None:
        mode, days, years = (*rest, None, None, None)[:3]
        if not lock_enabled or (mode and (mode not in MODES or not (days or years))):
            raise malformed()

    before(S3Response, "put_object_retention", check_object)
    before(S3Backend, "put_object_lock_configuration", check_default)
