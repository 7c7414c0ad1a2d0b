"""Nothing leaves a backend process: moto posts to SNS subscribers and EventBridge API destinations, and asks Docker.

The front's request policy refuses what is known to reach outside, in a sentence; this stands behind it.
"""

import socket
from typing import Any


class Sealed(OSError):
    """Something in the process tried to reach a network."""


def seal() -> None:
    """Refuse every connection, look-up and datagram of this process from now on, and of what is forked from it."""

    def refuse(*_: Any, **__: Any) -> Any:
        raise Sealed("the emulated account reaches no network")

    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        setattr(socket, name, refuse)
