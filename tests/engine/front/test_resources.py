"""Policies that name resources are decided where the request says which resource it means, and only there."""

import json

import pytest

from .test_guardrails import code_of, policy


def allow(actions, resources, **more):
    return policy({"Effect": "Allow", "Action": actions, "Resource": resources, **more})


@pytest.fixture
def jane(account):
    """Give Jane a policy; answers a maker of clients with her key."""
    iam = account.client("iam")
    iam.create_user(UserName="jane", Path="/staff/")
    made = iam.create_access_key(UserName="jane")["AccessKey"]
    key = made["AccessKeyId"], made["SecretAccessKey"]

    def may(document):
        iam.put_user_policy(UserName="jane", PolicyName="p", PolicyDocument=document)
        return lambda service: account.client(service, key=key)

    return may


def test_volumes_and_groups_by_id(account, jane):
    ec2 = account.client("ec2")
    zone = ec2.describe_availability_zones()["AvailabilityZones"][0]["ZoneName"]
    mine, other = (ec2.create_volume(AvailabilityZone=zone, Size=1)["VolumeId"] for _ in range(2))
    arn = f"arn:aws:ec2:us-east-1:{account.world.account_id}:volume/{mine}"
    client = jane(allow("ec2:DeleteVolume", arn))("ec2")
    assert code_of(client.delete_volume, VolumeId=other) == "UnauthorizedOperation"
    assert code_of(client.delete_volume, VolumeId=mine) is None


def test_users_by_their_whole_path(account, jane):
    own = f"arn:aws:iam::{account.world.account_id}:user/staff/jane"
    iam = jane(allow("iam:*AccessKey*", own))("iam")
    account.client("iam").create_user(UserName="joe")
    assert code_of(iam.create_access_key, UserName="joe") in ("AccessDenied", "NotImplemented")
    assert code_of(iam.list_access_keys, UserName="joe") == "AccessDenied"
    assert code_of(iam.list_access_keys, UserName="jane") is None


def test_parameters_by_name(account, jane):
    for name in ("/shop/url", "/shop/password"):
        account.client("ssm").put_parameter(Name=name, Value="v", Type="String")
    ssm = jane(allow("ssm:GetParameter*", f"arn:aws:ssm:us-east-1:{account.world.account_id}:parameter/shop/url"))(
        "ssm"
    )
    assert code_of(ssm.get_parameter, Name="/shop/url") is None
    assert code_of(ssm.get_parameter, Name="/shop/password") == "AccessDenied"
    assert code_of(ssm.get_parameters, Names=["/shop/url", "/shop/password"]) == "AccessDenied"


def test_a_keys_policy_is_asked(account, jane):
    kms = account.client("kms")
    root = {"AWS": f"arn:aws:iam::{account.world.account_id}:root"}
    open_to_iam = policy({"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"})
    nobody = policy(
        {"Effect": "Allow", "Principal": {"Service": "logs.amazonaws.com"}, "Action": "kms:*", "Resource": "*"}
    )
    keys = [
        kms.create_key(Policy=document, BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]["KeyId"]
        for document in (open_to_iam, nobody)
    ]
    client = jane(allow("kms:DescribeKey", "*"))("kms")
    assert code_of(client.describe_key, KeyId=keys[0]) is None
    assert code_of(client.describe_key, KeyId=keys[1]) == "AccessDenied"


