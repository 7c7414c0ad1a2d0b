"""What IAM Access Analyzer's policy validation finds in a document, under its documented issue codes.

Source: IAM User Guide, "IAM Access Analyzer policy check reference". Only checks whose meaning that page settles are
made: a document without findings here may still have some in AWS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from hardenlab.semantics.iam import actions
from hardenlab.semantics.iam.conditions import read_operator
from hardenlab.semantics.iam.document import ELEMENTS, VERSIONS, read_action
from hardenlab.semantics.iam.model import CannotJudge
from hardenlab.semantics.iam.pattern import Glob
from hardenlab.semantics.iam.text import load
from hardenlab.semantics.iam.validity import RULES, ValidityKind

FindingKind = Literal["ERROR", "SECURITY_WARNING", "WARNING", "SUGGESTION"]
PRINCIPAL_KEYS = ("AWS", "Service", "Federated", "CanonicalUser")
PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
MAX_ACTIONS = 150  # looked at in a statement: each is compared with those before it
SERVICE = re.compile(r"[a-zA-Z0-9-]+")
KEY = re.compile(r"[A-Za-z0-9-]+:\S+")


@dataclass(frozen=True, slots=True)
class PolicyFinding:
    """One finding: AWS's code and kind, a sentence, and the path to the element (names and list indices)."""

    code: str
    kind: FindingKind
    details: str
    path: tuple[str | int, ...] = ()


def findings(text: str, kind: ValidityKind) -> list[PolicyFinding]:
    """The findings of a policy of this kind, in the order of its statements."""
    try:
        value = load(text)
    except CannotJudge as error:
        return [PolicyFinding("JSON_SYNTAX_ERROR", "ERROR", f"Fix the JSON syntax: {error.reason}.")]
    if not isinstance(value, Mapping):
        return [PolicyFinding("JSON_SYNTAX_ERROR", "ERROR", "A policy is a JSON object.")]
    return list(_document(value, kind))


def _document(value: Mapping[str, Any], kind: ValidityKind) -> Iterator[PolicyFinding]:
    for name in value:
        if name not in ("Version", "Id", "Statement"):
            yield _error("INVALID_POLICY_ELEMENT", f"The policy element {name[:60]} is not valid.", name)
    if "Version" not in value:
        message = "We recommend that you specify the Version element, 2012-10-17, to help you with debugging."
        yield PolicyFinding("MISSING_VERSION", "WARNING", message)
    elif value["Version"] not in VERSIONS:
        yield _error("INVALID_VERSION", f"The version {str(value['Version'])[:40]} is not valid.", "Version")
    raw = value.get("Statement")
    statements = raw if isinstance(raw, list) else [raw]
    if raw is None or not statements:
        yield _error("MISSING_STATEMENT", "Add a statement to the policy.")
        return
    sids: set[str] = set()
    for index, statement in enumerate(statements):
        path = ("Statement", index) if isinstance(raw, list) else ("Statement",)
        if not isinstance(statement, Mapping):
            yield _error("DATA_TYPE_MISMATCH", "A statement is a JSON object.", *path)
            continue
        yield from _statement(statement, kind, path)
        sid = statement.get("Sid")
        if isinstance(sid, str) and sid in sids:
            yield _error(
                "UNIQUE_SIDS_REQUIRED", f"Duplicate statement IDs are not supported: {sid[:60]}.", *path, "Sid"
            )
        sids.add(str(sid))


def _statement(value: Mapping[str, Any], kind: ValidityKind, path: tuple[str | int, ...]) -> Iterator[PolicyFinding]:
    rules = RULES[kind]
    for name in value:
        if name not in ELEMENTS:
            yield _error("INVALID_POLICY_ELEMENT", f"The policy element {name[:60]} is not valid.", *path, name)
    if "Effect" not in value:
        yield _error("MISSING_EFFECT", "Add an Effect element with the value Allow or Deny.", *path)
    elif value["Effect"] not in ("Allow", "Deny"):
        yield _error("INVALID_EFFECT", f"The effect {str(value['Effect'])[:40]} is not valid.", *path, "Effect")
    if not {"Action", "NotAction"} & value.keys():
        yield _error("MISSING_ACTION", "Add an Action or NotAction element to the policy statement.", *path)
    if rules.resource == "required" and not {"Resource", "NotResource"} & value.keys():
        yield _error("MISSING_RESOURCE", "Add a Resource or NotResource element to the policy statement.", *path)
    named = [name for name in ("Principal", "NotPrincipal") if name in value]
    if rules.principal == "required" and not named:
        yield _error("MISSING_PRINCIPAL", "Add a Principal element to the policy statement.", *path)
    if rules.principal == "forbidden" and named:
        yield _error(
            "UNSUPPORTED_PRINCIPAL", "This policy type does not support the Principal element.", *path, named[0]
        )
    yield from _pairs(value, path)
    yield from _actions(value, path)
    yield from _resources(value, path)
    yield from _principals(value, path)
    yield from _conditions(value, path)
    yield from _dangers(value, path)


def _pairs(value: Mapping[str, Any], path: tuple[str | int, ...]) -> Iterator[PolicyFinding]:
    for name in ("Action", "Resource", "Principal"):
        if name in value and f"Not{name}" in value:
            message = f"The policy elements {name} and Not{name} cannot be used in one statement."
            yield _error("UNSUPPORTED_ELEMENT_COMBINATION", message, *path)
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        if value.get(name) == []:
            message = f"This statement includes no {name.lower()} and does not affect the policy. Specify one."
            yield PolicyFinding(f"EMPTY_ARRAY_{name.removeprefix('Not').upper()}", "SUGGESTION", message, (*path, name))


