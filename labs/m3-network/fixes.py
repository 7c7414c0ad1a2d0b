"""Other ways that are as good, and ways that look as good and are not."""

import json

import boto3

from hardenlab import solution, wrong_fix

EVERYBODY = "0.0.0.0/0"


def ec2():
    return boto3.client("ec2")


def revoke_where(group, keep, *, egress=False):
    """Revoke the rules of one direction that are not to be kept."""
    rules = ec2().describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    ids = [rule["SecurityGroupRuleId"] for rule in rules if rule["IsEgress"] is egress and not keep(rule)]
    if ids:
        way = "egress" if egress else "ingress"
        getattr(ec2(), f"revoke_security_group_{way}")(GroupId=group, SecurityGroupRuleIds=ids)


@solution("ec2_instance_ssh_not_reachable_from_internet")
def a_new_group_for_the_bastion(lab):
    """Write a new group for the bastion, put it in place of the old one, and mend the old one's rules."""
    made = ec2().create_security_group(
        GroupName="bastion-from-office", Description="SSH from the office", VpcId=lab.facts["shop_vpc"]
    )["GroupId"]
    ec2().authorize_security_group_ingress(
        GroupId=made, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp=lab.facts["office"]
    )
    revoke_where(lab.facts["bastion_group"], lambda rule: rule.get("CidrIpv4") == lab.facts["office"])
    ec2().modify_instance_attribute(InstanceId=lab.facts["bastion_instance"], Groups=[made, lab.facts["bastion_group"]])


@solution("ec2_instance_rdp_not_reachable_from_internet")
def halves_of_the_office(lab):
    """Write the office's range as its two halves instead of one block: the same addresses."""
    from ipaddress import ip_network

    revoke_where(lab.facts["reports_group"], lambda rule: False)
    for half in ip_network(lab.facts["office"]).subnets():
        ec2().authorize_security_group_ingress(
            GroupId=lab.facts["reports_group"], IpProtocol="tcp", FromPort=3389, ToPort=3389, CidrIp=str(half)
        )


@solution("ec2_network_acl_deny_takes_effect")
def move_the_allow_behind(lab):
    """Leave the deny where it is and give the allow a higher number."""
    acl = ec2().describe_network_acls(NetworkAclIds=[lab.facts["edge_acl"]])["NetworkAcls"][0]
    ec2().create_network_acl_entry(
        NetworkAclId=acl["NetworkAclId"], RuleNumber=2000, Protocol="-1", RuleAction="allow", Egress=False,
        CidrBlock=EVERYBODY,
    )  # fmt: skip
    ec2().delete_network_acl_entry(NetworkAclId=acl["NetworkAclId"], RuleNumber=200, Egress=False)


@solution("ec2_subnet_data_tier_closed_by_acl")
def an_acl_written_anew(lab):
    """Write a new ACL for the database's one flow, in and back."""
    acl = ec2().create_network_acl(VpcId=lab.facts["shop_vpc"])["NetworkAcl"]["NetworkAclId"]
    for egress, ports in ((False, (5432, 5432)), (True, (1024, 65535))):
        ec2().create_network_acl_entry(
            NetworkAclId=acl, RuleNumber=10, Protocol="tcp", RuleAction="allow", Egress=egress,
            CidrBlock=lab.facts["app_block"], PortRange={"From": ports[0], "To": ports[1]},
        )  # fmt: skip
    associate(lab, acl)


def associate(lab, acl):
    """Put the data subnet on this ACL."""
    listed = ec2().describe_network_acls(
        Filters=[{"Name": "association.subnet-id", "Values": [lab.facts["data_subnet"]]}]
    )["NetworkAcls"][0]["Associations"]
    mine = next(item for item in listed if item["SubnetId"] == lab.facts["data_subnet"])
    ec2().replace_network_acl_association(AssociationId=mine["NetworkAclAssociationId"], NetworkAclId=acl)


@solution("ec2_security_group_internet_reaches_web_ports_only")
def narrow_the_wide_rule_in_place(lab):
    """Rewrite the wide rule to the VPC's own addresses and one port, by its id, instead of revoking it."""
    narrow_in_place(lab, lab.facts["app_group"], egress=False, port=9000)


@solution("ec2_instance_outbound_limited")
def narrow_the_ways_out_in_place(lab):
    """Rewrite the outbound rules for everything: the database's port, and the VPC's own addresses only."""
    for group in (lab.facts["app_group"], lab.facts["data_group"]):
        narrow_in_place(lab, group, egress=True, port=5432)


def narrow_in_place(lab, group, *, egress, port):
    """Give each rule that names everybody, other than the app's for 443, the VPC's block and this port."""
    block = ec2().describe_vpcs(VpcIds=[lab.facts["shop_vpc"]])["Vpcs"][0]["CidrBlock"]
    rules = ec2().describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    narrow = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIpv4": block}
    ec2().modify_security_group_rules(
        GroupId=group,
        SecurityGroupRules=[
            {"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": narrow}
            for rule in rules
            if rule["IsEgress"] is egress and rule.get("CidrIpv4") == EVERYBODY and rule["FromPort"] != 443
        ],
    )


@solution("ec2_default_security_group_closed")
def the_default_groups_rules_by_their_ids(lab):
    """Revoke the default group's rules one by one, by their ids."""
    for egress in (False, True):
        revoke_where(lab.facts["default_group"], lambda rule: False, egress=egress)


@wrong_fix(
    fails="ec2_instance_ssh_not_reachable_from_internet",
    because="Two halves make a whole: 0.0.0.0/1 and 128.0.0.0/1 together are the internet again.",
)
def write_the_internet_in_halves(lab):
    """Replace the wide rule by its two halves."""
    revoke_where(lab.facts["bastion_group"], lambda rule: rule.get("CidrIpv4") == lab.facts["office"])
    for half in ("0.0.0.0/1", "128.0.0.0/1"):
        ec2().authorize_security_group_ingress(
            GroupId=lab.facts["bastion_group"], IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp=half
        )


