"""How CloudTrail writes calls: names, times, what it hides, and the names that botocore does not have."""

import json
from random import Random

import pytest

from hardenlab import Variation
from hardenlab.evidence.draws import Strangers, fictional_account, resource_id, unique_id, uuid
from hardenlab.evidence.grammar import lowered, operation, recorded_operation, told

REGION = "eu-west-1"
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (1_772_409_600, "Mar 2, 2026 12:00:00 AM"), (1_772_409_600 + 43_200, "Mar 2, 2026 12:00:00 PM"),
        (1_772_409_600 + 46_800, "Mar 2, 2026 1:00:00 PM"), (1_772_409_600 + 43_199, "Mar 2, 2026 11:59:59 AM"),
    ],
)  # fmt: skip
def test_a_moment_in_a_response_has_twelve_hours_a_half_day(moment, expected):
    assert told(moment) == expected


def test_the_first_letter_of_a_name_is_small_whatever_follows():
    assert [lowered(name) for name in ("DBInstance", "Name", "x", "")] == ["dBInstance", "name", "x", ""]


@pytest.mark.parametrize(
    ("service", "name", "source", "event_name", "read_only"),
    [
        ("iam", "ListUsers", "iam.amazonaws.com", "ListUsers", True),
        ("cloudwatch", "ListMetrics", "monitoring.amazonaws.com", "ListMetrics", True),
        ("elbv2", "DeleteListener", "elasticloadbalancing.amazonaws.com", "DeleteListener", False),
        ("stepfunctions", "StartExecution", "states.amazonaws.com", "StartExecution", False),
        ("s3", "ListObjectsV2", "s3.amazonaws.com", "ListObjects", True),
        ("s3", "PutPublicAccessBlock", "s3.amazonaws.com", "PutBucketPublicAccessBlock", False),
        ("s3", "GetPublicAccessBlock", "s3.amazonaws.com", "GetBucketPublicAccessBlock", True),
        ("s3", "DeletePublicAccessBlock", "s3.amazonaws.com", "DeleteBucketPublicAccessBlock", False),
        ("lambda", "ListFunctions", "lambda.amazonaws.com", "ListFunctions20150331", True),
        ("lambda", "CreateFunction", "lambda.amazonaws.com", "CreateFunction20150331", False),
        ("lambda", "UpdateFunctionCode", "lambda.amazonaws.com", "UpdateFunctionCode20150331v2", False),
        ("sts", "AssumeRole", "sts.amazonaws.com", "AssumeRole", True),
        ("kms", "Decrypt", "kms.amazonaws.com", "Decrypt", True),
        ("kms", "DisableKey", "kms.amazonaws.com", "DisableKey", False),
        ("logs", "FilterLogEvents", "logs.amazonaws.com", "FilterLogEvents", True),
        ("iam", "GenerateCredentialReport", "iam.amazonaws.com", "GenerateCredentialReport", True),
    ],
)
def test_an_operation_has_the_source_and_the_name_that_cloudtrail_gives_it(
    service, name, source, event_name, read_only
):
    kind = operation(service, name)
    assert (kind.source, kind.event_name, kind.read_only) == (source, event_name, read_only)
    assert recorded_operation(source, event_name).name in (name, "ListObjects")


@pytest.mark.parametrize(
    ("service", "name", "code"),
    [
        ("iam", "ListUsers", "AccessDenied"), ("s3", "ListBuckets", "AccessDenied"),
        ("ec2", "DescribeVpcs", "Client.UnauthorizedOperation"), ("dynamodb", "ListTables", "AccessDeniedException"),
        ("lambda", "ListFunctions", "AccessDeniedException"), ("guardduty", "ListDetectors", "AccessDeniedException"),
    ],
)  # fmt: skip
def test_a_refusal_has_the_code_of_the_service_s_protocol(service, name, code):
    assert operation(service, name).denied == code


