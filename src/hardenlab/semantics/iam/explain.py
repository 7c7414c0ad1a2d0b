"""Why a request is allowed or not: the decision with what each kind of policy had to say to it.

Rules: IAM User Guide, "Policy evaluation logic"; what it adds to the decision is the nearest miss, the statement that
would have allowed the request but for one element.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from hardenlab.semantics.explanation import Explanation, Mood, Node, Picture
from hardenlab.semantics.iam.decision import Case, Evaluation, Layer, decide
from hardenlab.semantics.iam.document import Statement
from hardenlab.semantics.iam.model import (
    POLICY_NAMES,
    CannotJudge,
    Deciding,
    Decision,
    Policies,
    PolicyKind,
    Request,
)

ORDER: tuple[PolicyKind, ...] = ("rcp", "scp", "vpc-endpoint", "resource", "identity", "boundary", "session")
VERDICTS = {
    "allow": "allowed",
    "explicit-deny": "denied by a statement",
    "implicit-deny": "not allowed by any statement",
}
NO_SOURCES: Mapping[PolicyKind, Sequence[str]] = MappingProxyType({})
MAX_NEAR = 5


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A statement that allows the action and does not apply, and the element that keeps it from applying."""

    statement: Deciding
    why: str

    def __str__(self) -> str:
        return f"{self.statement} allows the action, but {self.why}"


def explain(
    request: Request, policies: Policies, sources: Mapping[PolicyKind, Sequence[str]] = NO_SOURCES
) -> Explanation:
    """The decision in one sentence, as data and as a picture of the kinds of policy that were asked.

    `sources` names the documents of a kind in their order (file names, policy names). CannotJudge is raised as by
    `decide`.
    """
    decision = decide(request, policies)
    case = Case.of(request, policies)
    weighed = Evaluation(case, hopeful=False)
    weighed.decide()
    near = [] if decision.allowed else list(near_misses(case))[:MAX_NEAR]
    sentence = decision.because
    source = _source(decision.statements[0], sources) if decision.statements else None
    if source:
        sentence += f" ({source})"
    if near and decision.kind == "implicit-deny":
        sentence += f"; {near[0]}"
    data = {
        "decision": decision.kind,
        "allowed": decision.allowed,
        "principal": str(request.principal),
        "action": request.action,
        "resource": request.resource,
        "because": decision.because,
        "statements": [_statement_data(one, sources) for one in decision.statements],
        "near_misses": [{"statement": _statement_data(one.statement, sources), "why": one.why} for one in near],
    }
    return Explanation(sentence, data, _picture(request, decision, case, weighed))


def near_misses(case: Case) -> Iterator[NearMiss]:
    """Statements that allow the action and fail by one element only."""
    probe = Evaluation(case, hopeful=False)
    for layer in case.layers:
        for statement in layer.policy.statements:
            if statement.allows and statement.covers_action(case.action):
                whys = list(_obstacles(probe, layer, statement))
                if len(whys) == 1:
                    here = Deciding(
                        layer.kind, layer.level, layer.index, statement.index, statement.sid, statement.source
                    )
                    yield NearMiss(here, whys[0])


def _obstacles(probe: Evaluation, layer: Layer, statement: Statement) -> Iterator[str]:
    case = probe.case
    try:
        if probe.reach_of(layer, statement) is None:
            yield "its Principal does not name the caller"
        if not statement.covers_resource(case.request.resource, case.context):
            yield "its Resource does not cover this one"
        for test in statement.conditions:
            if not test.holds(case.context):
                given = case.context.get(test.key)
                was = f"is {', '.join(given)[:80]!r}" if given else "is absent from the request"
                yield f"its condition on {test.key[:80]} does not hold: the key {was}"
    except CannotJudge as doubt:
        yield doubt.reason


def _statement_data(here: Deciding, sources: Mapping[PolicyKind, Sequence[str]]) -> dict[str, Any]:
    return {
        "policy": here.policy,
        "level": here.level,
        "policy_index": here.policy_index,
        "source": _source(here, sources),
        "index": here.index,
        "sid": here.sid,
        "statement": _plain(here.statement),
    }


def _plain(value: object) -> Any:
    """JSON values of a statement that was read with exact numbers."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, int, bool, type(None))) else str(value)


def _source(here: Deciding, sources: Mapping[PolicyKind, Sequence[str]]) -> str | None:
    names = sources.get(here.policy, ())
    place = here.policy_index
    return names[place] if place < len(names) else None


def _picture(request: Request, decision: Decision, case: Case, weighed: Evaluation) -> Picture:
    nodes = [Node(str(request), "end")]
    for kind, level in _groups(case):
        denies = [one for one in weighed.denies if (one.policy, one.level) == (kind, level)]
        allows = weighed.allows.get((kind, level), [])
        name = POLICY_NAMES[kind] + (f" of level {level + 1}" if kind in ("scp", "rcp") else "")
        mood: Mood = "stops" if denies else "passes" if allows else "silent"
        said = f"{denies[0]} denies" if denies else f"{allows[0]} allows" if allows else f"the {name} says nothing"
        nodes.append(Node(said, mood))
    nodes.append(Node(f"{VERDICTS[decision.kind]}: {decision.because}", "passes" if decision.allowed else "stops"))
    return Picture.path(nodes)


def _groups(case: Case) -> list[tuple[PolicyKind, int]]:
    present = {(layer.kind, layer.level) for layer in case.layers}
    return sorted(present, key=lambda group: (ORDER.index(group[0]), group[1]))
