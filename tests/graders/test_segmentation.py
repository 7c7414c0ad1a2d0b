"""Controls of the segmentation lab and of load balancers: bypasses that fail, and honest answers that pass."""

import json

import pytest

from helpers.changes import EVERYBODY, HALVES, admit, edge_behind_a_transit_gateway
from helpers.judged import assert_doubted, assert_fails, assert_passes, named
from helpers.messages import unreached

BESIDE = "elbv2_targets_reached_through_load_balancer_only"
ACCESS_LOG = "elbv2_load_balancer_logs_delivered"
UNUSED = "vpc_default_vpc_unused"
PRIVATE = "vpc_subnet_private_stays_private"
ZONES = "vpc_workload_survives_a_zone"
TIERS = "vpc_tier_reached_from_tier_before_only"
PEERING = "vpc_peering_routes_limited"
FLOW_LOGS = "vpc_flow_logs_complete"
OUT_OF_BAND = "ssm_instance_administered_out_of_band"
CHANGES = "iam_network_changes_limited"
ALARMS = "cloudwatch_network_alarms_act"
COUNTED = "cloudwatch_security_group_changes_alarm"


def both(*changes):
    def change(live, facts):
        for one in changes:
            one(live, facts)

    return change


def nothing(live, facts):
    """The healthy account."""


def table_of(live, subnet):
    filters = [{"Name": "association.subnet-id", "Values": [subnet]}]
    return live.client("ec2").describe_route_tables(Filters=filters)["RouteTables"][0]["RouteTableId"]


def route(subnets, block, **target):
    """A route in the table of the first subnet of a fact; the target's value is a fact, or an id."""

    def change(live, facts):
        place = facts[subnets][0] if isinstance(facts[subnets], list) else facts[subnets]
        ids = {key: facts.get(value, value) for key, value in target.items()}
        ids = {key: value[0] if isinstance(value, list) else value for key, value in ids.items()}
        live.client("ec2").create_route(
            RouteTableId=table_of(live, place), DestinationCidrBlock=facts.get(block, block), **ids
        )

    return change


def launch(vpc):
    """An instance in a subnet of a VPC."""

    def change(live, facts):
        ec2 = live.client("ec2")
        places = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [facts[vpc]]}])["Subnets"]
        ec2.run_instances(
            ImageId="ami-04681a1dbd79675a5",
            InstanceType="t3.small",
            MinCount=1,
            MaxCount=1,
            SubnetId=places[0]["SubnetId"],
        )

    return change


