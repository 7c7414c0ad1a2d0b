"""JupyterLab on a workspace: a server of the learner's own on 127.0.0.1, and everything stopped at the end."""

import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from hardenlab.attempt.client import HOST, ensure_running, server_environment, stop_all
from hardenlab.attempt.workspace import VARIABLE, Workspace
from hardenlab.course.load import Course
from hardenlab.model.problem import EnvironmentProblem, Problem, UsageProblem
from hardenlab.model.rubric import Section
from hardenlab.notebook.aws_files import clean_environment, write_aws_files, write_empty_aws_files
from hardenlab.notebook.build import build_workspace
from hardenlab.notebook.jupyter_files import jupyter_environment, write_jupyter_files

READY_TIMEOUT, STOP_TIMEOUT = 120.0, 20.0
STARTS = 3
NO_BROWSER = "HARDENLAB_NO_BROWSER"


def open_workspace(
    workspace: Workspace,
    course: Course,
    section: str | None = None,
    port: int | None = None,
    browser: bool = True,
    environment: str | None = None,
    say: Callable[[str], None] = lambda text: print(text, flush=True),  # noqa: T201
) -> int:
    """Make the workspace, open JupyterLab on it, and stay until it ends. Answers the exit code."""
    first = course.section(section) if section else course.sections[0]
    _refuse_busy(port)
    workspace.create(course.root, environment)
    write_empty_aws_files(workspace)
    for built in build_workspace(workspace, course):
        if built.sentence:
            say(built.sentence)
    token = secrets.token_urlsafe(24)
    write_jupyter_files(workspace, port, token)
    starts = STARTS if port is None else 1
    with (
        _ends_cleanly(workspace, say),
        _warming(workspace, first),
        _listening(workspace, token, starts) as (process, listening),
    ):
        url = f"http://{HOST}:{listening}/lab/tree/{first.id}.ipynb?token={token}"
        say(f"The labs are in {workspace.root}.\nJupyterLab: {url}\nCtrl-C ends it; what you did is kept.")
        if browser and _has_browser():
            webbrowser.open(url)
        process.wait()
    return 0


def _refuse_busy(port: int | None) -> None:
    if port is not None and (port < 1 or not _is_free(port)):
        raise UsageProblem(f"the port {port} is in use or not allowed. Name another, or leave --port out.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
        return True


def _has_browser() -> bool:
    if os.environ.get(NO_BROWSER, "") not in ("", "0"):
        return False
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@contextmanager
def _ends_cleanly(workspace: Workspace, say: Callable[[str], None]) -> Iterator[None]:
    """Ctrl-C, a closed terminal and `kill` all end here, and no section's server stays behind."""
    signals = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, _interrupt) for number in signals}
    try:
        yield
    except KeyboardInterrupt:
        say("\nJupyterLab has ended. What you did is kept.")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        stop_all(workspace)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


@contextmanager
def _warming(workspace: Workspace, section: Section) -> Iterator[None]:
    """Start the section's account while JupyterLab starts. Joined at the end, so that it cannot start afterwards."""

    def warm() -> None:
        with suppress(Problem):  # the notebook's set-up cell says what is wrong
            write_aws_files(workspace, ensure_running(workspace, section.id))

    thread = threading.Thread(target=warm, daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()


@contextmanager
def _listening(workspace: Workspace, token: str, starts: int) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """JupyterLab and its port. One that ends at once may have lost its port to another that started with it."""
    with ExitStack() as stack:
        for left in reversed(range(starts)):
            process = stack.enter_context(_jupyter(workspace))
            try:
                listening = _wait_until_ready(workspace, process, token)
                break
            except EnvironmentProblem:
                if left == 0 or process.poll() is None:
                    raise
        yield process, listening


@contextmanager
def _jupyter(workspace: Workspace) -> Iterator["subprocess.Popen[bytes]"]:
    """JupyterLab in a session of its own: a Ctrl-C reaches it through us, and it asks no question."""
    with _log(workspace).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab"], cwd=workspace.root, env=_environment(workspace),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _environment(workspace: Workspace) -> dict[str, str]:
    environment = server_environment() | jupyter_environment(workspace)
    clean_environment(environment, workspace)
    environment[VARIABLE] = str(workspace.root)
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
    return environment


def _log(workspace: Workspace) -> Path:
    return workspace.state / "jupyter" / "log.txt"


def _wait_until_ready(workspace: Workspace, process: "subprocess.Popen[bytes]", token: str) -> int:
    """Answers the port. The server itself looks for a free one: whoever looked before it could lose it again."""
    # the file in which Jupyter says where a server listens
    said = workspace.state / "jupyter" / "runtime" / f"jpserver-{process.pid}.json"
    deadline = time.monotonic() + READY_TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError, ValueError, KeyError):
            port = int(json.loads(said.read_bytes())["port"])
            if _answers(port, token):
                return port
        time.sleep(0.1)
    raise EnvironmentProblem(f"JupyterLab did not start. Its log is {_log(workspace)}.")


def _answers(port: int, token: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/api/status", headers={"Authorization": f"token {token}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
