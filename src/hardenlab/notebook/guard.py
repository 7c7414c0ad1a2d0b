"""The endpoint guard: no request of botocore or the AWS CLI leaves for anything but this machine.

It stands where botocore sends HTTP, below every session, profile, resource and explicit `endpoint_url`. The AWS CLI
loads this module as a plugin (`[plugins]` in the workspace's AWS configuration).
"""

import importlib
import ipaddress
import re
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from hardenlab.model.problem import EnvironmentProblem, Problem

# s3control puts the account's id before the endpoint's host, which no resolver knows for an address
ACCOUNT_HOST = re.compile(r"\d{12}\.(127\.0\.0\.1|localhost)")
Revive = Callable[[str], None]


class EndpointRefused(Problem):
    """A request was on its way out of this machine."""


def install(httpsession: Any, revive: Revive) -> None:
    """Guard a `botocore.httpsession` module. `revive` is called with the URL when the lab's account does not answer."""
    session = httpsession.URLLib3Session
    unguarded = getattr(session.send, "unguarded", session.send)

    def send(self: Any, request: Any) -> Any:
        url = checked(request.url)
        if url != request.url:
            request.headers["Host"] = urlsplit(request.url).netloc  # the name that was signed
            request.url = url
        self._proxy_config = httpsession.ProxyConfiguration()  # a proxy would be a way out
        try:
            return unguarded(self, request)
        except (httpsession.EndpointConnectionError, httpsession.ConnectionClosedError):
            revive(url)
            raise  # botocore repeats the call

    send.unguarded = unguarded  # type: ignore[attr-defined]
    session.send = send


def checked(url: str) -> str:
    """The URL to connect to, which is on this machine; EndpointRefused for any other."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    prefixed = ACCOUNT_HOST.fullmatch(host)
    if prefixed:
        return urlunsplit(parts._replace(netloc=f"{prefixed[1]}:{parts.port or 80}"))
    if not _is_loopback(host):
        raise EndpointRefused(
            f"hardenlab refused a request to {host[:100] or 'nowhere'}: a lab talks to its emulated account only, "
            "never to AWS. Make clients without endpoint_url, for example boto3.client('ec2') or: aws ec2 describe-vpcs"
        )
    return url


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def awscli_initialize(_event_hooks: object) -> None:
    """The AWS CLI's plugin hook. Its botocore answers to one or two names, depending on its version."""
    importlib.import_module("botocore.httpsession")
    for name in ("botocore.httpsession", "awscli.botocore.httpsession"):
        if name in sys.modules:
            install(sys.modules[name], _tell)


def _tell(url: str) -> None:
    raise EnvironmentProblem(
        f"the lab's account does not answer at {urlsplit(url).netloc}. Run the set-up cell of its notebook: it "
        "starts the account, and what you did is kept."
    )
