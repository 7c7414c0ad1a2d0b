"""Findings, field by field: GuardDuty API Reference, "Finding"."""

import pytest

from engine.evidence.test_check import told
from engine.evidence.test_flow_logs import CAST, NETWORK, WEB
from hardenlab.evidence import as_event
from hardenlab.evidence.answers import Traces
from hardenlab.evidence.callers import with_key
from hardenlab.evidence.findings import Watcher

PERSON = CAST.staff[0]


def findings(events=(), flows=(), queries=()):
    traces = Traces(events, flows, queries, lambda address: address.startswith("10."))
    return Watcher(CAST, NETWORK).findings("told", traces)


def asked(name, count=1, **more):
    record = {"srcids": {"instance": WEB.instance}, "query_name": name, "query_timestamp": "2026-03-02T00:00:00Z"}
    return [record | more for _ in range(count)]


def test_a_stopped_trail_is_told_with_the_key_that_stopped_it():
    event = told(with_key(CAST, PERSON, PERSON.office), "cloudtrail", "StopLogging", {"Name": "t"})
    (found,) = findings([event])
    service = found["Service"]
    assert (found["Type"], found["Severity"]) == ("Stealth:IAMUser/CloudTrailLoggingDisabled", 2.0)
    assert (found["AccountId"], found["Region"], found["Partition"]) == (CAST.account, CAST.region, "aws")
    assert found["Arn"].endswith(f":detector/{service['DetectorId']}/finding/{found['Id']}")
    assert len(service["DetectorId"]) == 32 and found["CreatedAt"] == found["UpdatedAt"] == "2026-03-02T00:00:00.000Z"
    assert (service["ServiceName"], service["ResourceRole"], service["Count"]) == ("guardduty", "TARGET", 1)
    assert (service["EventFirstSeen"], service["EventLastSeen"], service["Archived"]) == (
        "2026-03-02T00:00:00Z", "2026-03-02T00:00:00Z", False,
    )  # fmt: skip
    identity = event["userIdentity"]
    assert found["Resource"] == {
        "ResourceType": "AccessKey",
        "AccessKeyDetails": {
            "AccessKeyId": identity["accessKeyId"],
            "PrincipalId": identity["principalId"],
            "UserType": "IAMUser",
            "UserName": PERSON.user,
        },
    }


def test_an_instance_is_described_as_the_network_has_it():
    (found,) = findings(queries=asked("pool.miner.example."))
    instance = NETWORK.instances.get(WEB.instance)
    (face,) = instance.interfaces
    assert found["Resource"] == {
        "ResourceType": "Instance",
        "InstanceDetails": {
            "InstanceId": WEB.instance,
            "InstanceState": "running",
            "NetworkInterfaces": [
                {
                    "NetworkInterfaceId": face.id,
                    "SubnetId": face.subnet.id,
                    "VpcId": face.subnet.vpc,
                    "SecurityGroups": [{"GroupId": group.id, "GroupName": group.name} for group in face.groups],
                }
            ],
            "Tags": [{"Key": key, "Value": value} for key, value in instance.tags.items()],
        },
    }
    assert instance.tags, "a tag is told as the account has it"
    assert found["Service"]["ResourceRole"] == "ACTOR"


@pytest.mark.parametrize(("count", "type"), [(200, "Trojan:EC2/DNSDataExfiltration"), (199, None)])
def test_so_many_names_from_one_instance_are_a_tunnel(count, type):
    found = findings(queries=asked("x.example.", count))
    assert [one["Type"] for one in found] == ([type] if type else [])
    assert not found or found[0]["Service"]["Action"]["DnsRequestAction"]["Domain"] == "x.example"


@pytest.mark.parametrize(("action", "blocked"), [("BLOCK", True), ("ALERT", False)])
def test_a_query_that_the_firewall_stopped_is_told_as_blocked(action, blocked):
    (found,) = findings(queries=asked("xmr.example.", firewall_rule_action=action))
    assert found["Service"]["Action"]["DnsRequestAction"]["Blocked"] is blocked


def test_as_an_event_lists_and_what_is_in_them_keep_their_values():
    (found,) = findings(queries=asked("pool.miner.example."))
    event = as_event(found)
    tags = event["resource"]["instanceDetails"]["tags"]
    assert tags == [{"key": tag["Key"], "value": tag["Value"]} for tag in found["Resource"]["InstanceDetails"]["Tags"]]
    assert event["service"]["resourceRole"] == "ACTOR" and event["severity"] == 8.0
