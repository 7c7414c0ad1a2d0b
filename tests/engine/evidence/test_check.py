"""The check of events notices whatever CloudTrail could not have written, and nothing else."""

import copy
from random import Random

import pytest

from hardenlab import Variation, evidence
from hardenlab.evidence.callers import assume, foreign, in_console, root, service, web_identity, with_key
from hardenlab.evidence.cast import Cast
from hardenlab.evidence.events import DENIED, ROOT, Call, Recorder, SignIn, object_call

CAST = Cast.drawn(Variation("check"))
MOMENT = 1_772_409_600
PERSON = CAST.staff[0]
RANDOM = Random(1)
RECORDER = Recorder(CAST, RANDOM)
KEYED = with_key(CAST, PERSON, PERSON.office)
CONSOLE = in_console(CAST, PERSON, RANDOM, MOMENT, PERSON.office)
ROLE = assume(CAST, RANDOM, MOMENT, CAST.roles["web"], "i-1", service("ec2"))
RULE = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
LAUNCH = {"ImageId": "ami-1", "InstanceType": "t3.small", "MinCount": 1, "MaxCount": 2, "UserData": "eA=="}
NEW_KEY = {"AccessKey": {"UserName": "ada", "AccessKeyId": "AKIA" + "A" * 16, "Status": "Active", "CreateDate": MOMENT}}


def told(caller, *call, **more):
    return RECORDER.event(MOMENT, caller, Call(*call, **more))


EVENTS = {
    "a read": told(ROLE.session, "ec2", "DescribeInstances", {"InstanceIds": ["i-1"], "MaxResults": 5}),
    "a read of a key": told(KEYED, "iam", "ListUsers"),
    "a read of the console": told(CONSOLE, "ec2", "DescribeVpcs", {"DryRun": False}),
    "a refused read": told(KEYED, "iam", "ListUsers", error=DENIED),
    "a write": told(KEYED, "iam", "CreateAccessKey", {"UserName": "ada"}, answer=NEW_KEY),
    "a rule": told(KEYED, "ec2", "AuthorizeSecurityGroupIngress", {"GroupId": "sg-1", "IpPermissions": [RULE]}),
    "a launch": told(KEYED, "ec2", "RunInstances", LAUNCH, answer={"Instances": [{"InstanceId": "i-1"}]}),
    "a bucket": told(KEYED, "s3", "GetBucketPolicy", {"Bucket": "shop"}),
    "an object": RECORDER.event(MOMENT, KEYED, object_call(CAST, "GetObject", "shop", "a", 5, RANDOM)),
    "a role": RECORDER.event(MOMENT, service("ec2"), ROLE.call),
    "the root user": told(root(CAST, RANDOM, MOMENT, PERSON.office, "x"), "iam", "GetAccountSummary"),
    "another account": told(foreign("1" * 12, RANDOM, PERSON.home, "x"), "sts", "GetCallerIdentity"),
    "a stranger with a token": told(web_identity("idp", "sub", PERSON.home, "x"), "sts", "GetCallerIdentity"),
    "a sign-in": RECORDER.sign_in(MOMENT, SignIn(PERSON.user, PERSON.user_id, PERSON.office, "x", True, mfa=True)),
    "a failed sign-in": RECORDER.sign_in(MOMENT, SignIn(None, "", PERSON.office, "x", False)),
    "the root user's sign-in": RECORDER.sign_in(MOMENT, SignIn(ROOT, "", PERSON.office, "x", True)),
}


@pytest.mark.parametrize("name", EVENTS)
def test_what_is_written_as_cloudtrail_does_has_no_problem(name):
    assert evidence.problems(EVENTS[name]) == []


def put(*path):
    """A change of the event: the last of the path is put at the keys before it."""

    def harm(event):
        *keys, last, value = path
        for key in keys:
            event = event[key]
        event[last] = value

    return harm


def out(*path):
    """A change of the event: what is at the path is taken out."""

    def harm(event):
        *keys, last = path
        for key in keys:
            event = event[key]
        del event[last]

    return harm


