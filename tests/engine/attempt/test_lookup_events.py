"""CloudTrail's event history of an attempt: every management event, newest first, as LookupEvents answers it."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from helpers.direct import ADMINISTRATOR, Account, Ticker

DAY = 24 * 60 * 60


@pytest.fixture
def cloudtrail(account):
    return account.client("cloudtrail")


def looked_up(cloudtrail, key=None, value=None, **members):
    if key:
        members["LookupAttributes"] = [{"AttributeKey": key, "AttributeValue": value}]
    return cloudtrail.lookup_events(**members)["Events"]


def event_of(row):
    return json.loads(row["CloudTrailEvent"])


def names(rows):
    return [row["EventName"] for row in rows]


def refusal(call, **members):
    with pytest.raises(ClientError) as error:
        call(**members)
    return error.value.response["Error"]["Code"]


def test_writes_reads_and_failures_are_there_newest_first(account, cloudtrail):
    iam = account.client("iam")
    iam.create_user(UserName="ada")
    iam.list_users()
    assert refusal(iam.create_user, UserName="ada") == "EntityAlreadyExists"
    rows = looked_up(cloudtrail)
    assert names(rows) == ["CreateUser", "ListUsers", "CreateUser"]
    assert [row["ReadOnly"] for row in rows] == ["false", "true", "false"]
    assert rows == sorted(rows, key=lambda row: row["EventTime"], reverse=True)
    failed, read, made = map(event_of, rows)
    assert failed["errorCode"] == "EntityAlreadyExistsException"
    assert failed["responseElements"] is None
    assert "errorCode" not in made
    assert made["requestParameters"] == {"userName": "ada"}
    assert made["responseElements"]["user"]["userName"] == "ada"
    assert read["responseElements"] is None
    assert names(looked_up(cloudtrail))[0] == "LookupEvents"


def test_an_event_has_the_members_that_cloudtrail_documents(account, cloudtrail):
    group = account.client("ec2").create_security_group(GroupName="web", Description="d")["GroupId"]
    account.client("ec2").authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
    )
    (row,) = looked_up(cloudtrail, "EventName", "AuthorizeSecurityGroupIngress")
    event = event_of(row)
    assert {"ResourceType": "AWS::EC2::SecurityGroup", "ResourceName": group} in row["Resources"]
    assert (row["EventSource"], row["AccessKeyId"], row["Username"]) == ("ec2.amazonaws.com", ADMINISTRATOR[0], "root")
    assert event["userIdentity"] == {
        "type": "Root", "principalId": account.world.account_id, "arn": f"arn:aws:iam::{account.world.account_id}:root",
        "accountId": account.world.account_id, "accessKeyId": ADMINISTRATOR[0],
    }  # fmt: skip
    assert event["requestParameters"]["groupId"] == group
    assert (event["awsRegion"], event["recipientAccountId"]) == ("us-east-1", account.world.account_id)
    assert (event["eventID"], event["eventType"], event["managementEvent"]) == (row["EventId"], "AwsApiCall", True)
    assert event["eventTime"] == row["EventTime"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert event["userAgent"].startswith("Boto3")


def test_a_users_calls_carry_its_name_and_refused_ones_their_reason(account, cloudtrail):
    iam = account.client("iam")
    user = iam.create_user(UserName="jane")["User"]
    key = iam.create_access_key(UserName="jane")["AccessKey"]
    jane = account.client("s3", key=(key["AccessKeyId"], key["SecretAccessKey"]))
    assert refusal(jane.list_buckets) == "AccessDenied"
    (row,) = looked_up(cloudtrail, "Username", "jane")
    event = event_of(row)
    assert (event["eventName"], event["errorCode"]) == ("ListBuckets", "AccessDenied")
    identity = event["userIdentity"]
    assert (identity["type"], identity["userName"], identity["arn"]) == ("IAMUser", "jane", user["Arn"])
    assert identity["principalId"] == user["UserId"]
    assert looked_up(cloudtrail, "AccessKeyId", key["AccessKeyId"]) == [row]


def test_secrets_are_left_out(account, cloudtrail):
    iam = account.client("iam")
    iam.create_user(UserName="jane")
    key = iam.create_access_key(UserName="jane")["AccessKey"]
    iam.create_login_profile(UserName="jane", Password="Correct horse battery 1")
    text = json.dumps([row["CloudTrailEvent"] for row in looked_up(cloudtrail)])
    assert key["AccessKeyId"] in text
    assert key["SecretAccessKey"] not in text
    assert "battery" not in text


def test_a_sessions_calls_name_the_role_and_the_session(account, cloudtrail):
    trust = {"Effect": "Allow", "Principal": {"AWS": account.world.account_id}, "Action": "sts:AssumeRole"}
    role = account.client("iam").create_role(
        RoleName="auditor", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]
    keys = account.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="friday")["Credentials"]
    session = account.client(
        "sts", key=(keys["AccessKeyId"], keys["SecretAccessKey"]), token=keys["SessionToken"]
    )  # fmt: skip
    session.get_caller_identity()
    (row,) = looked_up(cloudtrail, "Username", "friday")
    identity = event_of(row)["userIdentity"]
    assert identity["type"] == "AssumedRole"
    assert identity["sessionContext"]["sessionIssuer"]["arn"] == role["Arn"]
    assert identity["principalId"].endswith(":friday")


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("EventName", "CreateBucket", ["CreateBucket"]),
        ("EventSource", "iam.amazonaws.com", ["ListUsers"]),
        ("ReadOnly", "false", ["CreateBucket"]),
        ("ResourceName", "logs", ["CreateBucket"]),
        ("ResourceType", "AWS::S3::Bucket", ["CreateBucket"]),
        ("Username", "nobody", []),
    ],
)
def test_one_attribute_takes_events(account, cloudtrail, key, value, found):
    account.client("s3").create_bucket(Bucket="logs")
    account.client("iam").list_users()
    assert names(looked_up(cloudtrail, key, value)) == found


def test_an_event_is_found_by_its_id(account, cloudtrail):
    account.client("iam").list_users()
    (row,) = looked_up(cloudtrail)
    assert looked_up(cloudtrail, "EventId", row["EventId"]) == [row]


def test_what_moves_data_is_no_management_event(account, cloudtrail):
    s3 = account.client("s3")
    s3.create_bucket(Bucket="data")
    s3.put_object(Bucket="data", Key="k", Body=b"x")
    s3.get_object(Bucket="data", Key="k")
    assert names(looked_up(cloudtrail)) == ["CreateBucket"]


def test_events_are_those_of_the_region_and_global_ones_in_one(account):
    account.client("ec2", region="eu-west-1").describe_vpcs()
    account.client("iam", region="eu-west-1").list_users()
    assert names(looked_up(account.client("cloudtrail", region="eu-west-1"))) == ["DescribeVpcs"]
    assert names(looked_up(account.client("cloudtrail"))) == ["ListUsers"]


def test_events_are_found_by_time_for_ninety_days(world, tmp_path):
    clock = Ticker()
    account = Account(world, tmp_path / "a.journal", clock)
    account.client("iam").create_user(UserName="first")
    first = clock.now
    clock.now += 60 * DAY
    account.client("iam").create_user(UserName="second")
    cloudtrail = account.client("cloudtrail")
    between = datetime.fromtimestamp(first, UTC) + timedelta(days=1)
    users = [event_of(row)["requestParameters"]["userName"] for row in looked_up(cloudtrail, EndTime=between)]
    assert users == ["first"]
    assert names(looked_up(cloudtrail, "EventName", "CreateUser", StartTime=between)) == ["CreateUser"]
    code = refusal(cloudtrail.lookup_events, StartTime=between, EndTime=between - timedelta(days=1))
    assert code == "InvalidTimeRangeException"
    clock.now += 40 * DAY
    assert len(looked_up(cloudtrail, "EventName", "CreateUser")) == 1
    account.close()


def test_pages_follow_each_other(account, cloudtrail):
    iam = account.client("iam")
    for number in range(7):
        iam.create_user(UserName=f"user-{number}")
    attribute = {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "CreateUser"}]}
    first = cloudtrail.lookup_events(MaxResults=3, **attribute)
    rest = cloudtrail.lookup_events(NextToken=first["NextToken"], **attribute)
    users = [event_of(row)["requestParameters"]["userName"] for row in first["Events"] + rest["Events"]]
    assert users == [f"user-{number}" for number in reversed(range(7))]
    assert "NextToken" not in rest
    assert refusal(cloudtrail.lookup_events, NextToken=first["NextToken"]) == "InvalidNextTokenException"


def test_bad_questions_are_refused(account):
    cloudtrail = account.client("cloudtrail", parameter_validation=False)
    two = [{"AttributeKey": "EventName", "AttributeValue": name} for name in ("a", "b")]
    code = refusal(cloudtrail.lookup_events, LookupAttributes=two)
    assert code == "InvalidLookupAttributesException"
    code = refusal(cloudtrail.lookup_events, LookupAttributes=[{"AttributeKey": "Colour", "AttributeValue": "red"}])
    assert code == "InvalidLookupAttributesException"
    assert refusal(cloudtrail.lookup_events, MaxResults=51) == "InvalidMaxResultsException"
    assert refusal(cloudtrail.lookup_events, NextToken="no") == "InvalidNextTokenException"


def test_writes_are_told_from_the_journal_where_the_history_is_lost(account):
    account.client("iam").create_user(UserName="ada")
    account.client("iam").list_users()
    again = account.reopened()
    (row,) = looked_up(again.client("cloudtrail"))
    event = event_of(row)
    assert (event["eventName"], event["requestParameters"]) == ("CreateUser", {"userName": "ada"})
    assert event["userIdentity"]["accessKeyId"] == ADMINISTRATOR[0]
    again.close()


def test_an_undone_write_is_gone_and_a_reset_begins_anew(account, cloudtrail):
    account.client("iam").create_user(UserName="ada")
    account.client("iam").list_users()
    account.ledger.go_back("undo", {"count": 1})
    assert names(looked_up(cloudtrail)) == ["ListUsers"]
    account.ledger.go_back("reset", {})
    assert looked_up(cloudtrail) == []
