"""Messages between the front and a backend process: length, then JSON, then a body; and a socket handed over."""

import array
import json
import socket
import struct
from typing import Any

from hardenlab.model.http import Request

LENGTH = struct.Struct("!II")
MAX_MESSAGE = 512 * 1024 * 1024


class Closed(Exception):
    """The other end is gone."""


class Channel:
    """One end of a Unix socket pair."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._seconds = 0.0
        self.room = end.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) // 4
        """Bytes that can be sent for sure while the other end reads nothing: the kernel counts its own beside them."""

    def fileno(self) -> int:
        return self._socket.fileno()

    def settimeout(self, seconds: float) -> None:
        """Give up (TimeoutError) when the other end stays silent so long. The kernel counts: that saves calls to it."""
        if seconds != self._seconds:
            self._seconds = seconds
            time = struct.pack("@ll", int(seconds), int(seconds % 1 * 1e6))
            for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                self._socket.setsockopt(socket.SOL_SOCKET, option, time)

    def send(self, head: dict[str, Any], body: bytes = b"") -> None:
        self.put(message(head, body))

    def put(self, message: bytes) -> None:
        try:
            self._socket.sendall(message)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed from error
        except BlockingIOError as error:
            raise TimeoutError from error

    def receive(self) -> tuple[dict[str, Any], bytes]:
        text_length, body_length = LENGTH.unpack(self._exactly(LENGTH.size))
        if text_length + body_length > MAX_MESSAGE:
            raise Closed(f"a message of {text_length + body_length} bytes")
        message = self._exactly(text_length + body_length)
        return json.loads(message[:text_length]), message[text_length:]

    def send_socket(self, end: socket.socket) -> None:
        self._socket.sendmsg([b"s"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [end.fileno()]))])

    def receive_socket(self) -> socket.socket:
        _, fds, _, _ = socket.recv_fds(self._socket, 1, 1)
        if not fds:
            raise Closed
        return socket.socket(fileno=fds[0])

    def close(self) -> None:
        self._socket.close()

    def _exactly(self, count: int) -> bytes:
        parts = []
        while count:
            try:
                part = self._socket.recv(min(count, 1 << 20))
            except ConnectionResetError as error:
                raise Closed from error
            except BlockingIOError as error:
                raise TimeoutError from error
            if not part:
                raise Closed
            parts.append(part)
            count -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)


def without_body(request: Request) -> list[Any]:
    """A request's fields in order, for a head; its body travels as the message's body."""
    return [
        request.method, request.path, request.query, dict(request.headers),
        request.account, request.region, request.service, request.access_key,
    ]  # fmt: skip


def message(head: dict[str, Any], body: bytes = b"") -> bytes:
    """As it is sent."""
    text = json.dumps(head, separators=(",", ":")).encode()
    return LENGTH.pack(len(text), len(body)) + text + body
