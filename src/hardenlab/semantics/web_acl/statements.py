"""What a rule asks of a request.

AWS WAF Developer Guide, "Using rule statements in AWS WAF"; AWS WAF API Reference, Statement.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Protocol

from hardenlab.semantics.answer import Answer, all_of, any_of, not_
from hardenlab.semantics.reading import shown
from hardenlab.semantics.regular import Searcher
from hardenlab.semantics.unjudged import Unjudged
from hardenlab.semantics.web_acl.asking import MANAGED, Asking
from hardenlab.semantics.web_acl.components import Component
from hardenlab.semantics.web_acl.request import Address, WebRequest, address_of
from hardenlab.semantics.web_acl.transformations import transformed

MOST_FORWARDED = 10
SEARCHING = 4
"""How much longer a regular expression takes than a search for some bytes."""
COMPARE: dict[str, Callable[[int, int], bool]] = {
    "EQ": operator.eq,
    "NE": operator.ne,
    "LT": operator.lt,
    "LE": operator.le,
    "GT": operator.gt,
    "GE": operator.ge,
}
VERBS = {
    "EXACTLY": ("is", "is not"),
    "STARTS_WITH": ("begins with", "does not begin with"),
    "ENDS_WITH": ("ends with", "does not end with"),
    "CONTAINS": ("contains", "does not contain"),
    "CONTAINS_WORD": ("contains the word", "does not contain the word"),
}
Network = IPv4Network | IPv6Network


class Statement(Protocol):
    """Whatever answers about a request."""

    def judge(self, asking: Asking) -> Answer: ...


class Test(Protocol):
    """What a content must be after its transformations, and the clause that says so of one."""

    def holds(self, content: bytes) -> bool | None: ...

    def told(self, content: bytes, holds: bool) -> str: ...


@dataclass(frozen=True, slots=True)
class Bytes:
    """A search string and its place."""

    wanted: bytes
    constraint: str

    def holds(self, content: bytes) -> bool | None:
        match self.constraint:
            case "EXACTLY":
                return content == self.wanted
            case "STARTS_WITH":
                return content.startswith(self.wanted)
            case "ENDS_WITH":
                return content.endswith(self.wanted)
            case "CONTAINS":
                return self.wanted in content
        return re.search(rb"(?<!\w)" + re.escape(self.wanted) + rb"(?!\w)", content) is not None

    def told(self, content: bytes, holds: bool) -> str:
        return f"{_text(content)} {VERBS[self.constraint][not holds]} {_text(self.wanted)}"

    def __str__(self) -> str:
        return f"{VERBS[self.constraint][0]} {_text(self.wanted)}"


@dataclass(frozen=True, slots=True)
class Expressions:
    """Regular expressions of which one must be found."""

    searchers: tuple[tuple[str, Searcher], ...]
    name: str

    def holds(self, content: bytes) -> bool | None:
        verdicts = [_found(written, searcher, content) for written, searcher in self.searchers]
        return True if True in verdicts else None if None in verdicts else False

    def told(self, content: bytes, holds: bool) -> str:
        return f"{_text(content)} {'matches' if holds else 'does not match'} {self.name}"

    def __str__(self) -> str:
        return f"matches {self.name}"


@dataclass(frozen=True, slots=True)
class Size:
    """A number of bytes and how to compare with it."""

    comparison: str
    size: int

    def holds(self, content: bytes) -> bool | None:
        return COMPARE[self.comparison](len(content), self.size)

    def told(self, content: bytes, holds: bool) -> str:
        return f"of {len(content)} bytes {'is' if holds else 'is not'} {self.comparison} {self.size}"

    def __str__(self) -> str:
        return f"has {self.comparison} {self.size} bytes"


@dataclass(frozen=True, slots=True)
class Injection:
    """SQL injection or cross-site scripting."""

    what: str

    def holds(self, content: bytes) -> bool | None:
        raise Unjudged(f"AWS does not publish how it detects {self.what}")

    def told(self, content: bytes, holds: bool) -> str:
        raise NotImplementedError("nothing is told of what is never judged")

    def __str__(self) -> str:
        return f"holds {self.what}"


@dataclass(frozen=True, slots=True)
class Inspection:
    """A component, its transformations, and what it is tested for."""

    component: Component
    transformations: tuple[str, ...]
    test: Test

    def judge(self, asking: Asking) -> Answer:
        try:
            inspected = self.component.of(asking.request, asking.limits)
        except Unjudged as doubt:
            return Answer(None, doubt.reason, str(self))
        if inspected.settled is not None:
            return Answer(inspected.settled, inspected.because, str(self))
        if not inspected.contents:
            return self._of_nothing()
        return any_of(self._of_content(content, asking) for content in inspected.contents)

    def _of_content(self, content: bytes, asking: Asking) -> Answer:
        try:
            readings = asking.transformed(content, self.transformations)
            tests = SEARCHING * len(self.test.searchers) if isinstance(self.test, Expressions) else 1
            asking.spend(tests * sum(map(len, readings)))
            verdicts = {self.test.holds(reading) for reading in readings}
        except Unjudged as doubt:
            return Answer(None, doubt.reason, str(self))
        if None in verdicts or len(verdicts) > 1:
            return Answer(None, f"AWS does not document what '{self}' means for {_text(content)}", str(self))
        holds = True in verdicts
        return Answer(holds, f"{self.component} {self.test.told(content, holds)}{self._after()}", str(self))

    def _of_nothing(self) -> Answer:
        if isinstance(self.test, Size) and (COMPARE[self.test.comparison](0, self.test.size)):
            because = f"AWS does not document the size of a component that is not there ({self.component})"
            return Answer(None, because, str(self))
        return Answer(False, f"the request has nothing in {self.component}", str(self))

    def _after(self) -> str:
        names = [name for name in self.transformations if name != "NONE"]
        return f" after {', '.join(names)}" if names else ""

    def __str__(self) -> str:
        return f"{self.component} {self.test}{self._after()}"


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A header that names the address to use instead of the request's."""

    header: str
    fallback: bool
    position: str = "ONLY"

    def addresses(self, request: WebRequest) -> list[Address | None] | None:
        """The addresses at the position, None for what is no address; no list when there is no such header."""
        value = request.header(self.header)
        if value is None:
            return None
        parts = [address_of(part) for part in value.split(",")]
        if self.position == "ONLY" and len(parts) > 1:
            raise Unjudged(f"AWS does not document which of several addresses in {self.header} it uses")
        return {"FIRST": parts[:1], "LAST": parts[-1:]}.get(self.position, parts[-MOST_FORWARDED:])


