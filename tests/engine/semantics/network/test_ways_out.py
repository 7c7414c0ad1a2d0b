"""Ways through NAT gateways, gateways' own route tables, peerings and balancers, each stopped in one place at a time.

Source: Amazon VPC User Guide, "NAT gateways", "Gateway route tables", "Route priority" and "VPC peering"; Elastic Load
Balancing User Guides (listeners and target groups); Network Firewall Developer Guide, "Route tables".
"""

import copy

import pytest

from engine.semantics.network.test_capture import acl, documents, instance, peered, subnet, table
from engine.semantics.network.test_endpoints_and_balancers import BALANCER, TARGETS, balancer, interface_endpoint, tcp
from engine.semantics.network.test_endpoints_and_balancers import group as shop_group
from engine.semantics.network.test_endpoints_and_balancers import network as shop
from engine.semantics.network.test_firewall import FIREWALL, OPEN, inward, network, outward, policy
from hardenlab.semantics.network import INTERNET, Blocked, Network, Packet, Unjudged, every

EVERYWHERE = "0.0.0.0/0"


def rule(number, action, egress, cidr=EVERYWHERE, low=0, high=65535):
    return {
        "RuleNumber": number, "RuleAction": action, "Protocol": "6", "Egress": egress, "CidrBlock": cidr,
        "PortRange": {"From": low, "To": high},
    }  # fmt: skip


def from_data(found, to=INTERNET, **more):
    model = Network.from_describe(found)
    return model.answer(source=model.instances.get("i-data"), to=to, port=443, **more)


DATA_SUBNET = "10.0.2.0/24"
NAT_ACL = [
    # what stands in the NAT gateway's subnet's ACL, whether the private host still gets out
    ([], True),
    ([rule(10, "deny", False, DATA_SUBNET, 443, 443)], False),  # its packet does not come in
    ([rule(10, "deny", True, DATA_SUBNET)], False),  # the reply does not go back to it
    ([rule(10, "deny", True, EVERYWHERE, 443, 443)], False),  # nothing goes on to the internet
    ([rule(10, "deny", False, EVERYWHERE, 1024, 65535)], False),  # no reply comes from the internet
    ([rule(10, "deny", False, EVERYWHERE, 2000, 65535)], True),  # some of the client's ports are enough
    ([rule(10, "deny", False, DATA_SUBNET, 80, 80)], True),
    ([rule(10, "deny", True, DATA_SUBNET, 443, 443)], True),
]


@pytest.mark.parametrize(("entries", "passes"), NAT_ACL)
def test_the_acl_of_the_nat_gateways_subnet_is_asked_four_times(entries, passes):
    found = documents(NetworkAcls=[acl("subnet-1", *entries), acl("subnet-2")])
    assert isinstance(from_data(found), Packet) is passes


def test_a_nat_gateway_whose_own_subnet_leads_back_to_it_is_no_way_out():
    """A public NAT gateway must stand in a subnet that an internet gateway serves: a common mistake, and a loop."""
    to_nat = {"DestinationCidrBlock": EVERYWHERE, "NatGatewayId": "nat-1"}
    alone = documents(RouteTables=[table("subnet-1", to_nat), table("subnet-2", to_nat)])
    for who in ("i-web", "i-data"):
        model = Network.from_describe(alone)
        stopped = model.answer(source=model.instances.get(who), to=INTERNET, port=443)
        assert "rtb-subnet-1 sends what leaves nat-1 back to it" in str(stopped)
    second = {"NatGatewayId": "nat-2", "SubnetId": "subnet-2", "State": "available"}
    both = documents(
        NatGateways=[{"NatGatewayId": "nat-1", "SubnetId": "subnet-1", "State": "available"}, second],
        RouteTables=[table("subnet-1", to_nat | {"NatGatewayId": "nat-2"}), table("subnet-2", to_nat)],
    )
    assert isinstance(from_data(both), Blocked)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"NatGateways": []}, "has no way out for i-data"),
        ({"InternetGateways": []}, "has no way out for i-data"),
        ({"NetworkAcls": [acl("subnet-1", rule(10, "deny", False, DATA_SUBNET)), acl("subnet-2")]}, "stops what goes"),
        ({"NetworkAcls": [acl("subnet-1"), acl("subnet-2", rule(10, "deny", True))]}, "acl-subnet-2 denies tcp 443"),
        ({"NetworkAcls": [acl("subnet-1"), acl("subnet-2", rule(10, "deny", False))]}, "denies the replies"),
    ],
)
def test_what_stops_the_way_out_is_told(changes, reason):
    assert reason in str(from_data(documents(**changes)))


