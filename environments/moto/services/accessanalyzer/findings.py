"""Findings: computed when asked for, with the status that people and archive rules gave them."""

import hashlib
import json
import uuid
from collections.abc import Iterable
from typing import Any

from moto.organizations.models import organizations_backends

from ...extend import Refusal
from ._service import Analyzer, AnalyzerCall, Row, analyzer_of, check_filter, fits, missing, service
from .external import external_access
from .resources import resources
from .unused import unused_access

EXTERNAL = (
    "id", "principal", "action", "resource", "isPublic", "resourceType", "condition", "createdAt", "analyzedAt",
    "updatedAt", "status", "resourceOwnerAccount", "error", "sources",
)  # fmt: skip
BOTH = (
    "id", "resource", "resourceType", "createdAt", "analyzedAt", "updatedAt", "status", "resourceOwnerAccount", "error",
    "findingType",
)  # fmt: skip
DETAILS = ("action", "condition", "isPublic", "principal", "sources")
SORTED_BY = frozenset((*BOTH, "isPublic"))


def write_down(call: AnalyzerCall, analyzer: Analyzer) -> None:
    """Remember the findings of now: since when they are there, and what archive rules make of those that are new."""
    for finding in current(call, analyzer):
        analyzer.seen[finding["id"]] = finding
        if finding["status"] != "RESOLVED":
            analyzer.set.setdefault(finding["id"], finding["status"])


def current(call: AnalyzerCall, analyzer: Analyzer) -> list[Row]:
    """Every finding, resolved ones included."""
    found = {row["id"]: row for row in _computed(call, analyzer)}
    for id, row in found.items():
        before = analyzer.seen.get(id)
        row |= {"createdAt": before["createdAt"] if before else call.now, "analyzedAt": call.now}
        row["updatedAt"] = before["updatedAt"] if before else call.now
        row["status"] = analyzer.set.get(id) or _by_rules(analyzer, row)
    gone = [row for id, row in analyzer.seen.items() if id not in found]
    return [*found.values(), *({**row, "status": "RESOLVED", "analyzedAt": call.now} for row in gone)]


def _by_rules(analyzer: Analyzer, row: Row) -> str:
    return "ARCHIVED" if any(fits(row, rule["filter"]) for rule in analyzer.rules.values()) else "ACTIVE"


def _computed(call: AnalyzerCall, analyzer: Analyzer) -> Iterable[Row]:
    for account in _accounts(call, analyzer):
        if analyzer.type.endswith("UNUSED_ACCESS"):
            rows = unused_access(account, analyzer, call.now)
        else:
            trusted = _trusted(call, analyzer, account)
            rows = (row for item in resources(account, call.region) for row in external_access(item, trusted))
        for row in rows:
            row.setdefault("findingType", "ExternalAccess")
            yield {"id": _id(analyzer, row), "resourceOwnerAccount": account, **row}


def _id(analyzer: Analyzer, row: Row) -> str:
    """The same finding has the same id whenever it is asked for."""
    parts = [analyzer.arn, *(row.get(name) for name in ("resource", "findingType", "principal", "action", "condition"))]
    keys = [detail.get("unusedIamUserAccessKeyDetails", {}).get("accessKeyId") for detail in row.get("details", [])]
    text = json.dumps([parts, keys, row.get("sources")], sort_keys=True, default=str)
    return str(uuid.UUID(bytes=hashlib.sha256(text.encode()).digest()[:16], version=4))


def _accounts(call: AnalyzerCall, analyzer: Analyzer) -> list[str]:
    if not analyzer.type.startswith("ORGANIZATION"):
        return [call.account]
    return [account.id for account in organizations_backends[call.account]["aws"].accounts]


def _trusted(call: AnalyzerCall, analyzer: Analyzer, account: str) -> frozenset[str]:
    if not analyzer.type.startswith("ORGANIZATION"):
        return frozenset((account,))
    organization = organizations_backends[call.account]["aws"].org
    return frozenset((*_accounts(call, analyzer), organization.id))


# ---- operations ----


@service.operation
def list_findings(call: AnalyzerCall) -> dict[str, Any]:
    """External findings that fit the filter."""
    return {"findings": [_cut(row, EXTERNAL) for row in _listed(call, _external(call))]}


@service.operation
def get_finding(call: AnalyzerCall) -> dict[str, Any]:
    """One external finding."""
    return {"finding": _cut(_one(call, _external(call)), EXTERNAL)}


@service.operation
def list_findings_v2(call: AnalyzerCall) -> dict[str, Any]:
    """Findings of any analyzer that fit the filter."""
    return {"findings": [_cut(row, BOTH) for row in _listed(call, analyzer_of(call))]}


@service.operation
def get_finding_v2(call: AnalyzerCall) -> dict[str, Any]:
    """One finding of any analyzer, with its details."""
    row = _one(call, analyzer_of(call))
    details = row.get("details")
    if details is None:
        details = [{"externalAccessDetails": _cut(row, DETAILS)}]
    return {**_cut(row, BOTH), "findingDetails": details}


