"""Suricata-compatible rules, as far as Network Firewall says which it takes.

Sources: Suricata User Guide, "Rules Format"; AWS Network Firewall Developer Guide, "Limitations and caveats for
stateful rules" (unsupported features, pcre, priority, variables).
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

MAX_SID = 2**32 - 1
ACTIONS = frozenset({"pass", "drop", "reject", "alert"})
PROTOCOLS = frozenset(
    {
        "ip", "tcp", "udp", "icmp", "tcp-pkt", "tcp-stream", "http", "http1", "http2", "ftp", "tls", "ssl", "smb",
        "dns", "dcerpc", "ssh", "smtp", "imap", "msn", "krb5", "ntp", "dhcp", "rfb", "rdp", "snmp", "tftp", "sip",
        "mqtt", "nfs", "modbus", "dnp3", "quic", "pgsql", "telnet",
    }
)  # fmt: skip
UNSUPPORTED = frozenset(
    {
        "dataset", "datarep", "iprep", "lua", "luajit", "threshold", "detection_filter", "enip_command", "cip_service",
        "filename", "fileext", "filemagic", "filestore", "filemd5", "filesha1", "filesha256", "filesize", "file.data",
        "file.name", "file_data",
    }
)  # fmt: skip
PCRE_NEEDS = frozenset({"content", "tls.sni", "http.host", "dns.query"})
KEYWORD = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,127}", re.IGNORECASE)
VARIABLE = re.compile(r"[$@][A-Za-z][A-Za-z0-9_]{0,63}")
DIRECTIONS = ("->", "<>")
GIVEN_BY_POLICY = ("HOME_NET", "EXTERNAL_NET")
MAX_DEPTH = 8  # of lists in lists


class BadRule(ValueError):
    """A rule that Network Firewall would refuse, with the reason."""


@dataclass(frozen=True)
class Rule:
    """A rule's options in their order; a keyword without a value has None."""

    options: tuple[tuple[str, str | None], ...]

    def first(self, keyword: str) -> str | None:
        return next((value for name, value in self.options if name == keyword), None)

    @property
    def sid(self) -> str:
        return self.first("sid") or ""


@dataclass(frozen=True)
class Variables:
    """The names that rules may use: sets of addresses (also by reference), sets of ports."""

    addresses: frozenset[str] = frozenset()
    references: frozenset[str] = frozenset()
    ports: frozenset[str] = frozenset()


def read_rules(text: str, variables: Variables, strict: bool) -> list[Rule]:
    """The rules of a rules string, one a line (a backslash continues it); raises `BadRule`."""
    rules = []
    for number, line in _lines(text):
        try:
            rules.append(_read(line, variables, strict))
        except BadRule as error:
            raise BadRule(f"line {number}: {error}") from None
    check_sids(rules)
    return rules


