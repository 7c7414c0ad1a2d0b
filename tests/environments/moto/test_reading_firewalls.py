"""A firewall built with boto3 in the emulator, read back and followed by the network evaluator."""

import pytest

from hardenlab.semantics.network import INTERNET, Blocked, Packet
from hardenlab.semantics.network.read_calls import read_network

ANYWHERE = "0.0.0.0/0"


def rules(**source):
    return {"RulesSource": source}


@pytest.fixture
def inspected(account):
    """A public host whose way to and from the internet leads through a firewall with an allow list."""
    ec2, nfw = account.client("ec2"), account.client("network-firewall")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    subnets, tables = {}, {}
    for number, name in enumerate(("web", "fw")):
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24")["Subnet"]
        subnets[name] = made["SubnetId"]
        tables[name] = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(RouteTableId=tables[name], SubnetId=subnets[name])
    names = {"Targets": [".example.com"], "TargetTypes": ["TLS_SNI"], "GeneratedRulesType": "ALLOWLIST"}
    group = nfw.create_rule_group(
        RuleGroupName="names", Type="STATEFUL", Capacity=10, RuleGroup=rules(RulesSourceList=names)
    )["RuleGroupResponse"]["RuleGroupArn"]
    policy = nfw.create_firewall_policy(
        FirewallPolicyName="inspect",
        FirewallPolicy={
            "StatelessDefaultActions": ["aws:forward_to_sfe"],
            "StatelessFragmentDefaultActions": ["aws:drop"],
            "StatefulRuleGroupReferences": [{"ResourceArn": group}],
        },
    )["FirewallPolicyResponse"]["FirewallPolicyArn"]
    nfw.create_firewall(
        FirewallName="inspect", FirewallPolicyArn=policy, VpcId=vpc, SubnetMappings=[{"SubnetId": subnets["fw"]}]
    )
    states = nfw.describe_firewall(FirewallName="inspect")["FirewallStatus"]["SyncStates"]
    (endpoint,) = [state["Attachment"]["EndpointId"] for state in states.values()]
    ec2.create_route(RouteTableId=tables["web"], DestinationCidrBlock=ANYWHERE, VpcEndpointId=endpoint)
    ec2.create_route(RouteTableId=tables["fw"], DestinationCidrBlock=ANYWHERE, GatewayId=gateway)
    edge = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=edge, GatewayId=gateway)
    ec2.create_route(RouteTableId=edge, DestinationCidrBlock="10.9.0.0/24", VpcEndpointId=endpoint)
    face = {"DeviceIndex": 0, "SubnetId": subnets["web"], "AssociatePublicIpAddress": True}
    made = ec2.run_instances(ImageId="ami-04681a1dbd79675a5", MinCount=1, MaxCount=1, NetworkInterfaces=[face])
    network = read_network(account.client)
    return network, network.instances.get(made["Instances"][0]["InstanceId"])


def test_a_firewall_of_the_emulator_decides_by_name(inspected):
    network, web = inspected
    allowed = network.answer(source=web, to=INTERNET, port=443, domain="shop.example.com")
    assert isinstance(allowed, Packet) and "firewall inspect" in " ".join(allowed.hops)
    assert isinstance(network.answer(source=web, to=INTERNET, port=443, domain="example.org"), Blocked)
