"""AssumeRole asks the trust policy; a role of a member account acts there and nowhere else."""

import json
from functools import partial

import pytest
from botocore.exceptions import ClientError

ORGANIZATION_ROLE = "OrganizationAccountAccessRole"


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(principal, **more):
    return policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more})


def jane(account, *allowed_roles):
    iam = account.client("iam")
    arn = iam.create_user(UserName="jane")["User"]["Arn"]
    if allowed_roles:
        allow = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": list(allowed_roles)}
        iam.put_user_policy(UserName="jane", PolicyName="p", PolicyDocument=policy(allow))
    key = iam.create_access_key(UserName="jane")["AccessKey"]
    return arn, (key["AccessKeyId"], key["SecretAccessKey"])


def role(account, document, name="deploy"):
    made = account.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)
    return made["Role"]["Arn"]


def assume(account, arn, key=None, **more):
    client = account.client("sts", key=key) if key else account.client("sts")
    got = client.assume_role(RoleArn=arn, RoleSessionName="try", **more)["Credentials"]
    return {"key": (got["AccessKeyId"], got["SecretAccessKey"]), "token": got["SessionToken"]}


def refusal(account, arn, key, **more):
    with pytest.raises(ClientError) as error:
        assume(account, arn, key, **more)
    return error.value.response["Error"]


def test_a_trust_policy_that_names_the_user_is_enough(account):
    arn, key = jane(account)
    deploy = role(account, trust({"AWS": arn}))
    session = assume(account, deploy, key)
    assert ":assumed-role/deploy/try" in account.client("sts", **session).get_caller_identity()["Arn"]


def test_an_identity_policy_alone_is_not_enough_when_the_role_trusts_a_service(account):
    deploy = role(account, trust({"Service": "ec2.amazonaws.com"}))
    _, key = jane(account, deploy)
    assert refusal(account, deploy, key)["Code"] == "AccessDenied"


def test_a_role_that_trusts_the_account_leaves_it_to_identity_policies(account):
    everybody = role(account, trust({"AWS": f"arn:aws:iam::{account.world.account_id}:root"}))
    other = role(account, trust({"AWS": f"arn:aws:iam::{account.world.account_id}:root"}), "other")
    _, key = jane(account, everybody)
    assert assume(account, everybody, key)
    assert refusal(account, other, key)["Code"] == "AccessDenied"


def test_a_condition_on_the_external_id_is_asked(account):
    arn, key = jane(account)
    only = {"Condition": {"StringEquals": {"sts:ExternalId": "ticket-7"}}}
    deploy = role(account, trust({"AWS": arn}, **only))
    assert refusal(account, deploy, key)["Code"] == "AccessDenied"
    assert refusal(account, deploy, key, ExternalId="ticket-8")["Code"] == "AccessDenied"
    assert assume(account, deploy, key, ExternalId="ticket-7")


def test_a_role_that_does_not_exist_is_refused(account):
    missing = f"arn:aws:iam::{account.world.account_id}:role/nobody"
    _, key = jane(account, missing)
    error = refusal(account, missing, key)
    assert error["Code"] == "AccessDenied"
    assert "there is no role" in error["Message"]


def test_a_role_of_another_account_is_not_guessed(account):
    foreign = "arn:aws:iam::999988887777:role/deploy"
    _, key = jane(account, foreign)
    assert refusal(account, foreign, key)["Code"] == "NotImplemented"


@pytest.fixture
def member(account):
    """The id of a member account, and a session of the organization's role in it."""
    organizations = account.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    made = organizations.create_account(AccountName="workloads", Email="w@example.com")["CreateAccountStatus"]
    name = made["AccountId"]
    iam_role = f"arn:aws:iam::{name}:role/{ORGANIZATION_ROLE}"
    return name, assume(account, iam_role)


def test_the_organizations_role_acts_in_the_member_account(account, member):
    name, session = member
    assert account.client("sts", **session).get_caller_identity()["Account"] == name
    assert account.client("sts").get_caller_identity()["Account"] == account.world.account_id


