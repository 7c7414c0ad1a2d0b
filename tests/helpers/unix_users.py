"""Real Unix users for a test, as root: made, used, removed. Elsewhere the tests are skipped, and say so."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

import hardenlab
from helpers.direct import CHECKOUT

REQUIRED = "REQUIRE_CLASSROOM"
NEEDED = ("useradd", "userdel", "unshare", "nsenter")
VENV = Path(sys.executable).parent


def require_root():
    """Skip without root or the tools; a failure where REQUIRE_CLASSROOM is set."""
    lacking = [name for name in NEEDED if shutil.which(name) is None]
    reason = "" if os.geteuid() == 0 and not lacking else f"needs root and {', '.join(lacking or NEEDED)}"
    if reason and os.environ.get(REQUIRED):
        pytest.fail(f"{REQUIRED} is set, and a classroom {reason}")
    if reason:
        pytest.skip(f"a classroom {reason}")


class UnixUsers:
    """Users by the names that the test calls them; their real names are unlike any of the machine's."""

    def __init__(self, names):
        self.root = Path(tempfile.mkdtemp(prefix="hardenlab-users-"))
        self.root.chmod(0o755)
        self._mark = f"{os.getpid() % 100_000:05d}"
        self._enter = []
        self._holder = None
        self._running = []
        self.names = {name: f"hl{self._mark}{name}" for name in names}
        for name in self.names.values():
            home = self.root / name
            made = subprocess.run(
                ["useradd", "--create-home", "--home-dir", str(home), "--shell", "/bin/bash", name],
                capture_output=True, text=True,
            )  # fmt: skip
            assert made.returncode == 0, made.stderr
            home.chmod(0o700)
        self.group = f"hl{self._mark}learners"
        self._open_the_way()

    def gather(self, *names):
        """Put users into a group of the test's."""
        subprocess.run(["groupadd", self.group], check=True)
        for name in names:
            subprocess.run(["usermod", "--append", "--groups", self.group, self.names[name]], check=True)

    def home(self, name):
        return self.root / self.names[name]

    def uid(self, name):
        return pwd.getpwnam(self.names[name]).pw_uid

    def start(self, name, command, **variables):
        """A process of the user's, in his home; ended with the test."""
        process = subprocess.Popen(
            self.command(name, command), cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, env=self.environment(name) | variables, start_new_session=True,
        )  # fmt: skip
        self._running.append(process)
        return process

    def run(self, name, command, timeout=300, **variables):
        """What a command of the user's answers."""
        return subprocess.run(
            self.command(name, command), cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=timeout, env=self.environment(name) | variables,
        )  # fmt: skip

    def python(self, name, code, *arguments, **variables):
        """What Python code of the user's prints; it must not fail."""
        done = self.run(name, [sys.executable, "-c", code, *map(str, arguments)], **variables)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def command(self, name, command):
        """The command as the user, or as root for the name None."""
        if name is None:
            return [*self._enter, *command]
        ids = pwd.getpwnam(self.names[name])
        become = ["setpriv", f"--reuid={ids.pw_uid}", f"--regid={ids.pw_gid}", "--clear-groups"]
        return [*self._enter, *become, "env", f"--chdir={ids.pw_dir}", *command]

    def environment(self, name):
        home = str(self.home(name)) if name else str(self.root)
        user = self.names[name] if name else "root"
        return {
            "HOME": home,
            "USER": user,
            "LOGNAME": user,
            "PATH": f"{VENV}:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
        }

    def close(self):
        for process in self._running:
            process.terminate()
        for process in self._running:
            try:
                process.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
        for name in self.names.values():
            subprocess.run(["pkill", "-KILL", "-u", str(pwd.getpwnam(name).pw_uid)], capture_output=True)
            deadline = time.monotonic() + 10
            while (
                subprocess.run(["userdel", name], capture_output=True).returncode == 8 and time.monotonic() < deadline
            ):
                time.sleep(0.1)  # 8: a process of his is still there
        subprocess.run(["groupdel", self.group], capture_output=True)
        if self._holder is not None:
            self._holder.kill()
            self._holder.wait()
        shutil.rmtree(self.root, ignore_errors=True)

    def _open_the_way(self):
        """Where Python lies under a closed folder (root's home), these users see it through mounts of their own.

        The mounts are in a namespace that ends with the test: nothing of the machine changes.
        """
        packages = [Path(path).resolve() for path in hardenlab.__path__]
        needed = {Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), CHECKOUT.resolve(), *packages}
        closed = {path: folder for path in needed if (folder := _closed(path))}
        if not closed:
            return
        script = ["set -e"]
        for number, path in enumerate(closed):
            script.append(f"mkdir -p {self.root}/way/{number} && mount --bind {path} {self.root}/way/{number}")
        script += [f"mount -t tmpfs -o mode=755 tmpfs {folder}" for folder in sorted(set(closed.values()))]
        for number, path in enumerate(closed):
            script.append(f"mkdir -p {path} && mount --bind {self.root}/way/{number} {path}")
        script.append("echo ready; exec sleep 3600")
        self._holder = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", "\n".join(script)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        said = self._holder.stdout.readline()
        assert said == "ready\n", said
        self._enter = ["nsenter", f"--mount=/proc/{self._holder.pid}/ns/mnt"]


@contextmanager
def unix_users(*names):
    """Users of these names, removed at the end."""
    require_root()
    users = UnixUsers(names)
    try:
        yield users
    finally:
        users.close()


def _closed(path):
    """The outermost folder above the path that other users may not pass."""
    return next((folder for folder in reversed(path.parents) if not folder.stat().st_mode & 0o001), None)
