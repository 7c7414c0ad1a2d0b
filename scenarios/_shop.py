"""The shop's network, healthy: what the scenarios of the network module start from."""

from ipaddress import ip_network

EPHEMERAL = (1024, 65535)
# large parts of the internet, none of which holds the office or the hostile range
CUSTOMERS = ("8.0.0.0/7", "50.0.0.0/8", "100.128.0.0/9", "150.0.0.0/8", "210.0.0.0/8")


def build(account, vary):
    """Build the shop and record its names and ids as facts."""
    ec2 = account.client("ec2")
    network = vary.network("shop")
    account.fact("office", str(vary.office("office")))
    account.fact("hostile_range", hostile_range(vary, account.facts["office"]))
    account.fact("payment_provider", f"104.{vary.number('pay b', 16, 31)}.{vary.number('pay c', 1, 250)}.10")
    vpc = account.fact("shop_vpc", ec2.create_vpc(CidrBlock=str(network))["Vpc"]["VpcId"])
    name(ec2, vpc, vary.choice("vpc name", ["shop", "storefront", "webshop"]))
    subnets = build_subnets(account, vary, network)
    build_acls(account, subnets)
    groups = build_groups(account, vary)
    build_instances(account, vary, subnets, groups)
    build_balancer(account, vary, subnets, groups)
    close_default_groups(account)
    build_watch(account)


def hostile_range(vary, office):
    """A documentation range that is not the office's."""
    others = [
        net
        for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
        if not ip_network(office).subnet_of(ip_network(net))
    ]
    return vary.choice("hostile", others)


