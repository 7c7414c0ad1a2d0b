"""What an organization forbids is forbidden in its member accounts, level by level; roles are assumed across them."""

import json

import pytest
from botocore.exceptions import ClientError

from hardenlab.assess.read_request import read_request
from hardenlab.semantics.iam import Policies, Principal, Request, decide, principal_context

ORGANIZATION_ROLE = "OrganizationAccountAccessRole"


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def deny(*actions, **more):
    return policy({"Effect": "Deny", "Action": list(actions), "Resource": "*", **more})


def assume(account, arn, key=None, **more):
    client = account.client("sts", key=key) if key else account.client("sts")
    got = client.assume_role(RoleArn=arn, RoleSessionName="try", **more)["Credentials"]
    return {"key": (got["AccessKeyId"], got["SecretAccessKey"]), "token": got["SessionToken"]}


def code_of(call, **arguments):
    """How a call ends: AWS's error code, or None when it was allowed."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


class Organization:
    """An organization that the learner's account manages, with one unit and one account in it."""

    def __init__(self, account):
        self.account = account
        self.client = account.client("organizations")
        self.client.create_organization(FeatureSet="ALL")
        self.root = self.client.list_roots()["Roots"][0]["Id"]
        made = self.client.create_account(AccountName="workloads", Email="w@example.com")["CreateAccountStatus"]
        self.member = made["AccountId"]
        unit = self.client.create_organizational_unit(ParentId=self.root, Name="production")
        self.unit = unit["OrganizationalUnit"]["Id"]
        self.client.move_account(AccountId=self.member, SourceParentId=self.root, DestinationParentId=self.unit)
        self.session = assume(account, f"arn:aws:iam::{self.member}:role/{ORGANIZATION_ROLE}")

    def attach(self, document, target, kind="SERVICE_CONTROL_POLICY"):
        made = self.client.create_policy(Content=document, Description="", Name=f"of-{target}-{kind}", Type=kind)
        self.client.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=target)

    def enable(self, kind="SERVICE_CONTROL_POLICY"):
        self.client.enable_policy_type(RootId=self.root, PolicyType=kind)

    def in_member(self, service):
        return self.account.client(service, **self.session)


@pytest.fixture
def organization(account):
    return Organization(account)


@pytest.mark.parametrize("level", ["root", "unit", "member"])
def test_an_scp_at_any_level_forbids_what_the_role_may_do(organization, level):
    ec2 = organization.in_member("ec2")
    organization.attach(deny("ec2:CreateVpc"), getattr(organization, level))
    assert code_of(ec2.create_vpc, CidrBlock="10.1.0.0/16") is None, "the kind is not enabled yet"
    organization.enable()
    assert code_of(ec2.create_vpc, CidrBlock="10.2.0.0/16") == "UnauthorizedOperation"
    assert code_of(ec2.describe_vpcs) is None
    assert code_of(organization.account.client("ec2").create_vpc, CidrBlock="10.3.0.0/16") is None


def test_an_scp_does_not_bind_the_management_account(organization):
    organization.enable()
    organization.attach(deny("*"), organization.root)
    iam = organization.account.client("iam")
    iam.create_user(UserName="jane")
    iam.attach_user_policy(UserName="jane", PolicyArn="arn:aws:iam::aws:policy/AmazonEC2FullAccess")
    key = iam.create_access_key(UserName="jane")["AccessKey"]
    ec2 = organization.account.client("ec2", key=(key["AccessKeyId"], key["SecretAccessKey"]))
    assert code_of(ec2.describe_vpcs) is None
    assert code_of(organization.in_member("ec2").describe_vpcs) == "UnauthorizedOperation"


def test_a_level_that_allows_nothing_forbids_everything(organization):
    organization.enable()
    full = "p-FullAWSAccess"
    organization.attach(policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}), organization.unit)
    organization.client.detach_policy(PolicyId=full, TargetId=organization.unit)
    assert code_of(organization.in_member("ec2").describe_vpcs) == "UnauthorizedOperation"
    assert code_of(organization.in_member("s3").list_buckets) is None


