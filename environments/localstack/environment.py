"""Where LocalStack runs, and what it lacks."""

import json
import shutil
import subprocess
from collections.abc import Callable, Collection, Mapping
from importlib.metadata import version
from pathlib import Path

from hardenlab.model.problem import EnvironmentProblem

from ..endpoint.backend import EndpointBackend
from ..endpoint.environment import REVISION, wait_until_ready
from ..endpoint.guard import checked_url
from ..endpoint.server import Named, Server
from . import install
from .process import Process

RELEASE = "4.14.0"
OPERATIONS = Path(__file__).parent / "operations.json"
COMPOSE = Path(__file__).resolve().parents[2] / "docker-compose.yml"
COMPOSE_SECONDS = 180.0


class LocalStackEnvironment:
    """Accounts of a LocalStack: of the one at `url`, else installed here, else running here, else in Docker."""

    name = "localstack"
    exact = False
    takes_url = True

    def __init__(self, url: str = "") -> None:
        self._url = checked_url(url) if url else ""
        self.reference = f"{self.name}@{self._url}" if url else self.name

    def fingerprint(self) -> dict[str, str]:
        return {
            "environment": self.name, "localstack": RELEASE, "botocore": version("botocore"), "names": REVISION,
        }  # fmt: skip

    def start(self) -> EndpointBackend:
        server = self._server()
        return EndpointBackend(server, owner=isinstance(server, Process))

    def install(self, say: Callable[[str], None]) -> Path:
        """Make its virtual environment."""
        return install.install(say)

    def lacks(self, needed: Mapping[str, Collection[str]]) -> list[str]:
        """Of these operations, by service, those that LocalStack does not answer; a whole service by its name."""
        answered = json.loads(OPERATIONS.read_text())
        missing = []
        for service, operations in sorted(needed.items()):
            if service not in answered:
                missing.append(service)
            else:
                missing += [f"{service}:{name}" for name in sorted(operations) if name not in answered[service]]
        return missing

    def _server(self) -> Server:
        if self._url:
            wait_until_ready(self._url, 30.0)
            return Named(self._url, f"LocalStack at {self._url}")
        if install.is_installed():
            return Process()
        url = default_url()
        if not _answers(url):
            _start_in_docker()
            wait_until_ready(url, 60.0)
        return Named(url, f"LocalStack at {url}")


def default_url() -> str:
    """Where LocalStack listens unless told otherwise, by the rules of LocalStack's own client."""
    try:
        from localstack_client.config import get_service_endpoint
    except ImportError:  # it comes as source only, and is left out of what `make lab` installs
        return "http://127.0.0.1:4566"
    return checked_url(str(get_service_endpoint("sts")))


def _answers(url: str) -> bool:
    try:
        wait_until_ready(url, 0.0)
    except EnvironmentProblem:
        return False
    return True


def _start_in_docker() -> None:
    """`docker compose up localstack`, where there is Docker and a checkout with its compose file."""
    if shutil.which("docker") is None or not COMPOSE.is_file():
        raise EnvironmentProblem(
            f"LocalStack is neither installed nor running. Install it once (500 MB), with: {install.INSTALL}."
        )
    command = ["docker", "compose", "-f", str(COMPOSE), "up", "--detach", "--wait", "localstack"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=COMPOSE_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise EnvironmentProblem(f"Docker did not start LocalStack within {COMPOSE_SECONDS:.0f} s.") from error
    if done.returncode:
        last = " ".join(done.stderr.strip().splitlines()[-2:])[:500]
        raise EnvironmentProblem(f"Docker did not start LocalStack: {last}. Or install it: {install.INSTALL}.")