def build_subnets(account, vary, network):
    """Two edge subnets with a way in, one for the app with a way out, one for the data with neither."""
    ec2, vpc = account.client("ec2"), account.facts["shop_vpc"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    blocks = vary.sample("blocks", list(network.subnets(new_prefix=24))[:60], 4)
    zones = {"edge-a": "us-east-1a", "edge-b": "us-east-1b", "app": "us-east-1a", "data": "us-east-1a"}
    subnets, tables = {}, {}
    for (tier, zone), block in zip(zones.items(), blocks, strict=True):
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=str(block), AvailabilityZone=zone)["Subnet"]
        subnets[tier] = made["SubnetId"]
        tables[tier] = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(RouteTableId=tables[tier], SubnetId=subnets[tier])
        name(ec2, subnets[tier], tier)
    for tier in ("edge-a", "edge-b"):
        ec2.create_route(RouteTableId=tables[tier], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnets["edge-a"], AllocationId=address)["NatGateway"]["NatGatewayId"]
    ec2.create_route(RouteTableId=tables["app"], DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    account.fact("edge_subnets", [subnets["edge-a"], subnets["edge-b"]])
    account.fact("app_subnet", subnets["app"])
    account.fact("data_subnet", subnets["data"])
    account.fact("app_block", str(blocks[2]))
    account.fact("vpc_block", str(network))
    return subnets


def build_acls(account, subnets):
    """One ACL a tier: open at the edge but for the hostile range, closed to the internet at the data."""
    ec2 = account.client("ec2")
    edge = account.fact("edge_acl", acl_for(ec2, account, [subnets["edge-a"], subnets["edge-b"]], "edge"))
    allow(ec2, edge, 100, account.facts["hostile_range"], action="deny")
    allow(ec2, edge, 200, "0.0.0.0/0")
    allow(ec2, edge, 100, "0.0.0.0/0", egress=True)
    app = acl_for(ec2, account, [subnets["app"]], "app")
    allow(ec2, app, 100, account.facts["vpc_block"])
    allow(ec2, app, 110, "0.0.0.0/0", ports=EPHEMERAL)
    allow(ec2, app, 100, "0.0.0.0/0", egress=True)
    data = account.fact("data_acl", acl_for(ec2, account, [subnets["data"]], "data"))
    allow(ec2, data, 100, account.facts["app_block"], ports=(5432, 5432))
    allow(ec2, data, 100, account.facts["app_block"], ports=EPHEMERAL, egress=True)


def acl_for(ec2, account, subnets, label):
    """A new ACL, associated with these subnets."""
    acl = ec2.create_network_acl(VpcId=account.facts["shop_vpc"])["NetworkAcl"]["NetworkAclId"]
    name(ec2, acl, label)
    listed = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": subnets}])["NetworkAcls"]
    for item in listed:
        for association in item["Associations"]:
            if association["SubnetId"] in subnets:
                ec2.replace_network_acl_association(
                    AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl
                )
    return acl


def allow(ec2, acl, number, block, *, ports=None, egress=False, action="allow"):
    """One ACL entry; all traffic unless ports are given."""
    ranged = {"Protocol": "6", "PortRange": {"From": ports[0], "To": ports[1]}} if ports else {"Protocol": "-1"}
    ec2.create_network_acl_entry(
        NetworkAclId=acl, RuleNumber=number, RuleAction=action, Egress=egress, CidrBlock=block, **ranged
    )


def build_groups(account, vary):
    """A group a role, each with the rules that its flows need, in and out."""
    ec2, vpc, office = account.client("ec2"), account.facts["shop_vpc"], account.facts["office"]
    groups = {}
    for role in vary.shuffled("group order", ["balancer", "web", "app", "data", "bastion", "reports", "partners"]):
        made = ec2.create_security_group(GroupName=f"{role}-sg", Description=f"{role} of the shop", VpcId=vpc)
        groups[role] = made["GroupId"]
        close_outbound(ec2, groups[role])
        name(ec2, groups[role], role)
    inbound = {
        "balancer": [tcp(443) | source("0.0.0.0/0"), tcp(80) | source("0.0.0.0/0")],
        "web": [tcp(8080) | group(groups["balancer"]), tcp(22) | group(groups["bastion"])],
        # the partners' group is attached to nothing until the autumn, and is named here: leave it
        "app": [tcp(9000) | group(groups["web"]), tcp(9443) | group(groups["partners"])],
        "data": [tcp(5432) | group(groups["app"])],
        "bastion": [tcp(22) | source(office)],
        "reports": [tcp(3389) | source(office)],
    }
    outbound = {
        "balancer": [tcp(8080) | group(groups["web"])],
        "web": [tcp(9000) | group(groups["app"])],
        "app": [tcp(5432) | group(groups["data"]), tcp(443) | source("0.0.0.0/0")],
        "bastion": [tcp(22) | source(account.facts["vpc_block"])],
        "reports": [tcp(443) | source("0.0.0.0/0")],
    }
    for role, rules in inbound.items():
        ec2.authorize_security_group_ingress(GroupId=groups[role], IpPermissions=rules)
    for role, rules in outbound.items():
        ec2.authorize_security_group_egress(GroupId=groups[role], IpPermissions=rules)
    for role in ("balancer", "web", "app", "data", "bastion", "reports", "partners"):
        account.fact(f"{role}_group", groups[role])
    return groups


def build_instances(account, vary, subnets, groups):
    """Five instances. The web instance has a public address from before there was a balancer."""
    places = {
        "bastion": ("edge-a", True),
        "reports": (vary.choice("reports place", ["edge-a", "edge-b"]), True),
        "web": ("edge-b", True),
        "app": ("app", False),
        "data": ("data", False),
    }
    ec2 = account.client("ec2")
    for role, (tier, public) in places.items():
        face = {
            "DeviceIndex": 0,
            "SubnetId": subnets[tier],
            "Groups": [groups[role]],
            "AssociatePublicIpAddress": public,
        }
        tags = [
            {
                "ResourceType": "instance",
                "Tags": [{"Key": "Name", "Value": f"{role}-1"}, {"Key": "env", "Value": "prod"}],
            }
        ]
        made = ec2.run_instances(
            ImageId="ami-04681a1dbd79675a5", InstanceType="t3.small", MinCount=1, MaxCount=1, NetworkInterfaces=[face],
            TagSpecifications=tags,
        )["Instances"][0]["InstanceId"]  # fmt: skip
        account.fact(f"{role}_instance", made)


def build_balancer(account, vary, subnets, groups):
    """An internet-facing balancer: 443 forwards to the web instance, 80 redirects to 443."""
    elbv2 = account.client("elbv2")
    domain = vary.choice("domain", ["shop.example", "store.example", "boutique.example"])
    certificate = account.client("acm").request_certificate(DomainName=domain)["CertificateArn"]
    made = elbv2.create_load_balancer(
        Name="shop", Subnets=[subnets["edge-a"], subnets["edge-b"]], SecurityGroups=[groups["balancer"]]
    )["LoadBalancers"][0]["LoadBalancerArn"]
    targets = elbv2.create_target_group(Name="web", Protocol="HTTP", Port=8080, VpcId=account.facts["shop_vpc"])
    arn = targets["TargetGroups"][0]["TargetGroupArn"]
    elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": account.facts["web_instance"], "Port": 8080}])
    elbv2.create_listener(
        LoadBalancerArn=made, Protocol="HTTPS", Port=443, Certificates=[{"CertificateArn": certificate}],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
    )  # fmt: skip
    redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    elbv2.create_listener(
        LoadBalancerArn=made,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "redirect", "RedirectConfig": redirect}],
    )
    account.fact("balancer", made)


