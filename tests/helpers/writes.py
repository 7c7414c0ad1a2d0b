"""Writes over twenty services, for histories that tests make up. Each takes a boto3 client factory and a number."""

import contextlib
import json

from botocore.exceptions import ClientError

from helpers.trails import letting_cloudtrail_write

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
READ = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]})


def vpc(client, n):
    made = client("ec2").create_vpc(CidrBlock=f"10.{n % 250}.0.0/16")["Vpc"]["VpcId"]
    subnet = client("ec2").create_subnet(VpcId=made, CidrBlock=f"10.{n % 250}.1.0/24")["Subnet"]["SubnetId"]
    group = client("ec2").create_security_group(GroupName=f"g{n}", Description="d", VpcId=made)["GroupId"]
    client("ec2").authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp="0.0.0.0/0"
    )
    client("ec2").run_instances(ImageId="ami-04681a1dbd79675a5", MinCount=1, MaxCount=1, SubnetId=subnet)


def acl(client, n):
    made = client("ec2").create_vpc(CidrBlock=f"10.{n % 250}.0.0/16")["Vpc"]["VpcId"]
    entry = client("ec2").create_network_acl(VpcId=made)["NetworkAcl"]["NetworkAclId"]
    client("ec2").create_network_acl_entry(
        NetworkAclId=entry, RuleNumber=100, Protocol="6", RuleAction="deny", Egress=False, CidrBlock="0.0.0.0/0",
        PortRange={"From": 22, "To": 22},
    )  # fmt: skip
    client("ec2").create_flow_logs(
        ResourceIds=[made], ResourceType="VPC", TrafficType="ALL", LogDestinationType="s3",
        LogDestination=f"arn:aws:s3:::flow-{n}",
    )  # fmt: skip


def volume(client, n):
    made = client("ec2").create_volume(AvailabilityZone="us-east-1a", Size=8)["VolumeId"]
    client("ec2").create_snapshot(VolumeId=made)


def bucket(client, n):
    client("s3").create_bucket(Bucket=f"bucket-{n}")
    client("s3").put_object(Bucket=f"bucket-{n}", Key="k", Body=b"\x00\xffbinary")
    client("s3").put_bucket_versioning(Bucket=f"bucket-{n}", VersioningConfiguration={"Status": "Enabled"})
    client("s3").put_object(Bucket=f"bucket-{n}", Key="k", Body=b"second")


def upload(client, n):
    with contextlib.suppress(ClientError):
        client("s3").create_bucket(Bucket=f"upload-{n}")
    started = client("s3").create_multipart_upload(Bucket=f"upload-{n}", Key="big")["UploadId"]
    part = client("s3").upload_part(Bucket=f"upload-{n}", Key="big", UploadId=started, PartNumber=1, Body=b"x" * 100)
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    client("s3").complete_multipart_upload(Bucket=f"upload-{n}", Key="big", UploadId=started, MultipartUpload=parts)


def user(client, n):
    client("iam").create_user(UserName=f"user-{n}")
    client("iam").create_access_key(UserName=f"user-{n}")
    client("iam").put_user_policy(UserName=f"user-{n}", PolicyName="p", PolicyDocument=READ)


