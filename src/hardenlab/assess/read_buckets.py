"""Read what decides who reaches an S3 bucket: policy, ACLs, public access blocks, ownership."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from hardenlab.assess.read_principals import Rights, read_role
from hardenlab.semantics.iam import Decision, Policies, Principal, Request, decide, principal_context
from hardenlab.semantics.public import Bucket, BucketVerdict, bucket_is_public, public_witness
from hardenlab.semantics.public import Witness as PublicRequest

MAX_KEYS = 50

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


@dataclass(frozen=True)
class OwnBucket:
    """A bucket judged by its own settings: the account's block is somebody else's task."""

    name: str
    keys: tuple[str, ...]
    documents: Bucket
    rights: Callable[[str], Rights]

    def public_request(self) -> PublicRequest | None:
        """An anonymous request that succeeds by the bucket's own policy, ACLs and public access block."""
        return public_witness(self.documents, self.keys)

    def is_public(self) -> BucketVerdict:
        """Whether AWS calls the bucket's policy or ACL public, its own public access block considered."""
        own = self.documents
        return bucket_is_public(own.policy, own.acl, own.bucket_bpa, None, own.ownership)

    def role_may(self, role_arn: str, action: str, key: str | None = None) -> Decision:
        """Whether a session of this role may do it, by the role's policies and the bucket's."""
        account, name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
        caller = Principal.role_session(f"arn:aws:sts::{account}:assumed-role/{name}/application", role_arn)
        rights = self.rights(name)
        request = Request(caller, action, self.documents.arn(key), account, principal_context(caller))
        policies = Policies(identity=rights.identity, boundary=rights.boundary, resource=self.documents.policy)
        return decide(request, policies)

    def takes_from(self, writer: str, key: str, context: Mapping[str, Any] | None = None) -> Decision:
        """Whether the bucket's policy lets a service ("delivery.logs.amazonaws.com") or an account's root write `key`.

        Such a writer brings no identity policy that would count here: a service has none, and AWS's own accounts that
        deliver logs allow themselves.
        """
        caller = Principal.aws_service(writer) if "." in writer else Principal.root(writer)
        known = principal_context(caller) | dict(context or {})
        request = Request(caller, "s3:PutObject", self.documents.arn(key), self.documents.owner, known)
        return decide(request, Policies(resource=self.documents.policy))


def read_own_buckets(clients: Callable[[str], Any], account_id: str) -> list[OwnBucket]:
    """Every bucket of the account with its first objects."""
    s3, iam = clients("s3"), clients("iam")
    found = []
    for name in sorted(bucket["Name"] for bucket in s3.list_buckets()["Buckets"]):
        listed = s3.list_objects_v2(Bucket=name, MaxKeys=MAX_KEYS).get("Contents", [])
        keys = tuple(item["Key"] for item in listed)
        found.append(OwnBucket(name, keys, _read_bucket(s3, account_id, name, keys), partial(read_role, iam)))
    return found


def read_bucket(clients: Callable[[str], Any], account_id: str, name: str, keys: Iterable[str] = ()) -> Bucket:
    """One bucket's documents, with the ACLs of these objects. `clients(service)` makes boto3 clients."""
    bucket = _read_bucket(clients("s3"), account_id, name, keys)
    return replace(bucket, account_bpa=read_account_block(clients, account_id))


def _read_bucket(s3: Any, account_id: str, name: str, keys: Iterable[str]) -> Bucket:
    """What is set on the bucket itself."""
    policy = _or_none(lambda: s3.get_bucket_policy(Bucket=name)["Policy"])
    controls = _or_none(lambda: s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"])
    return Bucket(
        name=name,
        owner=account_id,
        policy=policy,
        acl=_acl(s3.get_bucket_acl(Bucket=name)),
        object_acls=_object_acls(s3, name, keys),
        bucket_bpa=_block(_or_none(lambda: s3.get_public_access_block(Bucket=name))),
        account_bpa=None,
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
