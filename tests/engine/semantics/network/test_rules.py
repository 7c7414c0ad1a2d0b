"""Rules of groups and ACLs as EC2 writes them, and what one group admits wherever it is attached.

Source: Amazon EC2 API Reference, "IpPermission" ("-1" or any protocol but tcp, udp, icmp and icmpv6 means all ports;
for ICMP the ports are type and code, -1 for all) and "NetworkAclEntry"; RFC 792 (types and codes are one octet each).
"""

import pytest

from hardenlab.semantics.network import ANYONE, INTERNET
from hardenlab.semantics.network.network_acl import read_acl
from hardenlab.semantics.network.protocols import (
    ALL_PORTS,
    NO_PORTS,
    asked_ports,
    asked_protocol,
    protocol_number,
    rule_ports,
    samples,
    show_ports,
)
from hardenlab.semantics.network.security_group import SecurityGroup, read_rules
from hardenlab.semantics.network.spans import Spans

ICMP, TCP, UDP, GRE, ICMPV6 = 1, 6, 17, 47, 58


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("tcp", 6), ("TCP", 6), ("6", 6), (6, 6), ("udp", 17), ("icmp", 1), ("icmpv6", 58), ("all", -1), ("-1", -1),
        ("47", 47), ("0", 0), ("255", 255), ("256", None), ("-2", None), ("ipsec", None),
    ],
)  # fmt: skip
def test_protocols_are_names_or_numbers(written, number):
    assert protocol_number(written) == number


def test_a_question_is_about_one_protocol():
    assert asked_protocol("icmp", "ipv6") == ICMPV6 and asked_protocol("icmp", "ipv4") == ICMP
    assert asked_protocol("icmpv6", "ipv4") == ICMPV6 and asked_protocol("tcp", "ipv6") == TCP
    for wrong in ("all", -1, "carrier pigeon"):
        with pytest.raises(ValueError, match="one protocol"):
            asked_protocol(wrong, "ipv4")


@pytest.mark.parametrize(
    ("protocol", "first", "last", "ports"),
    [
        (TCP, 22, 22, (22, 22)), (TCP, "22", "25", (22, 25)), (UDP, 0, 65535, ALL_PORTS), (TCP, 0, 0, (0, 0)),
        (TCP, None, None, ALL_PORTS), (TCP, -1, -1, ALL_PORTS), (-1, 22, 22, ALL_PORTS), (GRE, 22, 22, ALL_PORTS),
        (TCP, 22, None, NO_PORTS), (TCP, 25, 22, NO_PORTS), (TCP, 1, 65536, NO_PORTS), (TCP, 1, 65535, (1, 65535)),
        (ICMP, None, None, ALL_PORTS), (ICMP, -1, -1, ALL_PORTS), (ICMP, 8, None, (2048, 2303)),
        (ICMP, 8, -1, (2048, 2303)), (ICMP, 8, 0, (2048, 2048)), (ICMPV6, 128, 0, (32768, 32768)),
        (ICMP, 0, 0, (0, 0)), (ICMP, 255, 255, (65535, 65535)), (ICMP, 255, -1, (65280, 65535)),
        (ICMP, 256, -1, NO_PORTS), (ICMP, 8, 256, NO_PORTS), (ICMP, 8, 255, (2303, 2303)),
    ],
)  # fmt: skip
def test_a_rule_covers_a_range(protocol, first, last, ports):
    assert rule_ports(protocol, first, last) == ports


def test_a_question_covers_a_range():
    assert asked_ports(TCP, 22) == (22, 22) and asked_ports(TCP, (20, 25)) == (20, 25)
    assert asked_ports(TCP, None) == ALL_PORTS and asked_ports(GRE, 22) == ALL_PORTS
    assert asked_ports(ICMP, 8) == (2048, 2303) and asked_ports(ICMPV6, (1, 2)) == (256, 767)
    assert asked_ports(TCP, 0) == (0, 0) and asked_ports(TCP, 65535) == (65535, 65535)
    for wrong in (-1, 65536, (25, 20)):
        with pytest.raises(ValueError, match="no such port range"):
            asked_ports(TCP, wrong)


def test_one_port_of_each_stretch_is_asked():
    assert samples((0, 100), [50, 0, 100, 101, -1, 50]) == [0, 50, 100]
    assert samples((22, 22), [22]) == [22]


