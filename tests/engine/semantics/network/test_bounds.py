"""More than an account may have is not judged, and what no describe call answers is refused."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.semantics.network.test_edges import EVERYWHERE, entry, host
from hardenlab.semantics.network import INTERNET, Blocked, Network, Packet, Unjudged
from hardenlab.semantics.network.network_acl import MAX_ENTRIES, MAX_READ
from hardenlab.semantics.network.security_group import MAX_READ as MAX_SOURCES
from hardenlab.semantics.network.security_group import MAX_RULES, read_rules
from hardenlab.semantics.reading import Malformed

OPEN = (entry(30_000, True, "-1"), entry(30_000, True, "-1", egress=True))
ODD = range(40_000, 40_060, 2)
KINDS = ("Vpcs", "Subnets", "RouteTables", "NetworkAcls", "SecurityGroups", "Instances", "PrefixLists", "NatGateways")


def denied(count, *, egress=False):
    return [entry(1 + n, False, "6", egress=egress, PortRange={"From": 2 * n, "To": 2 * n}) for n in range(count)]


def test_as_many_entries_as_an_acl_may_have_are_judged():
    inward, outward = denied(MAX_ENTRIES - 1), denied(MAX_ENTRIES - 1, egress=True)
    found = host(*inward, *outward, *OPEN)
    web = found.instances[0]
    assert isinstance(found.answer(source=INTERNET, to=web, port=23), Packet)
    assert isinstance(found.answer(source=INTERNET, to=web, port=22), Blocked)
    assert len(found.open_ports(web)["tcp"]) == MAX_ENTRIES - 1


def test_one_entry_more_is_not_judged_and_hinders_no_other_direction():
    acl = host(*denied(MAX_ENTRIES + 1), *OPEN).network_acls.get("acl-1")
    with pytest.raises(Unjudged, match="acl-1 has more than 40 ingress entries"):
        acl.decide("ingress", "203.0.113.9", 22)
    assert acl.decide("egress", "203.0.113.9", 22).allows


def test_of_far_too_many_entries_nothing_is_judged():
    acl = host(*denied(MAX_READ + 1), *OPEN).network_acls.get("acl-1")
    for direction in ("ingress", "egress"):
        with pytest.raises(Unjudged, match="the most that AWS takes"):
            acl.decide(direction, "203.0.113.9", 22)


@pytest.mark.parametrize("ports", [(1024, 65_535), (40_000, 40_000), (40_001, 40_001)])
def test_an_acl_that_stops_some_replies_is_met_with_the_ports_whose_replies_pass(ports):
    stopped = [
        entry(1 + n, False, "6", egress=True, PortRange={"From": port, "To": port}) for n, port in enumerate(ODD)
    ]
    found = host(*stopped, *OPEN)
    packet = found.answer(source=INTERNET, to=found.instances[0], port=443, client_ports=ports)
    assert isinstance(packet, Packet) is (ports != (40_000, 40_000))
    assert not isinstance(packet, Packet) or packet.source_port not in ODD


def grouped(count):
    found = host(*OPEN, rule={"IpProtocol": "tcp", "FromPort": 0, "ToPort": 0, "IpRanges": [{"CidrIp": EVERYWHERE}]})
    rules = [
        {"IpProtocol": "tcp", "FromPort": 2 * n, "ToPort": 2 * n, "IpRanges": [{"CidrIp": EVERYWHERE}]}
        for n in range(count)
    ]
    group = read_rules("sg-1", rules, {}, "from")
    web = found.instances[0]
    face = web.interfaces[0]
    return found, replace(web, interfaces=(replace(face, groups=(replace(face.groups[0], ingress=group),)),))


def test_a_group_of_more_rules_than_aws_takes_is_refused():
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": EVERYWHERE}] * MAX_SOURCES}
    assert host(*OPEN, rule=rule).instances[0]
    rule["Ipv6Ranges"] = [{"CidrIpv6": "::/0"}]
    with pytest.raises(Malformed, match=r"^the security group \S+ has more than 2,000 rules of a direction"):
        host(*OPEN, rule=rule)


def test_as_many_rules_as_a_full_group_has_are_judged_and_one_more_is_not():
    found, web = grouped(MAX_RULES - 1)  # and one that lets everything out
    assert len(found.open_ports(web)["tcp"]) == MAX_RULES - 1
    assert len(found.inlets(web, protocol="tcp")) == MAX_RULES - 1
    found, web = grouped(MAX_RULES)
    for ask in (found.open_ports, found.inlets):
        with pytest.raises(Unjudged, match="the groups of i-1 have more than 120 rules"):
            ask(web)
    with pytest.raises(Unjudged, match="sg-1 has more than 120 ingress rules"):
        replace(web.interfaces[0].groups[0], ingress=web.interfaces[0].groups[0].ingress * 2).admits(INTERNET, 22)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(KINDS),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=4),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["Vpcs", "VpcId", "SubnetId", "Entries", "IpPermissions"]), inner)
            ),
            max_leaves=8,
        ),
    )
)
def test_what_no_describe_call_answers_is_refused_or_read(documents):
    try:
        Network.from_describe(documents)
    except Malformed as error:
        assert str(error).startswith("the documents of the network are not what describe calls answer: ")
