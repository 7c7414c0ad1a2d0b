"""Which operations LocalStack answers: each is called once, with as little as it may be called with.

`python -m hardenlab.environments.localstack.probe` writes `operations.json`. That an operation is answered does not say
that it is answered as AWS would: the law decides that, section by section.
"""

import json
import sys
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

import boto3
import botocore.awsrequest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.credentials import Credentials

from hardenlab.front.policy import SERVICES
from hardenlab.model.http import Request
from hardenlab.model.problem import EnvironmentProblem

from ..endpoint.backend import as_request, understood
from ..endpoint.wire import Wire
from .environment import OPERATIONS
from .process import Process

ACCOUNT = "482916375024"
UNSENT = Config(retries={"max_attempts": 0}, parameter_validation=False, signature_version=UNSIGNED)
SECONDS = 30.0


class _Made(Exception):
    """A request that was to be sent."""


def main() -> None:
    process = Process()
    try:
        found = dict(answered(process.url(), sorted(SERVICES)))
    finally:
        process.stop()
    OPERATIONS.write_text(json.dumps(found, indent=1) + "\n")
    sys.stdout.write(f"{sum(map(len, found.values()))} operations of {len(found)} services\n")


def answered(url: str, services: Collection[str]) -> Iterator[tuple[str, list[str]]]:
    """Services with the operations that are answered. One that breaks at every call is not there."""
    for service in services:
        maker = Maker(service)
        found = {operation.name: standing(url, maker.request(operation)) for operation in maker.operations()}
        sys.stderr.write(f"{service}: {Counter(found.values())}\n")
        if any(told == "answered" for told in found.values()):
            yield service, sorted(name for name, told in found.items() if told != "missing")


def standing(url: str, request: Request) -> str:
    """`answered`, `missing`, or `broken`: as it may be at arguments that mean nothing."""
    wire = Wire(url, SECONDS)
    try:
        told = understood(
            wire.send(
                request.method, request.path + (f"?{request.query}" if request.query else ""), request.headers,
                request.body, request.service, request.region, Credentials(ACCOUNT, "emulated"), ACCOUNT,
            )
        )  # fmt: skip
    except EnvironmentProblem:
        return "broken"
    finally:
        wire.close()
    return "missing" if told.unimplemented else "broken" if told.crash else "answered"


class Maker:
    """Makes the requests of one service, and sends none."""

    def __init__(self, service: str) -> None:
        self._client = boto3.Session(region_name="us-east-1").client(
            service, endpoint_url="http://emulator", config=UNSENT
        )
        self._model = self._client.meta.service_model
        self._client.meta.events.register("before-send.*.*", self._keep)

    def operations(self) -> Iterator[Any]:
        """botocore's models of them."""
        return (self._model.operation_model(name) for name in self._model.operation_names)

    def request(self, operation: Any) -> Request:
        """The operation with its required parameters only."""
        try:
            self._client._make_api_call(operation.name, _least(operation.input_shape))
        except _Made as made:
            request: Request = made.args[0]
            return request
        raise AssertionError(f"{operation.name} was not made")

    def _keep(self, request: botocore.awsrequest.AWSPreparedRequest, **_: Any) -> None:
        raise _Made(as_request(request, self._model.signing_name, "us-east-1", ACCOUNT))


def _least(shape: Any) -> Any:
    """A value of the shape, with its required members only."""
    if shape is None:
        return {}
    match shape.type_name:
        case "structure":
            return {name: _least(shape.members[name]) for name in shape.required_members}
        case "list":
            return [_least(shape.member)]
        case "map":
            return {}
        case "string":
            return shape.enum[0] if shape.enum else "x" * max(int(shape.metadata.get("min", 1)), 3)
        case "boolean":
            return True
        case "timestamp":
            return 1_767_603_600
        case "blob":
            return b"x"
        case _:
            return int(shape.metadata.get("min", 1)) or 1


if __name__ == "__main__":
    main()
