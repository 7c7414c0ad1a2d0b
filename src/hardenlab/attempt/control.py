"""The control door of an attempt's server: JSON over HTTP on loopback, with a token from the private state folder."""

import hmac
import json
from collections.abc import Callable, Collection, Iterable
from typing import Any

from hardenlab.attempt.attempt import Attempt
from hardenlab.front.app import Environ, Front, StartResponse, read_headers
from hardenlab.model.problem import Problem

PREFIX = "/_hardenlab/"
MAX_BODY = 64 * 1024
VERBS = frozenset(
    (
        "overview",
        "check",
        "hint",
        "solution",
        "answer",
        "question",
        "map",
        "undo",
        "reset",
        "checkpoint",
        "rewind",
        "journal",
    )
)


class Server:
    """The WSGI application of an attempt: control requests by their prefix, everything else is for the front."""

    def __init__(
        self, front: Front, attempt: Attempt, token: str, stop: Callable[[], None], verbs: Collection[str] = VERBS
    ) -> None:
        self._front = front
        self._attempt = attempt
        self._token = token
        self._stop = stop
        self._verbs = verbs

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith(PREFIX):
            return self._front(environ, start_response)
        status, answer = self._control(environ)
        body = json.dumps(answer).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    def at_once(self, path: str) -> bool:
        """Whether a request is answered whatever else is under way: it waits for no account."""
        return path in (PREFIX + "ping", PREFIX + "stop")

    def takes_long(self, path: str) -> bool:
        """Whether a request may take seconds: whatever is asked of the attempt itself."""
        return path.startswith(PREFIX) and not self.at_once(path)

    def _control(self, environ: Environ) -> tuple[str, dict[str, Any]]:
        given = read_headers(environ).get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            return "403 Forbidden", {"problem": "this door needs the attempt's token.", "exit_code": 2}
        verb = environ["PATH_INFO"].removeprefix(PREFIX)
        try:
            arguments = json.loads(environ["wsgi.input"].read(MAX_BODY) or b"{}")
            if verb == "stop":
                self._stop()
                return "200 OK", {}
            if verb == "ping":
                return "200 OK", {}
            if verb not in self._verbs or not isinstance(arguments, dict):
                return "404 Not Found", {"problem": f"an attempt cannot '{verb[:40]}'.", "exit_code": 2}
            return "200 OK", getattr(self._attempt, verb)(**arguments)
        except Problem as error:
            return "409 Conflict", {"problem": str(error), "exit_code": error.exit_code}
        except (TypeError, ValueError) as error:
            return "400 Bad Request", {"problem": f"'{verb[:40]}' does not take this: {error}", "exit_code": 2}
