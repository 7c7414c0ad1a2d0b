"""Does a policy grant more than another, or grant what it must not: the questions of Access Analyzer's custom checks.

Source: IAM Access Analyzer API Reference, "CheckNoNewAccess" and "CheckAccessNotGranted". Yes is answered with a
request that shows it; no only when every grant is covered; CannotJudge says that neither was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

from hardenlab.semantics.iam import actions
from hardenlab.semantics.iam.decision import decide
from hardenlab.semantics.iam.document import Document, Policy, Statement, read_action
from hardenlab.semantics.iam.model import CannotJudge, Deciding, Policies, Principal, Request
from hardenlab.semantics.iam.pattern import Glob, Template

ACCOUNT = "111122223333"
SOMEBODY = Principal.user(f"arn:aws:iam::{ACCOUNT}:user/sample")
EVERYTHING = Policy.read({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
MAX_ACTIONS, MAX_RESOURCES, MAX_PATTERNS = 400, 50, 100
# how often a statement may be asked about a request
MAX_ASKED = 30_000
FILL = "sample"
COMPARED = ("Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition")


@dataclass(frozen=True, slots=True)
class Reason:
    """A request that is granted, and the statement of the policy that grants it."""

    request: Request
    index: int
    sid: str | None

    def __str__(self) -> str:
        return f"{self.request.action} on {self.request.resource}"


def new_access(new: Document, existing: Document, *, resource_policy: bool = False) -> Reason | None:
    """What the new policy grants and the existing does not; None when every grant is covered."""
    later, earlier = Policy.read(new), Policy.read(existing)
    _bound(_weight(later) * _weight(earlier))
    shown = _shown(later, earlier, resource_policy)
    if shown is not None:
        return shown
    for statement in later.statements:
        if statement.allows and not any(_covers(old, statement) for old in earlier.statements if old.allows):
            raise CannotJudge(
                f"statement {statement.index + 1} is covered by no single statement of the existing policy"
            )
    for old in earlier.statements:
        if not old.allows and not any(_is_same(old, kept) for kept in later.statements):
            raise CannotJudge(f"the existing policy's deny statement {old.index + 1} is missing or was changed")
    return None


def granted(
    policy: Document, wanted: Sequence[str], resources: Sequence[str], *, resource_policy: bool = False
) -> Reason | None:
    """A request for one of the actions on one of the resources (any, when none is named) that the policy grants."""
    read = Policy.read(policy)
    callers, weight = len(list(_callers(read))) if resource_policy else 1, _weight(read)
    doubt: CannotJudge | None = None
    asked = 0
    for statement in read.statements:
        if not statement.allows:
            continue
        for action in _asked_actions(statement, wanted):
            for resource in _asked_resources(statement, resources):
                asked += 10 * callers * weight
                _bound(asked)
                found = _first(read, action, resource, [*_contexts([statement]), {}], resource_policy)
                if found is not None:
                    return found
                if not _surely_denied(read, action, resource):
                    doubt = CannotJudge(f"whether {action} on {resource} is denied depends on conditions")
    if doubt is not None:
        raise doubt
    return None


def _bound(asked: int) -> None:
    if asked > MAX_ASKED:
        raise CannotJudge("the policies speak of too many actions and resources to compare")


def _weight(policy: Policy) -> int:
    """What one question costs: statements, and the patterns that long ones list."""
    listed = sum(len(_listed(one, "Action")) + len(_listed(one, "Resource")) for one in policy.statements)
    return len(policy.statements) + listed // 20


def _surely_denied(policy: Policy, action: str, resource: str) -> bool:
    return any(
        not statement.allows
        and not statement.conditions
        and statement.covers_action(action.lower())
        and statement.covers_resource(resource, {})
        for statement in policy.statements
    )


# ---- requests to try ----


def _shown(later: Policy, earlier: Policy, resource_policy: bool) -> Reason | None:
    callers = list(_callers(later)) if resource_policy else [SOMEBODY]
    asked, weight = 0, _weight(later) + _weight(earlier)
    for statement in (one for one in later.statements if one.allows):
        tried, places = _sample_actions(statement), _sample_resources([statement, *earlier.statements])
        contexts = [*_contexts([statement]), {}, *_contexts(one for one in earlier.statements if not one.allows)]
        asked += len(tried) * len(places) * len(contexts) * len(callers) * weight
        _bound(asked)
        for caller, context, place, action in product(callers, contexts, places, tried):
            request = Request(caller, action, place, ACCOUNT, context)
            found = _deciding(later, request, resource_policy)
            if found and not _deciding(earlier, request, resource_policy):
                return Reason(request, found.index, found.sid)
    return None


def _first(
    policy: Policy, action: str, resource: str, contexts: Sequence[Mapping[str, Any]], resource_policy: bool
) -> Reason | None:
    callers = list(_callers(policy)) if resource_policy else [SOMEBODY]
    for context, caller in product(contexts, callers):
        request = Request(caller, action, resource, ACCOUNT, context)
        found = _deciding(policy, request, resource_policy)
        if found:
            return Reason(request, found.index, found.sid)
    return None


def _deciding(policy: Policy, request: Request, resource_policy: bool) -> Deciding | None:
    """The policy's statement that lets the request through; None when none does, or it cannot be judged."""
    if resource_policy:
        # somebody of another account needs the word of its own administrator as well
        foreign = request.principal.kind in ("user", "role-session") and request.principal.account != ACCOUNT
        policies = Policies(resource=policy, identity=[EVERYTHING] if foreign else [])
    else:
        policies = Policies(identity=[policy])
    try:
        decision = decide(request, policies)
    except CannotJudge:
        return None
    kind = "resource" if resource_policy else "identity"
    return next((one for one in decision.statements if one.policy == kind), None) if decision.allowed else None


