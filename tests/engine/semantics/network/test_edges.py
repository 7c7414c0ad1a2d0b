"""Corners of the network model that only a broken evaluator turns."""

import pytest

from engine.semantics.network.test_endpoints_and_balancers import balancer, group, tcp
from engine.semantics.network.test_endpoints_and_balancers import network as shop
from engine.semantics.network.test_firewall import network, policy
from hardenlab.semantics.network import INTERNET, Blocked, Network, Packet
from hardenlab.semantics.network.security_group import SecurityGroup, read_rules

EVERYWHERE = "0.0.0.0/0"


def entry(number, allows, protocol, *, egress=False, cidr=EVERYWHERE, **more):
    action = "allow" if allows else "deny"
    return {
        "RuleNumber": number,
        "RuleAction": action,
        "Protocol": protocol,
        "CidrBlock": cidr,
        "Egress": egress,
        **more,
    }


def host(*entries, nat=None, public="192.0.2.5", rule=None):
    """One instance in a subnet of its own, behind an ACL of these entries; with `nat`, sent out by that gateway."""
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": EVERYWHERE}]}
    face = {"NetworkInterfaceId": "eni-1", "SubnetId": "sub-1", "PrivateIpAddress": "10.0.0.5"}
    face |= {"Groups": [{"GroupId": "sg-1"}]} | ({"Association": {"PublicIp": public}} if public else {})
    out = {"NatGatewayId": "nat-1"} if nat else {"GatewayId": "igw-1"}
    return Network.from_describe(
        {
            "Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
            "InternetGateways": [{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1"}]}],
            "NatGateways": [{"NatGatewayId": "nat-1", "SubnetId": "sub-2", "State": "available", **nat}] if nat else [],
            "Subnets": [
                {"SubnetId": "sub-1", "VpcId": "vpc-1", "CidrBlock": "10.0.0.0/24"},
                {"SubnetId": "sub-2", "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24"},
            ],
            "RouteTables": [
                {
                    "RouteTableId": f"rtb-{n}",
                    "VpcId": "vpc-1",
                    "Associations": [{"SubnetId": f"sub-{n}"}],
                    "Routes": [{"DestinationCidrBlock": EVERYWHERE, **target}],
                }
                for n, target in ((1, out), (2, {"GatewayId": "igw-1"}))
            ],
            "NetworkAcls": [
                {"NetworkAclId": "acl-1", "VpcId": "vpc-1", "IsDefault": True, "Entries": list(entries)},
            ],
            "SecurityGroups": [
                {
                    "GroupId": "sg-1",
                    "VpcId": "vpc-1",
                    "IpPermissions": [rule or everything],
                    "IpPermissionsEgress": [everything],
                }
            ],
            "Instances": [{"InstanceId": "i-1", "NetworkInterfaces": [face]}],
        }
    )


OPEN = (entry(100, True, "-1"), entry(100, True, "-1", egress=True))


@pytest.mark.parametrize(
    ("nat", "passes"),
    [
        ({"ConnectivityType": "public"}, True),
        ({"ConnectivityType": "private"}, False),
        ({"State": "deleted"}, False),
        ({"State": "pending"}, False),
        ({"SubnetId": "sub-9"}, False),
    ],
)
def test_a_nat_gateway_is_a_way_out_when_it_is_public_and_available(nat, passes):
    model = host(*OPEN, nat=nat, public=None)
    assert isinstance(model.answer(source=model.instances[0], to=INTERNET, port=443), Packet) is passes


ECHO, ANSWER, TIME = 8, 0, 13


@pytest.mark.parametrize(
    ("denied", "asked", "passes"),
    [
        (entry(10, False, "1", egress=True, IcmpTypeCode={"Type": ANSWER, "Code": -1}), ECHO, False),
        (entry(10, False, "1", egress=True, IcmpTypeCode={"Type": ECHO, "Code": -1}), ECHO, True),
        (entry(10, False, "1", IcmpTypeCode={"Type": ECHO, "Code": -1}), ECHO, False),
        (entry(10, False, "1", IcmpTypeCode={"Type": -1, "Code": -1}), ECHO, False),
        (entry(10, False, "1", egress=True, IcmpTypeCode={"Type": -1, "Code": -1}), TIME, True),  # nothing is replied
        (entry(10, False, "6"), ECHO, True),
    ],
)
def test_an_echo_is_answered_and_its_answer_passes_the_acl_too(denied, asked, passes):
    model = host(denied, *OPEN)
    found = model.answer(source=INTERNET, to=model.instances[0], port=asked, protocol="icmp")
    assert isinstance(found, Packet) is passes


def test_a_protocol_without_ports_is_answered_in_its_own_protocol():
    model = host(entry(10, False, "47", egress=True), *OPEN)
    assert isinstance(model.answer(source=INTERNET, to=model.instances[0], protocol=47), Blocked)
    assert isinstance(model.answer(source=INTERNET, to=model.instances[0], protocol=50), Packet)


def test_a_target_without_a_port_of_its_own_listens_on_its_groups():
    groups = [group("sg-lb", tcp(443, EVERYWHERE)), group("sg-app", tcp(8080, groups=["sg-lb"]))]
    model = shop(groups=groups, balancers=[balancer()], target_port=None)
    assert [way.target_port for way in model.published(model.instances[0])] == [8080]


def admits(*cidrs, spared):
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 22,
        "ToPort": 22,
        "IpRanges": [{"CidrIp": cidr} for cidr in cidrs if ":" not in cidr],
        "Ipv6Ranges": [{"CidrIpv6": cidr} for cidr in cidrs if ":" in cidr],
    }
    rules = read_rules("sg-1", [permission], {}, "from")
    found = SecurityGroup("sg-1", "", {}, "vpc-1", False, rules, ()).admits(INTERNET, 22, except_for=spared)
    return found.sources if found else ()


def test_spared_addresses_are_spared_in_their_own_family():
    office = "203.0.113.0/24"
    assert admits(office, spared=[office]) == ()
    assert admits(office, spared=["203.0.113.0/25"]) == ("203.0.113.128/25",)
    assert admits("2001:db8::/32", spared=[office]) == ("2001:db8::/32",)
    assert admits(office, "2001:db8::/32", spared=["2001:db8::/33"]) == (office, "2001:db8:8000::/33")


def test_a_rule_for_another_port_admits_nothing():
    rules = read_rules(
        "sg-1", [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": EVERYWHERE}]}], {}, "from"
    )
    found = SecurityGroup("sg-1", "", {}, "vpc-1", False, rules, ())
    assert found.admits(INTERNET, 22) and not found.admits(INTERNET, 23) and not found.admits(INTERNET, 22, "udp")


@pytest.mark.parametrize("order", [False, True])
def test_a_firewalls_open_policy_lets_udp_and_icmp_through(order):
    model = network(policy(strict=order))
    web = model.instances.get("i-web")
    assert isinstance(model.answer(source=INTERNET, to=web, port=53, protocol="udp"), Packet)
    assert isinstance(model.answer(source=INTERNET, to=web, port=8, protocol="icmp"), Packet)
