"""Read firewalls from DescribeFirewall, DescribeFirewallPolicy and DescribeRuleGroup, whole answers each.

Source: AWS Network Firewall API Reference (Firewall, FirewallPolicy, RuleGroup); Developer Guide, "Rule group settings"
(variables HOME_NET and EXTERNAL_NET).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hardenlab.semantics.network.addresses import FAMILIES, Family, parse_cidr
from hardenlab.semantics.network.firewall import (
    DomainList,
    Firewall,
    Match,
    StatefulAction,
    StatefulRule,
    StatelessAction,
    StatelessRule,
)
from hardenlab.semantics.network.protocols import ALL_PORTS
from hardenlab.semantics.network.security_group import EVERY_ADDRESS
from hardenlab.semantics.network.spans import NOTHING, Spans

Document = Mapping[str, Any]
Blocks = dict[Family, Spans]
PROTOCOLS: Mapping[str, frozenset[int] | None] = {
    "IP": None,
    "TCP": frozenset((6,)),
    "UDP": frozenset((17,)),
    "ICMP": frozenset((1, 58)),
}
# what over which transport runs, for rules that ask for more than a header
APPLICATIONS: Mapping[str, frozenset[int]] = {
    "DNS": frozenset((6, 17)),
    "NTP": frozenset((17,)),
    "TFTP": frozenset((17,)),
    "DHCP": frozenset((17,)),
    "IKEV2": frozenset((17,)),
    "QUIC": frozenset((17,)),
    "KRB5": frozenset((6, 17)),
}
# keywords of a rule that say nothing about which packets match
SILENT = frozenset(("sid", "msg", "rev", "gid", "classtype", "priority", "reference", "metadata"))
STATELESS: Mapping[str, StatelessAction] = {
    "aws:pass": "pass",
    "aws:drop": "drop",
    "aws:forward_to_sfe": "forward",
}
STATEFUL: Mapping[str, StatefulAction] = {"PASS": "pass", "DROP": "drop", "REJECT": "drop"}
TARGETS = {"TLS_SNI": "tls", "HTTP_HOST": "http"}


class NotRead(Exception):
    """Something in a rule group that is not understood here."""


@dataclass(frozen=True)
class Placed:
    """A firewall and the endpoints through which traffic reaches it: subnets by the ids of the endpoints in them."""

    firewall: Firewall
    endpoints: Mapping[str, str]


def read_firewalls(
    firewalls: Iterable[Document],
    policies: Iterable[Document],
    groups: Iterable[Document],
    vpc_blocks: Mapping[str, Blocks],
) -> list[Placed]:
    """The firewalls with what their policies say; `vpc_blocks` gives HOME_NET its default."""
    by_policy = {item["FirewallPolicyResponse"]["FirewallPolicyArn"]: item["FirewallPolicy"] for item in policies}
    by_group = {item["RuleGroupResponse"]["RuleGroupArn"]: item for item in groups}
    found = []
    for item in firewalls:
        described = item["Firewall"]
        states = item.get("FirewallStatus", {}).get("SyncStates", {}).values()
        attachments = [state["Attachment"] for state in states if state.get("Attachment", {}).get("EndpointId")]
        endpoints = {one["EndpointId"]: one["SubnetId"] for one in attachments if one.get("Status", "READY") == "READY"}
        home = vpc_blocks.get(described.get("VpcId", ""), {})
        policy = by_policy.get(described.get("FirewallPolicyArn", ""))
        found.append(Placed(_firewall(described["FirewallName"], policy, by_group, home), endpoints))
    return found


def _firewall(name: str, policy: Document | None, groups: Mapping[str, Document], home: Blocks) -> Firewall:
    id = f"firewall {name}"
    if policy is None:
        return Firewall(id, (), "forward", (), False, frozenset(), "its policy is not described")
    variables = {**policy.get("PolicyVariables", {}).get("RuleVariables", {})}
    stateless: list[StatelessRule] = []
    unread = ""
    for reference in sorted(policy.get("StatelessRuleGroupReferences", ()), key=lambda one: one["Priority"]):
        group = groups.get(reference["ResourceArn"])
        if group is None:
            everything = Match(unclear="a stateless rule group is not described")
            stateless.append(StatelessRule(everything, "drop", "a rule group that is not described"))
        else:
            stateless += _stateless_rules(group)
    stateful: list[StatefulRule | DomainList] = []
    references = policy.get("StatefulRuleGroupReferences", ())
    for reference in sorted(references, key=lambda one: one.get("Priority", 0)):
        group = groups.get(reference["ResourceArn"])
        if group is None:
            unread = f"the rule group {reference['ResourceArn'].rpartition('/')[2][:80]} is not described"
            continue
        try:
            stateful += _stateful_rules(group, _Words(variables, group, home), reference)
        except NotRead as reason:
            unread = str(reason)
    return Firewall(
        id,
        tuple(stateless),
        _stateless_action(policy.get("StatelessDefaultActions", ())),
        tuple(stateful),
        policy.get("StatefulEngineOptions", {}).get("RuleOrder") == "STRICT_ORDER",
        frozenset(policy.get("StatefulDefaultActions", ())),
        unread,
    )


def _stateless_action(actions: Iterable[str]) -> StatelessAction:
    return next((STATELESS[action] for action in actions if action in STATELESS), "drop")


def _stateless_rules(group: Document) -> Iterator[StatelessRule]:
    name = group["RuleGroupResponse"]["RuleGroupName"]
    rules = group["RuleGroup"]["RulesSource"].get("StatelessRulesAndCustomActions", {}).get("StatelessRules", ())
    for rule in sorted(rules, key=lambda one: one["Priority"]):
        attributes = rule["RuleDefinition"]["MatchAttributes"]
        action = _stateless_action(rule["RuleDefinition"]["Actions"])
        match = Match(
            _blocks(attributes.get("Sources", ())),
            _blocks(attributes.get("Destinations", ())),
            _port_ranges(attributes.get("SourcePorts", ())),
            _port_ranges(attributes.get("DestinationPorts", ())),
            frozenset(attributes["Protocols"]) if attributes.get("Protocols") else None,
            unclear="a stateless rule looks at TCP flags" if attributes.get("TCPFlags") else "",
        )
        yield StatelessRule(match, action, f"stateless rule {rule['Priority']} of {name[:80]} says {action}")


def _blocks(items: Iterable[Document]) -> Blocks | None:
    texts = [item["AddressDefinition"] for item in items]
    return _united(texts) if texts else None


def _united(texts: Iterable[str]) -> Blocks:
    found: Blocks = dict.fromkeys(FAMILIES, NOTHING)
    for text in texts:
        family, spans = parse_cidr(text)
        found[family] = found[family] | spans
    return found


def _port_ranges(items: Iterable[Document]) -> Spans | None:
    ranges = [(int(item["FromPort"]), int(item["ToPort"])) for item in items]
    return Spans(ranges) if ranges else None


def _stateful_rules(group: Document, words: _Words, reference: Document) -> Iterator[StatefulRule | DomainList]:
    name = group["RuleGroupResponse"]["RuleGroupName"][:80]
    source = (group.get("RuleGroup") or {}).get("RulesSource", {})
    if reference.get("Override", {}).get("Action") == "DROP_TO_ALERT":
        return
    if source.get("RulesString"):
        raise NotRead(f"the rule group {name} is written in Suricata's language, which is not read")
    if source.get("RulesSourceList"):
        yield from _domain_lists(source["RulesSourceList"], name, words)
    elif "StatefulRules" in source:
        for number, rule in enumerate(source["StatefulRules"], start=1):
            if rule["Action"] in STATEFUL:
                yield _five_tuple(rule, f"rule {number} of {name}", words)
    else:
        raise NotRead(f"the rule group {name} has rules of a kind that is not read")


def _domain_lists(source: Document, name: str, words: _Words) -> Iterator[DomainList]:
    kind = source.get("GeneratedRulesType")
    if kind == "ALERTLIST":
        return
    applications = frozenset(TARGETS[target] for target in source.get("TargetTypes", ()) if target in TARGETS)
    names = tuple(str(target).lower() for target in source.get("Targets", ()))
    match = Match(words.addresses("$HOME_NET"), words.addresses("$EXTERNAL_NET"), protocols=frozenset((6,)))
    yield DomainList(names, applications, kind == "ALLOWLIST", match, f"the domain list {name}")


def _five_tuple(rule: Document, where: str, words: _Words) -> StatefulRule:
    header = rule["Header"]
    protocol = header["Protocol"].upper()
    keywords = [str(option["Keyword"]) for option in rule.get("RuleOptions", ())]
    others = [word for word in keywords if word.partition(":")[0].strip() not in SILENT]  # "sid:1" is written too
    unclear = f"{where} asks for more than a header ({', '.join(others)[:60]})" if others else ""
    if protocol not in PROTOCOLS:
        unclear = f"{where} looks for {protocol}, and the question does not say what is spoken"
    action = STATEFUL[rule["Action"]]
    match = Match(
        words.addresses(header["Source"]),
        words.addresses(header["Destination"]),
        words.ports(header["SourcePort"]),
        words.ports(header["DestinationPort"]),
        PROTOCOLS[protocol] if protocol in PROTOCOLS else APPLICATIONS.get(protocol, frozenset((6,))),
        header.get("Direction", "FORWARD") == "ANY",
        unclear,
    )
    shown = f"{where} says {action} {protocol.lower()} to {header['Destination'][:60]} {header['DestinationPort'][:20]}"
    return StatefulRule(match, action, shown)


class _Words:
    """Addresses and ports as rules write them: any, blocks, lists in brackets, `!`, and the group's variables."""

    def __init__(self, policy: Document, group: Document, home: Blocks) -> None:
        own = (group.get("RuleGroup") or {}).get("RuleVariables", {})
        self._sets: dict[str, Document] = {**policy, **own.get("IPSets", {})}
        self._ports: dict[str, Document] = dict(own.get("PortSets", {}))
        self._home = home

    def addresses(self, text: str, depth: int = 0) -> Blocks | None:
        """The blocks by family; None for any address."""
        word = text.strip()
        if word.lower() == "any":
            return None
        if word.startswith("$"):
            return self._variable(word[1:], depth)
        inside = _taken_apart(word)
        found: Blocks = dict.fromkeys(FAMILIES, NOTHING)
        without: Blocks = dict.fromkeys(FAMILIES, NOTHING)
        only_negated = all(part.startswith("!") for part in inside)
        for part in inside:
            negated = part.startswith("!")
            blocks = self._part(part.removeprefix("!"), word, depth)
            for family in FAMILIES:
                target = without if negated else found
                target[family] = target[family] | blocks[family]
        base = EVERY_ADDRESS if only_negated else found
        return {family: base[family] - without[family] for family in FAMILIES}

    def _part(self, text: str, whole: str, depth: int) -> Blocks:
        if depth > 4:
            raise NotRead("lists and variables of a rule group are nested too deeply")
        if text.startswith(("$", "[", "!")) or text.lower() == "any":
            found = self.addresses(text, depth + 1)
            return dict(EVERY_ADDRESS) if found is None else found
        try:
            return _united([text])
        except ValueError:
            raise NotRead(f"{whole[:60]!r} in a rule is no address") from None

    def _variable(self, name: str, depth: int) -> Blocks | None:
        if name in self._sets:
            definition = self._sets[name].get("Definition", ())
            return self.addresses(f"[{','.join(definition)}]", depth + 1) if definition else None
        if name == "HOME_NET":
            return {family: self._home.get(family, NOTHING) for family in FAMILIES}
        if name == "EXTERNAL_NET":
            home = self._variable("HOME_NET", depth + 1) or dict(EVERY_ADDRESS)
            return {family: EVERY_ADDRESS[family] - home[family] for family in FAMILIES}
        raise NotRead(f"a rule names the variable ${name[:40]}, which is not defined")

    def ports(self, text: str) -> Spans | None:
        """The ports; None for any."""
        word = text.strip()
        if word.lower() == "any":
            return None
        if word.startswith("$"):
            definition: Sequence[str] = self._ports.get(word[1:], {}).get("Definition", ())
            if not definition:
                raise NotRead(f"a rule names the ports {word[:40]}, which are not defined")
            word = f"[{','.join(definition)}]"
        inside = _taken_apart(word)
        found = Spans([_port_range(part) for part in inside if not part.startswith("!")])
        without = Spans([_port_range(part[1:]) for part in inside if part.startswith("!")])
        return (found or Spans([ALL_PORTS])) - without


def _taken_apart(word: str) -> list[str]:
    """`[a,!b]` as its parts; brackets inside brackets stay whole."""
    if not (word.startswith("[") and word.endswith("]")):
        return [word]
    parts, depth, start = [], 0, 1
    for at, character in enumerate(word[1:-1], start=1):
        depth += (character == "[") - (character == "]")
        if character == "," and depth == 0:
            parts.append(word[start:at].strip())
            start = at + 1
    parts.append(word[start:-1].strip())
    return [part for part in parts if part]


def _port_range(text: str) -> tuple[int, int]:
    low, colon, high = text.strip().partition(":")
    try:
        return int(low or 0), (int(high or ALL_PORTS[1]) if colon else int(low))
    except ValueError:
        raise NotRead(f"{text[:40]!r} in a rule is no port") from None