def _texts(value: Mapping[str, Any], *names: str) -> Iterator[tuple[str, str, tuple[str | int, ...]]]:
    for name in names:
        raw = value.get(name)
        for index, text in enumerate(raw if isinstance(raw, list) else [raw]):
            if isinstance(text, str):
                yield name, text, (name, index) if isinstance(raw, list) else (name,)


def _actions(value: Mapping[str, Any], path: tuple[str | int, ...]) -> Iterator[PolicyFinding]:
    seen: list[tuple[str, Glob]] = []
    for name, text, place in islice(_texts(value, "Action", "NotAction"), MAX_ACTIONS):
        if text == "*":
            continue
        prefix, colon, _ = text.partition(":")
        if not colon:
            yield _error("INVALID_ACTION", f"The action {text[:80]} has no service prefix.", *path, *place)
            continue
        if SERVICE.fullmatch(prefix) and not actions.is_service(prefix):
            yield _error("INVALID_SERVICE_IN_ACTION", f"The service {prefix[:60]} does not exist.", *path, *place)
            continue
        if SERVICE.fullmatch(prefix) and not actions.expand_names(text):
            yield _error("INVALID_ACTION", f"The action {text[:80]} does not exist.", *path, *place)
            continue
        wider = next((other for other, glob in seen if glob.matches(text.lower())), None)
        if wider is not None and name == "Action":
            message = f"The action {text[:80]} is redundant: {wider[:80]} grants it."
            yield PolicyFinding("REDUNDANT_ACTION", "SUGGESTION", message, (*path, *place))
        seen.append((text, read_action(text)))


def _resources(value: Mapping[str, Any], path: tuple[str | int, ...]) -> Iterator[PolicyFinding]:
    for _, text, place in _texts(value, "Resource", "NotResource"):
        if text == "*" or text.startswith("*"):
            continue
        parts = text.split(":", 5)
        if parts[0] != "arn":
            yield _error("INVALID_ARN_PREFIX", f"{text[:80]} does not begin with arn:.", *path, *place)
        elif len(parts) < 6 and "*" not in text:
            yield _error("MISSING_ARN_FIELD", f"{text[:80]} has fewer than six fields.", *path, *place)
        elif len(parts) > 1 and "*" not in parts[1] and parts[1] not in PARTITIONS:
            yield _error("INVALID_PARTITION", f"The partition {parts[1][:40]} is not valid.", *path, *place)


def _principals(value: Mapping[str, Any], path: tuple[str | int, ...]) -> Iterator[PolicyFinding]:
    for name in ("Principal", "NotPrincipal"):
        element = value.get(name)
        for key in element if isinstance(element, Mapping) else ():
            if key not in PRINCIPAL_KEYS:
                yield _error("INVALID_PRINCIPAL_KEY", f"The principal key {key[:60]} is not valid.", *path, name, key)
        if isinstance(element, str) and element != "*":
            yield _error("INVALID_PRINCIPAL_FORMAT", f"The principal {element[:80]} is not valid.", *path, name)
    if value.get("Effect") == "Allow" and "NotPrincipal" in value:
        message = "Using Allow with NotPrincipal can be overly permissive. Use Principal instead."
        yield PolicyFinding("ALLOW_WITH_NOT_PRINCIPAL", "SECURITY_WARNING", message, (*path, "NotPrincipal"))


def _conditions(value: Mapping[str, Any], path: tuple[str | int, ...]) -> Iterator[PolicyFinding]:
    block = value.get("Condition")
    for operator, keys in block.items() if isinstance(block, Mapping) else ():
        try:
            read_operator(operator)
        except CannotJudge:
            message = f"The condition operator {operator[:60]} is not valid."
            yield _error("INVALID_CONDITION_OPERATOR", message, *path, "Condition", operator)
        for key in keys if isinstance(keys, Mapping) else ():
            if not KEY.fullmatch(key):
                message = f"The condition key {key[:60]} has no valid format."
                yield _error("INVALID_CONDITION_KEY_FORMAT", message, *path, "Condition", operator, key)


def _dangers(value: Mapping[str, Any], path: tuple[str | int, ...]) -> Iterator[PolicyFinding]:
    """Roles passed, and service-linked roles made, without bounds."""
    resources = [text for _, text, _ in _texts(value, "Resource")]
    if value.get("Effect") != "Allow" or "*" not in resources or "NotAction" in value:
        return
    listed = [text.lower() for _, text, _ in _texts(value, "Action")]
    bounded = bool(value.get("Condition"))
    for action, code in (("iam:passrole", "PASS_ROLE"), ("iam:createservicelinkedrole", "CREATE_SLR")):
        if bounded and code == "PASS_ROLE" and "iam:PassedToService" in str(value.get("Condition")):
            continue
        covering = [text for text in listed if (text == "*" or ":" in text) and read_action(text).matches(action)]
        if not covering:
            continue
        by_star = action not in covering
        where = "STAR_IN_ACTION_AND_RESOURCE" if by_star else "STAR_IN_RESOURCE"
        message = "Using wildcards (*) in the action and the resource" if by_star else "Using * as the resource"
        what = (
            "passing any role to any service" if code == "PASS_ROLE" else "creating service-linked roles of any service"
        )
        full = f"{message} can be overly permissive, because it allows {what}. Name the resources."
        kind: FindingKind = "SECURITY_WARNING" if code == "PASS_ROLE" else "WARNING"
        yield PolicyFinding(f"{code}_WITH_{where}", kind, full, (*path, "Action"))


def _error(code: str, details: str, *path: str | int) -> PolicyFinding:
    return PolicyFinding(code, "ERROR", details, path)
