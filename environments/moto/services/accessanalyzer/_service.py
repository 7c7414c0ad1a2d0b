"""The service, what it keeps, and how findings are chosen by filters."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ...extend import Call, Refusal, Service

Row = dict[str, Any]
Filter = Mapping[str, Mapping[str, Any]]
MAX_FILTER_VALUES = 20
# IAM User Guide, "IAM Access Analyzer filter keys", besides condition.<key>
KEYS = frozenset(
    (
        "id", "resource", "resourceType", "resourceOwnerAccount", "isPublic", "status", "error", "findingType",
        "resourceControlPolicyRestriction", "principal.AWS", "principal.Federated", "principal.CanonicalUser",
        "principal.Service", "action", "createdAt", "analyzedAt", "updatedAt", "numberOfUnusedActions",
        "numberOfUnusedServices",
    )
)  # fmt: skip


@dataclass
class Analyzer:
    """One analyzer with what it remembers of its findings."""

    arn: str
    name: str
    type: str
    created: datetime
    configuration: Row = field(default_factory=dict)
    rules: dict[str, Row] = field(default_factory=dict)  # by name: filter, createdAt, updatedAt
    seen: dict[str, Row] = field(default_factory=dict)  # by id: the finding when it was last written down
    set: dict[str, str] = field(default_factory=dict)  # by id: the status that somebody or a rule set


AnalyzerCall = Call[dict[str, Analyzer]]
service = Service("accessanalyzer", state=dict, too_many_tags="ValidationException")


def analyzer_named(call: AnalyzerCall, name: str) -> Analyzer:
    if name not in call.state:
        raise missing(name)
    return call.state[name]


def analyzer_of(call: AnalyzerCall) -> Analyzer:
    """The analyzer that the input's ARN names."""
    arn = call.input["analyzerArn"]
    for analyzer in call.state.values():
        if analyzer.arn == arn:
            return analyzer
    raise missing(arn)


def missing(what: str) -> Refusal:
    return Refusal("ResourceNotFoundException", f"{what[:200]} was not found.", resourceId=what[:200],
                   resourceType="ANALYZER")  # fmt: skip


def check_filter(given: Filter) -> None:
    """Refuse a filter by a key that there is not, or whose criterion has no operator or too many values."""
    for name, criterion in given.items():
        if name not in KEYS and not name.startswith("condition."):
            raise Refusal("ValidationException", f"The filter key {name[:60]} is not valid.", reason="other")
        if not criterion:
            raise Refusal("ValidationException", f"The criterion for {name[:60]} has no operator.", reason="other")
        if any(len(criterion.get(key, [])) > MAX_FILTER_VALUES for key in ("eq", "neq", "contains")):
            message = f"A criterion takes at most {MAX_FILTER_VALUES} values."
            raise Refusal("ValidationException", message, reason="other")


def fits(finding: Row, given: Filter) -> bool:
    """Whether a finding fits every criterion; keys are the finding's members, and principal.AWS, condition.<key>."""
    return all(_meets(_values(finding, name), criterion) for name, criterion in given.items())


def _meets(values: list[str], criterion: Mapping[str, Any]) -> bool:
    if "exists" in criterion and bool(values) != criterion["exists"]:
        return False
    if "eq" in criterion and not set(values) & set(criterion["eq"]):
        return False
    if "neq" in criterion and set(values) & set(criterion["neq"]):
        return False
    return "contains" not in criterion or any(part in value for part in criterion["contains"] for value in values)


def _values(finding: Row, name: str) -> list[str]:
    head, _, rest = name.partition(".")
    value = finding.get(head)
    if rest:
        value = value.get(rest) if isinstance(value, Mapping) else None
    if isinstance(value, bool):
        return ["true" if value else "false"]
    items: Iterable[Any] = value if isinstance(value, list) else [value]
    return [str(item) for item in items if item is not None]
