"""Every question and every finding, on records made for it: what answers it, and what just does not."""

from random import Random

import pytest

from hardenlab import Variation, evidence
from hardenlab.evidence.answers import QUESTIONS, Traces, answer, answers
from hardenlab.evidence.callers import assume, in_console, root, service, with_key
from hardenlab.evidence.cast import Cast
from hardenlab.evidence.dns_logs import QueryLog, Question
from hardenlab.evidence.estate import interface_of, network_of
from hardenlab.evidence.events import DENIED, Call, Recorder, SignIn, object_call
from hardenlab.evidence.findings import Watcher

CAST = Cast.drawn(Variation("questions"))
NETWORK = network_of(CAST)
MOMENT = 1_772_409_600
PERSON, THIEF = CAST.staff[0], "203.0.113.77"
RANDOM = Random(1)
RECORDER = Recorder(CAST, RANDOM)
KEYED = with_key(CAST, PERSON, THIEF, "curl")
SPARE = "AKIA" + "B" * 16
NEW_KEY = {"AccessKey": {"UserName": PERSON.user, "AccessKeyId": SPARE, "Status": "Active", "CreateDate": MOMENT}}
STARTED = {"Instances": [{"InstanceId": "i-2"}, {"InstanceId": "i-1"}]}
LAUNCH = {"ImageId": "ami-1", "MinCount": 1, "MaxCount": 2}


def event(second, *call, caller=KEYED, **more):
    return RECORDER.event(MOMENT + second, caller, Call(*call, **more))


def taken(second, name, size, caller=KEYED):
    return RECORDER.event(MOMENT + second, caller, object_call(CAST, name, "shop", "a", size, RANDOM))


def signed_in(second, succeeds, address=THIEF):
    return RECORDER.sign_in(MOMENT + second, SignIn(PERSON.user, PERSON.user_id, address, "x", succeeds))


def flow(source, source_port, target, target_port, size=100, action="ACCEPT", interface="eni-1", start=MOMENT):
    names = ("srcaddr", "srcport", "dstaddr", "dstport", "bytes", "action", "interface-id", "start", "end", "protocol")
    values = (source, source_port, target, target_port, size, action, interface, start, start + 59, 6)
    return dict(zip(names, map(str, values), strict=True))


def asked(name, instance="i-1", second=0, **more):
    log = QueryLog("1" * 12, "vpc-1", **more)
    (found,) = log.records([Question(MOMENT + second, instance, "10.0.0.5", name, "A", ("192.0.2.1",))])
    return found.record


def traces(events=(), flows=(), queries=()):
    return Traces(list(events), list(flows), list(queries), lambda address: address.startswith("10."))


