"""The graders that read settings rather than packets, against random accounts: plain folds over the documents agree.

The documents are what the describe calls answer; the oracles are written apart from graders and evaluators.
"""

from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from random import Random
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardenlab import Account
from hardenlab.assess.read_buckets import OwnBucket
from hardenlab.assess.read_principals import Rights
from hardenlab.course.load import load_course
from hardenlab.semantics.network import Network
from hardenlab.semantics.public.access import Bucket
from helpers.direct import CHECKOUT
from helpers.judged import assert_agrees

COURSE = load_course(CHECKOUT)
ACCOUNTS = settings(max_examples=200, derandomize=True, deadline=None)
ID, TRAIL, BALANCER = "111122223333", "/trail", "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/door/1"
PLACES = {  # subnet: vpc, block, zone
    "subnet-edge-a": ("vpc-1", "10.0.0.0/24", "us-east-1a"), "subnet-edge-b": ("vpc-1", "10.0.1.0/24", "us-east-1b"),
    "subnet-app-a": ("vpc-1", "10.0.2.0/24", "us-east-1a"), "subnet-app-b": ("vpc-1", "10.0.3.0/24", "us-east-1b"),
    "subnet-data-a": ("vpc-1", "10.0.4.0/24", "us-east-1a"), "subnet-data-b": ("vpc-1", "10.0.5.0/24", "us-east-1b"),
    "subnet-reports": ("vpc-2", "10.8.1.0/24", "us-east-1a"), "subnet-lab": ("vpc-2", "10.8.2.0/24", "us-east-1b"),
    "subnet-default": ("vpc-0", "172.31.0.0/20", "us-east-1a"),
}  # fmt: skip
BLOCKS = {"vpc-1": "10.0.0.0/16", "vpc-2": "10.8.0.0/16", "vpc-0": "172.31.0.0/16"}
THERE = ("10.8.0.0/16", "10.8.1.0/24", "10.8.1.0/25", "10.8.2.0/24", "10.0.0.0/16", "10.0.4.0/24", "10.0.4.0/23")
PROBES = [f"10.{net}.{sub}.{host}" for net in (0, 8) for sub in range(8) for host in (9, 200)]
FACTS = {
    "app_subnets": ["subnet-app-a", "subnet-app-b"], "data_subnets": ["subnet-data-a", "subnet-data-b"],
    "reports_subnet": "subnet-reports", "tickets_vpc": "vpc-1", "analytics_vpc": "vpc-2", "trail_log_group": TRAIL,
    "network_role": f"arn:aws:iam::{ID}:role/team",
}  # fmt: skip
NAT_METRICS, DOOR_METRICS = (
    ("ErrorPortAllocation", "PacketsDropCount"),
    ("UnHealthyHostCount", "RejectedConnectionCount"),
)
CALLS = [f"{way}SecurityGroup{end}" for way in ("Authorize", "Revoke") for end in ("Ingress", "Egress")]
CALLS += ["CreateSecurityGroup", "DeleteSecurityGroup"]
ACTIONS = ("ec2:CreateRoute", "ec2:*", "ec2:Describe*", "ec2:Authorize*", "s3:*", "iam:PutRolePolicy", "*", "iam:Get*")
CHANGES = ("ec2:CreateRoute", "ec2:AuthorizeSecurityGroupIngress", "ec2:DeleteFlowLogs", "iam:PutRolePolicy")


class Answers:
    """A client that answers from documents."""

    def __init__(self, answers):
        self._answers = answers

    def __getattr__(self, operation):
        answer = self._answers[operation]
        return answer if callable(answer) else lambda **_: answer

    def get_paginator(self, operation):
        return SimpleNamespace(paginate=lambda **asked: [getattr(self, operation)(**asked)])


def network(roll):
    """Documents of two peered VPCs and perhaps a default one, with routes, gateways, machines and a balancer."""
    places = {id: place for id, place in PLACES.items() if place[0] != "vpc-0" or roll.random() < 0.8}
    vpcs = sorted({vpc for vpc, _, _ in places.values()})
    machines = [machine(roll, f"i-{at}", roll.choice(sorted(places))) for at in range(roll.randint(1, 4))]
    doors = roll.sample(["subnet-edge-a", "subnet-edge-b"], roll.randint(1, 2))
    chosen = roll.sample(machines, roll.randint(0, len(machines)))
    return {
        "Vpcs": [{"VpcId": vpc, "CidrBlock": BLOCKS[vpc], "IsDefault": vpc == "vpc-0"} for vpc in vpcs],
        "Subnets": [
            {"SubnetId": id, "VpcId": vpc, "CidrBlock": block, "AvailabilityZone": zone}
            for id, (vpc, block, zone) in places.items()
        ],
        "NatGateways": [
            {"NatGatewayId": f"nat-{zone}", "SubnetId": f"subnet-edge-{zone}", "VpcId": "vpc-1", "State": "available"}
            for zone in ("a", "b")
        ],
        "RouteTables": [table(roll, id, places[id][0]) for id in places],
        "Reservations": [{"Instances": machines}],
        "LoadBalancers": [
            {
                "LoadBalancerArn": BALANCER, "LoadBalancerName": "door", "SecurityGroups": [],
                "AvailabilityZones": [{"SubnetId": id} for id in doors],
            }
        ],
        "TargetGroups": [{"TargetGroupArn": "tg-1", "Port": 8080, "LoadBalancerArns": [BALANCER]}],
        "TargetHealth": [
            {"TargetGroupArn": "tg-1", "Target": {"Id": item["InstanceId"], "Port": 8080}} for item in chosen
        ],
    }  # fmt: skip


