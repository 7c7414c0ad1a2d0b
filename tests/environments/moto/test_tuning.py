"""What makes moto faster changes no byte of an answer."""

import subprocess
import sys

from hardenlab.environments.moto.environment import backend_variables

COMPARE = """
from contextlib import suppress

from botocore.exceptions import ClientError

from hardenlab.environments.moto.application import call_wsgi, create
from hardenlab.environments.moto.determinism import Determinism
from hardenlab.environments.moto.emulator import Emulator
from hardenlab.environments.moto.tuning import tune
from hardenlab.model.http import Moment
from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

emulator = Emulator(Determinism())
short, whole = emulator._application, DomainDispatcherApplication(create)
emulator._application = lambda environ: call_wsgi(whole.get_application(environ), environ)
emulator.open_account("123456789012")
bodies, dispatch = [], emulator._dispatch

def listen(*arguments):
    response = dispatch(*arguments)
    bodies.append((response.status, response.headers, response.body))
    return response

emulator._dispatch = listen

def read():
    del bodies[:]
    with emulator.numbered("read", "123456789012", 1.79e9) as client:
        for service, calls in READS.items():
            for call in calls:
                getattr(client(service), call)()
        for service, call, arguments in MORE:
            with suppress(ClientError):
                getattr(client(service), call)(**arguments)
    return list(bodies)

READS = {
    "ec2": ["describe_vpcs", "describe_subnets", "describe_security_groups", "describe_network_acls",
            "describe_network_interfaces", "describe_instances", "describe_volumes", "describe_tags"],
    "elbv2": ["describe_load_balancers", "describe_target_groups"],
    "rds": ["describe_db_instances", "describe_db_subnet_groups", "describe_db_parameter_groups"],
    "iam": ["list_users", "list_roles", "get_account_authorization_details"],
    "s3": ["list_buckets"],
    "sns": ["list_topics"],
    "cloudwatch": ["describe_alarms"],
    "autoscaling": ["describe_auto_scaling_groups"],
    "route53": ["list_hosted_zones"],
    "kms": ["list_keys"],
    "secretsmanager": ["list_secrets"],
}
MORE = [  # paths, queries, HEAD, bodies and errors of every kind
    ("s3", "head_bucket", {"Bucket": "shop-data"}),
    ("s3", "head_bucket", {"Bucket": "nobody"}),
    ("s3", "get_object", {"Bucket": "shop-data", "Key": "a/b c+d.txt"}),
    ("s3", "head_object", {"Bucket": "shop-data", "Key": "a/b c+d.txt"}),
    ("s3", "head_object", {"Bucket": "shop-data", "Key": "none"}),
    ("s3", "list_objects_v2", {"Bucket": "shop-data", "Prefix": "a/b"}),
    ("s3", "get_bucket_policy", {"Bucket": "shop-data"}),
    ("s3", "get_object_acl", {"Bucket": "shop-data", "Key": "a/b c+d.txt"}),
    ("s3", "get_public_access_block", {"Bucket": "nobody"}),
    ("s3control", "get_public_access_block", {"AccountId": "123456789012"}),
    ("iam", "get_user", {"UserName": "nobody"}),
    ("iam", "get_policy", {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
    ("ec2", "describe_vpcs", {"VpcIds": ["vpc-00000000"]}),
    ("ec2", "describe_tags", {"Filters": [{"Name": "resource-id", "Values": ["vpc-*"]}]}),
    ("ec2", "create_vpc_peering_connection", {"VpcId": "vpc-0", "PeerVpcId": "vpc-1"}),
    ("kms", "describe_key", {"KeyId": "00000000-0000-0000-0000-000000000000"}),
    ("secretsmanager", "get_secret_value", {"SecretId": "none"}),
    ("dynamodb", "describe_table", {"TableName": "none"}),
    ("sqs", "get_queue_url", {"QueueName": "none"}),
    ("sns", "get_topic_attributes", {"TopicArn": "arn:aws:sns:us-east-1:123456789012:none"}),
    ("lambda", "get_function", {"FunctionName": "none"}),
    ("route53", "get_hosted_zone", {"Id": "NONE"}),
]
with emulator.numbered("write", "123456789012", 1.79e9) as client:
    ec2 = client("ec2")
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
    ec2.run_instances(ImageId="ami-04681a1dbd79675a5", MinCount=2, MaxCount=2, SubnetId=subnets[0])
    client("elbv2").create_load_balancer(Name="web", Subnets=subnets[:2])
    client("rds").create_db_instance(
        DBInstanceIdentifier="shop", DBInstanceClass="db.t3.micro", Engine="postgres", AllocatedStorage=20,
        MasterUsername="shop", MasterUserPassword="a-long-password",
    )
    client("iam").create_user(UserName="jane", Tags=[{"Key": "team", "Value": "shop"}])
    ec2.create_tags(Resources=[subnets[0]], Tags=[{"Key": "team", "Value": "<shop> & sons"}])
    client("s3").create_bucket(Bucket="shop-data")
    client("s3").put_object(Bucket="shop-data", Key="a/b c+d.txt", Body=b"1 < 2", Metadata={"of": "shop"})
    client("sns").create_topic(Name="orders")
    client("route53").create_hosted_zone(Name="shop.example", CallerReference="1")
    client("cloudwatch").put_metric_alarm(
        AlarmName="busy", MetricName="CPUUtilization", Namespace="AWS/EC2", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold", Statistic="Sum",
    )
def managed_policies():
    with emulator._determinism.at(Moment("policies", 1.79e9)):
        made = iam_backends["123456789012"]["aws"]._init_aws_policies()
    return [vars(one) | {"versions": [vars(version) for version in one.versions], "id": ""} for one in made]

plain, policies = read(), managed_policies()
assert plain == read(), "the reads differ by themselves"
emulator._application = short
tune()
for _ in range(2):
    tuned = read()
    assert len(policies) > 1000 and managed_policies() == policies
    assert len(tuned) == len(plain) == sum(map(len, READS.values())) + len(MORE)
    for one, other in zip(plain, tuned):
        assert one == other, (one, other)
print("same", sum(len(body) for _, _, body in tuned) > 20_000)
"""


def test_answers_are_the_same_with_and_without_the_tuning():
    told = subprocess.run([sys.executable, "-c", COMPARE], capture_output=True, text=True, env=backend_variables())
    assert told.stdout.split() == ["same", "True"], told.stderr[-2000:]
