"""Accounts behind a URL that the user names."""

import time
from collections.abc import Collection, Mapping
from importlib.metadata import version

from botocore.credentials import Credentials

from hardenlab.model.http import Response
from hardenlab.model.problem import EnvironmentProblem, UsageProblem

from .backend import EndpointBackend
from .guard import checked_url
from .server import Named
from .wire import FORM, Wire

REVISION = "1"  # of how ids are named: raise it when a journal would find other ones
PROBE_ACCOUNT = "482916375024"


class EndpointEnvironment:
    """Accounts of a running emulator, e.g. a moto server. UsageProblem: no URL, or one that is not allowed."""

    name = "endpoint"
    exact = False
    takes_url = True

    def __init__(self, url: str = "") -> None:
        if not url:
            raise UsageProblem("say which endpoint: --environment endpoint@http://127.0.0.1:5000 --allow-endpoint.")
        self._url = checked_url(url)
        self.reference = f"{self.name}@{self._url}"

    def lacks(self, needed: Mapping[str, Collection[str]]) -> list[str]:
        """Nothing that is known: seeding tells."""
        return []

    def fingerprint(self) -> dict[str, str]:
        return {"environment": self.name, "botocore": version("botocore"), "names": REVISION}

    def start(self) -> EndpointBackend:
        wait_until_ready(self._url, 10.0)
        return EndpointBackend(Named(self._url, f"the emulator at {self._url}"))


def wait_until_ready(url: str, seconds: float) -> None:
    """Until the server answers real calls and gives each account id a space of its own; else EnvironmentProblem."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return _probe(url)
        except EnvironmentProblem:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.1)


def _probe(url: str) -> None:
    """A health page may say that all is well while no call is answered, so calls are made."""
    wire = Wire(url)
    try:
        identity = _asked(wire, "POST", {"content-type": FORM}, b"Action=GetCallerIdentity&Version=2011-06-15", "sts")
        buckets = _asked(wire, "GET", {}, b"", "s3")
    finally:
        wire.close()
    for answer, service in ((identity, "sts"), (buckets, "s3")):
        if answer.status != 200:
            raise EnvironmentProblem(f"{url} answers {service} with status {answer.status}: it is no emulator of AWS.")
    if PROBE_ACCOUNT.encode() not in identity.body:
        raise EnvironmentProblem(
            f"{url} gives every key the same account, so attempts would share it. Accounts are needed that follow a "
            "12-digit access key id (as LocalStack's) or the header x-moto-account-id (as moto's)."
        )


def _asked(wire: Wire, method: str, headers: dict[str, str], body: bytes, service: str) -> Response:
    key = Credentials(PROBE_ACCOUNT, "emulated")
    return wire.send(method, "/", headers, body, service, "us-east-1", key, PROBE_ACCOUNT)
