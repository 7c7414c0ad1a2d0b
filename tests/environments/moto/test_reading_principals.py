"""Everyone of an account read at once is what each one is when read alone."""

import json

import pytest

from hardenlab.assess.read_iam import OwnPrincipals
from hardenlab.assess.read_principals import Everyone, read_role, read_user
from hardenlab.semantics.iam import CannotJudge

BY_AWS = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def document(action):
    said = {"Effect": "Allow", "Action": action, "Resource": "*"}
    if action == "sts:AssumeRole":
        said = {"Effect": "Allow", "Action": action, "Principal": {"Service": "ec2.amazonaws.com"}}
    return json.dumps({"Version": "2012-10-17", "Statement": [said]})


@pytest.fixture
def iam(account):
    """A user and a role with everything that decides about them, and a user with nothing."""
    iam = account.client("iam")
    own = iam.create_policy(PolicyName="own", PolicyDocument=document("s3:*"))["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=own, PolicyDocument=document("sqs:*"), SetAsDefault=True)
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=document("*"))["Policy"]["Arn"]
    tags = [{"Key": "team", "Value": "payments"}]
    iam.create_group(GroupName="readers")
    iam.put_group_policy(GroupName="readers", PolicyName="of-group", PolicyDocument=document("sns:*"))
    iam.attach_group_policy(GroupName="readers", PolicyArn=BY_AWS)
    iam.create_user(UserName="jane", Path="/office/", PermissionsBoundary=limit, Tags=tags)
    iam.create_user(UserName="nobody")
    iam.create_role(
        RoleName="app", AssumeRolePolicyDocument=document("sts:AssumeRole"), PermissionsBoundary=limit, Tags=tags
    )
    for kind, name in (("user", "jane"), ("role", "app")):
        who = {f"{kind.capitalize()}Name": name}
        for at in ("b", "a"):
            getattr(iam, f"put_{kind}_policy")(PolicyName=at, PolicyDocument=document(f"ec2:{at}*"), **who)
        for arn in (own, BY_AWS):
            getattr(iam, f"attach_{kind}_policy")(PolicyArn=arn, **who)
    iam.add_user_to_group(GroupName="readers", UserName="jane")
    return iam


def decisive(rights):
    """All of it; the order of policies decides nothing. A policy may be there twice, by a group and by itself."""
    policies = sorted(zip(rights.names, map(json.dumps, rights.identity), strict=True))
    return policies, rights.boundary, rights.tags, rights.unique_id


def test_rights_read_together_are_those_read_one_by_one(iam):
    everyone = Everyone(iam)
    names = {arn: user["UserName"] for arn, user in everyone.users.items()}
    assert {"jane", "nobody"} <= set(names.values())
    for arn, name in names.items():
        assert decisive(everyone.rights(arn)) == decisive(read_user(iam, name))
    roles = {arn: role["RoleName"] for arn, role in everyone.roles.items()}
    assert "app" in roles.values()
    for arn, name in roles.items():
        assert decisive(everyone.rights(arn)) == decisive(read_role(iam, name))


def test_nobody_is_asked_about_who_is_not_there(iam, account):
    principals = OwnPrincipals(iam, account.world.account_id)
    with pytest.raises(CannotJudge, match="there is no user or role"):
        principals.may(f"arn:aws:iam::{account.world.account_id}:role/gone", "s3:GetObject")