def _callers(policy: Policy) -> Iterator[Principal]:
    """Somebody whom nobody names; then everybody whom the policy names."""
    yield Principal.anonymous()
    for statement in policy.statements:
        element = statement.source.get("Principal")
        named = element.get("AWS", []) if isinstance(element, Mapping) else []
        for text in named if isinstance(named, list) else [named]:
            if re.fullmatch(r"arn:aws:iam::\d{12}:user/.+", str(text)):
                yield Principal.user(str(text))
            elif match := re.fullmatch(r"(?:arn:aws:iam::)?(\d{12})(?::root)?", str(text)):
                yield Principal.root(match[1])
            elif match := re.fullmatch(r"arn:aws:iam::(\d{12}):role/(?:.*/)?([^/]+)", str(text)):
                yield Principal.role_session(f"arn:aws:sts::{match[1]}:assumed-role/{match[2]}/sample", str(text))
        services = element.get("Service", []) if isinstance(element, Mapping) else []
        yield from (
            Principal.aws_service(str(name)) for name in (services if isinstance(services, list) else [services])
        )


def _listed(statement: Statement, element: str) -> list[str]:
    value = statement.source.get(element, [])
    return [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]


def _sample_actions(statement: Statement) -> list[str]:
    if statement.excludes_actions:
        raise CannotJudge(f"statement {statement.index + 1} names its actions by exception")
    found: list[str] = []
    texts = _listed(statement, "Action")
    if len(texts) > MAX_PATTERNS:
        raise CannotJudge(f"statement {statement.index + 1} names more than {MAX_PATTERNS} actions")
    for text in texts:
        found += _expanded(text)[:MAX_ACTIONS] or [text]
    return list(dict.fromkeys(found))


@lru_cache(maxsize=256)
def _expanded(text: str) -> tuple[str, ...]:
    if set("*?") & set(text.partition(":")[0]):  # a few services say as much as the whole table
        some = (name for sample in ("iam:*", "s3:*", "ec2:*", "kms:*", "sts:*") for name in _expanded(sample)[:60])
        return tuple(name for name in some if read_action(text).matches(name.lower()))
    return actions.expand_names(text)


def _sample_resources(statements: Iterable[Statement]) -> list[str]:
    found: list[str] = []
    for statement in statements:
        for text in _listed(statement, "Resource"):
            filled = _filled(text)
            found += [filled, f"{filled}-{FILL}"] if text != "*" else ["arn:aws:s3:::sample-bucket/sample", "*"]
    return list(dict.fromkeys(found))[:MAX_RESOURCES]


