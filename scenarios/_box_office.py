"""A ticket seller's network in tiers and zones, healthy: what the segmentation scenario starts from."""

import json

from ._shop import close_outbound, group, name, source, tcp

ZONES = ("us-east-1a", "us-east-1b")
TIERS = ("edge", "web", "app", "data")
CORE_ACTIONS = [
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
]


def build(account, vary):
    """Build the box office, the analysts' VPC beside it, and record their names and ids as facts."""
    account.fact("office", str(vary.office("office")))
    account.fact("payment_provider", f"104.{vary.number('pay b', 16, 31)}.{vary.number('pay c', 1, 250)}.10")
    account.fact("default_vpc", default_vpc(account.client("ec2")))
    build_vpc(account, vary)
    build_analytics(account, vary)
    build_peering(account)
    build_roles(account)
    build_groups(account, vary)
    build_endpoints(account)
    build_instances(account, vary)
    build_balancer(account, vary)
    build_logs(account, vary)
    build_alarms(account, vary)


def default_vpc(ec2):
    return ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]


def build_vpc(account, vary):
    """Four tiers in two zones: edge leads to the internet gateway, app to its zone's NAT gateway, the rest nowhere."""
    ec2, network = account.client("ec2"), vary.network("tickets")
    vpc = account.fact("tickets_vpc", ec2.create_vpc(CidrBlock=str(network))["Vpc"]["VpcId"])
    account.fact("vpc_block", str(network))
    name(ec2, vpc, "tickets")
    gateway = account.fact("internet_gateway", ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"])
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    blocks = iter(vary.sample("blocks", list(network.subnets(new_prefix=24))[:80], 8))
    for tier in TIERS:
        made = [subnet(ec2, vpc, str(next(blocks)), zone, f"{tier}-{zone[-1]}") for zone in ZONES]
        account.fact(f"{tier}_subnets", [item["SubnetId"] for item in made])
        account.fact(f"{tier}_blocks", [item["CidrBlock"] for item in made])
    for edge in account.facts["edge_subnets"]:
        ec2.create_route(RouteTableId=table_of(ec2, edge), DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    account.fact("nat_gateways", [nat_gateway(ec2, edge) for edge in account.facts["edge_subnets"]])
    for app, nat in zip(account.facts["app_subnets"], account.facts["nat_gateways"], strict=True):
        ec2.create_route(RouteTableId=table_of(ec2, app), DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)


def subnet(ec2, vpc, block, zone, label):
    """A subnet with a route table of its own."""
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=made["SubnetId"])
    name(ec2, made["SubnetId"], label)
    name(ec2, table, label)
    return made


def table_of(ec2, subnet_id):
    """The route table that is associated with a subnet."""
    found = ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [subnet_id]}])
    return found["RouteTables"][0]["RouteTableId"]


def nat_gateway(ec2, edge):
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    return ec2.create_nat_gateway(SubnetId=edge, AllocationId=address)["NatGateway"]["NatGatewayId"]


def build_analytics(account, vary):
    """The analysts' own VPC: one subnet reads the orders, the other is for experiments."""
    ec2 = account.client("ec2")
    taken = account.facts["vpc_block"].split(".")[1]
    network = next(
        net for net in map(vary.network, ("analytics", "analytics 2", "analytics 3")) if str(net).split(".")[1] != taken
    )
    vpc = account.fact("analytics_vpc", ec2.create_vpc(CidrBlock=str(network))["Vpc"]["VpcId"])
    account.fact("analytics_block", str(network))
    name(ec2, vpc, "analytics")
    blocks = vary.sample("analytics blocks", list(network.subnets(new_prefix=24))[:80], 2)
    for label, block in zip(("reports", "experiments"), blocks, strict=True):
        made = subnet(ec2, vpc, str(block), ZONES[0], label)
        account.fact(f"{label}_subnet", made["SubnetId"])
        account.fact(f"{label}_block", made["CidrBlock"])


