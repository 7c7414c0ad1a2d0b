"""What S3 gives and refuses of its own accord, through the front, with boto3."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from helpers.refusals import refusal

BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@pytest.fixture
def s3(account):
    return account.client("s3")


@pytest.fixture
def bucket(s3):
    s3.create_bucket(Bucket="papers")
    return "papers"


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(principal="*", action="s3:GetObject", resource="arn:aws:s3:::papers/*", effect="Allow", **more):
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource, **more}


def unblock(s3, bucket, *names):
    settings = {name: name not in (names or BLOCKS) for name in BLOCKS}
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=settings)


def own(s3, bucket, ownership):
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": ownership}]})


# ---- defaults ----


def test_a_new_bucket_is_private_owned_and_encrypted(s3, bucket):
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert block == dict.fromkeys(BLOCKS, True)
    rules = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    s3.put_object(Bucket=bucket, Key="a", Body=b"a")
    assert s3.head_object(Bucket=bucket, Key="a")["ServerSideEncryption"] == "AES256"


def test_default_encryption_comes_back_when_the_configuration_goes(account, s3, bucket):
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key},
        "BucketKeyEnabled": True,
    }
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert encryption(s3, bucket) == rule
    s3.delete_bucket_encryption(Bucket=bucket)
    assert encryption(s3, bucket)["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def encryption(s3, bucket):
    return s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]


@pytest.mark.parametrize(
    ("default", "code"),
    [
        ({"SSEAlgorithm": "ROT13"}, "MalformedXML"),
        ({"SSEAlgorithm": "AES256", "KMSMasterKeyID": "alias/x"}, "InvalidArgument"),
    ],
)
def test_encryption_that_is_none_is_refused(s3, bucket, default, code):
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    assert refusal(s3.put_bucket_encryption, Bucket=bucket, ServerSideEncryptionConfiguration=rules) == code


# ---- policies ----


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        policy(statement(resource="arn:aws:s3:::another/*")),
        policy(statement(action="ec2:RunInstances")),
        policy({key: value for key, value in statement().items() if key != "Principal"}),
        policy(statement(effect="Permit")),
        policy(statement(principal={"AWS": "arn:aws:iam::{account}:role/nobody"})),
    ],
    ids=["no JSON", "another bucket", "another service", "no principal", "no effect", "a role that is not there"],
)
def test_policies_that_s3_does_not_take_are_refused(account, s3, bucket, text):
    unblock(s3, bucket)
    text = text.replace("{account}", account.world.account_id)
    assert refusal(s3.put_bucket_policy, Bucket=bucket, Policy=text) == "MalformedPolicy"


def test_a_public_policy_is_refused_while_the_bucket_blocks_it(s3, bucket):
    public = policy(statement())
    with pytest.raises(s3.exceptions.ClientError, match="BlockPublicPolicy") as error:
        s3.put_bucket_policy(Bucket=bucket, Policy=public)
    told = error.value.response
    assert (told["Error"]["Code"], told["ResponseMetadata"]["HTTPStatusCode"]) == ("AccessDenied", 403)
    unblock(s3, bucket, "BlockPublicPolicy")
    s3.put_bucket_policy(Bucket=bucket, Policy=public)
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is True


def test_the_accounts_block_refuses_as_well(account, s3, bucket):
    unblock(s3, bucket)
    control = {"AccountId": account.world.account_id}
    s3control = account.client("s3control")
    s3control.put_public_access_block(**control, PublicAccessBlockConfiguration=dict.fromkeys(BLOCKS, True))
    assert refusal(s3.put_bucket_policy, Bucket=bucket, Policy=policy(statement())) == "AccessDenied"
    s3control.delete_public_access_block(**control)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(statement()))


def test_a_policy_with_fixed_values_is_not_public(account, s3, bucket):
    own_account = {"StringEquals": {"aws:PrincipalAccount": account.world.account_id}}
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(statement(Condition=own_account)))
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is False


def test_a_deny_with_a_condition_locks_nobody_else_out(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"a")
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    tls = statement(effect="Deny", action="s3:*", resource=["arn:aws:s3:::papers", "arn:aws:s3:::papers/*"])
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(tls | {"Condition": insecure}))
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"a"
    deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a"}]})
    assert [item["Key"] for item in deleted["Deleted"]] == ["a"]


# ---- ACLs ----


def test_acls_are_off_in_a_new_bucket(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"a")
    named = {"Bucket": bucket, "ACL": "public-read"}
    for call, more in (
        (s3.put_bucket_acl, {}),
        (s3.put_object_acl, {"Key": "a"}),
        (s3.put_object, {"Key": "b", "Body": b"b"}),
        (s3.copy_object, {"Key": "c", "CopySource": f"{bucket}/a"}),
        (s3.create_multipart_upload, {"Key": "d"}),
    ):
        assert refusal(call, **named, **more) == "AccessControlListNotSupported"
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["a"]
    s3.put_object(Bucket=bucket, Key="b", Body=b"b", ACL="bucket-owner-full-control")


def test_a_public_acl_is_refused_while_it_is_blocked(s3, bucket):
    own(s3, bucket, "ObjectWriter")
    s3.put_object(Bucket=bucket, Key="a", Body=b"a")
    for call, more in ((s3.put_bucket_acl, {}), (s3.put_object_acl, {"Key": "a"})):
        assert refusal(call, Bucket=bucket, ACL="public-read", **more) == "AccessDenied"
    unblock(s3, bucket, "BlockPublicAcls")
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    s3.put_object(Bucket=bucket, Key="b", Body=b"b")
    grants = s3.get_object_acl(Bucket=bucket, Key="b")["Grants"]
    assert [grant["Permission"] for grant in grants] == ["FULL_CONTROL"], "an object does not take its bucket's ACL"
    with pytest.raises(s3.exceptions.ClientError, match="ObjectOwnership"):
        own(s3, bucket, "BucketOwnerEnforced")
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    own(s3, bucket, "BucketOwnerEnforced")


def test_an_objects_acl_is_read_from_the_body(s3, bucket):
    own(s3, bucket, "ObjectWriter")
    unblock(s3, bucket)
    s3.put_object(Bucket=bucket, Key="a", Body=b"a")
    acl = s3.get_object_acl(Bucket=bucket, Key="a")
    everybody = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
    grants = [*acl["Grants"], {"Grantee": everybody, "Permission": "READ"}]
    s3.put_object_acl(Bucket=bucket, Key="a", AccessControlPolicy={"Owner": acl["Owner"], "Grants": grants})
    assert len(s3.get_object_acl(Bucket=bucket, Key="a")["Grants"]) == 2


def test_a_bucket_is_made_with_an_acl_only_where_acls_are(s3):
    code = refusal(s3.create_bucket, Bucket="loud", ACL="public-read")
    assert code == "InvalidBucketAclWithObjectOwnership"
    code = refusal(s3.create_bucket, Bucket="loud", ACL="public-read", ObjectOwnership="ObjectWriter")
    assert code == "InvalidBucketAclWithBlockPublicAccessError"
    assert "loud" not in [item["Name"] for item in s3.list_buckets()["Buckets"]]
    s3.create_bucket(Bucket="quiet", ACL="log-delivery-write", ObjectOwnership="BucketOwnerPreferred")
    assert any(
        "LogDelivery" in grant["Grantee"].get("URI", "") for grant in s3.get_bucket_acl(Bucket="quiet")["Grants"]
    )
    assert refusal(s3.create_bucket, Bucket="odd", ObjectOwnership="Nobody") in ("InvalidArgument", "MalformedXML")


# ---- versions ----


def versioning(s3, bucket, mfa=None, **configuration):
    more = {"MFA": mfa} if mfa else {}
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=configuration, **more)


def test_mfa_delete_is_kept_and_asks_for_a_code(s3, bucket):
    code = "arn:aws:iam::123456789012:mfa/root 123456"
    assert refusal(versioning, s3, bucket, Status="Enabled", MFADelete="Enabled") == "AccessDenied"
    versioning(s3, bucket, mfa=code, Status="Enabled", MFADelete="Enabled")
    kept = s3.get_bucket_versioning(Bucket=bucket)
    assert (kept["Status"], kept["MFADelete"]) == ("Enabled", "Enabled")
    version = s3.put_object(Bucket=bucket, Key="a", Body=b"a")["VersionId"]
    one = {"Bucket": bucket, "Key": "a", "VersionId": version}
    assert refusal(s3.delete_object, **one) == "AccessDenied"
    several = {"Objects": [{"Key": "a", "VersionId": version}]}
    assert refusal(s3.delete_objects, Bucket=bucket, Delete=several) == "AccessDenied"
    assert refusal(versioning, s3, bucket, Status="Suspended") == "AccessDenied"
    s3.delete_object(**one, MFA=code)
    assert refusal(versioning, s3, bucket, mfa=code, Status="Maybe") == "MalformedXML"


def test_retention_is_told_and_kept(s3):
    s3.create_bucket(Bucket="vault", ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 10}}
    s3.put_object_lock_configuration(
        Bucket="vault", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    assert s3.get_object_lock_configuration(Bucket="vault")["ObjectLockConfiguration"]["Rule"] == rule
    s3.put_object(Bucket="vault", Key="a", Body=b"a", ChecksumAlgorithm="SHA256")
    retention = s3.get_object_retention(Bucket="vault", Key="a")["Retention"]
    assert retention["Mode"] == "GOVERNANCE"
    shorter = {"Mode": "GOVERNANCE", "RetainUntilDate": retention["RetainUntilDate"] - timedelta(days=5)}
    change = {"Bucket": "vault", "Key": "a", "Retention": shorter}
    assert refusal(s3.put_object_retention, **change) == "AccessDenied"
    s3.put_object_retention(**change, BypassGovernanceRetention=True)
    longer = {"Mode": "COMPLIANCE", "RetainUntilDate": retention["RetainUntilDate"] + timedelta(days=5)}
    s3.put_object_retention(**(change | {"Retention": longer}))
    assert refusal(s3.put_object_retention, **change, BypassGovernanceRetention=True) == "AccessDenied"
    past = {"Mode": "GOVERNANCE", "RetainUntilDate": datetime(2020, 1, 1, tzinfo=UTC)}
    assert refusal(s3.put_object_retention, **(change | {"Retention": past})) == "InvalidArgument"
    assert refusal(versioning, s3, "vault", Status="Suspended") == "InvalidBucketState"


def test_a_bucket_without_object_lock_says_so(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"a")
    assert refusal(s3.get_object_lock_configuration, Bucket=bucket) == "ObjectLockConfigurationNotFoundError"
    assert refusal(s3.get_object_retention, Bucket=bucket, Key="a") == "InvalidRequest"


# ---- lifecycle and replication ----


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Status": "On"}, "MalformedXML"),
        ({"Expiration": {"Days": 0}}, "InvalidArgument"),
        ({"Expiration": None}, "InvalidRequest"),
        ({"Transitions": [{"Days": 10, "StorageClass": "STANDARD_IA"}]}, "InvalidArgument"),
        ({"Transitions": [{"Days": 90, "StorageClass": "ATTIC"}]}, "MalformedXML"),
        ({"ID": "x" * 256}, "InvalidArgument"),
    ],
    ids=str,
)
def test_lifecycle_rules_that_make_no_sense_are_refused(s3, bucket, change, code):
    rule = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 365}}
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
    rule = {key: value for key, value in (rule | change).items() if value is not None}
    call = s3.put_bucket_lifecycle_configuration
    assert refusal(call, Bucket=bucket, LifecycleConfiguration={"Rules": [rule]}) == code


def test_replication_needs_a_versioned_destination(account, s3, bucket):
    s3.create_bucket(Bucket="copies")
    versioning(s3, bucket, Status="Enabled")
    role = f"arn:aws:iam::{account.world.account_id}:role/replication"
    rule = {"ID": "all", "Status": "Enabled", "Prefix": "", "Destination": {"Bucket": "arn:aws:s3:::copies"}}
    wanted = {"Bucket": bucket, "ReplicationConfiguration": {"Role": role, "Rules": [rule]}}
    assert refusal(s3.put_bucket_replication, **wanted) == "InvalidRequest"
    versioning(s3, "copies", Status="Enabled")
    s3.put_bucket_replication(**wanted)
    rule["Destination"] = {"Bucket": "arn:aws:s3:::nowhere"}
    assert refusal(s3.put_bucket_replication, **wanted) == "InvalidRequest"


def test_settings_are_there_again_after_a_restart(account, s3, bucket):
    versioning(s3, bucket, mfa="arn:aws:iam::123456789012:mfa/root 123456", Status="Enabled", MFADelete="Enabled")
    unblock(s3, bucket, "BlockPublicPolicy")
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(statement()))
    again = account.reopened()
    try:
        again.ledger.catch_up()
        after = again.client("s3")
        assert after.get_bucket_versioning(Bucket=bucket)["MFADelete"] == "Enabled"
        assert after.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is True
    finally:
        again.close()


def test_a_bucket_has_a_name_that_s3_takes(s3):
    for name in ("Bad_Name", "two..dots", "192.0.2.1", "xn--name", "name-s3alias", "-name"):
        assert refusal(s3.create_bucket, Bucket=name) in ("InvalidBucketName", "ParamValidation")
    s3.create_bucket(Bucket="a.good-name-2")


def test_an_object_under_a_key_needs_the_key_enabled_and_there(account, s3, bucket):
    kms = account.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    signing = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/papers", TargetKeyId=key)
    place = {"Bucket": bucket, "Key": "a"}

    def put(key_id, algorithm="aws:kms"):
        return refusal(s3.put_object, **place, ServerSideEncryption=algorithm, SSEKMSKeyId=key_id)

    number = account.world.account_id
    for unknown in (
        "none",
        "alias/none",
        key[:-1] + "x",
        key.replace(number, "9" * 12),
        key.replace("east-1", "west-2"),
    ):
        assert put(unknown) == "KMS.NotFoundException"
    assert put(signing) == "KMS.InvalidKeyUsageException"
    assert put(key, "AES256") == "InvalidArgument"
    for known in (key, key.rpartition("/")[2], "alias/papers", "alias/aws/s3"):
        s3.put_object(**place, ServerSideEncryption="aws:kms", SSEKMSKeyId=known)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "none"}}
    settings = {"Bucket": bucket, "ServerSideEncryptionConfiguration": {"Rules": [rule]}}
    s3.put_bucket_encryption(**settings)
    for write in (s3.put_object, s3.create_multipart_upload):
        assert refusal(write, Bucket=bucket, Key="b", ServerSideEncryption="aws:kms", SSEKMSKeyId="none") == (
            "KMS.NotFoundException"
        )
    assert refusal(s3.put_object, Bucket=bucket, Key="b") == "KMS.NotFoundException"
    rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] = key
    s3.put_bucket_encryption(**settings)
    s3.put_object(**place)
    kms.disable_key(KeyId=key)
    assert refusal(s3.put_object, **place) == refusal(s3.get_object, **place) == "KMS.DisabledException"
    kms.schedule_key_deletion(KeyId=key)
    assert refusal(s3.get_object, **place) == "KMS.KMSInvalidStateException"


def test_notifications_go_to_what_there_is(account, s3, bucket):
    number = account.world.account_id
    queue = {"QueueArn": f"arn:aws:sqs:us-east-1:{number}:uploads", "Events": ["s3:ObjectCreated:*"]}
    wanted = {"Bucket": bucket, "NotificationConfiguration": {"QueueConfigurations": [queue]}}
    assert refusal(s3.put_bucket_notification_configuration, **wanted) == "InvalidArgument"
    account.client("sqs").create_queue(QueueName="uploads")
    s3.put_bucket_notification_configuration(**wanted)
    read = s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"]
    assert read[0]["QueueArn"] == queue["QueueArn"]


def test_a_region_and_an_acl_have_names_of_aws_s(s3, bucket):
    place = {"LocationConstraint": "mars-1"}
    assert refusal(s3.create_bucket, Bucket="far", CreateBucketConfiguration=place) == "InvalidLocationConstraint"
    s3.create_bucket(Bucket="near", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert refusal(s3.put_bucket_acl, Bucket=bucket, ACL="world-read") == "InvalidArgument"