def test_a_topics_and_a_secrets_policy_are_asked(account, jane):
    topic = account.client("sns").create_topic(Name="orders")["TopicArn"]
    secret = account.client("secretsmanager").create_secret(Name="db", SecretString="s")["ARN"]
    user = f"arn:aws:iam::{account.world.account_id}:user/staff/jane"
    make = jane(allow("sqs:*", "*"))
    sns, secrets = make("sns"), make("secretsmanager")
    assert code_of(secrets.get_secret_value, SecretId="db") == "AccessDenied"
    given = policy({"Effect": "Allow", "Principal": {"AWS": user}, "Action": "secretsmanager:*", "Resource": "*"})
    account.client("secretsmanager").put_resource_policy(SecretId=secret, ResourcePolicy=given)
    assert code_of(secrets.get_secret_value, SecretId="db") is None
    theirs = json.loads(policy({"Effect": "Allow", "Principal": {"AWS": user}, "Action": "SNS:Publish"}))
    theirs["Statement"][0]["Resource"] = topic
    account.client("sns").set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(theirs)
    )
    assert code_of(sns.publish, TopicArn=topic, Message="m") is None
    assert code_of(sns.get_topic_attributes, TopicArn=topic) in ("AccessDenied", "AuthorizationError")


def test_what_depends_on_the_resources_tags_is_not_guessed(account, jane):
    volume = "arn:aws:ec2:us-east-1:*:volume/*"
    tagged = {"StringEquals": {"aws:ResourceTag/team": "shop"}}
    client = jane(allow("ec2:DeleteVolume", volume, Condition=tagged))("ec2")
    assert code_of(client.delete_volume, VolumeId="vol-0123456789abcdef0") == "NotImplemented"


def test_an_operation_that_names_nothing_known_here_is_not_guessed(account, jane):
    client = jane(allow("events:DescribeRule", "arn:aws:events:*:*:rule/nightly"))("events")
    assert code_of(client.describe_rule, Name="nightly") == "NotImplemented"


def test_log_groups_and_streams_by_name(account, jane):
    for name in ("shop", "other"):
        account.client("logs").create_log_group(logGroupName=name)
    group = f"arn:aws:logs:us-east-1:{account.world.account_id}:log-group:shop"
    logs = jane(allow("logs:*", f"{group}:*"))("logs")
    assert code_of(logs.put_retention_policy, logGroupName="shop", retentionInDays=1) is None
    assert code_of(logs.put_retention_policy, logGroupName="other", retentionInDays=1) == "AccessDenied"
    assert code_of(logs.create_log_stream, logGroupName="shop", logStreamName="web") is None
    assert code_of(logs.create_log_stream, logGroupName="other", logStreamName="web") == "AccessDenied"
    assert code_of(logs.create_log_group, logGroupName="another") == "AccessDenied"
    assert code_of(logs.delete_log_group, logGroupName="shop") is None
    assert code_of(logs.create_log_group, logGroupName="shop") is None
    assert code_of(logs.list_tags_for_resource, resourceArn=group) == "AccessDenied"  # asked without the `:*`


@pytest.mark.parametrize(
    ("resource", "refused"),
    [("log-group:shop", True), ("log-group:shop:log-stream:web", False), ("log-group:shop:log-stream:db", True)],
)
def test_events_go_to_the_stream_that_the_policy_names(account, jane, resource, refused):
    account.client("logs").create_log_group(logGroupName="shop")
    account.client("logs").create_log_stream(logGroupName="shop", logStreamName="web")
    logs = jane(allow("logs:PutLogEvents", f"arn:aws:logs:us-east-1:{account.world.account_id}:{resource}"))("logs")
    event = {"timestamp": 1_790_000_000_000, "message": "m"}
    told = code_of(logs.put_log_events, logGroupName="shop", logStreamName="web", logEvents=[event])
    assert told == ("AccessDenied" if refused else None)