def test_the_way_out_is_told_route_by_route():
    hops = from_data(documents()).hops
    assert "rtb-subnet-2 0.0.0.0/0 -> nat-1, rtb-subnet-1 0.0.0.0/0 -> igw-1" in hops


@pytest.mark.parametrize(
    ("routes", "reached"),
    [
        ([("10.0.0.0/16", "local")], True),
        ([("203.0.113.0/24", FIREWALL)], True),  # it speaks of other addresses
        ([("10.0.0.0/24", "eni-1")], None),
    ],
)
def test_a_gateways_table_that_leads_nowhere_else_changes_nothing(routes, reached):
    """The edge table exists and sends the subnet's traffic straight into it: the firewall is not asked."""
    found = copy.deepcopy(shop_documents())
    edge = {
        "RouteTableId": "rtb-edge",
        "VpcId": "vpc-1",
        "Associations": [{"GatewayId": "igw-1"}],
        "Routes": [
            {"DestinationCidrBlock": cidr, "NetworkInterfaceId" if target == "eni-1" else "GatewayId": target}
            for cidr, target in routes
        ],
    }
    found["RouteTables"].append(edge)
    model = Network.from_describe(found)
    if reached is None:
        with pytest.raises(Unjudged, match="sends this to eni-1"):
            model.answer(source=INTERNET, to=model.instances.get("i-web"), port=443)
    else:
        assert isinstance(model.answer(source=INTERNET, to=model.instances.get("i-web"), port=443), Packet)
        assert isinstance(model.answer(source=model.instances.get("i-web"), to=INTERNET, port=443), Packet)


def shop_documents():
    return documents(
        RouteTables=[
            table("subnet-1", {"DestinationCidrBlock": EVERYWHERE, "GatewayId": "igw-1"}),
            table("subnet-2"),
        ],
        Subnets=[subnet("subnet-1", "10.0.0.0/24"), subnet("subnet-2", "10.0.2.0/24")],
        Instances=[instance("i-web", "10.0.0.5", "sg-web", "subnet-1", "203.0.113.5")],
    )


def test_a_dead_route_of_the_gateways_table_stops_what_comes_in():
    found = shop_documents()
    found["RouteTables"].append(
        {
            "RouteTableId": "rtb-edge",
            "VpcId": "vpc-1",
            "Associations": [{"GatewayId": "igw-1"}],
            "Routes": [{"DestinationCidrBlock": "10.0.0.0/24", "VpcEndpointId": "vpce-9", "State": "blackhole"}],
        }
    )
    model = Network.from_describe(found)
    with pytest.raises(Unjudged, match="blackhole"):
        model.answer(source=INTERNET, to=model.instances.get("i-web"), port=443)


FIREWALL_ACL = [
    # entries of the firewall subnet's ACL, does the web host get out, does the internet get in
    ([], True, True),
    ([rule(10, "deny", False, "10.0.0.0/24", 443, 443)], False, True),
    ([rule(10, "deny", True, "10.0.0.0/24", 1024, 65535)], False, True),
    ([rule(10, "deny", True, "10.0.0.0/24", 443, 443)], True, False),
    ([rule(10, "deny", False, "10.0.0.0/24", 1024, 65535)], True, False),
    ([rule(10, "deny", True, "128.0.0.0/1"), rule(11, "deny", True, "0.0.0.0/1")], False, False),
]


@pytest.mark.parametrize(("entries", "goes_out", "comes_in"), FIREWALL_ACL)
def test_the_acl_of_the_firewalls_subnet_is_asked(entries, goes_out, comes_in):
    model = network(OPEN, entries=entries)
    assert isinstance(outward(model, who="i-web"), Packet) is goes_out
    assert isinstance(inward(model), Packet) is comes_in


