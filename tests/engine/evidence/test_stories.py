"""Stories: detectors that know nothing of labels find in the records what the answer keys say."""

from collections import Counter, defaultdict

import pytest

from hardenlab import Variation, evidence
from hardenlab.evidence.flow_logs import DEFAULT

DAYS = 3


def value(case, story, question):
    return case.answer(story, question).value


def test_labels_stand_beside_records_and_only_on_attacks(labelled):
    stories = Counter(one.label.story for one in labelled if one.label)
    assert set(stories) == {"leaked_key", "console_brute_force", "metadata_ssrf", "crypto_mining", "log_tampering"}
    for one in labelled:
        assert not {"label", "story", "step"} & one.record.keys()
        assert one.label is None or one.label.because


def test_decoys_are_in_the_log_and_have_no_label(case, labelled):
    unlabelled = {one.record["eventID"] for one in labelled if one.label is None}
    for name in evidence.DECOYS:
        story = case.stories[name]
        assert story.because and not story.hostile
        assert {one.record["eventID"] for one in story.events} <= unlabelled
        assert not any(talk.label for talk in story.conversations)
        assert not any(question.label for question in story.questions)


def test_steps_are_ordered_and_have_causes(case):
    for name in evidence.ATTACKS:
        story = case.stories[name]
        assert story.title and len(story.steps) >= 2
        assert all(step.because for step in story.steps)
        times = [one.record["eventTime"] for one in story.events]
        assert times == sorted(times)


def test_brute_force_is_found_by_counting_failures(case, events):
    by_address = defaultdict(list)
    for event in events:
        if event["eventName"] == "ConsoleLogin":
            by_address[event["sourceIPAddress"]].append(event)
    failed = {
        address: sum(event["responseElements"]["ConsoleLogin"] == "Failure" for event in tries)
        for address, tries in by_address.items()
    }
    worst = max(failed, key=failed.get)
    assert worst == value(case, "console_brute_force", "first_address")
    assert failed[worst] == value(case, "console_brute_force", "failed_logins")
    success = next(e for e in by_address[worst] if e["responseElements"]["ConsoleLogin"] == "Success")
    assert success["userIdentity"]["arn"] == value(case, "console_brute_force", "actor")
    assert success["eventTime"] == value(case, "console_brute_force", "signed_in_at")
    assert sorted(failed.values())[-2] >= 7, "a decoy fails often, too"


def test_leaked_key_is_found_by_its_second_kind_of_machine(case, events):
    agents = defaultdict(Counter)
    for event in events:
        key = event["userIdentity"].get("accessKeyId", "")
        if key.startswith("AKIA"):
            agents[key][event["userAgent"]] += 1
    makers = {e["userIdentity"]["accessKeyId"]: e for e in events if e["eventName"] == "CreateAccessKey"}
    (suspect,) = [key for key, seen in agents.items() if len(seen) > 1 and key in makers]
    assert suspect == value(case, "leaked_key", "stolen_key")
    made = makers[suspect]
    assert (made["responseElements"]["accessKey"]["accessKeyId"],) == value(case, "leaked_key", "created_keys")
    thief = [e for e in events if e["sourceIPAddress"] == made["sourceIPAddress"]]
    assert len(thief) == value(case, "leaked_key", "calls")
    assert thief[0]["eventTime"] == value(case, "leaked_key", "first_event_time")
    taken = [e for e in thief if e["eventName"] == "GetObject"]
    assert sum(e["additionalEventData"]["bytesTransferredOut"] for e in taken) == value(
        case, "leaked_key", "bytes_taken"
    )
    assert value(case, "leaked_key", "denied_calls") == sum("AccessDenied" in e.get("errorCode", "") for e in thief)


def test_stolen_role_is_found_by_a_session_that_moves(case, events):
    homes = {server.instance: case.cast.seen(server) for server in case.cast.servers}
    moved = [
        event
        for event in events
        if event["userIdentity"].get("sessionContext", {}).get("ec2RoleDelivery")
        and homes[event["userIdentity"]["principalId"].split(":")[1]] != event["sourceIPAddress"]
    ]
    assert len(moved) == value(case, "metadata_ssrf", "calls")
    assert moved[0]["userIdentity"]["accessKeyId"] == value(case, "metadata_ssrf", "stolen_key")
    assert moved[0]["sourceIPAddress"] == value(case, "metadata_ssrf", "first_address")


def test_mining_is_found_by_the_regions(case, events):
    elsewhere = [e for e in events if e["eventName"] == "RunInstances" and e["awsRegion"] != case.cast.region]
    assert {e["awsRegion"] for e in elsewhere} == set(value(case, "crypto_mining", "regions")) | {
        e["awsRegion"] for e in elsewhere if "errorCode" in e
    }
    started = {
        item["instanceId"]
        for e in elsewhere
        if "errorCode" not in e
        for item in e["responseElements"]["instancesSet"]["items"]
    }
    assert started == set(value(case, "crypto_mining", "instances_started"))