@pytest.mark.parametrize(
    ("protocol", "ports", "shown"),
    [
        (-1, ALL_PORTS, "all traffic"), (TCP, (22, 22), "tcp 22"), (TCP, (22, 25), "tcp 22-25"),
        (TCP, ALL_PORTS, "tcp (all)"), (UDP, ALL_PORTS, "udp (all)"), (ICMP, ALL_PORTS, "icmp"),
        (GRE, ALL_PORTS, "protocol 47"), (GRE, (0, 0), "protocol 47"), (ICMP, (2048, 2303), "icmp type 8"),
        (ICMP, (2048, 2048), "icmp type 8 code 0"), (ICMP, (2049, 2049), "icmp type 8 code 1"),
        (ICMPV6, (256, 767), "icmpv6 types 1-2"),
    ],
)  # fmt: skip
def test_ports_are_shown_in_words(protocol, ports, shown):
    assert show_ports(protocol, ports) == shown


@pytest.mark.parametrize(
    ("one", "other", "left"),
    [
        ([(0, 5)], [(0, 4)], [(5, 5)]), ([(0, 5)], [(1, 5)], [(0, 0)]), ([(0, 5)], [(2, 3)], [(0, 1), (4, 5)]),
        ([(0, 5)], [(0, 5)], []), ([(3, 3)], [(3, 3)], []), ([(3, 3)], [(4, 9)], [(3, 3)]),
        ([(0, 2), (4, 6)], [(2, 4)], [(0, 1), (5, 6)]), ([(0, 9)], [(1, 1), (3, 3)], [(0, 0), (2, 2), (4, 9)]),
    ],
)  # fmt: skip
def test_a_set_without_another(one, other, left):
    assert list(Spans(one) - Spans(other)) == left


def test_neighbours_become_one_stretch():
    assert list(Spans([(5, 6), (0, 2), (3, 4)])) == [(0, 6)] and list(Spans([(0, 2), (4, 5)])) == [(0, 2), (4, 5)]
    assert list(Spans([(0, 9), (2, 3)])) == [(0, 9)] and not Spans([(3, 2)])
    assert list(Spans([(0, 2)]) | Spans([(3, 4)])) == [(0, 4)]
    assert list(Spans([(0, 4), (6, 9)]) & Spans([(4, 6)])) == [(4, 4), (6, 6)]
    assert Spans([(0, 4)]) == Spans([(0, 1), (2, 4)]) and hash(Spans([(0, 1)])) == hash(Spans.one(0) | Spans.one(1))


def permission(protocol="tcp", first=22, last=22, *, cidrs=(), groups=(), lists=()):
    return {
        "IpProtocol": protocol,
        **({"FromPort": first, "ToPort": last} if first is not None else {}),
        "IpRanges": [{"CidrIp": cidr} for cidr in cidrs if ":" not in cidr],
        "Ipv6Ranges": [{"CidrIpv6": cidr} for cidr in cidrs if ":" in cidr],
        "UserIdGroupPairs": [{"GroupId": group} for group in groups],
        "PrefixListIds": [{"PrefixListId": name} for name in lists],
    }


def guarded(*ingress, egress=(), prefix_lists=()):
    lists = {name: {"ipv4": Spans([(low, high)])} for name, low, high in prefix_lists}
    inward, outward = read_rules("sg-1", ingress, lists, "from"), read_rules("sg-1", egress, lists, "to")
    return SecurityGroup("sg-1", "web", {}, "vpc-1", False, inward, outward)


OFFICE = "203.0.113.0/24"
GUARDED = guarded(
    permission(cidrs=[OFFICE, "10.0.0.0/8"]),
    permission("udp", 53, 53, cidrs=["2001:db8::/32"]),
    permission("tcp", 5432, 5433, groups=["sg-app"]),
    permission("icmp", 8, -1, cidrs=["0.0.0.0/0"]),
    permission("47", None, cidrs=[OFFICE]),
    egress=[permission("-1", None, cidrs=["0.0.0.0/0"])],
)


