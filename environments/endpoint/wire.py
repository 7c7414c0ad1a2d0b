"""One signed HTTP request to the server, and its answer."""

import http.client
import urllib.parse
from collections.abc import Mapping

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from hardenlab.model.http import Response
from hardenlab.model.problem import EnvironmentProblem

TIMEOUT = 120.0  # of a call; LocalStack loads a service at its first one
MAX_ANSWER = 256 * 1024 * 1024
FORM = "application/x-www-form-urlencoded"
NOT_SENT = frozenset(("host", "content-length", "transfer-encoding", "connection", "authorization"))


class Wire:
    """A connection to the server, opened when needed. Redirects are not followed."""

    def __init__(self, url: str, timeout: float = TIMEOUT) -> None:
        self.url = url
        self._timeout = timeout
        parts = urllib.parse.urlsplit(url)
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname or "", parts.port
        self._connection: http.client.HTTPConnection | None = None

    def send(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes,
        service: str, region: str, key: Credentials, account: str,
    ) -> Response:  # fmt: skip
        """Sign and send. `target`: path and query as they go out. EnvironmentProblem: the server does not answer."""
        request = AWSRequest(method, self.url + target, data=body)
        for name, value in headers.items():
            if name not in NOT_SENT:
                request.headers[name] = value
        request.headers["x-moto-account-id"] = account  # how a moto server is told; others go by the key
        signer = S3SigV4Auth if service == "s3" else SigV4Auth
        signer(key, service, region).add_auth(request)
        sent = {name: str(value) for name, value in request.headers.items()}
        try:
            return self._exchange(method, target, sent, body)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise EnvironmentProblem(f"the emulator at {self.url} does not answer ({_brief(error)}).") from error

    def get(self, path: str) -> tuple[int, bytes]:
        """An unsigned GET of one of the server's own pages."""
        response = self._exchange("GET", path, {}, b"")
        return response.status, response.body

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _exchange(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Response:
        kept = self._connection is not None
        try:
            return self._once(method, target, headers, body)
        except (http.client.RemoteDisconnected, ConnectionError):
            self.close()
            if not kept:  # a connection that stood open may have been closed meanwhile: nothing was read from it
                raise
            return self._once(method, target, headers, body)

    def _once(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Response:
        if self._connection is None:
            kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
            self._connection = kind(self._host, self._port, timeout=self._timeout)
        self._connection.request(method, target, body, headers)
        answer = self._connection.getresponse()
        content = answer.read(MAX_ANSWER)
        return Response(answer.status, list(answer.getheaders()), content)


def _brief(error: Exception) -> str:
    return str(error)[:200] or type(error).__name__