def machine(roll, id, subnet):
    face = {"NetworkInterfaceId": f"eni-{id}", "SubnetId": subnet, "Groups": []}
    face["PrivateIpAddress"] = PLACES[subnet][1].split("/")[0].rsplit(".", 1)[0] + ".9"
    state = roll.choice(["running", "running", "stopped"])
    return {"InstanceId": id, "State": {"Name": state}, "NetworkInterfaces": [face]}


def table(roll, subnet, vpc):
    routes = [{"DestinationCidrBlock": BLOCKS[vpc], "GatewayId": "local", "State": "active"}]
    if roll.random() < 0.8:
        target = {"NatGatewayId": roll.choice(["nat-a", "nat-b"])}
        routes.append({"DestinationCidrBlock": "0.0.0.0/0", "State": "active"} | target)
    for block in roll.sample(THERE, roll.choice([0, 0, 1, 2])):
        if block != BLOCKS[vpc]:
            routes.append({"DestinationCidrBlock": block, "VpcPeeringConnectionId": "pcx-1", "State": "active"})
    return {
        "RouteTableId": f"rtb-{subnet}", "VpcId": vpc, "Routes": routes, "Associations": [{"SubnetId": subnet}],
    }  # fmt: skip


def services(roll):
    """What the other services answer."""
    alarms = [alarm(roll, at) for at in range(roll.randint(0, 6))]
    said = roll.sample(CALLS, roll.choice([3, 6, 6, 6])) + roll.choice([[], [], ["DescribeSecurityGroups"]])
    pattern = "{ " + " || ".join(f"($.eventName = {name})" for name in said) + " }"
    metric = {"metricNamespace": "Own", "metricName": "Changes", "metricValue": roll.choice(["1", "1", "0"])}
    return {
        "alarms": alarms,
        "topics": [
            {"TopicArn": "arn:read", "SubscriptionArn": "arn:s"},
            {"TopicArn": "arn:new", "SubscriptionArn": "PendingConfirmation"},
        ],
        "said": said,
        "filter": {
            "filterName": "f", "logGroupName": TRAIL, "filterPattern": pattern, "metricTransformations": [metric],
        },
        "attributes": attributes(roll),
        "bucket policy": [delivery(roll) for _ in range(roll.randint(1, 3))],
        "flow logs": [flow_log(roll, at) for at in range(roll.randint(0, 4))],
        "roles": {name: [statement(roll) for _ in range(roll.randint(0, 2))] for name in ("team", "dev", "ops")},
    }  # fmt: skip


WRITERS = ("logdelivery.elasticloadbalancing.amazonaws.com", "logs.amazonaws.com")
KEYS = ("*", "door/*", f"door/AWSLogs/{ID}/*", "door/AWSLogs/999988887777/*", f"AWSLogs/{ID}/*",
        f"AWSLogs/{ID}/elasticloadbalancing/*")  # fmt: skip


def delivery(roll):
    effect, writer = roll.choice(["Allow", "Allow", "Allow", "Deny"]), roll.choice([WRITERS[0], *WRITERS])
    action = roll.choice(["s3:PutObject", "s3:*", "s3:GetObject"])
    return {
        "Effect": effect, "Principal": {"Service": writer}, "Action": action,
        "Resource": f"arn:aws:s3:::kept/{roll.choice(KEYS)}",
    }  # fmt: skip


def attributes(roll):
    values = {
        "enabled": roll.choice(["true", "true", "true", "false"]),
        "bucket": roll.choice(["kept", "kept", "kept", "gone"]),
        "prefix": roll.choice(["door", "door", "", "elb"]),
    }  # fmt: skip
    return [{"Key": f"access_logs.s3.{key}", "Value": value} for key, value in values.items()]