@pytest.mark.parametrize(
    ("source", "port", "protocol", "sources"),
    [
        (INTERNET, 22, "tcp", (OFFICE,)),
        (ANYONE, 22, "tcp", ("10.0.0.0/8", OFFICE)),
        ("203.0.113.9", 22, "tcp", ("203.0.113.9/32",)),
        ("198.51.100.9", 22, "tcp", None),
        (INTERNET, 23, "tcp", None),
        (INTERNET, (20, 30), "tcp", (OFFICE,)),
        (INTERNET, None, "tcp", (OFFICE,)),
        (INTERNET, 53, "udp", ("2001:db8::/32",)),
        ("2001:db8::1", 53, "udp", ("2001:db8::1/128",)),
        ("sg-app", 5433, "tcp", ("sg-app",)),
        ("sg-app", 5434, "tcp", None),
        ("sg-other", 5433, "tcp", None),
        (ANYONE, 5433, "tcp", ("sg-app",)),
        (INTERNET, 5433, "tcp", None),
        (INTERNET, 8, "icmp", None),  # all of IPv4 admits the internet: see below
    ],
)
def test_what_a_group_admits(source, port, protocol, sources):
    found = GUARDED.admits(source, port, protocol)
    if protocol == "icmp":
        assert found and found.example == "198.51.100.7"
    else:
        assert (found.sources if found else None) == sources
        assert not found or found.example.split("/")[0] in (*sources, "203.0.113.1", "203.0.113.9", "10.0.0.1",
                                                            "2001:db8::1", "2001:db8::7")  # fmt: skip


def test_the_rules_that_admit_are_named():
    assert GUARDED.admits(ANYONE, None, "tcp").through == (
        "sg-1 tcp 22 from 203.0.113.0/24, sg-1 tcp 22 from 10.0.0.0/8, sg-1 tcp 5432-5433 from sg-app"
    )
    assert str(GUARDED.admits("sg-app", 5432)) == "sg-app (sg-1 tcp 5432-5433 from sg-app)"
    assert GUARDED.admits("8.8.8.8", 443, direction="egress").through == "sg-1 all traffic to 0.0.0.0/0"
    assert GUARDED.admits("8.8.8.8", 443) is None


@pytest.mark.parametrize(
    ("source", "open_"),
    [
        (INTERNET, {"tcp": ((22, 22),), "udp": ((53, 53),), "icmp": ((2048, 2303),), "protocol 47": (ALL_PORTS,)}),
        ("10.1.1.1", {"tcp": ((22, 22),), "icmp": ((2048, 2303),)}),
        ("sg-app", {"tcp": ((5432, 5433),)}),
        ("sg-other", {}),
        (ANYONE, {"tcp": ((22, 22), (5432, 5433)), "udp": ((53, 53),), "icmp": ((2048, 2303),),
                  "protocol 47": (ALL_PORTS,)}),
    ],
)  # fmt: skip
def test_which_ports_a_group_opens(source, open_):
    assert dict(GUARDED.ports_open_to(source)) == open_


def test_ports_open_to_spared_addresses_are_not_open():
    assert dict(GUARDED.ports_open_to(INTERNET, except_for=[OFFICE])) == {
        "udp": ((53, 53),),
        "icmp": ((2048, 2303),),
    }
    everything = GUARDED.ports_open_to(INTERNET, direction="egress")
    assert dict(everything) == {"tcp": (ALL_PORTS,), "udp": (ALL_PORTS,), "other": (ALL_PORTS,)}


def test_neighbouring_rules_open_one_range():
    group = guarded(permission(first=20, last=21, cidrs=[OFFICE]), permission(first=22, last=25, cidrs=["8.8.8.8/32"]))
    assert dict(group.ports_open_to(INTERNET)) == {"tcp": ((20, 25),)}


def test_a_prefix_list_stands_for_its_addresses_and_an_unknown_one_for_none():
    first = 0xCB007100  # 203.0.113.0
    rule = permission(lists=["pl-1", "pl-unknown"])
    group = guarded(rule, prefix_lists=[("pl-1", first, first + 15)])
    assert group.admits(INTERNET, 22).sources == ("203.0.113.0/28",)
    assert [one.prefix_list for one in group.ingress] == ["pl-1", "pl-unknown"]
    assert guarded(rule).admits(INTERNET, 22) is None
    assert guarded(rule, prefix_lists=[("pl-1", first, first)]).admits("pl-1", 22) is None


def test_a_rule_of_no_protocol_is_left_out():
    assert guarded(permission("carrier pigeon", cidrs=["0.0.0.0/0"])).ingress == ()


def entry(number, action, *, egress=False, protocol="6", cidr="0.0.0.0/0", **more):
    where = "Ipv6CidrBlock" if ":" in cidr else "CidrBlock"
    return {
        "RuleNumber": number, "RuleAction": action, "Egress": egress, "Protocol": protocol, where: cidr, **more,
    }  # fmt: skip


