"""GuardDuty findings have the API's shape and documented types, and decoys have them too."""

import botocore.session
import pytest
from botocore.validate import ParamValidator

from hardenlab.evidence import as_event
from hardenlab.evidence.findings import SEVERITIES, TOLD


@pytest.fixture(scope="module")
def found(case):
    return case.labelled_findings()


def test_findings_have_the_shape_of_the_api(found):
    shape = botocore.session.get_session().get_service_model("guardduty").shape_for("Finding")
    assert len(found) > 10
    for one in found:
        report = ParamValidator().validate(one.record, shape)
        assert not report.has_errors(), report.generate_report()


def test_every_type_has_a_severity_and_words(found):
    assert SEVERITIES.keys() == TOLD.keys()
    for one in found:
        assert one.record["Severity"] == SEVERITIES[one.record["Type"]]


def test_each_attack_is_found_and_decoys_are_found_without_a_label(found):
    by_story = {one.label.story: one.record["Type"] for one in found if one.label}
    assert {"leaked_key", "console_brute_force", "metadata_ssrf", "exfiltration", "log_tampering"} <= by_story.keys()
    assert {"port_scan", "dns_tunnelling", "crypto_mining"} <= by_story.keys()
    harmless = {one.record["Type"] for one in found if one.label is None}
    assert {"Recon:EC2/PortProbeUnprotectedPort", "Behavior:EC2/TrafficVolumeUnusual"} <= harmless


def test_a_finding_agrees_with_the_records(case, found):
    (stopped,) = [one.record for one in found if one.record["Type"] == "Stealth:IAMUser/CloudTrailLoggingDisabled"]
    action = stopped["Service"]["Action"]["AwsApiCallAction"]
    assert action["RemoteIpDetails"]["IpAddressV4"] == case.answer("log_tampering", "first_address").value
    (tunnel,) = [one.record for one in found if one.record["Type"] == "Trojan:EC2/DNSDataExfiltration"]
    assert tunnel["Service"]["Count"] == case.answer("dns_tunnelling", "queries").value
    instance = tunnel["Resource"]["InstanceDetails"]["InstanceId"]
    assert (instance,) == case.answer("dns_tunnelling", "querying_instances").value


def test_as_an_event_names_begin_with_a_small_letter(found):
    event = as_event(found[0].record)
    assert event["schemaVersion"] == "2.0" and event["service"]["serviceName"] == "guardduty"