def _filled(text: str) -> str:
    return re.sub(r"\$\{[^}]*\}|\*", FILL, text).replace("?", "x")


def _asked_actions(statement: Statement, wanted: Sequence[str]) -> Iterator[str]:
    """Of the actions asked about, or of all, those that the statement covers."""
    for text in wanted or ["*"]:
        if "*" not in text and "?" not in text:
            if statement.covers_action(text.lower()):
                yield text
            continue
        if statement.excludes_actions:
            raise CannotJudge(f"statement {statement.index + 1} names its actions by exception")
        glob = read_action(text)
        covered = [name for name in _sample_actions(statement) if glob.matches(name.lower())]
        yield from covered[:MAX_RESOURCES]


def _asked_resources(statement: Statement, resources: Sequence[str]) -> Iterator[str]:
    if statement.excludes_resources:
        raise CannotJudge(f"statement {statement.index + 1} names its resources by exception")
    own = _listed(statement, "Resource") or ["*"]
    for text in resources or ["*"]:
        for pattern in own:
            common = _common(text, pattern)
            if common is not None:
                yield common


def _common(one: str, other: str) -> str | None:
    """A resource that both patterns match, if filling one of them makes one."""
    if one == "*":
        return _filled(other) if other != "*" else "*"
    if other == "*":
        return _filled(one)
    for candidate in (_filled(one), _filled(other)):
        if _matches(one, candidate) and _matches(other, candidate):
            return candidate
    fixed = re.split(r"[*?]|\$\{", one, maxsplit=1)[0], re.split(r"[*?]|\$\{", other, maxsplit=1)[0]
    shortest = min(map(len, fixed))
    if fixed[0][:shortest] != fixed[1][:shortest]:
        return None
    raise CannotJudge(f"whether {one[:80]} and {other[:80]} have a resource in common")


def _matches(pattern: str, text: str) -> bool:
    return _glob(pattern).matches(text)


@lru_cache(maxsize=4096)
def _glob(pattern: str) -> Glob:
    fixed = Template(pattern, wildcards=True, variables=False).fixed
    return Glob(fixed or ())


def _contexts(statements: Iterable[Statement]) -> Iterator[dict[str, Any]]:
    """A context in which each statement's conditions hold, where their first values make one."""
    for statement in statements:
        if statement.conditions:
            yield {test.key: _filled(test.texts[0]) for test in statement.conditions if test.texts and not test.negated}


# ---- statements that cover others ----


def _covers(old: Statement, new: Statement) -> bool:
    """Whether whatever the new statement grants, the old one did."""
    if _is_same(old, new):
        return True
    by_exception = (old.excludes_actions, old.excludes_resources, new.excludes_actions, new.excludes_resources)
    if any(by_exception) or old.excludes_principal or new.excludes_principal:
        return False
    principals = old.source.get("Principal"), new.source.get("Principal")
    if principals[0] != principals[1] and principals[0] not in ("*", {"AWS": "*"}):
        return False
    if old.conditions and old.source.get("Condition") != new.source.get("Condition"):
        return False
    return all(
        any(_includes(wide, narrow) for wide in map(str.lower, _listed(old, "Action")))
        for narrow in map(str.lower, _listed(new, "Action"))
    ) and all(any(_includes(wide, narrow) for wide in _listed(old, "Resource")) for narrow in _listed(new, "Resource"))


def _includes(wide: str, narrow: str) -> bool:
    """Every text that the narrow pattern matches, the wide one matches: sure where the only wildcard is `*`."""
    return wide == narrow or ("?" not in wide and "${" not in wide and _matches(wide, narrow))


def _is_same(one: Statement, other: Statement) -> bool:
    return one.allows == other.allows and all(
        _unordered(one.source.get(name)) == _unordered(other.source.get(name)) for name in COMPARED
    )


def _unordered(value: Any) -> Any:
    if isinstance(value, list):
        return sorted(map(str, value))
    return [value] if isinstance(value, str) else value
