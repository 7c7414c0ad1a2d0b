"""Reachability Analyzer and Network Access Analyzer: paths and access scopes, with analyses that are computed.

Sources: Amazon EC2 API Reference, "CreateNetworkInsightsPath", "StartNetworkInsightsAnalysis",
"CreateNetworkInsightsAccessScope", "StartNetworkInsightsAccessScopeAnalysis"; Amazon VPC Network Access Analyzer,
"Work with Network Access Scopes".

Ends may be instances, their interfaces and internet gateways, over IPv4; what lies beyond fails with a message.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

from hardenlab.semantics.network import INTERNET, Network, Unjudged

from ...extend import Call, Refusal
from ...extend.call import hexadecimal
from ._reachability import (
    EVERY_PORT,
    Answer,
    End,
    Question,
    answer_of,
    component,
    end_of,
    is_gateway_of,
    network_of,
)  # fmt: skip
from ._service import Row, existing, filtered, refuse_dry_run, service, tags_of

PATH_FILTERS = {
    "destination": "Destination",
    "protocol": "Protocol",
    "source": "Source",
}
ANALYSIS_FILTERS = {"path-found": "path-found", "status": "Status"}
NOT_FOUND = {
    "i-": "InvalidInstanceID.NotFound",
    "eni-": "InvalidNetworkInterfaceID.NotFound",
    "igw-": "InvalidInternetGatewayID.NotFound",
}
GATEWAY, INTERFACE, INSTANCE = "AWS::EC2::InternetGateway", "AWS::EC2::NetworkInterface", "AWS::EC2::Instance"
MAX_FINDINGS = 1000


# ---- paths ----


@service.operation
def create_network_insights_path(call: Call[Any]) -> dict[str, Any]:
    """A question about two ends."""
    kept = _kept(call, "paths")
    token = call.input["ClientToken"]
    made = next((row for row in kept.values() if row["token"] == token), None)
    if made is None:
        source, destination = _id(call.input["Source"]), _id(call.get("Destination", ""))
        if not destination and not _destination_address(call.input):
            raise Refusal("MissingParameter", "The request must contain the parameter Destination or DestinationIp")
        for id in filter(None, (source, destination)):
            _check_end(call, id)
        tags = tags_of(call, "network-insights-path")
        refuse_dry_run(call)
        id = f"nip-{hexadecimal(17)}"
        made = {
            "NetworkInsightsPathId": id,
            "NetworkInsightsPathArn": call.arn("ec2", f"network-insights-path/{id}"),
            "CreatedDate": call.now,
            "Source": source,
            "SourceArn": component(call, source).get("Arn"),
            "Tags": tags,
            "token": token,
        }
        if destination:
            made |= {"Destination": destination, "DestinationArn": component(call, destination).get("Arn")}
        members = ("SourceIp", "DestinationIp", "Protocol", "DestinationPort", "FilterAtSource", "FilterAtDestination")
        kept[id] = made | {name: call.input[name] for name in members if name in call.input}
        made = kept[id]
    return {"NetworkInsightsPath": _shown(made)}


@service.operation
def describe_network_insights_paths(call: Call[Any]) -> dict[str, Any]:
    """The paths of these ids that fit the filters."""
    found = _existing(call, "paths", call.get("NetworkInsightsPathIds", []))
    refuse_dry_run(call)
    return {"NetworkInsightsPaths": [_shown(row) for row in filtered(found, call.get("Filters", []), PATH_FILTERS)]}


@service.operation
def delete_network_insights_path(call: Call[Any]) -> dict[str, Any]:
    """Forget a path whose analyses are forgotten."""
    id = _existing(call, "paths", [call.input["NetworkInsightsPathId"]])[0]["NetworkInsightsPathId"]
    if any(row["NetworkInsightsPathId"] == id for row in _kept(call, "analyses").values()):
        raise Refusal("AnalysisExistsForNetworkInsightsPath", f"Delete the analyses of {id} first.")
    refuse_dry_run(call)
    del _kept(call, "paths")[id]
    return {"NetworkInsightsPathId": id}


@service.operation
def start_network_insights_analysis(call: Call[Any]) -> dict[str, Any]:
    """Answer a path's question as the network is now."""
    if call.get("FilterInArns") or call.get("FilterOutArns") or call.get("AdditionalAccounts"):
        raise NotImplementedError("filters by components")
    kept = _kept(call, "analyses")
    path = _existing(call, "paths", [call.input["NetworkInsightsPathId"]])[0]
    made = next((row for row in kept.values() if row["token"] == call.input["ClientToken"]), None)
    if made is None:
        tags = tags_of(call, "network-insights-analysis")
        refuse_dry_run(call)
        answer = _analysed(call, path)
        id = f"nia-{hexadecimal(17)}"
        made = kept[id] = {
            "NetworkInsightsAnalysisId": id,
            "NetworkInsightsAnalysisArn": call.arn("ec2", f"network-insights-analysis/{id}"),
            "NetworkInsightsPathId": path["NetworkInsightsPathId"],
            "StartDate": call.now,
            "Status": "failed" if answer.failure else "succeeded",
            "NetworkPathFound": answer.found,
            "ForwardPathComponents": list(answer.forward),
            "ReturnPathComponents": list(answer.back),
            "Explanations": list(answer.explanations),
            "Tags": tags,
            "token": call.input["ClientToken"],
        }
        if answer.failure:
            made["StatusMessage"] = answer.failure[:1000]
    running = {"Status": "running"}
    members = ("NetworkInsightsAnalysisId", "NetworkInsightsAnalysisArn", "NetworkInsightsPathId", "StartDate", "Tags")
    return {"NetworkInsightsAnalysis": {name: made[name] for name in members} | running}


