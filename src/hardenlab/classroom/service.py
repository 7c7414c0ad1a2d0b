"""The classroom's service: HTTP on a Unix socket. The kernel says who asks; each gets his own attempts and no other's.

POST /about, /sections, /running, /start, /stop, /journal with JSON; a refusal is a sentence with its exit code.
"""

import base64
import json
import os
import pwd
import signal
import socket
import socketserver
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from hardenlab.attempt.classroom import SIGNATURE
from hardenlab.attempt.client import ensure_running, running, stop, stop_all
from hardenlab.attempt.peer import unix_peer
from hardenlab.attempt.release import LEARNER
from hardenlab.attempt.workspace import Workspace
from hardenlab.classroom.folder import LEARNERS, ClassroomFolder
from hardenlab.course.load import Course, load_course
from hardenlab.journal.file import MAX_BYTES
from hardenlab.journal.signed import sign
from hardenlab.model.problem import JournalProblem, Problem, UsageProblem

MOST_RUNNING = 3  # accounts of one learner: one that was begun earlier makes room, and its journal brings it back
MOST_REQUESTS = 8  # of one learner at once
MAX_BODY = 10_000
READ_SECONDS, WRITE_SECONDS = 10.0, 120.0


class Desk:
    """What a learner can ask of the classroom. `who` comes from the kernel, all else from the learner."""

    def __init__(self, folder: ClassroomFolder) -> None:
        self._folder = folder
        self._key = folder.key()
        self._course: Course = load_course(folder.course)
        self._lock = threading.Lock()

    def about(self, who: "Learner") -> dict[str, Any]:
        """Who he is here, the course, and where accounts run."""
        return {
            "learner": who.name,
            "course": str(self._folder.course),
            "environment": self._folder.environment,
            "key": self._folder.public_key(),
        }

    def sections(self, who: "Learner") -> list[str]:
        """The sections that he has begun."""
        workspace = self._workspace(who)
        return [section.id for section in self._course.sections if workspace.journal(section.id).exists()]

    def running(self, who: "Learner", section: str) -> dict[str, Any] | None:
        """Where his attempt listens, and its keys; None while it does not run."""
        endpoint = running(self._workspace(who), self._section(section))
        return asdict(endpoint) if endpoint else None

    def start(self, who: "Learner", section: str) -> dict[str, Any]:
        """His attempt, started if it does not run. It is his own variant of a released lab."""
        found, workspace = self._section(section), self._workspace(who)
        self._folder.bring_release(workspace, found.partition("/")[0])
        _make_room(workspace, found)
        return asdict(ensure_running(workspace, found))

    def stop(self, who: "Learner", section: str) -> bool:
        """End his attempt's processes; False when they did not run."""
        return stop(self._workspace(who), self._section(section))

    def journal(self, who: "Learner", section: str) -> tuple[bytes, bytes]:
        """His journal as it is now, and its signature."""
        found = self._section(section)
        path = self._workspace(who).journal(found)
        try:
            with path.open("rb") as file:
                content = file.read(MAX_BYTES)
        except FileNotFoundError as error:
            raise JournalProblem(f"you have not begun {found} yet: there is no journal.") from error
        content = content[: content.rfind(b"\n") + 1]  # a line that is being written has been answered to nobody
        return content, sign(self._key, content, who.name, found)

    def _workspace(self, who: "Learner") -> Workspace:
        with self._lock:
            return self._folder.workspace(who.name, who.uid)

    def _section(self, reference: str) -> str:
        if not isinstance(reference, str):
            raise UsageProblem("a section is named by text: <lab>/<notebook>.")
        return self._course.section(reference).id


class Learner:
    """A Unix user who asks. UsageProblem: he has no name that can be a learner's."""

    def __init__(self, uid: int) -> None:
        self.uid = uid
        try:
            self.name = pwd.getpwuid(uid).pw_name
        except KeyError as error:
            raise UsageProblem(
                f"the user {uid} of this machine has no name: nobody knows whose work this is."
            ) from error
        if not LEARNER.fullmatch(self.name):
            raise UsageProblem(f"the user '{self.name[:60]}' has a name that no learner can have.")


def serve(folder: ClassroomFolder, address: Path) -> None:
    """Serve until SIGTERM or Ctrl-C, then stop every account. UsageProblem: run by root, or the socket is in use."""
    if os.geteuid() == 0:
        raise UsageProblem(
            "the classroom does not run as root: give it a user of its own that no learner is, for example "
            "runuser -u hardenlab -- hardenlab classroom serve …"
        )
    desk = Desk(folder)
    with _listening(address) as listener, _Server(desk, listener) as server:
        signal.signal(signal.SIGTERM, _leave)
        try:
            server.serve_forever(poll_interval=0.5)
        except KeyboardInterrupt:
            pass
        finally:
            stop_everything(folder)


