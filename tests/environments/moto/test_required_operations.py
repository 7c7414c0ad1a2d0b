"""The operations that the course needs exist in AWS, those of modules 0 to 3 are answered, and the page says so."""

from hardenlab.environments.moto.coverage import missing, page, required
from hardenlab.environments.moto.extend.models import service_model

from helpers.direct import CHECKOUT

DONE = ("0-1", "2", "3")
# to be written; take away what is written
NOT_YET = [
    "accessanalyzer.ApplyArchiveRule",
    "accessanalyzer.CheckAccessNotGranted",
    "accessanalyzer.CheckNoNewAccess",
    "accessanalyzer.CheckNoPublicAccess",
    "accessanalyzer.CreateAnalyzer",
    "accessanalyzer.CreateArchiveRule",
    "accessanalyzer.DeleteAnalyzer",
    "accessanalyzer.DeleteArchiveRule",
    "accessanalyzer.GetAnalyzedResource",
    "accessanalyzer.GetAnalyzer",
    "accessanalyzer.GetArchiveRule",
    "accessanalyzer.GetFinding",
    "accessanalyzer.GetFindingV2",
    "accessanalyzer.GetFindingsStatistics",
    "accessanalyzer.ListAnalyzedResources",
    "accessanalyzer.ListAnalyzers",
    "accessanalyzer.ListArchiveRules",
    "accessanalyzer.ListFindings",
    "accessanalyzer.ListFindingsV2",
    "accessanalyzer.ListTagsForResource",
    "accessanalyzer.StartResourceScan",
    "accessanalyzer.TagResource",
    "accessanalyzer.UntagResource",
    "accessanalyzer.UpdateAnalyzer",
    "accessanalyzer.UpdateArchiveRule",
    "accessanalyzer.UpdateFindings",
    "accessanalyzer.ValidatePolicy",
    "account.GetContactInformation",
    "account.PutContactInformation",
    "artifact.GetAccountSettings",
    "artifact.GetReport",
    "artifact.GetReportMetadata",
    "artifact.GetTermForReport",
    "artifact.ListCustomerAgreements",
    "artifact.ListReportVersions",
    "artifact.ListReports",
    "artifact.PutAccountSettings",
    "cloudtrail.LookupEvents",
    "ec2.CreateNetworkInsightsAccessScope",
    "ec2.CreateNetworkInsightsPath",
    "ec2.CreateVpcBlockPublicAccessExclusion",
    "ec2.DeleteNetworkInsightsAccessScope",
    "ec2.DeleteNetworkInsightsAccessScopeAnalysis",
    "ec2.DeleteNetworkInsightsAnalysis",
    "ec2.DeleteNetworkInsightsPath",
    "ec2.DeleteVpcBlockPublicAccessExclusion",
    "ec2.DescribeNetworkInsightsAccessScopeAnalyses",
    "ec2.DescribeNetworkInsightsAccessScopes",
    "ec2.DescribeNetworkInsightsAnalyses",
    "ec2.DescribeNetworkInsightsPaths",
    "ec2.DescribeVpcBlockPublicAccessExclusions",
    "ec2.DescribeVpcBlockPublicAccessOptions",
    "ec2.GetNetworkInsightsAccessScopeAnalysisFindings",
    "ec2.GetNetworkInsightsAccessScopeContent",
    "ec2.ModifyVpcBlockPublicAccessExclusion",
    "ec2.ModifyVpcBlockPublicAccessOptions",
    "ec2.StartNetworkInsightsAccessScopeAnalysis",
    "ec2.StartNetworkInsightsAnalysis",
    "fms.AssociateAdminAccount",
    "fms.BatchAssociateResource",
    "fms.BatchDisassociateResource",
    "fms.DeleteAppsList",
    "fms.DeleteNotificationChannel",
    "fms.DeletePolicy",
    "fms.DeleteProtocolsList",
    "fms.DeleteResourceSet",
    "fms.DisassociateAdminAccount",
    "fms.GetAdminAccount",
    "fms.GetAdminScope",
    "fms.GetAppsList",
    "fms.GetComplianceDetail",
    "fms.GetNotificationChannel",
    "fms.GetPolicy",
    "fms.GetProtectionStatus",
    "fms.GetProtocolsList",
    "fms.GetResourceSet",
    "fms.GetViolationDetails",
    "fms.ListAdminAccountsForOrganization",
    "fms.ListAdminsManagingAccount",
    "fms.ListAppsLists",
    "fms.ListComplianceStatus",
    "fms.ListDiscoveredResources",
    "fms.ListMemberAccounts",
    "fms.ListPolicies",
    "fms.ListProtocolsLists",
    "fms.ListResourceSetResources",
    "fms.ListResourceSets",
    "fms.ListTagsForResource",
    "fms.PutAdminAccount",
    "fms.PutAppsList",
    "fms.PutNotificationChannel",
    "fms.PutPolicy",
    "fms.PutProtocolsList",
    "fms.PutResourceSet",
    "fms.TagResource",
    "fms.UntagResource",
    "iam.GenerateServiceLastAccessedDetails",
    "iam.GetServiceLastAccessedDetails",
    "iam.GetServiceLastAccessedDetailsWithEntities",
    "iam.ListInstanceProfileTags",
    "wafv2.CheckCapacity",
    "wafv2.DeletePermissionPolicy",
    "wafv2.DescribeManagedRuleGroup",
    "wafv2.GetPermissionPolicy",
    "wafv2.ListAvailableManagedRuleGroupVersions",
    "wafv2.ListAvailableManagedRuleGroups",
    "wafv2.ListResourcesForWebACL",
    "wafv2.PutPermissionPolicy",
]


def test_every_required_operation_is_one_of_aws_s():
    for services in required().values():
        for service, operations in services.items():
            unknown = set(operations) - set(service_model(service).operation_names)
            assert not unknown, f"{service} has no {unknown}"
            assert operations == sorted(set(operations)), f"{service} is not in order"


def test_the_operations_that_modules_0_to_3_need_are_there():
    assert missing(DONE) == NOT_YET


def test_the_page_on_the_emulated_account_is_current():
    assert (CHECKOUT / "docs" / "emulator.md").read_text() == page(), "run 'make docs'"
