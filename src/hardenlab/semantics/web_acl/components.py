"""The part of a request that a statement inspects, and what becomes of one that is larger than AWS WAF takes.

AWS WAF Developer Guide, "Request components in AWS WAF" and "Oversize web request components in AWS WAF"; AWS WAF API
Reference, FieldToMatch.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hardenlab.semantics.reading import Field, listed, shown
from hardenlab.semantics.unjudged import Unjudged
from hardenlab.semantics.web_acl.request import WebRequest

BODY_LIMIT = 8192
LARGER_BODY_LIMIT = 16384
MAP_LIMIT = 8192
MAP_ENTRIES = 200
MAX_NAMES = 200
SIMPLE = {
    "UriPath": "the URI path",
    "QueryString": "the query string",
    "AllQueryArguments": "a query argument",
    "Method": "the method",
}
FINGERPRINTS = {"JA3Fingerprint": "ja3", "JA4Fingerprint": "ja4"}
KINDS = (
    "SingleHeader", "SingleQueryArgument", "AllQueryArguments", "UriPath", "QueryString", "Body", "Method", "JsonBody",
    "Headers", "Cookies", "HeaderOrder", "JA3Fingerprint", "JA4Fingerprint", "UriFragment",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Inspected:
    """The contents to inspect; `settled` when oversize or fallback handling has decided already."""

    contents: tuple[bytes, ...]
    settled: bool | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    """A FieldToMatch."""

    kind: str
    name: str = ""
    handling: str = "CONTINUE"
    fallback: str = ""
    scope: str = "ALL"
    included: tuple[str, ...] | None = None
    excluded: tuple[str, ...] = ()

    def __str__(self) -> str:
        told = {"SingleHeader": f"the header {self.name}", "SingleQueryArgument": f"the query argument {self.name}"}
        told |= {"Body": "the body", "JsonBody": "the JSON body", "Headers": "a header", "Cookies": "a cookie"}
        return (told | SIMPLE).get(self.kind, f"the {self.kind}")

    def of(self, request: WebRequest, limits: Mapping[str, int]) -> Inspected:
        """What the request shows; empty when it has no such component."""
        match self.kind:
            case "UriPath":
                return Inspected((request.path.encode(),))
            case "QueryString":
                return Inspected((request.query.encode(),) if request.query else ())
            case "Method":
                return Inspected((request.method.encode(),))
            case "SingleHeader":
                named = [value for name, value in request.header_pairs() if name.lower() == self.name.lower()]
                if len(named) > 1:
                    raise Unjudged(f"AWS does not document how it inspects several headers {self.name}")
                return Inspected(tuple(value.encode() for value in named))
            case "SingleQueryArgument":
                arguments = request.arguments()
                return Inspected(
                    tuple(value.encode() for name, value in arguments if name.lower() == self.name.lower())
                )
            case "AllQueryArguments":
                return Inspected(tuple(part.encode() for pair in request.arguments() for part in pair if part))
            case "Body" | "JsonBody":
                return self._of_body(request, limits)
            case "Headers":
                return self._of_map(request.header_pairs(), "headers")
            case "Cookies":
                return self._of_map(tuple(request.cookies()), "cookies")
            case "HeaderOrder":
                order = ":".join(name.lower() for name, _ in request.header_pairs())
                return self._bounded(len(request.header_pairs()), len(order), "headers") or Inspected((order.encode(),))
            case "JA3Fingerprint" | "JA4Fingerprint":
                return self._of_fingerprint(getattr(request, FINGERPRINTS[self.kind]))
        raise Unjudged(f"the component {self.kind} cannot be judged here")

    def _of_body(self, request: WebRequest, limits: Mapping[str, int]) -> Inspected:
        limit = limits.get(request.resource, body_limit(request.resource))
        if len(request.body) > limit and self.handling != "CONTINUE":
            because = f"the body has {len(request.body)} bytes, of which AWS WAF takes {limit}, and its handling is "
            return Inspected((), self.handling == "MATCH", because + self.handling)
        body = request.body[:limit]
        if self.kind == "Body":
            return Inspected((body,) if body else ())
        return self._of_json(body)

    def _of_json(self, body: bytes) -> Inspected:
        if not body:
            return Inspected(())
        try:
            value = json.loads(body, object_pairs_hook=_Pairs, parse_int=str, parse_float=str)
        except (ValueError, RecursionError):
            raise Unjudged("AWS does not document where its JSON parser stops in a body that is not JSON") from None
        try:
            found = list(_strings(value, "", self.scope))
        except RecursionError:
            raise Unjudged("AWS does not document how deep its JSON parser reads") from None
        if self.included is None:
            return Inspected(tuple(text.encode() for _, text in found))
        paths = {path for path, _ in found}
        unclear = next(
            (one for one in self.included if one not in paths and any(p.startswith(one + "/") for p in paths)), None
        )
        if unclear is not None:
            raise Unjudged(f"AWS does not document the JSON path {shown(unclear)}, which ends at an object or a list")
        return Inspected(tuple(text.encode() for path, text in found if path in self.included))

    def _of_map(self, pairs: tuple[tuple[str, str], ...], what: str) -> Inspected:
        size = sum(len(name.encode()) + len(value.encode()) for name, value in pairs)
        settled = self._bounded(len(pairs), size, what)
        if settled:
            return settled
        if self.handling == "CONTINUE" and (len(pairs) > MAP_ENTRIES or size > MAP_LIMIT):
            raise Unjudged(f"AWS does not document exactly which {what} beyond its limit it still inspects")
        contents = []
        for name, value in pairs:
            small = name.lower()
            if (self.included is None or small in self.included) and small not in self.excluded:
                contents += [name] if self.scope == "KEY" else [value] if self.scope == "VALUE" else [name, value]
        return Inspected(tuple(text.encode() for text in contents))

    def _bounded(self, count: int, size: int, what: str) -> Inspected | None:
        if self.handling == "CONTINUE" or (count <= MAP_ENTRIES and size <= MAP_LIMIT):
            return None
        because = f"the request has {count} {what} of {size} bytes, more than AWS WAF takes, and their handling is "
        return Inspected((), self.handling == "MATCH", because + self.handling)

    def _of_fingerprint(self, value: str | None) -> Inspected:
        if value is None:
            raise Unjudged(f"the {self.kind} of the request is not known")
        if not value:
            return Inspected(
                (), self.fallback == "MATCH", f"there is no {self.kind} and the fallback is {self.fallback}"
            )
        return Inspected((value.encode(),))


def body_limit(resource: str) -> int:
    """The bytes of a body that AWS WAF takes from a resource unless the web ACL says more."""
    return BODY_LIMIT if resource in ("APPLICATION_LOAD_BALANCER", "APPSYNC") else LARGER_BODY_LIMIT


def read_component(field: Field) -> Component:
    """A FieldToMatch; raises `Malformed` when AWS WAF would refuse it."""
    names = [name for name, inner in field.object(KINDS).items() if inner is not None]
    if len(names) != 1:
        field.refuse(f"needs exactly one component, such as UriPath or Body, and has {len(names)}")
    kind = names[0]
    inner = field[kind]
    if kind in ("SingleHeader", "SingleQueryArgument"):
        return Component(kind, inner["Name"].text(1, 64))
    handling = inner.get("OversizeHandling")
    if handling is None and kind in ("Headers", "Cookies", "HeaderOrder"):
        inner.refuse("needs the field OversizeHandling: CONTINUE, MATCH or NO_MATCH")
    handled = handling.choice("CONTINUE", "MATCH", "NO_MATCH") if handling else "CONTINUE"
    if kind in FINGERPRINTS:
        return Component(kind, fallback=inner["FallbackBehavior"].choice("MATCH", "NO_MATCH"))
    if kind == "JsonBody":
        return _json_body(inner, handled)
    if kind in ("Headers", "Cookies"):
        included, excluded = _match_pattern(inner["MatchPattern"], kind)
        return Component(kind, "", handled, "", inner["MatchScope"].choice("ALL", "KEY", "VALUE"), included, excluded)
    return Component(kind, handling=handled)


def _json_body(field: Field, handling: str) -> Component:
    pattern, fallback = field["MatchPattern"], field.get("InvalidFallbackBehavior")
    pattern.object({"All", "IncludedPaths"})
    included = None
    if pattern.get("IncludedPaths"):
        paths = pattern["IncludedPaths"].items(1, MAX_NAMES)
        included = tuple(path.text(1, 512) for path in paths)
        for path in paths:
            if not path.text(1, 512).startswith("/"):
                path.refuse("is a JSON Pointer and must begin with /")
    return Component(
        "JsonBody",
        "",
        handling,
        fallback.choice("MATCH", "NO_MATCH", "EVALUATE_AS_STRING") if fallback else "",
        field["MatchScope"].choice("ALL", "KEY", "VALUE"),
        included,
    )


def _match_pattern(field: Field, kind: str) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    known = {"All", f"Included{kind}", f"Excluded{kind}"}
    names = [name for name in field.object(known) if field.object()[name] is not None]
    if len(names) != 1:
        field.refuse(f"needs exactly one of {listed(known, 'or')}")
    if names[0] == "All":
        return None, ()
    listed_names = tuple(item.text(1, 64).lower() for item in field[names[0]].items(1, MAX_NAMES))
    return (listed_names, ()) if names[0].startswith("Included") else (None, listed_names)


class _Pairs(list[tuple[str, Any]]):
    """An object's members as sent, duplicates included."""


def _strings(value: object, path: str, scope: str) -> Iterator[tuple[str, str]]:
    """Keys and values of a JSON document with their JSON Pointers."""
    if isinstance(value, _Pairs):
        for name, inner in value:
            below = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
            if scope in ("ALL", "KEY"):
                yield below, name
            yield from _strings(inner, below, scope)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _strings(inner, f"{path}/{index}", scope)
    elif scope in ("ALL", "VALUE"):
        yield path, value if isinstance(value, str) else json.dumps(value)
