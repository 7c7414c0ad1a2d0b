"""Trails that CloudTrail could write, through the front, with boto3."""

import json

import pytest

from helpers.trails import letting_cloudtrail_write


@pytest.fixture
def trail(account):
    account.client("s3").create_bucket(Bucket="audit-logs")
    return account.client("cloudtrail")


def test_a_trail_needs_a_bucket_that_lets_cloudtrail_write_there(account, trail, refused, same_after_restart):
    number, s3 = account.world.account_id, account.client("s3")
    given = {"Name": "everything", "S3BucketName": "audit-logs"}
    assert refused(trail.create_trail, **given) == "InsufficientS3BucketPolicyException"
    for name, code in (("other", "InsufficientS3BucketPolicyException"), ("everything", None)):
        policy = letting_cloudtrail_write("audit-logs", number, name)
        s3.put_bucket_policy(Bucket="audit-logs", Policy=policy)
        if code:
            assert refused(trail.create_trail, **given) == code
    assert refused(trail.create_trail, **given, S3KeyPrefix="elsewhere") == "InsufficientS3BucketPolicyException"
    arn = trail.create_trail(**given)["TrailARN"]
    assert refused(trail.update_trail, Name=arn, S3KeyPrefix="elsewhere") == "InsufficientS3BucketPolicyException"
    tags = [{"Key": "team", "Value": "audit"}]
    assert refused(trail.add_tags, ResourceId=arn + "x", TagsList=tags) == "ResourceNotFoundException"
    assert refused(trail.add_tags, ResourceId="everything", TagsList=tags) == "CloudTrailARNInvalidException"
    trail.add_tags(ResourceId=arn, TagsList=tags)
    assert trail.list_tags(ResourceIdList=[arn])["ResourceTagList"][0]["TagsList"] == tags
    assert refused(trail.delete_trail, Name="nothing") == "TrailNotFoundException"
    same_after_restart(("cloudtrail", "describe_trails"))


def test_a_trails_key_lets_cloudtrail_encrypt(account, trail, refused):
    number, kms = account.world.account_id, account.client("kms")
    policy = letting_cloudtrail_write("audit-logs", number, "everything")
    account.client("s3").put_bucket_policy(Bucket="audit-logs", Policy=policy)
    trail.create_trail(Name="everything", S3BucketName="audit-logs")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    assert refused(trail.update_trail, Name="everything", KmsKeyId="alias/none") == "KmsKeyNotFoundException"
    assert refused(trail.update_trail, Name="everything", KmsKeyId=key) == "InsufficientEncryptionPolicyException"
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{number}:root"}, "Action": "kms:*", "Resource": "*"},
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "kms:GenerateDataKey*",
            "Resource": "*",
            "Condition": {
                "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{number}:trail/*"}
            },
        },
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document)
    trail.update_trail(Name="everything", KmsKeyId=key)
    assert trail.get_trail(Name="everything")["Trail"]["KmsKeyId"] == key
    trail.delete_trail(Name="everything")
    assert refused(trail.get_trail, Name="everything") == "TrailNotFoundException"


def test_an_event_data_store_is_kept_changed_protected_deleted_and_restored(account, refused, same_after_restart):
    lake, tags = account.client("cloudtrail"), [{"Key": "team", "Value": "audit"}]
    made = lake.create_event_data_store(Name="lake", RetentionPeriod=90, TagsList=tags)
    named = {"EventDataStore": made["EventDataStoreArn"]}
    assert (made["Status"], made["TerminationProtectionEnabled"], made["TagsList"]) == ("ENABLED", True, tags)
    assert refused(lake.create_event_data_store, Name="lake") == "EventDataStoreAlreadyExistsException"
    assert refused(lake.create_event_data_store, Name="long", RetentionPeriod=3653,
                   BillingMode="FIXED_RETENTION_PRICING") == "InvalidParameterException"  # fmt: skip
    assert refused(lake.delete_event_data_store, **named) == "EventDataStoreTerminationProtectedException"
    lake.update_event_data_store(**named, TerminationProtectionEnabled=False, MultiRegionEnabled=False)
    read = lake.get_event_data_store(EventDataStore=made["EventDataStoreArn"].rpartition("/")[2])
    assert (read["MultiRegionEnabled"], read["RetentionPeriod"]) == (False, 90)
    lake.stop_event_data_store_ingestion(**named)
    assert refused(lake.stop_event_data_store_ingestion, **named) == "InvalidEventDataStoreStatusException"
    lake.add_tags(ResourceId=made["EventDataStoreArn"], TagsList=[{"Key": "stage", "Value": "live"}])
    assert len(lake.list_tags(ResourceIdList=[made["EventDataStoreArn"]])["ResourceTagList"][0]["TagsList"]) == 2
    lake.delete_event_data_store(**named)
    assert refused(lake.update_event_data_store, **named, RetentionPeriod=30) == "InactiveEventDataStoreException"
    assert lake.restore_event_data_store(**named)["Status"] == "ENABLED"
    none = "arn:aws:cloudtrail:us-east-1:123456789012:eventdatastore/00000000-0000-0000-0000-000000000000"
    assert refused(lake.get_event_data_store, EventDataStore=none) == "EventDataStoreNotFoundException"
    assert [row["Name"] for row in lake.list_event_data_stores()["EventDataStores"]] == ["lake"]
    same_after_restart(("cloudtrail", "list_event_data_stores"))
