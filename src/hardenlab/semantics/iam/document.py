"""A policy document, read once and ready to be asked many times.

Rules: IAM User Guide, "Grammar of the IAM JSON policy language" and "IAM JSON policy elements reference".
"""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from hardenlab.semantics.iam.conditions import Test, hold, read_conditions
from hardenlab.semantics.iam.model import CannotJudge
from hardenlab.semantics.iam.pattern import ArnPattern, Context, Glob, Template, Variable, Wild
from hardenlab.semantics.iam.principals import PrincipalElement, read_principal
from hardenlab.semantics.iam.text import MAX_CHARACTERS, load

VERSIONS = ("2012-10-17", "2008-10-17")
ELEMENTS = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
# a policy that somebody writes has 32,768 bytes at most, a KMS key's; AWS's own are larger
MAX_STATEMENTS = 500
MAX_ELEMENT = 131_072  # ReadOnlyAccess has 50,000 characters in one Action
MAX_ACTION = 512
MAX_KEPT = 256


class ResourcePattern:
    """One value of Resource or NotResource."""

    __slots__ = ("_ready", "_template", "doubt", "text")

    def __init__(self, text: str, *, variables: bool) -> None:
        self.text = text
        self.doubt = _early_variable(text, variables)
        self._ready: ArnPattern | None = None
        self._template: Template | None = None
        if text == "*":
            return
        if not text.startswith("arn:"):
            raise CannotJudge(f'{text[:120]!r}: a resource must be an ARN or "*"')
        self._template = Template(text, wildcards=True, variables=variables)
        if self._template.fixed is not None:
            self._ready = ArnPattern(self._template.fixed)

    def matches(self, arn: str, context: Context) -> bool:
        if self._template is None:
            return True
        if self.doubt:
            return self._may_match(arn)
        pattern = self._ready
        if pattern is None:
            tokens = self._template.resolve(context)
            if tokens is None:
                return False
            pattern = ArnPattern(tokens)
        if pattern.matches(arn):
            return True
        if not pattern.matches_beyond_colons(arn):
            return False
        if pattern.is_arn:
            raise CannotJudge(f"{self.text[:120]!r} matches only if a wildcard crosses a colon: undocumented")
        return True

    def _may_match(self, arn: str) -> bool:
        """False if no value of the variables would make it match, else it cannot be judged."""
        assert self._template is not None
        loose = tuple(Wild.RUN if isinstance(token, Variable) else token for token in self._template.tokens)
        if ArnPattern(loose).matches(arn):
            raise CannotJudge(self.doubt)
        return False


def _early_variable(text: str, variables: bool) -> str:
    """AWS's guide allows variables after the fifth colon only; some policies of AWS itself have them before it."""
    start = text.find("${") if variables else -1
    if start >= 0 and text.count(":", 0, start) < 5 and text[start : start + 4] not in {"${*}", "${?}", "${$}"}:
        return f"{text[:120]!r}: a policy variable may stand only after an ARN's fifth colon"
    return ""


