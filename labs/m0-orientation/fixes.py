"""Other ways that are as good, and ways that look as good and are not."""

import json

import boto3

from hardenlab import solution, wrong_fix

ALL_ON = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)


@solution("s3_bucket_not_public")
def drop_the_public_statement(lab):
    """Drop the statement and leave the bucket's switches: the policy lets nobody else in."""
    s3, bucket = boto3.client("s3"), lab.facts["invoices_bucket"]
    document = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    kept = [item for item in document["Statement"] if item["Sid"] == "InvoiceApplication"]
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document | {"Statement": kept}))


@solution("s3_bucket_not_public")
def restrict_the_bucket(lab):
    """Switch the bucket's four settings on: the public statement stays and lets nobody in."""
    boto3.client("s3").put_public_access_block(
        Bucket=lab.facts["invoices_bucket"], PublicAccessBlockConfiguration=ALL_ON
    )


@wrong_fix(
    fails="s3_bucket_not_public",
    because="The whole policy is gone, and with it the invoice application's way in: finance is on the phone.",
)
def delete_the_policy(lab):
    """Delete the bucket policy, the application's statement included."""
    boto3.client("s3").delete_bucket_policy(Bucket=lab.facts["invoices_bucket"])


@wrong_fix(
    fails="s3_bucket_not_public",
    because="BlockPublicPolicy refuses new public policies; the one that is there goes on letting everybody in.",
)
def block_new_policies_only(lab):
    """Switch on only what concerns policies to come."""
    switches = dict.fromkeys(ALL_ON, False) | {"BlockPublicPolicy": True, "BlockPublicAcls": True}
    boto3.client("s3").put_public_access_block(
        Bucket=lab.facts["invoices_bucket"], PublicAccessBlockConfiguration=switches
    )


@wrong_fix(
    fails="s3_bucket_not_public",
    because="Two halves of the address space are all of it: everybody still gets in.",
)
def allow_two_halves(lab):
    """Confine the public statement to two address ranges that make up the internet."""
    s3, bucket = boto3.client("s3"), lab.facts["invoices_bucket"]
    document = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    for item in document["Statement"]:
        if item["Sid"] != "InvoiceApplication":
            item["Condition"] = {"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))


@wrong_fix(
    fails="s3_account_blocks_public_access",
    because="Two of the four settings are still off: a public policy or ACL that exists is still honoured.",
)
def half_of_the_switches(lab):
    """Switch on the two settings that concern what is to come."""
    account_id = boto3.client("sts").get_caller_identity()["Account"]
    switches = {"BlockPublicAcls": True, "BlockPublicPolicy": True}
    boto3.client("s3control").put_public_access_block(
        AccountId=account_id, PublicAccessBlockConfiguration=dict.fromkeys(ALL_ON, False) | switches
    )
