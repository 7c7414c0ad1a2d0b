"""What a request asks for, as boto3 would have been given it: the reverse of botocore's serialisers.

Source: Smithy specification, "AWS protocols" (awsJson, restJson1, restXml, awsQuery, ec2Query, rpcv2Cbor).
"""

import json
import re
import urllib.parse
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from botocore.parsers import ResponseParserError, ResponseParserFactory

from hardenlab.front.operations import Operation, service_model
from hardenlab.model.http import Request

MAX_FIELDS = 2000
MAX_ITEMS = 500  # of a list in a form
NUMBERS = {"integer": int, "long": int, "float": float, "double": float}


class Unreadable(ValueError):
    """The request's parameters cannot be read."""


def read_parameters(request: Request, operation: Operation) -> dict[str, Any]:
    """The parameters by botocore's names; timestamps as the protocol writes them, blobs as bytes. Raises Unreadable."""
    model = service_model(operation.service)
    shape = model.operation_model(operation.name).input_shape if model else None
    if shape is None:
        return {}
    try:
        if operation.protocol in ("query", "ec2"):
            return _form(request, shape, operation.protocol == "ec2")
        if operation.protocol in ("json", "smithy-rpc-v2-cbor"):
            return _body(operation.protocol, request.body, shape)
        return _rest(request, operation, model.operation_model(operation.name), shape)
    except (ResponseParserError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable(str(error)) from error


def read_answer(status: int, body: bytes, operation: Operation) -> dict[str, Any]:
    """An answer by botocore's names, with `Error` where it is one. Raises Unreadable."""
    model = service_model(operation.service)
    shape = model.operation_model(operation.name).output_shape if model else None
    try:
        given = {"status_code": status, "headers": _Headers(), "body": body, "context": {}}
        answer: dict[str, Any] = _parser(operation.protocol).parse(given, shape)
    except (ResponseParserError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable(str(error)) from error
    answer.pop("ResponseMetadata", None)
    return answer


class _Headers(dict[str, str]):
    """The headers of an answer, of which none is kept."""


@lru_cache(maxsize=16)
def _parser(protocol: str) -> Any:
    factory = ResponseParserFactory()
    factory.set_parser_defaults(timestamp_parser=lambda value: value)
    return factory.create_parser(protocol)


def _body(protocol: str, body: bytes, shape: Any) -> dict[str, Any]:
    """A body that has the form of an answer's: botocore reads it as one."""
    if not body.strip():
        return {}
    if protocol.endswith("json"):
        json.loads(body)  # botocore takes what is no JSON for a message
    parsed: dict[str, Any] = _parser(protocol).parse(
        {"status_code": 200, "headers": _Headers(), "body": body, "context": {}}, shape
    )
    parsed.pop("ResponseMetadata", None)
    return parsed


# ---- forms ----


def _form(request: Request, shape: Any, ec2: bool) -> dict[str, Any]:
    text = request.body.decode("utf-8", "replace") or request.query
    fields = dict(urllib.parse.parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    found = _of_form(fields, shape, "", ec2)
    return found if isinstance(found, dict) else {}


def _of_form(fields: Mapping[str, str], shape: Any, prefix: str, ec2: bool) -> Any:
    """The value under a prefix of a form, None where there is none."""
    if shape.type_name == "structure":
        found = {
            name: _of_form(fields, member, _joined(prefix, _form_name(name, member, ec2)), ec2)
            for name, member in shape.members.items()
            if not prefix or any(key.startswith(prefix) for key in fields)
        }
        return {name: value for name, value in found.items() if value is not None} or None
    if shape.type_name == "list":
        return _list_of_form(fields, shape, prefix, ec2)
    if shape.type_name == "map":
        return _map_of_form(fields, shape, prefix, ec2)
    value = fields.get(prefix)
    return None if value is None else _scalar(shape, value)


def _joined(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def _form_name(name: str, shape: Any, ec2: bool) -> str:
    written = shape.serialization
    if ec2:
        named = written.get("queryName") or written.get("name", name)
        return str(named) if "queryName" in written else str(named[:1].upper() + named[1:])
    if shape.type_name == "list" and written.get("flattened"):
        return str(shape.member.serialization.get("name", written.get("name", name)))
    return str(written.get("name", name))


def _list_of_form(fields: Mapping[str, str], shape: Any, prefix: str, ec2: bool) -> list[Any] | None:
    flat = ec2 or shape.serialization.get("flattened")
    start = prefix if flat else _joined(prefix, shape.member.serialization.get("name", "member"))
    items = []
    for number in range(1, MAX_ITEMS):
        at = f"{start}.{number}"
        if not any(key == at or key.startswith(f"{at}.") for key in fields):
            break
        items.append(_of_form(fields, shape.member, at, ec2))
    return items or None


def _map_of_form(fields: Mapping[str, str], shape: Any, prefix: str, ec2: bool) -> dict[str, Any] | None:
    start = prefix if shape.serialization.get("flattened") else f"{prefix}.entry"
    key_name, value_name = (part.serialization.get("name", name) for part, name in
                            ((shape.key, "key"), (shape.value, "value")))  # fmt: skip
    found = {}
    for number in range(1, MAX_ITEMS):
        key = fields.get(f"{start}.{number}.{key_name}")
        if key is None:
            break
        found[key] = _of_form(fields, shape.value, f"{start}.{number}.{value_name}", ec2)
    return found or None


def _scalar(shape: Any, value: str) -> Any:
    if shape.type_name == "boolean":
        return value.lower() == "true"
    return NUMBERS.get(shape.type_name, str)(value)


# ---- REST ----


def _rest(request: Request, operation: Operation, model: Any, shape: Any) -> dict[str, Any]:
    path, query = _path(request, model), urllib.parse.parse_qs(request.query, keep_blank_values=True)
    found: dict[str, Any] = {}
    in_body = False
    for name, member in shape.members.items():
        location, written = member.serialization.get("location"), member.serialization.get("name", name)
        if location == "uri" and written in path:
            found[name] = _scalar(member, path[written])
        elif location == "querystring" and written in query:
            values = query[written]
            found[name] = values if member.type_name == "list" else _scalar(member, values[0])
        elif location == "header" and written.lower() in request.headers:
            found[name] = _scalar(member, request.headers[written.lower()])
        in_body |= location is None
    payload = shape.serialization.get("payload")
    if payload:
        return found | _payload(request, operation, payload, shape.members[payload])
    return found | (_body(operation.protocol, request.body, _BodyOnly(shape)) if in_body else {})


def _payload(request: Request, operation: Operation, name: str, member: Any) -> dict[str, Any]:
    if not request.body:
        return {}
    if member.type_name == "structure":
        return {name: _body(operation.protocol, request.body, member)}
    return {name: request.body.decode("utf-8", "replace") if member.type_name == "string" else request.body}


class _BodyOnly:
    """An input shape without what stands in path, query and headers."""

    def __init__(self, shape: Any) -> None:
        self._shape = shape
        self.members = {name: m for name, m in shape.members.items() if "location" not in m.serialization}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shape, name)


def _path(request: Request, model: Any) -> dict[str, str]:
    """The labels of the operation's path; a greedy one spans slashes."""
    template = model.http["requestUri"].partition("?")[0]
    pattern = re.sub(r"\\\{(\w+)\\\+\\\}", r"(?P<\1>.+)", re.escape(template))
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", pattern)
    match = re.fullmatch(pattern.rstrip("/") + "/?", request.path)
    return {name: urllib.parse.unquote(value) for name, value in match.groupdict().items()} if match else {}
