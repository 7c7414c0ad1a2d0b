"""VPC endpoints, load balancers in front of instances, and IPv6 as ends of a question."""

import pytest

from hardenlab.semantics.network import INTERNET, Blocked, Network, Packet, Unjudged

BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shop/1"
TARGETS = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/1"
OPEN = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}


def tcp(port, *cidrs, groups=(), lists=()):
    return {
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        "IpRanges": [{"CidrIp": cidr} for cidr in cidrs if ":" not in cidr],
        "Ipv6Ranges": [{"CidrIpv6": cidr} for cidr in cidrs if ":" in cidr],
        "UserIdGroupPairs": [{"GroupId": group} for group in groups],
        "PrefixListIds": [{"PrefixListId": name} for name in lists],
    }


def group(name, *ingress, egress=(OPEN,)):
    return {"GroupId": name, "VpcId": "vpc-1", "IpPermissions": list(ingress), "IpPermissionsEgress": list(egress)}


def balancer(**more):
    return {
        "LoadBalancerArn": BALANCER,
        "LoadBalancerName": "shop",
        "Scheme": "internet-facing",
        "Type": "application",
        "SecurityGroups": ["sg-lb"],
        "AvailabilityZones": [{"SubnetId": "sub-public"}],
        **more,
    }


def network(
    *, groups, balancers=(), endpoints=(), prefix_lists=(), app_routes=(), target_port=8080, as_documents=False
):
    entry = {"RuleNumber": 100, "RuleAction": "allow", "Protocol": "-1"}
    entries = [
        {**entry, **where, "Egress": egress}
        for where in ({"CidrBlock": "0.0.0.0/0"}, {"Ipv6CidrBlock": "::/0"})
        for egress in (False, True)
    ]
    found = {
        "Vpcs": [
            {
                "VpcId": "vpc-1",
                "CidrBlock": "10.0.0.0/16",
                "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2001:db8:1::/56"}],
            }
        ],
        "InternetGateways": [{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1"}]}],
        "Subnets": [
            {
                "SubnetId": "sub-public",
                "VpcId": "vpc-1",
                "CidrBlock": "10.0.0.0/24",
                "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2001:db8:1::/64"}],
            },
            {"SubnetId": "sub-app", "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24"},
        ],
        "RouteTables": [
            {
                "RouteTableId": "rtb-public",
                "VpcId": "vpc-1",
                "Associations": [{"SubnetId": "sub-public"}],
                "Routes": [
                    {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"},
                    {"DestinationIpv6CidrBlock": "::/0", "GatewayId": "igw-1"},
                ],
            },
            {
                "RouteTableId": "rtb-app",
                "VpcId": "vpc-1",
                "Associations": [{"SubnetId": "sub-app"}],
                "Routes": list(app_routes),
            },
        ],
        "NetworkAcls": [{"NetworkAclId": "acl-1", "VpcId": "vpc-1", "IsDefault": True, "Entries": entries}],
        "SecurityGroups": list(groups),
        "Instances": [
            {
                "InstanceId": "i-app",
                "NetworkInterfaces": [
                    {
                        "NetworkInterfaceId": "eni-app",
                        "SubnetId": "sub-app",
                        "PrivateIpAddress": "10.0.1.10",
                        "Groups": [{"GroupId": "sg-app"}],
                    }
                ],
            }
        ],
        "LoadBalancers": list(balancers),
        "Listeners": [
            {
                "LoadBalancerArn": BALANCER,
                "Port": 443,
                "Protocol": "HTTPS",
                "DefaultActions": [{"Type": "forward", "TargetGroupArn": TARGETS}],
            }
        ],
        "TargetGroups": [{"TargetGroupArn": TARGETS, "Port": 8080, "LoadBalancerArns": [BALANCER]}],
        "TargetHealth": [{"TargetGroupArn": TARGETS, "Target": {"Id": "i-app", "Port": target_port}}],
        "VpcEndpoints": list(endpoints),
        "PrefixLists": list(prefix_lists),
    }
    return found if as_documents else Network.from_describe(found)


def app(model):
    return model.instances.get("i-app")


def test_a_private_instance_is_published_by_its_balancer():
    model = network(
        groups=[group("sg-lb", tcp(443, "0.0.0.0/0")), group("sg-app", tcp(8080, groups=["sg-lb"]))],
        balancers=[balancer()],
    )
    assert isinstance(model.answer(source=INTERNET, to=app(model), port=8080), Blocked)
    (way,) = model.published(app(model))
    assert (way.load_balancer, way.listener_port, way.target_port) == ("shop", 443, 8080)
    told = way.explain()
    assert "shop hands port 443 on to port 8080" in told.sentence and told.data["front"]["reaches"]


@pytest.mark.parametrize(
    ("front", "back"),
    [
        (tcp(80, "0.0.0.0/0"), tcp(8080, groups=["sg-lb"])),
        (tcp(443, "0.0.0.0/0"), tcp(8081, groups=["sg-lb"])),
        (tcp(443, "10.0.0.0/8"), tcp(8080, groups=["sg-lb"])),
        (tcp(443, "0.0.0.0/0"), tcp(8080, groups=["sg-other"])),
    ],
)
def test_a_leg_that_is_closed_publishes_nothing(front, back):
    model = network(groups=[group("sg-lb", front), group("sg-app", back)], balancers=[balancer()])
    assert model.published(app(model)) == ()


