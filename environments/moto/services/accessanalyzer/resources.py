"""The resources of an account and Region that somebody outside may reach, with their policies, read from moto.

Source: IAM User Guide, "IAM Access Analyzer resource types for external access".
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from moto import backends

from ..s3._service import account_block, block_of


@dataclass(frozen=True)
class Resource:
    """One resource: its policy as text, and what else opens it."""

    arn: str
    type: str
    service: str  # as `hardenlab.semantics.public.resource_policy_is_public` names it
    policy: str | None
    acl: Any = None
    blocks: tuple[Any, Any] = (None, None)  # the bucket's and the account's Block Public Access
    ownership: str | None = None
    shared_with: tuple[str, ...] = field(default=())  # accounts, or * for everybody, where there is no policy


def resources(account: str, region: str) -> Iterator[Resource]:
    """Buckets of the Region, roles (global), keys, topics, queues, secrets, functions, snapshots, repositories."""
    yield from _buckets(account, region)
    for role in _backend("iam", account, "aws", "roles"):
        if not role.path.startswith("/aws-service-role/"):
            yield Resource(role.arn, "AWS::IAM::Role", "sts", _text(role.assume_role_policy_document))
    for key in _backend("kms", account, region, "keys"):
        if key.key_state not in ("PendingDeletion",):
            yield Resource(key.arn, "AWS::KMS::Key", "kms", _text(key.policy))
    for topic in _backend("sns", account, region, "topics"):
        yield Resource(topic.arn, "AWS::SNS::Topic", "sns", _text(topic.policy))
    for queue in _backend("sqs", account, region, "queues"):
        yield Resource(queue.queue_arn, "AWS::SQS::Queue", "sqs", _text(queue.policy))
    for secret in _backend("secretsmanager", account, region, "secrets"):
        yield Resource(
            secret.arn, "AWS::SecretsManager::Secret", "secretsmanager", _text(getattr(secret, "policy", None))
        )
    for repository in _backend("ecr", account, region, "repositories"):
        yield Resource(repository.arn, "AWS::ECR::Repository", "ecr", _text(repository.policy))
    yield from _functions(account, region)
    for snapshot in _backend("ec2", account, region, "snapshots"):
        if snapshot.owner_id == account and not getattr(snapshot, "from_ami", None):
            shared = ("*",) * bool(snapshot.create_volume_permission_groups)
            shared += tuple(sorted(snapshot.create_volume_permission_userids))
            arn = f"arn:aws:ec2:{region}::snapshot/{snapshot.id}"
            yield Resource(arn, "AWS::EC2::Snapshot", "ec2", None, shared_with=shared)


def _buckets(account: str, region: str) -> Iterator[Resource]:
    from moto.s3.responses import S3Response

    for bucket in _backend("s3", account, "aws", "buckets"):
        if bucket.region_name == region:
            acl = dict(S3Response._acl_to_dict(bucket.acl)) if bucket.acl else None
            blocks = (block_of(bucket), account_block(account))
            ownership = str(bucket.ownership_rule) if bucket.ownership_rule else None
            yield Resource(bucket.arn, "AWS::S3::Bucket", "s3", _text(bucket.policy), acl, blocks, ownership)


def _functions(account: str, region: str) -> Iterator[Resource]:
    if "moto.awslambda.models" not in sys.modules or account not in backends.get_backend("lambda"):
        return
    for function in backends.get_backend("lambda")[account][region].list_functions():
        policy = function.policy.get_policy() if function.policy else None
        statements = (policy or {}).get("Policy", {}).get("Statement") if policy else None
        text = json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else None
        yield Resource(function.function_arn, "AWS::Lambda::Function", "lambda", text)


def _backend(service: str, account: str, region: str, member: str) -> list[Any]:
    """What a service keeps; nothing for a service that the account never used (asking would build it)."""
    if f"moto.{service}.models" not in sys.modules:
        return []
    kept = backends.get_backend(service)
    if account not in kept or region not in dict.keys(kept[account]):
        return []
    found = getattr(kept[account][region], member)
    return list(found.values() if hasattr(found, "values") else found)


def _text(policy: Any) -> str | None:
    if not policy:
        return None
    if isinstance(policy, bytes):
        return policy.decode("utf-8", "replace")
    return policy if isinstance(policy, str) else json.dumps(policy)
