"""Controls of Amazon S3: who reaches a bucket."""

from hardenlab import CRITICAL, MEDIUM, RESOURCE, CannotJudge, control, failed, passed, unknown

BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@control(
    severity=CRITICAL,
    layer=RESOURCE,
    references=(
        "SecurityHub S3.2",
        "SecurityHub S3.3",
        "SecurityHub S3.8",
        "AWS S3: Blocking public access to your Amazon S3 storage",
    ),
)
def s3_bucket_not_public(account):
    """No bucket can be used by the public.

    Judged bucket by bucket, by its own policy, ACLs and public access block; the account's block is another control. A
    public policy that RestrictPublicBuckets on the bucket holds back lets nobody in, and passes.

    ## Why it matters
    A public bucket needs no attacker: search engines for open buckets list it within hours, and whoever finds it leaves
    no trace but a line in an access log that is often not switched on.

    ## Remediation
    Remove the statement that names everybody from the bucket policy, and switch all four settings of the bucket's Block
    Public Access on. Keep the statements that name the roles which need the bucket.
    """
    for bucket in account.buckets:
        try:
            request, verdict = bucket.public_request(), bucket.is_public()
        except CannotJudge as doubt:
            yield unknown(bucket.name, f"cannot judge its policy: {doubt}")
            continue
        if request is not None:
            yield failed(
                bucket.name,
                f"anybody may do {request.action} on {request.resource}",
                evidence=[("s3:GetBucketPolicy", "Policy", request.decision.because)],
                witness=f"an unsigned {request.action} on {request.resource} succeeds",
            )
        elif verdict.public:
            yield failed(
                bucket.name,
                f"AWS calls it public: {verdict.because}",
                evidence=[("s3:GetBucketPolicyStatus", "PolicyStatus.IsPublic", "true")],
            )
        else:
            yield passed(bucket.name, "no unsigned request succeeds")


@control(
    severity=MEDIUM,
    layer=RESOURCE,
    references=(
        "SecurityHub S3.1",
        "CIS v5.0 2.1.4",
        "AWS S3: Configuring block public access settings for your account",
    ),
)
def s3_account_blocks_public_access(account):
    """The account blocks public access to all its buckets.

    ## Why it matters
    Buckets are made every week, by people in a hurry. The account's block holds for all of them, also for the one that
    somebody makes public tomorrow.

    ## Remediation
    Switch all four settings on for the account: s3control put-public-access-block.
    """
    block = account.public_access_block or {}
    off = [name for name in BLOCKS if not block.get(name)]
    evidence = [("s3control:GetPublicAccessBlock", name, block.get(name, False)) for name in BLOCKS]
    if off:
        yield failed(account.id, f"the account leaves {', '.join(off)} off", evidence=evidence)
    else:
        yield passed(account.id, "all four settings are on for the account", evidence=evidence)
