"""AWS Artifact: AWS's own compliance reports, their terms, and the account's agreements.

The reports are of the kinds that AWS publishes, with periods that end before the account's day. Their documents are not
kept: the addresses that are handed out lead nowhere (RFC 2606, ".invalid").

Sources: AWS Artifact User Guide, "Downloading reports in AWS Artifact", "Managing agreements"; AWS Artifact API
Reference.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ..extend import Call, Refusal, Service
from ..extend.call import alphanumeric

TOKEN_VALID = timedelta(minutes=15)
HOST = "https://artifact.invalid"
CATEGORY = "Certifications and Attestations"
PUBLISHED_AFTER = timedelta(days=45)  # the end of a report's period


class Report(NamedTuple):
    name: str
    series: str
    description: str
    ends: tuple[int, int]  # month and day
    months: int = 12
    needs_acceptance: bool = False


REPORTS = (
    Report("Service Organization Controls SOC 1 Report", "SOC",
           "How AWS controls support customers' internal control over financial reporting.", (9, 30), 12, True),
    Report("Service Organization Controls SOC 2 Report", "SOC",
           "AWS controls for security, availability, confidentiality and privacy, with the auditor's tests.",
           (9, 30), 12, True),
    Report("Service Organization Controls SOC 3 Report", "SOC",
           "A public summary of the SOC 2 report.", (9, 30)),
    Report("PCI DSS Attestation of Compliance and Responsibility Summary", "PCI",
           "AWS as a level 1 service provider under PCI DSS, and which requirements are the customer's.",
           (12, 31), 12, True),
    Report("ISO 27001 Certification", "ISO", "The information security management system of AWS.", (11, 30), 36),
    Report("ISO 27017 Certification", "ISO", "Security controls for cloud services.", (11, 30), 36),
    Report("ISO 27018 Certification", "ISO", "Protection of personal data in public clouds.", (11, 30), 36),
    Report("ISO 27701 Certification", "ISO", "The privacy information management system of AWS.", (11, 30), 36),
    Report("ISO 9001 Certification", "ISO", "The quality management system of AWS.", (11, 30), 36),
    Report("ISO 22301 Certification", "ISO", "Business continuity management of AWS.", (11, 30), 36),
    Report("CSA STAR Level 2 Certification", "CSA", "The controls of the Cloud Security Alliance.", (11, 30), 36),
    Report("FedRAMP Customer Package", "FedRAMP", "AWS under the Federal Risk and Authorization Management Program.",
           (6, 30), 12, True),
    Report("HITRUST CSF Certification", "HITRUST", "AWS under the HITRUST common security framework.", (8, 31), 24),
    Report("C5 Attestation Report", "C5", "The criteria catalogue of the German BSI.", (9, 30), 12, True),
)  # fmt: skip

ArtifactCall = Call[dict[str, Any]]
service = Service("artifact", is_global=True)


def _id(report: Report) -> str:
    digest = hashlib.sha256(report.name.encode()).hexdigest()
    return f"report-{digest[:16]}"


def _row(call: ArtifactCall, report: Report) -> dict[str, Any]:
    end = _period_end(call.now, report)
    id = _id(report)
    return {
        "id": id, "name": report.name, "state": "PUBLISHED", "version": 1, "uploadState": "COMPLETE",
        "arn": f"arn:aws:artifact:us-east-1::report/{id}:1", "description": report.description,
        "periodStart": end - timedelta(days=round(30.4375 * report.months)), "periodEnd": end, "series": report.series,
        "category": CATEGORY, "companyName": "Amazon Web Services", "productName": "AWS",
        "acceptanceType": "EXPLICIT" if report.needs_acceptance else "PASSTHROUGH",
    }  # fmt: skip


def _period_end(now: datetime, report: Report) -> datetime:
    """The end of the last period whose report is out; a certificate's is in the future."""
    month, day = report.ends
    if report.months > 12:
        return datetime(now.year + 1, month, day)
    end = datetime(now.year, month, day)
    return end if end + PUBLISHED_AFTER <= now else datetime(now.year - 1, month, day)


def _report(call: ArtifactCall) -> Report:
    for report in REPORTS:
        if _id(report) == call.input["reportId"] and call.get("reportVersion", 1) == 1:
            return report
    raise Refusal("ResourceNotFoundException", f"The report {call.input['reportId']} was not found.")


@service.operation
def list_reports(call: ArtifactCall) -> dict[str, Any]:
    """Every report in its newest version."""
    return {"reports": [_row(call, report) for report in REPORTS]}


@service.operation
def list_report_versions(call: ArtifactCall) -> dict[str, Any]:
    """The versions of a report."""
    return {"reports": [_row(call, _report(call))]}


@service.operation
def get_report_metadata(call: ArtifactCall) -> dict[str, Any]:
    """All about a report but its document."""
    row = _row(call, _report(call))
    published = min(row["periodEnd"] + PUBLISHED_AFTER, call.now)
    term = f"arn:aws:artifact:us-east-1::term/term-{row['id'][7:]}:1"
    return {
        "reportDetails": row | {"createdAt": published, "lastModifiedAt": published, "termArn": term,
                                "sequenceNumber": 1}
    }  # fmt: skip


@service.operation
def get_term_for_report(call: ArtifactCall) -> dict[str, Any]:
    """The terms of a report, and the token that shows that they were fetched."""
    id = _id(_report(call))
    token = alphanumeric(32)
    call.state.setdefault("tokens", {})[token] = {"report": id, "until": call.now + TOKEN_VALID}
    return {"documentPresignedUrl": f"{HOST}/term/{id}?token={token}", "termToken": token}


@service.operation
def get_report(call: ArtifactCall) -> dict[str, Any]:
    """A report's document, for a token of its terms."""
    id = _id(_report(call))
    token = call.state.get("tokens", {}).get(call.input["termToken"])
    if token is None or token["report"] != id or token["until"] < call.now:
        raise Refusal("ValidationException", "The term token is not a fresh one of this report.")
    return {"documentPresignedUrl": f"{HOST}/report/{id}?token={call.input['termToken']}"}


@service.operation
def list_customer_agreements(call: ArtifactCall) -> dict[str, Any]:
    """The agreements that the account has accepted, such as a Business Associate Addendum: none."""
    return {"customerAgreements": []}


@service.operation
def get_account_settings(call: ArtifactCall) -> dict[str, Any]:
    """Whether the account is told of new reports."""
    return _settings(call)


@service.operation
def put_account_settings(call: ArtifactCall) -> dict[str, Any]:
    """Be told of new reports, or not."""
    call.state["told"] = call.get("notificationSubscriptionStatus", call.state.get("told", "NOT_SUBSCRIBED"))
    return _settings(call)


def _settings(call: ArtifactCall) -> dict[str, Any]:
    return {"accountSettings": {"notificationSubscriptionStatus": call.state.get("told", "NOT_SUBSCRIBED")}}
