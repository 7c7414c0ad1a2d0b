"""AWS Security Hub beside moto: enabled once, findings that are whole, and lists that are filtered.

Sources: AWS Security Hub API Reference, "EnableSecurityHub", "BatchImportFindings" and "GetFindings" (StringFilter:
values that compare equal are alternatives, those that compare unequal must all hold); AWS Security Finding Format,
"Required top-level ASFF attributes".
"""

from collections.abc import Mapping
from typing import Any

from ..extend import Call, Refusal, Service

# a filter's name: where a finding has the value
PATHS = {
    "Id": ("Id",), "ProductArn": ("ProductArn",), "AwsAccountId": ("AwsAccountId",), "GeneratorId": ("GeneratorId",),
    "Type": ("Types",), "Title": ("Title",), "Description": ("Description",), "RecordState": ("RecordState",),
    "Region": ("Region",), "SeverityLabel": ("Severity", "Label"), "WorkflowStatus": ("Workflow", "Status"),
    "ComplianceStatus": ("Compliance", "Status"), "ResourceId": ("Resources", "Id"),
    "ResourceType": ("Resources", "Type"), "ComplianceSecurityControlId": ("Compliance", "SecurityControlId"),
}  # fmt: skip
REFUSING = ("NOT_EQUALS", "PREFIX_NOT_EQUALS", "NOT_CONTAINS")
DEFAULTS = {"RecordState": "ACTIVE", "Workflow": {"Status": "NEW"}}
Finding = Mapping[str, Any]

service = Service("securityhub", invalid="InvalidInputException")
service.check_inputs("batch_import_findings")


@service.operation
def enable_security_hub(call: Call[Any]) -> Any:
    """Security Hub in this account and Region."""
    if call.backend.enabled:
        raise Refusal("ResourceConflictException", "Account is already subscribed to Security Hub")
    return call.moto()


@service.operation
def get_findings(call: Call[Any]) -> dict[str, Any]:
    """The findings that fit every filter."""
    filters = call.get("Filters") or {}
    unknown = sorted(set(filters) - set(PATHS))
    if unknown:
        raise Refusal("InvalidInputException", f"The lab's account does not filter by {unknown[0]}.")
    rows = [finding.as_dict() for finding in call.backend.findings]
    return {"Findings": [row for row in rows if all(_fits(row, name, asked) for name, asked in filters.items())]}


def _fits(finding: Finding, name: str, asked: list[dict[str, str]]) -> bool:
    values = _values(DEFAULTS | dict(finding), PATHS[name])
    wanted = [one for one in asked if one.get("Comparison") not in REFUSING]
    unwanted = [one for one in asked if one.get("Comparison") in REFUSING]
    return (not wanted or any(_compares(value, one) for value in values for one in wanted)) and not any(
        _compares(value, one) for value in values for one in unwanted
    )


def _compares(value: str, asked: Mapping[str, str]) -> bool:
    kind, given = asked.get("Comparison", "EQUALS"), asked.get("Value", "")
    if "PREFIX" in kind:
        return value.startswith(given)
    return given in value if "CONTAINS" in kind else value == given


def _values(value: Any, path: tuple[str, ...]) -> list[str]:
    if isinstance(value, list):
        return [found for item in value for found in _values(item, path)]
    if not path:
        return [] if value is None else [str(value)]
    return _values(value.get(path[0]), path[1:]) if isinstance(value, Mapping) else []
