"""Measure the evaluators of IAM, networks and what is public: python -m benchmarks.iam_network."""

import time
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from hardenlab.semantics.iam import Policies, Policy, Principal, Request, decide, principal_context
from hardenlab.semantics.network import Network
from hardenlab.semantics.public import (
    Bucket,
    bucket_is_public,
    public_witness,
    resource_policy_is_public,
    snapshot_is_public,
)

ACCOUNT = "111122223333"
JANE = Principal.user(f"arn:aws:iam::{ACCOUNT}:user/jane")
SUBNETS, INSTANCES, SHARED = 10, 50, 10
OPEN = {"RuleAction": "allow", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}


def main() -> None:
    table = Table("what", "measured", "target", title="evaluators")
    table.add_row("IAM decision, documents as objects", f"{decisions(as_read=False):.0f} us", "<= 50 us")
    table.add_row("IAM decision, documents read beforehand", f"{decisions(as_read=True):.0f} us", "<= 50 us")
    account = f"{SUBNETS} subnets, {INSTANCES} instances"
    table.add_row(f"what the internet reaches, {account}", f"{exposure() * 1000:.1f} ms", "")
    table.add_row(
        f"the same, and what of {SHARED} buckets, topics, queues, keys and snapshots each is public",
        f"{exposure(public=True) * 1000:.1f} ms",
        "<= 20 ms",
    )
    Console(width=100).print(table)


def decisions(*, as_read: bool) -> float:
    """Microseconds for an ordinary request: three kinds of policy, five statements, two conditions."""
    identity = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Reports",
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:ListBucket"],
                "Resource": ["arn:aws:s3:::lab-data", "arn:aws:s3:::lab-data/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "true"}},
            },
            {"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"},
            {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"},
        ],
    }
    bucket = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": ["arn:aws:s3:::lab-data", "arn:aws:s3:::lab-data/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    }
    scp = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    ready: Callable[[Any], Any] = Policy.read if as_read else lambda document: document
    policies = Policies(identity=[ready(identity)], resource=ready(bucket), scps=[[ready(scp)]])
    context = principal_context(JANE) | {"aws:SecureTransport": "true", "aws:SourceIp": "203.0.113.9"}
    request = Request(JANE, "s3:GetObject", "arn:aws:s3:::lab-data/report.csv", ACCOUNT, context)
    assert decide(request, policies).allowed
    return best(lambda: decide(request, policies), 3000) * 1e6


def exposure(*, public: bool = False) -> float:
    """Seconds for: read the describe results, and for every instance the ports that the internet reaches.

    `public`: and whether each bucket, topic, queue, key and snapshot is public, with the request that shows it.
    """
    documents = shop()

    def verdict() -> int:
        network = Network.from_describe(documents)
        shared = sum(is_shared(number) for number in range(SHARED)) if public else 0
        return shared + sum(len(network.open_ports(instance)) for instance in network.instances)

    assert verdict() > 0
    return best(verdict, 3)


def is_shared(number: int) -> bool:
    """Verdicts about one bucket, topic, queue, key and snapshot; every third of them is public."""
    everybody = number % 3 == 0
    principal: Any = "*" if everybody else {"AWS": f"arn:aws:iam::{ACCOUNT}:role/shop"}

    def policy(action: str, resource: str) -> dict[str, Any]:
        inside = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
        condition = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
        granted = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
        return {"Version": "2012-10-17", "Statement": [{**inside, "Condition": condition}, granted]}

    name = f"shop-{number}"
    bucket = Bucket(name=name, owner=ACCOUNT, policy=policy("s3:GetObject", f"arn:aws:s3:::{name}/*"))
    verdicts = [bucket_is_public(bucket.policy).public, public_witness(bucket, ["page.html"]) is not None]
    for service, action in (("sns", "sns:Publish"), ("sqs", "sqs:SendMessage"), ("kms", "kms:Decrypt")):
        document = policy(action, f"arn:aws:{service}:us-east-1:{ACCOUNT}:{name}")
        verdicts.append(resource_policy_is_public(document, service).public)
    permissions = [{"Group": "all"}] if everybody else [{"UserId": "444455556666"}]
    verdicts.append(snapshot_is_public(f"snap-{number}", permissions, encrypted=False).public)
    assert verdicts == [everybody] * len(verdicts), verdicts
    return everybody


