"""Steps of Systems Manager, Secrets Manager, Image Builder and Inspector."""

import json

from .probe import Probe, policy


def steps(probe: Probe) -> None:
    s = probe.client("ssm")
    step = probe.capability("SSM parameters")
    step.works("String", lambda: s.put_parameter(Name="/a", Value="1", Type="String"))
    step.works(
        "overwrite SecureString",
        lambda: s.put_parameter(Name="/a", Value="2", Type="SecureString", KeyId="alias/aws/ssm", Overwrite=True),
    )
    step.tells(
        "v2 secure",
        lambda: (lambda p: (p["Version"], p["Type"]))(s.get_parameter(Name="/a")["Parameter"]),
        (2, "SecureString"),
    )
    step.tells(
        "ciphertext w/o decryption", lambda: s.get_parameter(Name="/a")["Parameter"]["Value"], lambda v: v != "2"
    )
    step.tells("decrypt", lambda: s.get_parameter(Name="/a", WithDecryption=True)["Parameter"]["Value"], "2")
    step.tells("history", lambda: len(s.get_parameter_history(Name="/a")["Parameters"]), 2)
    step.refuses("no overwrite", lambda: s.put_parameter(Name="/a", Value="3", Type="String"))
    step.refuses("bad type", lambda: s.put_parameter(Name="/z", Value="3", Type="Nope"))
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
        {
            "schemaVersion": "1.0",
            "description": "x",
            "sessionType": "Standard_Stream",
            "inputs": {
                "s3BucketName": "",
                "s3EncryptionEnabled": True,
                "cloudWatchLogGroupName": "",
                "runAsEnabled": False,
            },
        }
    )
    step.works(
        "create SSM-SessionManagerRunShell",
        lambda: s.create_document(
            Name="SSM-SessionManagerRunShell", DocumentType="Session", DocumentFormat="JSON", Content=doc
        ),
    )
    step.tells("get", lambda: json.loads(s.get_document(Name="SSM-SessionManagerRunShell")["Content"]), json.loads(doc))
    step.works(
        "update",
        lambda: s.update_document(
            Name="SSM-SessionManagerRunShell",
            Content=doc.replace("x", "y"),
            DocumentVersion="$LATEST",
            DocumentFormat="JSON",
        ),
    )
    step.works(
        "default version",
        lambda: s.update_document_default_version(Name="SSM-SessionManagerRunShell", DocumentVersion="2"),
    )
    step.refuses("bad json", lambda: s.create_document(Name="bad", DocumentType="Command", Content="{"))
    step.works(
        "share",
        lambda: s.modify_document_permission(
            Name="SSM-SessionManagerRunShell", PermissionType="Share", AccountIdsToAdd=["all"]
        ),
    )
    step.tells(
        "share read",
        lambda: s.describe_document_permission(Name="SSM-SessionManagerRunShell", PermissionType="Share")["AccountIds"],
        ["all"],
    )
    step.tells(
        "AWS-RunShellScript readable",
        lambda: s.describe_document(Name="AWS-RunShellScript")["Document"]["Name"],
        "AWS-RunShellScript",
    )
    step.works("start_session", lambda: s.start_session(Target="i-1"))
    step.works(
        "service setting",
        lambda: s.update_service_setting(
            SettingId="/ssm/documents/console/public-sharing-permission", SettingValue="Disable"
        ),
    )
    step = probe.capability("SSM send_command / invocations / instances")
    e = probe.client("ec2")
    im = "ami-12c6146b"
    iid = e.run_instances(ImageId=im, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    r = step.works(
        "send_command",
        lambda: s.send_command(InstanceIds=[iid], DocumentName="AWS-RunShellScript", Parameters={"commands": ["id"]}),
    )
    step.tells("list_commands", lambda: s.list_commands()["Commands"][0]["Status"], "Success")
    step.tells(
        "get_command_invocation",
        lambda: s.get_command_invocation(CommandId=r["Command"]["CommandId"], InstanceId=iid)["Status"],
        "Success",
    )
    step.works("list_command_invocations", lambda: s.list_command_invocations())
    step.refuses(
        "unknown instance id", lambda: s.send_command(InstanceIds=["i-000"], DocumentName="AWS-RunShellScript")
    )
    step.works("describe_instance_information", lambda: s.describe_instance_information())
    step.works("create_activation", lambda: s.create_activation(IamRole="r"))
    step = probe.capability("SSM associations / automation / inventory / compliance")
    step.works(
        "create_association",
        lambda: s.create_association(Name="AWS-RunShellScript", Targets=[{"Key": "InstanceIds", "Values": [iid]}]),
    )
    step.works("list_associations", lambda: s.list_associations())
    step.works("start_automation_execution", lambda: s.start_automation_execution(DocumentName="x"))
    step.works("put_inventory", lambda: s.put_inventory(InstanceId=iid, Items=[]))
    step.works("get_inventory", lambda: s.get_inventory())
    step.works(
        "put_compliance_items",
        lambda: s.put_compliance_items(
            ResourceId=iid,
            ResourceType="ManagedInstance",
            ComplianceType="Custom:x",
            ExecutionSummary={"ExecutionTime": 1},
            Items=[],
        ),
    )
    step.works("list_compliance_summaries", lambda: s.list_compliance_summaries())
    step.works("describe_instance_patch_states", lambda: s.describe_instance_patch_states(InstanceIds=[iid]))
    step.works("create_ops_item", lambda: s.create_ops_item(Description="d", Source="s", Title="t"))
    step = probe.capability("SSM maintenance windows")
    w = step.works(
        "create",
        lambda: s.create_maintenance_window(
            Name="w", Schedule="cron(0 2 ? * SUN *)", Duration=3, Cutoff=1, AllowUnassociatedTargets=False
        ),
    )
    t = step.works(
        "target",
        lambda: s.register_target_with_maintenance_window(
            WindowId=w["WindowId"], ResourceType="INSTANCE", Targets=[{"Key": "tag:Patch", "Values": ["y"]}]
        ),
    )
    step.works(
        "task",
        lambda: s.register_task_with_maintenance_window(
            WindowId=w["WindowId"],
            Targets=[{"Key": "WindowTargetIds", "Values": [t["WindowTargetId"]]}],
            TaskArn="AWS-RunPatchBaseline",
            TaskType="RUN_COMMAND",
            MaxConcurrency="1",
            MaxErrors="1",
            TaskInvocationParameters={"RunCommand": {"Parameters": {"Operation": ["Install"]}}},
        ),
    )
    step.tells(
        "read",
        lambda: (
            len(s.describe_maintenance_window_targets(WindowId=w["WindowId"])["Targets"]),
            len(s.describe_maintenance_window_tasks(WindowId=w["WindowId"])["Tasks"]),
        ),
        (1, 1),
    )
    step.tells(
        "TaskInvocationParameters",
        lambda: (
            "TaskInvocationParameters"
            in s.get_maintenance_window_task(
                WindowId=w["WindowId"],
                WindowTaskId=s.describe_maintenance_window_tasks(WindowId=w["WindowId"])["Tasks"][0]["WindowTaskId"],
            )
        ),
    )
    step.works("update_maintenance_window", lambda: s.update_maintenance_window(WindowId=w["WindowId"], Enabled=False))
    step.refuses(
        "bad schedule",
        lambda: s.create_maintenance_window(
            Name="w", Schedule="every day", Duration=3, Cutoff=1, AllowUnassociatedTargets=False
        ),
    )
    step = probe.capability("SSM patch baselines")
    b = step.works(
        "create",
        lambda: s.create_patch_baseline(
            Name="pb",
            OperatingSystem="AMAZON_LINUX_2",
            ApprovalRules={
                "PatchRules": [
                    {
                        "PatchFilterGroup": {"PatchFilters": [{"Key": "CLASSIFICATION", "Values": ["Security"]}]},
                        "ApproveAfterDays": 7,
                        "ComplianceLevel": "CRITICAL",
                    }
                ]
            },
        ),
    )
    step.tells(
        "describe_patch_baselines",
        lambda: [
            x["BaselineName"]
            for x in s.describe_patch_baselines(Filters=[{"Key": "NAME_PREFIX", "Values": ["pb"]}])[
                "BaselineIdentities"
            ]
        ],
        ["pb"],
    )
    step.works("get_patch_baseline", lambda: s.get_patch_baseline(BaselineId=b["BaselineId"]))
    step.works(
        "register patch group",
        lambda: s.register_patch_baseline_for_patch_group(BaselineId=b["BaselineId"], PatchGroup="web"),
    )
    step.works("get_patch_baseline_for_patch_group", lambda: s.get_patch_baseline_for_patch_group(PatchGroup="web"))
    step.works("describe_patch_groups", lambda: s.describe_patch_groups())
    step.works("register_default", lambda: s.register_default_patch_baseline(BaselineId=b["BaselineId"]))
    step.works("get_default", lambda: s.get_default_patch_baseline())
    m = probe.client("secretsmanager")
    step = probe.capability("secretsmanager")
    step.works("create", lambda: m.create_secret(Name="db", SecretString="x", KmsKeyId="alias/a"))
    step.tells("KmsKeyId", lambda: m.describe_secret(SecretId="db").get("KmsKeyId"), "alias/a")
    fn = probe.function("rot")
    step.works(
        "rotate_secret",
        lambda: m.rotate_secret(
            SecretId="db", RotationLambdaARN=fn, RotationRules={"AutomaticallyAfterDays": 30}, RotateImmediately=False
        ),
    )
    step.tells(
        "rotation read",
        lambda: (lambda d: (d.get("RotationEnabled"), d.get("RotationRules")))(m.describe_secret(SecretId="db")),
        (True, {"AutomaticallyAfterDays": 30}),
    )
    step.refuses("blank policy / malformed", lambda: m.put_resource_policy(SecretId="db", ResourcePolicy="{x"))
    step.works(
        "put_resource_policy",
        lambda: m.put_resource_policy(SecretId="db", ResourcePolicy=policy(), BlockPublicPolicy=True),
    )
    step.tells("get", lambda: json.loads(m.get_resource_policy(SecretId="db")["ResourcePolicy"]), json.loads(policy()))
    step.works("validate_resource_policy", lambda: m.validate_resource_policy(ResourcePolicy=policy()))
    step.works(
        "replicate", lambda: m.replicate_secret_to_regions(SecretId="db", AddReplicaRegions=[{"Region": "eu-west-1"}])
    )
    step.works("delete", lambda: m.delete_secret(SecretId="db", RecoveryWindowInDays=7))
    step.refuses("window 3", lambda: m.delete_secret(SecretId="db", RecoveryWindowInDays=3))
    step = probe.capability("imagebuilder")
    b = probe.client("imagebuilder")
    step.works("list_image_pipelines", lambda: b.list_image_pipelines())
    step.works(
        "create_component", lambda: b.create_component(name="c", semanticVersion="1.0.0", platform="Linux", data="x")
    )
    n = probe.client("inspector2")
    step = probe.capability("inspector2")
    step.works("enable", lambda: n.enable(accountIds=[probe.account], resourceTypes=["EC2", "ECR"]))
    step.tells(
        "status",
        lambda: n.batch_get_account_status(accountIds=[probe.account])["accounts"][0]["state"]["status"],
        "ENABLED",
    )
    step.tells("empty findings", lambda: n.list_findings()["findings"], [])
    step.works(
        "create_filter",
        lambda: n.create_filter(
            action="SUPPRESS", name="f", filterCriteria={"severity": [{"comparison": "EQUALS", "value": "LOW"}]}
        ),
    )
    step.works("delegated admin", lambda: n.enable_delegated_admin_account(delegatedAdminAccountId="111122223333"))
    step.works("list_coverage", lambda: n.list_coverage())
    step.works("list_finding_aggregations", lambda: n.list_finding_aggregations(aggregationType="ACCOUNT"))