class Launch:
    """A subnet, a group, and policies that let instances be launched just there."""

    def __init__(self, account):
        self.own = f"arn:aws:ec2:us-east-1:{account.world.account_id}:"
        ec2 = account.client("ec2")
        vpc = account.world.facts["vpc"]
        self.subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"{ec2_block(ec2, vpc)}.{n}.0/24")["Subnet"]["SubnetId"]
            for n in (201, 202)
        ]
        self.group = ec2.create_security_group(GroupName="web", Description="d", VpcId=vpc)["GroupId"]
        self.image = "ami-12c6146b"

    def policy(self, *left_out, **statements):
        named = {
            "instance": f"{self.own}instance/*", "volume": f"{self.own}volume/*", "key-pair": f"{self.own}key-pair/ops",
            "network-interface": f"{self.own}network-interface/*", "subnet": f"{self.own}subnet/{self.subnets[0]}",
            "security-group": f"{self.own}security-group/{self.group}",
            "image": f"arn:aws:ec2:us-east-1::image/{self.image}",
        }  # fmt: skip
        resources = [arn for kind, arn in named.items() if kind not in left_out]
        more = statements.get("more", [])
        return policy({"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": resources}, *more)

    def run(self, ec2, **other):
        asked = {"ImageId": self.image, "SubnetId": self.subnets[0], "SecurityGroupIds": [self.group]} | other
        return code_of(ec2.run_instances, MinCount=1, MaxCount=1, **asked)


def ec2_block(ec2, vpc):
    return ".".join(ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["CidrBlock"].split(".")[:2])


@pytest.fixture
def launch(account):
    return Launch(account)


def test_a_launch_needs_every_resource_that_it_acts_on(account, jane, launch):
    account.client("ec2").create_key_pair(KeyName="ops")
    account.client("ec2").create_key_pair(KeyName="root")
    assert launch.run(jane(launch.policy())("ec2"), KeyName="ops") is None
    for kind in ("instance", "volume", "network-interface", "subnet", "security-group", "image", "key-pair"):
        assert launch.run(jane(launch.policy(kind))("ec2"), KeyName="ops") == "UnauthorizedOperation", kind
    ec2 = jane(launch.policy())("ec2")
    assert launch.run(ec2, KeyName="root") == "UnauthorizedOperation"
    assert launch.run(ec2, SubnetId=launch.subnets[1]) == "UnauthorizedOperation"
    assert launch.run(ec2, SecurityGroupIds=[]) == "UnauthorizedOperation"  # then AWS takes the default group
    interface = {"DeviceIndex": 0, "SubnetId": launch.subnets[0], "Groups": [launch.group]}
    placed = {"ImageId": launch.image, "MinCount": 1, "MaxCount": 1}
    assert code_of(ec2.run_instances, NetworkInterfaces=[interface], **placed) is None
    interface["SubnetId"] = launch.subnets[1]
    assert code_of(ec2.run_instances, NetworkInterfaces=[interface], **placed) == "UnauthorizedOperation"
    assert launch.run(ec2, LaunchTemplate={"LaunchTemplateName": "gone"}) == "NotImplemented"


def test_a_launch_with_a_role_needs_to_pass_it(account, jane, launch):
    iam = account.client("iam")
    trust = policy({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
    role = iam.create_role(RoleName="web", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.create_instance_profile(InstanceProfileName="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    profile = {"IamInstanceProfile": {"Name": "web"}}
    assert launch.run(jane(launch.policy())("ec2"), **profile) == "UnauthorizedOperation"
    assert launch.run(jane(allow("ec2:*", "*"))("ec2"), **profile) == "UnauthorizedOperation"
    for service, told in (("ec2.amazonaws.com", None), ("lambda.amazonaws.com", "UnauthorizedOperation")):
        condition = {"StringEquals": {"iam:PassedToService": service}}
        passing = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role, "Condition": condition}
        assert launch.run(jane(launch.policy(more=[passing]))("ec2"), **profile) == told


def test_a_launch_with_tags_needs_to_tag(account, jane, launch):
    def tags(team):
        return {"TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": team}]}]}

    condition = {"StringEquals": {"aws:RequestTag/team": "shop", "ec2:CreateAction": "RunInstances"}}
    tagging = {"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*", "Condition": condition}
    assert launch.run(jane(launch.policy())("ec2"), **tags("shop")) == "UnauthorizedOperation"
    ec2 = jane(launch.policy(more=[tagging]))("ec2")
    assert launch.run(ec2, **tags("shop")) is None
    assert launch.run(ec2, **tags("bank")) == "UnauthorizedOperation"