@wrong_fix(
    fails="ec2_instance_ssh_not_reachable_from_internet",
    because="A deny for port 22 in the subnet's ACL stops everybody, the office too: nobody can mend anything now.",
)
def deny_ssh_for_all_at_the_subnet(lab):
    """Deny port 22 to everybody in the edge's ACL."""
    ec2().create_network_acl_entry(
        NetworkAclId=lab.facts["edge_acl"], RuleNumber=50, Protocol="tcp", RuleAction="deny", Egress=False,
        CidrBlock=EVERYBODY, PortRange={"From": 22, "To": 22},
    )  # fmt: skip


@wrong_fix(
    fails="ec2_instance_rdp_not_reachable_from_internet",
    because="Without any rule the analysts are out as well: the office's own rule must stay.",
)
def close_rdp_for_everybody(lab):
    """Revoke every inbound rule of the reporting host."""
    revoke_where(lab.facts["reports_group"], lambda rule: False)


@wrong_fix(
    fails="elbv2_targets_reached_through_load_balancer_only",
    because="The balancer reaches the web instance by the same group: without its rule the shop is down.",
)
def close_the_web_group(lab):
    """Revoke every inbound rule of the web group."""
    revoke_where(lab.facts["web_group"], lambda rule: False)


@wrong_fix(
    fails="ec2_security_group_internet_reaches_web_ports_only",
    because="Leaving 22 out of the range still leaves tens of thousands of ports open to everybody.",
)
def all_ports_but_ssh(lab):
    """Replace the wide range by one that leaves SSH out."""
    revoke_where(lab.facts["app_group"], lambda rule: not rule.get("CidrIpv4"))
    ec2().authorize_security_group_ingress(
        GroupId=lab.facts["app_group"], IpProtocol="tcp", FromPort=1025, ToPort=65535, CidrIp=EVERYBODY
    )


@wrong_fix(
    fails="ec2_security_group_attached",
    because="One of the three is gone; the others are still attached to nothing.",
)
def delete_one_orphan(lab):
    """Delete the first of the unused groups."""
    ec2().delete_security_group(GroupId=lab.facts["orphan_groups"][0])


@wrong_fix(
    fails="ec2_default_security_group_closed",
    because="Inbound is closed, and whatever carries the group may still send anything to anybody.",
)
def close_the_default_group_inbound_only(lab):
    """Revoke the default group's inbound rules and forget the outbound ones."""
    revoke_where(lab.facts["default_group"], lambda rule: False)


@wrong_fix(
    fails="ec2_instance_outbound_limited",
    because="The app pays over 443: with every outbound rule gone the payment provider is out of reach.",
)
def close_all_outbound(lab):
    """Revoke every outbound rule of app and database."""
    for group in (lab.facts["app_group"], lab.facts["data_group"]):
        revoke_where(group, lambda rule: False, egress=True)


@wrong_fix(
    fails="ec2_network_acl_deny_takes_effect",
    because="Without the entry nothing contradicts the allow any more, and the scanner walks in.",
)
def remove_the_late_deny(lab):
    """Delete the deny that has no effect."""
    acl = ec2().describe_network_acls(NetworkAclIds=[lab.facts["edge_acl"]])["NetworkAcls"][0]
    for entry in acl["Entries"]:
        if entry["CidrBlock"] == lab.facts["hostile_range"] and not entry["Egress"]:
            ec2().delete_network_acl_entry(
                NetworkAclId=acl["NetworkAclId"], RuleNumber=entry["RuleNumber"], Egress=False
            )


@wrong_fix(
    fails="ec2_network_acl_deny_takes_effect",
    because="Only half of the range is denied in front; the other half still gets in.",
)
def deny_half_of_the_range(lab):
    """Deny the first half of the hostile range in front of the allow."""
    from ipaddress import ip_network

    half = next(ip_network(lab.facts["hostile_range"]).subnets())
    remove_the_late_deny.function(lab)
    ec2().create_network_acl_entry(
        NetworkAclId=lab.facts["edge_acl"], RuleNumber=100, Protocol="-1", RuleAction="deny", Egress=False,
        CidrBlock=str(half),
    )  # fmt: skip


@wrong_fix(
    fails="ec2_subnet_data_tier_closed_by_acl",
    because="ACLs are stateless: without outbound ephemeral ports the database's replies never leave its subnet.",
)
def an_acl_without_a_way_back(lab):
    """Write an ACL with the inbound entry only."""
    acl = ec2().create_network_acl(VpcId=lab.facts["shop_vpc"])["NetworkAcl"]["NetworkAclId"]
    ec2().create_network_acl_entry(
        NetworkAclId=acl, RuleNumber=10, Protocol="tcp", RuleAction="allow", Egress=False,
        CidrBlock=lab.facts["app_block"], PortRange={"From": 5432, "To": 5432},
    )  # fmt: skip
    associate(lab, acl)


@solution("cloudwatch_security_group_changes_alarm")
def a_filter_of_its_own(lab):
    """Leave the old filter and alarm, and write a second pair that counts by source and name."""
    calls = "($.eventName = Authorize*) || ($.eventName = Revoke*) || ($.eventName = CreateSecurityGroup)"
    boto3.client("logs").put_metric_filter(
        logGroupName=lab.facts["trail_log_group"],
        filterName="all-changes",
        filterPattern="{ " + calls + " || ($.eventName = DeleteSecurityGroup) }",
        metricTransformations=[{"metricNamespace": "Mine", "metricName": "Changes", "metricValue": "1"}],
    )
    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName="all-changes", Namespace="Mine", MetricName="Changes", Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=10, ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[lab.facts["duty_topic"]],
    )  # fmt: skip


@wrong_fix(
    fails="cloudwatch_security_group_changes_alarm",
    because="The pager works again; most changes are still not counted.",
)
def enable_the_alarm_only(lab):
    """Enable the alarm's actions."""
    boto3.client("cloudwatch").enable_alarm_actions(AlarmNames=["group-changes"])


@wrong_fix(
    fails="cloudwatch_security_group_changes_alarm",
    because="Every call of EC2 is counted, looking included: an alarm that always rings is switched off by Tuesday.",
)
def count_everything(lab):
    """Count every event of EC2."""
    boto3.client("logs").put_metric_filter(
        logGroupName=lab.facts["trail_log_group"], filterName="group-changes",
        filterPattern='{ $.eventSource = "ec2.amazonaws.com" }',
        metricTransformations=[{"metricNamespace": "Shop/Security", "metricName": "GroupChanges", "metricValue": "1"}],
    )  # fmt: skip
    boto3.client("cloudwatch").enable_alarm_actions(AlarmNames=["group-changes"])