def test_a_firewall_that_drops_is_named_on_the_way_out_and_in():
    model = network(policy(default="aws:drop"))
    assert str(outward(model, who="i-web")) == "firewall inspect drops tcp 443"
    stopped = network(OPEN, entries=[rule(10, "deny", False, "10.0.0.0/24")])
    assert "acl-fw stops what goes to or comes from vpce-fw" in str(outward(stopped, who="i-web"))


@pytest.mark.parametrize("change", ["target", "state", "third", "no route"])
def test_a_peering_leads_only_where_it_says(change):
    found = peered()
    model = Network.from_describe(found)
    ask = {"source": model.instances.get("i-web"), "to": model.instances.get("i-9"), "port": 443}
    assert isinstance(model.answer(**ask), Packet)
    there = found["RouteTables"][0]["Routes"][-1]
    if change == "target":
        there |= {"VpcPeeringConnectionId": "pcx-2"}
        reason = "pcx-2 is no active peering between the two VPCs"
    elif change == "state":
        there |= {"State": "blackhole"}
        reason = "rtb-subnet-1 has no route to i-9"
    elif change == "third":
        there.pop("VpcPeeringConnectionId")
        there |= {"GatewayId": "igw-1"}
        reason = "does not lead to i-9"
    else:
        found["RouteTables"][0]["Routes"].pop()
        reason = "rtb-subnet-1 has no route to i-9"
    model = Network.from_describe(found)
    stopped = model.answer(source=model.instances.get("i-web"), to=model.instances.get("i-9"), port=443)
    assert reason in str(stopped)


@pytest.mark.parametrize("target", ["TransitGatewayId", "NetworkInterfaceId", "InstanceId", "LocalGatewayId"])
def test_what_lies_behind_other_gateways_is_not_guessed(target):
    found = peered()
    there = found["RouteTables"][0]["Routes"][-1]
    there.pop("VpcPeeringConnectionId")
    short = {"TransitGatewayId": "tgw-1", "NetworkInterfaceId": "eni-x", "InstanceId": "i-x", "LocalGatewayId": "lgw-1"}
    there |= {target: short[target]}
    model = Network.from_describe(found)
    with pytest.raises(Unjudged, match="not described"):
        model.answer(source=model.instances.get("i-web"), to=model.instances.get("i-9"), port=443)


def test_inside_a_vpc_a_more_specific_route_may_lead_elsewhere():
    route = {"DestinationCidrBlock": "10.0.2.0/24", "NetworkInterfaceId": "eni-appliance"}
    base = documents()
    model = Network.from_describe(base | {"RouteTables": [table("subnet-1", route), table("subnet-2")]})
    with pytest.raises(Unjudged, match="leads elsewhere inside the VPC"):
        model.answer(source=model.instances.get("i-web"), to=model.instances.get("i-data"), port=5432)


LISTENERS = [
    ("TCP", "tcp", True),
    ("TLS", "tcp", True),
    ("UDP", "udp", True),
    ("QUIC", "udp", True),
    ("UDP", "tcp", False),
]


@pytest.mark.parametrize(("listener", "spoken", "published"), LISTENERS)
def test_a_listener_speaks_its_own_protocol(listener, spoken, published):
    """Network Load Balancers guide, "Listeners for your Network Load Balancers"."""

    def open_to(port):
        return {**tcp(port, EVERYWHERE), "IpProtocol": spoken}

    found = shop_description(
        groups=[shop_group("sg-lb", open_to(443)), shop_group("sg-app", open_to(8080))],
        balancers=[balancer(Type="network")],
        listener={"Protocol": listener},
    )
    model = Network.from_describe(found)
    ways = model.published(model.instances.get("i-app"))
    assert bool(ways) is published and all(way.front.protocol == spoken for way in ways)


def shop_description(*, listener, **more):
    found = shop(**more, as_documents=True)
    found["Listeners"] = [found["Listeners"][0] | listener]
    return found