@service.operation
def update_findings(call: AnalyzerCall) -> None:
    """Archive findings or make them active again, by id or of one resource."""
    analyzer = analyzer_of(call)
    if ("ids" in call.input) == ("resourceArn" in call.input):
        raise Refusal("ValidationException", "Name either ids or resourceArn.", reason="other")
    write_down(call, analyzer)
    rows = {row["id"]: row for row in current(call, analyzer)}
    if "ids" in call.input:
        wanted = call.input["ids"]
        unknown = [id for id in wanted if id not in rows]
        if unknown:
            raise missing(unknown[0])
    else:
        wanted = [id for id, row in rows.items() if row["resource"] == call.input["resourceArn"]]
    for id in wanted:
        if rows[id]["status"] != "RESOLVED":
            analyzer.set[id] = call.input["status"]
            analyzer.seen[id]["updatedAt"] = call.now


@service.operation
def get_findings_statistics(call: AnalyzerCall) -> dict[str, Any]:
    """How many findings there are, by status and resource type."""
    analyzer = analyzer_of(call)
    rows = current(call, analyzer)
    counts = {name: sum(row["status"] == name for row in rows) for name in ("ACTIVE", "ARCHIVED", "RESOLVED")}
    totals = {f"total{name.capitalize()}Findings": count for name, count in counts.items()}
    active = [row for row in rows if row["status"] == "ACTIVE"]
    if analyzer.type.endswith("UNUSED_ACCESS"):
        kinds = sorted({row["findingType"] for row in active})
        by_kind = [{"type": kind, "total": sum(row["findingType"] == kind for row in active)} for kind in kinds]
        statistics: Row = {"unusedAccessFindingsStatistics": {**totals, "unusedAccessTypeStatistics": by_kind}}
    else:
        types: Row = {}
        for row in active:
            counted = types.setdefault(row["resourceType"], {"totalActivePublic": 0, "totalActiveCrossAccount": 0})
            counted["totalActivePublic" if row.get("isPublic") else "totalActiveCrossAccount"] += 1
        statistics = {"externalAccessFindingsStatistics": {**totals, "resourceTypeStatistics": types}}
    return {"findingsStatistics": [statistics], "lastUpdatedAt": call.now}


@service.operation
def list_analyzed_resources(call: AnalyzerCall) -> dict[str, Any]:
    """The resources that an analyzer of external access looks at."""
    analyzer, kind = _external(call), call.get("resourceType")
    rows = [
        {"resourceArn": item.arn, "resourceOwnerAccount": account, "resourceType": item.type}
        for account in _accounts(call, analyzer)
        for item in resources(account, call.region)
        if kind in (None, item.type)
    ]
    return {"analyzedResources": rows}


@service.operation
def get_analyzed_resource(call: AnalyzerCall) -> dict[str, Any]:
    """One resource: whether the public reaches it, and what it may do."""
    analyzer, arn = _external(call), call.input["resourceArn"]
    for account in _accounts(call, analyzer):
        for item in resources(account, call.region):
            if item.arn == arn:
                return {"resource": _resource(call, analyzer, account, item)}
    raise missing(arn)


def _resource(call: AnalyzerCall, analyzer: Analyzer, account: str, item: Any) -> Row:
    found = [row for row in current(call, analyzer) if row["resource"] == item.arn and row["status"] != "RESOLVED"]
    row: Row = {
        "resourceArn": item.arn,
        "resourceType": item.type,
        "createdAt": analyzer.created,
        "analyzedAt": call.now,
        "updatedAt": call.now,
        "isPublic": any(one.get("isPublic") for one in found),
        "resourceOwnerAccount": account,
    }
    if found:
        row["actions"] = sorted({action for one in found for action in one.get("action", [])})
        row["status"] = "ACTIVE" if any(one["status"] == "ACTIVE" for one in found) else "ARCHIVED"
        row["sharedVia"] = sorted({source["type"] for one in found for source in one.get("sources", [])})
    return row


def _external(call: AnalyzerCall) -> Analyzer:
    analyzer = analyzer_of(call)
    if analyzer.type.endswith("UNUSED_ACCESS"):
        message = "This operation is for analyzers of external access: use the V2 operation for others."
        raise Refusal("ValidationException", message, reason="other")
    return analyzer


def _one(call: AnalyzerCall, analyzer: Analyzer) -> Row:
    for row in current(call, analyzer):
        if row["id"] == call.input["id"]:
            return row
    raise missing(call.input["id"])


def _listed(call: AnalyzerCall, analyzer: Analyzer) -> list[Row]:
    check_filter(call.get("filter") or {})
    rows = [row for row in current(call, analyzer) if fits(row, call.get("filter") or {})]
    order = call.get("sort") or {}
    name = order.get("attributeName", "createdAt")
    if name not in SORTED_BY:
        raise Refusal("ValidationException", f"Findings cannot be sorted by {name[:60]}.", reason="other")
    return sorted(rows, key=lambda row: str(row.get(name, "")), reverse=order.get("orderBy") == "DESC")


def _cut(row: Row, names: Iterable[str]) -> Row:
    return {name: row[name] for name in names if name in row}
