"""The network of a cast that brings none of its own: a small shop as EC2's describe calls tell of it."""

from typing import Any

from hardenlab.evidence.cast import Cast, Server
from hardenlab.evidence.habits import hash_of
from hardenlab.semantics.network import Network


def estate(cast: Cast) -> dict[str, list[dict[str, Any]]]:
    """Describe results: web servers on 443, app servers behind a NAT gateway, SSH from the office."""
    subnets = list(cast.block.subnets(new_prefix=24))[1:3]
    vpc, gateway, nat = _id(cast, "vpc"), _id(cast, "igw"), _id(cast, "nat")
    edge, app = _id(cast, "subnet", "edge"), _id(cast, "subnet", "app")
    web_group, app_group = _id(cast, "sg", "web"), _id(cast, "sg", "app")
    ways_out: dict[str, list[dict[str, Any]]] = {edge: [{"GatewayId": gateway}], app: [{"NatGatewayId": nat}]}
    return {
        "Vpcs": [{"VpcId": vpc, "CidrBlock": str(cast.block)}],
        "InternetGateways": [{"InternetGatewayId": gateway, "Attachments": [{"VpcId": vpc, "State": "available"}]}],
        "NatGateways": [{"NatGatewayId": nat, "SubnetId": edge, "State": "available"}],
        "Subnets": [
            {"SubnetId": id, "VpcId": vpc, "CidrBlock": str(block), "AvailabilityZone": f"{cast.region}a"}
            for id, block in zip((edge, app), subnets, strict=True)
        ],
        "RouteTables": [
            {
                "RouteTableId": _id(cast, "rtb", id),
                "VpcId": vpc,
                "Associations": [{"SubnetId": id}],
                "Routes": [
                    {"DestinationCidrBlock": str(cast.block), "GatewayId": "local", "State": "active"},
                    *({"DestinationCidrBlock": "0.0.0.0/0", "State": "active", **target} for target in targets),
                ],
            }
            for id, targets in ways_out.items()
        ],
        "NetworkAcls": [
            {
                "NetworkAclId": _id(cast, "acl", id),
                "VpcId": vpc,
                "Associations": [{"SubnetId": id}],
                "Entries": [_entry(100, egress) for egress in (False, True)],
            }
            for id in (edge, app)
        ],
        "SecurityGroups": [
            _group(vpc, web_group, "web", [_rule(443, "0.0.0.0/0"), _rule(22, str(cast.office))]),
            _group(
                vpc,
                app_group,
                "app",
                [_rule(8080, group=web_group), _rule(5432, group=app_group), _rule(22, group=web_group)],
            ),
        ],
        "Instances": [
            _instance(cast, server, *((edge, web_group) if server.public else (app, app_group)), vpc)
            for server in cast.servers
        ],
    }


def network_of(cast: Cast) -> Network:
    """The cast's own network, to be asked."""
    return Network.from_describe(estate(cast))


def interface_of(cast: Cast, server: Server) -> str:
    """The id of a server's interface in the cast's own network."""
    return _id(cast, "eni", server.name)


def _id(cast: Cast, prefix: str, name: str = "") -> str:
    return f"{prefix}-0{hash_of(cast, prefix + name)}"


def _entry(number: int, egress: bool) -> dict[str, Any]:
    entry = {"RuleNumber": number, "RuleAction": "allow", "Protocol": "-1", "Egress": egress}
    return entry | {"CidrBlock": "0.0.0.0/0"}


def _rule(port: int, cidr: str = "", group: str = "") -> dict[str, Any]:
    rule: dict[str, Any] = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}
    return rule | ({"IpRanges": [{"CidrIp": cidr}]} if cidr else {"UserIdGroupPairs": [{"GroupId": group}]})


def _group(vpc: str, id: str, name: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    out = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    return {"GroupId": id, "GroupName": name, "VpcId": vpc, "IpPermissions": rules, "IpPermissionsEgress": out}


def _instance(cast: Cast, server: Server, subnet: str, group: str, vpc: str) -> dict[str, Any]:
    face: dict[str, Any] = {
        "NetworkInterfaceId": interface_of(cast, server),
        "SubnetId": subnet,
        "VpcId": vpc,
        "PrivateIpAddress": server.private,
        "Groups": [{"GroupId": group}],
    }
    if server.public:
        face["Association"] = {"PublicIp": server.public}
    return {
        "InstanceId": server.instance,
        "State": {"Name": "running"},
        "Tags": [{"Key": "Name", "Value": server.name}],
        "NetworkInterfaces": [face],
    }
