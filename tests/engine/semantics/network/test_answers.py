"""What answers say: the packet, the hop that stops it, the rules, the open ports, as text and as data."""

import pytest

from engine.semantics.network.test_capture import documents
from engine.semantics.network.test_edges import EVERYWHERE, OPEN, entry, host
from hardenlab.semantics.network import INTERNET, Blocked, Network, OpenPorts, Packet, every
from hardenlab.semantics.network.answers import Admission, Inlet, Inlets


def packet(source, port, destination, destination_port, **more):
    family = "ipv6" if ":" in source else "ipv4"
    return Packet(source, port, destination, destination_port, "tcp", family, "sg-1 tcp 22 from ::/0", **more)


def test_a_packet_is_told_with_its_ports_and_its_rule():
    assert str(packet("198.51.100.7", 1024, "192.0.2.5", 22)) == (
        "tcp 198.51.100.7:1024 -> 192.0.2.5:22 (sg-1 tcp 22 from ::/0)"
    )
    assert str(packet("2001:db8::7", 1024, "2001:db8::1", 22)) == (
        "tcp [2001:db8::7]:1024 -> [2001:db8::1]:22 (sg-1 tcp 22 from ::/0)"
    )
    assert str(packet("198.51.100.7", None, "192.0.2.5", None)).startswith("tcp 198.51.100.7 -> 192.0.2.5 (")


def test_a_packet_explains_itself():
    told = packet("198.51.100.7", 1024, "192.0.2.5", 22, hops=("by the gateway", "sg-1"), ends=("the internet", "web"))
    explained = told.explain()
    assert explained.sentence == ("198.51.100.7 (the internet) reaches tcp 22 of web: by the gateway, sg-1")
    assert explained.data == {
        "reaches": True,
        "packet": {
            "source": "198.51.100.7",
            "source_port": 1024,
            "destination": "192.0.2.5",
            "destination_port": 22,
            "protocol": "tcp",
            "family": "ipv4",
        },
        "through": "sg-1 tcp 22 from ::/0",
        "hops": ["by the gateway", "sg-1"],
    }
    assert packet("198.51.100.7", None, "192.0.2.5", None).explain().sentence == "198.51.100.7 reaches 192.0.2.5: "


def test_what_is_stopped_explains_itself():
    stopped = Blocked("no rule allows it", "198.51.100.7", ("by the gateway",), ("the internet", "web"))
    explained = stopped.explain()
    assert explained.sentence == "198.51.100.7 (the internet) does not reach web: no rule allows it"
    assert explained.data == {
        "reaches": False,
        "reason": "no rule allows it",
        "source": "198.51.100.7",
        "hops": ["by the gateway"],
    }
    assert [node.text for node in explained.picture.nodes] == [
        "198.51.100.7 (the internet)", "by the gateway", "no rule allows it", "web",
    ]  # fmt: skip
    assert Blocked("nobody is there").explain().sentence == "nobody is there"
    assert [node.text for node in Blocked("nobody is there").explain().picture.nodes] == [
        "the source", "nobody is there",
    ]  # fmt: skip


def test_an_address_is_called_by_itself_and_a_block_by_its_name():
    model = host(*OPEN)
    one = model.answer(source="203.0.113.9", to=model.instances[0], port=22)
    assert one.ends == ("", "i-1") and one.explain().sentence.startswith("203.0.113.9 reaches tcp 22 of i-1: ")
    block = model.answer(source="203.0.113.0/24", to=model.instances[0], port=22)
    assert block.ends == ("203.0.113.0/24", "i-1")
    assert block.explain().sentence.startswith("203.0.113.1 (203.0.113.0/24) reaches tcp 22 of i-1: ")
    assert model.answer(source=INTERNET, to=model.instances[0], port=22).ends[0] == "the internet"


def test_the_block_that_got_farthest_is_told():
    """An instance without an IPv6 address: what the ACL stops in IPv4 says more."""
    model = host(entry(10, False, "6"), *OPEN)
    stopped = model.answer(source=INTERNET, to=model.instances[0], port=22)
    assert stopped.reason == "the network ACL acl-1 denies tcp 22 (ingress)" and stopped.source == "198.51.100.7"


