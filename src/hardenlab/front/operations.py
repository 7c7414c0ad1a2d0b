"""Which operation of which service a request asks for, read from botocore's service models.

Query services name it in the body, JSON services in a header, CBOR services in the path; REST services by method and
path, matched against the model's request URIs (Amazon S3 API Reference and the like).
"""

import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import botocore.exceptions

from hardenlab.front.bare import bare_session

# services that sign with another name than their folder in botocore; a test compares this with botocore
SIGNING_NAMES: Mapping[str, tuple[str, ...]] = {
    "s3": ("s3", "s3control"),
    "monitoring": ("cloudwatch",),
    "elasticloadbalancing": ("elbv2", "elb"),
    "access-analyzer": ("accessanalyzer",),
    "sso": ("sso-admin",),
    "elasticfilesystem": ("efs",),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
}
READ_PREFIXES = (
    "Describe", "Get", "List", "Head", "Lookup", "Search", "BatchGet", "Select", "Filter", "Simulate", "Validate",
    "Test", "Check", "Preview", "Query", "Scan", "Estimate", "Verify", "Discover",
)  # fmt: skip
# their names read like reads, yet they hand out something that lives on
WRITES = frozenset({"GetSessionToken", "GetFederationToken", "GetRandomPassword"})
S3_CONTROL_PREFIX = "/v20180820/"


@dataclass(frozen=True)
class Operation:
    """A service (botocore's folder name), an operation of it, and the protocol in which it answers."""

    service: str
    name: str
    protocol: str

    @property
    def action(self) -> str:
        """`service:Operation`, as a person and an IAM policy would write it."""
        return f"{self.service}:{self.name}"

    @property
    def reads_only(self) -> bool:
        """Whether it surely changes nothing. Unknown names are writes: one line too many is harmless."""
        return self.name.startswith(READ_PREFIXES) and self.name not in WRITES


class Unrecognised(Exception):
    """No operation of the service fits the request."""


def identify(
    signing_name: str, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
) -> Operation:
    """The operation that a request asks for; Unrecognised when there is none. Header names are small letters."""
    service = _service(signing_name, path, query, body)
    model = service_model(service)
    if model is None:
        raise Unrecognised(f"there is no AWS service '{signing_name}'")
    protocol = model.protocol
    if headers.get("smithy-protocol") == "rpc-v2-cbor":
        return _known(service, path.rsplit("/", 1)[-1], "smithy-rpc-v2-cbor")
    if "x-amz-target" in headers:
        return _known(service, headers["x-amz-target"].rsplit(".", 1)[-1], "json")
    if protocol in ("query", "ec2") or "query" in model.metadata.get("protocols", ()):
        action = _form(query, body).get("Action", [""])[0]
        return _known(service, action, "ec2" if protocol == "ec2" else "query")
    return _match_rest(model, service, method, path, query, headers)


def load_service(service: str) -> None:
    """Read a service's model now: what a fork would read anew each time, its parent has read."""
    model = service_model(service)
    if model is not None:
        _names(service)
        if model.protocol.startswith("rest"):
            _routes(service)


def _service(signing_name: str, path: str, query: str, body: bytes) -> str:
    candidates = SIGNING_NAMES.get(signing_name, (signing_name,))
    if signing_name == "s3" and path.startswith(S3_CONTROL_PREFIX):
        return "s3control"
    if len(candidates) == 1 or signing_name == "s3":
        return candidates[0]
    version = _form(query, body).get("Version", [""])[0]
    return next((name for name in candidates if (m := service_model(name)) and m.api_version == version), candidates[0])


def _form(query: str, body: bytes) -> dict[str, list[str]]:
    text = body[:65536].decode("utf-8", "replace") or query
    return urllib.parse.parse_qs(text, max_num_fields=2000)


def _known(service: str, name: str, protocol: str) -> Operation:
    if name not in _names(service):
        raise Unrecognised(f"{service} has no operation '{name[:100]}'")
    return Operation(service, name, protocol)


def _match_rest(model: Any, service: str, method: str, path: str, query: str, headers: Mapping[str, str]) -> Operation:
    given = urllib.parse.parse_qs(query, keep_blank_values=True) if query else {}
    for route in _routes(service).get((method, bool(given)), ()):
        if route.fits(path, given, headers):
            return Operation(service, route.name, model.protocol)
    raise Unrecognised(f"{service} has no operation for {method} {path[:200]}")


@dataclass(frozen=True)
class _Route:
    name: str
    method: str
    pattern: re.Pattern[str]
    literal_query: Mapping[str, str]
    required_query: frozenset[str]
    required_headers: frozenset[str]

    def fits(self, path: str, query: Mapping[str, list[str]], headers: Mapping[str, str]) -> bool:
        return (
            all(key in query and (not value or value in query[key]) for key, value in self.literal_query.items())
            and self.required_query <= query.keys()
            and self.required_headers <= headers.keys()
            and self.pattern.fullmatch(path) is not None
        )

    @property
    def rank(self) -> tuple[int, int, int]:
        """More demanding routes first: queries, then headers, then the number of literal characters."""
        literal = len(re.sub(r"\(\?:.*?\)|\[.*?\][+*]?", "", self.pattern.pattern))
        return (-len(self.literal_query) - len(self.required_query), -len(self.required_headers), -literal)


@lru_cache(maxsize=64)
def _routes(service: str) -> dict[tuple[str, bool], list[_Route]]:
    """By method, and by whether the request has a query: a route that needs one fits no request without."""
    model = service_model(service)
    assert model is not None
    routes: dict[tuple[str, bool], list[_Route]] = {}
    found = (_route(model.operation_model(name)) for name in model.operation_names)
    for route in sorted(found, key=lambda route: route.rank):
        routes.setdefault((route.method, True), []).append(route)
        if not route.literal_query and not route.required_query:
            routes.setdefault((route.method, False), []).append(route)
    return routes


def _route(operation: Any) -> _Route:
    uri, _, literal = operation.http["requestUri"].partition("?")
    members = operation.input_shape.members.items() if operation.input_shape else ()
    required = set(operation.input_shape.required_members) if operation.input_shape else set()
    placed: dict[str, set[str]] = {"querystring": set(), "header": set()}
    for name, shape in members:
        location = shape.serialization.get("location")
        if name in required and location in placed:
            placed[location].add(shape.serialization["name"])
    return _Route(
        operation.name,
        operation.http["method"],
        re.compile(_path_pattern(uri) + "/?"),
        {key: values[0] for key, values in urllib.parse.parse_qs(literal, keep_blank_values=True).items()},
        frozenset(placed["querystring"]),
        frozenset(name.lower() for name in placed["header"] if name.lower() != "x-amz-account-id"),
    )


def _path_pattern(uri: str) -> str:
    """`/{Bucket}/{Key+}` as a pattern; a greedy label spans slashes."""
    parts = re.split(r"(\{[^}]+\})", uri.rstrip("/") or "")
    return "".join(
        (r"(?:.+)" if part.endswith("+}") else r"(?:[^/]+)") if part.startswith("{") else re.escape(part)
        for part in parts
    )


@lru_cache(maxsize=256)
def _names(service: str) -> frozenset[str]:
    model = service_model(service)
    return frozenset(model.operation_names) if model else frozenset()


@lru_cache(maxsize=256)
def service_model(service: str) -> Any:
    if not re.fullmatch(r"[a-z0-9-]{2,40}", service):
        return None
    try:
        return _session().get_service_model(service)
    except botocore.exceptions.UnknownServiceError:
        return None


@lru_cache(maxsize=1)
def _session() -> Any:
    return bare_session()
