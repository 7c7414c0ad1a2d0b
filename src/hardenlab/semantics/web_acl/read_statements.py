"""Statements read from the documents of the AWS WAF API, with what CreateWebACL refuses.

AWS WAF API Reference, Statement and the types below it; AWS WAF Developer Guide, "AWS WAF quotas" and "Regular
expression pattern match in AWS WAF" (what its expressions do not support).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_network
from typing import TypeVar

from hardenlab.semantics.reading import Field, listed, shown
from hardenlab.semantics.regular import NotRegular, Searcher, compile_regular
from hardenlab.semantics.unjudged import Unjudged
from hardenlab.semantics.web_acl.components import read_component
from hardenlab.semantics.web_acl.countries import COUNTRIES
from hardenlab.semantics.web_acl.statements import (
    COMPARE,
    Asn,
    Bytes,
    Expressions,
    Forwarded,
    Geo,
    Injection,
    Inspection,
    IPSet,
    Key,
    LabelMatch,
    Logic,
    Network,
    RateBased,
    Size,
    Statement,
    Test,
)
from hardenlab.semantics.web_acl.transformations import TRANSFORMATIONS

Found = TypeVar("Found")
MAX_DEPTH = 20
MAX_CAPACITY, MAX_READ = 5000, 800
UNITS = {
    "SqliMatchStatement": 20, "XssMatchStatement": 40, "RegexMatchStatement": 3,
    "RegexPatternSetReferenceStatement": 25, "AndStatement": 0, "OrStatement": 0, "NotStatement": 0,
}  # fmt: skip
MAX_TRANSFORMATIONS = 10
MAX_SEARCH = 200
MAX_REGEX = 512
MAX_PATTERNS = 10
MAX_ADDRESSES = 10_000
MAX_STATEMENTS = 100
MAX_SIZE = 21_474_836_480
LIMITS = (10, 2_000_000_000)
WINDOWS = (60, 120, 300, 600)
MAX_KEYS = 5
GROUPS = ("RuleGroupReferenceStatement", "ManagedRuleGroupStatement")
CONSTRAINTS = ("EXACTLY", "STARTS_WITH", "ENDS_WITH", "CONTAINS", "CONTAINS_WORD")
LABEL = re.compile(r"[0-9A-Za-z_:-]{1,1024}")
WORD = re.compile(rb"[A-Za-z0-9_]+")
UNSUPPORTED = re.compile(r"\(\?(?:[=!>&|R(+0-9-]|<[=!])|\(\*|\\[1-9CRKg]|[*+?}]\+")
KEYS = ("IP", "HTTPMethod", "Header", "Cookie", "QueryArgument", "QueryString", "UriPath")
OTHER_KEYS = ("ForwardedIP", "LabelNamespace", "JA3Fingerprint", "JA4Fingerprint", "ASN")


@dataclass(frozen=True, slots=True)
class Sets:
    """The IP sets and pattern sets that statements refer to by ARN."""

    addresses: dict[str, tuple[str, tuple[Network, ...]]]
    expressions: dict[str, tuple[str, tuple[tuple[str, Searcher], ...]]]


@dataclass(slots=True)
class Capacity:
    """What is left of the capacity units of a web ACL or rule group, and of the statements that are read here.

    AWS WAF Developer Guide, "Using rule statements in AWS WAF" (the units of each). Some cost more than is counted, so
    that nothing is refused that AWS WAF takes.
    """

    units: int = MAX_CAPACITY
    statements: int = MAX_READ

    def spend(self, field: Field, units: int) -> None:
        self.units -= units
        if self.units < 0:
            field.refuse(f"needs more than the {MAX_CAPACITY} capacity units that there are; take statements out")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the statements of one rule."""

    sets: Sets
    context: str
    rule: str
    capacity: Capacity

    def statement(self, field: Field, *, depth: int = 0) -> Statement:
        """Any statement but those that reference a rule group, which stand alone in a rule."""
        kind = kind_of_statement(field)
        inner = field[kind]
        self.capacity.statements -= 1
        if self.capacity.statements < 0:
            raise Unjudged(f"a web ACL or rule group of more than {MAX_READ} statements cannot be judged here")
        self.capacity.spend(field, _units(kind, inner))
        if depth > MAX_DEPTH:
            field.refuse("is nested too deeply; make it flatter")
        if kind in GROUPS:
            field.refuse(f"has a {kind}, which must stand alone in a rule; take it out of the other statement")
        if kind == "RateBasedStatement":
            if depth:
                field.refuse(
                    "has a RateBasedStatement, which must stand alone in a rule; put the others in its scope-down"
                )
            return self._rate(inner)
        if kind == "NotStatement":
            inner.object({"Statement"})
            return Logic(kind, (self.statement(inner["Statement"], depth=depth + 1),))
        if kind in ("AndStatement", "OrStatement"):
            inner.object({"Statements"})
            members = inner["Statements"].items(2, MAX_STATEMENTS)
            return Logic(kind, tuple(self.statement(member, depth=depth + 1) for member in members))
        return self._leaf(kind, inner)

    def _leaf(self, kind: str, field: Field) -> Statement:
        match kind:
            case "IPSetReferenceStatement":
                return self._ip_set(field)
            case "GeoMatchStatement":
                return Geo(_countries(field), _forwarded(field.get("ForwardedIPConfig")))
            case "AsnMatchStatement":
                if field.get("ForwardedIPConfig"):
                    raise Unjudged("an AsnMatchStatement with ForwardedIPConfig cannot be judged here")
                return Asn(frozenset(item.integer(0, 2**32 - 1) for item in field.each("AsnList", 1, 100)))
            case "LabelMatchStatement":
                return self._label(field)
        test = self._test(kind, field)
        if field.get("PreParseTextTransformations"):
            raise Unjudged("PreParseTextTransformations cannot be judged here")
        names = transformations(field)
        self.capacity.spend(field, 10 * sum(name != "NONE" for name in names))
        return Inspection(read_component(field["FieldToMatch"]), names, test)

    def _test(self, kind: str, field: Field) -> Test:
        match kind:
            case "ByteMatchStatement":
                return _bytes(field)
            case "SizeConstraintStatement":
                return Size(field["ComparisonOperator"].choice(*COMPARE), field["Size"].integer(0, MAX_SIZE))
            case "RegexMatchStatement":
                written = field["RegexString"].text(1, MAX_REGEX)
                return Expressions(((written, regular(field["RegexString"])),), shown(written))
            case "RegexPatternSetReferenceStatement":
                name, searchers = _named(field, self.sets.expressions, "RegexPatternSets")
                return Expressions(searchers, f"pattern set {shown(name)}")
            case "SqliMatchStatement":
                return Injection("SQL injection")
        return Injection("cross-site scripting")

    def _ip_set(self, field: Field) -> IPSet:
        name, networks = _named(field, self.sets.addresses, "IPSets")
        config = field.get("IPSetForwardedIPConfig")
        position = config["Position"].choice("FIRST", "LAST", "ANY") if config else ""
        return IPSet(name, networks, _forwarded(config, position))

    def _label(self, field: Field) -> LabelMatch:
        field.object({"Scope", "Key"})
        is_namespace = field["Scope"].choice("LABEL", "NAMESPACE") == "NAMESPACE"
        key = field["Key"].text(1, 1024)
        if not LABEL.fullmatch(key) or not key.strip(":"):
            field["Key"].refuse("takes letters, digits, _, - and : between its parts")
        if not is_namespace and key.endswith(":"):
            field["Key"].refuse(
                "must end with a label's name in the scope LABEL; a namespace needs the scope NAMESPACE"
            )
        return LabelMatch(key, is_namespace, self.context)

    def _rate(self, field: Field) -> RateBased:
        field.object(
            {
                "Limit",
                "EvaluationWindowSec",
                "AggregateKeyType",
                "ScopeDownStatement",
                "ForwardedIPConfig",
                "CustomKeys",
            }
        )
        limit, window = field["Limit"].integer(*LIMITS), field.get("EvaluationWindowSec")
        seconds = window.integer(WINDOWS[0], WINDOWS[-1]) if window else 300
        if window and seconds not in WINDOWS:
            window.refuse(f"must be {listed([str(one) for one in WINDOWS], 'or')} seconds, not {seconds}")
        kind = field["AggregateKeyType"].choice("IP", "FORWARDED_IP", "CUSTOM_KEYS", "CONSTANT")
        scope = field.get("ScopeDownStatement")
        if kind == "CONSTANT" and scope is None:
            field.refuse("aggregates by CONSTANT and needs a ScopeDownStatement")
        if (kind == "FORWARDED_IP") != (field.get("ForwardedIPConfig") is not None) and kind != "CUSTOM_KEYS":
            field.refuse("needs ForwardedIPConfig with the aggregation FORWARDED_IP, and only with it")
        keys = {"IP": (Key("IP"),), "CUSTOM_KEYS": ()}.get(kind, ())
        if kind == "CUSTOM_KEYS":
            keys = tuple(_key(item) for item in field.each("CustomKeys", 1, MAX_KEYS))
        return RateBased(
            f"{self.context}{self.rule}",
            limit,
            seconds,
            keys,
            _forwarded(field.get("ForwardedIPConfig")) if kind == "FORWARDED_IP" else None,
            self.statement(scope, depth=1) if scope else None,
        )


