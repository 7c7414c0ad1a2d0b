"""Changes that a learner might make to an account: `change(live, facts)`, by the name of a fact or by an id."""

EVERYBODY = "0.0.0.0/0"
HALVES = ("0.0.0.0/1", "128.0.0.0/1")


def admit(fact, ports, *blocks, protocol="tcp", egress=False, ipv6=()):
    """Authorise the blocks in the group of a fact."""

    def change(live, facts):
        permission = {"IpProtocol": protocol}
        permission |= {"FromPort": ports[0], "ToPort": ports[1]} if ports else {}
        permission |= {"IpRanges": [{"CidrIp": facts.get(block, block)} for block in blocks]} if blocks else {}
        permission |= {"Ipv6Ranges": [{"CidrIpv6": block} for block in ipv6]} if ipv6 else {}
        way = "egress" if egress else "ingress"
        call = getattr(live.client("ec2"), f"authorize_security_group_{way}")
        call(GroupId=facts[fact], IpPermissions=[permission])

    return change


def entry(acl, number, block, action, *, ports=None, egress=False):
    """One more entry in an ACL, given as its id or as the fact of a subnet that is on it."""

    def change(live, facts):
        ranged = {"Protocol": "6", "PortRange": {"From": ports[0], "To": ports[1]}} if ports else {"Protocol": "-1"}
        live.client("ec2").create_network_acl_entry(
            NetworkAclId=acl_of(live, facts, acl), RuleNumber=number, RuleAction=action, Egress=egress,
            CidrBlock=facts.get(block, block), **ranged,
        )  # fmt: skip

    return change


def acl_of(live, facts, name):
    if name.startswith("acl-") or name.endswith("_acl"):
        return facts.get(name, name)
    return association(live, facts[name])["NetworkAclId"]


def association(live, subnet):
    acls = live.client("ec2").describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])
    return next(item for item in acls["NetworkAcls"][0]["Associations"] if item["SubnetId"] == subnet)


def edge_behind_a_transit_gateway(live, facts):
    """The edge subnets' replies leave through something that the model cannot see behind."""
    ec2 = live.client("ec2")
    for group, port in (("bastion_group", 22), ("web_group", 8080)):
        admit(group, (port, port), EVERYBODY)(live, facts)
    gateway = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    for subnet in facts["edge_subnets"]:
        filters = [{"Name": "association.subnet-id", "Values": [subnet]}]
        table = ec2.describe_route_tables(Filters=filters)["RouteTables"][0]
        for route in table["Routes"]:
            if route.get("GatewayId", "").startswith("igw-"):
                found = {"RouteTableId": table["RouteTableId"], "DestinationCidrBlock": route["DestinationCidrBlock"]}
                ec2.delete_route(**found)
                ec2.create_route(**found, TransitGatewayId=gateway)
