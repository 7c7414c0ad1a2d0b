"""A request as the server must get it, and its answer as the front must."""

import base64
import hashlib
import urllib.parse
from collections.abc import Mapping
from dataclasses import replace

from hardenlab.front.operations import Operation, service_model
from hardenlab.model.http import Request, Response

from .names import Names
from .wire import FORM

OBJECTS = frozenset(("PutObject", "UploadPart"))  # their bodies are somebody's data
CHECKSUMS = ("x-amz-checksum-", "x-amz-sdk-checksum-algorithm", "x-amz-trailer")
BUCKET_KEYS = ("bucket", "bucketname", "s3bucket", "s3bucketname")


def to_server(request: Request, operation: Operation, names: Names) -> tuple[str, dict[str, str], bytes]:
    """The target (path and query), headers and body to send."""
    path = _path(request, operation, names)
    query = _form(request.query, names) if request.query else ""
    headers = {name: names.real(value.encode()).decode() for name, value in request.headers.items()}
    if "x-amz-target" in headers:  # the server must read there what the front has read
        headers["x-amz-target"] = f"{service_model(operation.service).metadata['targetPrefix']}.{operation.name}"
    if "x-amz-copy-source" in headers:
        headers["x-amz-copy-source"] = _copied(request.headers["x-amz-copy-source"], names)
    body = request.body
    if not (operation.service == "s3" and operation.name in OBJECTS):
        body = _body(request, names)
    if body != request.body:
        headers = _with_new_checksum(headers, body)
    return f"{path}?{query}" if query else path, headers, body


def to_front(response: Response, operation: Operation, names: Names) -> Response:
    """The answer in the front's names."""
    data = operation.service == "s3" and operation.name == "GetObject" and response.status < 300
    headers = [(name, names.called(value.encode()).decode()) for name, value in response.headers]
    return replace(response, headers=headers, body=response.body if data else names.called(response.body))


def _path(request: Request, operation: Operation, names: Names) -> str:
    if operation.service != "s3":
        quoted = urllib.parse.unquote(request.path) != request.path
        return _requoted(request.path, names) if quoted else names.real(request.path.encode()).decode()
    bucket, slash, key = request.path.lstrip("/").partition("/")
    return f"/{urllib.parse.quote(names.real_bucket(urllib.parse.unquote(bucket)), safe='')}{slash}{key}"


def _requoted(path: str, names: Names) -> str:
    """ARNs stand percent-encoded in paths."""
    parts = (names.real(urllib.parse.unquote_to_bytes(part)) for part in path.split("/"))
    return "/".join(urllib.parse.quote(part, safe="") for part in parts)


def _copied(source: str, names: Names) -> str:
    bucket, slash, key = source.lstrip("/").partition("/")
    return f"{names.real_bucket(urllib.parse.unquote(bucket))}{slash}{key}"


def _body(request: Request, names: Names) -> bytes:
    if request.headers.get("content-type", "").startswith(FORM) and b"Action=" in request.body[:65536]:
        return _form(request.body.decode("utf-8", "surrogateescape"), names).encode()
    return names.real(request.body)


def _form(text: str, names: Names) -> str:
    """Values are decoded for rewriting: an id may follow a percent-encoded character."""
    written = []
    for pair in text.split("&"):
        key, equals, value = pair.partition("=")
        plain = urllib.parse.unquote_to_bytes(value.replace("+", " "))
        real = names.real(plain)
        if key.rsplit(".", 1)[-1].lower() in BUCKET_KEYS and real == plain:
            real = names.real_bucket(plain.decode("utf-8", "replace")).encode()
        written.append(pair if real == plain else f"{key}{equals}{urllib.parse.quote(real, safe='')}")
    return "&".join(written)


def _with_new_checksum(headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    kept = {name: value for name, value in headers.items() if not name.startswith(CHECKSUMS)}
    kept.pop("x-amz-content-sha256", None)
    digest = hashlib.md5(body, usedforsecurity=False).digest()  # S3's Content-MD5
    return kept | {"content-md5": base64.b64encode(digest).decode()}
