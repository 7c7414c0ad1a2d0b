"""What is public: buckets, objects, resource policies and shared lists, with the request or statement that shows it."""

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
from hardenlab.semantics.public.requests import function_url_witness, resource_witness
from hardenlab.semantics.public.resources import (
    ForeignAccount,
    foreign_accounts,
    resource_policy_is_public,
    unconfined_services,
)
from hardenlab.semantics.public.shared import (
    SharedVerdict,
    db_snapshot_is_public,
    image_is_public,
    snapshot_is_public,
    ssm_document_is_public,
)
from hardenlab.semantics.public.verdict import Verdict

__all__ = [
    "Bucket",
    "BucketVerdict",
    "ForeignAccount",
    "PublicAccessBlock",
    "Refusal",
    "SharedVerdict",
    "Verdict",
    "Witness",
    "anonymous_access",
    "bucket_is_public",
    "bucket_policy_is_public",
    "db_snapshot_is_public",
    "foreign_accounts",
    "function_url_witness",
    "image_is_public",
    "outsider_access",
    "public_witness",
    "refuses_put",
    "resource_policy_is_public",
    "resource_witness",
    "snapshot_is_public",
    "ssm_document_is_public",
    "unconfined_services",
]