# --- 2-segmentation -------------------------------------------------------------------------------------------------


def allow(*actions, **more):
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"} | more


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


VERBS = (
    "Accept", "Associate", "Attach", "Authorize", "Create", "Delete", "Detach", "Disassociate", "Modify", "Replace",
    "Revoke", "Update",
)  # fmt: skip


def table_of(subnet):
    tables = ec2().describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])
    return tables["RouteTables"][0]


@solution("vpc_default_vpc_unused")
def delete_the_default_vpc(lab):
    """Terminate what runs there, then delete the default VPC with all that belongs to it."""
    ec2().terminate_instances(InstanceIds=[lab.facts["stray_instance"]])
    vpc = [{"Name": "vpc-id", "Values": [lab.facts["default_vpc"]]}]
    for subnet in ec2().describe_subnets(Filters=vpc)["Subnets"]:
        ec2().delete_subnet(SubnetId=subnet["SubnetId"])
    for group in ec2().describe_security_groups(Filters=vpc)["SecurityGroups"]:
        if group["GroupName"] != "default":
            ec2().delete_security_group(GroupId=group["GroupId"])
    ec2().delete_vpc(VpcId=lab.facts["default_vpc"])


@solution("vpc_subnet_private_stays_private")
def a_table_written_anew(lab):
    """Give the web and data subnets one new table each tier, with the peering's route for the data alone."""
    for tier in ("web", "data"):
        table = ec2().create_route_table(VpcId=lab.facts["tickets_vpc"])["RouteTable"]["RouteTableId"]
        if tier == "data":
            ec2().create_route(
                RouteTableId=table, DestinationCidrBlock=lab.facts["reports_block"],
                VpcPeeringConnectionId=lab.facts["peering"],
            )  # fmt: skip
        for subnet in lab.facts[f"{tier}_subnets"]:
            before = table_of(subnet)["Associations"]
            mine = next(item for item in before if item.get("SubnetId") == subnet)
            ec2().replace_route_table_association(AssociationId=mine["RouteTableAssociationId"], RouteTableId=table)
    for tier in ("web", "app", "data"):
        for subnet in lab.facts[f"{tier}_subnets"]:
            ec2().modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": False})


@solution("vpc_tier_reached_from_tier_before_only")
def name_subnets_instead_of_groups(lab):
    """Write the tiers as the blocks of their subnets: coarser than groups, and each tier still has its wall."""
    for group, before, port in (("app_group", "web_blocks", 9000), ("data_group", "app_blocks", 5432)):
        revoke_where(lab.facts[group], lambda rule: rule.get("FromPort") == rule.get("ToPort") == 22)
        admitted = [*lab.facts[before], *([lab.facts["reports_block"]] if port == 5432 else [])]
        for block in admitted:
            ec2().authorize_security_group_ingress(
                GroupId=lab.facts[group], IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp=block
            )
    pair = {"UserIdGroupPairs": [{"GroupId": lab.facts["data_group"]}]}
    ec2().authorize_security_group_ingress(
        GroupId=lab.facts["data_group"], IpPermissions=[{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432} | pair]
    )


@solution("vpc_flow_logs_complete")
def to_cloudwatch_with_a_role_that_may(lab):
    """Mend the role's trust and policy, and send both VPCs' traffic to CloudWatch Logs."""
    iam = boto3.client("iam")
    service = {"Service": "vpc-flow-logs.amazonaws.com"}
    trust = {"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"}
    iam.update_assume_role_policy(RoleName="flow-logs", PolicyDocument=policy(trust))
    writes = policy(allow("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:Describe*"))
    iam.put_role_policy(RoleName="flow-logs", PolicyName="work", PolicyDocument=writes)
    boto3.client("logs").create_log_group(logGroupName="/vpc/all")
    ec2().create_flow_logs(
        ResourceIds=[lab.facts["tickets_vpc"], lab.facts["analytics_vpc"]], ResourceType="VPC", TrafficType="ALL",
        LogDestinationType="cloud-watch-logs", LogGroupName="/vpc/all",
        DeliverLogsPermissionArn=lab.facts["flow_log_role"],
    )  # fmt: skip


@solution("elbv2_load_balancer_logs_delivered")
def a_bucket_of_its_own(lab):
    """Make a bucket for access logs with the policy of older regions, and send the log there without a prefix."""
    s3, account = boto3.client("s3"), boto3.client("sts").get_caller_identity()["Account"]
    s3.create_bucket(Bucket=f"guest-book-{account}")
    elb = {"AWS": "arn:aws:iam::127311923021:root"}
    statement = {"Effect": "Allow", "Principal": elb, "Action": "s3:PutObject"}
    statement["Resource"] = f"arn:aws:s3:::guest-book-{account}/AWSLogs/{account}/*"
    s3.put_bucket_policy(Bucket=f"guest-book-{account}", Policy=policy(statement))
    values = {"enabled": "true", "bucket": f"guest-book-{account}", "prefix": ""}
    boto3.client("elbv2").modify_load_balancer_attributes(
        LoadBalancerArn=lab.facts["balancer"],
        Attributes=[{"Key": f"access_logs.s3.{key}", "Value": value} for key, value in values.items()],
    )


@solution("ssm_instance_administered_out_of_band")
def endpoints_for_the_whole_vpc(lab):
    """Let the endpoints' group admit the VPC's block, and keep the bastion without a way in."""
    core = ["ssm:UpdateInstanceInformation", "ssmmessages:*"]
    boto3.client("iam").put_role_policy(
        RoleName="tickets-instance", PolicyName="managed", PolicyDocument=policy(allow(*core))
    )
    for service in ("ssm", "ssmmessages"):
        found = ec2().describe_vpc_endpoints(
            Filters=[{"Name": "service-name", "Values": [f"com.amazonaws.us-east-1.{service}"]}]
        )["VpcEndpoints"]
        if not any(item["State"] == "available" for item in found):
            ec2().create_vpc_endpoint(
                VpcId=lab.facts["tickets_vpc"], ServiceName=f"com.amazonaws.us-east-1.{service}",
                VpcEndpointType="Interface", SubnetIds=lab.facts["data_subnets"],
                SecurityGroupIds=[lab.facts["endpoints_group"]], PrivateDnsEnabled=True,
            )  # fmt: skip
    ec2().authorize_security_group_ingress(
        GroupId=lab.facts["endpoints_group"], IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp=lab.facts["vpc_block"]
    )
    for tier in ("web", "app", "data"):
        revoke_where(lab.facts[f"{tier}_group"], lambda rule: rule.get("FromPort") != 22)
    revoke_where(lab.facts["bastion_group"], lambda rule: False)
    ec2().associate_iam_instance_profile(
        IamInstanceProfile={"Name": "tickets-instance"}, InstanceId=lab.facts["bastion_instance"]
    )