def test_what_is_made_in_a_member_account_is_not_seen_from_the_management_account(account, member):
    session = member[1]
    made = account.client("ec2", **session).create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    assert made not in [vpc["VpcId"] for vpc in account.client("ec2").describe_vpcs()["Vpcs"]]
    elsewhere = account.client("ec2", region="eu-west-1", **session).describe_vpcs()["Vpcs"]
    assert made not in [vpc["VpcId"] for vpc in elsewhere]
    assert made in [vpc["VpcId"] for vpc in account.client("ec2", **session).describe_vpcs()["Vpcs"]]


def test_regions_are_apart_in_every_account(account, member):
    for number, session in enumerate(({}, member[1])):
        here, there = (partial(account.client, region=region, **session) for region in ("us-east-1", "eu-west-1"))
        there("ec2").create_vpc(CidrBlock=f"10.8{number}.0.0/16")
        there("logs").create_log_group(logGroupName="there")
        key = there("kms").create_key()["KeyMetadata"]["KeyId"]
        topic = there("sns").create_topic(Name="there")["TopicArn"]
        for place, seen in ((there, True), (here, False)):
            blocks = {vpc["CidrBlock"] for vpc in place("ec2").describe_vpcs()["Vpcs"]}
            assert (f"10.8{number}.0.0/16" in blocks) is seen
            assert (
                "there" in {group["logGroupName"] for group in place("logs").describe_log_groups()["logGroups"]}
            ) is seen
            assert (key in {found["KeyId"] for found in place("kms").list_keys()["Keys"]}) is seen
            assert (topic in {found["TopicArn"] for found in place("sns").list_topics()["Topics"]}) is seen
        there("iam").create_user(UserName="everywhere")  # IAM knows no region
        assert here("iam").get_user(UserName="everywhere")["User"]["UserName"] == "everywhere"


def test_a_bucket_stands_in_one_region_of_one_account(account, member):
    here = account.client("s3")
    there, theirs = (account.client("s3", region="eu-west-1", **session) for session in ({}, member[1]))
    for s3, name in ((there, "own"), (theirs, "members")):
        s3.create_bucket(Bucket=f"{name}-there", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_object(Bucket=f"{name}-there", Key="k", Body=b"x")
    here.create_bucket(Bucket="own-here")
    assert [item["Name"] for item in here.list_buckets(BucketRegion="eu-west-1")["Buckets"]] == ["own-there"]
    assert "own-here" in [item["Name"] for item in here.list_buckets(BucketRegion="us-east-1")["Buckets"]]
    assert here.get_bucket_location(Bucket="own-there")["LocationConstraint"] == "eu-west-1"
    with pytest.raises(ClientError, match="IllegalLocationConstraint"):
        there.create_bucket(Bucket="nowhere")
    for call, more in (
        (here.list_objects_v2, {}), (here.get_object, {"Key": "k"}), (here.put_object, {"Key": "k", "Body": b"y"}),
        (here.delete_bucket, {}), (here.get_bucket_policy, {}),
    ):  # fmt: skip
        with pytest.raises(ClientError, match="AccessDenied"):
            call(Bucket="members-there", **more)
    with pytest.raises(ClientError, match="BucketAlreadyExists") as error:
        here.create_bucket(Bucket="members-there")
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409


def test_buckets_of_accounts_are_apart(account, member):
    session = member[1]
    account.client("s3", **session).create_bucket(Bucket="members-own")
    mine = [bucket["Name"] for bucket in account.client("s3").list_buckets()["Buckets"]]
    theirs = [bucket["Name"] for bucket in account.client("s3", **session).list_buckets()["Buckets"]]
    assert theirs == ["members-own"]
    assert "members-own" not in mine


def test_a_member_accounts_session_and_state_survive_a_restart(account, member):
    name, session = member
    made = account.client("ec2", **session).create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    again = account.reopened()
    try:
        assert made in [vpc["VpcId"] for vpc in again.client("ec2", **session).describe_vpcs()["Vpcs"]]
        assert again.client("sts", **session).get_caller_identity()["Account"] == name
    finally:
        again.close()


def test_aws_managed_policies_are_there_and_decide(account):
    iam = account.client("iam")
    _, key = jane(account)
    iam.attach_user_policy(UserName="jane", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    s3 = account.client("s3", key=key)
    assert s3.list_buckets()["Buckets"]
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.create_bucket(Bucket="not-hers")
