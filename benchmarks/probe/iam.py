"""Steps of IAM."""

import json

from .probe import TRUST, Probe, policy

METADATA = (
    '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com">'
    f"<!--{'a' * 1000}-->"
    '<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
    '<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com"/>'
    "</IDPSSODescriptor></EntityDescriptor>"
)


def steps(probe: Probe) -> None:
    i = probe.client("iam")
    step = probe.capability("users/groups/roles/policies/versions")
    step.works("create_user", lambda: i.create_user(UserName="u1", Tags=[{"Key": "a", "Value": "b"}]))
    step.works("create_group", lambda: i.create_group(GroupName="g1"))
    step.works("add_user_to_group", lambda: i.add_user_to_group(GroupName="g1", UserName="u1"))
    step.tells("list_groups_for_user", lambda: i.list_groups_for_user(UserName="u1")["Groups"][0]["GroupName"], "g1")
    step.works(
        "create_role", lambda: i.create_role(RoleName="r1", AssumeRolePolicyDocument=TRUST, MaxSessionDuration=7200)
    )
    step.tells("get_role MaxSession", lambda: i.get_role(RoleName="r1")["Role"]["MaxSessionDuration"], 7200)
    step.tells(
        "trust doc decoded", lambda: i.get_role(RoleName="r1")["Role"]["AssumeRolePolicyDocument"], json.loads(TRUST)
    )
    p = step.works("create_policy", lambda: i.create_policy(PolicyName="p1", PolicyDocument=policy(action="s3:*")))
    arn = p["Policy"]["Arn"]
    for _ in range(4):
        step.works(
            "create_policy_version",
            lambda: i.create_policy_version(PolicyArn=arn, PolicyDocument=policy(action="s3:Get*"), SetAsDefault=True),
        )
    step.refuses("6th version LimitExceeded", lambda: i.create_policy_version(PolicyArn=arn, PolicyDocument=policy()))
    step.tells("default version v5", lambda: i.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"], "v5")
    step.works(
        "attach user/group/role",
        lambda: [i.attach_user_policy(UserName="u1", PolicyArn=arn), i.attach_group_policy(GroupName="g1",
            PolicyArn=arn), i.attach_role_policy(RoleName="r1", PolicyArn=arn)],
    )  # fmt: skip
    step.tells("AttachmentCount 3", lambda: i.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"], 3)
    arnx = i.create_policy(PolicyName="px", PolicyDocument=policy())["Policy"]["Arn"]
    i.attach_user_policy(UserName="u1", PolicyArn=arnx)
    step.refuses("delete attached policy", lambda: i.delete_policy(PolicyArn=arnx))
    step.works(
        "put inline",
        lambda: [i.put_user_policy(UserName="u1", PolicyName="in", PolicyDocument=policy()),
            i.put_role_policy(RoleName="r1", PolicyName="in", PolicyDocument=policy()),
            i.put_group_policy(GroupName="g1", PolicyName="in", PolicyDocument=policy())],
    )  # fmt: skip
    step.tells(
        "get_user_policy doc", lambda: i.get_user_policy(UserName="u1", PolicyName="in")["PolicyDocument"],
        json.loads(policy()),
    )  # fmt: skip
    step.refuses("malformed JSON policy", lambda: i.create_policy(PolicyName="bad", PolicyDocument="{"))
    step.refuses("bad Effect", lambda: i.create_policy(PolicyName="bad2", PolicyDocument=policy(effect="Maybe")))
    step.refuses(
        "action without vendor", lambda: i.create_policy(PolicyName="bad3", PolicyDocument=policy(action="foo"))
    )
    step.refuses(
        "bad principal in trust",
        lambda: i.create_role(RoleName="rb", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Bogus": "x"}, "Action": "sts:AssumeRole"}]})),
    )  # fmt: skip
    step.refuses("dup user", lambda: i.create_user(UserName="u1"))
    step.refuses("user name chars", lambda: i.create_user(UserName="a b!"))
    step.tells(
        "AWS managed policies listed (default)", lambda: len(i.list_policies(Scope="AWS", MaxItems=1000)["Policies"]),
        lambda n: n > 100,
    )  # fmt: skip
    step.works(
        "attach AWS managed AdministratorAccess",
        lambda: i.attach_user_policy(UserName="u1", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"),
    )
    step.tells("list_entities_for_policy", lambda: len(i.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"]), 1)
    step.works(
        "instance profile",
        lambda: [i.create_instance_profile(InstanceProfileName="ip1"),
            i.add_role_to_instance_profile(InstanceProfileName="ip1", RoleName="r1")],
    )  # fmt: skip
    step.tells(
        "instance profile role",
        lambda: i.get_instance_profile(InstanceProfileName="ip1")["InstanceProfile"]["Roles"][0]["RoleName"], "r1",
    )  # fmt: skip
    step = probe.capability("permission boundaries")
    step.works(
        "put_role_permissions_boundary", lambda: i.put_role_permissions_boundary(RoleName="r1", PermissionsBoundary=arn)
    )
    step.tells(
        "role boundary", lambda: i.get_role(RoleName="r1")["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"], arn
    )
    step.works(
        "put_user_permissions_boundary", lambda: i.put_user_permissions_boundary(UserName="u1", PermissionsBoundary=arn)
    )
    step.works("create_user(PermissionsBoundary)", lambda: i.create_user(UserName="ub", PermissionsBoundary=arn))
    step.tells(
        "user boundary", lambda: i.get_user(UserName="ub")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"], arn
    )
    step.works("delete_role_permissions_boundary", lambda: i.delete_role_permissions_boundary(RoleName="r1"))
    step = probe.capability("password policy / login profile")
    step.refuses("get before set (NoSuchEntity)", lambda: i.get_account_password_policy())
    kw = {
        "MinimumPasswordLength": 14, "RequireSymbols": True, "RequireNumbers": True,
        "RequireUppercaseCharacters": True, "RequireLowercaseCharacters": True, "AllowUsersToChangePassword": True,
        "MaxPasswordAge": 90, "PasswordReusePrevention": 24, "HardExpiry": False,
    }  # fmt: skip
    step.works("update_account_password_policy", lambda: i.update_account_password_policy(**kw))
    step.tells(
        "get", lambda: {k: v for k, v in i.get_account_password_policy()["PasswordPolicy"].items() if k in kw}, kw
    )
    step.refuses("len 5", lambda: i.update_account_password_policy(MinimumPasswordLength=5))
    step.works("delete", lambda: i.delete_account_password_policy())
    step.works(
        "create_login_profile",
        lambda: i.create_login_profile(UserName="u1", Password="Pa55word!x", PasswordResetRequired=True),
    )
    step.tells(
        "get_login_profile", lambda: i.get_login_profile(UserName="u1")["LoginProfile"]["PasswordResetRequired"], True
    )
    step = probe.capability("MFA devices")
    m = step.works("create_virtual_mfa_device", lambda: i.create_virtual_mfa_device(VirtualMFADeviceName="m1"))
    sn = m["VirtualMFADevice"]["SerialNumber"]
    step.works(
        "enable_mfa_device",
        lambda: i.enable_mfa_device(UserName="u1", SerialNumber=sn, AuthenticationCode1="123456",
            AuthenticationCode2="654321"),
    )  # fmt: skip
    step.tells("list_mfa_devices", lambda: i.list_mfa_devices(UserName="u1")["MFADevices"][0]["SerialNumber"], sn)
    step.tells(
        "list_virtual assigned user",
        lambda: i.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"][0]["User"]["UserName"],
        "u1",
    )
    step.refuses(
        "codes checked against TOTP seed",
        lambda: i.enable_mfa_device(UserName="u1", SerialNumber=f"arn:aws:iam::{probe.account}:mfa/none",
            AuthenticationCode1="1", AuthenticationCode2="2"),
    )  # fmt: skip
    step.works("deactivate", lambda: i.deactivate_mfa_device(UserName="u1", SerialNumber=sn))
    step = probe.capability("access keys")
    k = step.works("create_access_key", lambda: i.create_access_key(UserName="u1"))["AccessKey"]
    step.works("2nd key", lambda: i.create_access_key(UserName="u1"))
    step.refuses("3rd key LimitExceeded", lambda: i.create_access_key(UserName="u1"))
    step.tells(
        "last_used before",
        lambda: i.get_access_key_last_used(AccessKeyId=k["AccessKeyId"])["AccessKeyLastUsed"].get("ServiceName"),
        lambda v: v in (None, "N/A"),
    )
    i.delete_user_permissions_boundary(UserName="u1")
    step.works("use it", lambda: probe.client("ec2", ak=k["AccessKeyId"], sk=k["SecretAccessKey"]).describe_vpcs())
    step.tells(
        "last_used after",
        lambda: i.get_access_key_last_used(AccessKeyId=k["AccessKeyId"])["AccessKeyLastUsed"].get("ServiceName"), "ec2",
    )  # fmt: skip
    step.works(
        "update Inactive", lambda: i.update_access_key(UserName="u1", AccessKeyId=k["AccessKeyId"], Status="Inactive")
    )
    step.tells(
        "list status",
        lambda: {x["AccessKeyId"]: x["Status"] for x in i.list_access_keys(UserName="u1")["AccessKeyMetadata"]}[
            k["AccessKeyId"]
        ],
        "Inactive",
    )
    step.refuses(
        "use an inactive key", lambda: probe.client("ec2", ak=k["AccessKeyId"], sk=k["SecretAccessKey"]).describe_vpcs()
    )
    step = probe.capability("account summary (root key / root MFA)")
    step.works("get_account_summary", lambda: i.get_account_summary()["SummaryMap"])
    step = probe.capability("credential report")
    step.tells("generate", lambda: i.generate_credential_report()["State"], lambda v: v in ("STARTED", "COMPLETE"))
    step.works("generate2", lambda: i.generate_credential_report())
    rep = step.works("get", lambda: i.get_credential_report()["Content"].decode())
    step.tells("has <root_account> row", lambda: "root_account" in rep)
    step.tells("has 22 columns", lambda: len(rep.splitlines()[0].split(",")), 22)
    step = probe.capability("simulate_*")
    step.works(
        "simulate_custom_policy",
        lambda: i.simulate_custom_policy(PolicyInputList=[policy()], ActionNames=["s3:GetObject"]),
    )
    step.works(
        "simulate_principal_policy",
        lambda: i.simulate_principal_policy(PolicySourceArn=f"arn:aws:iam::{probe.account}:user/u1",
            ActionNames=["s3:GetObject"]),
    )  # fmt: skip
    step.works(
        "get_context_keys_for_custom_policy", lambda: i.get_context_keys_for_custom_policy(PolicyInputList=[policy()])
    )
    step.works(
        "generate_service_last_accessed_details",
        lambda: i.generate_service_last_accessed_details(Arn=f"arn:aws:iam::{probe.account}:user/u1"),
    )
    step = probe.capability("get_account_authorization_details")
    d = step.works("gaad", lambda: i.get_account_authorization_details())
    step.tells(
        "user has inline+attached+groups",
        lambda: [bool(d["UserDetailList"][0].get(k)) for k in ("UserPolicyList", "AttachedManagedPolicies",
            "GroupList")],
        [True] * 3,
    )  # fmt: skip
    step.tells(
        "role/group/policy lists", lambda: [bool(d.get(k)) for k in ("RoleDetailList", "GroupDetailList", "Policies")],
        [True] * 3,
    )  # fmt: skip
    step.tells(
        "role inline decoded dict",
        lambda: isinstance(
            next(r for r in d["RoleDetailList"] if r["RoleName"] == "r1")["RolePolicyList"][0]["PolicyDocument"], dict
        ),
    )
    step = probe.capability("SAML / OIDC / SLR / server certs / alias")
    step.works("saml", lambda: i.create_saml_provider(SAMLMetadataDocument=METADATA, Name="saml1"))
    step.tells("list saml", lambda: len(i.list_saml_providers()["SAMLProviderList"]), 1)
    o = step.works(
        "oidc",
        lambda: i.create_open_id_connect_provider(Url="https://token.actions.githubusercontent.com",
            ClientIDList=["sts.amazonaws.com"], ThumbprintList=["a" * 40]),
    )  # fmt: skip
    step.tells(
        "get oidc",
        lambda: i.get_open_id_connect_provider(OpenIDConnectProviderArn=o["OpenIDConnectProviderArn"])["ClientIDList"],
        ["sts.amazonaws.com"],
    )
    step.works(
        "add_client_id",
        lambda: i.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=o["OpenIDConnectProviderArn"],
            ClientID="z"),
    )  # fmt: skip
    s = step.works(
        "create_service_linked_role", lambda: i.create_service_linked_role(AWSServiceName="config.amazonaws.com")
    )
    step.tells("SLR name", lambda: s["Role"]["RoleName"], "AWSServiceRoleForConfig")
    step.works("alias", lambda: i.create_account_alias(AccountAlias="acme"))
    step.tells("alias read", lambda: i.list_account_aliases()["AccountAliases"], ["acme"])
    step = probe.capability("access analyzer (accessanalyzer)")
    a = probe.client("accessanalyzer")
    made = step.works("create_analyzer", a.create_analyzer, analyzerName="a", type="ACCOUNT")
    step.works("list_findings", a.list_findings, analyzerArn=made["arn"])
    step.refuses("an analyzer that is no ARN", a.list_findings, analyzerArn="arn:x")
    step.works("validate_policy", lambda: a.validate_policy(policyDocument=policy(), policyType="IDENTITY_POLICY"))
