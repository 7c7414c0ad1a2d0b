"""Verify a request's signature (AWS General Reference: "Signature Version 4"), with botocore's own signer."""

import hashlib
import hmac
import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW = timedelta(minutes=15)
TIMESTAMP = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z", re.ASCII)
UNSIGNED = ("UNSIGNED-PAYLOAD", "STREAMING-")


@dataclass(frozen=True)
class Claim:
    """What a request says of its signer. Nothing of it is proven yet."""

    access_key: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    timestamp: str
    token: str | None
    expires: int | None

    @property
    def presigned(self) -> bool:
        return self.expires is not None


class Malformed(Exception):
    """The signature's parts cannot be read."""


def read_claim(query: str, headers: Mapping[str, str]) -> Claim | None:
    """The signer that a request names, in its header or its query; None for an anonymous request."""
    if "authorization" in headers:
        return _from_header(headers)
    fields = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
    if "X-Amz-Signature" in fields:
        return _from_query(fields)
    if "Signature" in fields and "AWSAccessKeyId" in fields:
        raise Malformed("Signature Version 2 is not supported. Sign with Signature Version 4.")
    return None


def verify(
    claim: Claim, secret: str, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes, now: float
) -> str | None:
    """None when the signature holds, else why not. `path` and `query` are as sent; header names are small letters."""
    stale = _stale(claim, now)
    if stale:
        return stale
    if claim.presigned:
        signed_query = "&".join(part for part in query.split("&") if not part.startswith("X-Amz-Signature="))
    else:
        signed_query = query
        declared = headers.get("x-amz-content-sha256", "")
        if declared and not declared.startswith(UNSIGNED) and declared != hashlib.sha256(body).hexdigest():
            return "the body is not the one that was signed"
    if "host" not in claim.signed_headers:
        return "the host is not signed"
    url = f"http://{headers.get('host', '')}{path}" + (f"?{signed_query}" if signed_query else "")
    signed = {name: headers.get(name, "") for name in claim.signed_headers}
    request = AWSRequest(method, url, signed, body)
    request.context["timestamp"] = claim.timestamp
    signer = _signer(claim, secret)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    key = _signing_key(secret, claim.date, claim.region, claim.service)
    expected = hmac.digest(key, text.encode(), "sha256").hex()
    if not hmac.compare_digest(expected, claim.signature):
        return "The request signature we calculated does not match the signature you provided."
    return None


@lru_cache(maxsize=256)
def _signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """The key of a day, a region and a service: four digests, needed again for every request."""
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _signer(claim: Claim, secret: str) -> SigV4Auth:
    credentials = Credentials(claim.access_key, secret)
    if claim.presigned:
        return S3SigV4QueryAuth(credentials, claim.service, claim.region)
    kind = S3SigV4Auth if claim.service == "s3" else SigV4Auth
    return kind(credentials, claim.service, claim.region)


def _stale(claim: Claim, now: float) -> str | None:
    signed_at = _moment(claim.timestamp)
    if signed_at is None:
        return "the signature carries no valid date"
    if claim.timestamp[:8] != claim.date:
        return "the signature's date and scope differ"
    age = datetime.fromtimestamp(now, UTC) - signed_at
    if age < -SKEW or (not claim.presigned and age > SKEW):
        return f"Signature expired: {claim.timestamp} is more than 15 minutes away from now."
    if claim.expires is not None and age > timedelta(seconds=claim.expires):
        return "Request has expired"
    return None


def _moment(timestamp: str) -> datetime | None:
    found = TIMESTAMP.fullmatch(timestamp)
    try:
        return datetime(*map(int, found.groups()), tzinfo=UTC) if found else None  # type: ignore[misc,arg-type]
    except ValueError:
        return None


def _from_header(headers: Mapping[str, str]) -> Claim:
    text = headers["authorization"]
    found = re.fullmatch(
        rf"{ALGORITHM}\s+Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{{64}})", text
    )
    if not found:
        raise Malformed("the Authorization header is not a Signature Version 4.")
    return _claim(
        found[1], found[2], found[3], headers.get("x-amz-date", ""), headers.get("x-amz-security-token"), None
    )


def _from_query(fields: Mapping[str, str]) -> Claim:
    if fields.get("X-Amz-Algorithm") != ALGORITHM or not fields.get("X-Amz-Expires", "").isdecimal():
        raise Malformed("the presigned URL is not a Signature Version 4.")
    expires = int(fields["X-Amz-Expires"][:9])
    if expires > 604_800:
        raise Malformed("a presigned URL lives at most 604800 seconds.")
    return _claim(
        fields.get("X-Amz-Credential", ""), fields.get("X-Amz-SignedHeaders", ""), fields["X-Amz-Signature"],
        fields.get("X-Amz-Date", ""), fields.get("X-Amz-Security-Token"), expires,
    )  # fmt: skip


def _claim(
    credential: str, signed: str, signature: str, timestamp: str, token: str | None, expires: int | None
) -> Claim:
    parts = credential.split("/")
    if len(parts) != 5 or parts[4] != "aws4_request":
        raise Malformed("the credential's scope is not <key>/<date>/<region>/<service>/aws4_request.")
    names = tuple(sorted(name.lower() for name in signed.split(";")))
    return Claim(parts[0], parts[1], parts[2], parts[3], names, signature, timestamp, token, expires)
