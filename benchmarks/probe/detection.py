"""Steps of GuardDuty, Security Hub and the other detecting services."""

from .probe import Probe

STANDARD = "arn:aws:securityhub:us-east-1::standards/aws-foundational-security-best-practices/v/1.0.0"


def steps(probe: Probe) -> None:
    g = probe.client("guardduty")
    step = probe.capability("guardduty")
    d = step.works(
        "create_detector",
        g.create_detector,
        Enable=True,
        FindingPublishingFrequency="FIFTEEN_MINUTES",
        Features=[{"Name": "S3_DATA_EVENTS", "Status": "ENABLED"}],
    )["DetectorId"]
    step.refuses("second detector", g.create_detector, Enable=True)
    step.tells(
        "get features",
        lambda: (lambda r: (r["Status"], r.get("FindingPublishingFrequency"),
            {f["Name"]: f["Status"] for f in r.get("Features",
            [])}.get("S3_DATA_EVENTS")))(g.get_detector(DetectorId=d)),
        ("ENABLED", "FIFTEEN_MINUTES", "ENABLED"),
    )  # fmt: skip
    step.works(
        "update", g.update_detector, DetectorId=d, Enable=False,
        Features=[{"Name": "EKS_AUDIT_LOGS", "Status": "ENABLED"}],
    )  # fmt: skip
    step.tells("disabled", lambda: g.get_detector(DetectorId=d)["Status"], "DISABLED")
    step.works(
        "filter", g.create_filter, DetectorId=d, Name="f", Action="ARCHIVE",
        FindingCriteria={"Criterion": {"severity": {"Lt": 4}}},
    )  # fmt: skip
    step.tells("get_filter", lambda: g.get_filter(DetectorId=d, FilterName="f")["Action"], "ARCHIVE")
    step.works("list_filters", g.list_filters, DetectorId=d)
    step.works("create_sample_findings", g.create_sample_findings, DetectorId=d)
    step.works("list_findings", g.list_findings, DetectorId=d)
    step.works(
        "create_publishing_destination", g.create_publishing_destination, DetectorId=d, DestinationType="S3",
        DestinationProperties={"DestinationArn": "x"},
    )  # fmt: skip
    step.works("org admin", g.enable_organization_admin_account, AdminAccountId="111122223333")
    step.tells(
        "list admin", lambda: g.list_organization_admin_accounts()["AdminAccounts"][0]["AdminAccountId"], "111122223333"
    )
    step.works(
        "update_organization_configuration", g.update_organization_configuration, DetectorId=d,
        AutoEnableOrganizationMembers="ALL",
    )  # fmt: skip
    step.works("create_ip_set", g.create_ip_set, DetectorId=d, Name="i", Format="TXT", Location="s3://x", Activate=True)
    step.works(
        "create_members", g.create_members, DetectorId=d,
        AccountDetails=[{"AccountId": "111122223333", "Email": "a@b.c"}],
    )  # fmt: skip
    step.works(
        "list_tags", g.list_tags_for_resource, ResourceArn=f"arn:aws:guardduty:us-east-1:{probe.account}:detector/{d}"
    )
    probe.client("organizations").create_organization()
    h = probe.client("securityhub")
    step = probe.capability("securityhub")
    step.works("enable", h.enable_security_hub, EnableDefaultStandards=True)
    step.refuses("enable twice", h.enable_security_hub)
    step.tells("describe_hub", lambda: "HubArn" in h.describe_hub())
    step.works(
        "batch_enable_standards",
        h.batch_enable_standards,
        StandardsSubscriptionRequests=[{"StandardsArn": STANDARD}],
    )
    step.works("get_enabled_standards", h.get_enabled_standards)
    f = {
        "SchemaVersion": "2018-10-08", "Id": "f1",
        "ProductArn": f"arn:aws:securityhub:us-east-1:{probe.account}:product/{probe.account}/default",
        "GeneratorId": "g", "AwsAccountId": probe.account, "Types": ["Software and Configuration Checks"],
        "CreatedAt": "2024-01-01T00:00:00Z", "UpdatedAt": "2024-01-01T00:00:00Z", "Severity": {"Label": "HIGH"},
        "Title": "t", "Description": "d", "Resources": [{"Type": "AwsS3Bucket", "Id": "arn:aws:s3:::x"}],
        "Workflow": {"Status": "NEW"},
    }  # fmt: skip
    step.works("batch_import_findings", h.batch_import_findings, Findings=[f])
    step.tells(
        "get_findings",
        lambda: (lambda x: (x["Severity"]["Label"], x.get("Workflow",
            {}).get("Status")))(h.get_findings()["Findings"][0]),
        ("HIGH", "NEW"),
    )  # fmt: skip
    step.tells(
        "filter by severity LOW => 0",
        lambda: len(h.get_findings(Filters={"SeverityLabel": [{"Value": "LOW", "Comparison": "EQUALS"}]})["Findings"]),
        0,
    )
    step.refuses("import missing fields", h.batch_import_findings, Findings=[{"Id": "x"}])
    step.works(
        "batch_update_findings", h.batch_update_findings,
        FindingIdentifiers=[{"Id": "f1", "ProductArn": f["ProductArn"]}], Workflow={"Status": "RESOLVED"},
    )  # fmt: skip
    step.works(
        "create_automation_rule", h.create_automation_rule, RuleOrder=1, RuleName="r", Description="d", Criteria={},
        Actions=[],
    )  # fmt: skip
    step.works("create_action_target", h.create_action_target, Name="a", Description="d", Id="a")
    step.works("describe_standards", h.describe_standards)
    step.works("create_insight", h.create_insight, Name="i", Filters={}, GroupByAttribute="ResourceId")
    step.works("create_finding_aggregator", h.create_finding_aggregator, RegionLinkingMode="ALL_REGIONS")
    step.works("org admin", h.enable_organization_admin_account, AdminAccountId="111122223333")
    step.works("list_organization_admin_accounts", h.list_organization_admin_accounts)
    step.works("list_enabled_products", h.list_enabled_products_for_import)
    step.works("update_security_control", h.update_security_control, SecurityControlId="S3.1", Parameters={})
    m = probe.client("macie2")
    step = probe.capability("macie2")
    step.works("enable_macie", m.enable_macie)
    step.tells("session", lambda: m.get_macie_session()["status"], "ENABLED")
    step.works(
        "create_classification_job", m.create_classification_job, name="j", jobType="ONE_TIME", clientToken="x",
        s3JobDefinition={},
    )  # fmt: skip
    step.works("create_custom_data_identifier", m.create_custom_data_identifier, name="c", regex="x")
    step.works("list_findings", m.list_findings)
    step.works("create_sample_findings", m.create_sample_findings)
    step.works("describe_buckets", m.describe_buckets)
    step.works("org admin", m.enable_organization_admin_account, adminAccountId="111122223333")
    step.works("get_automated_discovery_configuration", m.get_automated_discovery_configuration)
    x = probe.client("detective")
    step = probe.capability("detective")
    step.works("create_graph", x.create_graph)
    step.works("list_graphs", x.list_graphs)
    x = probe.client("accessanalyzer")
    step = probe.capability("accessanalyzer")
    step.works("create_analyzer", x.create_analyzer, analyzerName="a", type="ACCOUNT")
    step.works("list_analyzers", x.list_analyzers)
    x = probe.client("securitylake")
    step = probe.capability("securitylake / auditmanager / network-manager / cleanrooms")
    step.works("securitylake.list_data_lakes", x.list_data_lakes)
    step.works("auditmanager.get_account_status", lambda: probe.client("auditmanager").get_account_status())
