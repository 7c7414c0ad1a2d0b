"""Controls of the tiny course."""

from hardenlab import HIGH, RESOURCE, control, failed, passed


@control(severity=HIGH, layer=RESOURCE, references=("SecurityHub EC2.13", "course 3.4"))
def ec2_group_ssh_closed(account):
    """No security group admits SSH.

    ## Why it matters
    Because this is a test.

    ## Remediation
    Revoke the rule.
    """
    groups = account.client("ec2").describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [account.facts["vpc"]]}]
    )["SecurityGroups"]
    for group in groups:
        ports = [rule.get("FromPort") for rule in group["IpPermissions"]]
        evidence = [("ec2:DescribeSecurityGroups", "IpPermissions", ports)]
        if 22 in ports:
            yield failed(group["GroupId"], "port 22 is open", evidence=evidence)
        else:
            yield passed(group["GroupId"], "port 22 is closed", evidence=evidence)


@control(severity=HIGH, layer=RESOURCE, references=("AWS S3: Using versioning in S3 buckets",))
def s3_bucket_versioned(account):
    """The bucket keeps versions.

    ## Why it matters
    Because this is a test.

    ## Remediation
    Enable versioning.
    """
    for bucket in account.client("s3").list_buckets()["Buckets"]:
        status = account.client("s3").get_bucket_versioning(Bucket=bucket["Name"]).get("Status")
        verdict = passed if status == "Enabled" else failed
        yield verdict(bucket["Name"], f"versioning is {status}")
