"""The steps of the images, run on this machine."""

import http.client
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from helpers.direct import CHECKOUT

IMAGES = CHECKOUT / "environments" / "images"
ANY = "127.0.0.2"  # another address of this machine, as a container's own is


def test_the_health_check_tells_an_address_that_answers_from_one_that_does_not(free_port):
    health = [sys.executable, str(IMAGES / "healthy.py"), f"http://127.0.0.1:{free_port}/"]
    assert subprocess.run(health).returncode == 1
    server = subprocess.Popen(
        [sys.executable, "-m", "http.server", str(free_port), "--bind", "127.0.0.1"], stderr=subprocess.DEVNULL
    )
    try:
        assert eventually(lambda: subprocess.run(health).returncode == 0)
    finally:
        server.kill()
        server.wait()


def test_the_learners_image_starts_jupyterlab_where_a_port_can_be_opened_to_it(tmp_path, free_port):
    with started(IMAGES / "lab" / "start.sh", tmp_path, HARDENLAB_LISTEN=ANY, HARDENLAB_PORT=str(free_port)):
        assert eventually(lambda: status(ANY, free_port, "/api") == 200)
        assert status(ANY, free_port, "/api/contents") == 403, "without the token nothing is shown"


@contextmanager
def started(script, home, **variables):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"HOME": str(home), "PATH": path, **variables}
    process = subprocess.Popen(["sh", str(script)], env=environment, stdout=subprocess.DEVNULL, cwd=home)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def eventually(holds, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return False


def status(host, port, path):
    with suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection(host, port, timeout=5)
        connection.request("GET", path)
        return connection.getresponse().status
    return None


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