def stop_everything(folder: ClassroomFolder) -> None:
    """Stop every learner's accounts: what they did is in the journals."""
    for workspace in sorted((folder.root / LEARNERS).glob("*")):
        with suppress(Problem):
            stop_all(Workspace(workspace))


def _make_room(workspace: Workspace, section: str) -> None:
    """Stop what was begun longest ago where too many run."""
    base = workspace.state / "sections"
    begun = sorted(base.glob("*/*/endpoint.json"), key=lambda path: path.stat().st_mtime)
    others = [found for found in (str(path.parent.relative_to(base)) for path in begun) if found != section]
    for other in others[: max(len(others) - MOST_RUNNING + 1, 0)]:
        with suppress(Problem):
            stop(workspace, other)


def _leave(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


@contextmanager
def _listening(address: Path) -> Iterator[socket.socket]:
    """A socket that every user of the machine may connect to. Only this user may put another in its place."""
    folder = address.parent
    if not folder.is_dir() or folder.stat().st_mode & 0o022:
        raise UsageProblem(f"{folder} must be there, and only its owner may write in it: learners must not replace it.")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if address.is_socket():
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
                if probe.connect_ex(str(address)) == 0:
                    raise UsageProblem(f"a classroom serves at {address} already. Stop that one first.")
            address.unlink()
        listener.bind(str(address))
        address.chmod(0o666)
        listener.listen(128)
        yield listener
    except OSError as error:
        raise UsageProblem(f"{address} cannot be opened: {error.strerror}. Name another with --socket.") from error
    finally:
        listener.close()
        with suppress(OSError):
            address.unlink()


class _Server(socketserver.ThreadingMixIn, socketserver.BaseServer):
    """One thread a request; one learner has few at once, so that he cannot keep the others out."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, desk: Desk, listener: socket.socket) -> None:
        super().__init__("", _Handler)
        self.desk = desk
        self._listener = listener
        self._busy: Counter[int] = Counter()
        self._lock = threading.Lock()

    def fileno(self) -> int:
        return self._listener.fileno()

    def get_request(self) -> tuple[socket.socket, int]:
        connection, _ = self._listener.accept()
        connection.settimeout(READ_SECONDS)
        return connection, unix_peer(connection)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        with self._lock:
            if self._busy[client_address] >= MOST_REQUESTS:
                return False
            self._busy[client_address] += 1
            return True

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._busy[client_address] -= 1

    def shutdown_request(self, request: Any) -> None:
        with suppress(OSError):
            request.shutdown(socket.SHUT_WR)
        request.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A learner's broken connection is no event; everything else was answered."""


class _Handler(BaseHTTPRequestHandler):
    """Reads one request, asks the desk, writes its answer."""

    server: _Server
    VERBS = frozenset(("about", "sections", "running", "start", "stop", "journal"))

    def do_POST(self) -> None:
        try:
            arguments = json.loads(self.rfile.read(self._length()) or b"{}")
            verb = self.path.removeprefix("/")
            if verb not in self.VERBS or not isinstance(arguments, dict):
                raise UsageProblem(f"a classroom cannot '{verb[:40]}'.")
            answer = getattr(self.server.desk, verb)(Learner(self.client_address), **arguments)  # type: ignore[arg-type]
        except Problem as problem:
            self._refuse(409, str(problem), problem.exit_code)
        except (ValueError, TypeError, RecursionError) as error:
            self._refuse(400, f"the classroom does not take this: {error}", 2)
        except Exception as error:
            self._refuse(500, f"the classroom failed ({type(error).__name__}). Tell your instructor.", 3)
        else:
            if verb == "journal":
                content, signature = answer
                self._answer(200, content, **{SIGNATURE: base64.b64encode(signature).decode()})
            else:
                self._answer(200, json.dumps(answer).encode())

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: what learners do is in their journals."""

    def address_string(self) -> str:
        return str(self.client_address)

    def _length(self) -> int:
        length = int(self.headers.get("Content-Length", "0"))
        if not 0 <= length <= MAX_BODY:
            raise UsageProblem(f"a request has at most {MAX_BODY} bytes.")
        return length

    def _refuse(self, status: int, problem: str, exit_code: int) -> None:
        self._answer(status, json.dumps({"problem": problem, "exit_code": exit_code}).encode())

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.connection.settimeout(WRITE_SECONDS)
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
