"""A real PostgreSQL (Debian's) in a folder of its own, on a Unix socket alone."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))


class Server:
    """PostgreSQL refuses to run as root: there it runs as the user that Debian's package made."""

    def __init__(self, folder):
        self.folder = folder
        self._binaries = BINARIES[-1].parent
        self._process = None
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._as:
            shutil.chown(folder, "postgres")
        self._run("initdb", "--auth=trust", "--username=instructor", "--no-sync", "--pgdata", folder / "data")

    def start(self):
        own = ["-D", self.folder / "data", "-k", self.folder, "-c", "listen_addresses=", "-c", "fsync=off"]
        self._process = subprocess.Popen(
            [*self._as, self._binaries / "postgres", *own], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 60
        while self._run("pg_isready", "--host", self.folder, check=False):
            assert time.monotonic() < until and self._process.poll() is None
            time.sleep(0.05)

    def stop(self, how=signal.SIGQUIT):
        """SIGQUIT: at once, as when it is killed; SIGINT: transactions are rolled back, connections cut."""
        if self._process is not None:
            os.kill(int((self.folder / "data" / "postmaster.pid").read_text().split()[0]), how)
            self._process.wait(60)
            self._process = None

    def new(self, name):
        """A database's address, as SQLAlchemy writes it."""
        self._run("createdb", "--host", self.folder, "--username", "instructor", name)
        return f"postgresql+pg8000://instructor@/{name}?unix_sock={self.folder}/.s.PGSQL.5432"

    def _run(self, name, *arguments, check=True):
        command = [*self._as, self._binaries / name, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder)
        assert not check or done.returncode == 0, done.stderr
        return done.returncode


@contextmanager
def postgresql():
    """A server that runs; skips without Debian's package, fails where it is required."""
    if not BINARIES and os.environ.get("REQUIRE_POSTGRESQL"):
        pytest.fail("REQUIRE_POSTGRESQL is set and PostgreSQL is not installed: apt install postgresql")
    if not BINARIES:
        pytest.skip("Debian's postgresql is not installed (REQUIRE_POSTGRESQL=1 makes this a failure)")
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))  # not below pytest's folder, which only its owner may enter
    server = Server(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)