@service.operation
def describe_network_insights_analyses(call: Call[Any]) -> dict[str, Any]:
    """The analyses of these ids, or of one path, that fit the filters."""
    found = _existing(call, "analyses", call.get("NetworkInsightsAnalysisIds", []))
    refuse_dry_run(call)
    path = call.get("NetworkInsightsPathId")
    if path:
        _existing(call, "paths", [path])
        found = [row for row in found if row["NetworkInsightsPathId"] == path]
    found = [row | {"path-found": str(row["NetworkPathFound"]).lower()} for row in found]
    found = filtered(found, call.get("Filters", []), ANALYSIS_FILTERS)
    return {"NetworkInsightsAnalyses": [_shown(row) for row in found]}


@service.operation
def delete_network_insights_analysis(call: Call[Any]) -> dict[str, Any]:
    """Forget an analysis."""
    id = call.input["NetworkInsightsAnalysisId"]
    _existing(call, "analyses", [id])
    refuse_dry_run(call)
    del _kept(call, "analyses")[id]
    return {"NetworkInsightsAnalysisId": id}


# ---- access scopes ----


@service.operation
def create_network_insights_access_scope(call: Call[Any]) -> dict[str, Any]:
    """Which paths there should be none of."""
    kept = _kept(call, "scopes")
    made = next((row for row in kept.values() if row["token"] == call.input["ClientToken"]), None)
    if made is None:
        if not call.get("MatchPaths") and not call.get("ExcludePaths"):
            raise Refusal("MissingParameter", "The request must contain the parameter MatchPaths")
        tags = tags_of(call, "network-insights-access-scope")
        refuse_dry_run(call)
        id = f"nis-{hexadecimal(17)}"
        made = kept[id] = {
            "NetworkInsightsAccessScopeId": id,
            "NetworkInsightsAccessScopeArn": call.arn("ec2", f"network-insights-access-scope/{id}"),
            "CreatedDate": call.now,
            "UpdatedDate": call.now,
            "Tags": tags,
            "token": call.input["ClientToken"],
            "content": {name: call.get(name, []) for name in ("MatchPaths", "ExcludePaths")},
        }
    return {"NetworkInsightsAccessScope": _shown(made), "NetworkInsightsAccessScopeContent": _content(made)}


@service.operation
def describe_network_insights_access_scopes(call: Call[Any]) -> dict[str, Any]:
    """The scopes of these ids."""
    found = _existing(call, "scopes", call.get("NetworkInsightsAccessScopeIds", []))
    refuse_dry_run(call)
    return {"NetworkInsightsAccessScopes": [_shown(row) for row in filtered(found, call.get("Filters", []), {})]}


@service.operation
def get_network_insights_access_scope_content(call: Call[Any]) -> dict[str, Any]:
    """What a scope matches and excludes."""
    scope = _existing(call, "scopes", [call.input["NetworkInsightsAccessScopeId"]])[0]
    refuse_dry_run(call)
    return {"NetworkInsightsAccessScopeContent": _content(scope)}


@service.operation
def delete_network_insights_access_scope(call: Call[Any]) -> dict[str, Any]:
    """Forget a scope whose analyses are forgotten."""
    id = call.input["NetworkInsightsAccessScopeId"]
    _existing(call, "scopes", [id])
    if any(row["NetworkInsightsAccessScopeId"] == id for row in _kept(call, "scope analyses").values()):
        raise Refusal("AnalysisExistsForNetworkInsightsAccessScope", f"Delete the analyses of {id} first.")
    refuse_dry_run(call)
    del _kept(call, "scopes")[id]
    return {"NetworkInsightsAccessScopeId": id}