@pytest.mark.parametrize(
    ("service", "name", "given", "written"),
    [
        ("iam", "ListUsers", {}, None),
        ("ec2", "DescribeVpcs", {}, {}),
        ("iam", "GetUser", {"UserName": "ada"}, {"userName": "ada"}),
        ("iam", "TagUser", {"UserName": "a", "Tags": [{"Key": "k", "Value": "v"}]},
         {"userName": "a", "tags": [{"key": "k", "value": "v"}]}),
        ("ssm", "PutParameter", {"Name": "/a", "Value": "hunter2"}, {"name": "/a", "value": HIDDEN}),
        ("secretsmanager", "CreateSecret", {"Name": "x", "SecretString": "hunter2"}, {"name": "x"}),
        ("ec2", "DescribeInstances", {"InstanceIds": ["i-1", "i-2"]},
         {"instancesSet": {"items": [{"instanceId": "i-1"}, {"instanceId": "i-2"}]}}),
        ("ec2", "DescribeSecurityGroups", {"GroupIds": ["sg-1"], "GroupNames": ["web"]},
         {"securityGroupIdSet": {"items": [{"groupId": "sg-1"}]},
          "securityGroupSet": {"items": [{"groupName": "web"}]}}),
        ("ec2", "RunInstances",
         {"ImageId": "ami-1", "MinCount": 1, "MaxCount": 2, "KeyName": "k", "InstanceType": "t3.small", "UserData": "x",
          "SecurityGroupIds": ["sg-1"]},
         {"instancesSet": {"items": [{"imageId": "ami-1", "minCount": 1, "maxCount": 2, "keyName": "k"}]},
          "instanceType": "t3.small", "groupSet": {"items": [{"groupId": "sg-1"}]},
          "userData": "<sensitiveDataRemoved>"}),
        ("ec2", "RunInstances", {"ImageId": "ami-1", "MinCount": 1, "MaxCount": 2},
         {"instancesSet": {"items": [{"imageId": "ami-1", "minCount": 1, "maxCount": 2}]}}),
        ("lambda", "UpdateFunctionConfiguration", {"FunctionName": "f", "Environment": {"Variables": {}}},
         {"functionName": "f", "environment": {}}),
        ("s3", "ListBuckets", {}, {"Host": "s3.eu-west-1.amazonaws.com"}),
        ("s3", "ListObjectsV2", {"Bucket": "b", "Prefix": "p"},
         {"bucketName": "b", "prefix": "p", "Host": "b.s3.eu-west-1.amazonaws.com", "list-type": "2"}),
        ("s3", "GetBucketAcl", {"Bucket": "b"}, {"bucketName": "b", "Host": "b.s3.eu-west-1.amazonaws.com", "acl": ""}),
        ("s3", "PutBucketVersioning", {"Bucket": "b", "VersioningConfiguration": {"Status": "Enabled"}},
         {"bucketName": "b", "Host": "b.s3.eu-west-1.amazonaws.com", "versioning": "",
          "VersioningConfiguration": {"Status": "Enabled"}}),
        ("s3", "GetObject", {"Bucket": "b", "Key": "k"},
         {"bucketName": "b", "key": "k", "Host": "b.s3.eu-west-1.amazonaws.com"}),
    ],
)  # fmt: skip
def test_parameters_are_written_as_cloudtrail_writes_them(service, name, given, written):
    assert operation(service, name).request(given, REGION) == written


def test_the_policy_of_a_bucket_is_written_as_an_object():
    policy = {"Version": "2012-10-17", "Statement": []}
    written = operation("s3", "PutBucketPolicy").request({"Bucket": "b", "Policy": json.dumps(policy)}, REGION)
    assert (written["bucketPolicy"], written["policy"]) == (policy, "")


def test_answers_have_their_times_told_and_their_secrets_left_out():
    key = {"UserName": "a", "AccessKeyId": "AKIA" + "A" * 16, "SecretAccessKey": "s", "CreateDate": 1_772_409_600}
    written = operation("iam", "CreateAccessKey").response({"AccessKey": key})
    assert written == {
        "accessKey": {"userName": "a", "accessKeyId": key["AccessKeyId"], "createDate": "Mar 2, 2026 12:00:00 AM"}
    }
    assert operation("iam", "CreateAccessKey").response(None) is None
    assert operation("ec2", "AuthorizeSecurityGroupIngress").response({"Return": True}) == {"_return": True}
    launched = operation("ec2", "RunInstances").response({"Instances": [{"InstanceId": "i-1"}]})
    assert launched == {"instancesSet": {"items": [{"instanceId": "i-1"}]}}


@pytest.mark.parametrize(
    ("service", "name", "given", "said"),
    [
        ("iam", "GetUserPolicy", {"UserName": "ada"}, "iam:GetUserPolicy: Missing required parameter"),
        ("ec2", "DescribeVpcs", {"Vpcs": ["x"]}, "Unknown parameter"),
        ("s3", "ListBuckets", {"Bucket": "x"}, "Unknown parameter"),
        ("sts", "GetCallerIdentity", {"x": 1}, "Unknown parameter"),
    ],
)
def test_what_boto3_would_refuse_is_refused(service, name, given, said):
    with pytest.raises(ValueError, match=said):
        operation(service, name).check(given)


def test_an_operation_without_parameters_takes_none():
    operation("iam", "GetAccountSummary").check({})
    with pytest.raises(ValueError, match="iam:GetAccountSummary takes no parameters"):
        operation("iam", "GetAccountSummary").check({"UserName": "ada"})


def test_the_errors_are_those_of_the_model():
    assert {"NoSuchEntity", "EntityAlreadyExists"} <= operation("iam", "GetUser").errors
    assert "TrailNotFoundException" in operation("cloudtrail", "StopLogging").errors


def test_ids_have_their_forms():
    random = Random(1)
    for _ in range(20):
        text = uuid(random)
        assert [len(part) for part in text.split("-")] == [8, 4, 4, 4, 12] and text[14] == "4" and text[19] in "89ab"
    assert len(unique_id(random, "AKIA")) == 20 and len(resource_id(random, "i")) == len("i-0123456789abcdef0")
    assert len(fictional_account(random)) == 12 and "0" not in fictional_account(random)


def test_strangers_have_an_address_each_and_there_are_seven_hundred():
    strangers = Strangers(Variation("many"), Variation("many").office("office"))
    given = [strangers[str(number)] for number in range(650)]
    assert len(set(given)) == 650 and strangers["0"] == given[0]
    assert not any(address.endswith((".0", ".255")) for address in given)
    with pytest.raises(RuntimeError, match="documentation addresses are used up"):
        for number in range(650, 762):
            _ = strangers[str(number)]
