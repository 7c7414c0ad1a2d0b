"""The invoices that anybody could read.

Welcome to the team. It is your first morning at a small publishing house, and a polite stranger has written in: he can
download your customers' invoices with nothing but a browser, and thought you might want to know. Somebody in finance
made the bucket "work" on Friday by letting everybody in.

Your first ticket: close it, and do not break finance. The invoice application reads the bucket with a role of its own
(Ines, finance), and goes on doing so.
"""

import json

from hardenlab import failed, invariant, misconfiguration, passed, scenario

BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}


@scenario
def seed(account, vary):
    """Three private buckets, and the application role that reads the invoices."""
    house = vary.choice("house", ["harbour", "lantern", "orchard", "quill", "saffron"])
    made = vary.number("number", 1000, 9999)
    role = account.client("iam").create_role(RoleName="invoice-reader", AssumeRolePolicyDocument=policy(TRUST))
    account.fact("reader_role", role["Role"]["Arn"])
    for kind in vary.shuffled("order", ["invoices", "manuscripts", "logs"]):
        account.fact(f"{kind}_bucket", private_bucket(account, f"{house}-{kind}-{made}"))
    put_policy(account, account.facts["invoices_bucket"], reader(account))
    # looks public, and is not: the condition lets in this account's own principals alone
    put_policy(account, account.facts["manuscripts_bucket"], everybody_of(account, account.facts["manuscripts_bucket"]))
    account.client("s3").put_object(Bucket=account.facts["invoices_bucket"], Key="2026/0001.pdf", Body=b"%PDF invoice")
    account.client("s3").put_object(Bucket=account.facts["manuscripts_bucket"], Key="draft.txt", Body=b"Chapter one")
    block_account(account, True)


@misconfiguration(fails={"s3_bucket_not_public"})
def invoices_public(account, vary):
    """The invoices' bucket lets everybody in, beside the application."""
    bucket = account.facts["invoices_bucket"]
    everybody = vary.choice("everybody", ["*", {"AWS": "*"}])
    actions = vary.choice("actions", ["s3:GetObject", ["s3:GetObject", "s3:GetObjectVersion"]])
    block_bucket(account, bucket, False)
    public = {
        "Sid": "MakeItWork",
        "Effect": "Allow",
        "Principal": everybody,
        "Action": actions,
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    block_account(account, False)  # while it is on, S3 refuses such a policy
    put_policy(account, bucket, reader(account), public)
    block_account(account, True)


@misconfiguration(fails={"s3_account_blocks_public_access"})
def account_block_off(account, vary):
    """The account's own Block Public Access is off."""
    block_account(account, False)


@invariant
def application_reads_invoices(account):
    """The invoice application reads the invoices with its role (Ines, finance)."""
    bucket = account.bucket(account.facts["invoices_bucket"])
    if bucket is None:
        yield failed(account.facts["invoices_bucket"], "the invoices' bucket is gone")
    elif not bucket.keys:
        yield failed(bucket.name, "the invoices are gone")
    else:
        decision = bucket.role_may(account.facts["reader_role"], "s3:GetObject", bucket.keys[0])
        verdict = passed if decision.allowed else failed
        yield verdict(bucket.name, f"invoice-reader and {bucket.keys[0]}: {decision.because}")


def private_bucket(account, name):
    """A bucket as S3 makes them: all four blocks on, ACLs off, encrypted."""
    account.client("s3").create_bucket(Bucket=name)
    return name


def block_bucket(account, bucket, on):
    account.client("s3").put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(BLOCKS, on)
    )


def block_account(account, on):
    account.client("s3control").put_public_access_block(
        AccountId=account.id, PublicAccessBlockConfiguration=dict.fromkeys(BLOCKS, on)
    )


def reader(account):
    return {
        "Sid": "InvoiceApplication",
        "Effect": "Allow",
        "Principal": {"AWS": account.facts["reader_role"]},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{account.facts['invoices_bucket']}/*",
    }


def everybody_of(account, bucket):
    return {
        "Sid": "WholeHouse",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": account.id}},
    }


def put_policy(account, bucket, *statements):
    account.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy(*statements))


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
