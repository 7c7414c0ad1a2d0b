"""Analyzers and their archive rules."""

from typing import Any

from moto.organizations.models import organizations_backends

from ...extend import Refusal
from ._service import Analyzer, AnalyzerCall, Row, analyzer_named, analyzer_of, check_filter, fits, missing, service
from .findings import current, write_down

KINDS = ("ACCOUNT", "ORGANIZATION", "ACCOUNT_UNUSED_ACCESS", "ORGANIZATION_UNUSED_ACCESS")
MAX_OF_A_KIND, MAX_RULES = 1, 100
MIN_AGE, MAX_AGE, DEFAULT_AGE = 1, 365, 90


@service.operation
def create_analyzer(call: AnalyzerCall) -> dict[str, Any]:
    """Analyze this Region's resources of the account or organization, or who has access unused."""
    name, kind = call.input["analyzerName"], call.input["type"]
    if kind not in KINDS:
        raise Refusal("ValidationException", f"Analyzers of the type {kind} are not offered here.", reason="other")
    if name in call.state:
        message = f"An analyzer with the name {name} already exists."
        raise Refusal("ConflictException", message, resourceId=name, resourceType="ANALYZER")
    if sum(analyzer.type == kind for analyzer in call.state.values()) >= MAX_OF_A_KIND:
        message = f"The account has an analyzer of the type {kind} in this Region already."
        raise Refusal("ServiceQuotaExceededException", message, resourceId=name, resourceType="ANALYZER")
    if kind.startswith("ORGANIZATION") and not _manages_an_organization(call.account):
        message = "You must create an organization analyzer in the management account or a delegated administrator's."
        raise Refusal("ValidationException", message, reason="other")
    configuration = _configuration(kind, call.get("configuration") or {})
    rules = {rule["ruleName"]: _rule(call, rule["filter"]) for rule in call.get("archiveRules") or []}
    call.tags.check(call.get("tags"))
    analyzer = Analyzer(call.arn("access-analyzer", f"analyzer/{name}"), name, kind, call.now, configuration, rules)
    call.state[name] = analyzer
    call.tags.put(analyzer.arn, call.get("tags"))
    write_down(call, analyzer)
    return {"arn": analyzer.arn}


@service.operation
def get_analyzer(call: AnalyzerCall) -> dict[str, Any]:
    """One analyzer."""
    return {"analyzer": _shown(call, analyzer_named(call, call.input["analyzerName"]))}


@service.operation
def list_analyzers(call: AnalyzerCall) -> dict[str, Any]:
    """All analyzers, or those of a type."""
    kind = call.get("type")
    return {"analyzers": [_shown(call, one) for one in call.state.values() if kind in (None, one.type)]}


@service.operation
def update_analyzer(call: AnalyzerCall) -> dict[str, Any]:
    """Another configuration. The age after which access counts as unused stays as it was made."""
    analyzer = analyzer_named(call, call.input["analyzerName"])
    given = call.get("configuration") or {}
    wanted = (given.get("unusedAccess") or {}).get("unusedAccessAge")
    kept = (analyzer.configuration.get("unusedAccess") or {}).get("unusedAccessAge")
    if wanted is not None and wanted != kept:
        raise Refusal("ValidationException", "The unused access age of an analyzer cannot be changed.", reason="other")
    if given:
        analyzer.configuration = _configuration(analyzer.type, given | _with_age(given, kept))
    write_down(call, analyzer)
    return {"configuration": analyzer.configuration} if analyzer.configuration else {}


@service.operation
def delete_analyzer(call: AnalyzerCall) -> None:
    """Forget an analyzer with its findings and rules."""
    analyzer = analyzer_named(call, call.input["analyzerName"])
    call.tags.forget(analyzer.arn)
    del call.state[analyzer.name]


@service.operation
def start_resource_scan(call: AnalyzerCall) -> None:
    """Look at a resource again; all are looked at whenever findings are asked for."""
    write_down(call, analyzer_of(call))


service.tag_operations(lambda call, arn: any(one.arn == arn for one in call.state.values()))


def _manages_an_organization(account: str) -> bool:
    organization = organizations_backends[account]["aws"].org
    return organization is not None and organization.master_account_id == account