def delete_default_vpc(live, facts):
    ec2 = live.client("ec2")
    for subnet in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [facts["default_vpc"]]}])["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=facts["default_vpc"])


def public_by_default(live, facts):
    live.client("ec2").modify_subnet_attribute(SubnetId=facts["app_subnets"][1], MapPublicIpOnLaunch={"Value": True})


def data_on_the_main_table(live, facts):
    """Routes written into the VPC's main table, and a data subnet without a table of its own."""
    ec2 = live.client("ec2")
    main = ec2.describe_route_tables(
        Filters=[{"Name": "vpc-id", "Values": [facts["tickets_vpc"]]}, {"Name": "association.main", "Values": ["true"]}]
    )["RouteTables"][0]["RouteTableId"]
    ec2.create_route(RouteTableId=main, DestinationCidrBlock=EVERYBODY, GatewayId=facts["internet_gateway"])
    table = ec2.describe_route_tables(RouteTableIds=[table_of(live, facts["data_subnets"][0])])["RouteTables"][0]
    ec2.disassociate_route_table(AssociationId=table["Associations"][0]["RouteTableAssociationId"])


def stop_web(live, facts):
    live.client("ec2").stop_instances(InstanceIds=[facts["web_instances"][0]])


def one_nat(live, facts):
    live.client("ec2").replace_route(
        RouteTableId=table_of(live, facts["app_subnets"][0]), DestinationCidrBlock=EVERYBODY,
        NatGatewayId=facts["nat_gateways"][1],
    )  # fmt: skip


def app_beyond_a_transit_gateway(live, facts):
    """The app's table sends the data's addresses somewhere else inside the VPC."""
    made = live.client("ec2").create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    live.client("ec2").create_route(
        RouteTableId=table_of(live, facts["reports_subnet"]), DestinationCidrBlock=facts["web_blocks"][0],
        TransitGatewayId=made,
    )  # fmt: skip
    admit("web_group", (8080, 8080), "reports_block")(live, facts)


def replace_flow_log(vpc="tickets_vpc", **arguments):
    """The only flow log of a VPC is one with these arguments; values that are facts are looked up."""

    def change(live, facts):
        ec2 = live.client("ec2")
        old = [log["FlowLogId"] for log in ec2.describe_flow_logs()["FlowLogs"] if log["ResourceId"] == facts[vpc]]
        ec2.delete_flow_logs(FlowLogIds=old)
        found = {key: facts.get(value, value) if isinstance(value, str) else value for key, value in arguments.items()}
        resources = found.pop("subnets", [facts[vpc]])
        kind = "VPC" if resources == [facts[vpc]] else "Subnet"
        if "LogDestination" in found:
            found["LogDestination"] = f"arn:aws:s3:::{found['LogDestination']}"
        for resource in resources:
            ec2.create_flow_logs(ResourceIds=[resource], ResourceType=kind, **found)

    return change


def without_flow_log(live, facts):
    ec2 = live.client("ec2")
    ec2.delete_flow_logs(FlowLogIds=[log["FlowLogId"] for log in ec2.describe_flow_logs()["FlowLogs"]])


def endpoint_to_messages(**changes):
    def change(live, facts):
        ec2 = live.client("ec2")
        found = ec2.describe_vpc_endpoints()["VpcEndpoints"]
        mine = next(item["VpcEndpointId"] for item in found if item["ServiceName"].endswith(".ssmmessages"))
        ec2.modify_vpc_endpoint(VpcEndpointId=mine, **changes)

    return change


def version_of_his_own_policy(live, facts):
    iam = live.client("iam")
    text = document(statement("Allow", "iam:CreatePolicyVersion"))
    made = iam.create_policy(PolicyName="of-his-own", PolicyDocument=text)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="developers", PolicyArn=made)


def counted_into_nothing(live, facts):
    logs, group = live.client("logs"), facts["trail_log_group"]
    found = logs.describe_metric_filters(logGroupName=group)["metricFilters"][0]
    logs.put_metric_filter(
        logGroupName=group, filterName=found["filterName"], filterPattern=found["filterPattern"],
        metricTransformations=[item | {"metricValue": "0"} for item in found["metricTransformations"]],
    )  # fmt: skip


TO_S3 = {"LogDestinationType": "s3", "LogDestination": "logs_bucket"}
TO_LOGS = {"LogDestinationType": "cloud-watch-logs", "LogGroupName": "/vpc/flows"}


def all_subnets(live, facts):
    found = live.client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [facts["tickets_vpc"]]}])
    return [subnet["SubnetId"] for subnet in found["Subnets"]]


def log_every_subnet(live, facts):
    replace_flow_log(subnets=all_subnets(live, facts), TrafficType="ALL", **TO_S3)(live, facts)


def log_some_subnets(live, facts):
    replace_flow_log(subnets=all_subnets(live, facts)[:-1], TrafficType="ALL", **TO_S3)(live, facts)


def log_each_kind_by_itself(live, facts):
    replace_flow_log(TrafficType="ACCEPT", **TO_S3)(live, facts)
    live.client("ec2").create_flow_logs(
        ResourceIds=[facts["tickets_vpc"]], ResourceType="VPC", TrafficType="REJECT",
        DeliverLogsPermissionArn=facts["flow_log_role"], **TO_LOGS,
    )  # fmt: skip


def log_to_a_bucket_that_goes(live, facts):
    s3 = live.client("s3")
    s3.create_bucket(Bucket="short-lived-bucket-of-the-test")
    replace_flow_log(TrafficType="ALL", LogDestinationType="s3", LogDestination="short-lived-bucket-of-the-test")(
        live, facts
    )
    s3.delete_bucket(Bucket="short-lived-bucket-of-the-test")


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(effect, *actions, **more):
    return {"Effect": effect, "Action": list(actions), "Resource": "*"} | more


def policy(role, *statements, name="of-the-test"):
    def change(live, facts):
        live.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document(*statements))

    return change


def trust(role, principal, **more):
    def change(live, facts):
        allowed = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"} | more
        live.client("iam").update_assume_role_policy(RoleName=role, PolicyDocument=document(allowed))

    return change