def test_tampering_is_found_by_the_stopped_trail(case, events):
    (stopped,) = [event for event in events if event["eventName"] == "StopLogging"]
    assert (stopped["requestParameters"]["name"],) == value(case, "log_tampering", "trails_stopped")
    key = stopped["userIdentity"]["accessKeyId"]
    (assumed,) = [e for e in events if (e["responseElements"] or {}).get("credentials", {}).get("accessKeyId") == key]
    assert assumed["userIdentity"]["arn"] == value(case, "log_tampering", "actor")
    assert assumed["userIdentity"]["accessKeyId"] == value(case, "log_tampering", "stolen_key")
    deleted = [e for e in events if e["eventName"] == "DeleteObject"]
    assert len(deleted) == value(case, "log_tampering", "objects_deleted")


@pytest.fixture(scope="module")
def lines(case):
    return [dict(zip(DEFAULT, line.split(" "), strict=True)) for line in case.flow_lines()]


def test_scan_is_found_by_the_ports_of_one_source(case, lines):
    ports = defaultdict(set)
    for line in lines:
        if line["log-status"] == "OK" and int(line["srcport"]) > 1024 and not line["srcaddr"].startswith("10."):
            ports[line["srcaddr"]].add(line["dstport"])
    scanners = {source for source, seen in ports.items() if len(seen) > 20}
    tester = case.stories["pen_test"].facts["tester"]
    assert scanners - {tester} == set(value(case, "port_scan", "outside_addresses"))
    assert tester in scanners, "the decoy scans as widely"
    (scanner,) = scanners - {tester}
    assert len(ports[scanner]) == value(case, "port_scan", "ports_tried")
    accepted = {x["dstport"] for x in lines if x["srcaddr"] == scanner and x["action"] == "ACCEPT"}
    assert accepted == set(value(case, "port_scan", "ports_open"))


def test_exfiltration_is_found_by_the_bytes_and_the_decoy_by_its_nights(case, lines):
    sent, days = Counter(), defaultdict(set)
    for line in lines:
        if line["srcaddr"].startswith("10.") and not line["dstaddr"].startswith("10.") and line["dstport"] == "443":
            sent[line["dstaddr"]] += int(line["bytes"])
            if int(line["bytes"]) > 10**7:
                days[line["dstaddr"]].add(int(line["start"]) // 86_400)
    archive = case.stories["nightly_export"].facts["archive"]
    (thief,) = [end for end, size in sent.most_common(2) if end != archive]
    assert (thief,) == value(case, "exfiltration", "outside_addresses")
    assert sent[thief] == value(case, "exfiltration", "bytes_out")
    assert len(days[archive]) == DAYS


def test_tunnel_is_found_by_names_that_never_return(case):
    names, asking = defaultdict(set), {}
    for record in case.dns_records():
        domain = ".".join(record["query_name"].removesuffix(".").split(".")[-3:])
        names[domain].add(record["query_name"])
        asking[domain] = record["srcids"]["instance"]
    domain = max(names, key=lambda one: len(names[one]))
    assert domain == value(case, "dns_tunnelling", "domain")
    assert len(names[domain]) == value(case, "dns_tunnelling", "queries")
    assert (asking[domain],) == value(case, "dns_tunnelling", "querying_instances")


def test_answers_are_those_of_the_labelled_records_of_the_whole_log(case, labelled):
    for name in ("leaked_key", "log_tampering", "crypto_mining"):
        mine = [one.record for one in labelled if one.label and one.label.story == name]
        assert len(mine) == value(case, name, "calls")
        assert mine[-1]["eventTime"] == value(case, name, "last_event_time")
    flows = [one.record for one in case.labelled_flow_lines() if one.label and one.label.story == "exfiltration"]
    parsed = [line.split(" ") for line in flows]
    assert sum(int(x[9]) for x in parsed if x[3].startswith("10.")) == value(case, "exfiltration", "bytes_out")


def test_two_learners_have_other_answers():
    keys = {
        evidence.Case(Variation(str(n)), attacks=("leaked_key",), days=3).answer("leaked_key", "stolen_key").value
        for n in range(6)
    }
    assert len(keys) == 6


def test_unknown_names_are_told_with_those_that_there_are(case):
    with pytest.raises(ValueError, match="no attack 'heist'; there are leaked_key"):
        evidence.Case(Variation("x"), attacks=("heist",))
    with pytest.raises(ValueError, match="no story 'heist'"):
        case.answers("heist")
    with pytest.raises(evidence.Unanswerable, match="nothing here answers 'bytes_out'"):
        case.answer("leaked_key", "bytes_out")
    with pytest.raises(ValueError, match="3 to 90 days"):
        evidence.Case(Variation("x"), days=2)


def test_a_whole_case_has_few_insights(case, events):
    found = case.insights()
    assert len(found) <= 8
    assert {insight["eventCategory"] for insight in found} <= {"Insight"}