@solution("iam_network_changes_limited")
def a_deny_that_fits(lab):
    """Leave what was granted and deny the changes to both roles, without a condition."""
    kinds = ("SecurityGroup", "Route", "NetworkAcl", "Gateway", "Peering", "FlowLogs")
    changes = [f"ec2:{verb}*{kind}*" for verb in VERBS for kind in kinds]
    deny = allow(*changes, "ec2:Modify*Attribute", "iam:*", "sts:AssumeRole", Effect="Deny")
    for role in ("developers", "release-pipeline"):
        boto3.client("iam").put_role_policy(RoleName=role, PolicyName="no-network", PolicyDocument=policy(deny))


@solution("cloudwatch_network_alarms_act")
def watch_dropped_packets(lab):
    """Watch the packets that each gateway drops, instead of the ports that it runs out of."""
    cloudwatch = boto3.client("cloudwatch")
    for nat in lab.facts["nat_gateways"]:
        cloudwatch.put_metric_alarm(
            AlarmName=f"drops-{nat}", Namespace="AWS/NATGateway", MetricName="PacketsDropCount",
            Dimensions=[{"Name": "NatGatewayId", "Value": nat}], Statistic="Sum", Period=60, EvaluationPeriods=3,
            Threshold=10, ComparisonOperator="GreaterThanOrEqualToThreshold", AlarmActions=[lab.facts["duty_topic"]],
        )  # fmt: skip
    cloudwatch.enable_alarm_actions(AlarmNames=["tickets-unhealthy"])


@wrong_fix(
    fails="vpc_default_vpc_unused",
    because="Stopped is not gone: whoever starts it again starts last Tuesday again.",
)
def stop_the_stray(lab):
    """Stop the forgotten instance."""
    ec2().stop_instances(InstanceIds=[lab.facts["stray_instance"]])


@wrong_fix(
    fails="vpc_subnet_private_stays_private",
    because="Every default route is gone, and the app's was right: it pays through it.",
)
def delete_every_way_out(lab):
    """Delete the default route of every private table, the app's too."""
    for tier in ("web", "app", "data"):
        for subnet in lab.facts[f"{tier}_subnets"]:
            table = table_of(subnet)
            for route in table["Routes"]:
                if route.get("GatewayId", "").startswith("igw-") or "NatGatewayId" in route:
                    ec2().delete_route(
                        RouteTableId=table["RouteTableId"], DestinationCidrBlock=route["DestinationCidrBlock"]
                    )


@wrong_fix(
    fails="vpc_workload_survives_a_zone",
    because="Both targets are registered, and one app subnet still goes out by the other zone's NAT gateway.",
)
def targets_only(lab):
    """Register both web instances and leave the routes."""
    boto3.client("elbv2").register_targets(
        TargetGroupArn=lab.facts["web_targets"], Targets=[{"Id": web} for web in lab.facts["web_instances"]]
    )


@wrong_fix(
    fails="vpc_tier_reached_from_tier_before_only",
    because="The report reads the database through the peering, by its subnet's addresses: Lena has no numbers now.",
)
def groups_only(lab):
    """Revoke every rule of the data group that names addresses, the report's too."""
    revoke_where(lab.facts["data_group"], lambda rule: not rule.get("CidrIpv4"))


@wrong_fix(
    fails="vpc_tier_reached_from_tier_before_only",
    because="The VPC in halves is the VPC: every machine inside still reaches the database.",
)
def the_vpc_in_halves(lab):
    """Replace the wide rule of the data group by the two halves of the VPC."""
    from ipaddress import ip_network

    keep = lambda rule: rule.get("CidrIpv4") in (None, lab.facts["reports_block"])  # noqa: E731
    revoke_where(lab.facts["data_group"], keep)
    for half in ip_network(lab.facts["vpc_block"]).subnets():
        ec2().authorize_security_group_ingress(
            GroupId=lab.facts["data_group"], IpProtocol="tcp", FromPort=5432, ToPort=5432, CidrIp=str(half)
        )


@wrong_fix(
    fails="vpc_peering_routes_limited",
    because="Without the peering nothing is too wide, and the report finds no database.",
)
def delete_the_peering(lab):
    """Delete the peering connection."""
    ec2().delete_vpc_peering_connection(VpcPeeringConnectionId=lab.facts["peering"])


@wrong_fix(
    fails="vpc_flow_logs_complete",
    because="Rejected traffic is half of the story: what was let through is not recorded.",
)
def log_rejects_only(lab):
    """Log rejected traffic of both VPCs, to S3."""
    ec2().create_flow_logs(
        ResourceIds=[lab.facts["tickets_vpc"], lab.facts["analytics_vpc"]], ResourceType="VPC", TrafficType="REJECT",
        LogDestinationType="s3", LogDestination=f"arn:aws:s3:::{lab.facts['logs_bucket']}",
    )  # fmt: skip


@wrong_fix(
    fails="vpc_flow_logs_complete",
    because="The new log has a role that flow logs may not assume: it stays empty, and looks well.",
)
def the_instances_role_for_the_log(lab):
    """Use the instances' role for a new flow log."""
    boto3.client("logs").create_log_group(logGroupName="/vpc/new")
    ec2().create_flow_logs(
        ResourceIds=[lab.facts["tickets_vpc"], lab.facts["analytics_vpc"]], ResourceType="VPC", TrafficType="ALL",
        LogDestinationType="cloud-watch-logs", LogGroupName="/vpc/new",
        DeliverLogsPermissionArn=lab.facts["instance_role"],
    )  # fmt: skip


