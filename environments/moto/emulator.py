"""moto's application, called without a socket: for requests from the front, and for boto3 inside this process."""

import hashlib
import io
import itertools
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

import boto3
import botocore
import botocore.awsrequest
import botocore.config
import botocore.session
from botocore.model import OperationModel

from hardenlab.environment import Apply
from hardenlab.model.http import Moment, Request, Response
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from .application import Application
from .determinism import Determinism
from .extend.inside import inside
from .forms import Form, form_of
from .parsed import Http, ParsedAnswers, is_plain, parse, parse_time
from .past import MotoPast

ENDPOINT = "http://emulator"
# a job's calls reach moto without a network: a signature and the user agent's many parts would be made for nobody
UNSIGNED = botocore.config.Config(
    retries={"max_attempts": 0}, s3={"addressing_style": "path"}, user_agent="hardenlab",
    signature_version=botocore.UNSIGNED,
)  # fmt: skip
# whose rules say where in the URL a bucket or an account goes, whatever the endpoint
RULED = ("s3", "s3control")
WARM_SERVICES = (
    "ec2", "s3", "iam", "sts", "kms", "logs", "cloudtrail", "cloudwatch", "config", "route53", "elbv2",
    "s3control", "sns", "ssm", "secretsmanager", "organizations", "wafv2",
)  # fmt: skip

WARM_EC2_READS = (
    "describe_vpcs", "describe_subnets", "describe_route_tables", "describe_internet_gateways",
    "describe_egress_only_internet_gateways", "describe_nat_gateways", "describe_network_acls",
    "describe_security_groups", "describe_network_interfaces", "describe_instances",
    "describe_vpc_peering_connections", "describe_managed_prefix_lists",
)  # fmt: skip
WARM_ELBV2_READS = ("describe_load_balancers", "describe_target_groups")


class Clients:
    """Makes a job's boto3 clients. `apply`: requests of the front, one after another, each at its moment.

    `past` writes what no call can, in jobs whose changes are kept.
    """

    def __init__(self, make: Callable[..., Any], apply: Apply, past: MotoPast | None) -> None:
        self._make = make
        self.apply = apply
        self.past = past

    def __call__(self, service: str, region_name: str = "us-east-1") -> Any:
        return self._make(service, region_name)


