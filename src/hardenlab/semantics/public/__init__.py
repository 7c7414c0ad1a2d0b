"""What is public: buckets, objects and resource policies, with the request or statement that shows it."""

from hardenlab.semantics.public.access import (
    Bucket,
    Witness,
    anonymous_access,
    outsider_access,
    public_witness,
)
from hardenlab.semantics.public.acl import PublicAccessBlock
from hardenlab.semantics.public.bucket import (
    BucketVerdict,
    Refusal,
    bucket_is_public,
    bucket_policy_is_public,
    refuses_put,
)
from hardenlab.semantics.public.resources import (
    ForeignAccount,
    foreign_accounts,
    resource_policy_is_public,
    unconfined_services,
)
from hardenlab.semantics.public.verdict import Verdict

__all__ = [
    "Bucket",
    "BucketVerdict",
    "ForeignAccount",
    "PublicAccessBlock",
    "Refusal",
    "Verdict",
    "Witness",
    "anonymous_access",
    "bucket_is_public",
    "bucket_policy_is_public",
    "foreign_accounts",
    "outsider_access",
    "public_witness",
    "refuses_put",
    "resource_policy_is_public",
    "unconfined_services",
]
