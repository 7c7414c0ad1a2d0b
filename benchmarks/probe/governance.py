"""Steps of Organizations, Identity Center and other stores."""

import json

from .probe import Probe, policy


def steps(probe: Probe) -> None:
    M = probe.account
    o = probe.client("organizations")
    step = probe.capability("organizations")
    step.works("create_organization", o.create_organization, FeatureSet="ALL")
    rid = o.list_roots()["Roots"][0]["Id"]
    ou = step.works("OU", o.create_organizational_unit, ParentId=rid, Name="Sec")["OrganizationalUnit"]["Id"]
    s = step.works("create_account", o.create_account, AccountName="dev", Email="d@x.y")["CreateAccountStatus"]
    A = s.get("AccountId")
    step.tells(
        "describe_create_account_status",
        lambda: o.describe_create_account_status(CreateAccountRequestId=s["Id"])["CreateAccountStatus"]["State"],
        "SUCCEEDED",
    )
    step.works("move_account", o.move_account, AccountId=A, SourceParentId=rid, DestinationParentId=ou)
    step.tells(
        "list_accounts_for_parent", lambda: [a["Id"] for a in o.list_accounts_for_parent(ParentId=ou)["Accounts"]], [A]
    )
    step.tells(
        "SCP type enabled at first (AWS: yes for ALL via console only)",
        lambda: [p["Type"] for p in o.list_roots()["Roots"][0]["PolicyTypes"]], lambda x: isinstance(x, list),
    )  # fmt: skip
    step.works("enable SCP", o.enable_policy_type, RootId=rid, PolicyType="SERVICE_CONTROL_POLICY")
    step.works("enable TAG", o.enable_policy_type, RootId=rid, PolicyType="TAG_POLICY")
    step.works("enable RCP", o.enable_policy_type, RootId=rid, PolicyType="RESOURCE_CONTROL_POLICY")
    step.works("enable DECLARATIVE_POLICY_EC2", o.enable_policy_type, RootId=rid, PolicyType="DECLARATIVE_POLICY_EC2")
    p = step.works(
        "create SCP",
        o.create_policy,
        Name="p",
        Description="d",
        Content=policy("Deny", "organizations:LeaveOrganization"),
        Type="SERVICE_CONTROL_POLICY",
    )["Policy"]["PolicySummary"]["Id"]
    step.works("attach OU", o.attach_policy, PolicyId=p, TargetId=ou)
    step.tells(
        "list_policies_for_target",
        lambda: (p in [x["Id"] for x in o.list_policies_for_target(TargetId=ou,
            Filter="SERVICE_CONTROL_POLICY")["Policies"]]),
    )  # fmt: skip
    step.tells(
        "FullAWSAccess attached",
        lambda: ("FullAWSAccess" in [x["Name"] for x in o.list_policies_for_target(TargetId=ou,
            Filter="SERVICE_CONTROL_POLICY")["Policies"]]),
    )  # fmt: skip
    step.refuses(
        "malformed SCP", o.create_policy, Name="b", Description="d", Content="{x", Type="SERVICE_CONTROL_POLICY"
    )
    step.refuses("dup attach", o.attach_policy, PolicyId=p, TargetId=ou)
    step.works("update_policy", o.update_policy, PolicyId=p, Content=policy("Deny", "ec2:DeleteVpc"))
    step.works("describe_effective_policy", o.describe_effective_policy, PolicyType="TAG_POLICY", TargetId=A)
    step.works("enable_aws_service_access", o.enable_aws_service_access, ServicePrincipal="config.amazonaws.com")
    step.tells(
        "list access",
        lambda: [
            x["ServicePrincipal"] for x in o.list_aws_service_access_for_organization()["EnabledServicePrincipals"]
        ],
        ["config.amazonaws.com"],
    )
    step.works(
        "delegated admin", o.register_delegated_administrator, AccountId=A, ServicePrincipal="config.amazonaws.com"
    )
    step.works(
        "delegated admin guardduty/securityhub/access-analyzer",
        lambda: [o.enable_aws_service_access(ServicePrincipal=p) and o.register_delegated_administrator(AccountId=A,
            ServicePrincipal=p) for p in ("guardduty.amazonaws.com", "ssm.amazonaws.com")],
    )  # fmt: skip
    step.tells(
        "list delegated", lambda: [x["Id"] for x in o.list_delegated_administrators()["DelegatedAdministrators"]], [A]
    )
    step.refuses("unknown service principal", o.enable_aws_service_access, ServicePrincipal="moto.amazonaws.com")
    step.works("invite_account", o.invite_account_to_organization, Target={"Type": "ACCOUNT", "Id": "111111111111"})
    step.refuses("delete an organization that has members", o.delete_organization)
    step.tells(
        "member sees org",
        lambda: probe.client("organizations").describe_organization()["Organization"]["MasterAccountId"], M,
    )  # fmt: skip
    step.works("put_resource_policy", o.put_resource_policy, Content=policy())
    st = probe.client("sts")
    step = probe.capability("STS cross-account isolation")
    r = step.works(
        "assume_role into member", st.assume_role, RoleArn=f"arn:aws:iam::{A}:role/OrganizationAccountAccessRole",
        RoleSessionName="probe",
    )  # fmt: skip
    k = r["Credentials"]
    member = {"ak": k["AccessKeyId"], "sk": k["SecretAccessKey"], "tok": k["SessionToken"]}
    step.tells(
        "the role is there",
        lambda: probe.client("iam", **member).get_role(RoleName="OrganizationAccountAccessRole")["Role"]["RoleName"],
        "OrganizationAccountAccessRole",
    )
    step.tells(
        "caller identity = member account", lambda: probe.client("sts", **member).get_caller_identity()["Account"], A
    )
    step.works("create bucket in member", lambda: probe.client("s3", **member).create_bucket(Bucket="member-b"))
    probe.client("ec2", **member).create_key_pair(KeyName="onlymember")
    for whose, keys, wanted in (("mgmt does not see it", {}, []), ("member sees it", member, ["onlymember"])):
        step.tells(
            whose,
            lambda keys=keys: [x["KeyName"] for x in probe.client("ec2", **keys).describe_key_pairs()["KeyPairs"]],
            wanted,
        )
    step.tells(
        "mgmt list_buckets excludes member's",
        lambda: "member-b" in [b["Name"] for b in probe.client("s3").list_buckets()["Buckets"]], False,
    )  # fmt: skip
    step.refuses("bucket names are global", lambda: probe.client("s3").create_bucket(Bucket="member-b"))
    a = probe.client("sso-admin")
    step = probe.capability("sso-admin / identitystore")
    ins = step.tells("list_instances has one", lambda: a.list_instances()["Instances"], lambda x: len(x) >= 1)
    step.works("create_instance", a.create_instance, Name="x")
    ia = (ins or [{}])[0].get("InstanceArn", f"arn:aws:sso:::instance/ssoins-{probe.account}3456")
    iss = (ins or [{}])[0].get("IdentityStoreId", "d-1234567890")
    ps = step.works(
        "create_permission_set", a.create_permission_set, Name="Admin", InstanceArn=ia, SessionDuration="PT12H"
    )["PermissionSet"]["PermissionSetArn"]
    step.works("update duration", a.update_permission_set, InstanceArn=ia, PermissionSetArn=ps, SessionDuration="PT1H")
    step.tells(
        "read",
        lambda: a.describe_permission_set(InstanceArn=ia, PermissionSetArn=ps)["PermissionSet"]["SessionDuration"],
        "PT1H",
    )
    step.works(
        "inline", a.put_inline_policy_to_permission_set, InstanceArn=ia, PermissionSetArn=ps, InlinePolicy=policy()
    )
    step.tells(
        "inline read",
        lambda: json.loads(a.get_inline_policy_for_permission_set(InstanceArn=ia, PermissionSetArn=ps)["InlinePolicy"]),
        json.loads(policy()),
    )
    step.works(
        "managed", a.attach_managed_policy_to_permission_set, InstanceArn=ia, PermissionSetArn=ps,
        ManagedPolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess",
    )  # fmt: skip
    step.tells(
        "managed read",
        lambda: len(a.list_managed_policies_in_permission_set(InstanceArn=ia,
            PermissionSetArn=ps)["AttachedManagedPolicies"]),
        1,
    )  # fmt: skip
    step.works(
        "boundary", a.put_permissions_boundary_to_permission_set, InstanceArn=ia, PermissionSetArn=ps,
        PermissionsBoundary={"ManagedPolicyArn": "x"},
    )  # fmt: skip
    d = probe.client("identitystore")
    u = step.works(
        "user",
        d.create_user,
        IdentityStoreId=iss,
        UserName="u",
        DisplayName="U",
        Name={"GivenName": "a", "FamilyName": "b"},
    )["UserId"]
    g = step.works("group", d.create_group, IdentityStoreId=iss, DisplayName="g")["GroupId"]
    step.works("membership", d.create_group_membership, IdentityStoreId=iss, GroupId=g, MemberId={"UserId": u})
    step.tells(
        "list memberships", lambda: len(d.list_group_memberships(IdentityStoreId=iss, GroupId=g)["GroupMemberships"]), 1
    )
    step.works(
        "assignment", a.create_account_assignment, InstanceArn=ia, TargetId=A, TargetType="AWS_ACCOUNT",
        PermissionSetArn=ps, PrincipalType="GROUP", PrincipalId=g,
    )  # fmt: skip
    step.tells(
        "list_account_assignments",
        lambda: len(a.list_account_assignments(InstanceArn=ia, AccountId=A, PermissionSetArn=ps)["AccountAssignments"]),
        1,
    )
    step.works(
        "provision", a.provision_permission_set, InstanceArn=ia, PermissionSetArn=ps,
        TargetType="ALL_PROVISIONED_ACCOUNTS",
    )  # fmt: skip
    step.works(
        "update_user", d.update_user, IdentityStoreId=iss, UserId=u,
        Operations=[{"AttributePath": "displayName", "AttributeValue": "Z"}],
    )  # fmt: skip
    step.works(
        "ABAC attrs", a.create_instance_access_control_attribute_configuration, InstanceArn=ia,
        InstanceAccessControlAttributeConfiguration={"AccessControlAttributes": []},
    )  # fmt: skip
    step.refuses(
        "unknown permission set", lambda: a.describe_permission_set(InstanceArn=ia, PermissionSetArn=ps[:-4] + "0000")
    )
    s = probe.client("servicecatalog")
    step = probe.capability("servicecatalog")
    pf = step.works("portfolio", s.create_portfolio, DisplayName="p", ProviderName="x", IdempotencyToken="1")
    step.works(
        "product", s.create_product, Name="x", Owner="o", ProductType="CLOUD_FORMATION_TEMPLATE", IdempotencyToken="1",
        ProvisioningArtifactParameters={"Name": "v1", "Info": {"LoadTemplateFromURL": "https://x"},
            "Type": "CLOUD_FORMATION_TEMPLATE"},
    )  # fmt: skip
    step.works("associate_product_with_portfolio", s.associate_product_with_portfolio, ProductId="p", PortfolioId="q")
    step.works(
        "create_constraint", s.create_constraint, PortfolioId="x", ProductId="y", Type="LAUNCH", Parameters="{}",
        IdempotencyToken="1",
    )  # fmt: skip
    step.works(
        "provision_product", s.provision_product, ProductId="x", ProvisioningArtifactId="y", ProvisionedProductName="z"
    )
    step.works("search_products", s.search_products)
    step.works("share", s.create_portfolio_share, PortfolioId=pf["PortfolioDetail"]["Id"], AccountId=A)
    t = probe.client("controltower")
    step = probe.capability("controltower")
    step.works("list_landing_zones", t.list_landing_zones)
    step.works("enable_control", t.enable_control, controlIdentifier="x", targetIdentifier="y")
    step.works("list_enabled_controls", t.list_enabled_controls)
    x = probe.client("ram")
    step = probe.capability("ram")
    sh = step.works(
        "create_resource_share", x.create_resource_share, name="s", principals=[A],
        resourceArns=[f"arn:aws:ec2:us-east-1:{probe.account}:subnet/subnet-1"], allowExternalPrincipals=False,
    )  # fmt: skip
    step.tells(
        "get_resource_shares",
        lambda: x.get_resource_shares(resourceOwner="SELF")["resourceShares"][0]["allowExternalPrincipals"], False,
    )  # fmt: skip
    step.works("get_resource_share_associations", x.get_resource_share_associations, associationType="PRINCIPAL")
    step.works(
        "update_resource_share",
        lambda: (x.update_resource_share(resourceShareArn=sh["resourceShare"]["resourceShareArn"],
            allowExternalPrincipals=True) if sh else 1 / 0),
    )  # fmt: skip
    step.works("list_principals", x.list_principals, resourceOwner="SELF")
    step.works("enable_sharing_with_aws_organization", x.enable_sharing_with_aws_organization)
    step.works("disassociate_resource_share", x.disassociate_resource_share, resourceShareArn="a")
    x = probe.client("account")
    step = probe.capability("account")
    step.works(
        "put_alternate_contact SECURITY", x.put_alternate_contact, AlternateContactType="SECURITY",
        EmailAddress="a@b.c", Name="n", PhoneNumber="1", Title="t",
    )  # fmt: skip
    step.tells(
        "get", lambda: x.get_alternate_contact(AlternateContactType="SECURITY")["AlternateContact"]["EmailAddress"],
        "a@b.c",
    )  # fmt: skip
    contact = {
        "FullName": "n", "AddressLine1": "a", "City": "c", "PostalCode": "1", "CountryCode": "DE",
        "PhoneNumber": "+49301",
    }  # fmt: skip
    step.works("put_contact_information", x.put_contact_information, ContactInformation=contact)
    step.tells("get_contact_information", lambda: x.get_contact_information()["ContactInformation"], contact)
    step.works("list_regions", x.list_regions)
    x = probe.client("artifact")
    step = probe.capability("artifact")
    step.works("list_reports", x.list_reports)
    x = probe.client("backup")
    step = probe.capability("backup")
    step.works(
        "vault", x.create_backup_vault, BackupVaultName="v",
        EncryptionKeyArn=f"arn:aws:kms:us-east-1:{probe.account}:key/x",
    )  # fmt: skip
    step.works(
        "vault lock", x.put_backup_vault_lock_configuration, BackupVaultName="v", MinRetentionDays=7,
        ChangeableForDays=3,
    )  # fmt: skip
    step.tells("lock read", lambda: x.describe_backup_vault(BackupVaultName="v").get("MinRetentionDays"), 7)
    pl = step.works(
        "plan", x.create_backup_plan,
        BackupPlan={"BackupPlanName": "p", "Rules": [{"RuleName": "r", "TargetBackupVaultName": "v",
            "ScheduleExpression": "cron(0 5 ? * * *)", "Lifecycle": {"DeleteAfterDays": 35}}]},
    )  # fmt: skip
    step.tells(
        "plan read",
        lambda: x.get_backup_plan(BackupPlanId=pl["BackupPlanId"])["BackupPlan"]["Rules"][0]["Lifecycle"][
            "DeleteAfterDays"
        ],
        35,
    )
    step.works(
        "create_backup_selection", x.create_backup_selection, BackupPlanId=pl["BackupPlanId"],
        BackupSelection={"SelectionName": "s", "IamRoleArn": "x"},
    )  # fmt: skip
    step.works("put_backup_vault_access_policy", x.put_backup_vault_access_policy, BackupVaultName="v", Policy=policy())
    step.works("list_recovery_points", x.list_recovery_points_by_backup_vault, BackupVaultName="v")
    step = probe.capability("other stores: rds / dynamodb / ecr / efs / cognito / acm")
    rd = probe.client("rds")
    step.works(
        "rds", rd.create_db_instance, DBInstanceIdentifier="d", Engine="mysql", DBInstanceClass="db.t3.micro",
        MasterUsername="a", MasterUserPassword="password1", AllocatedStorage=5, PubliclyAccessible=True,
        StorageEncrypted=False,
    )  # fmt: skip
    step.tells(
        "rds read",
        lambda: (lambda d: (d["PubliclyAccessible"],
            d["StorageEncrypted"]))(rd.describe_db_instances()["DBInstances"][0]),
        (True, False),
    )  # fmt: skip
    step.works(
        "rds modify", rd.modify_db_instance, DBInstanceIdentifier="d", PubliclyAccessible=False,
        DeletionProtection=True, BackupRetentionPeriod=7,
    )  # fmt: skip
    step.tells(
        "rds modified",
        lambda: (lambda d: (d["PubliclyAccessible"],
            d["DeletionProtection"]))(rd.describe_db_instances()["DBInstances"][0]),
        (False, True),
    )  # fmt: skip
    step.works("rds snapshot", rd.create_db_snapshot, DBInstanceIdentifier="d", DBSnapshotIdentifier="ds")
    step.works(
        "share snapshot", rd.modify_db_snapshot_attribute, DBSnapshotIdentifier="ds", AttributeName="restore",
        ValuesToAdd=["all"],
    )  # fmt: skip
    step.tells(
        "snapshot attr",
        lambda: [
            a["AttributeValues"]
            for a in rd.describe_db_snapshot_attributes(DBSnapshotIdentifier="ds")["DBSnapshotAttributesResult"][
                "DBSnapshotAttributes"
            ]
            if a["AttributeName"] == "restore"
        ],
        [["all"]],
    )
    ec = probe.client("ecr")
    step.works(
        "ecr scan+immutable", ec.create_repository, repositoryName="r",
        imageScanningConfiguration={"scanOnPush": True}, imageTagMutability="IMMUTABLE",
    )  # fmt: skip
    step.tells("ecr read", lambda: ec.describe_repositories()["repositories"][0]["imageTagMutability"], "IMMUTABLE")
    dy = probe.client("dynamodb")
    step.works(
        "ddb", dy.create_table, TableName="t", KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST",
    )  # fmt: skip
    step.works(
        "ddb PITR", dy.update_continuous_backups, TableName="t",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )  # fmt: skip
    step.tells(
        "PITR",
        lambda: dy.describe_continuous_backups(TableName="t")["ContinuousBackupsDescription"][
            "PointInTimeRecoveryDescription"
        ]["PointInTimeRecoveryStatus"],
        "ENABLED",
    )
    step.works("efs encrypted", lambda: probe.client("efs").create_file_system(CreationToken="x", Encrypted=True))
    step = probe.capability("organizations")
    step.works("close_account", o.close_account, AccountId=A)
