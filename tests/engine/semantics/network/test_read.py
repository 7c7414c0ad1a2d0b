"""A network read from a real emulator: load balancer, prefix list, ACL, public and private hosts."""

import pytest

from hardenlab.semantics.network import INTERNET, Blocked, Packet, every
from hardenlab.semantics.network.read_calls import read_network


@pytest.fixture(scope="module")
def aws():
    # imported here, for whoever runs the other tests of the folder again and again
    import boto3

    from moto import mock_aws

    with mock_aws(), pytest.MonkeyPatch.context() as environment:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.setenv(name, "x")
        yield {service: boto3.client(service, region_name="us-east-1") for service in ("ec2", "elbv2")}


def tcp(port):
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}


@pytest.fixture(scope="module")
def shop(aws):
    """A balancer before a private web host, a bastion with a public address, a NAT gateway."""
    ec2, elbv2 = aws["ec2"], aws["elbv2"]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)

    def subnet(number, zone):
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)["Subnet"][
            "SubnetId"
        ]
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(RouteTableId=table, SubnetId=made)
        return made, table

    (edge, edge_table), (edge2, edge2_table), (inner, inner_table) = (
        subnet(1, "us-east-1a"),
        subnet(2, "us-east-1b"),
        subnet(3, "us-east-1a"),
    )
    for table in (edge_table, edge2_table):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=edge, AllocationId=address)["NatGateway"]["NatGatewayId"]
    ec2.create_route(RouteTableId=inner_table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)

    def group(name):
        return ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]

    balancer_group, web_group, bastion_group = group("alb"), group("web"), group("bastion")
    office = ec2.create_managed_prefix_list(
        PrefixListName="office", MaxEntries=5, AddressFamily="IPv4", Entries=[{"Cidr": "203.0.113.0/28"}]
    )["PrefixList"]["PrefixListId"]
    ec2.authorize_security_group_ingress(
        GroupId=balancer_group, IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp="0.0.0.0/0"
    )
    from_balancer = {"UserIdGroupPairs": [{"GroupId": balancer_group}]}
    ec2.authorize_security_group_ingress(GroupId=web_group, IpPermissions=[tcp(8080) | from_balancer])
    from_office = {"PrefixListIds": [{"PrefixListId": office}]}
    ec2.authorize_security_group_ingress(GroupId=bastion_group, IpPermissions=[tcp(22) | from_office])

    def instance(subnet_id, group_id, public):
        face = {"DeviceIndex": 0, "SubnetId": subnet_id, "Groups": [group_id], "AssociatePublicIpAddress": public}
        made = ec2.run_instances(ImageId="ami-04681a1dbd79675a5", MinCount=1, MaxCount=1, NetworkInterfaces=[face])
        return made["Instances"][0]["InstanceId"]

    web, bastion = instance(inner, web_group, False), instance(edge, bastion_group, True)
    balancer = elbv2.create_load_balancer(Name="shop", Subnets=[edge, edge2], SecurityGroups=[balancer_group])[
        "LoadBalancers"
    ][0]["LoadBalancerArn"]
    targets = elbv2.create_target_group(Name="web", Protocol="HTTP", Port=8080, VpcId=vpc)["TargetGroups"][0][
        "TargetGroupArn"
    ]
    elbv2.register_targets(TargetGroupArn=targets, Targets=[{"Id": web}])
    elbv2.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=443,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": targets}],
    )
    return {"web": web, "bastion": bastion, "balancer": balancer, "web_group": web_group, "inner": inner}


def read(aws):
    return read_network(lambda service: aws[service])


def test_customers_reach_the_balancer_and_the_balancer_reaches_the_web_host(aws, shop):
    network = read(aws)
    balancer, web = network.load_balancers.named("shop"), network.instances.get(shop["web"])
    assert isinstance(network.works(source=every(INTERNET), to=balancer, port=443), Packet)
    assert network.witness(source=INTERNET, to=balancer, port=22) is None
    assert isinstance(network.works(source=balancer, to=web, port=8080), Packet)
    assert network.witness(source=balancer, to=web, port=22) is None
    assert balancer.targets and balancer.listeners[0].port == 443


def test_nobody_reaches_the_private_host_and_it_reaches_out_through_nat(aws, shop):
    network = read(aws)
    web = network.instances.get(shop["web"])
    assert network.witness(source=INTERNET, to=web, port=8080) is None
    assert "no public" in str(network.answer(source=INTERNET, to=web, port=8080))
    assert isinstance(network.works(source=web, to=INTERNET, port=443), Packet)


def test_the_office_reaches_the_bastion_through_a_prefix_list_and_nobody_else_does(aws, shop):
    network = read(aws)
    bastion = network.instances.get(shop["bastion"])
    assert network.internet_sources(bastion, 22) == ("203.0.113.0/28",)
    assert isinstance(network.works(source=every("203.0.113.0/28"), to=bastion, port=22), Packet)
    answer = network.works(source=every("203.0.113.0/24"), to=bastion, port=22)
    assert isinstance(answer, Blocked) and answer.source
    assert str(network.open_ports(bastion)) == "tcp 22"


def test_a_stopped_host_loses_its_address_and_does_not_work_and_its_group_still_admits(aws, shop):
    aws["ec2"].stop_instances(InstanceIds=[shop["bastion"]])
    network = read(aws)
    aws["ec2"].start_instances(InstanceIds=[shop["bastion"]])
    bastion = network.instances.get(shop["bastion"])
    assert bastion.groups[0].admits("203.0.113.1", 22)
    assert network.witness(source="203.0.113.1", to=bastion, port=22) is None
    assert "stopped" in str(network.works(source="203.0.113.1", to=bastion, port=22))


def test_a_group_knows_who_carries_and_who_names_it(aws, shop):
    network = read(aws)
    balancer_group = network.load_balancers.named("shop").groups[0]
    assert balancer_group.referenced_by == (shop["web_group"],)
    assert shop["balancer"] in balancer_group.attached_to
    assert network.security_groups.get(shop["web_group"]).attached_to