@dataclass(frozen=True, slots=True)
class IPSet:
    """Addresses of which the request's must be one."""

    name: str
    networks: tuple[Network, ...]
    forwarded: Forwarded | None = None

    def judge(self, asking: Asking) -> Answer:
        written = f"the address is in IP set {shown(self.name)}"
        return _by_address(self.forwarded, asking.request, written, self._of)

    def _of(self, addresses: Sequence[Address]) -> Answer:
        written = f"the address is in IP set {shown(self.name)}"
        for address in addresses:
            found = next((one for one in self.networks if address in one), None)
            if found:
                return Answer(True, f"{address} is in {found} of IP set {shown(self.name)}", written)
        told = " and ".join(map(str, addresses[:3]))
        return Answer(False, f"{told} is not in IP set {shown(self.name)}", written)


@dataclass(frozen=True, slots=True)
class Geo:
    """Countries of which the address's must be one; labels every request that it inspects."""

    countries: frozenset[str]
    forwarded: Forwarded | None = None

    def judge(self, asking: Asking) -> Answer:
        return _by_address(self.forwarded, asking.request, str(self), lambda found: self._of(found[0], asking))

    def _of(self, address: Address, asking: Asking) -> Answer:
        request = asking.request
        country = request.countries.get(str(address)) or (None if self.forwarded else request.country)
        if country is None:
            return Answer(None, f"the country of {address} is not known", str(self))
        prefix = f"awswaf:{'forwardedip' if self.forwarded else 'clientip'}:geo"
        asking.labels.add(f"{prefix}:country:{country}")
        if request.region and not self.forwarded:
            asking.labels.add(f"{prefix}:region:{country}-{request.region}")
        elif not request.region:
            asking.perhaps.add(f"{prefix}:region:")
        inside = country in self.countries
        return Answer(inside, f"{address} is in {country}, {'one' if inside else 'none'} of the countries", str(self))

    def __str__(self) -> str:
        return f"the country is {', '.join(sorted(self.countries)[:5])}{', …' if len(self.countries) > 5 else ''}"


