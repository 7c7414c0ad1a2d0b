"""What IAM gives and refuses of its own accord, through the front, with boto3."""

import csv
import io
import json
import re

import pytest

from helpers.direct import Account, tiny_world
from helpers.refusals import refusal

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.fixture
def iam(account):
    return account.client("iam")


@pytest.fixture
def user(iam):
    return iam.create_user(UserName="jane")["User"]["Arn"]


def statement(actions, resources="*", effect="Allow", **more):
    return {"Effect": effect, "Action": actions, "Resource": resources, **more}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service="ec2.amazonaws.com"):
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
        }
    )


def managed(iam, name, *statements):
    return iam.create_policy(PolicyName=name, PolicyDocument=policy(*statements))["Policy"]["Arn"]


# ---- the simulator ----


def decided(result):
    return [item["EvalDecision"] for item in result["EvaluationResults"]]


def test_a_custom_policy_is_simulated_with_the_statement_that_decides(iam):
    text = policy(statement("s3:GetObject", "arn:aws:s3:::shop/*"), statement("s3:*", "*", "Deny", Sid="No"))
    (result,) = iam.simulate_custom_policy(
        PolicyInputList=[text], ActionNames=["s3:GetObject"], ResourceArns=["arn:aws:s3:::shop/a"]
    )["EvaluationResults"]
    assert result["EvalDecision"] == "explicitDeny"
    (matched,) = result["MatchedStatements"]
    assert matched["SourcePolicyId"] == "PolicyInputList.1"
    start, end = matched["StartPosition"]["Column"] - 1, matched["EndPosition"]["Column"] - 1
    assert json.loads(text[start:end])["Sid"] == "No"


