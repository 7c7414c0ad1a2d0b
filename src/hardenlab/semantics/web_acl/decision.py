"""The decision: rules in order, until one allows, blocks or stops the request to check its sender.

AWS WAF Developer Guide, "How AWS WAF handles rule and rule group actions" and "Using CAPTCHA and Challenge in AWS WAF":
Count goes on to the next rule and so do Captcha and Challenge when the request's token is valid; the default action is
last. "Overriding rule group actions": a group that is overridden to count ends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from hardenlab.semantics.answer import Answer
from hardenlab.semantics.explanation import Explanation, Mood, Node, Picture
from hardenlab.semantics.reading import Document, Malformed
from hardenlab.semantics.web_acl.asking import Asking, Rates
from hardenlab.semantics.web_acl.request import WebRequest
from hardenlab.semantics.web_acl.web_acl import Action, ManagedGroup, Rule, RuleGroup, WebAcl

Outcome = Literal["ALLOW", "BLOCK", "CAPTCHA", "CHALLENGE", "UNKNOWN"]
MAX_REQUESTS = 100_000
DOES = {
    "ALLOW": "allows",
    "BLOCK": "blocks",
    "CAPTCHA": "asks a CAPTCHA for",
    "CHALLENGE": "challenges",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One rule that was asked, and its answer."""

    rule: str
    action: Action | None
    answer: Answer

    @property
    def node(self) -> Node:
        """How it is drawn: what does not match is silent."""
        mood: Mood = "silent" if self.answer.holds is False else "doubt" if self.answer.holds is None else "passes"
        if self.answer.holds and self.action in ("BLOCK", "CAPTCHA", "CHALLENGE"):
            mood = "stops"
        return Node(f"{self.rule} ({self.action or 'as its group says'}): {self.answer.because}", mood)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of the request, one sentence why, the rule that ends it (None: the default action), the labels it
    bears and the rules that count it.

    UNKNOWN means that AWS's documentation, or data that only AWS has, leaves the question open.
    """

    action: Outcome
    sentence: str
    rule: str | None = None
    labels: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()

    def explain(self) -> Explanation:
        """The verdict as a sentence, as data, and as a picture of the rules that were asked."""
        steps = [{"rule": step.rule, "action": step.action, **step.answer.to_json()} for step in self.steps]
        named = {"rule": self.rule, "labels": list(self.labels), "counted": list(self.counted)}
        nodes = [Node("the request", "end"), *(step.node for step in self.steps), Node(self.action, "end")]
        return Explanation(self.sentence, {"action": self.action, **named, "steps": steps}, Picture.path(nodes))


def decide(request: WebRequest, acl: WebAcl | Document) -> Verdict:
    """What AWS WAF makes of a request that no other has preceded; raises `Malformed` for an unreadable web ACL."""
    return decide_all([request], acl)[0]


def decide_all(requests: Iterable[WebRequest], acl: WebAcl | Document) -> list[Verdict]:
    """What AWS WAF makes of each of a sequence of requests, in the order of their times: rate-based rules count."""
    if not isinstance(acl, WebAcl):
        acl = WebAcl.read(acl)
    rates, before, verdicts = Rates(), float("-inf"), list[Verdict]()
    for request in requests:
        if not request.time >= before or len(verdicts) >= MAX_REQUESTS:
            raise Malformed("the requests", f"must be at most {MAX_REQUESTS} in the order of their times")
        before = request.time
        verdicts.append(_Walk(Asking(request, acl.limits, rates)).through(acl))
    return verdicts


@dataclass(slots=True)
class _Walk:
    """One request on its way: what it has met so far, and what else might have become of it."""

    asking: Asking
    steps: list[Step] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)
    doubts: list[tuple[Action, str, str]] = field(default_factory=list)

    def through(self, acl: WebAcl) -> Verdict:
        ended = self._rules(acl.rules, "")
        if ended:
            rule, action, because = ended
            return self._settled(action, f"R{rule[1:]} {DOES[action]} the request: {because}", rule)
        sentence = f"No rule ends the evaluation, so the default action {DOES[acl.default]} the request"
        return self._settled(acl.default, sentence, None)

    def _settled(self, action: Action, sentence: str, rule: str | None) -> Verdict:
        """A doubt does no harm when what it might do is what happens anyway."""
        labels, counted, steps = tuple(sorted(self.asking.labels)), tuple(self.counted), tuple(self.steps)
        for possible, because, doubtful in self.doubts:
            if possible != action:
                told = f"It cannot be judged whether {doubtful} {DOES[possible]} the request: {because}"
                return Verdict("UNKNOWN", told, doubtful, labels, counted, steps)
        assert action != "COUNT"
        return Verdict(action, sentence, rule, labels, counted, steps)

    def _rules(self, rules: Iterable[Rule], group: str) -> tuple[str, Action, str] | None:
        """The rule that ends the evaluation, its action and why."""
        for rule in rules:
            told = f'{rule} of rule group "{group}"' if group else str(rule)
            if isinstance(rule.statement, ManagedGroup):
                self._managed(rule, rule.statement, told)
            elif isinstance(rule.statement, RuleGroup):
                ended = self._group(rule, rule.statement)
                if ended:
                    return ended
            else:
                answer = rule.statement.judge(self.asking)
                self.steps.append(Step(told, rule.action, answer))
                assert rule.action is not None
                if self._answered(rule, rule.action, answer, told):
                    return told, rule.action, answer.because
        return None

    def _answered(self, rule: Rule, action: Action, answer: Answer, told: str) -> bool:
        """Whether the rule ends the evaluation; labels and counts are noted."""
        goes_on = action == "COUNT" or action in self.asking.request.solved
        if answer.holds is None:
            self.asking.perhaps.update(rule.labels)
            if not goes_on:
                self.asking.doubtful = True
                self.doubts.append((action, answer.because, told))
        elif answer.holds:
            self.asking.labels.update(rule.labels)
            if goes_on:
                self.counted.append(rule.name)
        return bool(answer.holds) and not goes_on

    def _group(self, rule: Rule, group: RuleGroup) -> tuple[str, Action, str] | None:
        doubts = len(self.doubts)
        ended = self._rules(group.rules, group.name)
        if rule.action != "COUNT":
            return ended
        del self.doubts[doubts:]
        if ended:
            self.counted.append(rule.name)
        return None

    def _managed(self, rule: Rule, group: ManagedGroup, told: str) -> None:
        scope = group.scope.judge(self.asking) if group.scope else None
        if scope and scope.holds is False:
            self.steps.append(Step(told, rule.action, Answer(False, scope.because, "scope-down", (scope,))))
            return
        because = f"what the managed rule group {group.name} looks for is not published"
        self.steps.append(Step(told, rule.action, Answer(None, because)))
        self.asking.opaque = True
        if rule.action != "COUNT":
            self.asking.doubtful = True
            self.doubts.extend((action, because, told) for action in sorted(group.possible))
