"""Policies of secrets and protocols of subscriptions, through the front, with boto3."""

import json

import pytest


@pytest.fixture
def secrets(account):
    client = account.client("secretsmanager")
    client.create_secret(Name="db", SecretString="x")
    return client


def policy(principal):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_secrets_policy_is_well_formed_and_not_public_where_that_is_blocked(secrets, refused):
    put = secrets.put_resource_policy
    nobody = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    for malformed in ("{x", nobody):
        code = refused(put, SecretId="db", ResourcePolicy=malformed)
        assert code == "MalformedPolicyDocumentException"
        assert secrets.validate_resource_policy(ResourcePolicy=malformed)["PolicyValidationPassed"] is False
    public = {"SecretId": "db", "ResourcePolicy": policy("*")}
    assert refused(put, **public, BlockPublicPolicy=True) == "PublicPolicyException"
    told = secrets.validate_resource_policy(**public)
    assert [error["CheckName"] for error in told["ValidationErrors"]] == ["PublicPolicy"]
    narrow = policy({"AWS": "arn:aws:iam::123456789012:root"})
    put(SecretId="db", ResourcePolicy=narrow, BlockPublicPolicy=True)
    assert secrets.get_resource_policy(SecretId="db")["ResourcePolicy"] == narrow
    assert secrets.validate_resource_policy(ResourcePolicy=narrow)["PolicyValidationPassed"] is True
    unknown = {"SecretId": "none", "ResourcePolicy": narrow}
    assert refused(secrets.validate_resource_policy, **unknown) == "ResourceNotFoundException"
    secrets.delete_resource_policy(SecretId="db")
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId="db")


def test_a_subscription_has_a_protocol_of_sns(account, refused):
    sns = account.client("sns")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    assert refused(sns.subscribe, TopicArn=topic, Protocol="fax", Endpoint="1") == "InvalidParameter"
    queue = "arn:aws:sqs:us-east-1:123456789012:q"
    assert sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)["SubscriptionArn"].startswith(topic)


def test_a_subscription_by_mail_waits_for_somebody_who_reads_it(account, refused):
    sns = account.client("sns")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    mail = {"TopicArn": topic, "Protocol": "email", "Endpoint": "ops@example.com"}
    assert refused(sns.subscribe, **mail | {"Endpoint": "nobody"}) == "InvalidParameter"
    assert sns.subscribe(**mail)["SubscriptionArn"] == "pending confirmation"
    arn = sns.subscribe(**mail, ReturnSubscriptionArn=True)["SubscriptionArn"]
    for listed in (sns.list_subscriptions(), sns.list_subscriptions_by_topic(TopicArn=topic)):
        assert [one["SubscriptionArn"] for one in listed["Subscriptions"]] == ["PendingConfirmation"]
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "true"
    counted = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (counted["SubscriptionsPending"], counted["SubscriptionsConfirmed"]) == ("1", "0")
    assert refused(sns.confirm_subscription, TopicArn=topic, Token="guessed") == "InvalidParameter"
    assert refused(sns.confirm_subscription, TopicArn=topic + "x", Token="guessed") == "NotFound"
    assert refused(sns.unsubscribe, SubscriptionArn="PendingConfirmation") == "InvalidParameter"
