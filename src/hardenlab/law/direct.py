"""boto3 without a socket: a request becomes the WSGI environ that a server would make, and goes to the front."""

import io
import urllib.parse
from typing import Any

import botocore.awsrequest

from hardenlab.front.app import Front


def send(front: Front, request: botocore.awsrequest.AWSPreparedRequest) -> botocore.awsrequest.AWSResponse:
    """Answer a prepared request; register it on botocore's `before-send` event."""
    response = front.answer(environ_of(request))
    raw = io.BytesIO(b"" if request.method == "HEAD" else response.body)
    raw.stream = lambda *_, **__: iter([raw.read()])  # type: ignore[attr-defined]
    return botocore.awsrequest.AWSResponse(request.url, response.status, dict(response.headers), raw)


def environ_of(request: botocore.awsrequest.AWSPreparedRequest) -> dict[str, Any]:
    """The environ of a prepared request."""
    url = urllib.parse.urlsplit(request.url)
    body = request.body or b""
    body = body.read() if hasattr(body, "read") else body
    body = body.encode() if isinstance(body, str) else body
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()}
    return raw_environ(request.method, url.path + (f"?{url.query}" if url.query else ""), headers, body, url.netloc)


def raw_environ(method: str, target: str, headers: dict[str, str], body: bytes, host: str) -> dict[str, Any]:
    """The environ of any request, `target` being its path and query as sent."""
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "REQUEST_URI": target,
        "PATH_INFO": urllib.parse.unquote(path),
        "QUERY_STRING": query,
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "HTTP_HOST": host,
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    return environ