class Emulator:
    """The accounts that this process holds."""

    def __init__(self, determinism: Determinism) -> None:
        self._determinism = determinism
        self._parsed = ParsedAnswers()
        self._parsed.install()
        self._application = Application(self._parsed)
        core = botocore.session.Session()
        self._parsers = core.get_component("response_parser_factory")
        self._parsers.set_parser_defaults(timestamp_parser=parse_time)
        self._session = boto3.Session(botocore_session=core, region_name="us-east-1")
        self._clients: dict[tuple[str, str], Any] = {}
        self._digest = hashlib.sha256()
        self._account = ""
        self._mode: tuple[str, float | None] | None = None
        inside.answer = self._answer_inside
        self._numbers: Iterator[int] = itertools.count(1)
        self._written: Response | None = None

    def call(self, request: Request, moment: Moment) -> Response:
        """Apply a request of the front."""
        with self._determinism.at(moment):
            return self._dispatch(_environ(request), request.account)

    @contextmanager
    def numbered(self, mode: str, account: str, clock: float | None) -> Iterator["Clients"]:
        """Clients of one account for a job: its requests are numbered in order, at a frozen clock when one is given."""
        kept = self._mode, self._account, self._numbers
        self._mode, self._account, self._numbers = (mode, clock), account, itertools.count(1)
        self._parsed.practises = clock is not None
        try:
            with self._determinism.running() if clock is None else nullcontext():
                past = None if clock is None else MotoPast(account, self._in_the_past)
                yield Clients(self._client, self._apply, past)
        finally:
            self._mode, self._account, self._numbers = kept
            self._parsed.practises = False

    def _apply(self, several: Iterable[tuple[Request, Moment]], unread: bool) -> Iterator[Response]:
        """Requests of the front in the middle of a job, whose clock runs on after them.

        `unread`: nobody looks at more of an answer than its status, and what moto would write need not be written.
        """
        with self._determinism.running():
            for request, moment in several:
                self._parsed.wanted = self._parsed.unread = unread
                response = self.call(request, moment)
                self._parsed.take()
                yield response

    @contextmanager
    def _in_the_past(self, change: str) -> Iterator[None]:
        """What a seed changes without a call: at its number and clock, and in the digest, as a call is."""
        mode, clock = self._mode or ("", None)
        if clock is None:
            raise RuntimeError("the past was changed outside a job that is kept")
        self._digest.update(change.encode())
        with self._determinism.at(Moment(f"{mode}:{next(self._numbers)}", clock)):
            yield

    def digest(self) -> str:
        return self._digest.hexdigest()

    def credential(self, access_key: str) -> dict[str, Any] | None:
        """The key of an IAM user or role session, wherever it lives."""
        for account, partitions in list(iam_backends.items()):
            for user in _users(partitions):
                for key in user.access_keys:
                    if key.access_key_id == access_key:
                        found = _key(key.secret_access_key, None, account, user.arn, key.status == "Active")
                        return found | {"unique_id": user.id}
        for account, partitions in list(sts_backends.items()):
            for backend in list(partitions.values()):
                for role in backend.assumed_roles:
                    if role.access_key_id == access_key:
                        key = _key(role.secret_access_key, role.session_token, account, role.arn, True)
                        return key | {"session_policy": role.policy or None, "unique_id": role.user_id}
        return None

    def warm_up(self) -> None:
        """Load what the first requests would load: models, routes, EC2's tables; then forget the account used."""
        with self.numbered("warm", "000000000000", None):
            self._warm_up_networks()
            self._client("s3").list_buckets()
            self._client("iam").list_users()
            self._client("sts").get_caller_identity()
            self._client("autoscaling").describe_auto_scaling_groups()  # EC2 asks its groups when an instance ends
            for service in WARM_SERVICES:
                self._client(service)
        self.forget()

    def _warm_up_networks(self) -> None:
        """Serve the calls that read a network, on one with something in it: what they load, every fork inherits."""
        ec2, elbv2 = self._client("ec2"), self._client("elbv2")
        subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"][:2]]
        ec2.create_network_interface(SubnetId=subnets[0])
        elbv2.create_load_balancer(Name="warm", Subnets=subnets)
        for client, calls in ((ec2, WARM_EC2_READS), (elbv2, WARM_ELBV2_READS)):
            for call in calls:
                if client.can_paginate(call):
                    client.get_paginator(call).paginate().build_full_result()
                else:
                    getattr(client, call)()

    def open_account(self, account: str) -> None:
        """Build what costs most of an account, its AWS managed policies (70 ms), before it is cloned."""
        iam_backends[account]["aws"]

    def forget(self) -> None:
        """Empty every account, and the digest."""
        _forget_all_accounts()
        self._digest = hashlib.sha256()

    def _client(self, service: str, region_name: str = "us-east-1") -> Any:
        key = (service, region_name)
        if key not in self._clients:
            client = self._session.client(service, region_name=region_name, endpoint_url=ENDPOINT, config=UNSIGNED)
            model = client.meta.service_model
            if service not in RULED:
                client._ruleset_resolver = None  # every call would ask AWS's rules, and get the endpoint that it has
            scope = _authorization("emulated", region_name, model.signing_name)
            parser = self._parsers.create_parser(model.resolved_protocol)
            client.meta.events.register("before-send.*.*", partial(self._answer_boto, scope=scope))
            at_once = partial(self._answer_at_once, scope=scope, parser=parser)
            client.meta.events.register_last("before-call.*.*", at_once)
            self._clients[key] = client
        return self._clients[key]

    def _answer_at_once(
        self, model: OperationModel, params: dict[str, Any], *, scope: str, parser: Any, **_: Any
    ) -> tuple[Http, dict[str, Any]] | None:
        """botocore's before-call hook: what it does to reach a network, half of its work, is left out.

        In a job that keeps nothing, most answers need not even be written to be read. What is not plain, and what is
        refused, goes on to the hook before sending.
        """
        if not is_plain(model, params):
            return None
        self._parsed.wanted = self._mode is not None and self._mode[1] is None
        response = self._answered(_request_environ(params, scope))
        parsed = self._parsed.take()
        if parsed is not None:
            return Http(200), parsed
        if response.status >= 300 or response.crash or response.unimplemented:
            self._written = response
            return None
        return Http(response.status, response.body), parse(parser, model, response)

    def _answer_boto(self, request: botocore.awsrequest.AWSPreparedRequest, *, scope: str, **_: Any) -> Any:
        """botocore's before-send hook: answer from the application instead of a network."""
        response, self._written = self._written, None
        if response is None:
            request.headers["authorization"] = scope
            response = self._answered(_boto_environ(request))
        if response.unimplemented:
            raise NotImplementedError(f"moto has no {request.method} {request.url}")
        if response.crash:
            raise RuntimeError(f"moto broke at {request.method} {request.url}: {response.crash}")
        raw = io.BytesIO(response.body)
        raw.stream = lambda *_, **__: iter([raw.read()])  # type: ignore[attr-defined]
        headers = dict(response.headers)
        return botocore.awsrequest.AWSResponse(request.url, response.status, headers, raw)

    def _answer_inside(self, request: botocore.awsrequest.AWSPreparedRequest, account: str) -> Response:
        """The answer to a call that is part of another one."""
        with self._parsed.waiting():
            return self._dispatch(_boto_environ(request), account)

    def _answered(self, environ: dict[str, Any]) -> Response:
        """The answer to a job's request, at its number."""
        if self._mode is None:
            raise RuntimeError("boto3 was called outside a job")
        mode, clock = self._mode
        moment = Moment(f"{mode}:{next(self._numbers)}", clock or 0.0)
        with self._determinism.at(moment, frozen=clock is not None):
            response = self._dispatch(environ, self._account)
        if mode.startswith("seed:"):
            self._digest.update(response.body)
        return response

    def _dispatch(self, environ: dict[str, Any], account: str) -> Response:
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = account
        try:
            status, headers, body = self._application(environ)
        except NotImplementedError:
            return Response(501, unimplemented=True)
        except Exception as error:
            if _unknown_service(error):
                return Response(501, unimplemented=True)
            return Response(500, crash=f"{type(error).__name__}: {error}"[:500])
        if _is_web_page(headers, body):
            return Response(500, crash="a web page") if status == 500 else Response(501, unimplemented=True)
        return Response(status, headers, body)