def _with_age(given: Row, age: int | None) -> Row:
    return {"unusedAccess": {**(given.get("unusedAccess") or {}), "unusedAccessAge": age}} if age else {}


def _configuration(kind: str, given: Row) -> Row:
    if not kind.endswith("UNUSED_ACCESS"):
        if given:
            raise Refusal(
                "ValidationException", f"An analyzer of the type {kind} has no configuration.", reason="other"
            )
        return {}
    unused = dict(given.get("unusedAccess") or {})
    unused.setdefault("unusedAccessAge", DEFAULT_AGE)
    if not MIN_AGE <= unused["unusedAccessAge"] <= MAX_AGE:
        message = f"unusedAccessAge must be between {MIN_AGE} and {MAX_AGE} days."
        raise Refusal("ValidationException", message, reason="other")
    return {"unusedAccess": unused}


def _shown(call: AnalyzerCall, analyzer: Analyzer) -> Row:
    row = {
        "arn": analyzer.arn,
        "name": analyzer.name,
        "type": analyzer.type,
        "createdAt": analyzer.created,
        "tags": call.tags.of(analyzer.arn),
        "status": "ACTIVE",
    }
    if analyzer.configuration:
        row["configuration"] = analyzer.configuration
    return row


# ---- archive rules ----


@service.operation
def create_archive_rule(call: AnalyzerCall) -> None:
    """Archive findings that fit and are new from now on."""
    analyzer = analyzer_named(call, call.input["analyzerName"])
    name = call.input["ruleName"]
    if name in analyzer.rules:
        message = f"An archive rule with the name {name} already exists."
        raise Refusal("ConflictException", message, resourceId=name, resourceType="ARCHIVE_RULE")
    if len(analyzer.rules) >= MAX_RULES:
        message = f"An analyzer has at most {MAX_RULES} archive rules."
        raise Refusal("ServiceQuotaExceededException", message, resourceId=name, resourceType="ARCHIVE_RULE")
    rule = _rule(call, call.input["filter"])
    write_down(call, analyzer)
    analyzer.rules[name] = rule


@service.operation
def update_archive_rule(call: AnalyzerCall) -> None:
    """Another filter, for findings that are new from now on."""
    analyzer, rule = _existing(call)
    check_filter(call.input["filter"])
    write_down(call, analyzer)
    rule |= {"filter": call.input["filter"], "updatedAt": call.now}


@service.operation
def delete_archive_rule(call: AnalyzerCall) -> None:
    """Forget a rule; what it archived stays archived."""
    analyzer, _ = _existing(call)
    write_down(call, analyzer)
    del analyzer.rules[call.input["ruleName"]]


@service.operation
def get_archive_rule(call: AnalyzerCall) -> dict[str, Any]:
    """One rule."""
    return {"archiveRule": {"ruleName": call.input["ruleName"], **_existing(call)[1]}}


@service.operation
def list_archive_rules(call: AnalyzerCall) -> dict[str, Any]:
    """The rules of an analyzer."""
    analyzer = analyzer_named(call, call.input["analyzerName"])
    return {"archiveRules": [{"ruleName": name, **rule} for name, rule in analyzer.rules.items()]}


@service.operation
def apply_archive_rule(call: AnalyzerCall) -> None:
    """Archive the findings that are there already and fit."""
    analyzer = analyzer_of(call)
    rule = analyzer.rules.get(call.input["ruleName"])
    if rule is None:
        raise missing(call.input["ruleName"])
    write_down(call, analyzer)
    for finding in current(call, analyzer):
        if finding["status"] == "ACTIVE" and fits(finding, rule["filter"]):
            analyzer.set[finding["id"]] = "ARCHIVED"


def _rule(call: AnalyzerCall, given: Row) -> Row:
    check_filter(given)
    return {"filter": given, "createdAt": call.now, "updatedAt": call.now}


def _existing(call: AnalyzerCall) -> tuple[Analyzer, Row]:
    analyzer = analyzer_named(call, call.input["analyzerName"])
    if call.input["ruleName"] not in analyzer.rules:
        raise missing(call.input["ruleName"])
    return analyzer, analyzer.rules[call.input["ruleName"]]