def test_an_rcp_forbids_on_the_resource(organization):
    organization.enable("RESOURCE_CONTROL_POLICY")
    s3 = organization.in_member("s3")
    s3.put_object(Bucket="members-own", Key="k", Body=b"1")
    assert code_of(s3.get_object, Bucket="members-own", Key="k") is None
    organization.attach(deny("s3:GetObject", Principal="*"), organization.member, "RESOURCE_CONTROL_POLICY")
    assert code_of(s3.get_object, Bucket="members-own", Key="k") == "AccessDenied"
    assert code_of(s3.list_objects_v2, Bucket="members-own") is None


def test_a_role_in_another_account_needs_both_sides(organization):
    account = organization.account
    theirs = organization.in_member("iam")
    iam = account.client("iam")
    jane = iam.create_user(UserName="jane")["User"]["Arn"]
    made = iam.create_access_key(UserName="jane")["AccessKey"]
    key = made["AccessKeyId"], made["SecretAccessKey"]
    trust = policy({"Effect": "Allow", "Principal": {"AWS": jane}, "Action": "sts:AssumeRole"})
    role = theirs.create_role(RoleName="deploy", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    sts = account.client("sts", key=key)
    assert code_of(sts.assume_role, RoleArn=role, RoleSessionName="try") == "AccessDenied"
    allow = policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role})
    iam.put_user_policy(UserName="jane", PolicyName="p", PolicyDocument=allow)
    session = assume(account, role, key)
    assert account.client("sts", **session).get_caller_identity()["Account"] == organization.member
    nobody = policy({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
    theirs.update_assume_role_policy(RoleName="deploy", PolicyDocument=nobody)
    assert code_of(sts.assume_role, RoleArn=role, RoleSessionName="try") == "AccessDenied"


def test_the_id_of_the_organization_is_known(organization):
    own = organization.client.describe_organization()["Organization"]["Id"]
    organization.enable()
    outside = {"StringNotEquals": {"aws:PrincipalOrgID": own}}
    organization.attach(deny("ec2:*", Condition=outside), organization.root)
    assert code_of(organization.in_member("ec2").describe_vpcs) is None


def test_what_is_read_to_explain_a_request_holds_the_guardrails_over_caller_and_resource(organization):
    organization.enable()
    organization.attach(deny("sqs:PurgeQueue"), organization.unit)
    organization.enable("RESOURCE_CONTROL_POLICY")
    refused = {"Effect": "Deny", "Principal": "*", "Action": "sqs:DeleteQueue", "Resource": "*"}
    organization.attach(policy(refused), organization.member, "RESOURCE_CONTROL_POLICY")
    iam = organization.in_member("iam")
    iam.create_user(UserName="jane")
    iam.put_user_policy(
        UserName="jane", PolicyName="all", PolicyDocument=policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
    )
    queue = organization.in_member("sqs").create_queue(QueueName="orders")["QueueUrl"]
    assert organization.member in queue
    own = organization.account.world.account_id
    jane = Principal.user(f"arn:aws:iam::{organization.member}:user/jane")

    def clients(service, account=None):
        assert account in (None, own, organization.member)
        return (
            organization.in_member(service) if account == organization.member else organization.account.client(service)
        )

    def outcome(action, resource):
        found = read_request(clients, jane, resource, own)
        context = principal_context(jane, unique_id=found.unique_id, organization=found.organization)
        assert context["aws:PrincipalOrgID"].startswith("o-")
        return decide(Request(jane, action, resource, organization.member, context), found.beside(Policies()))

    orders = f"arn:aws:sqs:us-east-1:{organization.member}:orders"
    assert outcome("s3:ListAllMyBuckets", "*").allowed
    assert outcome("sqs:SendMessage", orders).allowed
    assert "service control policy" in outcome("sqs:PurgeQueue", orders).because
    assert "resource control policy" in outcome("sqs:DeleteQueue", orders).because
    manager = read_request(clients, Principal.root(own), "*", own)
    assert (manager.scps, manager.rcps) == ([], []) and manager.organization