def _environ(request: Request) -> dict[str, Any]:
    scope = _authorization(request.access_key or "anonymous", request.region, request.service)
    headers = dict(request.headers) | {"authorization": scope}
    return _wsgi(request.method, request.path, request.query, headers, request.body)


def _authorization(access_key: str, region: str, service: str) -> str:
    """moto reads key, region and service; signatures were verified by the front, or are nobody's."""
    return (
        f"AWS4-HMAC-SHA256 Credential={access_key}/20200101/{region}/{service}/aws4_request, "
        "SignedHeaders=host, Signature=0"
    )


def _request_environ(request: Mapping[str, Any], scope: str) -> dict[str, Any]:
    """The environ of a request as botocore holds it before it is prepared for a network."""
    url = urllib.parse.urlsplit(request["url"])
    headers = {name.lower(): _as_text(value) for name, value in request["headers"].items()}
    body = request["body"]
    headers |= {"host": url.netloc, "authorization": scope}
    if isinstance(body, dict):
        body = form_of(body)
    return _wsgi(request["method"], url.path or "/", url.query, headers, body or b"")


def _boto_environ(request: botocore.awsrequest.AWSPreparedRequest) -> dict[str, Any]:
    url = urllib.parse.urlsplit(request.url)
    headers = {name.lower(): _as_text(value) for name, value in request.headers.items()}
    headers["host"] = url.netloc
    body = request.body or b""
    return _wsgi(request.method, url.path, url.query, headers, body.read() if hasattr(body, "read") else body)


def _as_text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _wsgi(method: str, path: str, query: str, headers: dict[str, str], body: str | bytes | Form) -> dict[str, Any]:
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": urllib.parse.unquote(path, encoding="latin-1"),
        "RAW_URI": path + (f"?{query}" if query else ""),
        "REQUEST_URI": path + (f"?{query}" if query else ""),
        "QUERY_STRING": query,
        "SERVER_NAME": "emulator",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if isinstance(body, Form):
        environ |= {"wsgi.input": body, "wsgi.input_terminated": True}
    else:
        written = body.encode() if isinstance(body, str) else body
        environ |= {"wsgi.input": io.BytesIO(written), "CONTENT_LENGTH": str(len(written))}
    for name, value in headers.items():
        if name == "content-type":
            environ["CONTENT_TYPE"] = value
        elif name not in ("content-length", "transfer-encoding"):
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    return environ


def _is_web_page(headers: list[tuple[str, str]], body: bytes) -> bool:
    """moto answers a REST operation that it lacks (404, 405), or that broke (500), with a page for people."""
    kind = next((value for name, value in headers if name.lower() == "content-type"), "")
    return kind.startswith("text/html") and body.lstrip()[:9].lower() in (b"<!doctype", b"internal ")


def _unknown_service(error: Exception) -> bool:
    missing = isinstance(error, ModuleNotFoundError) and str(error.name).startswith("moto.")  # not a package of ours
    return missing or "'NoneType' object has no attribute 'replace'" in str(error)


def _users(partitions: Any) -> Iterator[Any]:
    for backend in list(partitions.values()):
        yield from backend.users.values()


def _key(secret: str, token: str | None, account: str, arn: str, active: bool) -> dict[str, Any]:
    return {"secret": secret, "token": token, "account": account, "arn": arn, "active": active}


def _forget_all_accounts() -> None:
    """Empty every backend that was touched, keeping the tables that moto loaded for all of them."""
    import sys

    from moto.core.base_backend import BackendDict
    from moto.s3.models import s3_backends

    for module in [module for name, module in sys.modules.items() if name.startswith("moto.")]:
        for thing in list(vars(module).values()):
            if isinstance(thing, BackendDict):
                thing.clear()
    s3_backends.bucket_accounts.clear()
    BackendDict._instances.clear()
