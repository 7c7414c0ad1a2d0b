"""The firewall of one VPC, read from the documents that the Route 53 Resolver API answers.

Rules: Route 53 Resolver API Reference, CreateFirewallRule and UpdateFirewallDomains; Route 53 Developer Guide,
"Rule settings in DNS Firewall" and "DNS Firewall VPC configuration".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from hardenlab.semantics.dns_firewall.names import DomainList, read_specification
from hardenlab.semantics.reading import Document, Field, Malformed, shown

RuleAction = Literal["ALLOW", "ALERT", "BLOCK"]
BlockResponse = Literal["NODATA", "NXDOMAIN", "OVERRIDE"]

MAX_DOMAINS = 5_000
MAX_RULES = 100
MAX_PRIORITY = 2**31 - 1
ASSOCIATION_PRIORITIES = (100, 9900)
MAX_ASSOCIATIONS = 100
MAX_NAMED = 50
MAX_TTL = 604_800
NAME = re.compile(r"(?![0-9]+\Z)[a-zA-Z0-9\-_' ]{1,64}")
QUERY_TYPES = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28,
    "SRV": 33, "NAPTR": 35, "DS": 43, "SPF": 99, "CAA": 257,
}  # fmt: skip
TYPE_NUMBER = re.compile(r"TYPE([1-9][0-9]{0,4})")
LAST_TYPE = 65_534

FIREWALL_FIELDS = (
    "FirewallDomainLists",
    "FirewallRuleGroups",
    "FirewallRuleGroupAssociations",
    "FirewallConfig",
)
OVERRIDE_FIELDS = ("BlockOverrideDomain", "BlockOverrideDnsType", "BlockOverrideTtl")
ASSOCIATION_SETTINGS = ("MutationProtection", "ManagedOwnerName")
ADVANCED_FIELDS = ("DnsThreatProtection", "FirewallRuleType")
BOOKKEEPING = ("CreatorRequestId", "CreationTime", "ModificationTime", "Status", "StatusMessage", "Arn", "OwnerId")
RULE_FIELDS = frozenset(
    {
        *BOOKKEEPING, *OVERRIDE_FIELDS, *ADVANCED_FIELDS, "Name", "Priority", "Action", "BlockResponse", "Qtype",
        "FirewallDomainListId", "FirewallDomainRedirectionAction", "FirewallRuleGroupId",
        "FirewallThreatProtectionId", "ConfidenceThreshold",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule and its place; a rule without `domains` is an Advanced one, which AWS judges by its own models."""

    name: str
    group: str
    priority: int
    action: RuleAction
    domains: DomainList | None
    query_type: int | None
    trusts_redirection: bool
    response: BlockResponse | None
    override: str | None

    def __str__(self) -> str:
        return f'rule "{self.name}" of rule group "{self.group}"'


@dataclass(frozen=True, slots=True)
class Firewall:
    """The rules that apply to a VPC, in the order of evaluation; make one with `Firewall.read`."""

    rules: tuple[Rule, ...]
    is_associated: bool
    fails_open: bool | None
    """Whether queries pass when DNS Firewall gives no answer; None when another setting decides."""

    @staticmethod
    def read(document: Document, *, vpc: str | None = None) -> Firewall:
        """Read a mapping or JSON text of the lists that the Resolver API answers for one VPC.

        `FirewallDomainLists` are objects with Id, Name and `Domains`; `FirewallRuleGroups` have Id, Name and
        `FirewallRules`; `FirewallRuleGroupAssociations` say by FirewallRuleGroupId and Priority which groups
        apply; `FirewallConfig` holds FirewallFailOpen. With `vpc` only its associations count. Raises `Malformed`
        for what AWS would refuse.
        """
        root = Field.of(document, "the firewall")
        root.object(FIREWALL_FIELDS)
        lists = _domain_lists(root)
        groups = _by_id(root, "FirewallRuleGroups")
        rules = {id: _rules(group, lists) for id, group in groups.items()}
        associations = sorted(_associations(root, groups, vpc))
        return Firewall(
            tuple(rule for _, id in associations for rule in rules[id]), bool(associations), _fails_open(root)
        )


def read_query_type(field: Field) -> int:
    """The number of a query type: A, AAAA, … or TYPE28."""
    text = field.text()
    if text in QUERY_TYPES:
        return QUERY_TYPES[text]
    number = TYPE_NUMBER.fullmatch(text)
    if number is None or not 1 <= int(number[1]) <= LAST_TYPE:
        field.refuse(f"{shown(text)} is not a query type; write one such as A, AAAA, TXT or TYPE28")
    return int(number[1])


def _domain_lists(root: Field) -> dict[str, DomainList]:
    lists, left = {}, MAX_DOMAINS
    for id, item in _by_id(root, "FirewallDomainLists").items():
        item.object({*BOOKKEEPING, "Id", "Name", "Domains", "DomainCount", "ManagedOwnerName"})
        domains = [read_specification(field) for field in item.each("Domains", most=left)]
        left -= len(domains)
        lists[id] = DomainList.of(id, _name(item), domains, managed=item.get("ManagedOwnerName") is not None)
    return lists