def check_sids(rules: Iterable[Rule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.sid in seen:
            raise BadRule(f"the sid {rule.sid} is used by more than one rule")
        seen.add(rule.sid)


def check_options(options: tuple[tuple[str, str | None], ...], strict: bool) -> Rule:
    """A rule of these options; raises `BadRule`."""
    names = [name.lower() for name, _ in options]
    for name in names:
        if not KEYWORD.fullmatch(name):
            raise BadRule(f"{name[:40]!r} is no keyword")
        if name in UNSUPPORTED:
            raise BadRule(f"the keyword {name} isn't supported by Network Firewall")
    if names.count("sid") != 1:
        raise BadRule("a rule needs exactly one sid")
    if strict and "priority" in names:
        raise BadRule("the keyword priority isn't supported with strict evaluation order")
    if "pcre" in names and not PCRE_NEEDS.intersection(names):
        raise BadRule("the keyword pcre is allowed only with content, tls.sni, http.host and dns.query")
    rule = Rule(tuple(zip(names, (value for _, value in options), strict=True)))
    if not rule.sid.isdecimal() or len(rule.sid) > 10 or not 1 <= int(rule.sid) <= MAX_SID:
        raise BadRule(f"sid must be a number from 1 to {MAX_SID}")
    return rule


def check_address(text: str, variables: Variables) -> None:
    """Any, an address, a range in CIDR notation, a variable, a list of them, or what is not in them."""
    _check_expression(text, variables.addresses | set(GIVEN_BY_POLICY), variables.references, is_range)


def check_port(text: str, variables: Variables) -> None:
    """Any, a port, a range of ports, a variable, a list of them, or what is not in them."""
    _check_expression(text, variables.ports, frozenset(), _is_port)


def is_range(text: str) -> bool:
    """An IP address or a range in CIDR notation."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _lines(text: str) -> Iterator[tuple[int, str]]:
    kept = ""
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip()
        if line.endswith("\\"):
            kept += line[:-1]
            continue
        line, kept = (kept + line).strip(), ""
        if line and not line.startswith("#"):
            yield number, line
    if kept.strip():
        raise BadRule("the last line ends in a backslash")


def _read(line: str, variables: Variables, strict: bool) -> Rule:
    header, opening, rest = line.partition("(")
    if not opening or not rest.endswith(")"):
        raise BadRule("a rule is: action protocol source port -> destination port (options)")
    parts = _split_header(header)
    if len(parts) != 7:
        raise BadRule(f"the header has {len(parts)} parts; it needs action, protocol, source, port, direction, "
                      "destination, port")  # fmt: skip
    action, protocol, source, source_port, direction, destination, port = parts
    if action.lower() not in ACTIONS:
        raise BadRule(f"the action {action[:40]!r} isn't pass, drop, reject or alert")
    if protocol.lower() not in PROTOCOLS:
        raise BadRule(f"the protocol {protocol[:40]!r} isn't supported")
    if direction not in DIRECTIONS:
        raise BadRule("the direction is -> or <>")
    for address in (source, destination):
        check_address(address, variables)
    for one in (source_port, port):
        check_port(one, variables)
    return check_options(tuple(_options(rest[:-1])), strict)


def _split_header(header: str) -> list[str]:
    """The parts between spaces; a list in brackets is one part."""
    parts, depth, part = [], 0, ""
    for character in header:
        depth += (character == "[") - (character == "]")
        if character.isspace() and depth <= 0:
            if part:
                parts.append(part)
            part = ""
        elif not character.isspace():
            part += character
    return [*parts, part] if part else parts


def _options(text: str) -> Iterator[tuple[str, str | None]]:
    """Keywords and values, each ended by a semicolon that no backslash and no quotation mark protects."""
    start, position, quoted = 0, 0, False
    while position < len(text):
        character = text[position]
        if character == "\\":
            position += 1
        elif character == '"':
            quoted = not quoted
        elif character == ";" and not quoted:
            name, colon, value = text[start:position].partition(":")
            yield name.strip(), value.strip() if colon else None
            start = position + 1
        position += 1
    if quoted:
        raise BadRule("a quotation mark is open")
    if text[start:].strip():
        raise BadRule("the last option isn't ended by a semicolon")


def _check_expression(
    text: str, names: Iterable[str], references: frozenset[str], fits: Callable[[str], bool], depth: int = 0
) -> None:
    text = text.strip().removeprefix("!")
    if text.lower() == "any":
        return
    if text.startswith("[") and text.endswith("]"):
        if depth >= MAX_DEPTH:
            raise BadRule("lists are nested too deeply")
        for item in _items(text[1:-1]):
            _check_expression(item, names, references, fits, depth + 1)
    elif VARIABLE.fullmatch(text):
        if text[1:] not in (references if text[0] == "@" else names):
            raise BadRule(f"the variable {text} isn't defined in the rule group")
    elif not fits(text):
        raise BadRule(f"{text[:60]!r} isn't valid here")


def _items(text: str) -> list[str]:
    items, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += (character == "[") - (character == "]")
        if character == "," and depth == 0:
            items.append(text[start:position])
            start = position + 1
    return [*items, text[start:]]


def _is_port(text: str) -> bool:
    low, colon, high = text.partition(":")
    numbers = [low, high] if colon else [low]
    if not any(numbers) or not all(_is_number(number) for number in numbers if number):
        return False
    return not (low and high) or int(low) <= int(high)


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) <= 5 and int(text) <= 65_535


def variables_of(rule_group: Mapping[str, Mapping[str, object]]) -> Variables:
    """The names that a rule group defines for its rules."""
    variables, references = rule_group.get("RuleVariables") or {}, rule_group.get("ReferenceSets") or {}

    def names(kind: Mapping[str, object], member: str) -> frozenset[str]:
        found = kind.get(member) or {}
        return frozenset(found) if isinstance(found, dict) else frozenset()

    return Variables(names(variables, "IPSets"), names(references, "IPSetReferences"), names(variables, "PortSets"))
