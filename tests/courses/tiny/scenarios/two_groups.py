"""Two security groups and a bucket: just enough of an account to test the engine with."""

from hardenlab import failed, invariant, misconfiguration, passed, scenario


@scenario
def seed(account, vary):
    """A VPC with two groups and a bucket."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock=str(vary.network("tiny")))["Vpc"]["VpcId"]
    account.fact("vpc", vpc)
    names = vary.sample("names", ["alpha", "bravo", "charlie", "delta"], 2)
    groups = [ec2.create_security_group(GroupName=n, Description=n, VpcId=vpc)["GroupId"] for n in names]
    account.fact("groups", groups)
    s3 = account.client("s3")
    s3.create_bucket(Bucket=account.fact("bucket", f"tiny-{account.id}"))
    s3.put_bucket_versioning(Bucket=account.facts["bucket"], VersioningConfiguration={"Status": "Enabled"})


@misconfiguration(fails={"ec2_group_ssh_closed"})
def ssh_open(account, vary):
    """SSH stands open on both groups."""
    for group in account.facts["groups"]:
        account.client("ec2").authorize_security_group_ingress(
            GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
        )


@misconfiguration(fails={"s3_bucket_versioned"})
def not_versioned(account, vary):
    """The bucket keeps no versions."""
    account.client("s3").put_bucket_versioning(
        Bucket=account.facts["bucket"], VersioningConfiguration={"Status": "Suspended"}
    )


@invariant
def bucket_is_there(account):
    """The reports find their bucket."""
    names = [bucket["Name"] for bucket in account.client("s3").list_buckets()["Buckets"]]
    bucket = account.facts["bucket"]
    yield passed(bucket, "is there") if bucket in names else failed(bucket, "is gone")