# AWS does not document what becomes of a pattern that is no ARN's
UNDOCUMENTED = {"Condition": {"ArnLike": {"aws:PrincipalArn": "no-arn"}}}


def bounded_developers(live, facts):
    """Developers may do everything that their boundary leaves, which is no change of the network."""
    iam = live.client("iam")
    boundary = document(statement("Allow", "ec2:Describe*", "ec2:RebootInstances"))
    arn = iam.create_policy(PolicyName="boundary", PolicyDocument=boundary)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="developers", PermissionsBoundary=arn)
    policy("developers", statement("Allow", "ec2:*"))(live, facts)


def user_with_a_group(live, facts):
    iam = live.client("iam")
    iam.create_user(UserName="jo")
    iam.create_group(GroupName="helpers")
    iam.put_group_policy(
        GroupName="helpers", PolicyName="p", PolicyDocument=document(statement("Allow", "ec2:Create*"))
    )
    iam.add_user_to_group(GroupName="helpers", UserName="jo")


def developers_assume_the_team(live, facts):
    trust("network-operations", {"AWS": facts["developers_role"]})(live, facts)


def bucket_policy(*statements):
    def change(live, facts):
        text = document(*statements).replace("BUCKET", facts["logs_bucket"]).replace("ACCOUNT", live.world.account_id)
        live.client("s3").put_bucket_policy(Bucket=facts["logs_bucket"], Policy=text)

    return change


def deliver(principal, objects="balancer/AWSLogs/ACCOUNT/*", effect="Allow", **more):
    put = {"Effect": effect, "Principal": principal, "Action": "s3:PutObject"}
    return put | {"Resource": f"arn:aws:s3:::BUCKET/{objects}"} | more


OF_SOURCE = {"Condition": {"ArnLike": {"aws:SourceArn": "no-arn"}}}
SERVICE = {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
OLD_ACCOUNT = {"AWS": "arn:aws:iam::127311923021:root"}


def access_log(**values):
    def change(live, facts):
        live.client("elbv2").modify_load_balancer_attributes(
            LoadBalancerArn=facts["balancer"],
            Attributes=[{"Key": f"access_logs.s3.{key}", "Value": value} for key, value in values.items()],
        )

    return change


def without_ssm_endpoint(live, facts):
    live.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[facts["endpoints"][0]])


def without_profile(live, facts):
    ec2 = live.client("ec2")
    found = ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]
    mine = next(item for item in found if item["InstanceId"] == facts["web_instances"][0])
    ec2.disassociate_iam_instance_profile(AssociationId=mine["AssociationId"])


def reports_to_web_over_something_unseen(live, facts):
    admit("web_group", (22, 8080), "reports_block")(live, facts)
    made = live.client("ec2").create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    for subnet in (facts["reports_subnet"], facts["web_subnets"][0]):
        block = facts["web_blocks"][0] if subnet == facts["reports_subnet"] else facts["reports_block"]
        live.client("ec2").create_route(
            RouteTableId=table_of(live, subnet), DestinationCidrBlock=block, TransitGatewayId=made
        )


def managed_core(live, facts):
    iam = live.client("iam")
    iam.delete_role_policy(RoleName="tickets-instance", PolicyName="work")
    arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    iam.attach_role_policy(RoleName="tickets-instance", PolicyArn=arn)


def admit_web_subnets(live, facts):
    """The app's group names the web subnets' blocks instead of the web group."""
    for block in facts["web_blocks"]:
        admit("app_group", (9000, 9000), block)(live, facts)


def one_address_of_the_data_subnet(live, facts):
    host = facts["data_blocks"][0].replace(".0/24", ".4/32")
    route("reports_subnet", host, VpcPeeringConnectionId="peering")(live, facts)


def alarm(**changes):
    """The first gateway's alarm, with changes."""

    def change(live, facts):
        arguments = {
            "AlarmName": "nat-1-out-of-ports", "Namespace": "AWS/NATGateway", "MetricName": "ErrorPortAllocation",
            "Dimensions": [{"Name": "NatGatewayId", "Value": facts["nat_gateways"][0]}], "Statistic": "Sum",
            "Period": 300, "EvaluationPeriods": 1, "Threshold": 0, "ComparisonOperator": "GreaterThanThreshold",
            "AlarmActions": [facts["duty_topic"]],
        }  # fmt: skip
        live.client("cloudwatch").put_metric_alarm(**arguments | changes)

    return change


