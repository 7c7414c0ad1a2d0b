"""What interfaces see of a connection: the order of sights, where it ends, and what cannot be judged."""

import pytest

from hardenlab.semantics.network import Network, Unjudged
from hardenlab.semantics.network.capture import captured

WEB, DATA, FAR = "10.0.1.5", "10.0.2.5", "198.51.100.7"


def documents(**more):
    """A public subnet with web, a private one with data behind a NAT gateway."""
    found = {
        "Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
        "InternetGateways": [{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1"}]}],
        "NatGateways": [{"NatGatewayId": "nat-1", "SubnetId": "subnet-1", "State": "available"}],
        "Subnets": [subnet("subnet-1", "10.0.1.0/24"), subnet("subnet-2", "10.0.2.0/24")],
        "RouteTables": [
            table("subnet-1", {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}),
            table("subnet-2", {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"}),
        ],
        "NetworkAcls": [acl("subnet-1"), acl("subnet-2")],
        "SecurityGroups": [group("sg-web", 443, "0.0.0.0/0"), group("sg-data", 5432, "10.0.1.0/24")],
        "Instances": [
            instance("i-web", WEB, "sg-web", "subnet-1", "203.0.113.5"),
            instance("i-data", DATA, "sg-data", "subnet-2"),
        ],
    }
    return found | more


def subnet(id, cidr, vpc="vpc-1"):
    return {"SubnetId": id, "VpcId": vpc, "CidrBlock": cidr}


def table(subnet, *routes, vpc="vpc-1"):
    local = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}
    routes = [{"State": "active", **route} for route in (local, *routes)]
    return {"RouteTableId": f"rtb-{subnet}", "VpcId": vpc, "Associations": [{"SubnetId": subnet}], "Routes": routes}


def acl(subnet, *entries, vpc="vpc-1"):
    open_entry = {"RuleNumber": 100, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}
    both = [{**open_entry, "Egress": False}, {**open_entry, "Egress": True}]
    return {
        "NetworkAclId": f"acl-{subnet}",
        "VpcId": vpc,
        "Associations": [{"SubnetId": subnet}],
        "Entries": [*both, *entries],
    }


def deny(egress, low, high, cidr="0.0.0.0/0"):
    return {
        "RuleNumber": 10,
        "RuleAction": "deny",
        "Protocol": "6",
        "Egress": egress,
        "CidrBlock": cidr,
        "PortRange": {"From": low, "To": high},
    }


def group(id, port, cidr, protocol="tcp", out="0.0.0.0/0"):
    rule = {"IpProtocol": protocol, "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}
    egress = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": out}]}]
    return {"GroupId": id, "VpcId": "vpc-1", "IpPermissions": [rule], "IpPermissionsEgress": egress}


def instance(id, address, group, subnet, public=None):
    face = {
        "NetworkInterfaceId": f"eni-{id}",
        "SubnetId": subnet,
        "PrivateIpAddress": address,
        "Groups": [{"GroupId": group}],
    }
    if public:
        face["Association"] = {"PublicIp": public}
    return {"InstanceId": id, "State": {"Name": "running"}, "NetworkInterfaces": [face]}


def seen(source, destination, port, *, found=None, **more):
    """(instance, direction, reply, accepted) of each sight."""
    network = Network.from_describe(found or documents())
    return [
        (sight.interface.owner, sight.direction, sight.is_reply, sight.accepted)
        for sight in captured(network, source, destination, port, **more)
    ]


def test_from_the_internet_request_and_reply_are_seen_at_the_target():
    for address in ("203.0.113.5", WEB):
        assert seen(FAR, address, 443) == [("i-web", "ingress", False, True), ("i-web", "egress", True, True)]


def test_a_group_that_admits_nobody_ends_it():
    assert seen(FAR, "203.0.113.5", 22) == [("i-web", "ingress", False, False)]


def test_an_acl_may_stop_the_request_or_the_reply():
    inward = documents(NetworkAcls=[acl("subnet-1", deny(False, 443, 443)), acl("subnet-2")])
    assert seen(FAR, WEB, 443, found=inward) == [("i-web", "ingress", False, False)]
    outward = documents(NetworkAcls=[acl("subnet-1", deny(True, 50_000, 50_000)), acl("subnet-2")])
    assert seen(FAR, WEB, 443, found=outward, client_port=50_000)[-1] == ("i-web", "egress", True, False)
    assert seen(FAR, WEB, 443, found=outward, client_port=50_001)[-1] == ("i-web", "egress", True, True)


def test_without_a_gateway_or_a_public_address_nothing_arrives():
    assert seen(FAR, WEB, 443, found=documents(InternetGateways=[])) == []
    assert seen(FAR, DATA, 5432) == []


def test_without_a_route_the_reply_is_seen_and_goes_nowhere():
    found = documents(RouteTables=[table("subnet-1"), table("subnet-2")])
    assert seen(FAR, WEB, 443, found=found) == [("i-web", "ingress", False, True), ("i-web", "egress", True, True)]


def test_between_two_instances_each_direction_is_seen_twice():
    assert seen(WEB, DATA, 5432) == [
        ("i-web", "egress", False, True),
        ("i-data", "ingress", False, True),
        ("i-data", "egress", True, True),
        ("i-web", "ingress", True, True),
    ]


def test_a_reply_may_be_stopped_at_home():
    found = documents(NetworkAcls=[acl("subnet-1", deny(False, 49_152, 49_152)), acl("subnet-2")])
    assert seen(WEB, DATA, 5432, found=found)[-1] == ("i-web", "ingress", True, False)


def test_a_group_may_keep_the_request_in():
    found = documents(
        SecurityGroups=[group("sg-web", 443, "0.0.0.0/0", out="10.0.9.0/24"), group("sg-data", 5432, "10.0.1.0/24")]
    )
    assert seen(WEB, DATA, 5432, found=found) == [("i-web", "egress", False, False)]


def test_inside_a_subnet_acls_are_not_asked():
    closed = acl("subnet-1", deny(False, 0, 65_535), deny(True, 0, 65_535) | {"RuleNumber": 11})
    two = [instance("i-web", WEB, "sg-web", "subnet-1"), instance("i-web-2", "10.0.1.6", "sg-web", "subnet-1")]
    found = documents(NetworkAcls=[closed, acl("subnet-2")], Instances=two)
    assert [accepted for *_, accepted in seen(WEB, "10.0.1.6", 443, found=found)] == [True] * 4


def test_out_through_a_nat_gateway_the_reply_comes_back():
    assert seen(DATA, FAR, 443) == [("i-data", "egress", False, True), ("i-data", "ingress", True, True)]
    gone = documents(NatGateways=[])
    assert seen(DATA, FAR, 443, found=gone) == [("i-data", "egress", False, True)]
    stopped = documents(NetworkAcls=[acl("subnet-1"), acl("subnet-2", deny(False, 49_152, 49_152))])
    assert seen(DATA, FAR, 443, found=stopped)[-1] == ("i-data", "ingress", True, False)


def test_a_private_address_that_is_nobody_s_is_not_found_outside():
    assert seen(WEB, "10.0.7.7", 443) == [("i-web", "egress", False, True)]
    assert seen("10.9.9.9", "10.8.8.8", 443) == []


def test_a_ping_is_of_code_zero():
    """RFC 792: an echo is type 8 with code 0, so a rule for another code does not admit it."""
    for code, accepted in ((0, True), (1, False), (-1, True)):
        ping = group("sg-web", 8, "0.0.0.0/0", protocol="icmp")
        ping["IpPermissions"][0]["ToPort"] = code
        found = documents(SecurityGroups=[ping, group("sg-data", 5432, "10.0.1.0/24")])
        assert seen(FAR, WEB, 8, found=found, protocol="icmp")[0] == ("i-web", "ingress", False, accepted)


def test_where_no_entry_of_the_acl_speaks_of_it_nothing_passes():
    bare = {"NetworkAclId": "acl-9", "VpcId": "vpc-1", "Associations": [{"SubnetId": "subnet-1"}], "Entries": []}
    found = documents(NetworkAcls=[bare, acl("subnet-2")])
    assert seen(FAR, WEB, 443, found=found) == [("i-web", "ingress", False, False)]
    assert seen(DATA, WEB, 443, found=found)[1] == ("i-web", "ingress", False, False)


def test_a_referenced_group_admits_its_members():
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": "sg-data"}]}
    web_group = group("sg-web", 443, "0.0.0.0/0") | {"IpPermissions": [rule]}
    found = documents(SecurityGroups=[web_group, group("sg-data", 5432, "10.0.1.0/24")])
    assert seen(DATA, WEB, 443, found=found)[1] == ("i-web", "ingress", False, True)
    assert seen(FAR, WEB, 443, found=found) == [("i-web", "ingress", False, False)]


def test_a_ping_is_answered_and_other_icmp_is_not():
    ping = group("sg-web", 8, "0.0.0.0/0", protocol="icmp") | {}
    ping["IpPermissions"][0]["ToPort"] = -1
    found = documents(SecurityGroups=[ping, group("sg-data", 5432, "10.0.1.0/24")])
    assert [reply for _, _, reply, _ in seen(FAR, WEB, 8, found=found, protocol="icmp")] == [False, True]
    ping["IpPermissions"][0]["FromPort"] = 13
    assert [reply for _, _, reply, _ in seen(FAR, WEB, 13, found=found, protocol="icmp")] == [False]


def peered(state="active", back=True):
    other = {"DestinationCidrBlock": "10.1.0.0/16", "VpcPeeringConnectionId": "pcx-1"}
    home = {"DestinationCidrBlock": "10.0.0.0/16", "VpcPeeringConnectionId": "pcx-1"}
    there = table("subnet-9", vpc="vpc-2")
    there["Routes"] = [{"DestinationCidrBlock": "10.1.0.0/16", "GatewayId": "local", "State": "active"}]
    there["Routes"] += [{**home, "State": "active"}] if back else []
    base = documents()
    return base | {
        "Vpcs": [*base["Vpcs"], {"VpcId": "vpc-2", "CidrBlock": "10.1.0.0/16"}],
        "Subnets": [*base["Subnets"], subnet("subnet-9", "10.1.1.0/24", "vpc-2")],
        "RouteTables": [table("subnet-1", other), table("subnet-2"), there],
        "NetworkAcls": [*base["NetworkAcls"], acl("subnet-9", vpc="vpc-2")],
        "SecurityGroups": [*base["SecurityGroups"], group("sg-9", 443, "10.0.0.0/16")],
        "Instances": [*base["Instances"], instance("i-9", "10.1.1.9", "sg-9", "subnet-9")],
        "VpcPeeringConnections": [
            {
                "VpcPeeringConnectionId": "pcx-1",
                "RequesterVpcInfo": {"VpcId": "vpc-1"},
                "AccepterVpcInfo": {"VpcId": "vpc-2"},
                "Status": {"Code": state},
            }
        ],
    }


def test_a_peering_carries_it_when_it_is_active_and_both_tables_know_it():
    assert len(seen(WEB, "10.1.1.9", 443, found=peered())) == 4
    assert len(seen(WEB, "10.1.1.9", 443, found=peered(back=False))) == 3, "the reply leaves and does not arrive"
    assert seen(WEB, "10.1.1.9", 443, found=peered("pending-acceptance")) == [("i-web", "egress", False, True)]


def test_where_a_route_leads_out_of_the_model_nothing_is_guessed():
    transit = {"DestinationCidrBlock": "0.0.0.0/0", "TransitGatewayId": "tgw-1"}
    found = documents(RouteTables=[table("subnet-1"), table("subnet-2", transit)])
    with pytest.raises(Unjudged, match="tgw-1"):
        seen(DATA, FAR, 443, found=found)


def test_what_is_no_address_port_or_protocol_is_refused():
    network = Network.from_describe(documents())
    for wrong in (("nowhere", WEB, 443), (WEB, "nowhere", 443), (WEB, DATA, 70_000)):
        with pytest.raises(ValueError):
            captured(network, *wrong)
    with pytest.raises(ValueError, match="one protocol"):
        captured(network, WEB, DATA, 443, "all")
