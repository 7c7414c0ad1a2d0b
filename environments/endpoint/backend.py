"""One account of the server as a backend: requests in the front's names, jobs in this process."""

import hashlib
import importlib
import io
import json
import time
import urllib.parse
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

import boto3
import botocore
import botocore.awsrequest
import botocore.config
from botocore.credentials import Credentials

from hardenlab.environment import Apply, IssuedKey, JobFailed
from hardenlab.front.operations import Operation, Unrecognised, identify
from hardenlab.front.policy import kept_headers
from hardenlab.model.http import Moment, Request, Response
from hardenlab.model.problem import EnvironmentProblem, Problem

from .caller import caller_identity
from .keys import ISSUING, Keys
from .names import Names
from .rewrite import to_front, to_server
from .server import Server
from .wire import FORM, Wire

SEED_CLOCK = 1_767_603_600.0
UNSIGNED = botocore.config.Config(
    retries={"max_attempts": 0}, s3={"addressing_style": "path"}, signature_version=botocore.UNSIGNED
)
# where there is no Organizations, no account is in an organization (its API Reference, "DescribeOrganization")
NO_ORGANIZATION = Response(
    400, [("Content-Type", "application/x-amz-json-1.1")],
    b'{"__type": "AWSOrganizationsNotInUseException", "Message": "Your account is not a member of an organization."}',
)  # fmt: skip
# a report that AWS makes when asked, of what is there: the account stays as it was
REPORTS = frozenset(("iam:GenerateCredentialReport", "iam:GenerateServiceLastAccessedDetails"))
# what EC2 makes beside the thing that was asked for: an account's own network, a VPC's groups and tables, disks
SWEPT = (
    "DescribeVpcs", "DescribeSubnets", "DescribeRouteTables", "DescribeNetworkAcls", "DescribeSecurityGroups",
    "DescribeSecurityGroupRules", "DescribeInternetGateways", "DescribeNetworkInterfaces", "DescribeVolumes",
)  # fmt: skip
# by the operation, where it is known what it makes beside its answer
SWEPT_AFTER = {
    "CreateVpc": (
        "DescribeRouteTables", "DescribeNetworkAcls", "DescribeSecurityGroups", "DescribeSecurityGroupRules",
    ),
    "CreateSubnet": ("DescribeNetworkAcls",),
    "CreateSecurityGroup": ("DescribeSecurityGroupRules",),
    "AuthorizeSecurityGroupIngress": ("DescribeSecurityGroupRules",),
    "AuthorizeSecurityGroupEgress": ("DescribeSecurityGroupRules",),
    "RunInstances": ("DescribeNetworkInterfaces", "DescribeVolumes"),
    "CreateTags": (),
    "CreateVolume": (),
    "CreateSnapshot": (),
    "CreateFlowLogs": (),
}  # fmt: skip
MAKES_MORE = ("Create", "Run", "Associate", "Replace", "Allocate", "Attach", "Modify", "Authorize", "Accept")


class Missing(EnvironmentProblem):
    """The server does not offer an operation that a job called."""