IDENTITY, CONTEXT, GIVEN, ANSWER = "userIdentity", "sessionContext", "requestParameters", "responseElements"
WRONG = [
    ("a read", out("userAgent"), "['userAgent'] missing"),
    ("a read", put("label", "leaked_key"), "['label'] unknown"),
    ("a read", put("eventName", "MakeCoffee"), "ec2 has no operation MakeCoffee"),
    ("a read", put("eventSource", "coffee.amazonaws.com"), "knows no service coffee"),
    ("a read", put("eventTime", "yesterday"), "'yesterday' is no time"),
    ("a read", put("eventTime", "2026-03-02T00:00:00+00:00"), "is no time"),
    ("a read", put("eventID", "1"), "eventID is no UUID"),
    ("a read", put("requestID", "1"), "requestID is no UUID"),
    ("a read", out("requestID"), "a call has a request id"),
    ("a read", put("recipientAccountId", "12345678901"), "recipientAccountId is no account"),
    ("a read", put("managementEvent", False), "managementEvent and eventCategory disagree"),
    ("an object", put("eventCategory", "Management"), "managementEvent and eventCategory disagree"),
    ("a read", put("eventType", "AwsServiceEvent"), "eventType 'AwsServiceEvent' is not judged"),
    ("a read", put("readOnly", False), "readOnly of DescribeInstances is True"),
    ("a write", put("readOnly", True), "readOnly of CreateAccessKey is False"),
    ("a read", put("errorCode", "Teapot"), "ec2 has no error Teapot"),
    ("a read", put(ANSWER, {"nextToken": "x"}), "reads and failures tell no response"),
    ("a write", put("errorCode", "AccessDenied"), "reads and failures tell no response"),
    ("a write", put(ANSWER, "accessKey", "secret", "x"), "response.accessKey.secret is no member of AccessKey"),
    ("a launch", put(ANSWER, "instancesSet", "items", 0, "colour", "x"), "colour is no member of Instance"),
    ("a read", put(IDENTITY, {"type": "Robot"}), "userIdentity of type 'Robot'"),
    ("a read", out(IDENTITY, "arn"), "userIdentity AssumedRole: ['arn'] missing"),
    ("a read", put(IDENTITY, "colour", "x"), "userIdentity AssumedRole: [] missing, ['colour'] unknown"),
    ("the root user", out(IDENTITY, "principalId"), "userIdentity Root: ['principalId'] missing"),
    ("the root user", put(IDENTITY, "userName", "x"), "userIdentity Root: [] missing, ['userName'] unknown"),
    ("a failed sign-in", out(IDENTITY, "userName"), "userIdentity IAMUser: ['userName'] missing"),
    ("another account", out(IDENTITY, "accountId"), "userIdentity AWSAccount: ['accountId'] missing"),
    ("a stranger with a token", out(IDENTITY, "identityProvider"), "userIdentity WebIdentityUser"),
    ("a role", put(IDENTITY, "accountId", "x"), "userIdentity AWSService: [] missing, ['accountId'] unknown"),
    ("a role", put("sourceIPAddress", "192.0.2.1"), "a service calls from its own name"),
    ("a read", put(IDENTITY, "accessKeyId", "AKIA" + "A" * 16), "and the session context disagree"),
    ("a read of a key", put(IDENTITY, "accessKeyId", "ASIA" + "A" * 16), "and the session context disagree"),
    ("a read of a key", put(IDENTITY, "accessKeyId", "AKIA" + "a" * 16), "is no access key id"),
    ("a read of a key", put(IDENTITY, "accessKeyId", "AKIA" + "A" * 15), "is no access key id"),
    ("a read", out(IDENTITY, CONTEXT, "attributes", "mfaAuthenticated"), "sessionContext needs its attributes"),
    ("a read", put(IDENTITY, CONTEXT, "attributes", "creationDate", "2026-03-02T00:00:01Z"), "younger than the call"),
    ("a sign-in", put("eventName", "CheckMfa"), "a sign-in is a ConsoleLogin of signin.amazonaws.com"),
    ("a sign-in", put("eventSource", "iam.amazonaws.com"), "a sign-in is a ConsoleLogin of signin.amazonaws.com"),
    ("a sign-in", put("readOnly", True), "none is read-only"),
    ("a sign-in", put("errorMessage", "Failed authentication"), "a failed sign-in has an error message"),
    ("a failed sign-in", out("errorMessage"), "a failed sign-in has an error message"),
    ("a bucket", put(GIVEN, "colour", "x"), "S3 writes no ['colour']"),
    ("a launch", put(GIVEN, "instancesSet", "items", 0, "subnetId", "x"), "image, counts and key only"),
    ("a launch", put(GIVEN, "colour", "x"), "request.colour is no member of RunInstancesRequest"),
    ("a read", put(GIVEN, "instanceIds", ["i-1"]), "request.instanceIds is no member"),
    ("a read", put(GIVEN, "maxResults", "5"), "request.maxResults must be a whole number"),
    ("a read", put(GIVEN, "maxResults", True), "request.maxResults must be a whole number"),
    ("a read", put(GIVEN, "instancesSet", "i-1"), "request.instancesSet must be a list"),
    ("a read", put(GIVEN, "instancesSet", "items", 0, "instanceId", 5), "request.instancesSet must be a text"),
    ("a read of the console", put(GIVEN, "dryRun", "no"), "request.dryRun must be true or false"),
    ("a rule", put(GIVEN, "groupId", 5), "request.groupId must be a text"),
    ("a rule", put(GIVEN, "ipPermissions", "items", 0, "port", 22), "request.ipPermissions.port is no member"),
    ("a rule", put(GIVEN, "ipPermissions", "items", 0, "ipRanges", {"items": ["x"]}), "ipRanges must be an object"),
    ("a write", put(GIVEN, "userName", ["ada"]), "request.userName must be a text"),
]


@pytest.mark.parametrize(("name", "harm", "sentence"), WRONG, ids=[f"{name}: {said}" for name, _, said in WRONG])
def test_what_cloudtrail_could_not_have_written_is_told(name, harm, sentence):
    event = copy.deepcopy(EVENTS[name])
    harm(event)
    (told, *_) = evidence.problems(event)
    assert sentence in told


def test_nothing_that_is_absent_or_null_is_a_problem():
    event = copy.deepcopy(EVENTS["a read"])
    event["requestParameters"] = None
    assert evidence.problems(event) == []
    event["requestParameters"] = {"maxResults": None}
    assert evidence.problems(event) == []
    refused = copy.deepcopy(EVENTS["a write"]) | {"errorCode": "EntityAlreadyExists", "responseElements": None}
    assert evidence.problems(refused) == []
