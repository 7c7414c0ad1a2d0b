"""Ask an account everything twice: once with answers that are parsed at once, once with answers that are written.

`main`, with the lab as the first argument: seeds the lab's sections, judges each, and asks odd things; prints how many
answers were compared, and how many of them were parsed at once.
"""

import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import botocore.client
from botocore.exceptions import ClientError
from hardenlab.environments.moto.determinism import Determinism
from hardenlab.environments.moto.emulator import Emulator
from hardenlab.environments.moto.process import SEED_CLOCK, run_job
from hardenlab.environments.moto.services import announce_services
from hardenlab.environments.moto.tuning import tune

from hardenlab.assess.jobs import PLANT, REGION, SEED, assess_account
from hardenlab.course.find import find_course
from hardenlab.course.load import load_course

ACCOUNT = "123456789012"
ODD = (
    "",
    " ",
    "a\tb\nc",
    "<shop> & 'sons' \"ltd\"",
    "Zürich 東京 🔑",
    "a\rb",
    "line\r\n",
    "\x7f",
    "]]>",
    "None",
    "\ufeff",
)


class Either(Emulator):
    """Answers as the emulator does, or the long way only."""

    long = False
    parsed = 0

    def _answer_at_once(self, *call: Any, **hook: Any) -> Any:
        answer = None if self.long else super()._answer_at_once(*call, **hook)
        self.parsed += answer is not None
        return answer


def main() -> None:
    announce_services()
    tune()
    emulator = Either(Determinism())
    emulator.warm_up()
    compared = 0
    for section in load_course(find_course()).lab(sys.argv[1]).sections:
        arguments = seeded(emulator, section.id)
        emulator.long = False
        with emulator.numbered("run", ACCOUNT, None) as clients:
            asked_within_a_call(clients("ec2"))
        with both_ways(emulator) as asked, emulator.numbered("run", ACCOUNT, None) as clients:
            assess_account(clients, arguments)
            odd_questions(clients)
        compared += len(asked)
        emulator.forget()
    print(compared, emulator.parsed)  # noqa: T201  what the test reads


def seeded(emulator: Emulator, section: str) -> dict[str, Any]:
    """Arguments for judging the section as planted."""
    emulator._determinism.variant = "both"
    arguments = {"course": str(find_course()), "section": section, "variant": "both", "account_id": ACCOUNT}
    arguments |= {"region": REGION}
    emulator.open_account(ACCOUNT)
    told = run_job(emulator, {"do": "seed", "job": SEED, "arguments": arguments}, SEED_CLOCK)
    planting = {**arguments, "facts": told["facts"], "flags": None}
    told = run_job(emulator, {"do": "seed", "job": PLANT, "arguments": planting}, SEED_CLOCK)
    known = {"facts": told["facts"], "questions": told["questions"]}
    return {**arguments, **known, "baseline": {}, "answers": {}, "only": None, "public": False}


@contextmanager
def both_ways(emulator: Either) -> Iterator[list[str]]:
    """Every call of boto3 is made twice, and must answer the same; the names of the operations, as they come."""
    asked: list[str] = []
    call = botocore.client.BaseClient._make_api_call

    def one_way(client: Any, operation: str, parameters: Any, long: bool) -> Any:
        emulator.long, emulator._numbers = long, itertools.count(len(asked))
        try:
            return plain(call(client, operation, parameters))
        except ClientError as error:
            return plain(error.response)

    def each_way(client: Any, operation: str, parameters: Any) -> Any:
        asked.append(operation)
        changes = not operation.startswith(("Describe", "Get", "List", "Search"))
        if not changes:
            written = one_way(client, operation, parameters, long=True)
            parsed = one_way(client, operation, parameters, long=False)
            assert written == parsed, (operation, written, parsed)
        emulator.long = changes
        return call(client, operation, parameters)

    botocore.client.BaseClient._make_api_call = each_way
    try:
        yield asked
    finally:
        botocore.client.BaseClient._make_api_call = call


def asked_within_a_call(ec2: Any) -> None:
    """An analysis reads the network by calls of its own, whose results are not what was asked for."""
    vpc = ec2.create_vpc(CidrBlock="10.201.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.201.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="open", Description="open", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
    )  # fmt: skip
    interface = {"DeviceIndex": 0, "SubnetId": subnet, "Groups": [group], "AssociatePublicIpAddress": True}
    image = "ami-04681a1dbd79675a5"
    (machine,) = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, NetworkInterfaces=[interface])["Instances"]
    path = ec2.create_network_insights_path(
        Source=gateway, Destination=machine["InstanceId"], Protocol="tcp", DestinationPort=22
    )["NetworkInsightsPath"]["NetworkInsightsPathId"]
    started = ec2.start_network_insights_analysis(NetworkInsightsPathId=path)["NetworkInsightsAnalysis"]
    assert started["NetworkInsightsPathId"] == path, started
    (known,) = ec2.describe_network_insights_analyses()["NetworkInsightsAnalyses"]
    assert known["NetworkPathFound"] is True, known


def plain(answer: Any) -> Any:
    """Without what names the one answer, and with the order of the fields."""
    told = answer.get("ResponseMetadata", {})
    for name in ("HTTPHeaders", "RequestId", "HostId", "MaxAttemptsReached"):
        told.pop(name, None)
    return [*answer.items()]


def odd_questions(clients: Any) -> None:
    """Names that XML must escape or cannot hold, empty lists, pages and errors."""
    ec2, iam, sns = clients("ec2"), clients("iam"), clients("sns")
    with suppress(ClientError):
        iam.create_user(UserName="odd", Tags=[{"Key": "empty", "Value": ""}])
    vpc = ec2.create_vpc(CidrBlock="10.200.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": f"odd{n}", "Value": text} for n, text in enumerate(ODD)])
    for number, text in enumerate(ODD[3:6]):
        ec2.create_security_group(GroupName=f"odd-{number}", Description=text, VpcId=vpc)
    ec2.describe_vpcs(VpcIds=[vpc])
    ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [vpc]}])
    ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    ec2.describe_instances(Filters=[{"Name": "vpc-id", "Values": ["vpc-none"]}])
    ec2.describe_instance_types(InstanceTypes=["t3.micro"])
    ec2.describe_images(Owners=["amazon"], MaxResults=5)
    ec2.describe_availability_zones()
    ec2.describe_volumes()
    iam.get_user(UserName="odd")
    iam.list_policies(Scope="AWS", MaxItems=7)
    iam.get_account_summary()
    sns.list_topics()
    for service, operation, arguments in (
        ("ec2", "describe_vpcs", {"VpcIds": ["vpc-00000000"]}),
        ("iam", "get_user", {"UserName": "nobody"}),
        ("iam", "get_account_password_policy", {}),
        ("iam", "get_policy_version", {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess", "VersionId": "v1"}),
        ("sns", "get_topic_attributes", {"TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:none"}),
        ("elbv2", "describe_load_balancers", {"Names": ["none"]}),
        ("sts", "get_caller_identity", {}),
    ):
        with suppress(ClientError):
            getattr(clients(service), operation)(**arguments)