@service.operation
def start_network_insights_access_scope_analysis(call: Call[Any]) -> dict[str, Any]:
    """Find the scope's paths in the network as it is now."""
    kept = _kept(call, "scope analyses")
    scope = _existing(call, "scopes", [call.input["NetworkInsightsAccessScopeId"]])[0]
    made = next((row for row in kept.values() if row["token"] == call.input["ClientToken"]), None)
    if made is None:
        tags = tags_of(call, "network-insights-access-scope-analysis")
        refuse_dry_run(call)
        findings, doubt, analysed = _findings(call, scope["content"])
        id = f"nisa-{hexadecimal(17)}"
        made = kept[id] = {
            "NetworkInsightsAccessScopeAnalysisId": id,
            "NetworkInsightsAccessScopeAnalysisArn": call.arn("ec2", f"network-insights-access-scope-analysis/{id}"),
            "NetworkInsightsAccessScopeId": scope["NetworkInsightsAccessScopeId"],
            "Status": "failed" if doubt else "succeeded",
            "StartDate": call.now,
            "EndDate": call.now,
            "FindingsFound": "true" if findings else "unknown" if doubt else "false",
            "AnalyzedEniCount": analysed,
            "Tags": tags,
            "token": call.input["ClientToken"],
            "findings": findings,
        }
        if doubt:
            made["StatusMessage"] = doubt[:1000]
    members = (
        "NetworkInsightsAccessScopeAnalysisId", "NetworkInsightsAccessScopeAnalysisArn", "NetworkInsightsAccessScopeId",
        "StartDate", "Tags",
    )  # fmt: skip
    return {"NetworkInsightsAccessScopeAnalysis": {name: made[name] for name in members} | {"Status": "running"}}


@service.operation
def describe_network_insights_access_scope_analyses(call: Call[Any]) -> dict[str, Any]:
    """The analyses of these ids, or of one scope."""
    found = _existing(call, "scope analyses", call.get("NetworkInsightsAccessScopeAnalysisIds", []))
    refuse_dry_run(call)
    scope = call.get("NetworkInsightsAccessScopeId")
    found = [row for row in found if scope in (None, row["NetworkInsightsAccessScopeId"])]
    return {"NetworkInsightsAccessScopeAnalyses": [_shown(row) for row in filtered(found, call.get("Filters", []), {})]}


@service.operation
def get_network_insights_access_scope_analysis_findings(call: Call[Any]) -> dict[str, Any]:
    """The paths that an analysis found."""
    row = _existing(call, "scope analyses", [call.input["NetworkInsightsAccessScopeAnalysisId"]])[0]
    refuse_dry_run(call)
    return {
        "NetworkInsightsAccessScopeAnalysisId": row["NetworkInsightsAccessScopeAnalysisId"],
        "AnalysisStatus": row["Status"],
        "AnalysisFindings": row["findings"],
    }


@service.operation
def delete_network_insights_access_scope_analysis(call: Call[Any]) -> dict[str, Any]:
    """Forget an analysis of a scope."""
    id = call.input["NetworkInsightsAccessScopeAnalysisId"]
    _existing(call, "scope analyses", [id])
    refuse_dry_run(call)
    del _kept(call, "scope analyses")[id]
    return {"NetworkInsightsAccessScopeAnalysisId": id}


KINDS = {
    "paths": "Path",
    "analyses": "Analysis",
    "scopes": "AccessScope",
    "scope analyses": "AccessScopeAnalysis",
}
INNER = ("token", "content", "findings", "path-found")


def _kept(call: Call[Any], kind: str) -> dict[str, Row]:
    rows: dict[str, Row] = call.state.setdefault(f"network insights {kind}", {})
    return rows


def _existing(call: Call[Any], kind: str, ids: list[str]) -> list[Row]:
    code = f"InvalidNetworkInsights{KINDS[kind]}Id.NotFound"
    return existing(_kept(call, kind), ids, code, f"network insights {kind} ID")


def _shown(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in INNER and value is not None}


def _content(scope: Row) -> Row:
    return {"NetworkInsightsAccessScopeId": scope["NetworkInsightsAccessScopeId"], **scope["content"]}


def _id(given: str) -> str:
    return given.rsplit("/", 1)[-1]


def _check_end(call: Call[Any], id: str) -> None:
    code = next((code for prefix, code in NOT_FOUND.items() if id.startswith(prefix)), None)
    if code is None:
        return
    backend = call.backend
    if id.startswith("i-"):
        there = any(instance.id == id for instance in backend.all_instances())
    else:
        there = id in (backend.enis if id.startswith("eni-") else backend.internet_gateways)
    if not there:
        raise Refusal(code, f"The ID '{id}' does not exist")


def _destination_address(path: Row) -> str | None:
    within = path.get("FilterAtSource") or {}
    address: str | None = path.get("DestinationIp") or within.get("DestinationAddress")
    return address


