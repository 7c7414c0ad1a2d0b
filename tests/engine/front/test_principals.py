"""Users' keys and role sessions: "can Jane GET, PUT and LIST bucket X?" is tried, and the policies decide."""

import json

import pytest
from botocore.exceptions import ClientError


def allow(action, resource="*", effect="Allow", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def bucket(account):
    name = account.world.facts["bucket"]
    account.client("s3").put_object(Bucket=name, Key="report", Body=b"figures")
    return name


def user(account, name, *statements):
    """An IAM user with one inline policy, and its key."""
    iam = account.client("iam")
    iam.create_user(UserName=name)
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy(*statements))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def refused(call, **arguments):
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"]


def test_identity_policies_decide_get_put_and_list_apart(account, bucket):
    key = user(account, "jane", allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*"))
    s3 = account.client("s3", key=key)
    assert s3.get_object(Bucket=bucket, Key="report")["Body"].read() == b"figures"
    assert refused(s3.put_object, Bucket=bucket, Key="new", Body=b"x") == "AccessDenied"
    assert refused(s3.list_objects_v2, Bucket=bucket) == "AccessDenied"


def test_a_bucket_policy_that_names_the_user_is_enough(account, bucket):
    key = user(account, "jane")
    arn = account.client("iam").get_user(UserName="jane")["User"]["Arn"]
    statement = allow("s3:ListBucket", f"arn:aws:s3:::{bucket}", Principal={"AWS": arn})
    account.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy(statement))
    assert account.client("s3", key=key).list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def test_an_explicit_deny_of_the_bucket_policy_wins(account, bucket):
    key = user(account, "jane", allow("s3:*"))
    deny = allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*", "Deny", Principal="*")
    account.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy(deny))
    s3 = account.client("s3", key=key)
    assert s3.get_object(Bucket=bucket, Key="report")
    assert refused(s3.put_object, Bucket=bucket, Key="new", Body=b"x") == "AccessDenied"


def test_rights_come_through_groups_and_managed_policies(account, bucket):
    key, iam = user(account, "jane"), account.client("iam")
    s3 = account.client("s3", key=key)
    assert refused(s3.list_buckets) == "AccessDenied"
    iam.create_group(GroupName="readers")
    iam.add_user_to_group(GroupName="readers", UserName="jane")
    arn = iam.create_policy(PolicyName="list", PolicyDocument=policy(allow("s3:ListAllMyBuckets")))["Policy"]["Arn"]
    iam.attach_group_policy(GroupName="readers", PolicyArn=arn)
    assert bucket in [found["Name"] for found in s3.list_buckets()["Buckets"]]


def test_conditions_are_evaluated(account, bucket):
    inside = {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
    outside = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    near = user(account, "near", allow("s3:GetObject", Condition=inside))
    far = user(account, "far", allow("s3:GetObject", Condition=outside))
    assert account.client("s3", key=near).get_object(Bucket=bucket, Key="report")
    assert refused(account.client("s3", key=far).get_object, Bucket=bucket, Key="report") == "AccessDenied"


def test_an_inactive_key_is_refused(account):
    key = user(account, "jane", allow("*"))
    account.client("iam").update_access_key(UserName="jane", AccessKeyId=key[0], Status="Inactive")
    assert refused(account.client("s3", key=key).list_buckets) == "InvalidAccessKeyId"


def test_a_deleted_key_is_refused(account):
    key = user(account, "jane", allow("*"))
    account.client("iam").delete_access_key(UserName="jane", AccessKeyId=key[0])
    assert refused(account.client("ec2", key=key).describe_vpcs) == "AuthFailure"


def test_who_am_i_is_answered_to_every_valid_key(account):
    identity = account.client("sts", key=user(account, "jane")).get_caller_identity()
    assert identity["Arn"].endswith(":user/jane")


def test_a_role_session_has_the_roles_rights_and_its_session_policy_narrows_them(account, bucket):
    iam, sts = account.client("iam"), account.client("sts")
    trust = {"Effect": "Allow", "Principal": {"AWS": account.world.account_id}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
    iam.put_role_policy(
        RoleName="reader", PolicyName="p", PolicyDocument=policy(allow(["s3:GetObject", "s3:ListBucket"]))
    )

    def session(**narrowed):
        keys = sts.assume_role(RoleArn=role, RoleSessionName="session", **narrowed)["Credentials"]
        return account.client("s3", key=(keys["AccessKeyId"], keys["SecretAccessKey"]), token=keys["SessionToken"])

    wide = session()
    assert wide.get_object(Bucket=bucket, Key="report") and wide.list_objects_v2(Bucket=bucket)
    narrow = session(Policy=policy(allow("s3:ListBucket")))
    assert narrow.list_objects_v2(Bucket=bucket)
    assert refused(narrow.get_object, Bucket=bucket, Key="report") == "AccessDenied"


def test_a_session_key_without_its_token_is_refused(account):
    iam = account.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": account.world.account_id}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
    keys = account.client("sts").assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    client = account.client("s3", key=(keys["AccessKeyId"], keys["SecretAccessKey"]))
    assert refused(client.list_buckets) == "InvalidClientTokenId"


def test_services_whose_resources_are_not_read_yet_are_decided_when_the_resource_cannot_matter(account):
    everything = account.client("ec2", key=user(account, "admin", allow("*")))
    assert everything.describe_vpcs()["Vpcs"]
    nothing = account.client("ec2", key=user(account, "nobody"))
    assert refused(nothing.describe_vpcs) == "UnauthorizedOperation"
    denied = account.client("ec2", key=user(account, "almost", allow("ec2:*"), allow("ec2:Create*", "*", "Deny")))
    assert refused(denied.create_vpc, CidrBlock="10.1.0.0/16") == "UnauthorizedOperation"


def test_a_decision_that_would_depend_on_an_unread_resource_is_told_and_not_guessed(account):
    scoped = allow("ec2:CreateVpc", "arn:aws:ec2:us-east-1:*:vpc/vpc-1")
    client = account.client("ec2", key=user(account, "jane", scoped))
    assert refused(client.create_vpc, CidrBlock="10.1.0.0/16") == "NotImplemented"


def test_what_a_user_did_replays_as_the_user(account, bucket):
    key = user(account, "jane", allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*"))
    account.client("s3", key=key).put_object(Bucket=bucket, Key="from-jane", Body=b"hello")
    again = account.reopened()
    assert again.client("s3").get_object(Bucket=bucket, Key="from-jane")["Body"].read() == b"hello"
    assert again.client("sts", key=key).get_caller_identity()["Arn"].endswith(":user/jane")
    again.close()
