"""Checks of policies: validation, and the three custom checks.

Source: IAM Access Analyzer API Reference, "ValidatePolicy", "CheckNoNewAccess", "CheckAccessNotGranted" and
"CheckNoPublicAccess".
"""

from typing import Any

from hardenlab.semantics.iam import CannotJudge, validate
from hardenlab.semantics.iam.findings import PolicyFinding, findings
from hardenlab.semantics.iam.grants import Reason, granted, new_access
from hardenlab.semantics.iam.source import Place, statement_places
from hardenlab.semantics.iam.validity import ValidityKind
from hardenlab.semantics.public import bucket_policy_is_public, resource_policy_is_public

from ...extend import Refusal
from ._service import AnalyzerCall, Row, service

KINDS: dict[str, ValidityKind] = {
    "IDENTITY_POLICY": "identity",
    "RESOURCE_POLICY": "resource",
    "SERVICE_CONTROL_POLICY": "scp",
    "RESOURCE_CONTROL_POLICY": "rcp",
}
RESOURCE_KINDS: dict[str, ValidityKind] = {
    "AWS::S3::Bucket": "bucket",
    "AWS::IAM::AssumeRolePolicyDocument": "trust",
}
REFERENCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
SERVICES = {
    "AWS::KMS::Key": "kms",
    "AWS::SNS::Topic": "sns",
    "AWS::SQS::Queue": "sqs",
    "AWS::SecretsManager::Secret": "secretsmanager",
    "AWS::Lambda::Function": "lambda",
    "AWS::IAM::AssumeRolePolicyDocument": "sts",
}
BUCKETS = ("AWS::S3::Bucket", "AWS::S3::AccessPoint")


@service.operation
def validate_policy(call: AnalyzerCall) -> dict[str, Any]:
    """What is wrong with a policy, and what could be better."""
    text = call.input["policyDocument"]
    kind = KINDS[call.input["policyType"]]
    kind = RESOURCE_KINDS.get(call.get("validatePolicyResourceType", ""), kind) if kind == "resource" else kind
    return {"findings": [_shown(text, finding) for finding in findings(text, kind)]}


def _shown(text: str, finding: PolicyFinding) -> Row:
    path = [{"index": part} if isinstance(part, int) else {"value": part} for part in finding.path]
    start, end = _span(text, finding)
    return {
        "findingDetails": finding.details,
        "findingType": finding.kind,
        "issueCode": finding.code,
        "learnMoreLink": f"{REFERENCE}#access-analyzer-reference-policy-checks-{_anchor(finding)}",
        "locations": [{"path": path, "span": {"start": start, "end": end}}],
    }


def _anchor(finding: PolicyFinding) -> str:
    kind = {"SECURITY_WARNING": "security-warning", "WARNING": "general-warning"}.get(
        finding.kind, finding.kind.lower()
    )
    return f"{kind}-{finding.code.lower().replace('_', '-')}"


def _span(text: str, finding: PolicyFinding) -> tuple[Row, Row]:
    """The statement's span, or the document's."""
    lines = text.split("\n")
    start, end = Place(1, 1), Place(len(lines), len(lines[-1]) + 1)
    if finding.path[:1] == ("Statement",):
        index = next((part for part in finding.path if isinstance(part, int)), 0)
        places = statement_places(text)
        start, end = places[index] if index < len(places) else (start, end)
    return _position(text, start), _position(text, end)


def _position(text: str, place: Place) -> Row:
    offset = sum(len(line) + 1 for line in text.split("\n")[: place.line - 1]) + place.column - 1
    return {"line": place.line, "column": place.column - 1, "offset": offset}


@service.operation
def check_no_new_access(call: AnalyzerCall) -> dict[str, Any]:
    """Whether the new policy grants what the existing one does not."""
    new, existing = call.input["newPolicyDocument"], call.input["existingPolicyDocument"]
    by_resource = _checked_kind(call, new, existing)
    try:
        found = new_access(new, existing, resource_policy=by_resource)
    except CannotJudge as doubt:
        raise _unprocessable(doubt) from doubt
    return _answer(found, "The modified permissions grant new access compared to your existing policy.")


@service.operation
def check_access_not_granted(call: AnalyzerCall) -> dict[str, Any]:
    """Whether the policy grants any of the actions or resources named."""
    text = call.input["policyDocument"]
    by_resource = _checked_kind(call, text)
    found: Reason | None = None
    for access in call.input["access"]:
        actions, resources = access.get("actions") or [], access.get("resources") or []
        if not actions and not resources:
            raise Refusal("InvalidParameterException", "Name actions or resources.")
        try:
            found = found or granted(text, actions, resources, resource_policy=by_resource)
        except CannotJudge as doubt:
            raise _unprocessable(doubt) from doubt
    return _answer(
        found, "The policy document grants access to perform one or more of the listed actions or resources."
    )


@service.operation
def check_no_public_access(call: AnalyzerCall) -> dict[str, Any]:
    """Whether the policy of a resource of this type grants to everybody."""
    text, kind = call.input["policyDocument"], call.input["resourceType"]
    _check(text, RESOURCE_KINDS.get(kind, "resource"))
    try:
        if kind in BUCKETS:
            verdict = bucket_policy_is_public(text)
        elif kind in SERVICES:
            verdict = resource_policy_is_public(text, SERVICES[kind])
        else:
            raise CannotJudge(f"resources of the type {kind} are not judged here")
    except CannotJudge as doubt:
        raise _unprocessable(doubt) from doubt
    if not verdict.public:
        return {"result": "PASS", "message": "The resource policy does not grant public access."}
    reasons = [
        {"description": verdict.because, "statementIndex": deciding.index}
        | ({"statementId": deciding.sid} if deciding.sid else {})
        for deciding in verdict.statements
    ]
    return {"result": "FAIL", "message": "The resource policy grants public access.", "reasons": reasons}


def _checked_kind(call: AnalyzerCall, *texts: str) -> bool:
    kind = KINDS[call.input["policyType"]]
    for text in texts:
        _check(text, kind)
    return kind == "resource"


def _check(text: str, kind: ValidityKind) -> None:
    problems = validate(text, kind)
    if problems:
        raise Refusal("InvalidParameterException", f"The policy is not valid: {problems[0]}."[:500])


def _unprocessable(doubt: CannotJudge) -> Refusal:
    return Refusal("UnprocessableEntityException", f"The policy could not be analyzed: {doubt}."[:500])


def _answer(found: Reason | None, failed: str) -> dict[str, Any]:
    if found is None:
        return {"result": "PASS", "message": "The policy document does not grant the access that was asked about."}
    reason: Row = {"description": f"For example {found}.", "statementIndex": found.index}
    if found.sid:
        reason["statementId"] = found.sid
    return {"result": "FAIL", "message": failed, "reasons": [reason]}