@dataclass(frozen=True, slots=True)
class Statement:
    index: int
    sid: str | None
    allows: bool
    actions: tuple[Glob, ...]
    excludes_actions: bool
    resources: tuple[ResourcePattern, ...] | None
    excludes_resources: bool
    principal: PrincipalElement | None
    excludes_principal: bool
    conditions: tuple[Test, ...]
    source: Mapping[str, Any]
    _covered: dict[str, bool] = field(default_factory=dict, init=False, repr=False, compare=False)

    def covers_action(self, action: str) -> bool:
        """Asked of the same action again and again, for one resource after another: the answers are kept."""
        found = self._covered.get(action)
        if found is None:
            found = any(glob.matches(action) for glob in self.actions) != self.excludes_actions
            if len(self._covered) < MAX_KEPT:
                self._covered[action] = found
        return found

    def covers_resource(self, arn: str, context: Context) -> bool:
        """A trust policy has no Resource: it speaks of the role that it is attached to."""
        if self.resources is None:
            return True
        doubt: CannotJudge | None = None
        for pattern in self.resources:
            try:
                if pattern.matches(arn, context):
                    return not self.excludes_resources
            except CannotJudge as reason:
                doubt = reason
        if doubt:
            raise doubt
        return self.excludes_resources

    def conditions_hold(self, context: Context) -> bool:
        return hold(self.conditions, context)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy document that has been read; make one with `Policy.read`."""

    version: str
    statements: tuple[Statement, ...]

    @staticmethod
    def read(document: Document) -> Policy:
        """Read a mapping or JSON text; raises `CannotJudge` for what AWS would not accept as a policy."""
        if isinstance(document, Policy):
            return document
        if isinstance(document, str):
            return _read_text(document)
        return _read_kept(document)

    def allows_somewhere(self, action: str) -> bool:
        """Whether a statement allows the action on anything, whatever its conditions. `action` in small letters."""
        return any(statement.allows and statement.covers_action(action) for statement in self.statements)


Document = Mapping[str, Any] | str | Policy


@lru_cache(maxsize=256)
def _read_text(text: str) -> Policy:
    return _read(load(text))


_KEPT: dict[bytes, Policy] = {}


def _read_kept(document: Mapping[str, Any]) -> Policy:
    """Read an object once. Its content is the key, since its owner may change it; what is kept is read from a copy."""
    if type(document) is not dict:
        return _read(document)
    try:
        content = marshal.dumps(document, 2)  # the quickest way to all of it; this version has no references
    except ValueError:  # something that no JSON holds, or that is nested too deeply for it
        content = b""
    try:
        found = _KEPT.get(content) if content else None
        if found is None:
            found = _read(deepcopy(document))
    except RecursionError:
        raise CannotJudge("the policy is nested too deeply") from None
    if 0 < len(content) <= MAX_CHARACTERS:
        if len(_KEPT) >= MAX_KEPT:
            _KEPT.clear()
        _KEPT[content] = found
    return found


def _read(document: object) -> Policy:
    if not isinstance(document, Mapping):
        raise CannotJudge("a policy must be a JSON object")
    for key in document:
        if key not in {"Version", "Id", "Statement"}:
            raise CannotJudge(f"{str(key)[:60]!r} is not an element of a policy")
    version = document.get("Version", "2008-10-17")
    if version not in VERSIONS:
        raise CannotJudge(f"{str(version)[:60]!r} is not a version of the policy language")
    raw = document.get("Statement")
    statements = [raw] if isinstance(raw, Mapping) else raw
    if not isinstance(statements, list) or not statements or len(statements) > MAX_STATEMENTS:
        raise CannotJudge("Statement must be an object or a list of objects")
    return Policy(version, tuple(_statement(i, s, version == VERSIONS[0]) for i, s in enumerate(statements)))


def _statement(index: int, raw: object, variables: bool) -> Statement:
    if not isinstance(raw, Mapping):
        raise CannotJudge(f"statement {index + 1} is not an object")
    for key in raw:
        if key not in ELEMENTS:
            raise CannotJudge(f"statement {index + 1}: {str(key)[:60]!r} is not an element of a statement")
    if raw.get("Effect") not in ("Allow", "Deny"):
        raise CannotJudge(f'statement {index + 1}: Effect must be "Allow" or "Deny"')
    action, principal = _either(raw, "Action", index), _either(raw, "Principal", index)
    resource = _either(raw, "Resource", index)
    if action is None:
        raise CannotJudge(f"statement {index + 1} names no action")
    sid = raw.get("Sid")
    return Statement(
        index=index,
        sid=sid if isinstance(sid, str) and sid else None,
        allows=raw["Effect"] == "Allow",
        actions=tuple(read_action(text) for text in read_texts(raw[action], action)),
        excludes_actions=action == "NotAction",
        resources=_resources(raw, resource, variables),
        excludes_resources=resource == "NotResource",
        principal=read_principal(raw[principal]) if principal else None,
        excludes_principal=principal == "NotPrincipal",
        conditions=read_conditions(raw.get("Condition", {}), variables=variables),
        source=raw,
    )


def _either(raw: Mapping[str, Any], element: str, index: int) -> str | None:
    present = [name for name in (element, f"Not{element}") if name in raw]
    if len(present) > 1:
        raise CannotJudge(f"statement {index + 1} has both {element} and Not{element}")
    return present[0] if present else None


def read_texts(value: object, element: str) -> list[str]:
    values = value if isinstance(value, list) else [value]
    texts = [item for item in values if isinstance(item, str) and item]
    if not texts or len(texts) != len(values):
        raise CannotJudge(f"{element} must be a text or a list of texts")
    if sum(map(len, texts)) > MAX_ELEMENT:
        raise CannotJudge(f"{element} is longer than any policy")
    return texts


def _resources(raw: Mapping[str, Any], element: str | None, variables: bool) -> tuple[ResourcePattern, ...] | None:
    if element is None:
        return None
    return tuple(_resource(text, variables) for text in read_texts(raw[element], element))


def _resource(text: str, variables: bool) -> ResourcePattern:
    return _short_resource(text, variables) if len(text) <= MAX_KEPT else ResourcePattern(text, variables=variables)


@lru_cache(maxsize=2048)
def _short_resource(text: str, variables: bool) -> ResourcePattern:
    return ResourcePattern(text, variables=variables)


def read_action(text: str) -> Glob:
    if (text != "*" and ":" not in text) or len(text) > MAX_ACTION:
        raise CannotJudge(f"{text[:120]!r} is not an action such as s3:GetObject")
    return _action_glob(text.lower())


@lru_cache(maxsize=4096)
def _action_glob(text: str) -> Glob:
    template = Template(text, wildcards=True, variables=False)
    assert template.fixed is not None
    return Glob(template.fixed)