@wrong_fix(
    fails="elbv2_load_balancer_logs_delivered",
    because="The log is on, and the bucket's policy does not let the balancer's service write where it writes.",
)
def switch_it_on_and_hope(lab):
    """Send the log to the bucket under a prefix that no statement allows."""
    values = {"enabled": "true", "bucket": lab.facts["logs_bucket"], "prefix": "requests"}
    boto3.client("elbv2").modify_load_balancer_attributes(
        LoadBalancerArn=lab.facts["balancer"],
        Attributes=[{"Key": f"access_logs.s3.{key}", "Value": value} for key, value in values.items()],
    )


@wrong_fix(
    fails="ssm_instance_administered_out_of_band",
    because="The bastion is gone and the other way was never mended: nobody gets a shell anywhere.",
)
def close_the_bastion_first(lab):
    """Terminate the bastion before Session Manager works."""
    ec2().terminate_instances(InstanceIds=[lab.facts["bastion_instance"]])


@wrong_fix(
    fails="ssm_instance_administered_out_of_band",
    because="SSH from the VPC instead of the bastion is SSH from everybody inside.",
)
def ssh_from_the_vpc(lab):
    """Let every machine inside use SSH, so that no bastion is needed."""
    for tier in ("web", "app", "data"):
        ec2().authorize_security_group_ingress(
            GroupId=lab.facts[f"{tier}_group"], IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp=lab.facts["vpc_block"]
        )


@wrong_fix(
    fails="iam_network_changes_limited",
    because="Developers look at the network and restart machines: without any policy they can do neither.",
)
def take_everything_away(lab):
    """Delete every policy of the developers and the pipeline."""
    iam = boto3.client("iam")
    for role in ("developers", "release-pipeline"):
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            iam.delete_role_policy(RoleName=role, PolicyName=name)


@wrong_fix(
    fails="iam_network_changes_limited",
    because="Groups are denied now; routes and ACLs move the same walls.",
)
def deny_groups_only(lab):
    """Deny changes of security groups to both roles."""
    for role in ("developers", "release-pipeline"):
        boto3.client("iam").put_role_policy(
            RoleName=role, PolicyName="no-groups", PolicyDocument=policy(allow("ec2:*SecurityGroup*", Effect="Deny"))
        )


@wrong_fix(
    fails="cloudwatch_network_alarms_act",
    because="The actions are on. One alarm still watches a gateway that is gone, or calls a topic that nobody reads.",
)
def enable_all_actions(lab):
    """Enable the actions of every alarm, and look no further."""
    cloudwatch = boto3.client("cloudwatch")
    names = [alarm["AlarmName"] for alarm in cloudwatch.describe_alarms()["MetricAlarms"]]
    cloudwatch.enable_alarm_actions(AlarmNames=names)


# --- 3-dns ----------------------------------------------------------------------------------------------------------


def route53():
    return boto3.client("route53")


def resolver():
    return boto3.client("route53resolver")


def publish(lab, kind, name, value):
    """A record set in the line's own zone."""
    record = {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]}
    route53().change_resource_record_sets(
        HostedZoneId=lab.facts["main_zone"],
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]},
    )


@solution("route53_public_zone_signed")
def a_key_for_each_zone(lab):
    """Make a KMS key for each zone that does not sign, with a policy of its own."""
    account = boto3.client("sts").get_caller_identity()["Account"]
    root = {"AWS": f"arn:aws:iam::{account}:root"}
    signer = {"Service": "dnssec-route53.amazonaws.com"}
    text = policy(
        allow("kms:*", Principal=root),
        allow("kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:CreateGrant", Principal=signer),
    )
    for label in ("main", "freight"):
        zone = lab.facts[f"{label}_zone"]
        made = boto3.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY", Policy=text)
        route53().create_key_signing_key(
            CallerReference=f"own-{label}", HostedZoneId=zone, Name=f"own_{label}", Status="ACTIVE",
            KeyManagementServiceArn=made["KeyMetadata"]["Arn"],
        )  # fmt: skip
        route53().enable_hosted_zone_dnssec(HostedZoneId=zone)


@solution("route53_public_zone_queries_logged")
def one_group_for_all_zones(lab):
    """Log the queries of all three zones to one new group."""
    account = boto3.client("sts").get_caller_identity()["Account"]
    boto3.client("logs").create_log_group(logGroupName="/aws/route53/all")
    for config in route53().list_query_logging_configs()["QueryLoggingConfigs"]:
        route53().delete_query_logging_config(Id=config["Id"])
    for label in ("main", "booking", "freight"):
        route53().create_query_logging_config(
            HostedZoneId=lab.facts[f"{label}_zone"],
            CloudWatchLogsLogGroupArn=f"arn:aws:logs:us-east-1:{account}:log-group:/aws/route53/all",
        )


@solution("route53resolver_vpc_queries_logged")
def to_a_bucket_of_its_own(lab):
    """Log the booking VPC's queries to S3, with a configuration of their own."""
    account = boto3.client("sts").get_caller_identity()["Account"]
    boto3.client("s3").create_bucket(Bucket=f"queries-{account}")
    made = resolver().create_resolver_query_log_config(
        Name="booking", DestinationArn=f"arn:aws:s3:::queries-{account}", CreatorRequestId="booking"
    )["ResolverQueryLogConfig"]["Id"]
    resolver().associate_resolver_query_log_config(ResolverQueryLogConfigId=made, ResourceId=lab.facts["booking_vpc"])


@solution("route53resolver_firewall_blocks_names")
def the_allow_comes_last(lab):
    """Give the rule that allows everything the highest number, and complete the list."""
    group = lab.facts["rule_group"]
    wide = next(
        item
        for item in resolver().list_firewall_rules(FirewallRuleGroupId=group)["FirewallRules"]
        if item["Action"] == "ALLOW"
    )
    resolver().update_firewall_rule(
        FirewallRuleGroupId=group, FirewallDomainListId=wide["FirewallDomainListId"], Priority=9000
    )
    tunnel = lab.facts["tunnel_domain"]
    listed = resolver().list_firewall_domains(FirewallDomainListId=lab.facts["tunnels_list"])["Domains"]
    missing = [name for name in (tunnel, f"*.{tunnel}") if name not in [item.rstrip(".") for item in listed]]
    resolver().update_firewall_domains(FirewallDomainListId=lab.facts["tunnels_list"], Operation="ADD", Domains=missing)