def test_the_family_that_got_farthest_is_told():
    """An instance with an IPv6 address and no public IPv4 one: what stops IPv6 says more."""
    found = documents()
    found["Vpcs"][0]["Ipv6CidrBlockAssociationSet"] = [{"Ipv6CidrBlock": "2001:db8:1::/56"}]
    found["Subnets"][0]["Ipv6CidrBlockAssociationSet"] = [{"Ipv6CidrBlock": "2001:db8:1::/64"}]
    found["RouteTables"][0]["Routes"] += [{"DestinationIpv6CidrBlock": "::/0", "GatewayId": "igw-1"}]
    everything = {"RuleNumber": 101, "RuleAction": "allow", "Protocol": "-1", "Ipv6CidrBlock": "::/0"}
    found["NetworkAcls"][0]["Entries"] += [{**everything, "Egress": egress} for egress in (False, True)]
    face = found["Instances"][0]["NetworkInterfaces"][0]
    face.pop("Association")
    face["Ipv6Addresses"] = [{"Ipv6Address": "2001:db8:1::5"}]
    model = Network.from_describe(found)
    stopped = model.answer(source=INTERNET, to=model.instances.get("i-web"), port=443)
    assert stopped.reason == "no rule of sg-web allows tcp 443 (ingress)" and stopped.source == "2001:db8::7"


def test_every_one_of_nobody_reaches_nothing():
    model = host(*OPEN)
    (web,) = model.instances
    assert isinstance(model.answer(source=every("203.0.113.0/24"), to=web, port=22), Packet)
    assert isinstance(model.answer(source=every("203.0.113.0/24"), to=web, port=22, family="ipv6"), Blocked)
    assert isinstance(model.answer(source=every(web), to=INTERNET, port=443, family="ipv6"), Blocked)


def test_open_ports_are_counted_and_compared():
    ports = OpenPorts({"tcp": ((22, 22), (8000, 8010)), "udp": ((53, 53),)})
    assert (ports.count(), ports.count("udp"), ports.count("icmp"), len(ports)) == (12, 1, 0, 2)
    assert str(ports) == "tcp 22, tcp 8000-8010, udp 53"
    left = ports.beyond(tcp=(22, 8000, 8005), udp=[53])
    assert dict(left) == {"tcp": ((8001, 8004), (8006, 8010))}
    assert not ports.beyond(tcp=(22, *range(8000, 8011)), udp=[53])
    assert "udp" in ports.beyond(tcp=range(65536))


def test_at_most_three_rules_and_sources_are_spelled_out():
    assert Admission((), "x", ("a", "b", "c")).through == "a, b, c"
    assert str(Admission((), "x", ("a", "b", "c", "d"))) == "x (a, b, c and 1 more)"
    assert str(Inlet("sg-1", "tcp", (22, 22), ("a", "b", "c"))) == "sg-1 lets a, b, c in to tcp 22"
    assert str(Inlet("sg-1", "tcp", (22, 23), ("a", "b", "c", "d"))) == "sg-1 lets a, b, c and 1 more in to tcp 22-23"


def test_at_most_five_inlets_are_told_and_all_are_data():
    inlets = Inlets("web", tuple(Inlet(f"sg-{number}", "tcp", (22, 22), ("a",)) for number in range(6)))
    told = inlets.explain()
    assert told.sentence.endswith("sg-4 lets a in to tcp 22; and 1 more") and len(inlets) == 6
    assert [one["rule"] for one in told.data["rules"]] == [f"sg-{number}" for number in range(6)]
    assert told.data["to"] == "web" and told.data["rules"][0]["ports"] == [22, 22]
    assert told.picture.arrows == tuple((number, 6) for number in range(6))
    assert "more" not in Inlets("web", inlets.rules[:5]).explain().sentence
    assert not Inlets("web", ()) and len(Inlets("web", inlets.rules * 4).explain().picture.nodes) == 21


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}, "sg-1 tcp 22 from 0.0.0.0/0"),
        ({"IpProtocol": "6", "FromPort": 20, "ToPort": 25}, "sg-1 tcp 20-25 from 0.0.0.0/0"),
        ({"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535}, "sg-1 tcp (all) from 0.0.0.0/0"),
        ({"IpProtocol": "-1"}, "sg-1 all traffic from 0.0.0.0/0"),
    ],
)
def test_the_rule_that_lets_it_in_is_named(rule, told):
    model = host(*OPEN, rule=rule | {"IpRanges": [{"CidrIp": EVERYWHERE}]})
    found = model.answer(source=INTERNET, to=model.instances[0], port=22)
    assert found.through == told
    assert {one.rule for one in model.inlets(model.instances[0], port=22)} == {told}


@pytest.mark.parametrize(
    ("asked", "told"), [({"protocol": "tpc"}, "ask about one protocol"), ({"port": 70_000}, "no such port range")]
)
def test_a_wrong_question_is_told_even_where_nobody_could_meet(asked, told):
    model = host(*OPEN)
    for family in ("ipv4", "ipv6"):
        with pytest.raises(ValueError, match=told):
            model.witness(source=INTERNET, to=model.instances[0], family=family, **({"port": 22} | asked))
