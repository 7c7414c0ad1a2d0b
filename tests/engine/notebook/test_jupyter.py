"""JupyterLab on a workspace, as a user starts it, without a browser."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress

import psutil
import pytest

from hardenlab.attempt.client import running
from hardenlab.attempt.workspace import Workspace
from helpers.direct import TINY
from helpers.workspaces import SECTION, VENV

pytestmark = pytest.mark.kernel


@pytest.fixture
def opened(tmp_path):
    """`hardenlab open` in a process of its own; ended at the end if it still runs."""
    processes = []

    def start(*arguments, **variables):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HARDENLAB_")}
        learners = {"HARDENLAB_NO_BROWSER": "1", "AWS_PROFILE": "work", "AWS_SECRET_ACCESS_KEY": "real"}
        environment = kept | learners | variables
        command = [VENV / "hardenlab", "--course", TINY, "--workspace", tmp_path / "work", "open", *arguments]
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def address(process):
    """The port and token that were printed."""
    for text in process.stdout:
        found = re.search(r"http://127\.0\.0\.1:(\d+)/lab/tree/(\S+)\?token=(\S+)", text)
        if found:
            assert found[2] == f"{SECTION}.ipynb"
            return int(found[1]), found[3]
    raise AssertionError(process.stderr.read())


def get(port, path, token=None, method="GET"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, headers={"Authorization": f"token {token}"} if token else {})
    response = connection.getresponse()
    return response.status, response.read()


def processes_of(folder):
    """The accounts' servers of a workspace that run."""
    lines = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    return [line for line in lines if str(folder) in line and "hardenlab.attempt.start" in line]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_the_workspace_and_leaves_nothing_behind(opened, tmp_path, ending):
    process = opened()
    port, token = address(process)
    assert get(port, "/api/contents")[0] == 403
    assert json.loads(get(port, f"/api/contents/{SECTION}.ipynb", token)[1])["type"] == "notebook"
    environment = kernel_environment(port, token)
    assert environment["executable"] == sys.executable
    assert environment["HARDENLAB_WORKSPACE"] == str(tmp_path / "work")
    assert sorted(name for name in environment if name.startswith("AWS_")) == [
        "AWS_CONFIG_FILE", "AWS_EC2_METADATA_DISABLED", "AWS_SHARED_CREDENTIALS_FILE"
    ]  # fmt: skip
    deadline = time.monotonic() + 60
    while not running(Workspace(tmp_path / "work"), SECTION):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(ending)
    assert process.wait(60) == 0
    assert "what you did is kept" in process.stdout.read()
    assert not processes_of(tmp_path)
    with suppress(OSError):  # nobody answers, or another test's server that took the port
        assert get(port, "/api/contents", token)[0] == 403


def kernel_environment(port, token):
    """What a kernel started by this JupyterLab sees."""
    from websocket import create_connection

    kernel = json.loads(get(port, "/api/kernels", token, "POST")[1])["id"]
    channel = create_connection(
        f"ws://127.0.0.1:{port}/api/kernels/{kernel}/channels", header=[f"Authorization: token {token}"], timeout=60
    )
    code = "import os, sys, json; print(json.dumps(dict(os.environ) | {'executable': sys.executable}))"
    header = {"msg_id": "1", "username": "", "session": "1", "msg_type": "execute_request", "version": "5.3"}
    content = {"code": code, "silent": False}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
    channel.send(json.dumps(message))
    while True:
        answer = json.loads(channel.recv())
        if answer["msg_type"] == "stream":
            channel.close()
            return json.loads(answer["content"]["text"])


LOSES_ITS_PORT = """
import os, pathlib
if not pathlib.Path({lost!r}).exists():
    pathlib.Path({lost!r}).touch()
    os._exit(1)
"""


def test_a_server_that_loses_its_port_to_another_is_started_again(opened, tmp_path):
    lost = tmp_path / "lost"
    (tmp_path / "jupyter_server_config.py").write_text(LOSES_ITS_PORT.format(lost=str(lost)))
    process = opened(JUPYTER_CONFIG_PATH=str(tmp_path))
    port, token = address(process)
    assert lost.exists()
    assert get(port, "/api/status", token)[0] == 200


def test_a_busy_port_is_a_sentence(opened):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = opened("--port", str(port))
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 2
    assert f"the port {port} is in use" in said and "Traceback" not in said


@pytest.mark.parametrize("port", ["99999", "0"])
def test_a_port_that_cannot_be_is_a_sentence(opened, port):
    process = opened("--port", port)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 2 and "Traceback" not in said


def test_an_unknown_section_is_a_sentence(opened):
    process = opened("l1-tiny/none")
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 2
    assert "no lab or section 'l1-tiny/none'" in said
