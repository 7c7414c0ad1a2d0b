"""Who may do what: calls of users and roles, judged by the policies that are attached."""

import json
from typing import Any

from botocore.exceptions import ClientError

from .probe import TRUST, Probe, policy


def steps(probe: Probe) -> None:
    iam, own = probe.client("iam"), probe.client("s3")

    def user(name: str, document: str | None) -> tuple[str, str]:
        iam.create_user(UserName=name)
        if document:
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    def may(service: str, key: tuple[str, str], operation: str, token: str | None = None, **members: Any) -> bool:
        try:
            getattr(probe.client(service, ak=key[0], sk=key[1], tok=token), operation)(**members)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("AccessDenied", "UnauthorizedOperation", "AccessDeniedException"):
                return False
            raise
        return True

    step = probe.capability("identity policies")
    vpcs = user("vpcs", policy(action="ec2:DescribeVpcs"))
    step.tells("allowed action", lambda: may("ec2", vpcs, "describe_vpcs"))
    step.tells(
        "not-allowed action (create_vpc)", lambda: may("ec2", vpcs, "create_vpc", CidrBlock="10.0.0.0/16"), False
    )
    step.tells("no policy => deny", lambda: may("ec2", user("nobody", None), "describe_vpcs"), False)
    both = json.loads(policy(action="ec2:*"))
    both["Statement"].append({"Effect": "Deny", "Action": "ec2:DescribeVpcs", "Resource": "*"})
    step.tells("explicit Deny wins", lambda: may("ec2", user("both", json.dumps(both)), "describe_vpcs"), False)
    step.refuses("unknown key", probe.client("ec2", ak="AKIAUNKNOWNUNKNOWN23", sk="x" * 40).describe_vpcs)
    step.refuses("wrong secret", probe.client("ec2", ak=vpcs[0], sk="x" * 40).describe_vpcs)
    off = user("off", policy(action="ec2:*"))
    iam.update_access_key(UserName="off", AccessKeyId=off[0], Status="Inactive")
    step.refuses("inactive key", probe.client("ec2", ak=off[0], sk=off[1]).describe_vpcs)

    step = probe.capability("conditions")
    here, elsewhere = ({"IpAddress": {"aws:SourceIp": one}} for one in ("127.0.0.0/8", "192.0.2.0/24"))
    only = user("elsewhere", policy(action="ec2:*", Condition=elsewhere))
    step.tells("Allow with SourceIp condition not met => deny", lambda: may("ec2", only, "describe_vpcs"), False)
    met = user("here", policy(action="ec2:*", Condition=here))
    step.tells("Allow with SourceIp condition met => allow", lambda: may("ec2", met, "describe_vpcs"))
    both["Statement"][1]["Condition"] = elsewhere
    unmet = user("unmet", json.dumps(both))
    step.tells("Deny with condition not met => allow", lambda: may("ec2", unmet, "describe_vpcs"))

    step = probe.capability("resource scoping")
    for name in ("scoped-a", "scoped-b"):
        own.create_bucket(Bucket=name)
    scoped = user("scoped", policy(action="s3:*", resource=["arn:aws:s3:::scoped-a", "arn:aws:s3:::scoped-a/*"]))
    step.tells("s3 resource match", lambda: may("s3", scoped, "list_objects_v2", Bucket="scoped-a"))
    step.tells("s3 resource mismatch", lambda: may("s3", scoped, "list_objects_v2", Bucket="scoped-b"), False)
    sqs = probe.client("sqs")
    urls = [sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("scoped-a", "scoped-b")]
    queues = user("queues", policy(action="sqs:*", resource=f"arn:aws:sqs:us-east-1:{probe.account}:scoped-a"))
    step.tells("sqs resource mismatch => deny", lambda: may("sqs", queues, "receive_message", QueueUrl=urls[1]), False)
    step.tells("sqs resource match => allow", lambda: may("sqs", queues, "receive_message", QueueUrl=urls[0]))

    step = probe.capability("resource-based (bucket) policy")
    guest = user("guest", None)
    arn = {"AWS": f"arn:aws:iam::{probe.account}:user/guest"}
    own.put_bucket_policy(Bucket="scoped-b", Policy=policy(action="s3:ListBucket", resource="arn:aws:s3:::scoped-b",
                                                           Principal=arn))  # fmt: skip
    step.tells(
        "bucket policy grants user w/o identity policy", lambda: may("s3", guest, "list_objects_v2", Bucket="scoped-b")
    )
    own.put_bucket_policy(Bucket="scoped-a", Policy=policy("Deny", "s3:ListBucket", "arn:aws:s3:::scoped-a",
                                                           Principal="*"))  # fmt: skip
    step.tells("bucket policy Deny * blocks", lambda: may("s3", scoped, "list_objects_v2", Bucket="scoped-a"), False)

    step = probe.capability("permission boundary")
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=policy(action="s3:*"))["Policy"]["Arn"]
    bounded = user("bounded", policy(action="*"))
    iam.put_user_permissions_boundary(UserName="bounded", PermissionsBoundary=boundary)
    step.tells("boundary s3-only blocks ec2", lambda: may("ec2", bounded, "describe_vpcs"), False)

    step = probe.capability("assume role + session")
    for name, document in (("wide", TRUST), ("narrow", _trusting(f"arn:aws:iam::{probe.account}:user/vpcs"))):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy(action=["ec2:*", "s3:*"]))
    caller = user("caller", policy(action="sts:AssumeRole"))
    sts = probe.client("sts", ak=caller[0], sk=caller[1])
    wide = f"arn:aws:iam::{probe.account}:role/wide"
    session = step.works("assume_role", sts.assume_role, RoleArn=wide, RoleSessionName="work")["Credentials"]
    step.refuses(
        "trust policy refuses others", sts.assume_role, RoleArn=wide.replace("wide", "narrow"), RoleSessionName="work"
    )
    key = session["AccessKeyId"], session["SecretAccessKey"]
    step.tells("role allowed", lambda: may("ec2", key, "describe_vpcs", session["SessionToken"]))
    step.tells("role denied", lambda: may("iam", key, "list_users", session["SessionToken"]), False)
    less = step.works(
        "assume_role with a session policy", sts.assume_role, RoleArn=wide, RoleSessionName="work",
        Policy=policy(action="s3:*"),
    )["Credentials"]  # fmt: skip
    part = less["AccessKeyId"], less["SecretAccessKey"]
    step.tells("session policy enforced", lambda: may("ec2", part, "describe_vpcs", less["SessionToken"]), False)


def _trusting(arn: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
