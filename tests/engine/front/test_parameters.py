"""What a request asks for is read back as boto3 was given it, in every protocol."""

import io
import urllib.parse

import pytest
from botocore.awsrequest import AWSResponse

from hardenlab.front.operations import SIGNING_NAMES, identify
from hardenlab.front.parameters import Unreadable, read_parameters
from hardenlab.model.http import Request
from helpers.direct import session

CASES = [
    ("iam", "create_user", {"UserName": "ada", "Tags": [{"Key": "team", "Value": "web"}]}),
    ("ec2", "describe_instances", {"InstanceIds": ["i-1", "i-2"], "Filters": [{"Name": "a", "Values": ["x", "y"]}]}),
    ("ec2", "authorize_security_group_ingress", {
        "GroupId": "sg-1", "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22,
                                              "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "d"}]}]}),
    ("cloudtrail", "lookup_events", {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "x"}]}),
    ("kms", "create_key", {"Description": "d", "Tags": [{"TagKey": "a", "TagValue": "b"}]}),
    ("s3", "get_bucket_policy", {"Bucket": "b"}),
    ("s3", "list_buckets", {}),
    ("sns", "create_topic", {"Name": "t", "Attributes": {"A": "1"}, "Tags": [{"Key": "a", "Value": "b"}]}),
    ("elbv2", "create_load_balancer", {"Name": "x", "Subnets": ["a", "b"]}),
    ("route53", "create_hosted_zone", {"Name": "x", "CallerReference": "1"}),
    ("route53", "list_resource_record_sets", {"HostedZoneId": "Z1", "MaxItems": "5"}),
    ("cloudwatch", "put_metric_alarm", {"AlarmName": "a", "EvaluationPeriods": 1, "Threshold": 1.5,
                                        "ComparisonOperator": "GreaterThanThreshold"}),
    ("guardduty", "list_findings", {"DetectorId": "d", "FindingCriteria": {"Criterion": {"a": {"Eq": ["b"]}}}}),
    ("lambda", "get_function", {"FunctionName": "f", "Qualifier": "1"}),
]  # fmt: skip


def sent(service, operation, given):
    """The request that boto3 makes of a call."""
    client = session().client(
        service, region_name="us-east-1", aws_access_key_id="A" * 20, aws_secret_access_key="x",
        endpoint_url="http://127.0.0.1:1",
    )  # fmt: skip
    caught = []

    def catch(request, **_):
        caught.append(request)
        return AWSResponse("", 200, {}, io.BytesIO(b""))

    client.meta.events.register("before-send.*.*", catch)
    try:
        getattr(client, operation)(**given)
    except Exception:
        assert caught
    return caught[0]


@pytest.mark.parametrize(("service", "operation", "given"), CASES, ids=[f"{case[0]}:{case[1]}" for case in CASES])
def test_parameters_are_read_back(service, operation, given):
    request = sent(service, operation, given)
    url, body = urllib.parse.urlsplit(request.url), request.body or b""
    body = body.encode() if isinstance(body, str) else body
    headers = {name.lower(): v.decode() if isinstance(v, bytes) else v for name, v in request.headers.items()}
    names = {name: signing for signing, folders in SIGNING_NAMES.items() for name in folders}
    signing = names.get(service, service)
    found = identify(signing, request.method, url.path, url.query, headers, body)
    read = Request(request.method, url.path, url.query, headers, body, "1" * 12, "us-east-1", signing, "A")
    assert read_parameters(read, found) == given


@pytest.mark.parametrize("body", [b"{", b"[1]", b"[" * 100_000, b"\xff"])
def test_a_body_that_is_no_object_is_told(body):
    headers = {"x-amz-target": "TrentService.CreateKey"}
    found = identify("kms", "POST", "/", "", headers, body)
    request = Request("POST", "/", "", headers, body, "1" * 12, "us-east-1", "kms", "A")
    with pytest.raises(Unreadable):
        read_parameters(request, found)