def test_a_condition_asks_for_its_key(iam):
    text = policy(statement("s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}))
    case = {"PolicyInputList": [text], "ActionNames": ["s3:GetObject"]}
    assert iam.get_context_keys_for_custom_policy(PolicyInputList=[text])["ContextKeyNames"] == ["aws:SourceIp"]
    (result,) = iam.simulate_custom_policy(**case)["EvaluationResults"]
    assert (result["EvalDecision"], result["MissingContextValues"]) == ("implicitDeny", ["aws:SourceIp"])
    for address, decision in (("192.0.2.7", "allowed"), ("198.51.100.7", "implicitDeny")):
        entry = {"ContextKeyName": "aws:SourceIp", "ContextKeyValues": [address], "ContextKeyType": "ip"}
        assert decided(iam.simulate_custom_policy(**case, ContextEntries=[entry])) == [decision]


def test_a_users_own_groups_and_boundary_count(iam, user):
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(GroupName="staff", UserName="jane")
    iam.put_group_policy(GroupName="staff", PolicyName="all", PolicyDocument=policy(statement(["s3:*", "ec2:*"])))
    iam.put_user_permissions_boundary(UserName="jane", PermissionsBoundary=managed(iam, "only-s3", statement("s3:*")))
    results = iam.simulate_principal_policy(
        PolicySourceArn=user, ActionNames=["s3:ListAllMyBuckets", "ec2:RunInstances", "iam:CreateUser"]
    )["EvaluationResults"]
    assert [item["EvalDecision"] for item in results] == ["allowed", "implicitDeny", "implicitDeny"]
    within = [item["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"] for item in results]
    assert within == [True, False, False]
    assert results[0]["MatchedStatements"][0]["SourcePolicyId"] == "group_staff_all"
    without = iam.simulate_principal_policy(
        PolicySourceArn=user,
        ActionNames=["ec2:RunInstances"],
        PolicyExclusionList=[{"PolicyType": "permission-boundary"}],
    )
    assert decided(without) == ["allowed"]


def test_a_role_is_simulated_with_a_resource_policy_that_names_a_user(iam, user):
    role = iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust())["Role"]["Arn"]
    iam.attach_role_policy(RoleName="app", PolicyArn=READ_ONLY)
    answer = iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=["ec2:DescribeVpcs", "ec2:RunInstances"])
    assert decided(answer) == ["allowed", "implicitDeny"]
    bucket = {"Effect": "Allow", "Principal": {"AWS": user}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::x/*"}
    case = {"ActionNames": ["s3:GetObject"], "ResourceArns": ["arn:aws:s3:::x/a"], "ResourcePolicy": policy(bucket)}
    assert decided(iam.simulate_principal_policy(PolicySourceArn=user, **case)) == ["allowed"]
    assert refusal(iam.simulate_principal_policy, PolicySourceArn=role, **case) == "InvalidInput"


def test_a_member_accounts_scp_counts(account):
    organizations = account.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    made = organizations.create_account(AccountName="dev", Email="dev@example.com")["CreateAccountStatus"]
    member = made["AccountId"]
    scp = organizations.create_policy(
        Name="no-ec2",
        Description="-",
        Type="SERVICE_CONTROL_POLICY",
        Content=policy(statement("ec2:*", "*", "Deny")),
    )["Policy"]["PolicySummary"]["Id"]
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    organizations.attach_policy(PolicyId=scp, TargetId=member)
    role = f"arn:aws:iam::{member}:role/OrganizationAccountAccessRole"
    session = account.client("sts").assume_role(RoleArn=role, RoleSessionName="simulate")["Credentials"]
    key = session["AccessKeyId"], session["SecretAccessKey"]
    iam = account.client("iam", key=key, token=session["SessionToken"])
    results = iam.simulate_principal_policy(
        PolicySourceArn=role, ActionNames=["s3:ListAllMyBuckets", "ec2:RunInstances"]
    )
    assert decided(results) == ["allowed", "explicitDeny"]
    details = [item["OrganizationsDecisionDetail"] for item in results["EvaluationResults"]]
    assert [detail["AllowedByOrganizations"] for detail in details] == [True, False]


@pytest.mark.parametrize(
    "change",
    [
        {"ActionNames": ["s3:*"]},
        {"ActionNames": ["GetObject"]},
        {"PolicyInputList": ['{"Statement": 3}']},
        {"PolicyInputList": ["not json"]},
        {"CallerArn": "arn:aws:iam::123456789012:role/app"},
        {"ContextEntries": [{"ContextKeyName": "no-colon", "ContextKeyValues": ["x"], "ContextKeyType": "string"}]},
    ],
    ids=str,
)
def test_a_simulation_that_makes_no_sense_is_refused(iam, change):
    case = {"PolicyInputList": [policy(statement("s3:*"))], "ActionNames": ["s3:GetObject"]}
    iam.simulate_custom_policy(**case)
    assert refusal(iam.simulate_custom_policy, **(case | change)) == "InvalidInput"


def test_nobody_is_not_simulated(iam, account):
    arn = f"arn:aws:iam::{account.world.account_id}:user/nobody"
    assert refusal(iam.simulate_principal_policy, PolicySourceArn=arn, ActionNames=["s3:GetObject"]) == "NoSuchEntity"
    assert refusal(iam.get_context_keys_for_principal_policy, PolicySourceArn=arn) == "NoSuchEntity"


# ---- boundaries ----


def test_a_user_has_a_boundary_from_the_start_or_later(iam, user):
    boundary = managed(iam, "only-s3", statement("s3:*"))
    iam.create_user(UserName="bounded", PermissionsBoundary=boundary)
    shown = iam.get_user(UserName="bounded")["User"]["PermissionsBoundary"]
    assert shown == {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": boundary}
    assert "PermissionsBoundary" not in iam.get_user(UserName="jane")["User"]
    iam.put_user_permissions_boundary(UserName="jane", PermissionsBoundary=READ_ONLY)
    assert iam.get_user(UserName="jane")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ_ONLY
    details = iam.get_account_authorization_details(Filter=["User"])["UserDetailList"]
    assert {item["UserName"]: item["PermissionsBoundary"]["PermissionsBoundaryArn"] for item in details} == {
        "bounded": boundary,
        "jane": READ_ONLY,
    }
    assert refusal(iam.delete_policy, PolicyArn=boundary) == "DeleteConflict"
    iam.delete_user_permissions_boundary(UserName="jane")
    assert refusal(iam.delete_user_permissions_boundary, UserName="jane") == "NoSuchEntity"


def test_a_boundary_must_be_a_policy_that_is_there(iam, user, account):
    nowhere = f"arn:aws:iam::{account.world.account_id}:policy/nowhere"
    for call in (iam.put_user_permissions_boundary, iam.create_user):
        assert refusal(call, UserName="jane", PermissionsBoundary=nowhere) == "NoSuchEntity"
    not_a_policy = refusal(iam.put_user_permissions_boundary, UserName="jane", PermissionsBoundary=user)
    assert not_a_policy == "InvalidInput"


def test_a_boundary_limits_what_a_user_can_do(account, iam, user):
    iam.put_user_policy(UserName="jane", PolicyName="all", PolicyDocument=policy(statement("*")))
    key = iam.create_access_key(UserName="jane")["AccessKey"]
    jane = key["AccessKeyId"], key["SecretAccessKey"]
    account.client("ec2", key=jane).describe_vpcs()
    iam.put_user_permissions_boundary(UserName="jane", PermissionsBoundary=managed(iam, "s3", statement("s3:*")))
    account.client("s3", key=jane).list_buckets()
    assert refusal(account.client("ec2", key=jane).describe_vpcs) == "UnauthorizedOperation"
    iam.update_access_key(UserName="jane", AccessKeyId=jane[0], Status="Inactive")
    assert refusal(account.client("s3", key=jane).list_buckets) == "InvalidAccessKeyId"


# ---- policies ----


def test_malformed_and_oversized_policies_are_refused(iam, user):
    bad = policy(statement("s3:*", "not-an-arn"))
    assert refusal(iam.create_policy, PolicyName="bad", PolicyDocument=bad) == "MalformedPolicyDocument"
    assert (
        refusal(iam.put_user_policy, UserName="jane", PolicyName="b", PolicyDocument=bad) == "MalformedPolicyDocument"
    )
    long = policy(statement([f"s3:Get{number:04}" for number in range(700)]))
    assert refusal(iam.create_policy, PolicyName="long", PolicyDocument=long) == "LimitExceeded"
    half = policy(statement([f"s3:Get{number:04}" for number in range(110)]))
    iam.put_user_policy(UserName="jane", PolicyName="one", PolicyDocument=half)
    assert refusal(iam.put_user_policy, UserName="jane", PolicyName="two", PolicyDocument=half) == "LimitExceeded"
    without = json.loads(trust())
    del without["Statement"][0]["Principal"]
    role = {"RoleName": "r", "AssumeRolePolicyDocument": json.dumps(without)}
    assert refusal(iam.create_role, **role) == "MalformedPolicyDocument"


def test_a_policy_in_use_is_not_deleted(iam, user):
    arn = managed(iam, "reader", statement("s3:GetObject"))
    iam.attach_user_policy(UserName="jane", PolicyArn=arn)
    assert refusal(iam.delete_policy, PolicyArn=arn) == "DeleteConflict"
    iam.detach_user_policy(UserName="jane", PolicyArn=arn)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(statement("s3:ListBucket")))
    assert refusal(iam.delete_policy, PolicyArn=arn) == "DeleteConflict"
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    iam.delete_policy(PolicyArn=arn)


# ---- names, passwords, deletion ----


def test_names_that_iam_does_not_know_are_refused(iam):
    assert refusal(iam.create_user, UserName="jane doe") == "ValidationError"
    assert refusal(iam.create_user, UserName="jäne") == "ValidationError"
    iam.create_user(UserName="Jane.Doe+x=1,y@example-com")
    assert refusal(iam.create_user, UserName="JANE.doe+x=1,y@example-com") == "EntityAlreadyExists"


def test_passwords_keep_to_the_accounts_policy(account, iam, user):
    unchecked = account.client("iam", parameter_validation=False)
    assert refusal(unchecked.update_account_password_policy, MinimumPasswordLength=5) == "ValidationError"
    weak = {"UserName": "jane", "Password": "password"}
    assert refusal(iam.create_login_profile, **weak) == "PasswordPolicyViolation"
    iam.update_account_password_policy(MinimumPasswordLength=14, RequireSymbols=True)
    for password in ("Short1!", "LongEnoughButPlain1"):
        code = refusal(iam.create_login_profile, UserName="jane", Password=password)
        assert code == "PasswordPolicyViolation"
    made = iam.create_login_profile(UserName="jane", Password="Long-enough-1-and-odd", PasswordResetRequired=True)
    assert made["LoginProfile"]["PasswordResetRequired"] is True
    assert iam.get_login_profile(UserName="jane")["LoginProfile"]["PasswordResetRequired"] is True
    iam.update_login_profile(UserName="jane", PasswordResetRequired=False)
    assert iam.get_login_profile(UserName="jane")["LoginProfile"]["PasswordResetRequired"] is False


def test_a_user_is_deleted_last(iam, user):
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(GroupName="staff", UserName="jane")
    assert refusal(iam.delete_user, UserName="jane") == "DeleteConflict"
    assert refusal(iam.delete_group, GroupName="staff") == "DeleteConflict"
    iam.remove_user_from_group(GroupName="staff", UserName="jane")
    key = iam.create_access_key(UserName="jane")["AccessKey"]["AccessKeyId"]
    assert refusal(iam.delete_user, UserName="jane") == "DeleteConflict"
    iam.delete_access_key(UserName="jane", AccessKeyId=key)
    iam.create_login_profile(UserName="jane", Password="Long-enough-1")
    assert refusal(iam.delete_user, UserName="jane") == "DeleteConflict"
    iam.delete_login_profile(UserName="jane")
    iam.delete_user(UserName="jane")
    iam.delete_group(GroupName="staff")


# ---- MFA ----


def enable(iam, serial, codes=("123456", "654321")):
    iam.enable_mfa_device(
        UserName="jane", SerialNumber=serial, AuthenticationCode1=codes[0], AuthenticationCode2=codes[1]
    )


def test_the_life_of_an_mfa_device(iam, user, account):
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]["SerialNumber"]
    assert refusal(enable, iam, serial, ("123456", "123456")) == "InvalidAuthenticationCode"
    nowhere = f"arn:aws:iam::{account.world.account_id}:mfa/nowhere"
    assert refusal(enable, iam, nowhere) == "NoSuchEntity"
    enable(iam, serial)
    assert refusal(enable, iam, serial) == "EntityAlreadyExists"
    device = iam.get_mfa_device(SerialNumber=serial, UserName="jane")
    assert (device["UserName"], device["SerialNumber"]) == ("jane", serial)
    iam.resync_mfa_device(
        UserName="jane", SerialNumber=serial, AuthenticationCode1="111111", AuthenticationCode2="222222"
    )
    iam.tag_mfa_device(SerialNumber=serial, Tags=[{"Key": "owner", "Value": "jane"}])
    assert iam.list_mfa_device_tags(SerialNumber=serial)["Tags"] == [{"Key": "owner", "Value": "jane"}]
    iam.untag_mfa_device(SerialNumber=serial, TagKeys=["owner"])
    assert iam.list_mfa_device_tags(SerialNumber=serial)["Tags"] == []
    assert refusal(iam.delete_virtual_mfa_device, SerialNumber=serial) == "DeleteConflict"
    iam.deactivate_mfa_device(UserName="jane", SerialNumber=serial)
    iam.delete_virtual_mfa_device(SerialNumber=serial)
    assert refusal(iam.get_mfa_device, SerialNumber=serial, UserName="jane") == "NoSuchEntity"


# ---- providers and service-linked roles ----


def test_identity_providers_have_clients_and_tags(iam):
    oidc = {"Url": "https://token.example.com", "ClientIDList": ["one"]}
    arn = iam.create_open_id_connect_provider(**oidc)["OpenIDConnectProviderArn"]
    assert refusal(iam.create_open_id_connect_provider, **oidc) == "EntityAlreadyExists"
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="two")
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="one")
    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"] == ["two"]
    metadata = f"<EntityDescriptor>{'x' * 1000}</EntityDescriptor>"
    saml = iam.create_saml_provider(Name="corp", SAMLMetadataDocument=metadata)["SAMLProviderArn"]
    assert refusal(iam.create_saml_provider, Name="corp", SAMLMetadataDocument=metadata) == "EntityAlreadyExists"
    assert refusal(iam.create_saml_provider, Name="bad", SAMLMetadataDocument="x" * 1000) == "InvalidInput"
    iam.tag_saml_provider(SAMLProviderArn=saml, Tags=[{"Key": "a", "Value": "b"}])
    assert iam.list_saml_provider_tags(SAMLProviderArn=saml)["Tags"] == [{"Key": "a", "Value": "b"}]
    iam.delete_saml_provider(SAMLProviderArn=saml)
    assert refusal(iam.delete_saml_provider, SAMLProviderArn=saml) == "NoSuchEntity"


def test_an_instance_profile_has_tags(iam):
    iam.create_instance_profile(InstanceProfileName="web", Tags=[{"Key": "a", "Value": "b"}])
    iam.tag_instance_profile(InstanceProfileName="web", Tags=[{"Key": "c", "Value": "d"}])
    tags = iam.list_instance_profile_tags(InstanceProfileName="web")["Tags"]
    assert tags == [{"Key": "a", "Value": "b"}, {"Key": "c", "Value": "d"}]
    assert refusal(iam.list_instance_profile_tags, InstanceProfileName="app") == "NoSuchEntity"


def test_a_service_linked_role_has_the_services_name_and_is_protected(iam):
    role = iam.create_service_linked_role(AWSServiceName="config.amazonaws.com")["Role"]
    assert role["RoleName"] == "AWSServiceRoleForConfig"
    assert role["Arn"].endswith(":role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig")
    assert iam.get_role(RoleName="AWSServiceRoleForConfig")["Role"]["Arn"] == role["Arn"]
    assert refusal(iam.create_service_linked_role, AWSServiceName="config.amazonaws.com") == "InvalidInput"
    assert refusal(iam.delete_role, RoleName="AWSServiceRoleForConfig") == "UnmodifiableEntity"
    iam.delete_service_linked_role(RoleName="AWSServiceRoleForConfig")


# ---- credentials and the past ----

PAST = """

@scenario
def seed(account, vary):
    healthy(account, vary)
    iam = account.client("iam")
    for name in ("omar", "jane"):
        iam.create_user(UserName=name)
        account.fact(name, iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"])
    iam.create_login_profile(UserName="jane", Password="Long-enough-1")
    iam.attach_user_policy(UserName="jane", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    past = account.past
    past.root_user(mfa="virtual", access_keys=[RootKey(900, Use(2))], signed_in_days_ago=3)
    past.user("jane", age=800)
    past.password("jane", age=700, last_used_days_ago=120)
    past.access_key(account.facts["jane"], age=400, last_use=Use(91, "s3", "eu-west-1"))
    past.service_used(iam.get_user(UserName="jane")["User"]["Arn"], Use(30, "ec2"))
"""


@pytest.fixture(scope="module")
def aged(moto_backend, tmp_path_factory):
    """A world whose scenario gave the account a past."""
    import shutil

    from hardenlab.assess.world import World
    from hardenlab.course.load import load_course
    from helpers.direct import TINY

    course = tmp_path_factory.mktemp("past") / "course"
    shutil.copytree(TINY, course)
    file = course / "scenarios" / "two_groups.py"
    text = file.read_text().replace("@scenario\ndef seed", "def healthy", 1)
    file.write_text("from hardenlab import RootKey, Use\n" + text + PAST)
    found = load_course(course)
    worlds = [World.plant(moto_backend.clone(), found.root, found.section("l1-tiny"), "test-1", []) for _ in range(2)]
    yield worlds
    for world in worlds:
        world.close()


@pytest.fixture
def aged_account(aged, tmp_path):
    from helpers.direct import Account

    account = Account(aged[0], tmp_path / "past.journal")
    yield account
    account.close()


def report(iam):
    iam.generate_credential_report()
    rows = csv.DictReader(io.StringIO(iam.get_credential_report()["Content"].decode()))
    return {row["user"]: row for row in rows}


def test_a_past_is_the_same_in_every_seeding(aged):
    assert aged[0].digest == aged[1].digest


def test_the_report_begins_with_the_root_user(iam, user):
    assert refusal(iam.get_credential_report) == "ReportNotPresent"
    rows = report(iam)
    assert list(rows) == ["<root_account>", "jane"]
    assert (rows["<root_account>"]["mfa_active"], rows["<root_account>"]["access_key_1_active"]) == ("false", "false")
    assert rows["jane"]["password_enabled"] == "false"
    assert iam.get_account_summary()["SummaryMap"]["AccountMFAEnabled"] == 0


def test_a_scenarios_past_stands_in_the_report(aged_account):
    iam = aged_account.client("iam")
    rows = report(iam)
    root, jane, omar = rows["<root_account>"], rows["jane"], rows["omar"]
    assert (root["mfa_active"], root["access_key_1_active"], root["access_key_2_active"]) == ("true", "true", "false")
    assert (root["password_last_used"], root["access_key_1_last_used_date"]) == (
        "2026-01-02T09:00:00+00:00",
        "2026-01-03T09:00:00+00:00",
    )
    assert jane["password_last_used"] == "2025-09-07T09:00:00+00:00"
    assert jane["password_last_changed"] == "2024-02-05T09:00:00+00:00"
    assert jane["access_key_1_last_rotated"] == "2024-12-01T09:00:00+00:00"
    assert jane["access_key_1_last_used_region"] == "eu-west-1"
    assert omar["access_key_1_last_rotated"] == "2026-01-05T09:00:00+00:00"
    summary = iam.get_account_summary()["SummaryMap"]
    assert (summary["AccountMFAEnabled"], summary["AccountAccessKeysPresent"]) == (1, 1)
    (device,) = iam.list_virtual_mfa_devices()["VirtualMFADevices"]
    assert device["SerialNumber"].endswith(":mfa/root-account-mfa-device")
    assert device["User"]["Arn"].endswith(":root")
    created = iam.list_access_keys(UserName="jane")["AccessKeyMetadata"][0]["CreateDate"]
    assert created.isoformat().startswith("2024-12-01T09:00:00")


def test_last_accessed_services_are_those_that_the_policies_allow(aged_account):
    iam = aged_account.client("iam")
    arn = iam.get_user(UserName="jane")["User"]["Arn"]
    job = iam.generate_service_last_accessed_details(Arn=arn)["JobId"]
    answer = iam.get_service_last_accessed_details(JobId=job)
    rows = {row["ServiceNamespace"]: row for row in answer["ServicesLastAccessed"]}
    assert set(rows) == {"s3", "s3-object-lambda"}
    assert (rows["s3"]["ServiceName"], rows["s3"]["LastAuthenticatedRegion"]) == ("Amazon S3", "eu-west-1")
    assert rows["s3"]["LastAuthenticated"].date().isoformat() == "2025-10-06"
    assert "LastAuthenticated" not in rows["s3-object-lambda"]
    (entity,) = iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="ec2")[
        "EntityDetailsList"
    ]
    assert entity["EntityInfo"]["Name"] == "jane"
    assert entity["LastAuthenticated"].date().isoformat() == "2025-12-06"
    granting = iam.list_policies_granting_service_access(Arn=arn, ServiceNamespaces=["s3", "ec2"])
    names = [[item["PolicyName"] for item in row["Policies"]] for row in granting["PoliciesGrantingServiceAccess"]]
    assert names == [["AmazonS3FullAccess"], []]
    assert refusal(iam.get_service_last_accessed_details, JobId="0" * 36) == "NoSuchEntity"


def test_callers_who_are_no_user_must_name_one(iam, user):
    assert refusal(iam.list_access_keys) == "ValidationError"
    assert refusal(iam.create_access_key) == "ValidationError"


def test_an_environment_that_cannot_write_the_past_says_so():
    from hardenlab.assess.account import Account
    from hardenlab.model.problem import EnvironmentProblem

    with pytest.raises(EnvironmentProblem, match="past"):
        _ = Account(lambda service, region_name="": None, "123456789012", "us-east-1").past


def test_root_access_is_managed_where_the_organization_trusts_iam(account, iam):
    assert refusal(iam.list_organizations_features) == "OrganizationNotFoundException"
    organizations = account.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    assert refusal(iam.enable_organizations_root_sessions) == "ServiceAccessNotEnabledException"
    organizations.enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    iam.enable_organizations_root_sessions()
    iam.enable_organizations_root_credentials_management()
    iam.disable_organizations_root_sessions()
    assert iam.list_organizations_features()["EnabledFeatures"] == ["RootCredentialsManagement"]


def test_a_session_is_of_a_role_that_exists_and_no_longer_than_it_allows(account, refused):
    iam, sts = account.client("iam"), account.client("sts")
    number = sts.get_caller_identity()["Account"]
    trust = {"Effect": "Allow", "Principal": {"AWS": number}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName="ops", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    named = {"RoleArn": arn, "RoleSessionName": "work"}
    assert refused(sts.assume_role, **named | {"RoleArn": arn + "0"}) == "AccessDenied"
    assert refused(sts.assume_role, **named, DurationSeconds=7200) == "ValidationError"
    iam.update_role(RoleName="ops", MaxSessionDuration=7200)
    assert sts.assume_role(**named, DurationSeconds=7200)["AssumedRoleUser"]["Arn"].endswith("assumed-role/ops/work")


def test_tags_of_a_user_are_told_apart_whatever_their_case(account, refused):
    iam = account.client("iam")
    iam.create_user(UserName="ada", Tags=[{"Key": "team", "Value": "web"}])
    twice = [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]
    for tags in (twice, [{"Key": "aws:x", "Value": "1"}]):
        assert refused(iam.tag_user, UserName="ada", Tags=tags) == "InvalidInput"
        assert refused(iam.create_user, UserName="bob", Tags=tags) == "InvalidInput"
    many = [{"Key": f"k{number}", "Value": "1"} for number in range(50)]
    assert refused(iam.tag_user, UserName="ada", Tags=many) == "LimitExceeded"
    assert iam.list_user_tags(UserName="ada")["Tags"] == [{"Key": "team", "Value": "web"}]


def test_nobody_gets_the_name_of_another(account, refused):
    iam = account.client("iam")
    for name in ("ada", "bob"):
        iam.create_user(UserName=name)
        iam.create_group(GroupName=name)
    assert refused(iam.update_user, UserName="bob", NewUserName="Ada") == "EntityAlreadyExists"
    assert refused(iam.update_group, GroupName="bob", NewGroupName="Ada") == "EntityAlreadyExists"
    iam.update_user(UserName="bob", NewUserName="Bob")
    assert iam.get_user(UserName="Bob")["User"]["UserName"] == "Bob"


def test_lists_come_in_pages_and_by_path(account, refused):
    iam = account.client("iam")
    document = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}'
    arn = iam.create_policy(PolicyName="read", PolicyDocument=document)["Policy"]["Arn"]
    for name in ("ada", "bob", "cleo"):
        iam.create_user(UserName=name, Path="/team/")
        iam.create_group(GroupName=name, Path="/team/")
        iam.attach_user_policy(UserName=name, PolicyArn=arn)
        iam.attach_group_policy(GroupName=name, PolicyArn=arn)
    first = iam.list_users(PathPrefix="/team/", MaxItems=2)
    assert ([one["UserName"] for one in first["Users"]], first["IsTruncated"]) == (["ada", "bob"], True)
    rest = iam.list_users(PathPrefix="/team/", MaxItems=2, Marker=first["Marker"])
    assert ([one["UserName"] for one in rest["Users"]], rest["IsTruncated"], "Marker" in rest) == (
        ["cleo"], False, False,
    )  # fmt: skip
    assert refused(iam.list_users, Marker=first["Marker"]) == "ValidationError"
    assert refused(iam.list_users, Marker="2") == "ValidationError"
    assert len(iam.list_groups(PathPrefix="/team/")["Groups"]) == 3
    pages = list(
        iam.get_paginator("list_entities_for_policy").paginate(PolicyArn=arn, PaginationConfig={"PageSize": 2})
    )
    assert [len(page["PolicyGroups"]) + len(page["PolicyUsers"]) for page in pages] == [2, 2, 2]
    assert {user["UserName"] for page in pages for user in page["PolicyUsers"]} == {"ada", "bob", "cleo"}


def test_a_role_trusts_users_and_roles_that_there_are(account, refused):
    iam, number = account.client("iam"), account.world.account_id

    def trusting(arn):
        statement = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    ghost = trusting(f"arn:aws:iam::{number}:user/ghost")
    assert refused(iam.create_role, RoleName="ops", AssumeRolePolicyDocument=ghost) == "MalformedPolicyDocument"
    for other in (f"arn:aws:iam::{number}:root", "arn:aws:iam::999999999999:user/elsewhere"):
        iam.create_role(RoleName=f"ops-{other[-4:]}", AssumeRolePolicyDocument=trusting(other))
    asked = {"RoleName": "ops-root", "PolicyDocument": ghost}
    assert refused(iam.update_assume_role_policy, **asked) == "MalformedPolicyDocument"
    iam.create_user(UserName="ghost")
    iam.update_assume_role_policy(**asked)
    assert refused(iam.delete_account_alias, AccountAlias="none") == "NoSuchEntity"


def test_awss_policies_have_one_id_in_every_account_and_are_counted_in_each(iam, user, moto_backend, tmp_path):
    iam.attach_user_policy(UserName="jane", PolicyArn=READ_ONLY)
    here = iam.get_policy(PolicyArn=READ_ONLY)["Policy"]
    with tiny_world(moto_backend, "another") as world:
        other = Account(world, tmp_path / "another.journal")
        there = other.client("iam").get_policy(PolicyArn=READ_ONLY)["Policy"]
        other.close()
    assert re.fullmatch("ANPA[A-Z2-7]{17}", here["PolicyId"]) and here["PolicyId"] == there["PolicyId"]
    assert (here["AttachmentCount"], there["AttachmentCount"]) == (1, 0)
    ids = [one["PolicyId"] for page in iam.get_paginator("list_policies").paginate() for one in page["Policies"]]
    assert len(ids) == len(set(ids)) > 1000