def kind_of_statement(field: Field) -> str:
    """The one member of a Statement."""
    names = [name for name, inner in field.object(KINDS).items() if inner is not None]
    if len(names) != 1:
        field.refuse(f"needs exactly one statement, such as ByteMatchStatement, and has {len(names)}")
    return names[0]


KINDS = frozenset((
    "ByteMatchStatement", "SqliMatchStatement", "XssMatchStatement", "SizeConstraintStatement", "GeoMatchStatement",
    "IPSetReferenceStatement", "RegexPatternSetReferenceStatement", "RateBasedStatement", "AndStatement",
    "OrStatement", "NotStatement", "LabelMatchStatement", "RegexMatchStatement", "AsnMatchStatement", *GROUPS,
))  # fmt: skip


def _units(kind: str, field: Field) -> int:
    """What a statement costs at least, without transformations and those within it."""
    if kind == "ByteMatchStatement":
        return 10 if field["PositionalConstraint"].value in ("CONTAINS", "CONTAINS_WORD") else 2
    return UNITS.get(kind, 1)


def transformations(field: Field) -> tuple[str, ...]:
    """The names in the order of their priorities."""
    found: dict[int, str] = {}
    for item in field["TextTransformations"].items(1, MAX_TRANSFORMATIONS):
        item.object({"Priority", "Type"})
        priority = item["Priority"].integer(0, 2**31 - 1)
        if priority in found:
            item["Priority"].refuse(f"{priority} is used twice; give each transformation its own")
        found[priority] = item["Type"].choice(*TRANSFORMATIONS)
    return tuple(name for _, name in sorted(found.items()))