@solution("route53resolver_firewall_answers_chosen")
def a_rule_written_anew(lab):
    """Delete the rule for the false pages and write it again, with the same priority."""
    group, pages = lab.facts["rule_group"], lab.facts["false_pages_list"]
    rules = resolver().list_firewall_rules(FirewallRuleGroupId=group)["FirewallRules"]
    old = next(rule for rule in rules if rule["FirewallDomainListId"] == pages)
    resolver().delete_firewall_rule(FirewallRuleGroupId=group, FirewallDomainListId=pages)
    resolver().create_firewall_rule(
        CreatorRequestId="again", FirewallRuleGroupId=group, FirewallDomainListId=pages, Name=old["Name"],
        Priority=old["Priority"], Action="BLOCK", BlockResponse="OVERRIDE", BlockOverrideDnsType="CNAME",
        BlockOverrideDomain=f"blocked.{lab.facts['main_name']}", BlockOverrideTtl=0,
    )  # fmt: skip


@wrong_fix(
    fails="route53resolver_vpc_validates",
    because="That VPC validated already. The other one's machines still take answers unchecked.",
)
def validate_where_it_is_on(lab):
    """Enable validation for the VPC that has it."""
    for config in resolver().list_resolver_dnssec_configs()["ResolverDnssecConfigs"]:
        if config["ValidationStatus"] == "ENABLED":
            resolver().update_resolver_dnssec_config(ResourceId=config["ResourceId"], Validation="ENABLE")


@wrong_fix(
    fails="route53_public_zone_signed",
    because="The keys are there and active, and the zones still do not sign: signing is switched on by itself.",
)
def keys_without_signing(lab):
    """Make and activate key-signing keys, and do not enable signing."""
    for label in ("main", "freight"):
        zone = lab.facts[f"{label}_zone"]
        for key in route53().get_dnssec(HostedZoneId=zone)["KeySigningKeys"]:
            route53().activate_key_signing_key(HostedZoneId=zone, Name=key["Name"])
        if not route53().get_dnssec(HostedZoneId=zone)["KeySigningKeys"]:
            route53().create_key_signing_key(
                CallerReference=label, HostedZoneId=zone, Name=f"{label}_key", Status="ACTIVE",
                KeyManagementServiceArn=lab.facts["signing_key"],
            )  # fmt: skip


@wrong_fix(
    fails="route53_delegated_zone_trusted",
    because="A DS record that fits no key is worse than none: whoever validates finds no booking page at all.",
)
def vouch_for_a_wrong_key(lab):
    """Write a DS record with a digest from somewhere else."""
    publish(lab, "DS", lab.facts["booking_name"], "12345 13 2 " + "AB" * 32)


@wrong_fix(
    fails="route53_public_zone_queries_logged",
    because="The group is back and one zone logs again; the other has no configuration at all.",
)
def make_the_groups_only(lab):
    """Make the log groups, and no configuration."""
    for label in ("main", "booking", "freight"):
        group = f"/aws/route53/{label}"
        if not boto3.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            boto3.client("logs").create_log_group(logGroupName=group)


@wrong_fix(
    fails="route53resolver_firewall_blocks_names",
    because="The rule that allowed everything is gone, and the tunnel's list still holds half of the domain.",
)
def delete_the_allow_only(lab):
    """Delete the rule that allows everything."""
    group = lab.facts["rule_group"]
    for item in resolver().list_firewall_rules(FirewallRuleGroupId=group)["FirewallRules"]:
        if item["Action"] == "ALLOW":
            resolver().delete_firewall_rule(
                FirewallRuleGroupId=group, FirewallDomainListId=item["FirewallDomainListId"]
            )


@wrong_fix(
    fails="route53resolver_firewall_blocks_names",
    because="Nothing resolves any more: no tunnel, and no payment either.",
)
def block_everything(lab):
    """Turn the rule that allows everything into one that blocks everything."""
    group = lab.facts["rule_group"]
    for item in resolver().list_firewall_rules(FirewallRuleGroupId=group)["FirewallRules"]:
        if item["Action"] == "ALLOW":
            resolver().update_firewall_rule(
                FirewallRuleGroupId=group, FirewallDomainListId=item["FirewallDomainListId"], Action="BLOCK",
                BlockResponse="NODATA",
            )  # fmt: skip


@wrong_fix(
    fails="route53resolver_firewall_answers_chosen",
    because="NXDOMAIN says that there is no such name: people try again, and nobody reads a warning.",
)
def say_that_there_is_none(lab):
    """Answer false pages with NXDOMAIN."""
    resolver().update_firewall_rule(
        FirewallRuleGroupId=lab.facts["rule_group"], FirewallDomainListId=lab.facts["false_pages_list"],
        Action="BLOCK", BlockResponse="NXDOMAIN",
    )  # fmt: skip


@wrong_fix(
    fails="route53resolver_vpc_queries_logged",
    because="The log was moved, not shared: now the office's queries are missing.",
)
def move_the_log(lab):
    """Take the log from the office and give it to the booking VPC."""
    resolver().disassociate_resolver_query_log_config(
        ResolverQueryLogConfigId=lab.facts["query_log"], ResourceId=lab.facts["office_vpc"]
    )
    resolver().associate_resolver_query_log_config(
        ResolverQueryLogConfigId=lab.facts["query_log"], ResourceId=lab.facts["booking_vpc"]
    )


# --- 4-edge ---------------------------------------------------------------------------------------------------------


def firewall():
    return boto3.client("network-firewall")


def put_policy(lab, **changes):
    found = firewall().describe_firewall_policy(FirewallPolicyArn=lab.facts["firewall_policy"])
    firewall().update_firewall_policy(
        FirewallPolicyArn=lab.facts["firewall_policy"], UpdateToken=found["UpdateToken"],
        FirewallPolicy=found["FirewallPolicy"] | changes,
    )  # fmt: skip