@dataclass(frozen=True, slots=True)
class Asn:
    """Autonomous systems of which the address's must be one."""

    numbers: frozenset[int]

    def judge(self, asking: Asking) -> Answer:
        number, written = asking.request.asn, "the address belongs to one of the autonomous systems"
        if number is None:
            return Answer(None, "the autonomous system of the address is not known", written)
        return Answer(number in self.numbers, f"the address belongs to AS{number}", written)


@dataclass(frozen=True, slots=True)
class LabelMatch:
    """A label or namespace that a rule before has added."""

    key: str
    is_namespace: bool
    context: str
    """The prefix of labels of the same web ACL or rule group."""

    def judge(self, asking: Asking) -> Answer:
        found = next((label for label in sorted(asking.labels) if self._matches(label)), None)
        if found:
            return Answer(True, f"the request has the label {shown(found)}", str(self))
        if any(self._matches(label) or self.key.startswith(label) for label in asking.perhaps):
            return Answer(None, "the label depends on a rule that cannot be judged", str(self))
        if self.key.startswith(MANAGED) and (asking.opaque or self.key.startswith(f"{MANAGED}token")):
            return Answer(None, "AWS does not publish when its managed rules add labels", str(self))
        return Answer(False, f"no rule has added the label {shown(self.key)}", str(self))

    def _matches(self, label: str) -> bool:
        key, *_ = wanted = self.key.rstrip(":").split(":") if self.is_namespace else self.key.split(":")
        if key == "awswaf":
            parts = label.split(":")
            return parts[: len(wanted)] == wanted and (
                len(parts) > len(wanted) if self.is_namespace else parts == wanted
            )
        if not label.startswith(self.context):
            return False
        parts = label.removeprefix(self.context).split(":")
        if not self.is_namespace:
            return parts[-len(wanted) :] == wanted
        spaces = parts[:-1]
        return any(spaces[at : at + len(wanted)] == wanted for at in range(len(spaces)))

    def __str__(self) -> str:
        return f"has the {'namespace' if self.is_namespace else 'label'} {shown(self.key)}"


@dataclass(frozen=True, slots=True)
class Logic:
    """And, or, not."""

    kind: str
    members: tuple[Statement, ...]

    def judge(self, asking: Asking) -> Answer:
        if any(isinstance(member, Geo) for member in self.members[1:]):
            asking.perhaps.update(("awswaf:clientip:geo:", "awswaf:forwardedip:geo:"))
        answers = (member.judge(asking) for member in self.members)
        if self.kind == "NotStatement":
            return not_(next(answers))
        return all_of(answers) if self.kind == "AndStatement" else any_of(answers)


