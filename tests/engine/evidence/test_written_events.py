"""Each kind of CloudTrail event, field by field, as the documentation of its service shows it.

Source: CloudTrail User Guide, "CloudTrail record contents" and "AWS Management Console sign-in events"; S3 User Guide,
"CloudTrail log file entries for Amazon S3".
"""

import pytest

from engine.evidence.test_check import CAST, CONSOLE, EVENTS, KEYED, MOMENT, PERSON, RANDOM, RECORDER, told
from hardenlab.evidence.events import DENIED, SignIn, object_call


@pytest.mark.parametrize(
    ("service", "name", "parameters", "category"),
    [
        ("s3", "GetObject", {"Bucket": "shop", "Key": "a"}, "Data"),
        ("s3", "GetBucketPolicy", {"Bucket": "shop"}, "Management"),
        ("mediastore-data", "GetObject", {"Path": "/a"}, "Management"),
        ("iam", "ListUsers", {}, "Management"),
    ],
)
def test_only_what_touches_objects_of_s3_is_a_data_event(service, name, parameters, category):
    event = told(KEYED, service, name, parameters)
    assert (event["eventCategory"], event["managementEvent"]) == (category, category == "Management")


def test_a_refusal_names_the_caller_the_action_and_the_reason():
    event = told(KEYED, "iam", "ListUsers", error=DENIED)
    assert event["errorCode"] == "AccessDenied"
    arn = f"arn:aws:iam::{CAST.account}:user/{PERSON.user}"
    assert event["errorMessage"].startswith(f"User: {arn} is not authorized to perform: iam:ListUsers")
    said = told(KEYED, "iam", "ListUsers", error="Throttling", message="Rate exceeded")
    assert (said["errorCode"], said["errorMessage"]) == ("Throttling", "Rate exceeded")


def test_a_call_from_the_console_says_so():
    assert told(CONSOLE, "ec2", "DescribeVpcs")["sessionCredentialFromConsole"] == "true"
    assert "sessionCredentialFromConsole" not in told(KEYED, "ec2", "DescribeVpcs")


def test_a_sign_in_with_a_name_that_nobody_has_hides_what_was_typed():
    event = EVENTS["a failed sign-in"]
    assert event["userIdentity"] == {
        "type": "IAMUser",
        "accountId": CAST.account,
        "accessKeyId": "",
        "userName": "HIDDEN_DUE_TO_SECURITY_REASONS",
    }
    assert event["errorMessage"] == "No username found in supplied account"
    wrong = RECORDER.sign_in(MOMENT, SignIn(PERSON.user, PERSON.user_id, PERSON.office, "x", False))
    assert (wrong["userIdentity"]["userName"], wrong["errorMessage"]) == (PERSON.user, "Failed authentication")


@pytest.mark.parametrize(("succeeds", "mfa"), [(True, True), (True, False), (False, False)])
def test_a_sign_in_has_the_fields_of_its_own_kind(succeeds, mfa):
    event = RECORDER.sign_in(MOMENT, SignIn(PERSON.user, PERSON.user_id, PERSON.office, "x", succeeds, mfa=mfa))
    event.pop("errorMessage", None)
    assert len(event.pop("eventID")) == 36
    assert event == {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": PERSON.user_id,
            "arn": f"arn:aws:iam::{CAST.account}:user/{PERSON.user}",
            "accountId": CAST.account,
            "userName": PERSON.user,
        },
        "eventTime": "2026-03-02T00:00:00Z",
        "eventSource": "signin.amazonaws.com",
        "eventName": "ConsoleLogin",
        "awsRegion": "us-east-1",
        "sourceIPAddress": PERSON.office,
        "userAgent": "x",
        "requestParameters": None,
        "responseElements": {"ConsoleLogin": "Success" if succeeds else "Failure"},
        "additionalEventData": {
            "LoginTo": f"https://console.aws.amazon.com/console/home?region={CAST.region}",
            "MobileVersion": "No",
            "MFAUsed": "Yes" if mfa else "No",
        },
        "readOnly": False,
        "eventType": "AwsConsoleSignIn",
        "managementEvent": True,
        "recipientAccountId": CAST.account,
        "eventCategory": "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": "signin.aws.amazon.com",
        },
    }


@pytest.mark.parametrize(("name", "sent", "received"), [("GetObject", 5, 0), ("PutObject", 0, 5)])
def test_an_object_s_event_tells_the_bytes_that_moved_and_how(name, sent, received):
    event = RECORDER.event(MOMENT, KEYED, object_call(CAST, name, "shop", "a", 5, RANDOM))
    told = event["additionalEventData"]
    assert len(told.pop("x-amz-id-2")) == 48
    assert told == {
        "SignatureVersion": "SigV4",
        "CipherSuite": "TLS_AES_128_GCM_SHA256",
        "bytesTransferredIn": received,
        "AuthenticationMethod": "AuthHeader",
        "bytesTransferredOut": sent,
    }
    assert event["resources"] == [
        {"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::shop/a"},
        {"accountId": CAST.account, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::shop"},
    ]
