"""Whether AWS would have accepted a policy document: its grammar, by kind of policy.

Rules: IAM User Guide, "Grammar of the IAM JSON policy language" and "IAM JSON policy elements reference";
AWS Organizations User Guide, "SCP syntax" and "RCP syntax"; S3 User Guide, "Bucket policies"; KMS Developer
Guide, "Key policies in AWS KMS"; AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint
policies".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hardenlab.semantics.iam.actions import Action, expand, service
from hardenlab.semantics.iam.conditions import read_conditions
from hardenlab.semantics.iam.document import (
    ELEMENTS,
    MAX_STATEMENTS,
    VERSIONS,
    ResourcePattern,
    read_action,
    read_texts,
)
from hardenlab.semantics.iam.model import CannotJudge
from hardenlab.semantics.iam.overlap import may_cover
from hardenlab.semantics.iam.principals import read_principal
from hardenlab.semantics.iam.text import MAX_CHARACTERS, load

ValidityKind = Literal[
    "identity", "boundary", "session", "scp", "rcp", "trust", "vpc-endpoint", "bucket", "kms-key", "resource"
]
Need = Literal["required", "optional", "forbidden"]
SID = re.compile(r"[A-Za-z0-9]*")
SERVICE = re.compile(r"[a-z0-9-]+|\*", re.IGNORECASE)
PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "*")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that AWS would refuse, and where it stands."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


@dataclass(frozen=True, slots=True)
class _Rules:
    principal: Need
    resource: Need
    plain_sids: bool = False
    version_required: bool = False
    max_size: int = MAX_CHARACTERS
    counts_space: bool = True


# IAM User Guide, "IAM and AWS STS quotas": white space does not count. An identity policy's own limit hangs on where it
# stands (SIZES); Organizations User Guide, "Quotas and service limits".
SIZES: Mapping[str, int] = {"managed": 6144, "user": 2048, "group": 5120, "role": 10_240, "trust": 2048}
RULES: Mapping[ValidityKind, _Rules] = {
    "identity": _Rules("forbidden", "required", plain_sids=True, max_size=max(SIZES.values()), counts_space=False),
    "boundary": _Rules("forbidden", "required", plain_sids=True, max_size=SIZES["managed"], counts_space=False),
    "session": _Rules("forbidden", "required", plain_sids=True, max_size=2048),
    "scp": _Rules("forbidden", "required", version_required=True, max_size=5120),
    "rcp": _Rules("required", "required", version_required=True, max_size=5120),
    "trust": _Rules("required", "forbidden", plain_sids=True, max_size=SIZES["trust"], counts_space=False),
    "vpc-endpoint": _Rules("required", "required", max_size=20_480),
    "bucket": _Rules("required", "required", max_size=20_480),
    "kms-key": _Rules("required", "required", max_size=32_768),
    "resource": _Rules("required", "optional"),
}


def validate(document: Mapping[str, Any] | str, kind: ValidityKind, *, resource: str | None = None) -> list[Problem]:
    """What AWS would refuse about the document; an empty list when nothing.

    `resource` is the ARN that the policy is attached to; a bucket policy may speak of no other bucket.
    """
    try:
        value = load(document) if isinstance(document, str) else document
    except CannotJudge as error:
        return [Problem("", error.reason)]
    if not isinstance(value, Mapping):
        return [Problem("", "a policy must be a JSON object")]
    return list(_document(value, document, kind, resource))


def _document(
    value: Mapping[str, Any], written: Mapping[str, Any] | str, kind: ValidityKind, resource: str | None
) -> Iterator[Problem]:
    rules = RULES[kind]
    too_large = list(_size(written, rules))
    if too_large:
        yield from too_large
        return
    yield from _unknown(value, frozenset({"Version", "Id", "Statement"}), "", "policy")
    yield from _version(value, rules)
    if "Id" in value and not isinstance(value["Id"], str):
        yield Problem("Id", "must be a text")
    raw = value.get("Statement")
    statements = [raw] if isinstance(raw, Mapping) else raw
    if not isinstance(statements, list) or not statements or len(statements) > MAX_STATEMENTS:
        yield Problem("Statement", "must be an object or a list of objects")
        return
    variables = value.get("Version") == VERSIONS[0]
    for index, statement in enumerate(statements):
        yield from _statement(statement, f"Statement[{index}]", kind, resource, variables)
    yield from _repeated_sids(statements)


def _version(value: Mapping[str, Any], rules: _Rules) -> Iterator[Problem]:
    if "Version" in value and value["Version"] not in VERSIONS:
        yield Problem("Version", 'must be "2012-10-17" or "2008-10-17"')
    elif rules.version_required and value.get("Version") != VERSIONS[0]:
        yield Problem("Version", 'must be "2012-10-17"')


def _size(written: Mapping[str, Any] | str, rules: _Rules) -> Iterator[Problem]:
    try:
        text = written if isinstance(written, str) else json.dumps(written, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        yield Problem("", "the policy cannot be written as JSON")
        return
    counted = text if rules.counts_space else "".join(text.split())
    if len(counted.encode(errors="replace")) > rules.max_size:
        yield Problem("", f"the policy is larger than {rules.max_size} bytes")


def _unknown(value: Mapping[str, Any], known: frozenset[str], where: str, what: str) -> Iterator[Problem]:
    for key in value:
        if key not in known:
            yield Problem(where, f"{str(key)[:60]!r} is not an element of a {what}")


def _repeated_sids(statements: list[Any]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, statement in enumerate(statements):
        sid = statement.get("Sid") if isinstance(statement, Mapping) else None
        if isinstance(sid, str) and sid:
            if sid in seen:
                yield Problem(f"Statement[{index}].Sid", f"{sid[:60]!r} occurs twice")
            seen.add(sid)


def _statement(
    value: object, where: str, kind: ValidityKind, resource: str | None, variables: bool
) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem(where, "must be an object")
        return
    rules = RULES[kind]
    yield from _unknown(value, ELEMENTS, where, "statement")
    yield from _sid(value, where, rules)
    if value.get("Effect") not in ("Allow", "Deny"):
        yield Problem(f"{where}.Effect", 'must be "Allow" or "Deny"')
    yield from _one_of(value, "Action", "required", where, kind)
    yield from _one_of(value, "Principal", rules.principal, where, kind)
    yield from _one_of(value, "Resource", rules.resource, where, kind)
    yield from _contents(value, where, variables)
    for rule in KIND_RULES.get(kind, ()):
        yield from rule(value, where, resource)


def _sid(value: Mapping[str, Any], where: str, rules: _Rules) -> Iterator[Problem]:
    sid = value.get("Sid", "")
    if not isinstance(sid, str):
        yield Problem(f"{where}.Sid", "must be a text")
    elif rules.plain_sids and not SID.fullmatch(sid):
        yield Problem(f"{where}.Sid", "may hold only letters and digits")


def _one_of(value: Mapping[str, Any], element: str, need: Need, where: str, kind: str) -> Iterator[Problem]:
    present = [name for name in (element, f"Not{element}") if name in value]
    if len(present) > 1:
        yield Problem(where, f"has both {element} and Not{element}")
    if need == "required" and not present:
        yield Problem(where, f"needs {element} or Not{element} in a policy of kind {kind}")
    if need == "forbidden" and present:
        yield Problem(f"{where}.{present[0]}", f"is not allowed in a policy of kind {kind}")


def _contents(value: Mapping[str, Any], where: str, variables: bool) -> Iterator[Problem]:
    readers: Mapping[str, Callable[[Any], object]] = {
        "Action": _read_actions,
        "NotAction": _read_actions,
        "Resource": lambda texts: _read_resources(texts, variables),
        "NotResource": lambda texts: _read_resources(texts, variables),
        "Principal": read_principal,
        "NotPrincipal": read_principal,
        "Condition": lambda block: read_conditions(block, variables=variables),
    }
    for element, read in readers.items():
        if element in value:
            try:
                read(value[element])
            except CannotJudge as error:
                yield Problem(f"{where}.{element}", error.reason)


def _read_actions(value: object) -> None:
    for text in read_texts(value, "Action"):
        read_action(text)
        if not SERVICE.fullmatch(text.partition(":")[0]):
            raise CannotJudge(f"{text[:120]!r} is not an action such as s3:GetObject")


def _read_resources(value: object, variables: bool) -> None:
    for text in read_texts(value, "Resource"):
        pattern = ResourcePattern(text, variables=variables)
        if pattern.doubt:
            raise CannotJudge(pattern.doubt)
        parts = text.split(":", 5)
        if text != "*" and (len(parts) < 6 and not text.endswith("*")):
            raise CannotJudge(f"{text[:120]!r} is not an ARN: it has fewer than six components")
        if text != "*" and not parts[1].endswith("*") and parts[1] not in PARTITIONS:
            raise CannotJudge(f"{text[:120]!r} is not an ARN: {parts[1][:20]!r} is not a partition")


Rule = Callable[[Mapping[str, Any], str, str | None], Iterator[Problem]]


def _texts(value: object) -> list[str]:
    return [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]


def _no_not_principal(value: Mapping[str, Any], where: str, resource: str | None) -> Iterator[Problem]:
    if "NotPrincipal" in value:
        yield Problem(f"{where}.NotPrincipal", "is not supported in this kind of policy")


def _only_sts_actions(value: Mapping[str, Any], where: str, resource: str | None) -> Iterator[Problem]:
    for text in _texts(value.get("Action", [])):
        if not text.lower().startswith("sts:"):
            yield Problem(f"{where}.Action", "a role trust policy may name only sts actions")


def _resource_control(value: Mapping[str, Any], where: str, resource: str | None) -> Iterator[Problem]:
    if value.get("Effect") == "Allow":
        yield Problem(f"{where}.Effect", 'must be "Deny" in a resource control policy')
    if "NotAction" in value:
        yield Problem(f"{where}.NotAction", "is not supported in a resource control policy")
    if value.get("Principal", "*") != "*":
        yield Problem(f"{where}.Principal", 'must be "*" in a resource control policy')


def _own_bucket(value: Mapping[str, Any], where: str, resource: str | None) -> Iterator[Problem]:
    for element in ("Action", "NotAction"):
        for text in _texts(value.get(element, [])):
            if text != "*" and not _actions_of_s3(text):
                yield Problem(f"{where}.{element}", f"{text[:60]!r} is not an action of S3")
    for element in ("Resource", "NotResource") if resource is not None else ():
        for text in _texts(value.get(element, [])):
            if not _may_be_in(text, resource or ""):
                yield Problem(f"{where}.{element}", f"{text[:120]!r} is not this bucket nor an object in it")


def _actions_of_s3(text: str) -> tuple[Action, ...]:
    """None for what is no action at all: that is told by `_contents`."""
    try:
        return expand(text) if text.lower().startswith("s3:") else ()
    except CannotJudge:
        return ()


def _applies_to_a_resource(value: Mapping[str, Any], where: str, resource: str | None) -> Iterator[Problem]:
    """S3 API Reference, "PutBucketPolicy": an action that acts on none of the resources is refused."""
    actions, resources = _texts(value.get("Action", [])), _texts(value.get("Resource", []))
    if "*" in actions or "*" in resources or not resources:
        return
    s3 = service("s3")
    kinds = tuple(kind.arn for kind in s3.resources.values()) if s3 else ()
    for text in actions:
        named = _actions_of_s3(text)
        if named and not any(
            may_cover(r, kind.arn, kinds) for one in named for kind in one.resources for r in resources
        ):
            yield Problem(f"{where}.Action", f"{text[:60]!r} does not apply to any resource of the statement")


def _may_be_in(text: str, bucket_arn: str) -> bool:
    """Whether some part of the bucket matches: the text up to its first wildcard decides."""
    fixed = re.split(r"[*?]|\$\{", text, maxsplit=1)[0]
    if fixed != text:
        return bucket_arn.startswith(fixed) or fixed.startswith(f"{bucket_arn}/")
    return text == bucket_arn or text.startswith(f"{bucket_arn}/")


KIND_RULES: Mapping[ValidityKind, tuple[Rule, ...]] = {
    "trust": (_no_not_principal, _only_sts_actions),
    "rcp": (_no_not_principal, _resource_control),
    "bucket": (_own_bucket, _applies_to_a_resource),
}
