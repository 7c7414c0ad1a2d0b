"""The front's side of the moto environment: start a backend process and speak to it."""

import os
import platform
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from importlib.metadata import version
from typing import Any

from hardenlab.environment import IssuedKey, JobFailed
from hardenlab.model.http import Moment, Request, Response
from hardenlab.model.problem import EnvironmentProblem

from .channel import Channel, Closed, message, without_body
from .spawned import SpawnedBackend

SERVICES_REVISION = "21"  # of our own additions to moto: raise it when what they answer changes
HASH_SEED = "0"
NO_FORK = "HARDENLAB_NO_FORK"
CALL_TIMEOUT = 120.0
ENDED = "the emulated account's process has ended."
AHEAD = 16
"""Calls that are sent before the first of them is answered, at most."""
START_TIMEOUT = 60.0
# what a backend process may see of the caller's environment: nothing that names AWS
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "SYSTEMROOT", "PYTHONPATH")


class MotoEnvironment:
    """Emulated accounts held by moto in processes of this machine."""

    name = reference = "moto"
    exact = True

    def __init__(self, forks: bool | None = None) -> None:
        self._forks = may_fork() if forks is None else forks

    def lacks(self, needed: Mapping[str, Collection[str]]) -> list[str]:
        """Nothing: the law proves every section on it."""
        return []

    def fingerprint(self) -> dict[str, str]:
        return {
            "environment": self.name,
            "moto": version("moto"),
            "botocore": version("botocore"),
            "services": SERVICES_REVISION,
            "python": ".".join(platform.python_version_tuple()[:2]),
            "hash_seed": HASH_SEED,
        }

    def start(self) -> "MotoBackend | SpawnedBackend":
        return self.start_process() if self._forks else SpawnedBackend.first(self.start_process)

    def start_process(self) -> "MotoBackend":
        """A new process with empty accounts, warm."""
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "hardenlab.environments.moto.start", str(theirs.fileno())]
            process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE, env=backend_variables(), start_new_session=True,
            )  # fmt: skip
        backend = MotoBackend(Channel(ours), process.pid, process)
        try:
            backend.wait_until_ready(START_TIMEOUT)
        except EnvironmentProblem as error:
            process.kill()
            said = b"" if process.stderr is None or process.stderr.closed else process.communicate()[1]
            last = said.decode(errors="replace").strip().splitlines()[-1:]
            raise EnvironmentProblem(
                f"the emulated account did not start: {(' '.join(last) or str(error)).rstrip('.')}."
            ) from error
        return backend