def test_an_internal_balancer_publishes_nothing():
    groups = [group("sg-lb", tcp(443, "0.0.0.0/0")), group("sg-app", tcp(8080, groups=["sg-lb"]))]
    model = network(groups=groups, balancers=[balancer(Scheme="internal")])
    assert model.published(app(model)) == ()


def test_a_network_balancer_without_groups_lets_everything_in():
    bare = balancer(Type="network", SecurityGroups=[])
    model = network(groups=[group("sg-app", tcp(8080, "0.0.0.0/0"))], balancers=[bare])
    front = model.answer(source=INTERNET, to=model.load_balancers[0], port=443)
    assert "no security groups" in " ".join(front.hops)
    assert len(model.published(app(model))) == 1


def test_whether_a_network_balancer_keeps_its_clients_addresses_is_not_guessed():
    bare = balancer(Type="network", SecurityGroups=[])
    model = network(groups=[group("sg-app", tcp(8080, "10.0.0.0/16"))], balancers=[bare])
    with pytest.raises(Unjudged, match="own addresses"):
        model.published(app(model))


def test_an_application_balancer_without_groups_lets_nothing_in():
    model = network(groups=[group("sg-app", tcp(8080, "0.0.0.0/0"))], balancers=[balancer(SecurityGroups=[])])
    assert isinstance(model.answer(source=INTERNET, to=model.load_balancers[0], port=443), Blocked)


@pytest.mark.parametrize(("kind", "reached"), [("ipv4", False), ("dualstack", True)])
def test_a_balancer_has_ipv6_addresses_when_it_is_dual_stack(kind, reached):
    groups = [group("sg-lb", tcp(443, "::/0")), group("sg-app")]
    model = network(groups=groups, balancers=[balancer(IpAddressType=kind)])
    found = model.answer(source=INTERNET, to=model.load_balancers[0], port=443)
    assert isinstance(found, Packet) is reached


def interface_endpoint(**more):
    return {
        "VpcEndpointId": "vpce-1",
        "VpcEndpointType": "Interface",
        "VpcId": "vpc-1",
        "ServiceName": "com.amazonaws.eu-west-1.kms",
        "State": "available",
        "SubnetIds": ["sub-app"],
        "Groups": [{"GroupId": "sg-endpoint"}],
        **more,
    }


@pytest.mark.parametrize(
    ("rule", "reached"),
    [(tcp(443, groups=["sg-app"]), True), (tcp(443, "10.0.0.0/16"), True), (tcp(80, "0.0.0.0/0"), False)],
)
def test_an_interface_endpoint_is_guarded_by_its_groups(rule, reached):
    model = network(groups=[group("sg-app"), group("sg-endpoint", rule)], endpoints=[interface_endpoint()])
    endpoint = model.endpoints.get("vpce-1")
    assert isinstance(model.answer(source=app(model), to=endpoint, port=443), Packet) is reached
    assert isinstance(model.answer(source=INTERNET, to=endpoint, port=443), Blocked)


S3 = {
    "VpcEndpointId": "vpce-s3",
    "VpcEndpointType": "Gateway",
    "VpcId": "vpc-1",
    "ServiceName": "com.amazonaws.eu-west-1.s3",
    "State": "available",
}
S3_LIST = {"PrefixListId": "pl-s3", "PrefixListName": "com.amazonaws.eu-west-1.s3", "Cidrs": ["52.218.0.0/17"]}
TO_S3 = {"DestinationPrefixListId": "pl-s3", "GatewayId": "vpce-s3"}


@pytest.mark.parametrize(
    ("egress", "routes", "reached"),
    [
        ([OPEN], [TO_S3], True),
        ([tcp(443, lists=["pl-s3"])], [TO_S3], True),
        ([tcp(443, "52.218.1.0/24")], [TO_S3], True),
        ([tcp(80, "0.0.0.0/0")], [TO_S3], False),
        ([OPEN], [], False),
    ],
)
def test_a_gateway_endpoint_needs_a_route_and_a_way_out(egress, routes, reached):
    model = network(groups=[group("sg-app", egress=egress)], endpoints=[S3], prefix_lists=[S3_LIST], app_routes=routes)
    found = model.answer(source=app(model), to=model.endpoints.get("vpce-s3"), port=443)
    assert isinstance(found, Packet) is reached


def test_a_gateway_endpoint_is_no_way_to_the_internet():
    model = network(groups=[group("sg-app")], endpoints=[S3], prefix_lists=[S3_LIST], app_routes=[TO_S3])
    assert isinstance(model.answer(source=app(model), to=INTERNET, port=443), Blocked)


def test_a_service_whose_addresses_are_not_described_cannot_be_judged():
    model = network(groups=[group("sg-app")], endpoints=[S3], app_routes=[TO_S3])
    with pytest.raises(Unjudged, match="prefix list"):
        model.answer(source=app(model), to=model.endpoints.get("vpce-s3"), port=443)


def test_a_prefix_list_of_both_families_routes_both():
    both = {"PrefixListId": "pl-1", "Entries": [{"Cidr": "198.51.100.0/24"}, {"Cidr": "2001:db8:9::/48"}]}
    route = {"DestinationPrefixListId": "pl-1", "GatewayId": "igw-1"}
    model = network(groups=[group("sg-app")], prefix_lists=[both], app_routes=[route])
    table = app(model).interfaces[0].subnet.routes
    assert table.towards("ipv4", frozenset(["igw-1"])) and table.towards("ipv6", frozenset(["igw-1"]))