def regular(field: Field) -> Searcher:
    """A regular expression; raises `Malformed` for what AWS WAF does not support."""
    written = field.text(1, MAX_REGEX)
    unsupported = UNSUPPORTED.search(re.sub(r"\\\\", "", written))
    if unsupported:
        field.refuse(f"uses {unsupported[0]}, which AWS WAF does not support; write it without")
    try:
        return compile_regular(written)
    except NotRegular as error:
        if "escape" in str(error) or "repetition size" in str(error) or "too large" in str(error):
            raise Unjudged(f"the regular expression {shown(written)} cannot be judged here: {error}") from None
        field.refuse(f"is not a regular expression ({error}); mend it")


def networks(field: Field) -> tuple[Network, ...]:
    """The addresses of an IP set: CIDR blocks of its version, /0 excepted."""
    version = field["IPAddressVersion"].choice("IPV4", "IPV6")
    found: list[Network] = []
    for item in field.each("Addresses", 0, MAX_ADDRESSES):
        text = item.text(1, 50)
        try:
            network = ip_network(text, strict=False)
        except ValueError:
            item.refuse(f"{shown(text)} is not a CIDR block; write one such as 192.0.2.44/32")
        if "/" not in text or network.prefixlen == 0:
            item.refuse(f"{shown(text)} must be a CIDR block from /1 to /{network.max_prefixlen}")
        if f"IPV{network.version}" != version:
            item.refuse(f"{shown(text)} is not of the set's version {version}")
        found.append(network)
    return tuple(found)


def _bytes(field: Field) -> Bytes:
    value = field["SearchString"].value
    wanted = value.encode() if isinstance(value, str) else value
    if not isinstance(wanted, bytes) or not 1 <= len(wanted) <= MAX_SEARCH:
        field["SearchString"].refuse(f"must be 1 to {MAX_SEARCH} bytes")
    constraint = field["PositionalConstraint"].choice(*CONSTRAINTS)
    if constraint == "CONTAINS_WORD" and not WORD.fullmatch(wanted):
        field["SearchString"].refuse("must be letters, digits and _ alone with CONTAINS_WORD")
    return Bytes(wanted, constraint)


def _countries(field: Field) -> frozenset[str]:
    found = set()
    for item in field.each("CountryCodes", 1, 300):
        code = item.text(2, 2)
        if code not in COUNTRIES:
            item.refuse(f"{shown(code)} is not a country code; write an alpha-2 code of ISO 3166 in capitals")
        found.add(code)
    return frozenset(found)


def _forwarded(field: Field | None, position: str = "ONLY") -> Forwarded | None:
    if field is None:
        return None
    header = field["HeaderName"].text(1, 255)
    return Forwarded(header, field["FallbackBehavior"].choice("MATCH", "NO_MATCH") == "MATCH", position)


def _named(field: Field, known: dict[str, Found], where: str) -> Found:
    arn = arn_of(field)
    if arn not in known:
        field["ARN"].refuse(f"names {shown(arn)}, which is not in {where}")
    return known[arn]


def arn_of(field: Field) -> str:
    """The ARN of a set or group, or the one that a statement names."""
    return field["ARN"].text(20, 2048)


def _key(field: Field) -> Key:
    names = [name for name in field.object((*KEYS, *OTHER_KEYS)) if field.object()[name] is not None]
    if len(names) != 1:
        field.refuse(f"needs exactly one key, such as IP or Header, and has {len(names)}")
    kind, inner = names[0], field[names[0]]
    name = inner["Name"].text(1, 64) if kind in ("Header", "Cookie", "QueryArgument") else ""
    return Key(kind, name, () if kind in ("IP", "HTTPMethod", *OTHER_KEYS) else transformations(inner))