class MotoBackend:
    """One backend process, reached through its channel."""

    def __init__(
        self, channel: Channel | None, pid: int = 0, process: "subprocess.Popen[bytes] | None" = None,
        parent: "MotoBackend | None" = None,
    ) -> None:  # fmt: skip
        self._channel = channel  # None: the parent has been asked for this process and has not answered yet
        self._process = process
        self._parent = parent
        self._closed = False
        self._failed: JobFailed | None = None
        self._promised: deque[MotoBackend] = deque()
        self._ahead: MotoBackend | None = None
        self.pid = pid

    def wait_until_ready(self, seconds: float) -> None:
        self._ask({"do": "hello"}, timeout=seconds)

    def call(self, request: Request, moment: Moment) -> Response:
        return next(self.calls([(request, moment)]))

    def calls(self, several: Iterable[tuple[Request, Moment]]) -> Iterator[Response]:
        """Some are sent ahead, as many as fit into the socket for sure: so neither end waits for the other's work."""
        self._let_go()
        self._collect()
        room, ahead = self._reached().room, deque[int]()
        try:
            for request, moment in several:
                head = {"do": "call", "request": without_body(request), "seed": moment.seed, "clock": moment.clock}
                sent = message(head, request.body)
                while ahead and (len(ahead) >= AHEAD or sum(ahead) + len(sent) > room):
                    ahead.popleft()
                    yield self._answered()
                self._put(sent)
                ahead.append(len(sent))
            while ahead:
                ahead.popleft()
                yield self._answered()
        finally:
            if ahead:  # their answers would be taken for those to other questions
                self.close()

    def _answered(self) -> Response:
        answer, body = self._received(CALL_TIMEOUT)
        headers = [(name, value) for name, value in answer["headers"]]
        return Response(answer["status"], headers, body, answer["unimplemented"], answer["crash"])

    def credential(self, access_key: str) -> IssuedKey | None:
        found = self._ask({"do": "credential", "access_key": access_key})[0]["credential"]
        return IssuedKey(**found) if found else None

    def seed(self, job: str, arguments: Mapping[str, Any], variant: str) -> dict[str, Any]:
        head = {"do": "seed", "job": job, "arguments": dict(arguments), "variant": variant}
        self._let_go()
        result: dict[str, Any] = self._ask(head)[0]["result"]
        return result

    def run(self, job: str, arguments: Mapping[str, Any], timeout: float = 60.0) -> dict[str, Any]:
        head = {"do": "run", "job": job, "arguments": dict(arguments), "timeout": timeout}
        result: dict[str, Any] = self._ask(head, timeout=timeout + 10)[0]["result"]
        return result

    def run_here(self, job: str, arguments: Mapping[str, Any], timeout: float) -> dict[str, Any]:
        """Run the job on this state itself, whatever becomes of it: for processes that are forgotten afterwards."""
        head = {"do": "run here", "job": job, "arguments": dict(arguments)}
        result: dict[str, Any] = self._ask(head, timeout=timeout)[0]["result"]
        return result

    def conclude(self, job: str, arguments: Mapping[str, Any], timeout: float = 60.0) -> dict[str, Any]:
        try:
            return self.run_here(job, arguments, timeout)
        finally:
            self.close()

    def clone(self) -> "MotoBackend":
        clone, self._ahead = self._ahead or self._promise(warm=False), None
        clone._reached()
        return clone

    def stand_by(self) -> None:
        """Ask for the next clone now and collect it when it is needed: it forks and warms up meanwhile."""
        if self._ahead is None:
            with suppress(EnvironmentProblem):  # the next message will find that out
                self._ahead = self._promise(warm=True)

    def rehearse(self, rehearsal: "Callable[[MotoBackend], object]", many: bool = False) -> None:
        rehearsal(self)
        self.forget()
        if many:
            self._ask({"do": "gather"})  # what is left is what all clones share

    def snapshot(self) -> "MotoBackend":
        return self._promise(warm=False)

    def forget(self) -> None:
        """Empty every account."""
        self._ask({"do": "forget"})

    def _promise(self, warm: bool) -> "MotoBackend":
        """A clone that this process has been asked for."""
        self._put(message({"do": "clone", "warm": warm}))
        promised = MotoBackend(None, parent=self)
        self._promised.append(promised)
        return promised

    def _collect(self) -> None:
        """Receive the clones that were asked for: their answers stand before any other."""
        while self._promised:
            promised = self._promised.popleft()
            try:
                pid = self._received(CALL_TIMEOUT)[0]["pid"]
            except JobFailed as error:  # whoever uses that clone will be told
                promised._failed = error
            else:
                promised._arrive(pid, Channel(self._reached().receive_socket()))

    def _arrive(self, pid: int, channel: Channel) -> None:
        self.pid, self._channel, self._parent = pid, channel, None
        if self._closed:
            channel.close()

    def _reached(self) -> Channel:
        """The channel, once the process that was asked for is there."""
        if self._parent is not None and not self._parent.closed:
            self._parent._collect()
        if self._failed is not None:
            raise self._failed
        if self._channel is None or self._closed:
            raise EnvironmentProblem(ENDED)
        return self._channel

    def _let_go(self) -> None:
        """The state is about to change: a clone made ahead would be of the past."""
        if self._ahead is not None:
            self._ahead.close()
            self._ahead = None

    def digest(self) -> str:
        return str(self._ask({"do": "digest"})[0]["digest"])

    def close(self) -> None:
        if self._closed:
            return
        if self._ahead is not None:
            self._ahead.close()
        if any(not promised.closed for promised in self._promised):
            with suppress(EnvironmentProblem):
                self._collect()
        self._closed = True
        if self._channel is not None:
            self._channel.close()
        if self._process is not None:
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            if self._process.stderr:
                self._process.stderr.close()

    @property
    def closed(self) -> bool:
        return self._closed

    def kill(self) -> None:
        """End a process that does not answer."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.close()

    def _ask(
        self, head: dict[str, Any], body: bytes = b"", timeout: float = CALL_TIMEOUT
    ) -> tuple[dict[str, Any], bytes]:
        self._collect()
        self._put(message(head, body), timeout)
        return self._received(timeout)

    def _put(self, sent: bytes, timeout: float = CALL_TIMEOUT) -> None:
        channel = self._reached()
        try:
            channel.settimeout(timeout)
            channel.put(sent)
        except (Closed, OSError) as error:
            raise EnvironmentProblem(ENDED) from error

    def _received(self, timeout: float) -> tuple[dict[str, Any], bytes]:
        try:
            answer, answer_body = self._reached().receive()
        except TimeoutError as error:
            self.kill()
            raise EnvironmentProblem(f"the emulated account did not answer within {timeout:.0f} s.") from error
        except (Closed, OSError) as error:
            raise EnvironmentProblem(ENDED) from error
        if "problem" in answer:
            raise JobFailed(answer["problem"], answer.get("exit_code", JobFailed.exit_code))
        return answer, answer_body


def may_fork() -> bool:
    """Whether accounts are forked: where the system can, unless HARDENLAB_NO_FORK says no."""
    return hasattr(os, "fork") and os.environ.get(NO_FORK, "0") in ("", "0")


def backend_variables() -> dict[str, str]:
    """The environment variables of a backend process."""
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return kept | {
        "PYTHONHASHSEED": HASH_SEED,  # the order inside moto's sets decides some answers
        "TZ": "UTC",
        "AWS_ACCESS_KEY_ID": "emulated",
        "AWS_SECRET_ACCESS_KEY": "emulated",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",  # 0.5 s and 4 MiB for every account and region
        "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
        "MOTO_S3_ALLOW_CROSSACCOUNT_ACCESS": "false",  # S3 is one space in moto otherwise
        "MOTO_DISABLE_GLOBAL_CORS": "true",
    }