def test_a_launch_from_a_template_needs_the_template_and_what_it_names(account, jane, launch):
    data = {"ImageId": launch.image, "SecurityGroupIds": [launch.group], "KeyName": "ops"}
    admin = account.client("ec2")
    admin.create_key_pair(KeyName="ops")
    made = admin.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)["LaunchTemplate"]
    template = {"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": f"{launch.own}launch-template/*"}
    asked = {"LaunchTemplate": {"LaunchTemplateName": "web"}, "SubnetId": launch.subnets[0]}
    launching = {"MinCount": 1, "MaxCount": 1, **asked}
    assert code_of(jane(launch.policy())("ec2").run_instances, **launching) == "UnauthorizedOperation"
    assert code_of(jane(launch.policy(more=[template]))("ec2").run_instances, **launching) is None
    for kind in ("image", "security-group", "key-pair", "subnet"):
        without = jane(launch.policy(kind, more=[template]))("ec2")
        assert code_of(without.run_instances, **launching) == "UnauthorizedOperation", kind
    ec2 = jane(launch.policy(more=[template]))("ec2")
    assert launch.run(ec2, LaunchTemplate=asked["LaunchTemplate"], KeyName="root") == "UnauthorizedOperation"
    widened = data | {"KeyName": "root"}
    admin.create_launch_template_version(LaunchTemplateId=made["LaunchTemplateId"], LaunchTemplateData=widened)
    assert code_of(ec2.run_instances, **launching) is None  # the default version is the first
    newest = {"LaunchTemplateId": made["LaunchTemplateId"], "Version": "$Latest"}
    assert code_of(ec2.run_instances, **launching | {"LaunchTemplate": newest}) == "UnauthorizedOperation"


def test_a_launch_from_a_template_needs_to_pass_its_role_and_to_set_its_tags(account, jane, launch):
    iam = account.client("iam")
    trust = policy({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
    role = iam.create_role(RoleName="web", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.create_instance_profile(InstanceProfileName="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": "shop"}]}]
    data = {"IamInstanceProfile": {"Name": "web"}, "TagSpecifications": tags}
    account.client("ec2").create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)
    template = {"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": f"{launch.own}launch-template/*"}
    passing = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role}
    tagging = {"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": f"{launch.own}instance/*"}
    asked = {"LaunchTemplate": {"LaunchTemplateName": "web"}}
    for given, told in (
        ([template, passing, tagging], None),
        ([template, passing], "UnauthorizedOperation"),
        ([template, tagging], "UnauthorizedOperation"),
    ):
        assert launch.run(jane(launch.policy(more=given))("ec2"), **asked) == told


def test_a_launch_on_an_interface_that_is_there_needs_the_interface_its_subnet_and_its_groups(account, jane, launch):
    admin = account.client("ec2")
    made = admin.create_network_interface(SubnetId=launch.subnets[0], Groups=[launch.group])["NetworkInterface"]
    standing = f"{launch.own}network-interface/{made['NetworkInterfaceId']}"
    asked = {
        "ImageId": launch.image, "MinCount": 1, "MaxCount": 1,
        "NetworkInterfaces": [{"DeviceIndex": 0, "NetworkInterfaceId": made["NetworkInterfaceId"]}],
    }  # fmt: skip
    using = {"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": standing}
    for left_out, more, told in (
        (("network-interface",), [using], None),
        (("network-interface",), [], "UnauthorizedOperation"),
        (("network-interface", "subnet"), [using], "UnauthorizedOperation"),
        (("network-interface", "security-group"), [using], "UnauthorizedOperation"),
    ):
        assert code_of(jane(launch.policy(*left_out, more=more))("ec2").run_instances, **asked) == told
