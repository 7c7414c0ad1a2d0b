"""The Jupyter kernel provisioner `hardenlab-sandbox`: a kernel under bubblewrap."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Float, List, Unicode

import hardenlab
from hardenlab.cohort.confine import confined, folder_of_sockets
from hardenlab.cohort.kernel.cgroup import end_group, enter_group, new_group
from hardenlab.cohort.kernel.watch import Watch, children
from hardenlab.cohort.limits import RUN_PROCESSES, RUN_SECONDS
from hardenlab.course.find import FOLDERS
from hardenlab.course.load import HIDDEN
from hardenlab.model.problem import EnvironmentProblem

NAME = "hardenlab-sandbox"
CONTENT = (*FOLDERS, HIDDEN)


class SandboxProvisioner(LocalProvisioner):
    """Starts a kernel that sees the system, Python, a copy of its folder that it may change, and one account.

    Its channels are Unix sockets in a folder of their own; nothing of this process's environment reaches it. The copy
    ends with it. EnvironmentProblem at the start: there is no bubblewrap.
    """

    account = Unicode(help="The folder of the account that the kernel may call. Empty: none.").tag(config=True)
    hidden = List(Unicode(), help="Folders that are covered where they lie in what is shown.").tag(config=True)
    seconds = Float(RUN_SECONDS, help="The kernel is ended after this time.").tag(config=True)

    _folder: Path | None = None
    _watch: Watch | None = None
    _group: Path | None = None

    @property
    def ended_because(self) -> str:
        """Which limit ended the kernel; empty: none did."""
        return self._watch.why if self._watch else ""

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Move the kernel's channels to Unix sockets: there is no network inside."""
        if shutil.which("bwrap") is None:
            raise EnvironmentProblem(
                "a learner's notebook is run in a sandbox only, and bubblewrap is not here: apt install bubblewrap."
            )
        manager = self.parent
        if self._folder is None:
            self._folder = folder_of_sockets("hardenlab-kernel-")
            manager.cache_ports = False
            channels = self._folder / "channels"
            channels.mkdir()
            manager.transport, manager.ip = "ipc", str(channels / "channel")
            manager.connection_file = str(channels / "kernel.json")
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Launch it. `cwd` is the folder that is copied."""
        assert self._folder is not None
        submission = Path(kwargs.pop("cwd", None) or Path.cwd()).resolve()
        copy = self._folder / "submission" / submission.name  # what is mounted tells its path: not the instructor's
        if not copy.exists():
            shutil.copytree(submission, copy, symlinks=True)
        account = [Path(self.account)] if self.account else []
        own = Path(hardenlab.__file__).parent  # an installed hardenlab carries the course, solutions included
        channels = self._folder / "channels"
        command = confined(
            [sys.executable, "-m", "hardenlab.cohort.kernel.inside", str(copy), self.account, *cmd],
            [copy, *account], [*map(Path, self.hidden), *(own / name for name in CONTENT)], [channels],
        )  # fmt: skip
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._group = new_group(RUN_PROCESSES)
        entering = {"preexec_fn": partial(enter_group, self._group)} if self._group else {}
        connection = await super().launch_kernel(command, **{**kwargs, **quiet, **entering, "cwd": "/", "env": {}})
        assert self.process is not None
        self._watch = Watch(self.process, channels, self.seconds)
        self._watch.start()
        return connection

    async def send_signal(self, signum: int) -> None:
        """An interrupt is for the kernel inside; every other signal ends the sandbox."""
        if self.process is None:
            return
        if signum == signal.SIGINT:
            for pid in (kernel for init in children(self.process.pid) for kernel in children(init)):
                with suppress(ProcessLookupError):
                    os.kill(pid, signum)
                return
        elif signum != 0:
            self.process.kill()

    async def cleanup(self, restart: bool = False) -> None:
        """The sandbox's processes have ended with it; its folder goes, too."""
        if self._watch is not None:
            self._watch.stop()
        await super().cleanup(restart)
        if self._group is not None:
            end_group(self._group)
            self._group = None
        if self._folder is not None and not restart:
            shutil.rmtree(self._folder, ignore_errors=True)