def _analysed(call: Call[Any], path: Row) -> Answer:
    try:
        network = network_of(call)
    except Unjudged as error:
        return Answer(False, failure=str(error))
    start, destination = end_of(network, path["Source"]), path.get("Destination")
    end: End | str | None = end_of(network, destination) if destination else _destination_address(path)
    for id, found in ((path["Source"], start), (destination, end)):
        if found is None:
            attached = not str(id).startswith("eni-")
            what = f"{id} can't be analysed: an end is an instance, its network interface or an internet gateway."
            unattached = {"ExplanationCode": "UNASSOCIATED_COMPONENT", "NetworkInterface": component(call, str(id))}
            return Answer(False, failure=what) if attached else Answer(False, explanations=(unattached,))
    assert start is not None and end is not None
    if not (is_gateway_of(call, path["Source"], end) and is_gateway_of(call, destination or "", start)):
        return Answer(False, explanations=({"ExplanationCode": "NO_PATH"},))
    within, beyond = path.get("FilterAtSource") or {}, path.get("FilterAtDestination") or {}
    ports = _range(within.get("DestinationPortRange") or beyond.get("DestinationPortRange"))
    if path.get("DestinationPort") is not None:
        ports = path["DestinationPort"], path["DestinationPort"]
    question = Question(
        start, end, path["Protocol"], ports or EVERY_PORT,
        _range(within.get("SourcePortRange")) or (1024, 65_535), path.get("SourceIp") or within.get("SourceAddress"),
    )  # fmt: skip
    return answer_of(call, network, question)


def _range(given: Row | None) -> tuple[int, int] | None:
    return (given.get("FromPort", 0), given.get("ToPort", 65_535)) if given else None


def _findings(call: Call[Any], content: Row) -> tuple[list[Row], str, int]:
    """A finding for each pair of ends that some matched path joins and no excluded one covers.

    With what kept it from judging, and the number of interfaces.
    """
    try:
        network = network_of(call)
    except Unjudged as error:
        return [], str(error), 0
    faces = sum(len(instance.interfaces) for instance in network.instances)
    excluded = [pair for path in content["ExcludePaths"] for pair in _pairs(call, network, path)]
    kept = {(one, other) for one, other, _ in excluded}
    found: list[Row] = []
    doubt = ""
    for path in content["MatchPaths"]:
        for one, other, questions in _pairs(call, network, path):
            if (one, other) in kept or len(found) >= MAX_FINDINGS:
                continue
            answers = [answer_of(call, network, question) for question in questions]
            doubt = doubt or next((answer.failure for answer in answers if answer.failure), "")
            reached = next((answer for answer in answers if answer.found), None)
            if reached:
                found.append({"FindingId": f"finding-{len(found) + 1}", "FindingComponents": list(reached.forward)})
                kept.add((one, other))
    return found, "" if found else doubt, faces


def _pairs(call: Call[Any], network: Network, path: Row) -> Iterator[tuple[str, str, list[Question]]]:
    """The ends that the statements of a path name, by id, with what is asked of each pair."""
    source, destination = path.get("Source") or {}, path.get("Destination") or {}
    headers = [end.get("PacketHeaderStatement") or {} for end in (source, destination)]
    protocols = next((header["Protocols"] for header in headers if header.get("Protocols")), ["tcp", "udp"])
    texts = next((header["DestinationPorts"] for header in headers if header.get("DestinationPorts")), ["0-65535"])
    ports = [_ports(text) for text in texts]
    for (one, start), (other, end) in product(_ends(call, network, source), _ends(call, network, destination)):
        same = one == other or (start is INTERNET and end is INTERNET)
        if not same and is_gateway_of(call, one, end) and is_gateway_of(call, other, start):
            yield one, other, [Question(start, end, protocol, span) for protocol, span in product(protocols, ports)]


def _ports(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    if not low.isdecimal() or (high and not high.isdecimal()):
        raise Refusal("InvalidParameterValue", f"{text} is not a port or a range of ports.")
    return int(low), int(high or low)


def _ends(call: Call[Any], network: Network, statement: Row) -> list[tuple[str, End]]:
    resources = statement.get("ResourceStatement") or {}
    kinds, ids = set(resources.get("ResourceTypes") or []), {_id(one) for one in resources.get("Resources") or []}
    everything = not kinds and not ids
    found: list[tuple[str, End]] = []
    for instance in network.instances:
        if everything or INSTANCE in kinds or instance.id in ids:
            found.append((instance.id, instance))
        elif INTERFACE in kinds or ids:
            faces = [face for face in instance.interfaces if INTERFACE in kinds or face.id in ids]
            found += [(face.id, replace(instance, interfaces=(face,))) for face in faces]
    for gateway in call.backend.internet_gateways.values():
        if (everything or GATEWAY in kinds or gateway.id in ids) and gateway.vpc:
            found.append((gateway.id, INTERNET))
    return found
