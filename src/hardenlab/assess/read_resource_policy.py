"""Read the policy that stands on a resource, by its ARN: buckets, topics, queues, keys, secrets, functions, roles."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from hardenlab.semantics.iam import CannotJudge

Clients = Callable[[str], Any]
Document = Mapping[str, Any]

# what the services answer where a resource carries no policy
ABSENT = frozenset(("NoSuchBucketPolicy", "ResourceNotFoundException", "ResourcePolicyNotFoundException", "NotFound"))


def read_resource_policy(clients: Clients, arn: str) -> Document | None:
    """The resource's policy; None where it has none. CannotJudge: services whose policies are not read here.

    `clients(service)` makes boto3 clients. A resource that does not exist raises CannotJudge as well.
    """
    parts = arn.split(":", 5)
    if len(parts) < 6:
        raise CannotJudge(f"{arn[:120]!r} is not an ARN")
    reader = READERS.get(parts[2])
    if reader is None:
        if parts[2] in WITH_POLICIES:
            raise CannotJudge(f"policies on resources of {parts[2]} are not read here; name the document itself")
        return None
    try:
        found = reader(clients(parts[2]), arn, parts[5])
    except ClientError as error:
        if error.response["Error"]["Code"] in ABSENT:
            return None
        raise CannotJudge(
            f"the policy of {arn[:120]} could not be read: {error.response['Error']['Message']}"
        ) from None
    document: Document | None = json.loads(found) if isinstance(found, str) else found
    return document


def _bucket(s3: Any, arn: str, name: str) -> Any:
    return s3.get_bucket_policy(Bucket=name.partition("/")[0])["Policy"]


def _topic(sns: Any, arn: str, name: str) -> Any:
    return sns.get_topic_attributes(TopicArn=arn)["Attributes"].get("Policy")


def _queue(sqs: Any, arn: str, name: str) -> Any:
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {}).get("Policy")


def _key(kms: Any, arn: str, name: str) -> Any:
    if not name.startswith("key/"):
        raise CannotJudge(f"{arn[:120]} is no key; name the key that the alias stands for")
    return kms.get_key_policy(KeyId=name.removeprefix("key/"), PolicyName="default")["Policy"]


def _secret(secrets: Any, arn: str, name: str) -> Any:
    return secrets.get_resource_policy(SecretId=arn).get("ResourcePolicy")


def _function(functions: Any, arn: str, name: str) -> Any:
    return functions.get_policy(FunctionName=arn)["Policy"]


def _role(iam: Any, arn: str, name: str) -> Any:
    """A role's trust policy is the only policy on a resource that IAM has."""
    if not name.startswith("role/"):
        return None
    return iam.get_role(RoleName=name.rpartition("/")[2])["Role"]["AssumeRolePolicyDocument"]


READERS: Mapping[str, Callable[[Any, str, str], Any]] = {
    "s3": _bucket,
    "sns": _topic,
    "sqs": _queue,
    "kms": _key,
    "secretsmanager": _secret,
    "lambda": _function,
    "iam": _role,
}
WITH_POLICIES = frozenset(("ecr", "dynamodb", "events", "glacier", "backup", "es", "elasticfilesystem", "codeartifact"))
