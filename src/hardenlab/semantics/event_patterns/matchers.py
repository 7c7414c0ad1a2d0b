"""What a field may be: the values and match expressions in the array of a pattern's field.

EventBridge User Guide, "Content filtering in event patterns"; where it is silent, aws/event-ruler's README, the matcher
that AWS publishes. Where the two differ (300 and 300.0) the answer is None.
"""

import json
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import ip_address, ip_network
from typing import Any

from hardenlab.semantics.event_patterns.text import MAX_PATTERN, number_of
from hardenlab.semantics.event_patterns.wildcard import read_wildcard
from hardenlab.semantics.reading import Field, kind_of, listed, shown
from hardenlab.semantics.unjudged import Unjudged
from hardenlab.semantics.wildcards import fits

LARGEST = Decimal("5e9")
DECIMALS = 6
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
Test = Callable[[object], bool | None]


@dataclass(frozen=True, slots=True)
class Matcher:
    """One value or match expression: how it reads, and its test of one value of the event."""

    written: str
    test: Test
    takes_absence: bool = False


def read_matcher(field: Field) -> Matcher:
    """An element of a field's array."""
    value = field.value
    if isinstance(value, Mapping):
        return _expression(field)
    if value is None or isinstance(value, bool):
        return Matcher(told(value), lambda found: found is value)
    if isinstance(value, str):
        return Matcher(told(value), lambda found: _same_text(found, value))
    number = number_of(value)
    if number is None:
        field.refuse(f"must be a string, a number, true, false, null or a match expression, not {kind_of(value)}")
    return Matcher(told(value), lambda found: _same_number(found, number))


def _expression(field: Field) -> Matcher:
    names = list(field.object())
    if len(names) != 1:
        field.refuse(f"is a match expression with {len(names)} keys; only one is allowed")
    name = names[0]
    if name == "exactly":
        raise Unjudged("AWS does not document the match expression exactly: write the value alone")
    if name not in EXPRESSIONS:
        field.refuse(f"has the unrecognized match type {shown(name)}; it takes {listed(list(EXPRESSIONS))}")
    inner = Field(field.object()[name], f"{field.path}.{name}")
    return EXPRESSIONS[name](inner)


def _prefix(field: Field) -> Matcher:
    inner = _ignoring_case(field)
    if inner is not None:
        small = inner.lower()
        return _of_text(f"prefix ignoring case {shown(inner)}", lambda found: found.lower().startswith(small))
    text = field.text(0, MAX_PATTERN)
    return _of_text(f"prefix {shown(text)}", lambda found: found.startswith(text))


def _suffix(field: Field) -> Matcher:
    inner = _ignoring_case(field)
    if inner is not None:
        small = inner.lower()
        return _of_text(f"suffix ignoring case {shown(inner)}", lambda found: found.lower().endswith(small))
    text = field.text(0, MAX_PATTERN)
    return _of_text(f"suffix {shown(text)}", lambda found: found.endswith(text))


def _ignoring_case(field: Field) -> str | None:
    """The text of {"equals-ignore-case": …} inside a prefix or suffix."""
    if not isinstance(field.value, Mapping):
        return None
    if list(field.object()) != ["equals-ignore-case"]:
        field.refuse("takes a string or one equals-ignore-case")
    return Field(field.object()["equals-ignore-case"], f"{field.path}.equals-ignore-case").text(0, MAX_PATTERN)


def _equals_ignore_case(field: Field) -> Matcher:
    text = field.text(0, MAX_PATTERN)
    return _of_text(f"{shown(text)} in any case", lambda found: _same_without_case(found, text))


def _wildcard(field: Field) -> Matcher:
    pieces = read_wildcard(field)
    return _of_text(f"wildcard {shown(field.value)}", lambda found: fits(pieces, found))


def _cidr(field: Field) -> Matcher:
    text = field.text(0, MAX_PATTERN)
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        field.refuse(f"{shown(text)} is not a CIDR block; write one such as 10.0.0.0/24")
    if "/" not in text:
        field.refuse(f"{shown(text)} has no length; write {network}")
    if ip_address(text.partition("/")[0]) != network.network_address:
        raise Unjudged(f"AWS does not document the host bits of {text} in cidr: write {network}")

    def test(found: str) -> bool:
        try:
            address = ip_address(found)
        except ValueError:
            return False
        return address in network

    return _of_text(f"cidr {text}", test)


def _exists(field: Field) -> Matcher:
    return Matcher("any value", lambda _: True) if field.flag() else Matcher("no field", lambda _: False, True)


