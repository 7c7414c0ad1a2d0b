"""Policies that name resources are decided where the request says which resource it means, and only there."""

import json

import pytest

from .test_guardrails import code_of, policy


def allow(actions, resources, **more):
    return policy({"Effect": "Allow", "Action": actions, "Resource": resources, **more})


@pytest.fixture
def jane(account):
    """Give Jane a policy; answers a maker of clients with her key."""
    iam = account.client("iam")
    iam.create_user(UserName="jane", Path="/staff/")
    made = iam.create_access_key(UserName="jane")["AccessKey"]
    key = made["AccessKeyId"], made["SecretAccessKey"]

    def may(document):
        iam.put_user_policy(UserName="jane", PolicyName="p", PolicyDocument=document)
        return lambda service: account.client(service, key=key)

    return may


def test_volumes_and_groups_by_id(account, jane):
    ec2 = account.client("ec2")
    zone = ec2.describe_availability_zones()["AvailabilityZones"][0]["ZoneName"]
    mine, other = (ec2.create_volume(AvailabilityZone=zone, Size=1)["VolumeId"] for _ in range(2))
    arn = f"arn:aws:ec2:us-east-1:{account.world.account_id}:volume/{mine}"
    client = jane(allow("ec2:DeleteVolume", arn))("ec2")
    assert code_of(client.delete_volume, VolumeId=other) == "UnauthorizedOperation"
    assert code_of(client.delete_volume, VolumeId=mine) is None


def test_users_by_their_whole_path(account, jane):
    own = f"arn:aws:iam::{account.world.account_id}:user/staff/jane"
    iam = jane(allow("iam:*AccessKey*", own))("iam")
    account.client("iam").create_user(UserName="joe")
    assert code_of(iam.create_access_key, UserName="joe") in ("AccessDenied", "NotImplemented")
    assert code_of(iam.list_access_keys, UserName="joe") == "AccessDenied"
    assert code_of(iam.list_access_keys, UserName="jane") is None


def test_parameters_by_name(account, jane):
    for name in ("/shop/url", "/shop/password"):
        account.client("ssm").put_parameter(Name=name, Value="v", Type="String")
    ssm = jane(allow("ssm:GetParameter*", f"arn:aws:ssm:us-east-1:{account.world.account_id}:parameter/shop/url"))(
        "ssm"
    )
    assert code_of(ssm.get_parameter, Name="/shop/url") is None
    assert code_of(ssm.get_parameter, Name="/shop/password") == "AccessDenied"
    assert code_of(ssm.get_parameters, Names=["/shop/url", "/shop/password"]) == "AccessDenied"


def test_a_keys_policy_is_asked(account, jane):
    kms = account.client("kms")
    root = {"AWS": f"arn:aws:iam::{account.world.account_id}:root"}
    open_to_iam = policy({"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"})
    nobody = policy(
        {"Effect": "Allow", "Principal": {"Service": "logs.amazonaws.com"}, "Action": "kms:*", "Resource": "*"}
    )
    keys = [
        kms.create_key(Policy=document, BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]["KeyId"]
        for document in (open_to_iam, nobody)
    ]
    client = jane(allow("kms:DescribeKey", "*"))("kms")
    assert code_of(client.describe_key, KeyId=keys[0]) is None
    assert code_of(client.describe_key, KeyId=keys[1]) == "AccessDenied"


def test_a_topics_and_a_secrets_policy_are_asked(account, jane):
    topic = account.client("sns").create_topic(Name="orders")["TopicArn"]
    secret = account.client("secretsmanager").create_secret(Name="db", SecretString="s")["ARN"]
    user = f"arn:aws:iam::{account.world.account_id}:user/staff/jane"
    make = jane(allow("sqs:*", "*"))
    sns, secrets = make("sns"), make("secretsmanager")
    assert code_of(secrets.get_secret_value, SecretId="db") == "AccessDenied"
    given = policy({"Effect": "Allow", "Principal": {"AWS": user}, "Action": "secretsmanager:*", "Resource": "*"})
    account.client("secretsmanager").put_resource_policy(SecretId=secret, ResourcePolicy=given)
    assert code_of(secrets.get_secret_value, SecretId="db") is None
    theirs = json.loads(policy({"Effect": "Allow", "Principal": {"AWS": user}, "Action": "SNS:Publish"}))
    theirs["Statement"][0]["Resource"] = topic
    account.client("sns").set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(theirs)
    )
    assert code_of(sns.publish, TopicArn=topic, Message="m") is None
    assert code_of(sns.get_topic_attributes, TopicArn=topic) in ("AccessDenied", "AuthorizationError")


def test_what_depends_on_the_resources_tags_is_not_guessed(account, jane):
    volume = "arn:aws:ec2:us-east-1:*:volume/*"
    tagged = {"StringEquals": {"aws:ResourceTag/team": "shop"}}
    client = jane(allow("ec2:DeleteVolume", volume, Condition=tagged))("ec2")
    assert code_of(client.delete_volume, VolumeId="vol-0123456789abcdef0") == "NotImplemented"


def test_an_operation_that_names_nothing_known_here_is_not_guessed(account, jane):
    client = jane(allow("logs:DescribeLogStreams", "arn:aws:logs:*:*:log-group:shop:*"))("logs")
    assert code_of(client.describe_log_streams, logGroupName="shop") == "NotImplemented"