def alarm(roll, at):
    namespace, metrics, dimension = roll.choice(
        [
            ("AWS/NATGateway", NAT_METRICS, {"Name": "NatGatewayId", "Value": roll.choice(["nat-a", "nat-b"])}),
            ("AWS/ApplicationELB", DOOR_METRICS, {"Name": "LoadBalancer", "Value": "app/door/1"}),
            ("Own", ("Changes",), {}),
        ]
    )
    return {
        "AlarmName": f"alarm-{at}", "Namespace": namespace, "MetricName": roll.choice([*metrics, "Changes"]),
        "Dimensions": [dimension] if dimension else [], "ActionsEnabled": roll.random() < 0.8,
        "ComparisonOperator": roll.choice(["GreaterThanThreshold"] * 3 + ["LessThanThreshold"]),
        "Threshold": roll.choice([0, 1, 100, 5000]),
        "AlarmActions": roll.choice([["arn:read"], ["arn:read"], ["arn:new"], []]),
    }  # fmt: skip


def flow_log(roll, at):
    form = roll.choice(
        [{}, {}, {"LogFormat": "${srcaddr} ${pkt-dstaddr} ${action}"}, {"LogFormat": "${srcaddr} ${action}"}]
    )
    return form | {
        "FlowLogId": f"fl-{at}", "ResourceId": roll.choice(["vpc-1", "vpc-2", "vpc-0", "subnet-reports", "subnet-lab"]),
        "TrafficType": roll.choice(["ALL", "ACCEPT", "REJECT"]), "LogDestinationType": "s3",
        "LogDestination": f"arn:aws:s3:::{roll.choice(['kept', 'kept', 'gone'])}",
    }  # fmt: skip


def statement(roll):
    effect = roll.choice(["Allow", "Allow", "Deny"])
    return {"Effect": effect, "Action": roll.sample(ACTIONS, roll.randint(1, 2)), "Resource": "*"}


def account_of(documents, told):
    by_ec2 = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [by_ec2]}
    roles = [
        {
            "RoleName": name,
            "Arn": f"arn:aws:iam::{ID}:role/{name}",
            "RoleId": f"AROA{name}",
            "AssumeRolePolicyDocument": trust,
            "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": said}}]
            if said
            else [],
            "AttachedManagedPolicies": [],
        }
        for name, said in told["roles"].items()
    ]
    clients = {
        "cloudwatch": {"describe_alarms": {"MetricAlarms": told["alarms"]}},
        "sns": {"list_subscriptions": {"Subscriptions": told["topics"]}},
        "logs": {"describe_metric_filters": {"metricFilters": [told["filter"]]}},
        "ec2": {"describe_flow_logs": {"FlowLogs": told["flow logs"]}},
        "elbv2": {"describe_load_balancer_attributes": {"Attributes": told["attributes"]}},
        "iam": {"get_account_authorization_details": {"RoleDetailList": roles}},
    }  # fmt: skip
    account = Account(lambda service, region_name: Answers(clients[service]), ID, "us-east-1", FACTS)
    account.__dict__["network"] = Network.from_describe(documents)
    policy = {"Version": "2012-10-17", "Statement": told["bucket policy"]}
    account.__dict__["buckets"] = [
        OwnBucket("kept", (), Bucket(name="kept", owner=ID, policy=policy), lambda _: Rights())
    ]
    return account


def subnets_of(documents):
    return {item["SubnetId"]: item for item in documents["Subnets"]}


def default_unused(documents, told):
    ids = [item["VpcId"] for item in documents["Vpcs"] if item["IsDefault"]]
    placed = [
        face["SubnetId"] for item in documents["Reservations"][0]["Instances"] for face in item["NetworkInterfaces"]
    ]
    return dict.fromkeys(ids, "subnet-default" not in placed) or {"account": True}


def two_zones(documents, told):
    machines = {item["InstanceId"]: item for item in documents["Reservations"][0]["Instances"]}
    targets = [machines[item["Target"]["Id"]] for item in documents["TargetHealth"]]
    running = [item["NetworkInterfaces"][0]["SubnetId"] for item in targets if item["State"]["Name"] == "running"]
    nodes = [item["SubnetId"] for item in documents["LoadBalancers"][0]["AvailabilityZones"]]
    verdicts = {BALANCER: all(len({PLACES[id][2] for id in ids}) == 2 for ids in (running, nodes))}
    for id in FACTS["app_subnets"]:
        routes = next(item["Routes"] for item in documents["RouteTables"] if item["RouteTableId"] == f"rtb-{id}")
        gateways = [item["NatGatewayId"] for item in routes if "NatGatewayId" in item]
        verdicts[id] = gateways == [f"nat-{id[-1]}"]
    return verdicts


