"""Servers that hold accounts, for tests: LocalStack where it is installed, and a stock moto server."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from hardenlab.environments.endpoint.backend import EndpointBackend
from hardenlab.environments.localstack import install

from hardenlab.environment import find_environment
from helpers.direct import warm_backend

REQUIRED = "REQUIRE_LOCALSTACK"


def need_localstack():
    """Skip, visibly, where LocalStack is not installed; fail where it must be."""
    if install.is_installed():
        return
    if os.environ.get(REQUIRED, "") not in ("", "0"):
        pytest.fail(f"LocalStack is not installed, and {REQUIRED} says that it must be: {install.INSTALL}")
    pytest.skip(f"LocalStack is not installed: {install.INSTALL}")


@contextmanager
def moto_server():
    """The URL of a moto server of its own process: an endpoint that knows nothing of us."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"},
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 180
        while not _listens(port):
            assert process.poll() is None and time.monotonic() < deadline, "the moto server did not start"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()  # it has nothing to save, and on a busy machine it is slow to end by itself
        process.wait()


def _listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def started(member, server=None):
    """A warm, empty backend of `moto`, `moto without fork`, `endpoint`, or of a LocalStack that runs already."""
    if server is not None:
        yield EndpointBackend(server)
        return
    if member == "endpoint":
        with moto_server() as url:
            backend = find_environment(f"endpoint@{url}").start()
            yield backend
            backend.close()
        return
    name, _, without = member.partition(" without ")
    with warm_backend(name, **({"forks": False} if without else {})) as backend:
        yield backend


def end_abruptly(backend):
    """Kill the process that holds the account, as a crash would."""
    server = getattr(backend, "_server", None)
    os.kill(server.pid if server else backend.pid, signal.SIGKILL)
