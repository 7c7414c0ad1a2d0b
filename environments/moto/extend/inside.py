"""Clients for the account in which a call is being answered: for operations whose answer hangs on other services'."""

import io
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import boto3
import botocore.config
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ClientError

from hardenlab.model.http import Response

from .call import Call

ENDPOINT = "http://inside"
Answer = Callable[[AWSPreparedRequest, str], Response]


class Inside:
    """One for a process, which has one thread. `answer` is set by whoever holds moto's application."""

    def __init__(self) -> None:
        self.answer: Answer | None = None
        self._account = ""
        self._session: Any = None
        self._clients: dict[tuple[str, str], Any] = {}

    @contextmanager
    def clients(self, call: Call[Any]) -> Any:
        """Clients by the service's name; their requests are part of the call, at its moment and in its account."""
        kept, self._account = self._account, call.account
        try:
            yield lambda service: self._client(service, call.region)
        finally:
            self._account = kept

    def _client(self, service: str, region: str) -> Any:
        if self._session is None:
            self._session = boto3.Session(region_name="us-east-1")
            self._session.events.register("before-send.*.*", self._send)
        if (service, region) not in self._clients:
            config = botocore.config.Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"})
            client = self._session.client(service, region_name=region, endpoint_url=ENDPOINT, config=config)
            self._clients[service, region] = client
        return self._clients[service, region]

    def _send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        if self.answer is None:
            raise RuntimeError("nobody holds moto's application")
        response = self.answer(request, self._account)
        if response.unimplemented or response.crash:
            message = f"moto cannot answer this: {response.crash or 'it is not implemented'}"
            raise ClientError({"Error": {"Code": "NotImplemented", "Message": message}}, "inside")
        raw = io.BytesIO(response.body)
        raw.stream = lambda *_, **__: iter([raw.read()])  # type: ignore[attr-defined]
        return AWSResponse(request.url, response.status, dict(response.headers), raw)


inside = Inside()