def best(call: Callable[[], object], rounds: int) -> float:
    """Processor seconds a call, the best of five series: other programs only ever add to it."""
    call()
    series = []
    for _ in range(5):
        started = time.process_time()
        for _ in range(rounds):
            call()
        series.append((time.process_time() - started) / rounds)
    return min(series)


def shop() -> dict[str, Any]:
    """Five public and five private subnets, ten security groups, an ACL with rules of its own in front of each half."""
    groups = [
        {
            "GroupId": f"sg-{number}",
            "GroupName": f"tier-{number}",
            "VpcId": "vpc-1",
            "IpPermissions": [
                permission(443, "0.0.0.0/0"),
                permission(22, "203.0.113.0/24"),
                {**permission(8080 + number), "UserIdGroupPairs": [{"GroupId": f"sg-{(number + 1) % 10}"}]},
            ],
            "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
        }
        for number in range(10)
    ]
    return {
        "Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
        "InternetGateways": [{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1", "State": "available"}]}],
        "Subnets": [
            {"SubnetId": f"subnet-{n}", "VpcId": "vpc-1", "CidrBlock": f"10.0.{n}.0/24"} for n in range(SUBNETS)
        ],
        "RouteTables": [table("public", range(0, SUBNETS, 2), "igw-1"), table("private", range(1, SUBNETS, 2), None)],
        "NetworkAcls": [acl("acl-0", range(0, SUBNETS, 2)), acl("acl-1", range(1, SUBNETS, 2))],
        "SecurityGroups": groups,
        "Instances": [instance(number) for number in range(INSTANCES)],
    }


def permission(port: int, cidr: str | None = None) -> dict[str, Any]:
    ranges = [{"CidrIp": cidr}] if cidr else []
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": ranges}


def table(name: str, subnets: range, gateway: str | None) -> dict[str, Any]:
    routes = [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}]
    routes += [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway, "State": "active"}] if gateway else []
    associations = [{"SubnetId": f"subnet-{number}"} for number in subnets]
    return {"RouteTableId": f"rtb-{name}", "VpcId": "vpc-1", "Associations": associations, "Routes": routes}


def acl(name: str, subnets: range) -> dict[str, Any]:
    telnet = {"RuleNumber": 90, "RuleAction": "deny", "Protocol": "6", "CidrBlock": "0.0.0.0/0"}
    return {
        "NetworkAclId": name,
        "VpcId": "vpc-1",
        "Associations": [{"SubnetId": f"subnet-{number}"} for number in subnets],
        "Entries": [
            {**telnet, "Egress": False, "PortRange": {"From": 23, "To": 23}},
            {**OPEN, "RuleNumber": 100, "Egress": False},
            {**OPEN, "RuleNumber": 100, "Egress": True},
        ],
    }


def instance(number: int) -> dict[str, Any]:
    subnet = number % SUBNETS
    address = f"10.0.{subnet}.{10 + number // SUBNETS}"
    face = {
        "NetworkInterfaceId": f"eni-{number}",
        "SubnetId": f"subnet-{subnet}",
        "PrivateIpAddress": address,
        "Groups": [{"GroupId": f"sg-{number % 10}"}, {"GroupId": f"sg-{(number + 3) % 10}"}],
    }
    if subnet % 2 == 0:
        face["Association"] = {"PublicIp": f"198.51.{100 + subnet}.{number}"}
    return {"InstanceId": f"i-{number:02}", "State": {"Name": "running"}, "NetworkInterfaces": [face]}


if __name__ == "__main__":
    main()