def peering(documents, told):
    """Address by address: a route through the peering leads to somebody who takes no part."""
    data, verdicts = [PLACES[id][1] for id in FACTS["data_subnets"]], {}
    for item in documents["RouteTables"]:
        subnet = item["RouteTableId"].removeprefix("rtb-")
        if PLACES[subnet][0] == "vpc-0":
            continue
        wanted = {"subnet-reports": data}.get(subnet, [PLACES["subnet-reports"][1]] if "-data-" in subnet else [])
        verdicts[subnet] = not any(
            "VpcPeeringConnectionId" in best(item["Routes"], probe)
            and not any(ip_address(probe) in ip_network(block) for block in wanted)
            for probe in PROBES
        )
    return verdicts


def best(routes, address):
    fitting = [item for item in routes if ip_address(address) in ip_network(item["DestinationCidrBlock"])]
    return max(fitting, key=lambda item: ip_network(item["DestinationCidrBlock"]).prefixlen, default={})


def rings(item):
    return (
        item["ActionsEnabled"] and item["ComparisonOperator"].startswith("Greater") and item["Threshold"] <= 100
        and "arn:read" in item["AlarmActions"]
    )  # fmt: skip


def alarmed(documents, told):
    wanted = {"nat-a": ("nat-a", NAT_METRICS), "nat-b": ("nat-b", NAT_METRICS), BALANCER: ("app/door/1", DOOR_METRICS)}
    return {
        id: any(
            rings(item) and item["MetricName"] in metrics and value in [one["Value"] for one in item["Dimensions"]]
            for item in told["alarms"]
        )
        for id, (value, metrics) in wanted.items()
    }


def changes_alarmed(documents, told):
    counts = set(told["said"]) == set(CALLS) and told["filter"]["metricTransformations"][0]["metricValue"] == "1"
    mine = [item for item in told["alarms"] if (item["Namespace"], item["MetricName"]) == ("Own", "Changes")]
    return {TRAIL: counts and any(rings(item) for item in mine)}


def logged(documents, told):
    telling = [
        item for item in told["flow logs"]
        if item["LogDestination"].endswith("kept") and item.get("LogFormat", "dstaddr").find("dstaddr") >= 0
    ]  # fmt: skip
    verdicts = {}
    for vpc in (item["VpcId"] for item in documents["Vpcs"]):
        inside = {id for id, item in subnets_of(documents).items() if item["VpcId"] == vpc}
        verdicts[vpc] = True
        for kind in ("ACCEPT", "REJECT"):
            places = {item["ResourceId"] for item in telling if item["TrafficType"] in ("ALL", kind)}
            verdicts[vpc] &= vpc in places or inside <= places
    return verdicts


def limited(documents, told):
    def may(role, action):
        found = {
            item["Effect"] for item in told["roles"][role]
            if any(fnmatchcase(action, pattern) for pattern in item["Action"])
        }  # fmt: skip
        return found == {"Allow"}

    return {
        f"arn:aws:iam::{ID}:role/{role}": not any(may(role, action) for action in CHANGES) for role in ("dev", "ops")
    }


def delivered(documents, told):
    """Where the log would be written, and whether a statement lets it, and none forbids it."""
    values = {item["Key"].rpartition(".")[2]: item["Value"] for item in told["attributes"]}
    prefix = f"{values['prefix']}/" if values["prefix"] else ""
    place = f"arn:aws:s3:::kept/{prefix}AWSLogs/{ID}/elasticloadbalancing/us-east-1/some.log.gz"
    said = {
        item["Effect"]
        for item in told["bucket policy"]
        if item["Principal"]["Service"] == WRITERS[0]
        and fnmatchcase("s3:PutObject", item["Action"])
        and fnmatchcase(place, item["Resource"])
    }
    return {BALANCER: values["enabled"] == "true" and values["bucket"] == "kept" and said == {"Allow"}}


ORACLES = {
    "elbv2_load_balancer_logs_delivered": delivered,
    "cloudwatch_security_group_changes_alarm": changes_alarmed,
    "vpc_default_vpc_unused": default_unused,
    "vpc_workload_survives_a_zone": two_zones,
    "vpc_peering_routes_limited": peering,
    "vpc_flow_logs_complete": logged,
    "iam_network_changes_limited": limited,
    "cloudwatch_network_alarms_act": alarmed,
}


@pytest.mark.parametrize("control", ORACLES)
def test_the_grader_agrees_with_a_fold_over_the_documents(control):
    seen = set()

    @ACCOUNTS
    @given(st.integers(0, 2**32))
    def agree(number):
        roll = Random(number)
        documents, told = network(roll), services(roll)
        findings = COURSE.controls[control](account_of(documents, told))
        seen.update(assert_agrees(findings, ORACLES[control](documents, told)))

    agree()
    assert seen == {"PASSED", "FAILED"}, "the accounts must show both verdicts"