def build_peering(account):
    """The two VPCs peer, and routes lead from the reports to the database's subnets and back, no further."""
    ec2 = account.client("ec2")
    made = ec2.create_vpc_peering_connection(
        VpcId=account.facts["analytics_vpc"], PeerVpcId=account.facts["tickets_vpc"]
    )["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=made)
    account.fact("peering", made)
    reports = table_of(ec2, account.facts["reports_subnet"])
    for data, block in zip(account.facts["data_subnets"], account.facts["data_blocks"], strict=True):
        peer(ec2, reports, block, made)
        peer(ec2, table_of(ec2, data), account.facts["reports_block"], made)


def peer(ec2, table, block, connection):
    ec2.create_route(RouteTableId=table, DestinationCidrBlock=block, VpcPeeringConnectionId=connection)


def build_roles(account):
    """Who may do what: the network team all of EC2's network, the others what their work needs."""
    iam = account.client("iam")
    account.fact("network_role", role(iam, account, "network-operations", allow(["ec2:*", "elasticloadbalancing:*"])))
    developers = ["ec2:Describe*", "ec2:StartInstances", "ec2:StopInstances", "ec2:RebootInstances", "logs:Get*"]
    account.fact("developers_role", role(iam, account, "developers", allow(developers)))
    pipeline = ["ec2:DescribeInstances", "elasticloadbalancing:*Targets", "ssm:SendCommand"]
    account.fact("pipeline_role", role(iam, account, "release-pipeline", allow(pipeline)))
    operators = ["ssm:StartSession", "ssm:TerminateSession", "ssm:ResumeSession", "ec2:DescribeInstances"]
    account.fact("operators_role", role(iam, account, "operators", allow(operators)))
    agent = role(iam, account, "tickets-instance", allow(CORE_ACTIONS), service="ec2.amazonaws.com")
    account.fact("instance_role", agent)
    iam.create_instance_profile(InstanceProfileName="tickets-instance")
    iam.add_role_to_instance_profile(InstanceProfileName="tickets-instance", RoleName="tickets-instance")


def role(iam, account, label, policy, *, service=None):
    """A role with one inline policy; people of the account assume it unless a service does."""
    principal = {"Service": service} if service else {"AWS": f"arn:aws:iam::{account.id}:root"}
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    if not service:  # who signs in through the company's directory gets one role, by his group
        trust["Condition"] = {"StringEquals": {"aws:PrincipalTag/group": label}}
    made = iam.create_role(RoleName=label, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=label, PolicyName="work", PolicyDocument=document(policy))
    return made


def allow(actions, resource="*"):
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def build_groups(account, vary):
    """A group a tier, named by the tier before it. Outbound is as new groups are: the perimeter lab is about that."""
    ec2, made = account.client("ec2"), {}
    roles = ["balancer", "web", "app", "data", "endpoints"]
    for role_name in vary.shuffled("group order", roles):
        made[role_name] = new_group(ec2, account.facts["tickets_vpc"], role_name)
    made["reports"] = new_group(ec2, account.facts["analytics_vpc"], "reports")
    close_outbound(ec2, made["endpoints"])
    inbound = {
        "balancer": [tcp(443) | source("0.0.0.0/0")],
        "web": [tcp(8080) | group(made["balancer"])],
        "app": [tcp(9000) | group(made["web"])],
        # the reports come through the peering: their subnet is named by its addresses
        "data": [tcp(5432) | group(made["app"]), tcp(5432) | source(account.facts["reports_block"])],
        "endpoints": [tcp(443) | group(made[tier]) for tier in ("web", "app", "data")],
    }
    inbound["data"].append(tcp(5432) | group(made["data"]))
    for role_name, rules in inbound.items():
        ec2.authorize_security_group_ingress(GroupId=made[role_name], IpPermissions=rules)
    for role_name in (*roles, "reports"):
        account.fact(f"{role_name}_group", made[role_name])


def new_group(ec2, vpc, label):
    made = ec2.create_security_group(GroupName=f"{label}-sg", Description=f"{label} of the box office", VpcId=vpc)
    name(ec2, made["GroupId"], label)
    return made["GroupId"]


def build_endpoints(account):
    """Session Manager's two endpoints, with private names, in the app's subnets."""
    ec2, endpoints = account.client("ec2"), []
    for service in ("ssm", "ssmmessages"):
        made = ec2.create_vpc_endpoint(
            VpcId=account.facts["tickets_vpc"], ServiceName=f"com.amazonaws.us-east-1.{service}",
            VpcEndpointType="Interface", SubnetIds=account.facts["app_subnets"],
            SecurityGroupIds=[account.facts["endpoints_group"]], PrivateDnsEnabled=True,
        )["VpcEndpoint"]["VpcEndpointId"]  # fmt: skip
        name(ec2, made, service)
        endpoints.append(made)
    account.fact("endpoints", endpoints)


def build_instances(account, vary):
    """Two instances a tier, one a zone, and two of the analysts."""
    ec2 = account.client("ec2")
    for tier, label in (("web", "web"), ("app", "app"), ("data", "orders")):
        subnets = account.facts[f"{tier}_subnets"]
        made = [
            instance(account, ec2, f"{label}-{zone[-1]}", place, [account.facts[f"{tier}_group"]], profile=True)
            for zone, place in zip(ZONES, subnets, strict=True)
        ]
        account.fact(f"{tier}_instances", made)
    reports = [account.facts["reports_group"]]
    account.fact("reports_instance", instance(account, ec2, "reports-1", account.facts["reports_subnet"], reports))
    notebook = instance(account, ec2, "notebook-1", account.facts["experiments_subnet"], reports)
    account.fact("notebook_instance", notebook)


def instance(account, ec2, label, place, groups, *, public=False, profile=False):
    """A running instance in a subnet."""
    face = {"DeviceIndex": 0, "SubnetId": place, "Groups": groups, "AssociatePublicIpAddress": public}
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": label}]}]
    with_role = {"IamInstanceProfile": {"Name": "tickets-instance"}} if profile else {}
    return ec2.run_instances(
        ImageId="ami-04681a1dbd79675a5", InstanceType="t3.small", MinCount=1, MaxCount=1, NetworkInterfaces=[face],
        TagSpecifications=tags, **with_role,
    )["Instances"][0]["InstanceId"]  # fmt: skip


def build_balancer(account, vary):
    """An internet-facing balancer in both zones; both web instances are its targets."""
    elbv2 = account.client("elbv2")
    domain = vary.choice("domain", ["tickets.example", "boxoffice.example", "front-row.example"])
    certificate = account.client("acm").request_certificate(DomainName=domain)["CertificateArn"]
    made = elbv2.create_load_balancer(
        Name="tickets", Subnets=account.facts["edge_subnets"], SecurityGroups=[account.facts["balancer_group"]]
    )["LoadBalancers"][0]["LoadBalancerArn"]
    targets = elbv2.create_target_group(Name="web", Protocol="HTTP", Port=8080, VpcId=account.facts["tickets_vpc"])
    arn = targets["TargetGroups"][0]["TargetGroupArn"]
    elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": id} for id in account.facts["web_instances"]])
    elbv2.create_listener(
        LoadBalancerArn=made, Protocol="HTTPS", Port=443, Certificates=[{"CertificateArn": certificate}],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
    )  # fmt: skip
    account.fact("balancer", made)
    account.fact("web_targets", arn)


def build_logs(account, vary):
    """Flow logs of all three VPCs, the balancer's access log, and the role and bucket that take them."""
    ec2, s3 = account.client("ec2"), account.client("s3")
    bucket = account.fact("logs_bucket", f"box-office-logs-{vary.number('bucket', 10_000, 99_999)}")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=document(*deliveries(account)))
    account.client("logs").create_log_group(logGroupName="/vpc/flows")
    account.fact("log_group", "/vpc/flows")
    writes = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogGroups", "logs:DescribeLogStreams"]
    iam, service = account.client("iam"), "vpc-flow-logs.amazonaws.com"
    role_arn = account.fact("flow_log_role", role(iam, account, "flow-logs", allow(writes), service=service))
    account.fact("flow_logs", [flow_log(ec2, account.facts["tickets_vpc"], role_arn)])
    flow_log(ec2, account.facts["analytics_vpc"], role_arn)
    # nothing should ever happen in the default VPC; its log costs little in S3, and tells when something does
    ec2.create_flow_logs(
        ResourceIds=[account.facts["default_vpc"]], ResourceType="VPC", TrafficType="ALL", LogDestinationType="s3",
        LogDestination=f"arn:aws:s3:::{bucket}",
    )  # fmt: skip
    log_requests(account, bucket)