GROUP_CHANGES = (
    "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress", "RevokeSecurityGroupIngress",
    "RevokeSecurityGroupEgress", "CreateSecurityGroup", "DeleteSecurityGroup",
)  # fmt: skip


def build_watch(account):
    """The trail's events arrive in a log group; changes of groups are counted there, and an alarm watches the count."""
    logs, sns = account.client("logs"), account.client("sns")
    logs.create_log_group(logGroupName=account.fact("trail_log_group", "/trail/management-events"))
    topic = account.fact("duty_topic", sns.create_topic(Name="on-duty")["TopicArn"])
    queue = account.client("sqs").create_queue(QueueName="pager")["QueueUrl"]
    arn = account.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])
    count_changes(account, GROUP_CHANGES)
    account.client("cloudwatch").put_metric_alarm(
        AlarmName="group-changes", Namespace="Shop/Security", MetricName="GroupChanges", Statistic="Sum", Period=300,
        EvaluationPeriods=1, Threshold=5, ComparisonOperator="GreaterThanThreshold", AlarmActions=[topic],
    )  # fmt: skip


def count_changes(account, names):
    """A metric filter that counts these calls."""
    account.client("logs").put_metric_filter(
        logGroupName="/trail/management-events", filterName="group-changes",
        filterPattern="{ " + " || ".join(f"($.eventName = {name})" for name in names) + " }",
        metricTransformations=[
            {"metricNamespace": "Shop/Security", "metricName": "GroupChanges", "metricValue": "1"}
        ],
    )  # fmt: skip


def close_default_groups(account):
    """Every VPC's default group without rules: whoever forgets to name a group gets nothing."""
    ec2 = account.client("ec2")
    groups = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["default"]}])["SecurityGroups"]
    for item in groups:
        if item["IpPermissions"]:
            ec2.revoke_security_group_ingress(GroupId=item["GroupId"], IpPermissions=item["IpPermissions"])
        if item["IpPermissionsEgress"]:
            ec2.revoke_security_group_egress(GroupId=item["GroupId"], IpPermissions=item["IpPermissionsEgress"])
        if item["VpcId"] == account.facts.get("shop_vpc"):
            account.fact("default_group", item["GroupId"])


def close_outbound(ec2, id):
    """Take away the rule with which a new group may send anything."""
    rules = ec2.describe_security_groups(GroupIds=[id])["SecurityGroups"][0]["IpPermissionsEgress"]
    if rules:
        ec2.revoke_security_group_egress(GroupId=id, IpPermissions=rules)


def name(ec2, resource, text):
    ec2.create_tags(Resources=[resource], Tags=[{"Key": "Name", "Value": text}])


def tcp(first, last=None):
    return {"IpProtocol": "tcp", "FromPort": first, "ToPort": first if last is None else last}


def source(block):
    return {"IpRanges": [{"CidrIp": block}]}


def group(id):
    return {"UserIdGroupPairs": [{"GroupId": id}]}


def halves(block):
    return [str(half) for half in ip_network(block).subnets()]
