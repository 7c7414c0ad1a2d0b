"""What makes moto faster changes no byte of an answer."""

import subprocess
import sys

COMPARE = """
from hardenlab.environments.moto.determinism import Determinism
from hardenlab.environments.moto.emulator import Emulator
from hardenlab.environments.moto.tuning import tune

emulator = Emulator(Determinism())
emulator.open_account("123456789012")
bodies, dispatch = [], emulator._dispatch

def listen(*arguments):
    response = dispatch(*arguments)
    bodies.append(response.body)
    return response

emulator._dispatch = listen

def read():
    del bodies[:]
    with emulator.numbered("read", "123456789012", 1.79e9) as client:
        for service, calls in READS.items():
            for call in calls:
                getattr(client(service), call)()
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
}
with emulator.numbered("write", "123456789012", 1.79e9) as client:
    ec2 = client("ec2")
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
    ec2.run_instances(ImageId="ami-12c6146b", MinCount=2, MaxCount=2, SubnetId=subnets[0])
    client("elbv2").create_load_balancer(Name="web", Subnets=subnets[:2])
    client("rds").create_db_instance(
        DBInstanceIdentifier="shop", DBInstanceClass="db.t3.micro", Engine="postgres", AllocatedStorage=20,
        MasterUsername="shop", MasterUserPassword="a-long-password",
    )
    client("iam").create_user(UserName="jane", Tags=[{"Key": "team", "Value": "<shop>"}])
    client("s3").create_bucket(Bucket="shop-data")
    client("sns").create_topic(Name="orders")
    client("route53").create_hosted_zone(Name="shop.example", CallerReference="1")
    client("cloudwatch").put_metric_alarm(
        AlarmName="busy", MetricName="CPUUtilization", Namespace="AWS/EC2", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold", Statistic="Sum",
    )
plain = read()
assert plain == read(), "the reads differ by themselves"
tune()
for _ in range(2):
    tuned = read()
    assert len(tuned) == len(plain) == sum(map(len, READS.values()))
    for one, other in zip(plain, tuned):
        assert one == other, (one, other)
print("same", sum(map(len, tuned)) > 20_000)
"""


def test_answers_are_the_same_with_and_without_the_tuning():
    environment = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "PYTHONHASHSEED": "0"}
    told = subprocess.run([sys.executable, "-c", COMPARE], capture_output=True, text=True, env=environment)
    assert told.stdout.split() == ["same", "True"], told.stderr[-2000:]