def flow_log(ec2, resource, role_arn, *, kind="VPC", traffic="ALL"):
    made = ec2.create_flow_logs(
        ResourceIds=[resource], ResourceType=kind, TrafficType=traffic, LogDestinationType="cloud-watch-logs",
        LogGroupName="/vpc/flows", DeliverLogsPermissionArn=role_arn,
    )  # fmt: skip
    return made["FlowLogIds"][0]


def deliveries(account):
    """The statements that let AWS deliver logs to the bucket."""
    arn = f"arn:aws:s3:::{account.facts['logs_bucket']}"
    return [
        deliver("logdelivery.elasticloadbalancing.amazonaws.com", f"{arn}/balancer/AWSLogs/{account.id}/*"),
        deliver("delivery.logs.amazonaws.com", f"{arn}/AWSLogs/{account.id}/*"),
    ]


def deliver(service, objects):
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": "s3:PutObject", "Resource": objects}


def log_requests(account, bucket, on="true"):
    values = {"enabled": on, "bucket": bucket, "prefix": "balancer"}
    account.client("elbv2").modify_load_balancer_attributes(
        LoadBalancerArn=account.facts["balancer"],
        Attributes=[{"Key": f"access_logs.s3.{key}", "Value": value} for key, value in values.items()],
    )