def _numeric(field: Field) -> Matcher:
    parts = field.items(2, 4)
    if len(parts) == 3:
        field.refuse("needs a number after each operator")
    bounds = [_bound(parts[at], parts[at + 1]) for at in range(0, len(parts), 2)]
    signs = [sign for sign, _ in bounds]
    if len(bounds) == 2:
        if signs[0] not in (">", ">=") or signs[1] not in ("<", "<="):
            field.refuse('a range is written with its lower bound first, as in [">", 0, "<=", 5]')
        if bounds[0][1] >= bounds[1][1]:
            field.refuse("a range needs a lower bound that is less than its upper bound")

    def test(found: object) -> bool | None:
        number = number_of(found)
        if number is None:
            return None if isinstance(found, float) else False
        if not _within(Decimal(number)):
            return None
        return all(COMPARE[sign](number, bound) for sign, bound in bounds)

    return Matcher("numeric " + " ".join(f"{sign} {bound}" for sign, bound in bounds), test)


def _bound(sign: Field, number: Field) -> tuple[str, Decimal]:
    found = number_of(number.value)
    operator_ = sign.choice(*COMPARE)
    if found is None:
        number.refuse(f"must be a number, not {kind_of(number.value)}")
    if not _within(Decimal(found)):
        raise Unjudged("numeric is documented from -5.0e9 to 5.0e9 with six digits after the point")
    return operator_, Decimal(found)


def _within(number: Decimal) -> bool:
    return abs(number) <= LARGEST and number == round(number, DECIMALS)


def _anything_but(field: Field) -> Matcher:
    if isinstance(field.value, Mapping):
        return _anything_but_expression(field)
    values = field.items(1, MAX_PATTERN) if isinstance(field.value, (list, tuple)) else [field]
    texts = [one for one in values if isinstance(one.value, str)]
    if texts and len(texts) != len(values):
        field.refuse("takes strings or numbers, and not both in one list")
    for one in values:
        if not texts and number_of(one.value) is None:
            one.refuse(f"must be a string or a number, not {kind_of(one.value)}")
    return _none_of([read_matcher(one) for one in values])


def _anything_but_expression(field: Field) -> Matcher:
    names = list(field.object())
    known = ("prefix", "suffix", "equals-ignore-case", "wildcard")
    if len(names) != 1 or names[0] not in known:
        field.refuse(f"takes one of {listed(known, 'or')}")
    inner = Field(field.object()[names[0]], f"{field.path}.{names[0]}")
    values = inner.items(1, MAX_PATTERN) if isinstance(inner.value, (list, tuple)) else [inner]
    for one in values:
        one.text(1 if names[0] in ("prefix", "suffix") else 0, MAX_PATTERN)
    return _none_of([EXPRESSIONS[names[0]](one) for one in values])


def _none_of(refused: list[Matcher]) -> Matcher:
    def test(found: object) -> bool | None:
        verdicts = [matcher.test(found) for matcher in refused]
        return None if None in verdicts and True not in verdicts else True not in verdicts

    return Matcher(f"anything but {_some(refused)}", test)


EXPRESSIONS: dict[str, Callable[[Field], Matcher]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _equals_ignore_case,
    "wildcard": _wildcard,
    "anything-but": _anything_but,
    "numeric": _numeric,
    "cidr": _cidr,
    "exists": _exists,
}


def _of_text(written: str, test: Callable[[str], bool | None]) -> Matcher:
    return Matcher(written, lambda found: test(found) if isinstance(found, str) else False)


def _same_text(found: object, wanted: str) -> bool | None:
    """Equal strings; two spellings of one address are left open."""
    if not isinstance(found, str) or found == wanted:
        return found == wanted
    try:
        return None if ip_address(found) == ip_address(wanted) else False
    except ValueError:
        return False


def _same_without_case(found: str, wanted: str) -> bool | None:
    small, large = found.lower() == wanted.lower(), found.upper() == wanted.upper()
    return small if small == large else None


def _same_number(found: object, wanted: int | Decimal) -> bool | None:
    """Equal numbers; equal ones that are spelled differently are disputed."""
    number = number_of(found)
    if number is None or number != wanted:
        return False
    return True if str(number) == str(wanted) else None


def _some(matchers: list[Matcher]) -> str:
    names = [matcher.written for matcher in matchers]
    return listed([*names[:3], f"{len(names) - 3} more"] if len(names) > 4 else names, "or")


def told_of(matchers: tuple[Matcher, ...]) -> str:
    """The matchers of a field in a sentence."""
    return _some(list(matchers))


def told(value: object) -> str:
    """A scalar as JSON spells it, short enough for a sentence."""
    if isinstance(value, str):
        return shown(value)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    try:
        return shown(str(value))[1:-1]
    except ValueError:
        return "a number of thousands of digits"


def scalars(value: object) -> Iterator[object]:
    """The leaf values at a field: itself, or those of an array however nested; objects are no leaves."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, (list, tuple)):
            waiting.extend(reversed(one))
        elif not isinstance(one, Mapping):
            yield one
