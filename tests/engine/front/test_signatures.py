"""Who asks: signatures, keys, and requests that come from where they should not."""

import datetime

import boto3
import pytest
import time_machine
from botocore.exceptions import ClientError

from helpers.direct import ADMINISTRATOR, PORT


def code(error):
    return error.value.response["Error"]["Code"]


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("ec2", "describe_vpcs"),
        ("s3", "list_buckets"),
        ("sts", "get_caller_identity"),
        ("iam", "list_users"),
        ("kms", "list_keys"),
        ("logs", "describe_log_groups"),
        ("cloudwatch", "describe_alarms"),
        ("route53", "list_hosted_zones"),
        ("elbv2", "describe_load_balancers"),
        ("config", "describe_configuration_recorders"),
        ("cloudtrail", "describe_trails"),
        ("organizations", "list_roots"),
        ("sso-admin", "list_instances"),
        ("guardduty", "list_detectors"),
        ("sns", "list_topics"),
        ("sqs", "list_queues"),
        ("ssm", "describe_parameters"),
        ("secretsmanager", "list_secrets"),
        ("events", "list_rules"),
        ("wafv2", "list_ip_sets"),
    ],
)
def test_the_administrators_key_is_accepted_in_every_protocol(account, service, operation):
    arguments = {"Scope": "REGIONAL"} if service == "wafv2" else {}
    try:
        getattr(account.client(service), operation)(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AWSOrganizationsNotInUseException"


@pytest.mark.parametrize(
    ("service", "operation", "expected"),
    [
        ("ec2", "describe_vpcs", "AuthFailure"),
        ("s3", "list_buckets", "InvalidAccessKeyId"),
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("kms", "list_keys", "UnrecognizedClientException"),
        ("cloudwatch", "describe_alarms", "UnrecognizedClientException"),
    ],
)
def test_an_unknown_key_is_refused_as_aws_refuses_it(account, service, operation, expected):
    with pytest.raises(ClientError) as error:
        getattr(account.client(service, key=("AKIAIOSFODNN7EXAMPLE", "x")), operation)()
    assert code(error) == expected


def test_a_wrong_secret_is_refused(account):
    with pytest.raises(ClientError) as error:
        account.client("ec2", key=(ADMINISTRATOR[0], "wrong")).describe_vpcs()
    assert code(error) == "SignatureDoesNotMatch"


def test_a_changed_body_is_refused(account):
    ec2 = account.client("ec2")

    def tamper(request, **_):
        request.body = request.body.replace("10.1.0.0", "10.2.0.0")

    ec2.meta.events.register_first("before-send.*.*", tamper)
    with pytest.raises(ClientError) as error:
        ec2.create_vpc(CidrBlock="10.1.0.0/16")
    assert code(error) == "SignatureDoesNotMatch"


def test_a_changed_s3_body_is_refused(account):
    s3 = account.client("s3")
    bucket = account.world.facts["bucket"]

    def tamper(request, **_):
        request.body = b"other"

    s3.meta.events.register_first("before-send.*.*", tamper)
    with pytest.raises(ClientError) as error:
        s3.put_object(Bucket=bucket, Key="a", Body=b"right", ChecksumAlgorithm="SHA256")
    assert code(error) in ("SignatureDoesNotMatch", "XAmzContentSHA256Mismatch")


def test_an_old_signature_is_refused(account):
    ec2, sent = account.client("ec2"), []
    ec2.meta.events.register_first("before-send.*.*", lambda request, **_: sent.append(request))
    with time_machine.travel(datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1), tick=False):
        ec2.describe_vpcs()  # signed and sent an hour ago: it was right then
    again = account.send(sent[0])
    assert again.status_code == 403 and b"Signature expired" in again.content


def test_keys_with_odd_characters_in_the_path_are_verified(account):
    s3, bucket = account.client("s3"), account.world.facts["bucket"]
    for key in ("plain", "with space", "ünï/cödé", "a+b=c&d", "100%", "dir//double", "~tilde", "semi;colon", "q?mark"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert len(s3.list_objects_v2(Bucket=bucket)["Contents"]) == 9


def test_a_presigned_url_is_accepted_until_it_is_changed(account):
    s3, bucket = account.client("s3", signature_version="s3v4"), account.world.facts["bucket"]
    s3.put_object(Bucket=bucket, Key="report", Body=b"figures")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "report"}, ExpiresIn=60)
    target = url.removeprefix(f"http://127.0.0.1:{PORT}")
    assert account.request("GET", target).body == b"figures"
    assert account.request("GET", target.replace("report", "other")).status == 403
    assert account.request("GET", target.replace("Expires=60", "Expires=600")).status == 403


@pytest.mark.parametrize(
    "header",
    [
        "garbage",
        "AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=" + "0" * 64,
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=" + "0" * 64,
        "AWS AKIA:signature",
        "Bearer token",
        "",
    ],
)
def test_a_malformed_signature_is_an_error_and_never_a_crash(account, header):
    assert account.request("GET", "/", {"Authorization": header}).status in (400, 403)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:1", "169.254.169.254", "", "localhost"])
def test_another_host_name_is_refused(account, host):
    assert account.request("GET", "/", host=host).status == 421


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
def test_a_web_page_may_not_call(account, headers):
    assert account.request("GET", "/", headers).status == 403


@pytest.mark.parametrize("path", ["/moto-api/reset", "/moto-api/data.json", "/moto-api/", "/latest/meta-data/iam"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_emulators_own_doors_are_hidden(account, method, path):
    response = account.request(method, path)
    assert response.status == 404 and b"moto" not in response.body


@pytest.mark.parametrize("path", ["/%6doto-api/reset", "//moto-api/reset", "/./moto-api/reset", "/moto-api%2freset"])
def test_the_emulators_own_doors_are_hidden_in_other_spellings(account, path):
    ec2 = account.client("ec2")
    before = len(ec2.describe_vpcs()["Vpcs"])
    account.request("POST", path)
    assert len(ec2.describe_vpcs()["Vpcs"]) == before


def test_a_signed_call_cannot_name_another_account(account):
    sts = account.client("sts")

    def spoof(request, **_):
        request.headers["x-moto-account-id"] = "111111111111"

    sts.meta.events.register_first("before-send.*.*", spoof)
    assert sts.get_caller_identity()["Account"] == account.world.account_id


def test_an_unsigned_call_of_another_service_is_told_that_it_needs_a_signature(account):
    body = b"Action=DescribeVpcs&Version=2016-11-15"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    response = account.request("POST", "/", kind, body)
    assert response.status == 403 and b"MissingAuthenticationToken" in response.body


def test_signing_names_are_those_of_botocore():
    from hardenlab.front.operations import SIGNING_NAMES
    from hardenlab.front.policy import SERVICES

    session = boto3.Session()._session
    for service in SERVICES:
        name = session.get_service_model(service).signing_name
        assert service in SIGNING_NAMES.get(name, (name,)), f"{service} signs as {name}"