EVENTS = [
    signed_in(0, False),
    signed_in(1, False),
    signed_in(2, True, "203.0.113.78"),
    event(3, "sts", "GetCallerIdentity"),
    event(4, "iam", "ListUsers", error=DENIED),
    event(5, "ec2", "DescribeVpcs", error=DENIED),
    event(6, "dynamodb", "ListTables", error=DENIED),
    event(7, "ec2", "RunInstances", LAUNCH, error="Client.VcpuLimitExceeded", message="no", region="sa-east-1"),
    event(8, "ec2", "RunInstances", LAUNCH, answer=STARTED, region="eu-north-1"),
    event(9, "iam", "CreateAccessKey", {"UserName": PERSON.user}, answer=NEW_KEY),
    taken(10, "GetObject", 30),
    taken(11, "GetObject", 12),
    taken(12, "PutObject", 500),
    taken(13, "DeleteObject", 0),
    event(14, "cloudtrail", "StopLogging", {"Name": "trail"}),
]
TIMES = {second: f"2026-03-02T00:00:{second:02}Z" for second in range(15)}
EXPECTED = {
    "actor": CAST.arn("iam", f"user/{PERSON.user}"),
    "first_address": THIEF,
    "addresses": (THIEF, "203.0.113.78"),
    "first_event_time": TIMES[0],
    "last_event_time": TIMES[14],
    "first_event_id": EVENTS[0]["eventID"],
    "calls": 15,
    "event_names": (
        "ConsoleLogin", "GetCallerIdentity", "ListUsers", "DescribeVpcs", "ListTables", "RunInstances",
        "CreateAccessKey", "GetObject", "PutObject", "DeleteObject", "StopLogging",
    ),
    "stolen_key": PERSON.key,
    "created_keys": (SPARE,),
    "denied_calls": 3,
    "failed_logins": 2,
    "signed_in_at": TIMES[2],
    "buckets": ("shop",),
    "objects_taken": 2,
    "objects_deleted": 1,
    "bytes_taken": 42,
    "instances_started": ("i-1", "i-2"),
    "regions": ("eu-north-1",),
    "trails_stopped": ("trail",),
}  # fmt: skip
FLOWS = [
    flow(THIEF, 50_000, "10.0.0.5", 443),
    flow("10.0.0.5", 443, THIEF, 50_000, 700),
    flow(THIEF, 50_001, "10.0.0.6", 22, action="REJECT", interface="eni-2"),
    flow("10.0.0.6", 50_002, "203.0.113.78", 8443, 20, interface="eni-2"),
]
EXPECTED_FLOWS = {
    "outside_addresses": (THIEF, "203.0.113.78"),
    "inside_addresses": ("10.0.0.5", "10.0.0.6"),
    "interfaces": ("eni-1", "eni-2"),
    "ports_tried": 2,
    "ports_open": ("443",),
    "rejected_lines": 1,
    "bytes_out": 720,
}
FIREWALL = {
    "FirewallDomainLists": [{"Id": "l-1", "Name": "bad", "Domains": ["b.t.evil.example"]}],
    "FirewallRuleGroups": [
        {
            "Id": "g-1", "Name": "out",
            "FirewallRules": [
                {
                    "Name": "bad", "Priority": 1, "Action": "BLOCK", "BlockResponse": "NODATA",
                    "FirewallDomainListId": "l-1",
                }
            ],
        }
    ],
    "FirewallRuleGroupAssociations": [{"FirewallRuleGroupId": "g-1", "Priority": 101, "VpcId": "vpc-1"}],
}  # fmt: skip
QUERIES = [
    asked("a.t.evil.example"),
    asked("b.t.evil.example", "i-2", firewall=FIREWALL),
    asked("c.x.t.evil.example"),
]
EXPECTED_QUERIES = {
    "domain": "t.evil.example",
    "queries": 3,
    "querying_instances": ("i-1", "i-2"),
    "blocked_queries": 1,
}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (traces(EVENTS), EXPECTED),
        (traces(flows=FLOWS), EXPECTED_FLOWS),
        (traces(queries=QUERIES), EXPECTED_QUERIES),
        (traces(), {}),
        (
            traces(queries=[asked("one.example")]),
            {"domain": "one.example", "queries": 1, "querying_instances": ("i-1",)},
        ),
    ],
)  # fmt: skip
def test_each_question_is_answered_by_its_records_and_by_no_others(found, expected):
    assert {name: one.value for name, one in answers(found).items()} == expected


def test_every_question_is_asked_here():
    assert QUESTIONS.keys() == EXPECTED.keys() | EXPECTED_FLOWS.keys() | EXPECTED_QUERIES.keys()


def test_an_answer_says_what_was_asked_and_of_which_kind():
    found = answer(traces(EVENTS), "event_names")
    assert (found.question, found.kind) == ("What was called, in the order of first use", "order")
    with pytest.raises(evidence.Unanswerable, match=r"nothing here answers 'queries'; there are actor, addresses"):
        answer(traces(EVENTS), "queries")


def test_a_failed_sign_in_names_nobody():
    assert "actor" not in answers(traces([signed_in(0, False), event(1, "iam", "ListUsers", error=DENIED)]))


WATCHER = Watcher(CAST, NETWORK)
WEB = CAST.servers[0]
FACE = interface_of(CAST, WEB)


def found(**records):
    return {one["Type"]: one for one in WATCHER.findings("story", traces(**records))}


