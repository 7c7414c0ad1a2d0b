"""The decision: rules in order, name after name of the redirection chain.

Rules: Route 53 Developer Guide, "How Route 53 Resolver DNS Firewall works", "Rule actions in DNS Firewall" and
"Rule settings in DNS Firewall" (domain redirection setting); API Reference, FirewallRule.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hardenlab.semantics.dns_firewall.firewall import Firewall, Rule, read_query_type
from hardenlab.semantics.dns_firewall.names import Name, read_name
from hardenlab.semantics.dns_firewall.query import Query, Verdict
from hardenlab.semantics.reading import Document, Field, Malformed, shown

MAX_REDIRECTIONS = 16


def decide(query: Query, firewall: Firewall | Document) -> Verdict:
    """What DNS Firewall makes of the query; raises `Malformed` when query or firewall cannot be read."""
    if not isinstance(firewall, Firewall):
        firewall = Firewall.read(firewall)
    names = _names(query)
    kind = read_query_type(Field(query.type, "the query type"))
    if not firewall.is_associated:
        return Verdict("ALLOW", "No rule group is associated with the VPC, so nothing is filtered")
    verdict = passed = _settle(_possible(firewall.rules, names[0], kind), is_last=len(names) == 1)
    chain = [(names[0].text, passed)]
    for position, name in enumerate(names[1:], start=2):
        if passed.action in ("BLOCK", "UNKNOWN") or _trusts(passed):
            break
        passed = _of_redirection(firewall, name, kind, is_last=position == len(names))
        chain.append((name.text, passed))
        if passed.action != "ALLOW" or verdict.rule is None:
            verdict = passed
    return replace(verdict, chain=tuple(chain))


def decide_on_failure(firewall: Firewall | Document) -> Verdict:
    """What becomes of a query that DNS Firewall gives no answer for: the VPC's fail-open setting decides."""
    if not isinstance(firewall, Firewall):
        firewall = Firewall.read(firewall)
    if not firewall.is_associated:
        return Verdict("ALLOW", "No rule group is associated with the VPC, so the fail-open setting has no effect")
    if firewall.fails_open is None:
        return Verdict("UNKNOWN", "FirewallFailOpen leaves the answer to a setting outside this document")
    if firewall.fails_open:
        return Verdict("ALLOW", "FirewallFailOpen is enabled: without an answer from DNS Firewall queries pass")
    return Verdict("BLOCK", "FirewallFailOpen is disabled: without an answer from DNS Firewall queries fail")


def _names(query: Query) -> list[Name]:
    if not isinstance(query.redirections, (tuple, list)) or len(query.redirections) > MAX_REDIRECTIONS:
        raise Malformed("the redirections", f"must be a list of at most {MAX_REDIRECTIONS} names")
    texts = [Field(text, "a queried name").text(1, 256) for text in (query.name, *query.redirections)]
    return [read_name(text, "a queried name") for text in texts]


def _of_redirection(firewall: Firewall, name: Name, kind: int, *, is_last: bool) -> Verdict:
    """A rule that trusts redirections "inspects only the first domain": whether it may still match is not said."""
    inspecting = [rule for rule in firewall.rules if not rule.trusts_redirection]
    narrow = _settle(_possible(inspecting, name, kind), is_last=is_last)
    wide = _settle(_possible(firewall.rules, name, kind), is_last=is_last)
    because = f"AWS does not document whether {wide.rule}, which trusts redirections, applies to {shown(name.text)}"
    return _settle([replace(wide, because=because), narrow], is_last=is_last)


def _possible(rules: Iterable[Rule], name: Name, kind: int) -> list[Verdict]:
    """What the rules may do with the name, in their order; the last is what happens if none of the doubts is true."""
    doubts, missed = list[Verdict](), ""
    for rule in rules:
        if rule.query_type not in (None, kind):
            continue
        if rule.domains is None:
            doubts.append(_verdict(rule, f"AWS judges {rule} by threat models that it does not publish"))
        elif found := rule.domains.covering(name):
            return [*doubts, _verdict(rule, _told(rule, name, found))]
        elif rule.domains.managed:
            doubts.append(_verdict(rule, f'AWS does not publish the domains of its list "{rule.domains.name}"'))
        elif unclear := rule.domains.perhaps_covering(name):
            because = f"AWS does not document what {shown(unclear)} covers: write {shown('*.' + unclear[1:])}"
            doubts.append(_verdict(rule, because))
        elif not missed and (near := rule.domains.near_miss(name)):
            missed = f" ({near} covers its subdomains only: list {name.text} too)"
    return [*doubts, Verdict("ALLOW", f"No rule matches {shown(name.text)}{missed}, so it resolves as usual")]


def _settle(possible: Sequence[Verdict], *, is_last: bool) -> Verdict:
    """A doubt does no harm when what it might do is what happens anyway."""
    *doubts, certain = possible
    for doubt in doubts:
        if doubt.action != certain.action or (not is_last and _trusts(doubt) != _trusts(certain)):
            return Verdict("UNKNOWN", doubt.because, doubt.rule)
    if any((doubt.response, doubt.override) != (certain.response, certain.override) for doubt in doubts):
        return replace(certain, response=None, override=None)
    return certain


def _trusts(verdict: Verdict) -> bool:
    return verdict.rule is not None and verdict.rule.trusts_redirection


def _verdict(rule: Rule, because: str) -> Verdict:
    return Verdict(rule.action, because, rule, rule.response, rule.override)


def _told(rule: Rule, name: Name, found: str) -> str:
    does = {"ALLOW": "allows", "ALERT": "allows and logs", "BLOCK": "blocks"}[rule.action]
    by = "" if found == name.text else f" by {found}"
    answer = f", answering {rule.response}" if rule.response else ""
    target = f" to {shown(rule.override)}" if rule.override else ""
    return f"R{str(rule)[1:]} {does} {shown(name.text)}{by}{answer}{target}"
