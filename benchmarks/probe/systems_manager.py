"""Steps of Systems Manager, Secrets Manager, Image Builder and Inspector."""

import json

from .probe import Probe, policy


def steps(probe: Probe) -> None:
    s = probe.client("ssm")
    step = probe.capability("SSM parameters")
    step.works("String", s.put_parameter, Name="/a", Value="1", Type="String")
    step.works(
        "overwrite SecureString", s.put_parameter, Name="/a", Value="2", Type="SecureString", KeyId="alias/aws/ssm",
        Overwrite=True,
    )  # fmt: skip
    step.tells(
        "v2 secure", lambda: (lambda p: (p["Version"], p["Type"]))(s.get_parameter(Name="/a")["Parameter"]),
        (2, "SecureString"),
    )  # fmt: skip
    step.tells(
        "ciphertext w/o decryption", lambda: s.get_parameter(Name="/a")["Parameter"]["Value"], lambda v: v != "2"
    )
    step.tells("decrypt", lambda: s.get_parameter(Name="/a", WithDecryption=True)["Parameter"]["Value"], "2")
    step.tells("history", lambda: len(s.get_parameter_history(Name="/a")["Parameters"]), 2)
    step.refuses("no overwrite", s.put_parameter, Name="/a", Value="3", Type="String")
    step.refuses("bad type", s.put_parameter, Name="/z", Value="3", Type="Nope")
    step.tells("describe KeyId", lambda: s.describe_parameters()["Parameters"][0].get("KeyId"), "alias/aws/ssm")
    step.tells(
        "public AMI parameter",
        lambda: s.get_parameter(Name="/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2")["Parameter"][
            "Value"
        ],
        lambda v: v.startswith("ami-"),
    )
    step = probe.capability("SSM documents / session preferences")
    doc = json.dumps(
        {"schemaVersion": "1.0", "description": "x", "sessionType": "Standard_Stream", "inputs": {"s3BucketName": "",
            "s3EncryptionEnabled": True, "cloudWatchLogGroupName": "", "runAsEnabled": False}}
    )  # fmt: skip
    step.works(
        "create SSM-SessionManagerRunShell", s.create_document, Name="SSM-SessionManagerRunShell",
        DocumentType="Session", DocumentFormat="JSON", Content=doc,
    )  # fmt: skip
    step.tells("get", lambda: json.loads(s.get_document(Name="SSM-SessionManagerRunShell")["Content"]), json.loads(doc))
    step.works(
        "update",
        lambda: s.update_document(Name="SSM-SessionManagerRunShell", Content=doc.replace("x", "y"),
            DocumentVersion="$LATEST", DocumentFormat="JSON"),
    )  # fmt: skip
    step.works(
        "default version", s.update_document_default_version, Name="SSM-SessionManagerRunShell", DocumentVersion="2"
    )
    step.refuses("bad json", s.create_document, Name="bad", DocumentType="Command", Content="{")
    step.works(
        "share", s.modify_document_permission, Name="SSM-SessionManagerRunShell", PermissionType="Share",
        AccountIdsToAdd=["all"],
    )  # fmt: skip
    step.tells(
        "share read",
        lambda: s.describe_document_permission(Name="SSM-SessionManagerRunShell", PermissionType="Share")["AccountIds"],
        ["all"],
    )
    step.tells(
        "AWS-RunShellScript readable", lambda: s.describe_document(Name="AWS-RunShellScript")["Document"]["Name"],
        "AWS-RunShellScript",
    )  # fmt: skip
    step.works("start_session", s.start_session, Target="i-1")
    step.works(
        "service setting", s.update_service_setting, SettingId="/ssm/documents/console/public-sharing-permission",
        SettingValue="Disable",
    )  # fmt: skip
    step = probe.capability("SSM send_command / invocations / instances")
    e = probe.client("ec2")
    im = "ami-04681a1dbd79675a5"
    iid = e.run_instances(ImageId=im, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    r = step.works(
        "send_command", s.send_command, InstanceIds=[iid], DocumentName="AWS-RunShellScript",
        Parameters={"commands": ["id"]},
    )  # fmt: skip
    step.tells("list_commands", lambda: s.list_commands()["Commands"][0]["Status"], "Success")
    step.tells(
        "get_command_invocation",
        lambda: s.get_command_invocation(CommandId=r["Command"]["CommandId"], InstanceId=iid)["Status"], "Success",
    )  # fmt: skip
    step.works("list_command_invocations", s.list_command_invocations)
    step.refuses("unknown instance id", s.send_command, InstanceIds=["i-000"], DocumentName="AWS-RunShellScript")
    step.works("describe_instance_information", s.describe_instance_information)
    step.works("create_activation", s.create_activation, IamRole="r")
    step = probe.capability("SSM associations / automation / inventory / compliance")
    step.works(
        "create_association", s.create_association, Name="AWS-RunShellScript",
        Targets=[{"Key": "InstanceIds", "Values": [iid]}],
    )  # fmt: skip
    step.works("list_associations", s.list_associations)
    step.works("start_automation_execution", s.start_automation_execution, DocumentName="x")
    step.works("put_inventory", s.put_inventory, InstanceId=iid, Items=[])
    step.works("get_inventory", s.get_inventory)
    step.works(
        "put_compliance_items", s.put_compliance_items, ResourceId=iid, ResourceType="ManagedInstance",
        ComplianceType="Custom:x", ExecutionSummary={"ExecutionTime": 1}, Items=[],
    )  # fmt: skip
    step.works("list_compliance_summaries", s.list_compliance_summaries)
    step.works("describe_instance_patch_states", s.describe_instance_patch_states, InstanceIds=[iid])
    step.works("create_ops_item", s.create_ops_item, Description="d", Source="s", Title="t")
    step = probe.capability("SSM maintenance windows")
    w = step.works(
        "create", s.create_maintenance_window, Name="sunday", Schedule="cron(0 2 ? * SUN *)", Duration=3, Cutoff=1,
        AllowUnassociatedTargets=False,
    )  # fmt: skip
    t = step.works(
        "target", s.register_target_with_maintenance_window, WindowId=w["WindowId"], ResourceType="INSTANCE",
        Targets=[{"Key": "tag:Patch", "Values": ["y"]}],
    )  # fmt: skip
    step.works(
        "task", s.register_task_with_maintenance_window, WindowId=w["WindowId"],
        Targets=[{"Key": "WindowTargetIds", "Values": [t["WindowTargetId"]]}], TaskArn="AWS-RunPatchBaseline",
        TaskType="RUN_COMMAND", MaxConcurrency="1", MaxErrors="1",
        TaskInvocationParameters={"RunCommand": {"Parameters": {"Operation": ["Install"]}}},
    )  # fmt: skip
    step.tells(
        "read",
        lambda: (len(s.describe_maintenance_window_targets(WindowId=w["WindowId"])["Targets"]),
            len(s.describe_maintenance_window_tasks(WindowId=w["WindowId"])["Tasks"])),
        (1, 1),
    )  # fmt: skip
    step.tells(
        "TaskInvocationParameters",
        lambda: ("TaskInvocationParameters" in s.get_maintenance_window_task(WindowId=w["WindowId"],
            WindowTaskId=s.describe_maintenance_window_tasks(WindowId=w["WindowId"])["Tasks"][0]["WindowTaskId"])),
    )  # fmt: skip
    step.works("update_maintenance_window", s.update_maintenance_window, WindowId=w["WindowId"], Enabled=False)
    step.refuses(
        "bad schedule", s.create_maintenance_window, Name="sunday", Schedule="every day", Duration=3, Cutoff=1,
        AllowUnassociatedTargets=False,
    )  # fmt: skip
    step = probe.capability("SSM patch baselines")
    b = step.works(
        "create", s.create_patch_baseline, Name="pb", OperatingSystem="AMAZON_LINUX_2",
        ApprovalRules={"PatchRules": [{"PatchFilterGroup": {"PatchFilters": [{"Key": "CLASSIFICATION",
            "Values": ["Security"]}]}, "ApproveAfterDays": 7, "ComplianceLevel": "CRITICAL"}]},
    )  # fmt: skip
    step.tells(
        "describe_patch_baselines",
        lambda: [x["BaselineName"] for x in s.describe_patch_baselines(Filters=[{"Key": "NAME_PREFIX",
            "Values": ["pb"]}])["BaselineIdentities"]],
        ["pb"],
    )  # fmt: skip
    step.works("get_patch_baseline", s.get_patch_baseline, BaselineId=b["BaselineId"])
    step.works(
        "register patch group", s.register_patch_baseline_for_patch_group, BaselineId=b["BaselineId"], PatchGroup="web"
    )
    step.works("get_patch_baseline_for_patch_group", s.get_patch_baseline_for_patch_group, PatchGroup="web")
    step.works("describe_patch_groups", s.describe_patch_groups)
    step.works("register_default", s.register_default_patch_baseline, BaselineId=b["BaselineId"])
    step.works("get_default", s.get_default_patch_baseline)
    m = probe.client("secretsmanager")
    step = probe.capability("secretsmanager")
    step.works("create", m.create_secret, Name="db", SecretString="x", KmsKeyId="alias/a")
    step.tells("KmsKeyId", lambda: m.describe_secret(SecretId="db").get("KmsKeyId"), "alias/a")
    fn = probe.function("rot")
    step.works(
        "rotate_secret", m.rotate_secret, SecretId="db", RotationLambdaARN=fn,
        RotationRules={"AutomaticallyAfterDays": 30}, RotateImmediately=False,
    )  # fmt: skip
    step.tells(
        "rotation read",
        lambda: (lambda d: (d.get("RotationEnabled"), d.get("RotationRules")))(m.describe_secret(SecretId="db")),
        (True, {"AutomaticallyAfterDays": 30}),
    )
    owner = policy(Principal={"AWS": f"arn:aws:iam::{probe.account}:root"})
    step.refuses("policy of nobody", m.put_resource_policy, SecretId="db", ResourcePolicy=policy())
    step.refuses("blank policy / malformed", m.put_resource_policy, SecretId="db", ResourcePolicy="{x")
    step.works(
        "put_resource_policy", m.put_resource_policy, SecretId="db", ResourcePolicy=owner, BlockPublicPolicy=True
    )
    step.tells("get", lambda: json.loads(m.get_resource_policy(SecretId="db")["ResourcePolicy"]), json.loads(owner))
    step.tells(
        "validate_resource_policy",
        lambda: m.validate_resource_policy(ResourcePolicy=owner)["PolicyValidationPassed"],
    )
    step.works("replicate", m.replicate_secret_to_regions, SecretId="db", AddReplicaRegions=[{"Region": "eu-west-1"}])
    step.refuses("delete what has a replica", m.delete_secret, SecretId="db", RecoveryWindowInDays=7)
    step.works(
        "remove the replica", m.remove_regions_from_replication, SecretId="db", RemoveReplicaRegions=["eu-west-1"]
    )
    step.works("delete", m.delete_secret, SecretId="db", RecoveryWindowInDays=7)
    step.refuses("window 3", m.delete_secret, SecretId="db", RecoveryWindowInDays=3)
    step = probe.capability("imagebuilder")
    b = probe.client("imagebuilder")
    step.works("list_image_pipelines", b.list_image_pipelines)
    step.works("create_component", b.create_component, name="c", semanticVersion="1.0.0", platform="Linux", data="x")
    n = probe.client("inspector2")
    step = probe.capability("inspector2")
    step.works("enable", n.enable, accountIds=[probe.account], resourceTypes=["EC2", "ECR"])
    step.tells(
        "status", lambda: n.batch_get_account_status(accountIds=[probe.account])["accounts"][0]["state"]["status"],
        "ENABLED",
    )  # fmt: skip
    step.tells("empty findings", lambda: n.list_findings()["findings"], [])
    step.works(
        "create_filter", n.create_filter, action="SUPPRESS", name="f",
        filterCriteria={"severity": [{"comparison": "EQUALS", "value": "LOW"}]},
    )  # fmt: skip
    step.works("delegated admin", n.enable_delegated_admin_account, delegatedAdminAccountId="111122223333")
    step.works("list_coverage", n.list_coverage)
    step.works("list_finding_aggregations", n.list_finding_aggregations, aggregationType="ACCOUNT")
