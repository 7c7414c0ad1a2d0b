"""Run a learner's notebook in a sandboxed kernel, then call the functions that it defines."""

import json
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager

from hardenlab.cohort.confine import confined
from hardenlab.cohort.frames import Lost, receive, send
from hardenlab.cohort.kernel.provisioner import NAME, SandboxProvisioner
from hardenlab.cohort.limits import NOTEBOOK_BYTES, RUN_SECONDS, TOLD_BYTES
from hardenlab.model.problem import Problem

STEP, GRACE = 0.1, 10.0
ARGV = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--HistoryManager.enabled=False"]


class NotebookEnded(Problem):
    """The notebook did not come to its end: what it did, in words for its learner."""


def run_notebook(
    cells: Sequence[str], calls: Mapping[str, tuple[str, list[Any]]], submission: Path, account: Path,
    hidden: Sequence[Path] = (), seconds: float = RUN_SECONDS,
) -> dict[str, Any]:  # fmt: skip
    """Execute the cells beside a copy of the submission, then call functions: by task, what the kernel told.

    `calls`: by task, the function's name and the arguments of each call. What comes back is JSON of at most
    TOLD_BYTES, and nothing else is known of it. NotebookEnded: there is no answer. EnvironmentProblem: no bubblewrap.
    """
    request = json.dumps(
        {"cells": list(cells), "calls": {task: {"function": f, "arguments": a} for task, (f, a) in calls.items()}}
    ).encode()
    if len(request) > NOTEBOOK_BYTES:
        raise NotebookEnded(f"the notebook's code has more than {NOTEBOOK_BYTES} bytes: it was not run.")
    manager = _manager(account, hidden, seconds)
    manager.start_kernel(cwd=str(submission))
    sandbox = manager.provisioner
    assert isinstance(sandbox, SandboxProvisioner)
    try:
        return _told(_asked(request, Path(manager.connection_file), sandbox, seconds))
    except Lost as lost:
        why = sandbox.ended_because or f"its kernel ended, or sent what no kernel sends ({lost})"
        raise NotebookEnded(f"the notebook was run and did not come to its end: {why}.") from lost
    finally:
        manager.shutdown_kernel(now=True)


def _manager(account: Path, hidden: Sequence[Path], seconds: float) -> KernelManager:
    config = {"account": str(account), "hidden": [str(path) for path in hidden], "seconds": seconds}
    kernel = {"provisioner_name": NAME, "config": config}
    return KernelManager(kernel_spec_manager=_One(KernelSpec(argv=ARGV, metadata={"kernel_provisioner": kernel})))


class _One(KernelSpecManager):
    """Knows one kernel, whatever it is called: the notebook does not choose."""

    def __init__(self, kernel: KernelSpec) -> None:
        super().__init__()
        self._kernel = kernel

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return self._kernel


def _asked(request: bytes, connection: Path, sandbox: SandboxProvisioner, seconds: float) -> bytes:
    """What the client says; it goes when the kernel is gone. Lost: nothing."""
    inside = [sys.executable, "-m", "hardenlab.cohort.kernel.asking", str(connection)]
    client = subprocess.Popen(
        confined(inside, [connection.parent]), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, bufsize=0,
    )  # fmt: skip
    try:
        assert client.stdin is not None and client.stdout is not None
        send(client.stdin.fileno(), request)
        until = time.monotonic() + seconds + GRACE  # the sandbox is ended at its own time, and knows why
        while not select.select([client.stdout], [], [], STEP)[0]:
            if sandbox.process is None or sandbox.process.poll() is not None:
                raise Lost("it has ended")
            if time.monotonic() > until:
                raise Lost("it took too long")
        return receive(client.stdout.fileno(), TOLD_BYTES, STEP * 50)
    finally:
        client.kill()
        client.communicate()


def _told(answer: bytes) -> dict[str, Any]:
    try:
        told = json.loads(answer)
        if set(told) == {"problem"}:
            raise NotebookEnded(f"the notebook was run and did not come to its end: {str(told['problem'])[:300]}.")
        found: dict[str, Any] = told["told"]
        return found
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Lost(f"no answer but {type(error).__name__}") from error