def ports(low, high):
    return {"PortRange": {"From": low, "To": high}}


ACL = read_acl(
    {
        "NetworkAclId": "acl-1",
        "VpcId": "vpc-1",
        "Entries": [
            entry(32767, "deny", protocol="-1"),
            entry(200, "allow", **ports(20, 30)),
            entry(100, "deny", **ports(22, 22)),
            entry(90, "allow", cidr=OFFICE, **ports(22, 22)),
            entry(110, "allow", protocol="-1", cidr="2001:db8::/32", **ports(5, 5)),
            entry(100, "allow", egress=True, **ports(1024, 65535)),
            entry(120, "allow", protocol="1", IcmpTypeCode={"Type": 8, "Code": -1}),
            entry(130, "carrier", protocol="47", **ports(1, 1)),
        ],
    },
    "",
    {},
)


@pytest.mark.parametrize(
    ("address", "port", "protocol", "number"),
    [
        ("203.0.113.9", 22, "tcp", 90),
        ("198.51.100.9", 22, "tcp", 100),
        ("198.51.100.9", 23, "tcp", 200),
        ("198.51.100.9", 31, "tcp", 32767),
        ("198.51.100.9", 22, "udp", 32767),
        ("2001:db8::9", 443, "tcp", 110),  # all traffic: the ports written there count for nothing
        ("2001:db9::9", 443, "tcp", None),
        ("198.51.100.9", 8, "icmp", 120),
        ("198.51.100.9", 0, "icmp", 32767),
        ("198.51.100.9", None, 47, 130),
    ],
)
def test_the_lowest_number_that_matches_decides(address, port, protocol, number):
    found = ACL.decide("ingress", address, port, protocol)
    assert (found.number if found else None) == number


def test_entries_are_told_with_their_number():
    assert str(ACL.decide("ingress", "203.0.113.9", 22)) == "acl-1 entry 90 allows tcp 22 from 203.0.113.0/24"
    assert str(ACL.decide("egress", "203.0.113.9", 2000)) == "acl-1 entry 100 allows tcp 1024-65535 to 0.0.0.0/0"
    assert str(ACL.decide("ingress", "198.51.100.9", 22)) == "acl-1 entry 100 denies tcp 22 from 0.0.0.0/0"


def test_what_an_acl_admits_of_the_internet():
    assert ACL.admitting("ingress", INTERNET).number in (110, 200)
    assert ACL.admitting("egress", INTERNET).number == 100
    assert ACL.admitting("ingress", OFFICE).number in (90, 200)
    closed = read_acl({"NetworkAclId": "acl-2", "Entries": [entry(100, "allow", cidr="10.0.0.0/8")]}, "", {})
    assert closed.admitting("ingress", INTERNET) is None and closed.admitting("ingress", "10.0.0.0/16").number == 100
    last = read_acl({"NetworkAclId": "acl-3", "Entries": [entry(100, "allow", **ports(65535, 65535))]}, "", {})
    assert last.admitting("ingress", INTERNET).number == 100


def test_entries_that_decide_nothing_are_told_with_what_comes_before_them():
    acl = read_acl(
        {
            "NetworkAclId": "acl-1",
            "Entries": [
                entry(100, "allow", **ports(0, 100)),
                entry(110, "allow", **ports(101, 200)),
                entry(120, "deny", **ports(50, 150)),
                entry(130, "allow", **ports(60, 70)),
                entry(140, "deny", **ports(150, 201)),
                entry(32767, "deny", protocol="-1"),
                entry(100, "deny", egress=True, **ports(60, 70)),
            ],
        },
        "",
        {},
    )
    found = {one.entry.number: one for one in acl.ineffective_entries()}
    assert {number: [one.number for one in found[number].covered_by] for number in found} == {
        120: [100, 110],
        130: [100],
    }
    assert found[120].contradicted and not found[130].contradicted
    assert str(found[130]).startswith("acl-1 entry 130 allows tcp 60-70 from 0.0.0.0/0 never decides: acl-1 entry 100")


def test_what_no_entry_is_is_left_out():
    broken = [entry(1, "allow", protocol="carrier pigeon"), {"RuleNumber": 2, "RuleAction": "allow", "Protocol": "6"}]
    acl = read_acl({"NetworkAclId": "acl-1", "Entries": broken, "IsDefault": True}, "web", {})
    assert acl.entries == () and acl.is_default
    assert acl.decide("ingress", "203.0.113.9", 22) is None