def topic_with_an_unread_letter(live, facts):
    """A topic whose only subscription was never confirmed."""
    sns = live.client("sns")
    topic = sns.create_topic(Name="unread")["TopicArn"]
    alarm(AlarmActions=[topic])(live, facts)


GROUP_CALLS = (
    "AuthorizeSecurityGroupIngress",
    "AuthorizeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
    "RevokeSecurityGroupEgress",
    "CreateSecurityGroup",
    "DeleteSecurityGroup",
)


def counted(pattern, metric="GroupChanges"):
    """The trail's log group has one metric filter, with this pattern."""

    def change(live, facts):
        logs = live.client("logs")
        logs.delete_metric_filter(logGroupName=facts["trail_log_group"], filterName="group-changes")
        logs.put_metric_filter(
            logGroupName=facts["trail_log_group"],
            filterName="mine",
            filterPattern=pattern,
            metricTransformations=[{"metricNamespace": "Shop/Security", "metricName": metric, "metricValue": "1"}],
        )

    return change


def any_of(names):
    return "{ " + " || ".join(f"($.eventName = {name})" for name in names) + " }"


OF_EC2 = '{ ($.eventSource = "ec2.amazonaws.com") && (' + any_of(GROUP_CALLS)[2:-2] + ") }"


def no_actions(live, facts):
    live.client("cloudwatch").disable_alarm_actions(AlarmNames=["group-changes"])


