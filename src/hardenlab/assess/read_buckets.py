"""Read what decides who reaches an S3 bucket: policy, ACLs, public access blocks, ownership."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from hardenlab.semantics.public import Bucket

# "there is none": S3 answers these where nothing has been set
ABSENT = frozenset(
    (
        "NoSuchBucketPolicy",
        "NoSuchPublicAccessBlockConfiguration",
        "OwnershipControlsNotFoundError",
        "NoSuchKey",
        "404",
    )
)
BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def read_bucket(clients: Callable[[str], Any], account_id: str, name: str, keys: Iterable[str] = ()) -> Bucket:
    """One bucket's documents, with the ACLs of these objects. `clients(service)` makes boto3 clients."""
    s3 = clients("s3")
    policy = _or_none(lambda: s3.get_bucket_policy(Bucket=name)["Policy"])
    controls = _or_none(lambda: s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"])
    return Bucket(
        name=name,
        owner=account_id,
        policy=policy,
        acl=_acl(s3.get_bucket_acl(Bucket=name)),
        object_acls=_object_acls(s3, name, keys),
        bucket_bpa=_block(_or_none(lambda: s3.get_public_access_block(Bucket=name))),
        account_bpa=read_account_block(clients, account_id),
        ownership=controls[0]["ObjectOwnership"] if controls else None,
    )


def read_account_block(clients: Callable[[str], Any], account_id: str) -> Mapping[str, bool] | None:
    """The account's own Block Public Access; None when it was never set."""
    s3control = clients("s3control")
    return _block(_or_none(lambda: s3control.get_public_access_block(AccountId=account_id)))


def _object_acls(s3: Any, bucket: str, keys: Iterable[str]) -> dict[str, Any]:
    acls = {key: _or_none(partial(s3.get_object_acl, Bucket=bucket, Key=key)) for key in keys}
    return {key: _acl(answer) for key, answer in acls.items() if answer is not None}


def _acl(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {"Owner": answer.get("Owner"), "Grants": answer.get("Grants", [])}


def _block(answer: Mapping[str, Any] | None) -> dict[str, bool] | None:
    if answer is None:
        return None
    configuration = answer["PublicAccessBlockConfiguration"]
    return {name: bool(configuration.get(name)) for name in BLOCKS}


def _or_none(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] in ABSENT:
            return None
        raise
