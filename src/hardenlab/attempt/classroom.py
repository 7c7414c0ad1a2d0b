"""The learner's side of a classroom: attempts run under another Unix user, who is asked over a Unix socket.

Standard library only: kernels load this.
"""

import base64
import http.client
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardenlab.attempt.workspace import Workspace
from hardenlab.model.problem import EnvironmentProblem, Problem

VARIABLE = "HARDENLAB_CLASSROOM"
UID = "uid"  # the setting of a workspace that a classroom keeps: the one Unix user who reaches its accounts
SIGNATURE, SUFFIX = "X-Hardenlab-Signature", ".signature"  # the header that brings one, and its file
TIMEOUT = 180.0
PIECE = 1024 * 1024


class Refused(Problem):
    """What a server answered instead: its sentence and its exit code."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclass(frozen=True)
class Classroom:
    """The service behind a socket. It knows who asks: nobody can ask for another's attempt."""

    path: str

    def ask(self, verb: str, **arguments: Any) -> Any:
        """One request. Refused: the service's sentence; EnvironmentProblem: it does not answer."""
        return json.loads(self._request(verb, arguments)[0] or b"null")

    def journal(self, section: str) -> tuple[bytes, bytes]:
        """The learner's journal of a section as it is now, and its signature. Refused: there is none yet."""
        body, headers = self._request("journal", {"section": section})
        return body, base64.b64decode(headers.get(SIGNATURE, ""))

    def _request(self, verb: str, arguments: dict[str, Any]) -> tuple[bytes, http.client.HTTPMessage]:
        connection = _Connection(self.path)
        try:
            connection.request("POST", f"/{verb}", json.dumps(arguments), {"Content-Type": "application/json"})
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise EnvironmentProblem(
                f"the classroom at {self.path} does not answer. Tell your instructor; what you did is kept."
            ) from error
        finally:
            connection.close()
        if response.status != 200:
            raise _refused(body)
        return body, response.headers


class _Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("classroom", timeout=TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def classroom_of(workspace: Workspace) -> Classroom | None:
    """The classroom in which this workspace's attempts run; None: they run here, as the same user."""
    path = os.environ.get(VARIABLE)
    if not path or (workspace.exists() and UID in workspace.settings()):
        return None
    return Classroom(path)


def enter(workspace: Workspace, classroom: Classroom) -> None:
    """Make the learner's workspace, if there is none: whose course it is, the classroom knows."""
    if not workspace.exists():
        about = classroom.ask("about")
        workspace.create(Path(about["course"]), about["environment"])


def fetch_journals(workspace: Workspace, classroom: Classroom, lab: str | None = None) -> Iterator[Path]:
    """Put the learner's signed journals beside his notebooks, of one lab or of all; answers those that there are."""
    for section in classroom.ask("sections"):
        if lab is not None and section.partition("/")[0] != lab:
            continue
        path = workspace.journal(section)
        content, signature = classroom.journal(section)
        _replace(path, content)
        _replace(path.with_name(path.name + SUFFIX), signature)
        yield path


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.write_bytes(content)
    draft.replace(path)


def _refused(body: bytes) -> Refused:
    try:
        told = json.loads(body)
        return Refused(str(told["problem"]), int(told["exit_code"]))
    except (ValueError, KeyError, TypeError):
        return Refused("the classroom refused the request.", 3)