FOOLS = [
    (COUNTED, "nothing for each", counted_into_nothing, "no alarm watches the count"),
    (COUNTED, "one call left out", counted(any_of(GROUP_CALLS[:-1])), "no filter counts DeleteSecurityGroup"),
    (COUNTED, "everything", counted('{ $.eventSource = "ec2.amazonaws.com" }'), "and leaves other calls alone"),
    (COUNTED, "looking as well", counted("{ $.eventName = *SecurityGroup* }"), "and leaves other calls alone"),
    (COUNTED, "as words, not as a name", counted('"SecurityGroup"'), "and leaves other calls alone"),
    (COUNTED, "a metric that nobody watches", counted(any_of(GROUP_CALLS), "Mine"), "no alarm watches the count"),
    (COUNTED, "an alarm that calls nobody", no_actions, "has its actions switched off"),
    (BESIDE, "the internet at the targets", admit("web_group", (8080, 8080), EVERYBODY), "beside the balancer"),
    (BESIDE, "a range around the targets' port", admit("web_group", (8000, 9000), *HALVES), "beside the balancer"),
    (UNUSED, "one more machine", launch("default_vpc"), "in the default VPC runs"),
    (PRIVATE, "a default route", route("web_subnets", EVERYBODY, GatewayId="internet_gateway"), "to the internet"),
    (PRIVATE, "half of it", route("app_subnets", HALVES[1], GatewayId="internet_gateway"), "leads to the internet"),
    (PRIVATE, "one block of it", route("web_subnets", "8.0.0.0/7", GatewayId="internet_gateway"), "8.0.0.0/7"),
    (PRIVATE, "the data by NAT", route("data_subnets", EVERYBODY, NatGatewayId="nat_gateways"), "to the internet"),
    (PRIVATE, "the main table", data_on_the_main_table, "leads to the internet"),
    (PRIVATE, "public addresses", public_by_default, "a public address"),
    (ZONES, "a target that is stopped", stop_web, "targets run only in"),
    (ZONES, "the other zone's gateway", one_nat, "goes out by"),
    (TIERS, "the database in halves", admit("data_group", (5432, 5432), "10.0.0.0/9", "10.128.0.0/9"), "5432"),
    (TIERS, "the app on every port", admit("app_group", (1, 9000), "10.0.0.0/8"), "tcp"),
    (TIERS, "a port beside the right one", admit("data_group", (5433, 5433), "10.0.0.0/8"), "on tcp 5433"),
    (TIERS, "UDP", admit("app_group", (53, 53), "10.0.0.0/8", protocol="udp"), "on udp 53"),
    (PEERING, "the whole VPC", route("reports_subnet", "vpc_block", VpcPeeringConnectionId="peering"), "further"),
    (PEERING, "no part in it", route("web_subnets", "reports_block", VpcPeeringConnectionId="peering"), "further"),
    (PEERING, "half of everything", route("data_subnets", HALVES[0], VpcPeeringConnectionId="peering"), "further than"),
    (FLOW_LOGS, "none", without_flow_log, "no flow log records its traffic"),
    (FLOW_LOGS, "rejects only", replace_flow_log(TrafficType="REJECT", **TO_S3), "accepted traffic is not recorded"),
    (FLOW_LOGS, "accepts only", replace_flow_log(TrafficType="ACCEPT", **TO_S3), "rejected traffic is not recorded"),
    (FLOW_LOGS, "all subnets but one", log_some_subnets, "is not recorded everywhere"),
    (FLOW_LOGS, "a bucket that is gone", log_to_a_bucket_that_goes, "there is no bucket"),
    (FLOW_LOGS, "another service's role", trust("flow-logs", {"Service": "ec2.amazonaws.com"}), "tells nothing"),
    (FLOW_LOGS, "a role that may not write", policy("flow-logs", statement("Deny", "logs:Put*")), "tells nothing"),
    (FLOW_LOGS, "a format without addresses", replace_flow_log(TrafficType="ALL", LogFormat="${vpc-id} ${action}",
                                                               **TO_S3), "its format leaves out from whom"),
    (ACCESS_LOG, "off", access_log(enabled="false"), "the access log is off"),
    (ACCESS_LOG, "no such bucket", access_log(bucket="no-bucket-of-this-name"), "is not there"),
    (ACCESS_LOG, "another prefix", access_log(prefix="elb"), "refuses its log"),
    (ACCESS_LOG, "a deny for everybody", bucket_policy(deliver(SERVICE), deliver("*", effect="Deny")), "refuses its"),
    (OUT_OF_BAND, "SSH from the VPC", admit("web_group", (22, 22), "vpc_block"), "answers SSH"),
    (OUT_OF_BAND, "RDP in a range", admit("app_group", (3000, 4000), "10.0.0.0/8"), "answers RDP"),
    (OUT_OF_BAND, "no endpoint", without_ssm_endpoint, "Session Manager does not reach it"),
    (OUT_OF_BAND, "an endpoint without its private name", endpoint_to_messages(PrivateDnsEnabled=False),
     "no endpoint with a private name leads to ssmmessages"),
    (OUT_OF_BAND, "an endpoint that refuses", endpoint_to_messages(PolicyDocument=document(
        statement("Deny", "*") | {"Principal": "*"})), "refuses its calls"),
    (OUT_OF_BAND, "no role", without_profile, "it has no instance profile"),
    (OUT_OF_BAND, "a role that may not", policy("tickets-instance", statement("Deny", "ssmmessages:*")), "may not"),
    (CHANGES, "ec2:*", policy("developers", statement("Allow", "ec2:*")), "allows ec2:AuthorizeSecurityGroupIngress"),
    (CHANGES, "one action", policy("operators", statement("Allow", "ec2:DeleteFlowLogs")), "allows ec2:DeleteFlowLogs"),
    (CHANGES, "a user by his group", user_with_a_group, "ec2:CreateNetworkAclEntry"),
    (CHANGES, "NotAction", policy("operators", {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}), "allows"),
    (CHANGES, "write oneself a policy", policy("developers", statement("Allow", "iam:PutRolePolicy")), "PutRolePolicy"),
    (CHANGES, "a new user with any policy", policy("operators", statement("Allow", "iam:*User*")), "iam:PutUserPolicy"),
    (CHANGES, "a version of his own policy", version_of_his_own_policy, "iam:CreatePolicyVersion"),
    (CHANGES, "a call that is rarer", policy("developers", statement("Allow", "ec2:DeleteNetworkAcl*")), "ec2:Delete"),
    (CHANGES, "become the team", developers_assume_the_team, "sts:AssumeRole"),
    (ALARMS, "actions off", alarm(ActionsEnabled=False), "has its actions switched off"),
    (ALARMS, "never", alarm(Threshold=10**9), "which no outage reaches"),
    (ALARMS, "the wrong way", alarm(ComparisonOperator="LessThanThreshold"), "which no outage reaches"),
    (ALARMS, "nobody", alarm(AlarmActions=[]), "calls no topic that anybody reads"),
    (ALARMS, "an empty room", topic_with_an_unread_letter, "calls no topic that anybody reads"),
    (ALARMS, "another gateway", alarm(Dimensions=[{"Name": "NatGatewayId", "Value": "nat-1"}]), "no alarm on"),
    (ALARMS, "a metric that says nothing of errors", alarm(MetricName="BytesOutToDestination"), "no alarm on"),
]  # fmt: skip

