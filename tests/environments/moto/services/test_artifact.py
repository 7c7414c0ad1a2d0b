"""AWS Artifact through the front, with boto3: an auditor's way from the list to a report."""

import pytest

from helpers.refusals import refusal


@pytest.fixture
def artifact(account):
    return account.client("artifact")


def test_a_report_is_fetched_by_the_token_of_its_terms(artifact):
    reports = {report["name"]: report for report in artifact.list_reports()["reports"]}
    soc = reports["Service Organization Controls SOC 2 Report"]
    assert (soc["series"], soc["acceptanceType"]) == ("SOC", "EXPLICIT")
    detail = artifact.get_report_metadata(reportId=soc["id"], reportVersion=1)["reportDetails"]
    assert detail["arn"] == soc["arn"]
    token = artifact.get_term_for_report(reportId=soc["id"])["termToken"]
    assert artifact.get_report(reportId=soc["id"], termToken=token)["documentPresignedUrl"].startswith("https://")
    other = reports["ISO 27001 Certification"]["id"]
    assert refusal(artifact.get_report, reportId=other, termToken=token) == "ValidationException"
    assert refusal(artifact.get_report, reportId=soc["id"], termToken="made-up") == "ValidationException"
    assert refusal(artifact.get_report_metadata, reportId="report-" + "0" * 16) == "ResourceNotFoundException"


def test_a_report_tells_of_a_period_that_is_over_and_a_certificate_of_one_that_runs(account, artifact):
    now = account.ledger._clock.now
    for report in artifact.list_reports()["reports"]:
        over = report["periodEnd"].timestamp() < now
        assert over == ("Certification" not in report["name"]), report["name"]
        assert report["periodStart"] < report["periodEnd"]


def test_pages_follow_each_other(artifact):
    first = artifact.list_reports(maxResults=5)
    rest = artifact.list_reports(nextToken=first["nextToken"])
    ids = [report["id"] for report in first["reports"] + rest["reports"]]
    assert len(ids) == len(set(ids)) > 5


def test_notifications_are_off_until_they_are_asked_for(artifact):
    def status():
        return artifact.get_account_settings()["accountSettings"]["notificationSubscriptionStatus"]

    assert status() == "NOT_SUBSCRIBED"
    artifact.put_account_settings(notificationSubscriptionStatus="SUBSCRIBED")
    assert status() == "SUBSCRIBED"
    assert artifact.list_customer_agreements()["customerAgreements"] == []
