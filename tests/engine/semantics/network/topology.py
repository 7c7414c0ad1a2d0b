"""The case table's reduced topology as the documents that describe calls answer."""


def documents(topology):
    vpc = topology["vpc"]
    blocks = vpc["CidrBlocks"]
    found = {
        "Vpcs": [
            {
                "VpcId": vpc["VpcId"],
                "CidrBlock": blocks[0],
                "CidrBlockAssociationSet": [{"CidrBlock": block} for block in blocks if ":" not in block],
                "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": block} for block in blocks if ":" in block],
            }
        ],
        "InternetGateways": [
            {
                "InternetGatewayId": gateway["InternetGatewayId"],
                "Attachments": [{"VpcId": gateway["AttachedVpc"]}] if gateway["AttachedVpc"] else [],
            }
            for gateway in topology["internet_gateways"]
        ],
        "Subnets": [{**subnet, "VpcId": vpc["VpcId"]} for subnet in topology["subnets"]],
        "RouteTables": [table(item, vpc["VpcId"]) for item in topology["route_tables"]],
        "NetworkAcls": [
            {
                "NetworkAclId": acl["NetworkAclId"],
                "VpcId": vpc["VpcId"],
                "Associations": [{"SubnetId": subnet} for subnet in acl["Subnets"]],
                "Entries": acl["Entries"],
            }
            for acl in topology["network_acls"]
        ],
        "SecurityGroups": [{**group, "VpcId": vpc["VpcId"]} for group in topology["security_groups"]],
        "PrefixLists": topology["prefix_lists"],
        "Instances": [instance(item) for item in topology["instances"]],
    }
    add_targets(found, vpc["VpcId"])
    return found


def table(item, vpc):
    return {
        "RouteTableId": item["RouteTableId"],
        "VpcId": vpc,
        "Associations": [{"Main": item["Main"]}] * item["Main"] + [{"SubnetId": subnet} for subnet in item["Subnets"]],
        "Routes": [route(item) for item in item["Routes"]],
    }


def route(item):
    destination = item["Destination"]
    key = "DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock"
    target = item["Target"]
    kind = {"nat": "NatGatewayId", "eig": "EgressOnlyInternetGatewayId"}.get(target[:3], "GatewayId")
    dead = target == "blackhole" or item.get("State") == "blackhole"
    return {key: destination, kind: target, "State": "blackhole" if dead else "active"}


def instance(item):
    return {
        "InstanceId": item["InstanceId"],
        "State": {"Name": "running"},
        "NetworkInterfaces": [
            {
                "NetworkInterfaceId": face["eni"],
                "SubnetId": face["SubnetId"],
                "PrivateIpAddress": face["PrivateIp"],
                "Association": {"PublicIp": face["PublicIp"]} if face["PublicIp"] else None,
                "Ipv6Addresses": [{"Ipv6Address": address} for address in face["Ipv6"]],
                "Groups": [{"GroupId": group} for group in face["Groups"]],
            }
            for face in item["Interfaces"]
        ],
    }


def add_targets(found, vpc):
    """NAT and egress-only gateways that routes name: the table takes them to stand in a public subnet."""
    targets = {
        value
        for table in found["RouteTables"]
        for route in table["Routes"]
        for key, value in route.items()
        if "Gateway" in key
    }
    nats = [target for target in targets if target.startswith("nat")]
    found["EgressOnlyInternetGateways"] = [
        {"EgressOnlyInternetGatewayId": target, "Attachments": [{"VpcId": vpc}]}
        for target in targets
        if target.startswith("eigw")
    ]
    if nats:
        gateway = next(g["InternetGatewayId"] for g in found["InternetGateways"] if g["Attachments"])
        open_entry = {"RuleNumber": 100, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}
        found["Subnets"].append({"SubnetId": "sub-nat", "CidrBlock": "10.0.250.0/24", "VpcId": vpc})
        found["NetworkAcls"].append(
            {
                "NetworkAclId": "acl-nat",
                "VpcId": vpc,
                "Associations": [{"SubnetId": "sub-nat"}],
                "Entries": [{**open_entry, "Egress": False}, {**open_entry, "Egress": True}],
            }
        )
        found["RouteTables"].append(
            {
                "RouteTableId": "rtb-nat",
                "VpcId": vpc,
                "Associations": [{"SubnetId": "sub-nat"}],
                "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway, "State": "active"}],
            }
        )
        found["NatGateways"] = [{"NatGatewayId": nat, "SubnetId": "sub-nat", "State": "available"} for nat in nats]