def route_through_the_firewall(lab):
    out, back = (table_of(lab.facts[f"{name}_subnet"])["RouteTableId"] for name in ("app", "nat"))
    endpoint = lab.facts["firewall_endpoint"]
    ec2().delete_route(RouteTableId=out, DestinationCidrBlock=EVERYBODY)
    ec2().create_route(RouteTableId=out, DestinationCidrBlock=EVERYBODY, VpcEndpointId=endpoint)
    ec2().create_route(RouteTableId=back, DestinationCidrBlock=lab.facts["app_block"], VpcEndpointId=endpoint)


def the_acl(lab):
    return boto3.client("wafv2").get_web_acl(**lab.facts["web_acl"], Scope="REGIONAL")


def put_rules(lab, change):
    """Write the web ACL with every rule as `change` returns it; None leaves it out."""
    found = the_acl(lab)
    kept = {key: found["WebACL"][key] for key in ("DefaultAction", "VisibilityConfig")}
    rules = [changed for rule in found["WebACL"]["Rules"] if (changed := change(rule)) is not None]
    boto3.client("wafv2").update_web_acl(
        **lab.facts["web_acl"], Scope="REGIONAL", Rules=rules, LockToken=found["LockToken"], **kept
    )


@solution("networkfirewall_egress_inspected")
def drop_the_rest_in_strict_order(lab):
    """A new policy in strict order: the list of names, and everything else that is established is dropped."""
    route_through_the_firewall(lab)
    rules = {
        "RulesSource": {
            "RulesSourceList": {
                "Targets": lab.facts["allowed_domains"], "TargetTypes": ["TLS_SNI"], "GeneratedRulesType": "ALLOWLIST",
            }
        },
        "StatefulRuleOptions": {"RuleOrder": "STRICT_ORDER"},
    }  # fmt: skip
    made = firewall().create_rule_group(RuleGroupName="strict", Type="STATEFUL", Capacity=100, RuleGroup=rules)
    body = {
        "StatelessDefaultActions": ["aws:forward_to_sfe"],
        "StatelessFragmentDefaultActions": ["aws:forward_to_sfe"],
        "StatefulRuleGroupReferences": [{"ResourceArn": made["RuleGroupResponse"]["RuleGroupArn"], "Priority": 1}],
        "StatefulEngineOptions": {"RuleOrder": "STRICT_ORDER"},
        "StatefulDefaultActions": ["aws:drop_established"],
    }
    policy_arn = firewall().create_firewall_policy(FirewallPolicyName="strict", FirewallPolicy=body)
    firewall().update_firewall_policy_change_protection(
        FirewallArn=lab.facts["firewall"], FirewallPolicyChangeProtection=False
    )
    firewall().associate_firewall_policy(
        FirewallArn=lab.facts["firewall"], FirewallPolicyArn=policy_arn["FirewallPolicyResponse"]["FirewallPolicyArn"]
    )


@solution("networkfirewall_default_actions_inspect")
def drop_fragments(lab):
    """Drop fragments: nothing that the app does needs them."""
    put_policy(lab, StatelessFragmentDefaultActions=["aws:drop"])


@solution("wafv2_requests_filtered_by_origin")
def serve_only_where_it_may_be(lab):
    """Write the licence the other way round: block what is not from the countries that are served."""
    served = ["AT", "BE", "CH", "CZ", "DE", "DK", "ES", "FR", "GB", "IT", "NL", "NO", "PL", "SE", "US"]

    def change(rule):
        if rule["Name"] == "licence":
            elsewhere = {"NotStatement": {"Statement": {"GeoMatchStatement": {"CountryCodes": served}}}}
            return rule | {"Statement": elsewhere}
        return rule | {"Action": {"Block": {}}} if rule["Name"] == "hostile-range" else rule

    put_rules(lab, change)


