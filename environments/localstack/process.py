"""LocalStack as a process of this machine."""

import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from hardenlab.model.problem import EnvironmentProblem

from ..endpoint.environment import wait_until_ready
from ..endpoint.wire import Wire
from .install import LOCK, interpreter

HOST = Path(__file__).parent / "host.py"
START_SECONDS = 150.0
STOP_SECONDS = 10.0


class Process:
    """Started at the first asking, on a free port; started again when it has ended meanwhile."""

    called = "LocalStack"

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self._url = ""

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def folder(self) -> Path | None:
        return self._folder

    def url(self) -> str:
        if self._process is None or self._process.poll() is not None:
            self.stop()
            self._start()
        return self._url

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            with suppress(BrokenPipeError):
                process.stdin.close()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _start(self) -> None:
        python = interpreter()
        self._folder = folder = Path(tempfile.mkdtemp(prefix="hardenlab-localstack-"))
        port = _free_port()
        self._url = f"http://127.0.0.1:{port}"
        with (folder / "log.txt").open("wb") as log:
            self._process = subprocess.Popen(
                [str(python), str(HOST), str(LOCK), str(folder)], stdin=subprocess.PIPE, stdout=log, stderr=log,
                env=_variables(folder, port), cwd=folder, start_new_session=True,
            )  # fmt: skip
        try:
            self._wait(folder / "log.txt")
        except BaseException:
            self.stop()
            raise

    def _wait(self, log: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        wire = Wire(self._url)
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                last = log.read_text(errors="replace").strip().splitlines()[-1:]
                raise EnvironmentProblem(f"LocalStack did not start: {' '.join(last)[:500] or 'it said nothing'}.")
            try:
                if b'"completed": true' in wire.get("/_localstack/init/ready")[1]:
                    wire.close()
                    wait_until_ready(self._url, 30.0)
                    return
            except OSError:
                wire.close()
            time.sleep(0.1)
        raise EnvironmentProblem(f"LocalStack did not start within {START_SECONDS:.0f} s.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _variables(folder: Path, port: int) -> dict[str, str]:
    """All that LocalStack sees of the environment: nothing that names AWS, a proxy or a home."""
    return {
        "PATH": "/nonexistent",  # it would look for docker, npm and java
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OVERRIDE_IN_DOCKER": "0",  # in a container it would believe that the container is its own, and write to /var
        "FILESYSTEM_ROOT": str(folder / "fs"),
        "GATEWAY_SERVER": "hypercorn",  # the default one listens on every interface, whatever it is told
        "GATEWAY_LISTEN": f"127.0.0.1:{port}",
        "LOCALSTACK_HOST": f"127.0.0.1:{port}",
        "SQS_ENDPOINT_STRATEGY": "path",
        "DNS_ADDRESS": "0",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DISABLE_EVENTS": "1",
        "LS_LOG": "warning",
    }