def build_alarms(account, vary):
    """Alarms on both NAT gateways and the balancer, which call whoever is on duty."""
    sns = account.client("sns")
    topic = account.fact("duty_topic", sns.create_topic(Name="on-duty")["TopicArn"])
    queue = account.client("sqs").create_queue(QueueName="pager")["QueueUrl"]
    arn = account.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])
    for number, nat in enumerate(account.facts["nat_gateways"], start=1):
        nat_alarm(account, f"nat-{number}-out-of-ports", nat)
    account.client("cloudwatch").put_metric_alarm(
        AlarmName="tickets-unhealthy", Namespace="AWS/ApplicationELB", MetricName="UnHealthyHostCount",
        Dimensions=balancer_dimensions(account), Statistic="Maximum", Period=60, EvaluationPeriods=3, Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold", AlarmActions=[topic],
    )  # fmt: skip


def nat_alarm(account, label, nat, **changes):
    """An alarm on a NAT gateway that runs out of ports."""
    account.client("cloudwatch").put_metric_alarm(
        **{
            "AlarmName": label, "Namespace": "AWS/NATGateway", "MetricName": "ErrorPortAllocation",
            "Dimensions": [{"Name": "NatGatewayId", "Value": nat}], "Statistic": "Sum", "Period": 300,
            "EvaluationPeriods": 1, "Threshold": 0, "ComparisonOperator": "GreaterThanThreshold",
            "AlarmActions": [account.facts["duty_topic"]],
        }
        | changes
    )  # fmt: skip


def balancer_dimensions(account):
    """As CloudWatch names a balancer and its target group: the ends of their ARNs."""
    return [
        {"Name": "LoadBalancer", "Value": account.facts["balancer"].split(":loadbalancer/")[1]},
        {"Name": "TargetGroup", "Value": account.facts["web_targets"].rsplit(":", 1)[1]},
    ]