@solution("wafv2_injections_blocked")
def managed_rules_instead(lab):
    """Use AWS's managed groups for SQL and for the common attacks instead of own rules."""
    names = {"sql": "AWSManagedRulesSQLiRuleSet", "scripts": "AWSManagedRulesCommonRuleSet"}

    def change(rule):
        if rule["Name"] not in names:
            return rule
        managed = {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": names[rule["Name"]]}}
        kept = {key: rule[key] for key in ("Name", "Priority", "VisibilityConfig")}
        return kept | {"Statement": managed, "OverrideAction": {"None": {}}}

    put_rules(lab, change)


@wrong_fix(
    fails="networkfirewall_egress_inspected",
    because="The policy is right now, and no route leads through the firewall: it is asked by nobody.",
)
def rules_without_a_route(lab):
    """Refer to the list of names, and leave the routes."""
    put_policy(lab, StatefulRuleGroupReferences=[{"ResourceArn": lab.facts["domain_group"]}])


@wrong_fix(
    fails="networkfirewall_egress_inspected",
    because="The firewall is asked now, and its list of bad names knows two: a third is registered in a minute.",
)
def a_route_to_a_list_of_bad_names(lab):
    """Mend the routes, and keep the list of bad names."""
    route_through_the_firewall(lab)


@solution("networkfirewall_logs_and_stays")
def log_to_a_bucket(lab):
    """Send what is missing to a bucket of its own, and protect the firewall when it is described anew."""
    bucket = f"firewall-log-{lab.facts['firewall_endpoint'][-12:]}"
    boto3.client("s3").create_bucket(Bucket=bucket)
    arn = lab.facts["firewall"]
    logged = firewall().describe_logging_configuration(FirewallArn=arn)["LoggingConfiguration"]["LogDestinationConfigs"]
    for kind in {"ALERT", "FLOW"} - {item["LogType"] for item in logged}:
        place = {"LogType": kind, "LogDestinationType": "S3", "LogDestination": {"bucketName": bucket}}
        logged = [*logged, place]
        firewall().update_logging_configuration(FirewallArn=arn, LoggingConfiguration={"LogDestinationConfigs": logged})
    firewall().update_firewall_delete_protection(FirewallArn=arn, DeleteProtection=True)


@solution("wafv2_requests_filtered_by_content")
def a_pattern_for_the_page(lab):
    """Look for the page by a regular expression, and refuse every body that is not seen whole."""

    def change(rule):
        if rule["Name"] == "editors-only":
            forms = ("URL_DECODE", "NORMALIZE_PATH", "LOWERCASE")
            rule["Statement"]["AndStatement"]["Statements"][0] = {
                "RegexMatchStatement": {
                    "RegexString": "^/admin", "FieldToMatch": {"UriPath": {}},
                    "TextTransformations": [{"Priority": at, "Type": form} for at, form in enumerate(forms)],
                }
            }  # fmt: skip
        if rule["Name"] == "long-bodies":
            size = rule["Statement"]["SizeConstraintStatement"]
            size |= {"Size": 8000, "FieldToMatch": {"Body": {"OversizeHandling": "MATCH"}}}
        return rule

    put_rules(lab, change)


@solution("wafv2_web_acl_acts_and_logs")
def the_probe_by_its_address(lab):
    """Let the probe in from the office only, after the other rules were asked, and log to a bucket."""
    office = next(
        item for item in boto3.client("wafv2").list_ip_sets(Scope="REGIONAL")["IPSets"] if item["Name"] == "office"
    )

    def change(rule):
        if rule["Name"] != "probe":
            return rule
        from_office = {"IPSetReferenceStatement": {"ARN": office["ARN"]}}
        return rule | {"Priority": 500, "Statement": {"AndStatement": {"Statements": [rule["Statement"], from_office]}}}

    put_rules(lab, change)
    bucket = f"aws-waf-logs-site-{lab.facts['firewall_endpoint'][-12:]}"
    boto3.client("s3").create_bucket(Bucket=bucket)
    boto3.client("wafv2").put_logging_configuration(
        LoggingConfiguration={
            "ResourceArn": lab.facts["web_acl_arn"], "LogDestinationConfigs": [f"arn:aws:s3:::{bucket}"],
        }
    )  # fmt: skip


@wrong_fix(
    fails="networkfirewall_default_actions_inspect",
    because="Whole packets were inspected before; it is the fragments that pass.",
)
def whole_packets_only(lab):
    """Set the default action of whole packets."""
    put_policy(lab, StatelessDefaultActions=["aws:forward_to_sfe"])


@wrong_fix(
    fails="networkfirewall_logs_and_stays",
    because="Deletion is off the table; the firewall still tells half of what it sees.",
)
def protect_only(lab):
    """Switch the delete protection on."""
    firewall().update_firewall_delete_protection(FirewallArn=lab.facts["firewall"], DeleteProtection=True)


@wrong_fix(
    fails="wafv2_requests_filtered_by_origin",
    because="The licence is kept; the hostile range is still only counted.",
)
def countries_only(lab):
    """Complete the list of countries."""
    countries = {"GeoMatchStatement": {"CountryCodes": lab.facts["blocked_countries"]}}
    put_rules(lab, lambda rule: rule | {"Statement": countries} if rule["Name"] == "licence" else rule)


@wrong_fix(
    fails="wafv2_requests_filtered_by_content",
    because="Letters are small now, and %61 is still not an a: decode first.",
)
def lower_case_only(lab):
    """Lower the path, and limit the body by what WAF can see."""

    def change(rule):
        if rule["Name"] == "editors-only":
            path = rule["Statement"]["AndStatement"]["Statements"][0]["ByteMatchStatement"]
            path["TextTransformations"] = [{"Priority": 0, "Type": "LOWERCASE"}]
        return rule

    put_rules(lab, change)


@wrong_fix(
    fails="wafv2_requests_filtered_by_content",
    because="Nobody opens /admin any more, the editors in the office included.",
)
def close_admin_for_all(lab):
    """Block the editors' page for everybody, and long bodies as well."""

    def change(rule):
        if rule["Name"] == "editors-only":
            path = rule["Statement"]["AndStatement"]["Statements"][0]
            both = [{"Priority": 0, "Type": "URL_DECODE"}, {"Priority": 1, "Type": "LOWERCASE"}]
            path["ByteMatchStatement"]["TextTransformations"] = both
            return rule | {"Statement": path}
        if rule["Name"] == "long-bodies":
            size = rule["Statement"]["SizeConstraintStatement"]
            size |= {"Size": 8192, "FieldToMatch": {"Body": {"OversizeHandling": "MATCH"}}}
        return rule

    put_rules(lab, change)


@wrong_fix(
    fails="wafv2_closed_page_has_no_other_spelling",
    because="The page has other names that the server takes for /admin, such as //admin: normalise the path as well.",
)
def decode_and_lower_only(lab):
    """Decode and lower the path: what the public check asks for, and no more."""

    def change(rule):
        if rule["Name"] == "editors-only":
            path = rule["Statement"]["AndStatement"]["Statements"][0]["ByteMatchStatement"]
            path["TextTransformations"] = [
                {"Priority": 0, "Type": "URL_DECODE"},
                {"Priority": 1, "Type": "LOWERCASE"},
            ]
        return rule

    put_rules(lab, change)


@wrong_fix(
    fails="wafv2_injections_blocked",
    because="SQL is blocked; scripts are still counted and stored in the comments.",
)
def sql_only(lab):
    """Block what the rule for SQL finds."""
    put_rules(lab, lambda rule: rule | {"Action": {"Block": {}}} if rule["Name"] == "sql" else rule)


@wrong_fix(
    fails="wafv2_web_acl_acts_and_logs",
    because="A secret that stands in every request of the probe is no secret: the rule still lets anybody in.",
)
def keep_the_probe_and_log(lab):
    """Switch the log on, and keep the rule for the probe."""
    account = boto3.client("sts").get_caller_identity()["Account"]
    group = f"arn:aws:logs:us-east-1:{account}:log-group:aws-waf-logs-site"
    boto3.client("wafv2").put_logging_configuration(
        LoggingConfiguration={"ResourceArn": lab.facts["web_acl_arn"], "LogDestinationConfigs": [group]}
    )


@wrong_fix(
    fails="shield_named_resources_protected",
    because="What was named is protected now, and you still pay for the developers' balancer.",
)
def add_and_forget(lab):
    """Protect what is missing, and leave what is too much."""
    shield = boto3.client("shield")
    have = [item["ResourceArn"] for item in shield.list_protections()["Protections"]]
    for arn in lab.facts["protected"]:
        if arn not in have:
            shield.create_protection(Name="named", ResourceArn=arn)


@wrong_fix(
    fails="shield_response_team_may_help",
    because="The team may act, and has nobody to call: an e-mail address does not ring.",
)
def a_role_and_no_telephone(lab):
    """Associate the role."""
    boto3.client("shield").associate_drt_role(RoleArn=lab.facts["response_role"])