ROLE = assume(CAST, RANDOM, MOMENT, CAST.roles["web"], WEB.instance, service("ec2"), on_instance=True).session.at(THIEF)
KALI = with_key(CAST, PERSON, THIEF, "aws-cli/2.23 os/linux#6.12-kali")
CONSOLE = in_console(CAST, PERSON, RANDOM, MOMENT, THIEF)
SEEN = [
    ("PenTest:IAMUser/KaliLinux", [event(0, "sts", "GetCallerIdentity", caller=KALI)]),
    ("InitialAccess:IAMUser/AnomalousBehavior", [signed_in(0, True)]),
    ("Persistence:IAMUser/AnomalousBehavior", [EVENTS[9]]),
    ("Stealth:IAMUser/CloudTrailLoggingDisabled", [EVENTS[14]]),
    ("DefenseEvasion:IAMUser/AnomalousBehavior", [event(0, "guardduty", "DeleteDetector", {"DetectorId": "d"})]),
    ("DefenseEvasion:IAMUser/AnomalousBehavior", [event(0, "ec2", "DeleteFlowLogs", {"FlowLogIds": ["fl-1"]})]),
    (
        "Policy:IAMUser/RootCredentialUsage",
        [event(0, "iam", "ListUsers", caller=root(CAST, RANDOM, MOMENT, THIEF, "x"))],
    ),
    (
        "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS",
        [event(0, "sts", "GetCallerIdentity", caller=ROLE)],
    ),
    ("Discovery:IAMUser/AnomalousBehavior", [event(second, "iam", "ListUsers") for second in range(6)]),
    ("Discovery:IAMUser/AnomalousBehavior", [event(second, "ec2", "DescribeVpcs") for second in range(6)]),
    ("Exfiltration:S3/AnomalousBehavior", [taken(second, "GetObject", 1) for second in range(10)]),
]
UNSEEN = [
    [event(0, "sts", "GetCallerIdentity")],
    [signed_in(0, False)],
    [event(0, "sts", "GetCallerIdentity", caller=CONSOLE)],
    [event(second, "iam", "ListUsers") for second in range(5)],
    [taken(second, "GetObject", 1) for second in range(9)],
    [event(second, "s3", "GetBucketPolicy", {"Bucket": "shop"}) for second in range(20)],
    [event(0, "iam", "ListUsers", caller=ROLE)],
    [event(0, "cloudtrail", "StartLogging", {"Name": "trail"})],
]


@pytest.mark.parametrize(("type", "events"), SEEN)
def test_a_finding_tells_of_its_events_alone(type, events):
    (told,) = found(events=events).values()
    assert told["Type"] == type
    details = told["Service"]
    assert (details["EventFirstSeen"], details["EventLastSeen"]) == (events[0]["eventTime"], events[-1]["eventTime"])
    assert (details["Count"], details["ResourceRole"], details["Archived"]) == (len(events), "TARGET", False)
    action = details["Action"]["AwsApiCallAction"]
    assert (action["Api"], action["RemoteIpDetails"]["IpAddressV4"]) == (events[-1]["eventName"], THIEF)
    assert told["Resource"]["AccessKeyDetails"]["UserName"] in (PERSON.user, "", CAST.roles["web"].name)


@pytest.mark.parametrize("events", UNSEEN)
def test_what_is_usual_has_no_finding(events):
    assert found(events=events) == {}


def test_a_finding_names_its_key_its_bucket_and_why_a_call_failed():
    (told,) = found(events=[event(second, "iam", "ListUsers", error=DENIED) for second in range(6)]).values()
    assert told["Service"]["Action"]["AwsApiCallAction"]["ErrorCode"] == "AccessDenied"
    assert told["Resource"] == {
        "ResourceType": "AccessKey",
        "AccessKeyDetails": {
            "AccessKeyId": PERSON.key, "PrincipalId": PERSON.user_id, "UserType": "IAMUser", "UserName": PERSON.user,
        },
    }  # fmt: skip
    (told,) = found(events=SEEN[-1][1]).values()
    assert told["Resource"]["ResourceType"] == "S3Bucket"
    assert told["Resource"]["S3BucketDetails"] == [{"Name": "shop", "Arn": "arn:aws:s3:::shop", "Type": "Destination"}]
    (told,) = found(events=SEEN[7][1]).values()
    assert told["Resource"]["AccessKeyDetails"]["UserName"] == CAST.roles["web"].name


