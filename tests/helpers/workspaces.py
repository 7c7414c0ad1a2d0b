"""Workspaces of the tiny course with real servers, and a process whose AWS settings are put back afterwards."""

import os
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import botocore.httpsession

from hardenlab.attempt.client import running, stop_all
from hardenlab.attempt.workspace import VARIABLE, Workspace
from helpers.direct import TINY

SECTION = "l1-tiny/1-groups"
VENV = Path(sys.executable).parent


@contextmanager
def tiny_workspace(root):
    """A workspace of the tiny course; its servers are stopped at the end."""
    workspace = Workspace(root)
    workspace.create(TINY, "moto")
    try:
        yield workspace
    finally:
        stop_all(workspace)


@contextmanager
def as_in_a_kernel(workspace):
    """This process as a kernel in the workspace: opening a lab changes AWS's variables and guards botocore."""
    session, before = botocore.httpsession.URLLib3Session, dict(os.environ)
    send = session.send
    os.environ[VARIABLE] = str(workspace.root)
    try:
        yield
    finally:
        session.send = send
        os.environ.clear()
        os.environ.update(before)


def kill_server(workspace, section=SECTION):
    """End the section's server as a power cut would."""
    endpoint = running(workspace, section)
    os.kill(endpoint.pid, signal.SIGKILL)
    while _is_alive(endpoint.pid):
        time.sleep(0.02)
    return endpoint


def _is_alive(pid):
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
