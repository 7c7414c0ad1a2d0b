"""Least privilege over a finite set of requests: what is granted against what is needed.

Rules: IAM User Guide, "Security best practices in IAM" (grant least privilege). Comparing statements fails
right answers that are worded differently; deciding every request that can occur does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from types import MappingProxyType
from typing import Any, Literal

from hardenlab.semantics.explanation import Explanation, sentence_of
from hardenlab.semantics.iam.actions import expand
from hardenlab.semantics.iam.decision import decide
from hardenlab.semantics.iam.document import Document, Policy
from hardenlab.semantics.iam.model import CannotJudge, Policies, Principal, Request

Relation = Literal["equal", "broader", "narrower", "different"]
STRANGER = "999999999999"
NO_CONTEXT: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a grant relates to a need, with the requests that make the difference."""

    surplus: tuple[Request, ...]
    missing: tuple[Request, ...]

    @property
    def relation(self) -> Relation:
        if self.surplus and self.missing:
            return "different"
        if self.surplus:
            return "broader"
        return "narrower" if self.missing else "equal"

    def explain(self) -> Explanation:
        """How many requests make the difference, the first of each kind, and all of them as data."""
        parts = []
        if self.surplus:
            parts.append(f"it allows {_counted(self.surplus)} too many, such as {self.surplus[0]}")
        if self.missing:
            parts.append(f"it lacks {_counted(self.missing)}, such as {self.missing[0]}")
        data = {
            "relation": self.relation,
            "surplus": [_request_data(request) for request in self.surplus],
            "missing": [_request_data(request) for request in self.missing],
        }
        return Explanation(sentence_of(parts) or "It allows what is needed and nothing else", data)


def compare(
    granted: Policies | Document,
    needed: Policies | Document,
    universe: Iterable[Request],
) -> Comparison:
    """Decide every request of the universe twice; a bare document stands for one identity policy."""
    have, want = _ready(granted), _ready(needed)
    surplus, missing = [], []
    for request in universe:
        is_granted, is_needed = _allows(have, request), _allows(want, request)
        if is_granted and not is_needed:
            surplus.append(request)
        elif is_needed and not is_granted:
            missing.append(request)
    return Comparison(tuple(surplus), tuple(missing))


def universe(
    principal: Principal,
    account: str,
    actions: Mapping[str, Iterable[str]],
    resources: Mapping[str, Sequence[str]],
    contexts: Sequence[Mapping[str, Any]] = (NO_CONTEXT,),
) -> Iterator[Request]:
    """Every request that can occur.

    `actions` maps an action to the types of resource that it acts on, `resources` a type to witness ARNs:
    the resource meant, a sibling whose name extends it, one of somebody else. Pairs that do not exist
    (ListBucket on an object) are left out, for a grant of them grants nothing.
    """
    for action, types in actions.items():
        for kind, context in product(types, contexts):
            for arn in resources.get(kind, ()):
                yield Request(principal, action, arn, account, context)


def requests_of(
    principal: Principal,
    account: str,
    patterns: Iterable[str],
    arns: Iterable[str],
    contexts: Sequence[Mapping[str, Any]] = (NO_CONTEXT,),
) -> Iterator[Request]:
    """Every request that the actions named by `patterns` (`s3:*`) make of these resources and of their neighbours.

    Which action acts on which resource is AWS's own table; actions that take no resource are asked of `*`.
    """
    witnesses = list(dict.fromkeys(found for arn in arns for found in (arn, *neighbours(arn))))
    for action in dict.fromkeys(one for pattern in patterns for one in expand(pattern)):
        for arn in ["*"] if not action.resources else [arn for arn in witnesses if action.acts_on(arn)]:
            for context in contexts:
                yield Request(principal, action.full_name, arn, account, context)


def neighbours(arn: str) -> list[str]:
    """Resources that a careless pattern takes along: one whose name extends this one's, one inside it, a stranger's."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return []
    head, name = ":".join(parts[:5]), parts[5]
    first, slash, rest = name.partition("/")
    kind = f"{first}/" if slash and parts[4] else ""
    own = rest if kind else name
    base, deeper, key = own.partition("/")
    found = [f"{head}:{kind}{base}-other{deeper}{key}", f"{head}:{kind}other-{base}{deeper}{key}"]
    if deeper:
        found.append(f"{head}:{kind}{base}/other/{key}")
    if parts[4]:
        found.append(":".join([*parts[:4], STRANGER, name]))
    return found


def _counted(requests: Sequence[Request]) -> str:
    return f"{len(requests)} request{'s' if len(requests) > 1 else ''}"


def _request_data(request: Request) -> dict[str, Any]:
    return {"action": request.action, "resource": request.resource, "context": dict(request.context)}


def _allows(policies: Policies, request: Request) -> bool:
    try:
        return decide(request, policies).allowed
    except CannotJudge as doubt:
        raise CannotJudge(f"{request}: {doubt.reason}") from doubt


def _ready(policies: Policies | Document) -> Policies:
    """Every document read, since each will be asked many times."""
    if not isinstance(policies, Policies):
        return Policies(identity=[Policy.read(policies)])
    return replace(
        policies,
        identity=_each(policies.identity),
        resource=_one(policies.resource),
        boundary=_one(policies.boundary),
        scps=[_each(level) for level in policies.scps],
        rcps=[_each(level) for level in policies.rcps],
        session=_each(policies.session),
        vpc_endpoint=_one(policies.vpc_endpoint),
    )


def _one(document: Document | None) -> Policy | None:
    return None if document is None else Policy.read(document)


def _each(documents: Sequence[Document]) -> list[Policy]:
    return [Policy.read(document) for document in documents]
