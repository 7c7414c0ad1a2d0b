"""Errors in AWS's shapes, for every protocol, so that boto3 and the CLI raise what they raise on AWS."""

import html
import json
import struct

from hardenlab.front.operations import Operation
from hardenlab.model.http import Response

REQUEST_ID = "00000000-0000-0000-0000-000000000000"


def aws_error(operation: Operation | None, status: int, code: str, message: str) -> Response:
    """The error as the operation's protocol writes it; S3's form when nothing is known of the request."""
    protocol = operation.protocol if operation else "rest-xml"
    service = operation.service if operation else "s3"
    if protocol == "smithy-rpc-v2-cbor":
        body = _cbor({"__type": code, "message": message, "Message": message})
        return _response(status, "application/cbor", body, [("smithy-protocol", "rpc-v2-cbor")])
    if protocol in ("json", "rest-json"):
        body = json.dumps({"__type": code, "message": message, "Message": message}).encode()
        kind = "application/x-amz-json-1.1" if protocol == "json" else "application/json"
        return _response(status, kind, body, [("x-amzn-ErrorType", code)])
    return _response(status, "text/xml", _xml(protocol, service, code, message).encode(), [])


def _xml(protocol: str, service: str, code: str, message: str) -> str:
    code, message = html.escape(code), html.escape(message)
    error = f"<Code>{code}</Code><Message>{message}</Message>"
    start = '<?xml version="1.0" encoding="UTF-8"?>\n'
    if protocol == "ec2":
        return f"{start}<Response><Errors><Error>{error}</Error></Errors><RequestID>{REQUEST_ID}</RequestID></Response>"
    if protocol == "query" or service != "s3":
        kind = "<Type>Sender</Type>"
        return f"{start}<ErrorResponse><Error>{kind}{error}</Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
    return f"{start}<Error>{error}<RequestId>{REQUEST_ID}</RequestId></Error>"


def _response(status: int, kind: str, body: bytes, headers: list[tuple[str, str]]) -> Response:
    return Response(status, [("Content-Type", kind), ("x-amzn-RequestId", REQUEST_ID), *headers], body)


def _cbor(fields: dict[str, str]) -> bytes:
    """A map of texts in CBOR (RFC 8949, major types 3 and 5)."""

    def head(major: int, count: int) -> bytes:
        return bytes([major << 5 | count]) if count < 24 else struct.pack("!BH", major << 5 | 25, count)

    def text(value: str) -> bytes:
        encoded = value.encode()[:60_000]
        return head(3, len(encoded)) + encoded

    return head(5, len(fields)) + b"".join(text(key) + text(value) for key, value in fields.items())