def test_listeners_redirect_or_forward():
    found = shop_description(
        groups=[shop_group("sg-lb", tcp(443, EVERYWHERE)), shop_group("sg-app", tcp(8080, groups=["sg-lb"]))],
        balancers=[balancer()],
        listener={
            "DefaultActions": [
                {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}
            ]
        },
    )
    model = Network.from_describe(found)
    (listener,) = model.load_balancers[0].listeners
    assert (listener.port, listener.protocol, listener.redirects_to, listener.target_groups) == (
        443, "HTTPS", "HTTPS:443", (),
    )  # fmt: skip
    assert model.published(model.instances.get("i-app")) == ()
    weighted = {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": TARGETS, "Weight": 1}]}}
    found["Listeners"] = [found["Listeners"][0] | {"DefaultActions": [{**weighted, "TargetGroupArn": TARGETS}]}]
    model = Network.from_describe(found)
    assert model.load_balancers[0].listeners[0].target_groups == (TARGETS,)
    assert len(model.published(model.instances.get("i-app"))) == 1
    assert model.load_balancers.get(BALANCER).interfaces[0].subnet.id == "sub-public"


def placed(address, *, groups=("sg-endpoint",)):
    return {
        "NetworkInterfaceId": "eni-endpoint",
        "SubnetId": "sub-app",
        "PrivateIpAddress": address,
        "Groups": [{"GroupId": name} for name in groups],
    }


@pytest.mark.parametrize(("address", "shown"), [("10.0.1.77", "10.0.1.77"), ("172.31.0.7", "vpce-1"), (None, "vpce-1")])
def test_an_interface_endpoint_has_the_addresses_of_its_interfaces(address, shown):
    """An address outside of its subnet is one that an emulator made up: then the endpoint's own word counts."""
    found = shop(
        groups=[shop_group("sg-app"), shop_group("sg-endpoint", tcp(443, "10.0.0.0/16"))],
        endpoints=[interface_endpoint(NetworkInterfaceIds=["eni-endpoint"] if address else [])],
        as_documents=True,
    )
    found["NetworkInterfaces"] = [placed(address)] if address else []
    model = Network.from_describe(found)
    reached = model.answer(source=model.instances.get("i-app"), to=model.endpoints.get("vpce-1"), port=443)
    assert isinstance(reached, Packet) and reached.destination == shown


@pytest.mark.parametrize("state", ["deleted", "deleting", "rejected", "expired", "failed", "Deleted"])
def test_an_endpoint_that_is_gone_is_no_end(state):
    model = shop(groups=[shop_group("sg-endpoint")], endpoints=[interface_endpoint(State=state)])
    assert model.endpoints == ()


def test_names_are_tags_or_the_groups_own():
    found = documents()
    found["SecurityGroups"][0] |= {"GroupName": "web", "Tags": [{"Key": "Name", "Value": "front"}, {"Key": "tier"}]}
    found["SecurityGroups"][1] |= {"GroupName": "data"}
    model = Network.from_describe(found)
    assert [one.name for one in model.security_groups] == ["data", "front"]
    assert model.security_groups.named("front").id == "sg-web"
    assert [one.id for one in model.security_groups.tagged("tier")] == ["sg-web"]
    assert model.security_groups.tagged("Name", "back") == () and model.security_groups.get("sg-9") is None
    with pytest.raises(Unjudged, match="no resources are named 'back'"):
        model.security_groups.named("back")


def test_instances_that_are_gone_are_left_out_and_stopped_ones_do_not_work():
    found = documents()
    found["Instances"][1]["State"] = {"Name": "stopped"}
    found["Instances"] += [
        instance("i-gone", "10.0.2.9", "sg-data", "subnet-2") | {"State": {"Name": state}}
        for state in ("terminated", "shutting-down")
    ]
    model = Network.from_describe(found)
    assert [one.id for one in model.instances] == ["i-data", "i-web"]
    data, web = model.instances
    assert (data.running, web.running, data.private_address) == (False, True, "10.0.2.5")
    assert str(model.works(source=web, to=data, port=5432)) == "i-data is stopped"
    assert str(model.works(source=every(data), to=INTERNET, port=443)) == "i-data is stopped"
    assert isinstance(model.answer(source=web, to=data, port=5432), Packet)
    assert isinstance(model.works(source=web, to=INTERNET, port=443), Packet)
