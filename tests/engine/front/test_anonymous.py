"""Unsigned S3 requests: policy, ACLs and public access blocks decide, and the answer is AWS's."""

import json

import pytest


@pytest.fixture
def bucket(account):
    """A private bucket with an object, as S3 makes buckets today: ACLs off, all four blocks on."""
    name, s3 = account.world.facts["bucket"], account.client("s3")
    s3.put_object(Bucket=name, Key="report.csv", Body=b"figures")
    return name


def publish(account, bucket, action="s3:GetObject", resource="/*"):
    block(account, bucket)
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": f"arn:aws:s3:::{bucket}{resource}"}
        ],
    }
    account.client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


def block(account, bucket, **values):
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    configuration = {name: values.get(name, False) for name in names}
    account.client("s3").put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=configuration)


def test_a_private_object_is_refused(account, bucket):
    response = account.request("GET", f"/{bucket}/report.csv")
    assert response.status == 403 and b"AccessDenied" in response.body


def test_a_public_object_is_served_and_the_bucket_is_still_not_listed(account, bucket):
    publish(account, bucket)
    assert account.request("GET", f"/{bucket}/report.csv").body == b"figures"
    assert account.request("HEAD", f"/{bucket}/report.csv").status == 200
    assert account.request("GET", f"/{bucket}").status == 403
    assert account.request("PUT", f"/{bucket}/new", body=b"x").status == 403


def test_a_bucket_that_the_public_may_list_is_listed(account, bucket):
    publish(account, bucket, "s3:ListBucket", "")
    assert b"report.csv" in account.request("GET", f"/{bucket}?list-type=2").body
    assert account.request("GET", f"/{bucket}/report.csv").status == 403


def test_a_bucket_that_the_public_may_write_is_written_and_the_write_is_kept(account, bucket):
    publish(account, bucket, "s3:PutObject")
    assert account.request("PUT", f"/{bucket}/new", body=b"graffiti").status == 200
    again = account.reopened()
    assert again.client("s3").get_object(Bucket=bucket, Key="new")["Body"].read() == b"graffiti"
    again.close()


def test_restrict_public_buckets_keeps_the_public_out_of_a_public_policy(account, bucket):
    publish(account, bucket)
    block(account, bucket, RestrictPublicBuckets=True)
    assert account.request("GET", f"/{bucket}/report.csv").status == 403


def test_the_accounts_own_block_keeps_the_public_out_too(account, bucket):
    publish(account, bucket)
    account.client("s3control").put_public_access_block(
        AccountId=account.world.account_id,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    assert account.request("GET", f"/{bucket}/report.csv").status == 403


def test_a_public_object_acl_serves_that_object_alone(account, bucket):
    s3 = account.client("s3")
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    )
    block(account, bucket)
    s3.put_object(Bucket=bucket, Key="open", Body=b"hello", ACL="public-read")
    assert account.request("GET", f"/{bucket}/open").body == b"hello"
    assert account.request("GET", f"/{bucket}/report.csv").status == 403


def test_a_missing_bucket_is_told_as_s3_tells_it(account):
    response = account.request("GET", "/no-such-bucket-anywhere/key")
    assert response.status == 404 and b"NoSuchBucket" in response.body


def test_the_public_lists_no_buckets(account):
    assert account.request("GET", "/").status == 403