class EndpointBackend:
    """A fresh account of a server, from its first request on. The owner stops the server when it is closed."""

    def __init__(self, server: Server, owner: bool = False) -> None:
        self._server = server
        self._owner = owner
        self._wire = Wire(server.url())
        self._names = Names("", "000000000000")
        self._keys = Keys()
        self._written: list[tuple[Request, Moment, int]] = []
        self._variant = ""
        self._facts = hashlib.sha256()
        self._swept = False

    def call(self, request: Request, moment: Moment) -> Response:
        try:
            operation = identify(
                request.service, request.method, request.path, request.query, request.headers, request.body
            )
        except Unrecognised:
            return Response(501, unimplemented=True)
        if operation.action == "sts:GetCallerIdentity" and self._keys.real(request.access_key) is None:
            return caller_identity(request.account)
        if operation.service == "ec2" and not self._swept:
            self._sweep(request, "start")
        if moment.seed.startswith("read:"):
            return to_front(self._sent(request, operation), operation, self._names)
        response = self._wrote(request, operation, moment.seed)
        self._written.append((request, moment, response.status))
        return response

    def calls(self, several: Iterable[tuple[Request, Moment]]) -> Iterator[Response]:
        """One after the other: each may name what an earlier answer told."""
        return (self.call(request, moment) for request, moment in several)

    def credential(self, access_key: str) -> IssuedKey | None:
        return self._keys.told(access_key)

    def seed(self, job: str, arguments: Mapping[str, Any], variant: str) -> dict[str, Any]:
        if not self._variant:
            self._begin(variant, arguments["account_id"])
        numbers = iter(range(1, 1_000_000))
        mode = f"seed:{job.partition(':')[2]}"
        result = self._job(
            job, arguments, lambda operation, request: self.call(request, Moment(_place(operation, mode, numbers),
            SEED_CLOCK)), 600.0,
        )  # fmt: skip
        self._facts.update(json.dumps([job, result.get("facts"), result.get("questions")], sort_keys=True).encode())
        return result

    def run(self, job: str, arguments: Mapping[str, Any], timeout: float = 60.0) -> dict[str, Any]:
        return self._look(job, arguments, timeout, None)

    def _look(self, job: str, arguments: Mapping[str, Any], timeout: float, apply: Apply | None) -> dict[str, Any]:
        """Run a job whose clients change nothing."""

        def look(operation: Operation, request: Request) -> Response:
            if not operation.reads_only and operation.action not in REPORTS:
                raise JobFailed(f"a job that looks at the account called {operation.action}, which changes it.")
            response = self.call(request, Moment("read:job", SEED_CLOCK))
            return NO_ORGANIZATION if response.unimplemented and operation.service == "organizations" else response

        if self._server.url() != self._wire.url:
            self._move()
        return self._job(job, arguments, look, timeout, apply)

    def conclude(self, job: str, arguments: Mapping[str, Any], timeout: float = 60.0) -> dict[str, Any]:
        try:
            return self._look(job, arguments, timeout, lambda several, unread: self.calls(several))
        finally:
            self.close()

    def clone(self) -> "EndpointBackend":
        copy = EndpointBackend(self._server)
        if self._variant:
            copy._begin(self._variant, self._names.account)
        try:
            for request, moment, status in self._written:
                response = copy.call(request, moment)
                if response.status != status:
                    raise EnvironmentProblem(
                        f"{self._server.called} answered {response.status} to a call that it had answered {status}: "
                        "the account cannot be made a second time there. On moto it can: --environment moto."
                    )
        except BaseException:
            copy.close()
            raise
        copy._facts = self._facts.copy()
        return copy

    def rehearse(self, rehearsal: object, many: bool = False) -> None:
        """One server has every account, and has loaded what it needs."""

    def stand_by(self) -> None:
        """A fresh account is made when it is asked for."""

    def snapshot(self) -> None:
        """A copy is made by making every call again: going back can do that itself."""

    def digest(self) -> str:
        """Of the facts that seeding told: the server's clock, and what it counts, are its own."""
        return self._facts.hexdigest()

    def close(self) -> None:
        self._wire.close()
        if self._owner:
            self._server.stop()

    def _move(self) -> None:
        """The server was started again, empty: take the place of a clone of this account there."""
        copy = self.clone()
        self._wire.close()
        self._wire, self._names, self._keys, self._swept = copy._wire, copy._names, copy._keys, copy._swept

    def _begin(self, variant: str, account: str) -> None:
        self._variant = variant
        self._names = Names(variant, account)

    def _wrote(self, request: Request, operation: Operation, seed: str) -> Response:
        response = self._sent(request, operation)
        if response.status >= 300 or response.unimplemented or response.crash:
            return to_front(response, operation, self._names)
        asked = request.body + request.path.encode() + request.query.encode()
        self._names.learn(response.body, asked, seed)
        if operation.service == "ec2" and operation.name.startswith(MAKES_MORE):
            self._sweep(request, seed, SWEPT_AFTER.get(operation.name, SWEPT))
        if operation.action in ISSUING:
            response = self._keys.issue(
                response, request, operation, self._names, seed, lambda name: self._get_user(request, name)
            )
        else:
            self._keys.change(request, operation)
        return to_front(response, operation, self._names)

    def _sent(self, request: Request, operation: Operation) -> Response:
        target, headers, body = to_server(request, operation, self._names)
        account = self._names.real_account_of(request.account)
        key = self._keys.real(request.access_key) or Credentials(account, "emulated")
        response = self._wire.send(request.method, target, headers, body, request.service, request.region, key, account)
        return understood(response)

    def _sweep(self, request: Request, seed: str, actions: Collection[str] = SWEPT) -> None:
        """Learn the ids of what exists beside what the answers named, always in one order."""
        self._swept = True
        for action in actions:
            answer = self._query(request, "ec2", action, "2016-11-15")
            self._names.learn(answer.body, b"", f"{seed}:{action}")

    def _get_user(self, request: Request, name: str) -> bytes:
        return self._query(request, "iam", "GetUser", "2010-05-08", UserName=name).body

    def _query(self, request: Request, service: str, action: str, version: str, **values: str) -> Response:
        body = urllib.parse.urlencode({"Action": action, "Version": version, **values}).encode()
        headers = {"content-type": FORM}
        asking = Request("POST", "/", "", headers, body, request.account, request.region, service, "")
        return self._sent(asking, Operation(service, action, "query"))

    def _job(
        self, job: str, arguments: Mapping[str, Any], answer: Callable[[Operation, Request], Response], timeout: float,
        apply: Apply | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        module, _, function = job.partition(":")
        if not module.startswith("hardenlab."):
            raise JobFailed(f"'{job}' is not a job of hardenlab")
        deadline = time.monotonic() + timeout
        clients = JobClients(self._server.called, arguments["account_id"], answer, deadline, apply)
        try:
            result: dict[str, Any] = getattr(importlib.import_module(module), function)(clients, arguments)
        except Problem as error:
            missing = _missing(error)
            if missing:
                raise JobFailed(f"{missing}: this cannot be done there. On moto it can: --environment moto.") from error
            raise JobFailed(str(error)[:2000], error.exit_code) from error
        except Exception as error:
            raise JobFailed(f"{type(error).__name__}: {error}"[:2000]) from error
        return result


class JobClients:
    """Makes a job's boto3 clients, whose calls are answered by `answer` instead of a network.

    `apply`: requests of the front, in a job that concludes the account.
    """

    def __init__(
        self, server: str, account: str, answer: Callable[[Operation, Request], Response], deadline: float,
        apply: Apply | None = None,
    ) -> None:  # fmt: skip
        self._server = server
        self.apply = apply
        self._account = account
        self._answer = answer
        self._deadline = deadline
        self._session = boto3.Session(region_name="us-east-1")

    def __call__(self, service: str, region_name: str = "us-east-1") -> Any:
        client = self._session.client(service, region_name=region_name, endpoint_url="http://emulator", config=UNSIGNED)
        scope = client.meta.service_model.signing_name

        def send(request: botocore.awsrequest.AWSPreparedRequest, **_: Any) -> Any:
            return self._send(request, scope, region_name)

        client.meta.events.register("before-send.*.*", send)
        return client

    def _send(self, prepared: botocore.awsrequest.AWSPreparedRequest, service: str, region: str) -> Any:
        if time.monotonic() > self._deadline:
            raise JobFailed("the job took too long.")
        request = as_request(prepared, service, region, self._account)
        operation = identify(service, request.method, request.path, request.query, request.headers, request.body)
        response = self._answer(operation, request)
        if response.unimplemented:
            raise Missing(f"{self._server} does not offer {operation.action}")
        if response.crash:
            raise Missing(f"{self._server} broke at {operation.action}: {response.crash}")
        raw = io.BytesIO(b"" if prepared.method == "HEAD" else response.body)
        raw.stream = lambda *_, **__: iter([raw.read()])  # type: ignore[attr-defined]
        return botocore.awsrequest.AWSResponse(prepared.url, response.status, dict(response.headers), raw)


def as_request(prepared: botocore.awsrequest.AWSPreparedRequest, service: str, region: str, account: str) -> Request:
    """A prepared request of botocore as the front would pass it on."""
    url = urllib.parse.urlsplit(prepared.url)
    body = prepared.body or b""
    body = body.read() if hasattr(body, "read") else body
    body = body.encode() if isinstance(body, str) else body
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else str(value)
        for name, value in prepared.headers.items()
    }
    return Request(
        prepared.method, url.path or "/", url.query, kept_headers(headers), body, account, region, service, ""
    )


def _missing(error: BaseException | None) -> Missing | None:
    """What the server does not offer, if that is why a job failed."""
    while error is not None and not isinstance(error, Missing):
        error = error.__cause__
    return error


def _place(operation: Operation, mode: str, numbers: Iterable[int]) -> str:
    return "read:seed" if operation.reads_only else f"{mode}:{next(iter(numbers))}"


def understood(response: Response) -> Response:
    """The answer, marked when it says that the operation is not there, or that the server broke at it."""
    kind = next((value for name, value in response.headers if name.lower() == "content-type"), "")
    if response.status == 501 and b"InternalFailure" in response.body:
        return Response(501, response.headers, response.body, unimplemented=True)
    if kind.startswith("text/html") and response.status in (404, 405, 500, 501):
        return Response(501, response.headers, response.body, unimplemented=True)
    if response.status == 500:
        return Response(500, response.headers, response.body, crash=response.body[:300].decode(errors="replace"))
    return response
