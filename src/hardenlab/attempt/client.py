"""The other side of an attempt's server: start it, ask it, stop it. Standard library only: kernels load this."""

import fcntl
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardenlab.attempt.classroom import Classroom, Refused, classroom_of, enter
from hardenlab.attempt.workspace import Workspace, write_private
from hardenlab.model.problem import EnvironmentProblem, Problem

START_TIMEOUT = 120.0
ASK_TIMEOUT = 180.0
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Endpoint:
    """Where a running attempt listens, and the keys of its account."""

    pid: int
    port: int
    token: str
    access_key: str
    secret: str
    account: str
    region: str

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def ask(self, verb: str, timeout: float = ASK_TIMEOUT, **arguments: Any) -> dict[str, Any]:
        """One control request. Refused: the server's sentence; EnvironmentProblem: it does not answer."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=timeout)
        try:
            headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
            connection.request("POST", f"/_hardenlab/{verb}", json.dumps(arguments), headers)
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise EnvironmentProblem(
                "the section's emulated account does not answer. Run the set-up cell again: it starts it, and what you "
                "did is kept."
            ) from error
        finally:
            connection.close()
        if response.status != 200:
            raise Refused(str(answer.get("problem", "refused")), int(answer.get("exit_code", 1)))
        return answer


def running(workspace: Workspace, section: str) -> Endpoint | None:
    """The section's server, if it runs and answers."""
    classroom = classroom_of(workspace)
    if classroom is not None:
        return _known(workspace, section, classroom.ask("running", section=section))
    path = workspace.section_state(section) / "endpoint.json"
    try:
        endpoint = Endpoint(**json.loads(path.read_text()))
        endpoint.ask("ping", timeout=5.0)
    except (OSError, ValueError, TypeError, Problem):
        return None
    return endpoint


def ensure_running(workspace: Workspace, section: str, progress: Callable[[str], None] = lambda _: None) -> Endpoint:
    """The section's server; started when it does not run. Takes seconds the first time."""
    endpoint = running(workspace, section)
    if endpoint is not None:
        return endpoint
    progress(f"starting the emulated account of {section} …")
    classroom = classroom_of(workspace)
    if classroom is not None:
        return _start_there(workspace, section, classroom)
    state = workspace.section_state(section)
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(state):
        return running(workspace, section) or _start(workspace, section, state)


def _start_there(workspace: Workspace, section: str, classroom: Classroom) -> Endpoint:
    """In a classroom the account runs under its user, who also keeps the journal."""
    enter(workspace, classroom)
    endpoint = _known(workspace, section, classroom.ask("start", section=section))
    assert endpoint is not None
    return endpoint


def _known(workspace: Workspace, section: str, told: dict[str, Any] | None) -> Endpoint | None:
    """What the classroom told, with the keys kept for the AWS tools of the workspace."""
    if told is None:
        return None
    endpoint = Endpoint(**told)
    kept = {name: told[name] for name in ("access_key", "secret", "account", "port")}
    write_private(workspace.section_state(section) / "keys.json", kept)
    return endpoint


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    """One starter at a time: two servers that begin one attempt together would each make its journal."""
    with (state / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start(workspace: Workspace, section: str, state: Path) -> Endpoint:
    for name in ("endpoint.json", "problem.json"):
        (state / name).unlink(missing_ok=True)
    with (state / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "hardenlab.attempt.start", str(workspace.root), section],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=workspace.root,
            env=server_environment(),
        )  # fmt: skip
    return _wait(workspace, section, state, process)


def server_environment() -> dict[str, str]:
    """The caller's environment without anything that names an AWS account."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


def stop(workspace: Workspace, section: str) -> bool:
    """Stop the section's server; False when it did not run. What the learner did is in the journal."""
    classroom = classroom_of(workspace)
    if classroom is not None:
        return bool(classroom.ask("stop", section=section))
    endpoint = running(workspace, section)
    if endpoint is None:
        return False
    endpoint.ask("stop", timeout=10.0)
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if not (workspace.section_state(section) / "endpoint.json").exists():
            return True
        time.sleep(0.05)
    raise EnvironmentProblem(
        f"the server of {section} (process {endpoint.pid}) does not stop. End it with: kill {endpoint.pid}"
    )


def stop_all(workspace: Workspace) -> list[str]:
    """Stop every server of the workspace; answers the sections that ran."""
    classroom = classroom_of(workspace)
    if classroom is not None:
        return [section for section in classroom.ask("sections") if classroom.ask("stop", section=section)]
    base = workspace.state / "sections"
    sections = [str(path.parent.relative_to(base)) for path in sorted(base.glob("*/*/endpoint.json"))]
    return [section for section in sections if stop(workspace, section)]


def _wait(workspace: Workspace, section: str, state: Path, process: "subprocess.Popen[bytes]") -> Endpoint:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if (state / "endpoint.json").exists():
            endpoint = running(workspace, section)
            if endpoint is not None:
                return endpoint
        ended = process.poll()
        if ended is not None:
            raise _told(state, ended)
        time.sleep(0.03)
    process.kill()
    raise EnvironmentProblem(f"the emulated account of {section} did not start within {START_TIMEOUT:.0f} s.")


def _told(state: Path, code: int) -> Problem:
    try:
        told = json.loads((state / "problem.json").read_text())
        return Refused(told["problem"], told["exit_code"])
    except (OSError, ValueError, KeyError):
        return EnvironmentProblem(f"the emulated account ended with code {code}. Its log is {state / 'log.txt'}.")
