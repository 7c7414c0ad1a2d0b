"""The front as a WSGI application: who asks, for what, may they, and then the ledger."""

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hardenlab.environment import Credential
from hardenlab.front import signature
from hardenlab.front.authorise import anonymous_refusal, principal_refusal
from hardenlab.front.errors import aws_error
from hardenlab.front.ledger import Ledger
from hardenlab.front.operations import Operation, Unrecognised, identify
from hardenlab.front.policy import MAX_BODY, kept_headers, refusal
from hardenlab.front.seen import Caller
from hardenlab.model.http import Request, Response
from hardenlab.model.problem import EnvironmentProblem, JournalProblem

Environ = dict[str, Any]
Answer = Callable[[Request, Operation], Response]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]
_QUERY = Operation("sts", "GetCallerIdentity", "query")  # the shape of an answer to nobody in particular
MAX_AGENT = 1024  # characters of the user agent that are remembered
HOP_BY_HOP = frozenset(("connection", "transfer-encoding", "keep-alive", "server", "date", "content-length"))


@dataclass(frozen=True)
class Administrator:
    """The learner's key: always allowed in the attempt's accounts."""

    access_key: str
    secret: str
    account: str
    region: str


class Front:
    """Serves one attempt's accounts on loopback. `port` is what the Host header must name.

    `answers` answer operations, by action, that the account cannot: they are about the attempt's calls.
    """

    def __init__(
        self, ledger: Ledger, administrator: Administrator, port: int, answers: Mapping[str, Answer] | None = None
    ) -> None:
        self.ledger = ledger
        self._answers = answers or {}
        self.administrator = administrator
        self._hosts = re.compile(rf"(?:\d{{12}}\.)?(?:127\.0\.0\.1|localhost):{port}")

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        response = self.answer(environ)
        headers = [(name, value) for name, value in response.headers if name.lower() not in HOP_BY_HOP]
        headers.append(("Content-Length", _content_length(environ, response)))
        start_response(f"{response.status} {_reason(response.status)}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [response.body]

    def answer(self, environ: Environ) -> Response:
        """The answer to one request, in AWS's shape whatever happens."""
        headers = read_headers(environ)
        turned_away = self._turn_away(headers, environ)
        if turned_away:
            return turned_away
        body = environ["wsgi.input"].read(MAX_BODY + 1)
        if len(body) > MAX_BODY:
            return aws_error(None, 413, "EntityTooLarge", f"The lab's account takes bodies of {MAX_BODY} bytes.")
        raw_path, _, query = str(environ["REQUEST_URI"]).partition("?")
        return self._identified(environ, headers, raw_path, query, body)

    def _turn_away(self, headers: Mapping[str, str], environ: Environ) -> Response | None:
        """Requests that come from a browser's page or under another name, and the emulator's own doors."""
        if not self._hosts.fullmatch(headers.get("host", "")):
            return aws_error(None, 421, "InvalidHost", "This address serves the lab's account on 127.0.0.1 only.")
        if "origin" in headers or headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return aws_error(None, 403, "AccessDenied", "Web pages may not call the lab's account.")
        if not str(environ["REQUEST_URI"]).startswith("/"):
            return aws_error(None, 400, "InvalidURI", "The request's address must be a path.")
        if environ["PATH_INFO"].startswith(("/moto-api", "/latest/meta-data", "/latest/api")):
            return aws_error(None, 404, "NoSuchBucket", "The specified bucket does not exist")
        return None

    def _identified(self, environ: Environ, headers: dict[str, str], path: str, query: str, body: bytes) -> Response:
        try:
            claim = signature.read_claim(query, headers)
        except signature.Malformed as error:
            return aws_error(None, 400, "IncompleteSignature", str(error))
        if claim is None and _is_not_for_s3(headers, body):
            return aws_error(_QUERY, 403, "MissingAuthenticationToken", "Request is missing Authentication Token")
        service = claim.service if claim else "s3"
        try:
            operation = identify(service, environ["REQUEST_METHOD"], path, query, headers, body)
        except Unrecognised as error:
            return aws_error(None, 400, "InvalidAction", f"The request fits no AWS operation: {error}.")
        try:
            known = self._credential(claim.access_key) if claim else None
            request = Request(
                environ["REQUEST_METHOD"], path, query, kept_headers(headers), body,
                known.account if known else self.administrator.account,
                claim.region if claim else self.administrator.region, service, claim.access_key if claim else "",
            )  # fmt: skip
            refused = self._authenticate(claim, known, request, operation, headers)
            if refused:
                return refused
            address = environ.get("REMOTE_ADDR", "")
            agent = headers.get("user-agent", "")[:MAX_AGENT]
            caller = Caller(known.arn, known.unique_id or "", address, agent) if known else Caller(address=address)
            denied = self._authorise(known, request, operation, address)
            if denied and known:
                self.ledger.see(request, operation, caller, denied)
            return denied or self._apply(request, operation, caller, headers.get("amz-sdk-invocation-id", ""))
        except EnvironmentProblem as error:
            return aws_error(operation, 503, "ServiceUnavailable", f"{error} It is being rebuilt: repeat the call.")
        except JournalProblem as error:
            return aws_error(operation, 503, "ServiceUnavailable", str(error))

    def _authenticate(
        self,
        claim: signature.Claim | None,
        known: Credential | None,
        request: Request,
        operation: Operation,
        headers: Mapping[str, str],
    ) -> Response | None:
        """None when the request is unsigned, or signed by the key that it names."""
        if claim is None:
            return None
        if known is None or not known.active:
            return _unknown_key(operation)
        if known.token is not None and claim.token != known.token:
            return aws_error(operation, 403, "InvalidClientTokenId", "The security token included is invalid.")
        wrong = signature.verify(
            claim, known.secret, request.method, request.path, request.query, headers, request.body, time.time()
        )
        return aws_error(operation, 403, "SignatureDoesNotMatch", wrong) if wrong else None

    def _authorise(
        self, known: Credential | None, request: Request, operation: Operation, address: str
    ) -> Response | None:
        """None when the caller may go on."""
        if known is None:
            refused = anonymous_refusal(request, operation, self.ledger.look, address)
        elif request.access_key == self.administrator.access_key:
            refused = None
        else:
            home = self.administrator.account
            refused = principal_refusal(known, request, operation, self.ledger.look, address, home)
        return aws_error(operation, *refused) if refused else None

    def _credential(self, access_key: str) -> Credential | None:
        if access_key == self.administrator.access_key:
            return _AdministratorCredential(self.administrator)
        return self.ledger.credential(access_key)

    def _apply(self, request: Request, operation: Operation, caller: Caller, invocation: str) -> Response:
        refused = refusal(request, operation)
        if refused:
            return aws_error(operation, 400, "NotAvailableInLab", refused)
        if operation.action in self._answers:
            response = self._answers[operation.action](request, operation)
            self.ledger.see(request, operation, caller, response)
        elif operation.reads_only:
            response = self.ledger.read(request, operation, caller)
        else:
            response = self.ledger.write(request, operation, caller, invocation)
        if response.unimplemented:
            message = f"The lab's account does not offer {operation.action}."
            return aws_error(operation, 501, "NotImplemented", message)
        if response.crash:
            message = f"The lab's account broke at {operation.action} ({response.crash}). That is its fault, not yours."
            return aws_error(operation, 500, "InternalFailure", message)
        return response


class _AdministratorCredential:
    """The administrator's key as a credential."""

    token: str | None = None
    session_policy: str | None = None
    active = True
    unique_id: str | None = None

    def __init__(self, administrator: Administrator) -> None:
        self.secret = administrator.secret
        self.account = administrator.account
        self.arn = f"arn:aws:iam::{administrator.account}:root"


def read_headers(environ: Environ) -> dict[str, str]:
    """The request's headers by small-letter name."""
    headers = {
        name[5:].replace("_", "-").lower(): str(value) for name, value in environ.items() if name.startswith("HTTP_")
    }
    for name, header in (("CONTENT_TYPE", "content-type"), ("CONTENT_LENGTH", "content-length")):
        if environ.get(name):
            headers[header] = str(environ[name])
    return headers


def _is_not_for_s3(headers: Mapping[str, str], body: bytes) -> bool:
    """Unsigned requests of every service but S3 name their operation in a header or the body."""
    return "x-amz-target" in headers or "smithy-protocol" in headers or b"Action=" in body[:4096]


def _unknown_key(operation: Operation) -> Response:
    if operation.service in ("s3", "s3control"):
        message = "The AWS Access Key Id you provided does not exist in our records."
        return aws_error(operation, 403, "InvalidAccessKeyId", message)
    if operation.protocol == "ec2":
        message = "AWS was not able to validate the provided access credentials"
        return aws_error(operation, 401, "AuthFailure", message)
    code = "UnrecognizedClientException" if operation.protocol in ("json", "rest-json") else "InvalidClientTokenId"
    return aws_error(operation, 403, code, "The security token included in the request is invalid.")


def _content_length(environ: Environ, response: Response) -> str:
    """HEAD answers name the length of the body they leave out."""
    named = next((value for name, value in response.headers if name.lower() == "content-length"), None)
    return named if environ["REQUEST_METHOD"] == "HEAD" and named else str(len(response.body))


def _reason(status: int) -> str:
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Status"