def out(size, port=443, **more):
    return flow("10.0.0.5", 50_000, THIEF, port, size, interface=FACE, **more)


def test_much_traffic_out_is_a_finding_on_the_instance_and_less_is_none():
    lines = [out(150 * 10**6), out(50 * 10**6, start=MOMENT + 600), out(1, start=MOMENT + 300)]
    (told,) = found(flows=lines).values()
    assert told["Type"] == "Behavior:EC2/TrafficVolumeUnusual"
    assert told["Resource"]["InstanceDetails"]["InstanceId"] == WEB.instance
    details = told["Service"]
    assert (details["ResourceRole"], details["Count"]) == ("ACTOR", 3)
    assert (details["EventFirstSeen"], details["EventLastSeen"]) == ("2026-03-02T00:00:00Z", "2026-03-02T00:10:59Z")
    assert details["Action"]["NetworkConnectionAction"] == {
        "Blocked": False,
        "ConnectionDirection": "OUTBOUND",
        "Protocol": "TCP",
        "LocalPortDetails": {"Port": 50_000, "PortName": "Unknown"},
        "LocalIpDetails": {"IpAddressV4": "10.0.0.5"},
        "RemotePortDetails": {"Port": 443, "PortName": "HTTPS"},
        "RemoteIpDetails": {"IpAddressV4": THIEF},
    }
    assert found(flows=lines[:2]) == {}, "200 MB are not unusual yet"
    assert found(flows=[out(10**9, 1024)]) == {}, "an answer to a client"
    assert found(flows=[flow(THIEF, 50_000, "10.0.0.5", 443, 10**9, interface=FACE)]) == {}


def test_a_probe_of_many_ports_is_a_finding_when_one_answers():
    knocks = [flow(THIEF, 50_000, "10.0.0.5", port, action="REJECT", interface=FACE) for port in range(1, 21)]
    open_ = flow(THIEF, 50_000, "10.0.0.5", 443, interface=FACE)
    (told,) = found(flows=[*knocks, open_]).values()
    assert told["Type"] == "Recon:EC2/PortProbeUnprotectedPort"
    assert told["Service"]["Action"]["PortProbeAction"] == {
        "Blocked": False,
        "PortProbeDetails": [
            {
                "LocalPortDetails": {"Port": 443, "PortName": "HTTPS"},
                "LocalIpDetails": {"IpAddressV4": "10.0.0.5"},
                "RemoteIpDetails": {"IpAddressV4": THIEF},
            }
        ],
    }
    assert found(flows=[*knocks[1:], open_]) == {}, "twenty ports"
    assert found(flows=[*knocks, knocks[0]]) == {}, "nothing answers"


def test_names_that_carry_data_or_pay_miners_are_findings():
    tunnel = [asked(f"{number}.t.evil.example", WEB.instance, number) for number in range(200)]
    (told,) = found(queries=tunnel).values()
    assert told["Type"] == "Trojan:EC2/DNSDataExfiltration" and told["Service"]["Count"] == 200
    assert told["Service"]["Action"]["DnsRequestAction"] == {
        "Domain": "199.t.evil.example", "Protocol": "UDP", "Blocked": False,
    }  # fmt: skip
    assert told["Service"]["EventFirstSeen"] == "2026-03-02T00:00:00Z" < told["Service"]["EventLastSeen"]
    assert told["Resource"]["InstanceDetails"]["InstanceId"] == WEB.instance
    assert found(queries=tunnel[1:]) == {}
    for name in ("xmr.pool.example", "pool.miner.example", "stratum.example"):
        assert list(found(queries=[asked(name)])) == ["CryptoCurrency:EC2/BitcoinTool.B!DNS"]
    assert found(queries=[asked("shop.example")]) == {}
    assert found(queries=[asked("xmr.example", "i-unknown")])[
        "CryptoCurrency:EC2/BitcoinTool.B!DNS"]["Resource"] == {"ResourceType": "Instance"}  # fmt: skip
