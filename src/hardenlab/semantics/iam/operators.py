"""What each condition operator compares: one value of the policy with one value of the request.

Rules: IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

import base64
import binascii
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from hardenlab.semantics.iam.model import CannotJudge
from hardenlab.semantics.iam.pattern import ArnPattern, Context, Glob, Template

Matcher = Callable[[str, Context], bool]
NUMBER = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?")
DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d))?)?)?",
    re.ASCII,
)
EPOCH = re.compile(r"[0-9]{5,12}")


@dataclass(frozen=True, slots=True)
class Operator:
    """`read` turns a policy value into a matcher; `variables` says whether the policy is of 2012-10-17."""

    name: str
    read: Callable[[str, bool], Matcher]
    negated: bool = False


def _string(*, wildcards: bool, ignore_case: bool = False) -> Callable[[str, bool], Matcher]:
    def read(text: str, variables: bool) -> Matcher:
        template = Template(text, wildcards=wildcards, variables=variables, ignore_case=ignore_case)
        ready = Glob(template.fixed) if template.fixed is not None else None

        def matches(value: str, context: Context) -> bool:
            glob = ready
            if glob is None:
                tokens = template.resolve(context, ignore_case)
                if tokens is None:
                    return False
                glob = Glob(tokens)
            return glob.matches(value.lower() if ignore_case else value)

        return matches

    return read


def _arn(text: str, variables: bool) -> Matcher:
    template = Template(text, wildcards=True, variables=variables)
    ready = ArnPattern(template.fixed) if template.fixed is not None else None

    def matches(value: str, context: Context) -> bool:
        pattern = ready
        if pattern is None:
            tokens = template.resolve(context)
            if tokens is None:
                return False
            pattern = ArnPattern(tokens)
        if not pattern.is_arn:
            raise CannotJudge(f"{text[:120]!r} is not a pattern of an ARN's six components")
        return pattern.matches(value)

    return matches


def _numeric(compare: Callable[[Decimal, Decimal], bool]) -> Callable[[str, bool], Matcher]:
    return lambda text, _: lambda value, context: compare(number(value), number(text))


def number(text: str) -> Decimal:
    if not NUMBER.fullmatch(text):
        raise CannotJudge(f"{text[:60]!r} is not a number")
    return Decimal(text)


def _date(compare: Callable[[Decimal, Decimal], bool]) -> Callable[[str, bool], Matcher]:
    return lambda text, _: lambda value, context: compare(instant(value), instant(text))


@lru_cache(maxsize=512)
def instant(text: str) -> Decimal:
    """Seconds since 1970 of a date in the W3C profile of ISO 8601, or of an epoch time."""
    if EPOCH.fullmatch(text):
        return Decimal(text)
    match = DATE.fullmatch(text)
    if not match:
        raise CannotJudge(f"{text[:60]!r} is not a date that the policy language reads")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        day_start = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
    except ValueError:
        raise CannotJudge(f"{text[:60]!r} is not a day of the calendar") from None
    hours, minutes, seconds = int(hour or 0), int(minute or 0), int(second or 0)
    if hours > 23 or minutes > 59 or seconds > 60:
        raise CannotJudge(f"{text[:60]!r} is not a time of day")
    total = int(day_start.timestamp()) + hours * 3600 + minutes * 60 + seconds - _offset(zone)
    return total + Decimal(f"0.{fraction or 0}")


def _offset(zone: str | None) -> int:
    if zone in (None, "Z"):
        return 0
    sign = -1 if zone[0] == "-" else 1
    return sign * (int(zone[1:3]) * 3600 + int(zone[4:6]) * 60)


def _bool(text: str, _: bool) -> Matcher:
    def matches(value: str, context: Context) -> bool:
        if text.lower() not in {"true", "false"}:
            raise CannotJudge(f"{text[:60]!r} is not a truth value")
        return value.lower() == text.lower()

    return matches


def _binary(text: str, _: bool) -> Matcher:
    return lambda value, context: _decoded(value) == _decoded(text)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise CannotJudge(f"{text[:60]!r} is not base64") from None


def _ip(text: str, _: bool) -> Matcher:
    return lambda value, context: contains(network(text), address(value))


@lru_cache(maxsize=1024)
def network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise CannotJudge(f"{text[:60]!r} is not an address range") from None


@lru_cache(maxsize=1024)
def address(text: str) -> IPv4Address | IPv6Address:
    try:
        return ip_address(text)
    except ValueError:
        raise CannotJudge(f"{text[:60]!r} is not an address") from None


def contains(block: IPv4Network | IPv6Network, host: IPv4Address | IPv6Address) -> bool:
    return block.version == host.version and host in block


def _pairs() -> list[tuple[str, str, Callable[[str, bool], Matcher]]]:
    exact, like = _string(wildcards=False), _string(wildcards=True)
    fold = _string(wildcards=False, ignore_case=True)
    return [
        ("StringEquals", "StringNotEquals", exact),
        ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", fold),
        ("StringLike", "StringNotLike", like),
        ("NumericEquals", "NumericNotEquals", _numeric(operator.eq)),
        ("NumericLessThan", "", _numeric(operator.lt)),
        ("NumericLessThanEquals", "", _numeric(operator.le)),
        ("NumericGreaterThan", "", _numeric(operator.gt)),
        ("NumericGreaterThanEquals", "", _numeric(operator.ge)),
        ("DateEquals", "DateNotEquals", _date(operator.eq)),
        ("DateLessThan", "", _date(operator.lt)),
        ("DateLessThanEquals", "", _date(operator.le)),
        ("DateGreaterThan", "", _date(operator.gt)),
        ("DateGreaterThanEquals", "", _date(operator.ge)),
        ("Bool", "", _bool),
        ("BinaryEquals", "", _binary),
        ("IpAddress", "NotIpAddress", _ip),
        ("ArnEquals", "ArnNotEquals", _arn),
        ("ArnLike", "ArnNotLike", _arn),
    ]


OPERATORS: dict[str, Operator] = {}
for _positive, _negative, _read in _pairs():
    OPERATORS[_positive] = Operator(_positive, _read)
    if _negative:
        OPERATORS[_negative] = Operator(_negative, _read, negated=True)
