"""Flow logs agree with the network's own verdicts, and count every byte once."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardenlab import Variation
from hardenlab.evidence.cast import Cast
from hardenlab.evidence.estate import estate, network_of
from hardenlab.evidence.flow_logs import DEFAULT, TCP, UDP, VERSIONS, Conversation, FlowLog
from hardenlab.semantics.network import Network, Packet

START = 1_772_409_600
FIELDS = (*DEFAULT, "flow-direction", "tcp-flags", "instance-id", "traffic-path")
CAST = Cast.drawn(Variation("flows"))
NETWORK = network_of(CAST)
WEB, APP = CAST.servers[0], CAST.servers[2]
OFFICE, STRANGER = str(next(CAST.office.hosts())), CAST.stranger("somebody")


def told(talks, *, network=NETWORK, fields=FIELDS, interval=600, minutes=60, **more):
    log = FlowLog(network, CAST.account, fields=fields, interval=interval)
    lines = log.lines(talks, START, START + minutes * 60, **{"idle": False, **more})
    return [dict(zip(fields, one.record.split(" "), strict=True)) for one in lines]


def talk(source, target, port, *, seconds=5, client_port=50_000, protocol=TCP, sent=(20, 4_000), received=(30, 60_000)):
    return Conversation(START + 10, seconds, source, client_port, target, port, sent, received, protocol)


def test_the_default_format_is_version_2_with_fourteen_fields():
    (request, reply) = FlowLog(NETWORK, CAST.account).lines(
        [talk(STRANGER, WEB.public, 443)], START, START + 600, idle=False
    )
    fields = request.record.split(" ")
    assert fields[:2] == ["2", CAST.account] and fields[3:] == [
        STRANGER, WEB.private, "50000", "443", "6", "20", "4000", str(START + 10), str(START + 15), "ACCEPT", "OK",
    ]  # fmt: skip
    assert reply.record.split(" ")[3:10] == [WEB.private, STRANGER, "443", "50000", "6", "30", "60000"]


def test_custom_formats_have_the_version_of_their_newest_field():
    for fields, version in ((("version", "vpc-id"), "3"), (("version", "region"), "4"), (FIELDS, "5")):
        assert told([talk(STRANGER, WEB.public, 443)], fields=fields)[0]["version"] == version
    with pytest.raises(ValueError, match="no field \\['colour'\\]; it takes version"):
        FlowLog(NETWORK, CAST.account, fields=("version", "colour"))
    with pytest.raises(ValueError, match="60 or 600"):
        FlowLog(NETWORK, CAST.account, interval=300)
    assert FlowLog(NETWORK, CAST.account, fields=("version", "srcaddr")).header == "version srcaddr"
    assert set(VERSIONS.values()) == {2, 3, 4, 5}


def test_a_refused_request_has_its_own_side_only():
    (line,) = told([talk(STRANGER, WEB.public, 22)])
    assert (line["action"], line["flow-direction"], line["tcp-flags"]) == ("REJECT", "ingress", "2")
    assert int(line["packets"]) <= 3, "nobody answers, so that only the knocking is seen"


def test_between_two_instances_both_interfaces_tell_of_it():
    lines = told([talk(WEB.private, APP.private, 8080)])
    seen = {(line["instance-id"], line["flow-direction"]): line["bytes"] for line in lines}
    assert seen == {
        (WEB.instance, "egress"): "4000",
        (APP.instance, "ingress"): "4000",
        (APP.instance, "egress"): "60000",
        (WEB.instance, "ingress"): "60000",
    }


def test_a_group_that_lets_nobody_in_is_seen_at_the_target():
    sender, receiver = told([talk(WEB.private, APP.private, 5432)])
    assert (sender["action"], sender["instance-id"]) == ("ACCEPT", WEB.instance)
    assert (receiver["action"], receiver["instance-id"]) == ("REJECT", APP.instance)


def test_an_acl_that_stops_the_reply_accepts_the_request_and_rejects_the_answer():
    documents = estate(CAST)
    edge = next(acl for acl in documents["NetworkAcls"] if acl["Associations"][0]["SubnetId"].startswith("subnet"))
    edge["Entries"].append(
        {
            "RuleNumber": 50,
            "RuleAction": "deny",
            "Protocol": "6",
            "Egress": True,
            "CidrBlock": "0.0.0.0/0",
            "PortRange": {"From": 1024, "To": 65535},
        }
    )
    request, reply = told([talk(STRANGER, WEB.public, 443)], network=Network.from_describe(documents))
    assert (request["flow-direction"], request["action"]) == ("ingress", "ACCEPT")
    assert (reply["flow-direction"], reply["action"]) == ("egress", "REJECT")


def test_traffic_that_never_arrives_is_seen_by_nobody():
    documents = estate(CAST)
    documents["InternetGateways"] = []
    assert told([talk(STRANGER, WEB.public, 443)], network=Network.from_describe(documents)) == []


def test_a_machine_behind_a_nat_gateway_is_seen_under_its_own_address():
    lines = told([talk(APP.private, STRANGER, 443)])
    assert [(line["srcaddr"], line["dstaddr"]) for line in lines] == [
        (APP.private, STRANGER),
        (STRANGER, APP.private),
    ]
    assert lines[0]["traffic-path"] == "1"
    assert told([talk(WEB.private, STRANGER, 443)])[0]["traffic-path"] == "8"


def test_what_flow_logs_do_not_capture_is_not_there():
    assert told([talk(APP.private, "169.254.169.254", 80), talk(APP.private, "169.254.169.123", 123)]) == []
    dhcp = Conversation(START, 0, APP.private, 68, "10.0.0.1", 67, (1, 300), (1, 300), UDP)
    assert told([dhcp]) == []
    resolver = Conversation(START, 0, APP.private, 68, WEB.private, 8080, (1, 300), (1, 300), TCP)
    assert told([resolver]), "the ports of DHCP are DHCP's in UDP alone"


def test_what_one_side_refuses_is_short_on_both_sides():
    """A sender repeats its SYN a few times, whichever interface refuses it."""
    lines = told([talk(WEB.private, APP.private, 5432, seconds=300, sent=(20, 4_000))])
    assert [line["action"] for line in lines] == ["ACCEPT", "REJECT"]
    assert {line["packets"] for line in lines} == {"3"}
    assert {(line["start"], line["end"]) for line in lines} == {(str(START + 10), str(START + 10))}


def test_a_line_of_traffic_has_a_window_of_its_own_and_no_empty_one():
    (line, _) = told([talk(STRANGER, WEB.public, 443, seconds=0)])
    assert (line["start"], line["end"], line["log-status"]) == (str(START + 10), str(START + 10), "OK")


def test_idle_interfaces_have_nodata_lines_in_every_window():
    log = FlowLog(NETWORK, CAST.account)
    lines = [one.record.split(" ") for one in log.lines([], START, START + 1_800)]
    assert len(lines) == 3 * len(CAST.servers)
    assert lines[0][3:] == ["-"] * 7 + [str(START), str(START + 599), "-", "NODATA"]


def test_skipped_windows_lose_a_harmless_line_only():
    talks = [talk(STRANGER, WEB.public, 443, client_port=20_000 + number) for number in range(3)]

    class Always(Random):
        def random(self):
            return 0.0

    log = FlowLog(NETWORK, CAST.account, skips=Always(1))
    lines = [one.record for one in log.lines(talks, START, START + 600, idle=False)]
    assert sum(line.endswith("SKIPDATA") for line in lines) == 1
    assert len(lines) == 2 * 3 - 1 + 1


def test_flags_tell_opening_and_closing():
    whole = told([talk(STRANGER, WEB.public, 443)])
    assert [line["tcp-flags"] for line in whole] == ["3", "19"]
    long = told([talk(STRANGER, WEB.public, 443, seconds=1_500, sent=(900, 9_000), received=(900, 9_000))])
    assert [line["tcp-flags"] for line in long] == ["2", "18", "0", "0", "1", "1"]
    reset = told([talk(STRANGER, WEB.public, 443, sent=(1, 44), received=(1, 40))])
    assert [line["tcp-flags"] for line in reset] == ["2", "4"]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.integers(0, 5_000),
    st.integers(1, 10**6),
    st.integers(1, 10**12),
    st.sampled_from((60, 600)),
    st.integers(0, 599),
)
def test_the_windows_of_a_conversation_add_up(seconds, packets, size, interval, offset):
    one = Conversation(START + offset, seconds, STRANGER, 50_000, WEB.public, 443, (packets, size), (packets, size))
    lines = [line for line in told([one], interval=interval, minutes=120) if line["flow-direction"] == "ingress"]
    assert sum(int(line["packets"]) for line in lines) == packets
    assert sum(int(line["bytes"]) for line in lines) == size
    for line in lines:
        start, end = int(line["start"]), int(line["end"])
        assert start // interval == end // interval and start <= end <= START + offset + seconds


ADDRESSES = st.sampled_from([*(server.private for server in CAST.servers), OFFICE, STRANGER])
PORTS = st.sampled_from([22, 80, 443, 5432, 8080])
RULES = st.lists(
    st.tuples(st.booleans(), st.booleans(), st.sampled_from(["0.0.0.0/0", str(CAST.block), "198.51.100.0/24"]), PORTS),
    max_size=4,
)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(ADDRESSES, st.sampled_from(CAST.servers), PORTS, RULES, st.integers(1024, 65_535))
def test_accept_and_reject_are_the_network_s_own_verdict(source, target, port, rules, client_port):
    """Whether everything is accepted, in both directions, is whether the network has a packet that gets through."""
    documents = estate(CAST)
    for number, (allows, egress, cidr, at) in enumerate(rules, start=1):
        for acl in documents["NetworkAcls"]:
            acl["Entries"].append(
                {
                    "RuleNumber": number,
                    "RuleAction": "allow" if allows else "deny",
                    "Protocol": "6",
                    "Egress": egress,
                    "CidrBlock": cidr,
                    "PortRange": {"From": at, "To": 65_535},
                }
            )
    network = Network.from_describe(documents)
    if source == target.private:
        return
    sender = next((server for server in CAST.servers if server.private == source), None)
    destination = target.private if sender else target.public or target.private
    lines = told([talk(source, destination, port, client_port=client_port)], network=network)
    verdict = network.answer(
        source=network.instances.get(sender.instance) if sender else source,
        to=network.instances.get(target.instance),
        port=port,
        client_ports=(client_port, client_port),
    )
    whole = bool(lines) and all(line["action"] == "ACCEPT" for line in lines)
    both_ways = {line["flow-direction"] for line in lines if line["instance-id"] == target.instance}
    assert isinstance(verdict, Packet) == (whole and both_ways == {"ingress", "egress"})
