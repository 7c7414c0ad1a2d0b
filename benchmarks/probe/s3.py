"""Steps of Amazon S3."""

import json
from urllib.request import urlopen

from .probe import Probe, policy


def steps(probe: Probe) -> None:
    s = probe.client("s3")
    sc = probe.client("s3control")
    B = "lab-bucket"
    s.create_bucket(Bucket=B)
    step = probe.capability("public access block (bucket)")
    full = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
    step.tells(
        "all on in a new bucket, since 2023",
        lambda: s.get_public_access_block(Bucket=B)["PublicAccessBlockConfiguration"], full,
    )  # fmt: skip
    step.works("put", s.put_public_access_block, Bucket=B, PublicAccessBlockConfiguration=full)
    step.tells("get", lambda: s.get_public_access_block(Bucket=B)["PublicAccessBlockConfiguration"], full)
    pub = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Sid": "p", "Effect": "Allow", "Principal": "*",
            "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{B}/*"}]}
    )  # fmt: skip
    step.refuses("BlockPublicPolicy refuses public policy", s.put_bucket_policy, Bucket=B, Policy=pub)
    step.refuses("BlockPublicAcls refuses public acl", s.put_bucket_acl, Bucket=B, ACL="public-read")
    step.works("delete", s.delete_public_access_block, Bucket=B)
    step = probe.capability("public access block (account, s3control)")
    step.works("put", sc.put_public_access_block, AccountId=probe.account, PublicAccessBlockConfiguration=full)
    step.tells(
        "get", lambda: sc.get_public_access_block(AccountId=probe.account)["PublicAccessBlockConfiguration"], full
    )
    step.works("delete", sc.delete_public_access_block, AccountId=probe.account)
    step = probe.capability("bucket policy + status")
    step.works("put public", s.put_bucket_policy, Bucket=B, Policy=pub)
    step.tells("get", lambda: json.loads(s.get_bucket_policy(Bucket=B)["Policy"]), json.loads(pub))
    step.tells(
        "get_bucket_policy_status IsPublic", lambda: s.get_bucket_policy_status(Bucket=B)["PolicyStatus"]["IsPublic"],
        True,
    )  # fmt: skip
    tls = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Sid": "tls", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{B}", f"arn:aws:s3:::{B}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}
    )  # fmt: skip
    step.works("put TLS-only", s.put_bucket_policy, Bucket=B, Policy=tls)
    step.tells("get TLS-only", lambda: json.loads(s.get_bucket_policy(Bucket=B)["Policy"]), json.loads(tls))
    step.tells(
        "status of TLS deny = not public", lambda: s.get_bucket_policy_status(Bucket=B)["PolicyStatus"]["IsPublic"],
        False,
    )  # fmt: skip
    step.refuses("malformed policy", s.put_bucket_policy, Bucket=B, Policy="{nope")
    step.refuses("policy on other bucket resource", lambda: s.put_bucket_policy(Bucket=B, Policy=pub.replace(B, "zzz")))
    step.works("delete", s.delete_bucket_policy, Bucket=B)
    step.refuses("get after delete", s.get_bucket_policy, Bucket=B)
    step = probe.capability("ACLs / ownership controls")
    step.refuses("ACL in a new bucket, since 2023", s.put_bucket_acl, Bucket=B, ACL="public-read")
    step.works(
        "ownership with ACLs", s.put_bucket_ownership_controls, Bucket=B,
        OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]},
    )  # fmt: skip
    step.works("acl public-read", s.put_bucket_acl, Bucket=B, ACL="public-read")
    step.tells(
        "get acl AllUsers",
        lambda: any(g["Grantee"].get("URI", "").endswith("AllUsers") for g in s.get_bucket_acl(Bucket=B)["Grants"]),
    )
    step.refuses(
        "no ACLs while one is public", s.put_bucket_ownership_controls, Bucket=B,
        OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    )  # fmt: skip
    step.works("acl private", s.put_bucket_acl, Bucket=B, ACL="private")
    step.works(
        "ownership", s.put_bucket_ownership_controls, Bucket=B,
        OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    )  # fmt: skip
    step.tells(
        "get ownership",
        lambda: s.get_bucket_ownership_controls(Bucket=B)["OwnershipControls"]["Rules"][0]["ObjectOwnership"],
        "BucketOwnerEnforced",
    )
    step.refuses("ACL refused when BucketOwnerEnforced", s.put_bucket_acl, Bucket=B, ACL="public-read")
    step.refuses(
        "bad ownership value", s.put_bucket_ownership_controls, Bucket=B,
        OwnershipControls={"Rules": [{"ObjectOwnership": "Nope"}]},
    )  # fmt: skip
    step = probe.capability("default encryption")
    step.tells(
        "get on a new bucket (AWS: AES256 default)",
        lambda: s.get_bucket_encryption(Bucket=B)["ServerSideEncryptionConfiguration"]["Rules"][0][
            "ApplyServerSideEncryptionByDefault"
        ]["SSEAlgorithm"],
        "AES256",
    )
    key = probe.client("kms").create_key()["KeyMetadata"]["Arn"]
    enc = {
        "Rules": [
            {
                "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key},
                "BucketKeyEnabled": True,
            }
        ]
    }
    step.works("put KMS+BucketKey", s.put_bucket_encryption, Bucket=B, ServerSideEncryptionConfiguration=enc)
    step.tells("get", lambda: s.get_bucket_encryption(Bucket=B)["ServerSideEncryptionConfiguration"], enc)
    step.works("put_object", s.put_object, Bucket=B, Key="k", Body=b"x")
    step.tells(
        "object inherits aws:kms", lambda: s.head_object(Bucket=B, Key="k").get("ServerSideEncryption"), "aws:kms"
    )
    step.refuses(
        "bad algorithm",
        s.put_bucket_encryption,
        Bucket=B,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "ROT13"}}]
        },
    )
    step = probe.capability("versioning + MFADelete")
    step.works(
        "put", s.put_bucket_versioning, Bucket=B,
        VersioningConfiguration={"Status": "Enabled", "MFADelete": "Enabled"},
        MFA=f"arn:aws:iam::{probe.account}:mfa/root 123456",
    )  # fmt: skip
    step.tells("Status", lambda: s.get_bucket_versioning(Bucket=B).get("Status"), "Enabled")
    step.tells("MFADelete", lambda: s.get_bucket_versioning(Bucket=B).get("MFADelete"), "Enabled")
    step = probe.capability("lifecycle")
    lc = {
        "Rules": [{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Transitions": [{"Days": 30,
            "StorageClass": "STANDARD_IA"}, {"Days": 90, "StorageClass": "GLACIER"}], "Expiration": {"Days": 365},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}]
    }  # fmt: skip
    step.works("put", s.put_bucket_lifecycle_configuration, Bucket=B, LifecycleConfiguration=lc)
    step.tells("get", lambda: s.get_bucket_lifecycle_configuration(Bucket=B)["Rules"], lc["Rules"])
    step.refuses(
        "bad status", s.put_bucket_lifecycle_configuration, Bucket=B,
        LifecycleConfiguration={"Rules": [{"ID": "r", "Status": "On", "Filter": {"Prefix": ""},
            "Expiration": {"Days": 1}}]},
    )  # fmt: skip
    step = probe.capability("server access logging")
    s.create_bucket(Bucket="logtgt")
    lg = {"TargetBucket": "logtgt", "TargetPrefix": "l/"}
    step.refuses("target without grants", s.put_bucket_logging, Bucket=B, BucketLoggingStatus={"LoggingEnabled": lg})
    step.works(
        "grant via policy", s.put_bucket_policy, Bucket="logtgt",
        Policy=json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "s", "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::logtgt/*"}]}),
    )  # fmt: skip
    step.works("put", s.put_bucket_logging, Bucket=B, BucketLoggingStatus={"LoggingEnabled": lg})
    step.tells("get", lambda: s.get_bucket_logging(Bucket=B).get("LoggingEnabled"), lg)
    step.tells("log objects really written", lambda: s.list_objects_v2(Bucket="logtgt")["KeyCount"], lambda n: n > 0)
    step = probe.capability("object lock")
    step.works("create w/ lock", s.create_bucket, Bucket="lockb", ObjectLockEnabledForBucket=True)
    olc = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 5}}}
    step.works("put", s.put_object_lock_configuration, Bucket="lockb", ObjectLockConfiguration=olc)
    step.tells("get", lambda: s.get_object_lock_configuration(Bucket="lockb")["ObjectLockConfiguration"], olc)
    v = step.works("put_object", s.put_object, Bucket="lockb", Key="k", Body=b"1")
    step.refuses("delete locked version", s.delete_object, Bucket="lockb", Key="k", VersionId=v["VersionId"])
    step.works("legal hold", s.put_object_legal_hold, Bucket="lockb", Key="k", LegalHold={"Status": "ON"})
    step.tells("retention", lambda: s.get_object_retention(Bucket="lockb", Key="k")["Retention"]["Mode"], "COMPLIANCE")
    step = probe.capability("replication")
    s.create_bucket(Bucket="repl")
    s.put_bucket_versioning(Bucket="repl", VersioningConfiguration={"Status": "Enabled"})
    rc = {
        "Role": f"arn:aws:iam::{probe.account}:role/r",
        "Rules": [{"ID": "x", "Priority": 1, "Status": "Enabled", "Filter": {"Prefix": ""},
            "DeleteMarkerReplication": {"Status": "Disabled"}, "Destination": {"Bucket": "arn:aws:s3:::repl"}}],
    }  # fmt: skip
    step.works("put", s.put_bucket_replication, Bucket=B, ReplicationConfiguration=rc)
    step.tells("get", lambda: s.get_bucket_replication(Bucket=B)["ReplicationConfiguration"], rc)
    step.refuses(
        "dest not versioned", s.put_bucket_replication, Bucket=B,
        ReplicationConfiguration={**rc, "Rules": [{**rc["Rules"][0],
            "Destination": {"Bucket": "arn:aws:s3:::logtgt"}}]},
    )  # fmt: skip
    step = probe.capability("notifications / inventory / website / cors / TA / access points / multipart")
    step.works(
        "notification eventbridge", s.put_bucket_notification_configuration, Bucket=B,
        NotificationConfiguration={"EventBridgeConfiguration": {}},
    )  # fmt: skip
    step.works(
        "inventory", s.put_bucket_inventory_configuration, Bucket=B, Id="i",
        InventoryConfiguration={"Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::logtgt",
            "Format": "CSV"}}, "IsEnabled": True, "Id": "i", "IncludedObjectVersions": "All",
            "Schedule": {"Frequency": "Daily"}},
    )  # fmt: skip
    step.works("website", s.put_bucket_website, Bucket=B, WebsiteConfiguration={"IndexDocument": {"Suffix": "i.html"}})
    step.tells("website read", lambda: s.get_bucket_website(Bucket=B)["IndexDocument"]["Suffix"], "i.html")
    step.works("access point", sc.create_access_point, AccountId=probe.account, Name="ap1", Bucket=B)
    step.works("ap policy", sc.put_access_point_policy, AccountId=probe.account, Name="ap1", Policy=policy())
    step.works(
        "intelligent tiering", s.put_bucket_intelligent_tiering_configuration, Bucket=B, Id="t",
        IntelligentTieringConfiguration={"Id": "t", "Status": "Enabled", "Tierings": [{"Days": 90,
            "AccessTier": "ARCHIVE_ACCESS"}]},
    )  # fmt: skip
    step.works(
        "presigned url anonymous get",
        lambda: urlopen(s.generate_presigned_url("get_object", Params={"Bucket": B, "Key": "k"})).read(),
    )