def role(client, n):
    made = client("iam").create_role(RoleName=f"role-{n}", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    client("iam").create_policy(PolicyName=f"policy-{n}", PolicyDocument=READ)
    client("sts").assume_role(RoleArn=made, RoleSessionName="session")


def mfa(client, n):
    client("iam").create_virtual_mfa_device(VirtualMFADeviceName=f"mfa-{n}")


def key(client, n):
    made = client("kms").create_key(Description=f"key {n}")["KeyMetadata"]["KeyId"]
    client("kms").create_alias(AliasName=f"alias/key-{n}", TargetKeyId=made)
    secret = client("kms").encrypt(KeyId=made, Plaintext=b"secret")["CiphertextBlob"]
    client("kms").enable_key_rotation(KeyId=made)
    assert client("kms").decrypt(CiphertextBlob=secret)["Plaintext"] == b"secret"


def logs(client, n):
    client("logs").create_log_group(logGroupName=f"/g/{n}")
    client("logs").put_retention_policy(logGroupName=f"/g/{n}", retentionInDays=30)
    client("logs").put_metric_filter(
        logGroupName=f"/g/{n}", filterName="f", filterPattern="ERROR",
        metricTransformations=[{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}],
    )  # fmt: skip


def alarm(client, n):
    client("cloudwatch").put_metric_alarm(
        AlarmName=f"alarm-{n}", MetricName="m", Namespace="n", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=1.0, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip


def trail(client, n):
    client("s3").create_bucket(Bucket=f"trail-{n}")
    number = client("sts").get_caller_identity()["Account"]
    policy = letting_cloudtrail_write(f"trail-{n}", number, f"trail-{n}")
    client("s3").put_bucket_policy(Bucket=f"trail-{n}", Policy=policy)
    client("cloudtrail").create_trail(Name=f"trail-{n}", S3BucketName=f"trail-{n}")
    client("cloudtrail").start_logging(Name=f"trail-{n}")


def topic(client, n):
    made = client("sns").create_topic(Name=f"topic-{n}")["TopicArn"]
    client("sqs").create_queue(QueueName=f"queue-{n}")
    client("sns").subscribe(TopicArn=made, Protocol="email", Endpoint="a@example.com")


def parameter(client, n):
    client("ssm").put_parameter(Name=f"/p/{n}", Value="v", Type="SecureString")
    client("ssm").create_maintenance_window(
        Name=f"window-{n}", Schedule="cron(0 2 ? * SUN *)", Duration=2, Cutoff=1, AllowUnassociatedTargets=False
    )


def secret(client, n):
    client("secretsmanager").create_secret(Name=f"secret-{n}", SecretString="s")


def zone(client, n):
    client("route53").create_hosted_zone(Name=f"zone{n}.example", CallerReference=str(n))


def balancer(client, n):
    client("elbv2").create_target_group(Name=f"tg-{n}", Protocol="HTTP", Port=80, VpcId="vpc-00000000")


def acl_of_web(client, n):
    client("wafv2").create_ip_set(
        Name=f"set-{n}", Scope="REGIONAL", IPAddressVersion="IPV4", Addresses=["192.0.2.0/24"]
    )


def rule(client, n):
    client("events").put_rule(Name=f"rule-{n}", ScheduleExpression="rate(1 day)")


def detector(client, n):
    client("guardduty").create_detector(Enable=True)


def hub(client, n):
    client("securityhub").enable_security_hub()


def organization(client, n):
    client("organizations").create_organization(FeatureSet="ALL")
    client("organizations").create_account(Email=f"a{n}@example.com", AccountName=f"account-{n}")


def firewall(client, n):
    ec2, firewalls = client("ec2"), client("network-firewall")
    vpc = ec2.create_vpc(CidrBlock=f"10.{n % 250}.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.{n % 250}.1.0/24")["Subnet"]["SubnetId"]
    inspect = {"StatelessDefaultActions": ["aws:pass"], "StatelessFragmentDefaultActions": ["aws:drop"]}
    policy = firewalls.create_firewall_policy(FirewallPolicyName=f"policy-{n}", FirewallPolicy=inspect)
    firewalls.create_firewall(
        FirewallName=f"fw-{n}", FirewallPolicyArn=policy["FirewallPolicyResponse"]["FirewallPolicyArn"], VpcId=vpc,
        SubnetMappings=[{"SubnetId": subnet}],
    )  # fmt: skip


def recorder(client, n):
    client("config").put_configuration_recorder(
        ConfigurationRecorder={"name": "default", "roleARN": "arn:aws:iam::123456789012:role/config"}
    )


WRITES = (
    vpc, acl, volume, bucket, upload, user, role, mfa, key, logs, alarm, trail, topic, parameter, secret, zone,
    balancer, acl_of_web, rule, detector, hub, organization, firewall, recorder,
)  # fmt: skip


def write(account, which, n):
    """One of them; AWS's refusals (it exists already, ...) are part of a history."""
    with contextlib.suppress(ClientError):
        which(account.client, n)