def _by_id(root: Field, key: str) -> dict[str, Field]:
    found: dict[str, Field] = {}
    for item in root.each(key, most=MAX_NAMED):
        id = item["Id"].text(1, 64)
        if id in found:
            item["Id"].refuse(f"{shown(id)} is used twice; give each its own")
        found[id] = item
    return found


def _name(item: Field) -> str:
    field = item["Name"]
    text = field.text(1, 64)
    if not NAME.fullmatch(text):
        field.refuse("takes letters, digits, spaces, hyphens, underscores and apostrophes, and not digits alone")
    return text


def _associations(root: Field, groups: dict[str, Field], vpc: str | None) -> Iterator[tuple[int, str]]:
    taken: dict[str, set[int]] = {}
    for item in root.each("FirewallRuleGroupAssociations", most=MAX_ASSOCIATIONS):
        item.object({*BOOKKEEPING, "Id", "Name", "Priority", "VpcId", "FirewallRuleGroupId", *ASSOCIATION_SETTINGS})
        id = item["FirewallRuleGroupId"]
        if id.text() not in groups:
            id.refuse(f"names the rule group {shown(id.value)}, which is not in FirewallRuleGroups")
        found = item["VpcId"].text(1, 64) if item.get("VpcId") else ""
        if vpc is None and taken and found not in taken:
            item["VpcId"].refuse("is another VPC than before; ask about one VPC at a time")
        priority = _priority(item, taken.setdefault(found, set()), ASSOCIATION_PRIORITIES)
        if vpc in (None, found):
            yield priority, id.text()


def _priority(item: Field, taken: set[int], bounds: tuple[int, int] = (0, MAX_PRIORITY)) -> int:
    field = item["Priority"]
    priority = field.integer(*bounds)
    if priority in taken:
        field.refuse(f"{priority} is used twice; give each its own")
    taken.add(priority)
    return priority


def _rules(group: Field, lists: dict[str, DomainList]) -> list[Rule]:
    group.object({*BOOKKEEPING, "Id", "Name", "FirewallRules", "RuleCount", "ShareStatus"})
    name, taken = _name(group), set[int]()
    rules = [_rule(item, name, _priority(item, taken), lists) for item in group.each("FirewallRules", most=MAX_RULES)]
    return sorted(rules, key=lambda rule: rule.priority)


def _rule(item: Field, group: str, priority: int, lists: dict[str, DomainList]) -> Rule:
    item.object(RULE_FIELDS)
    action = item["Action"].choice(*get_args(RuleAction))
    domains = _domains(item, lists)
    if domains is None and action == "ALLOW":
        item["Action"].refuse("must be ALERT or BLOCK in a DNS Firewall Advanced rule")
    redirection, query_type = item.get("FirewallDomainRedirectionAction"), item.get("Qtype")
    trusts = redirection and redirection.choice("INSPECT_REDIRECTION_DOMAIN", "TRUST_REDIRECTION_DOMAIN")
    response = _response(item, action)
    return Rule(
        _name(item),
        group,
        priority,
        action,  # type: ignore[arg-type]
        domains,
        read_query_type(query_type) if query_type else None,
        trusts == "TRUST_REDIRECTION_DOMAIN",
        response,
        _override(item, response),
    )


def _domains(item: Field, lists: dict[str, DomainList]) -> DomainList | None:
    field, advanced = item.get("FirewallDomainListId"), [key for key in ADVANCED_FIELDS if item.get(key)]
    if (field is None) == (not advanced):
        raise Malformed(item.path, "needs either FirewallDomainListId or DnsThreatProtection, one of the two")
    if field is None:
        return None
    if field.text() not in lists:
        field.refuse(f"names the domain list {shown(field.value)}, which is not in FirewallDomainLists")
    return lists[field.text()]


def _response(item: Field, action: str) -> BlockResponse | None:
    field = item.get("BlockResponse")
    if action != "BLOCK":
        if field is not None:
            field.refuse(f"belongs to BLOCK; take it out of this {action} rule")
        return None
    return item["BlockResponse"].choice(*get_args(BlockResponse))  # type: ignore[return-value]


def _override(item: Field, response: BlockResponse | None) -> str | None:
    if response != "OVERRIDE":
        stray = next((found for key in OVERRIDE_FIELDS if (found := item.get(key))), None)
        if stray:
            stray.refuse("belongs to the block response OVERRIDE; take it out or set BlockResponse to OVERRIDE")
        return None
    item["BlockOverrideDnsType"].choice("CNAME")
    item["BlockOverrideTtl"].integer(0, MAX_TTL)
    return item["BlockOverrideDomain"].text(1, 255)


def _fails_open(root: Field) -> bool | None:
    config = root.get("FirewallConfig")
    field = config.get("FirewallFailOpen") if config else None
    if field is None:
        return False
    setting = field.choice("ENABLED", "DISABLED", "USE_LOCAL_RESOURCE_SETTING")
    return {"ENABLED": True, "DISABLED": False}.get(setting)
