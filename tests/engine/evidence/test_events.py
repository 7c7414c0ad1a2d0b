"""CloudTrail events: each is one that CloudTrail could have written, and they hang together."""

import itertools
import json
import time
from datetime import date, datetime
from ipaddress import ip_address, ip_network

import pytest

from hardenlab import Variation, evidence
from hardenlab.evidence.cast import Cast
from hardenlab.evidence.events import Call
from hardenlab.evidence.grammar import operation
from hardenlab.evidence.habits import population

SAFE = [ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")]


def test_every_event_is_one_that_cloudtrail_could_have_written(events):
    assert [found for event in events if (found := evidence.problems(event))] == []


def test_all_identity_shapes_occur(events):
    assert {event["userIdentity"]["type"] for event in events} == {
        "IAMUser", "AssumedRole", "AWSService", "AWSAccount", "WebIdentityUser", "Root",
    }  # fmt: skip


def test_events_come_in_the_order_of_time_and_have_ids_of_their_own(events):
    assert [event["eventTime"] for event in events] == sorted(event["eventTime"] for event in events)
    assert len({event["eventID"] for event in events}) == len(events)


def test_addresses_belong_to_nobody(events):
    for event in events:
        address = event["sourceIPAddress"]
        if not address.endswith(".amazonaws.com"):
            assert any(ip_address(address) in net for net in SAFE), address


def test_accounts_are_fictional():
    cast = Cast.drawn(Variation("x"))
    for account in (cast.account, cast.partner):
        assert all(len(set(account[at : at + 4])) == 1 for at in (0, 4, 8))


def test_equal_variants_give_equal_events_and_others_give_others(seed, events):
    again = evidence.Case(
        Variation(seed), attacks=tuple(evidence.ATTACKS), decoys=tuple(evidence.DECOYS), days=3, pace=0.12
    )
    assert [json.dumps(event) for event in again.events()] == [json.dumps(event) for event in events]
    other = evidence.Case(Variation(seed + "'"), attacks=tuple(evidence.ATTACKS), days=3, pace=0.12)
    assert next(other.events()) != events[0]


def test_reading_a_case_twice_gives_the_same(case, events):
    assert list(itertools.islice(case.events(), 500)) == events[:500]


def test_a_story_is_the_same_without_the_others(seed, case):
    alone = evidence.Case(Variation(seed), attacks=("leaked_key",), days=3, pace=0.12)
    assert alone.answer("leaked_key", "bytes_taken") == case.answer("leaked_key", "bytes_taken")


def test_a_session_key_is_handed_out_before_it_is_used_and_to_that_role(events):
    handed = {}
    for event in events:
        identity, answer = event["userIdentity"], event["responseElements"] or {}
        if identity["type"] == "AssumedRole":
            role, expires = handed[identity["accessKeyId"]]
            assert role == identity["sessionContext"]["sessionIssuer"]["arn"]
            assert event["eventTime"] <= expires
        if "credentials" in answer:
            ends = datetime.strptime(answer["credentials"]["expiration"], "%b %d, %Y %I:%M:%S %p")
            key = answer["credentials"]["accessKeyId"]
            assert key not in handed
            handed[key] = (event["requestParameters"]["roleArn"], ends.strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert len(handed) > 30


def test_people_work_at_their_hours_and_machines_around_the_clock():
    cast = Cast.drawn(Variation("habits"))
    week = list(population(cast, date(2026, 3, 2), days=7, pace=0.5))
    users = {person.user: person for person in cast.staff}
    hours, nights = {}, set()
    for event in week:
        user, hour = event["userIdentity"].get("userName"), int(event["eventTime"][11:13])
        if user in users:
            hours.setdefault(user, []).append(hour)
            assert event["sourceIPAddress"] in (users[user].office, users[user].home)
        elif hour == 3:
            nights.add(event["userIdentity"]["type"])
    for user, seen in hours.items():
        first, last = users[user].hours
        assert first - 1 <= min(seen) and max(seen) <= last + 2
    assert "AssumedRole" in nights


def test_secrets_are_never_told():
    given = {"Name": "/shop/password", "Value": "hunter2", "Type": "SecureString"}
    assert operation("ssm", "PutParameter").request(given, "us-east-1")["value"] == "HIDDEN_DUE_TO_SECURITY_REASONS"
    created = operation("secretsmanager", "CreateSecret").request({"Name": "x", "SecretString": "hunter2"}, "us-east-1")
    assert created == {"name": "x"}


def test_ec2_writes_sets_and_items():
    kind = operation("ec2", "DescribeInstances")
    written = kind.request({"InstanceIds": ["i-1"], "Filters": [{"Name": "vpc-id", "Values": ["vpc-1"]}]}, "us-east-1")
    assert written == {
        "instancesSet": {"items": [{"instanceId": "i-1"}]},
        "filterSet": {"items": [{"name": "vpc-id", "valueSet": {"items": [{"value": "vpc-1"}]}}]},
    }
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    written = operation("ec2", "AuthorizeSecurityGroupIngress").request(
        {"GroupId": "sg-1", "IpPermissions": [rule]}, "us-east-1"
    )
    assert written["ipPermissions"] == {
        "items": [{"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}]
    }


def test_s3_writes_bucket_names_and_policies():
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    written = operation("s3", "PutBucketPolicy").request({"Bucket": "b", "Policy": policy}, "eu-west-1")
    assert written == {
        "bucketName": "b",
        "Host": "b.s3.eu-west-1.amazonaws.com",
        "policy": "",
        "bucketPolicy": json.loads(policy),
    }


def test_a_call_that_boto3_would_refuse_is_refused():
    with pytest.raises(ValueError, match="Missing required parameter"):
        operation("iam", "GetUserPolicy").check({"UserName": "ada"})
    with pytest.raises(ValueError, match="no operation"):
        operation("iam", "MakeCoffee")
    with pytest.raises(ValueError, match="knows no service"):
        operation("coffee", "Make")


def test_events_are_made_while_they_are_read():
    endless = population(Cast.drawn(Variation("stream")), date(2026, 3, 2))
    started = time.process_time()
    assert len(list(itertools.islice(endless, 200))) == 200
    assert time.process_time() - started < 2


def test_an_answer_without_secrets_has_amazon_s_own_words():
    call = Call("iam", "ListUsers", error="denied")
    assert call.error == "denied"
    assert operation("iam", "ListUsers").denied == "AccessDenied"
    assert operation("ec2", "DescribeVpcs").denied == "Client.UnauthorizedOperation"
    assert operation("dynamodb", "ListTables").denied == "AccessDeniedException"
