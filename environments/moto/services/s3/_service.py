"""The service that S3's patches belong to, and what several topics need."""

from collections.abc import Callable, Mapping
from typing import Any

import xmltodict

from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response
from moto.s3control.models import s3control_backends

from ...extend import Refusal as OurRefusal
from ...extend import Service

service = Service("s3", is_global=True)
MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"


class Refusal(OurRefusal, S3ClientError):  # type: ignore[misc]
    """moto's S3 answers errors of its own class only."""


def malformed() -> Refusal:
    return Refusal("MalformedXML", MALFORMED)


def before(kind: type, name: str, check: Callable[..., None]) -> None:
    """Call `check` with the arguments of a method of moto's before the method; it refuses by raising Refusal."""
    original = getattr(kind, name)

    def checked(self: Any, *arguments: Any, **settings: Any) -> Any:
        check(self, *arguments, **settings)
        return original(self, *arguments, **settings)

    setattr(kind, name, checked)


def block_of(bucket: FakeBucket) -> dict[str, bool] | None:
    """The bucket's own Block Public Access."""
    return _block(bucket.public_access_block)


def account_block(account: str) -> dict[str, bool] | None:
    """The account's Block Public Access."""
    return _block(s3control_backends[account]["aws"].public_access_block)


def _block(block: Any) -> dict[str, bool] | None:
    if block is None:
        return None
    return {
        "BlockPublicAcls": block.block_public_acls,
        "IgnorePublicAcls": block.ignore_public_acls,
        "BlockPublicPolicy": block.block_public_policy,
        "RestrictPublicBuckets": block.restrict_public_buckets,
    }


def body_of(response: S3Response, root: str) -> dict[str, Any]:
    """The XML body's element of this name; MalformedXML when there is none. Entities are not expanded."""
    try:
        parsed = xmltodict.parse(response.body, disable_entities=True)
    except Exception as error:
        raise malformed() from error
    element = parsed.get(root) if isinstance(parsed, Mapping) else None
    if not isinstance(element, dict):
        raise malformed()
    return element