HONEST = [
    (COUNTED, "by how they begin", counted(any_of(("Authorize*", "Revoke*", *GROUP_CALLS[4:]))), "raise"),
    (COUNTED, "with their service", counted(OF_EC2), "raise"),
    (BESIDE, "from the own VPC", admit("web_group", (8080, 8080), "vpc_block"), "through the balancer only"),
    (UNUSED, "without a default VPC", delete_default_vpc, "there is no default VPC"),
    (UNUSED, "as it is", nothing, "nothing runs in the default VPC"),
    (PRIVATE, "web by NAT", route("web_subnets", EVERYBODY, NatGatewayId="nat_gateways"), "private"),
    (ZONES, "as it is", nothing, "in its own zone"),
    (TIERS, "subnets instead of groups", admit_web_subnets, "before it only"),
    (TIERS, "SSH, which is another control's", admit("data_group", (22, 22), "vpc_block"), "before it only"),
    (PEERING, "a machine of the data subnet", one_address_of_the_data_subnet,
     "no route through the peering that no flow needs"),
    (FLOW_LOGS, "every subnet by itself", log_every_subnet, "accepted and rejected traffic is recorded"),
    (FLOW_LOGS, "each kind by itself", log_each_kind_by_itself, "accepted and rejected traffic is recorded"),
    (ACCESS_LOG, "the policy of older regions", bucket_policy(deliver(OLD_ACCOUNT)), "takes its log"),
    (ACCESS_LOG, "a wider statement", bucket_policy(deliver(SERVICE, "*")), "takes its log"),
    (OUT_OF_BAND, "AWS's managed policy", managed_core, "no port answers"),
    (CHANGES, "within a boundary", bounded_developers, "may not change the network"),
    (CHANGES, "taken back", policy("developers", statement("Allow", "ec2:*"), statement("Deny", "ec2:*")), "may not"),
    (ALARMS, "another error metric", alarm(MetricName="PacketsDropCount", Threshold=100), "watched by"),
]  # fmt: skip

DOUBTS = [
    (
        COUNTED,
        "an asterisk whose meaning AWS leaves open",
        counted("{ $.eventName = Author*Ingress }"),
        "cannot judge its filters",
    ),
    (BESIDE, "replies that go through a transit gateway", edge_behind_a_transit_gateway, "cannot judge port 8080"),
    (TIERS, "a way that the model does not see", reports_to_web_over_something_unseen, "cannot judge"),
    (OUT_OF_BAND, "a way that the model does not see", reports_to_web_over_something_unseen, "cannot judge"),
    (
        CHANGES,
        "a condition that nobody knows",
        policy("developers", statement("Allow", "ec2:*", **UNDOCUMENTED)),
        "cannot judge",
    ),
    (FLOW_LOGS, "such a condition", policy("flow-logs", statement("Deny", "logs:*", **UNDOCUMENTED)), "cannot judge"),
    (
        ACCESS_LOG,
        "such a condition",
        bucket_policy(deliver(SERVICE), deliver("*", effect="Deny", **OF_SOURCE)),
        "policy of",
    ),
]


@pytest.mark.parametrize(("control", "change", "words"), named(FOOLS))
def test_a_bypass_fails_and_the_finding_names_it(judge, control, change, words):
    assert_fails(judge(control, change), words)


@pytest.mark.parametrize(("control", "change", "words"), named(HONEST))
def test_an_honest_answer_passes(judge, control, change, words):
    assert_passes(judge(control, change), words)


@pytest.mark.parametrize(("control", "change", "words"), named(DOUBTS))
def test_what_cannot_be_judged_says_so_and_is_neither_passed_nor_failed(judge, control, change, words):
    assert_doubted(judge(control, change), words)


@pytest.mark.parametrize("grader", ["vpc", "elbv2", "ssm", "iam", "cloudwatch"])
def test_every_message_is_reached(judge, grader):
    cases = [(control, change) for control, _, change, _ in (*FOOLS, *HONEST, *DOUBTS) if control.startswith(grader)]
    assert unreached(grader, judge, cases) == []