@dataclass(frozen=True, slots=True)
class Key:
    """One part of what requests are aggregated by."""

    kind: str
    name: str = ""
    transformations: tuple[str, ...] = ()
    forwarded: Forwarded | None = None

    def of(self, request: WebRequest) -> str | None:
        """The request's value, or None when it has none."""
        match self.kind:
            case "IP":
                return str(request.address)
            case "HTTPMethod":
                return request.method
            case "Header":
                return self._text(request.header(self.name))
            case "Cookie":
                return self._text(next((value for name, value in request.cookies() if name == self.name), None))
            case "QueryArgument":
                named = (value for name, value in request.arguments() if name.lower() == self.name.lower())
                return self._text(next(named, None))
            case "QueryString":
                return self._text(request.query)
            case "UriPath":
                return self._text(request.path)
        raise Unjudged(f"the aggregation key {self.kind} cannot be judged here")

    def _text(self, value: str | None) -> str | None:
        if value is None:
            return None
        readings = transformed(value.encode(), self.transformations)
        if len(readings) > 1:
            raise Unjudged(f"AWS does not document {', '.join(self.transformations)} for {shown(value)}")
        return readings[0].decode(errors="surrogateescape")


@dataclass(frozen=True, slots=True)
class RateBased:
    """More requests than a limit within a window, among those that share the keys and that the scope-down takes."""

    rule: str
    limit: int
    window: int
    keys: tuple[Key, ...]
    forwarded: Forwarded | None = None
    scope: Statement | None = None

    def judge(self, asking: Asking) -> Answer:
        scope = self.scope.judge(asking) if self.scope else None
        if scope and scope.holds is False:
            return Answer(False, scope.because, str(self), (scope,))
        if self.forwarded:
            return _by_address(
                self.forwarded, asking.request, str(self), lambda found: self._of(str(found), asking, scope)
            )
        try:
            values = [key.of(asking.request) for key in self.keys]
        except Unjudged as doubt:
            return Answer(None, doubt.reason, str(self))
        if None in values:
            return Answer(False, "the request lacks a component that the rule aggregates by", str(self))
        return self._of(tuple(values), asking, scope)

    def _of(self, key: object, asking: Asking, scope: Answer | None) -> Answer:
        certain = not asking.doubtful and (scope is None or scope.holds is True)
        exceeded, count = asking.rates.exceeded(
            self.rule, key, asking.request.time, limit=self.limit, window=self.window, certain=certain
        )
        told = f"{count} requests in {self.window} seconds against a limit of {self.limit}"
        if exceeded is None:
            return Answer(None, f"{told}: AWS WAF limits near the limit and may take minutes to notice", str(self))
        return Answer(exceeded, told, str(self))

    def __str__(self) -> str:
        return f"more than {self.limit} requests in {self.window} seconds"


def _by_address(
    forwarded: Forwarded | None, request: WebRequest, written: str, judge: Callable[[Sequence[Address]], Answer]
) -> Answer:
    """Judge by the request's address, or by a header's: without header no match, without address the fallback."""
    if forwarded is None:
        return judge([request.address])
    try:
        addresses = forwarded.addresses(request)
    except Unjudged as doubt:
        return Answer(None, doubt.reason, written)
    if addresses is None:
        return Answer(False, f"the header {forwarded.header} is not there, so the rule is not applied", written)
    valid = [address for address in addresses if address is not None]
    if valid and (len(valid) == len(addresses) or judge(valid).holds):
        return judge(valid)
    if valid:
        return Answer(
            None, f"AWS does not document addresses beside others that are none in {forwarded.header}", written
        )
    word = "MATCH" if forwarded.fallback else "NO_MATCH"
    return Answer(
        forwarded.fallback, f"the header {forwarded.header} holds no address: the fallback is {word}", written
    )


def _found(written: str, searcher: Searcher, content: bytes) -> bool | None:
    """Whether the expression is found; None where bytes and signs, or a last newline, make a difference."""
    if "$" in written and content.endswith(b"\n"):
        return None
    byte = searcher.search(content.decode("latin-1")) is not None
    if content.isascii():
        return byte
    try:
        sign = searcher.search(content.decode()) is not None
    except UnicodeDecodeError:
        return byte
    return byte if byte == sign else None


def _text(content: bytes) -> str:
    return shown(content.decode(errors="replace"))
