"""JupyterHub for a classroom on one machine: learners are Unix users, their accounts the classroom's service.

In `jupyterhub_config.py`:

    from hardenlab.classroom.hub import Hub
    Hub(classroom="/srv/classroom", exchange="/srv/exchange", course="cloudsec").configure(get_config())
"""

import json
import os
import pwd
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardenlab.attempt.classroom import VARIABLE as CLASSROOM
from hardenlab.attempt.client import HOST, server_environment
from hardenlab.attempt.workspace import STATE, Workspace
from hardenlab.attempt.workspace import VARIABLE as WORKSPACE
from hardenlab.notebook.aws_files import clean_environment
from hardenlab.notebook.jupyter_files import INSTRUCTORS, LISTEN, shell

INSTRUCTORS_PAGES = tuple(
    f"@jupyter/nbgrader:{name}" for name in ("formgrader", "create-assignment", "course-list", "validate-assignment")
)
BIN = Path(sys.executable).parent
NBGRADER = """\
# Written by hardenlab whenever JupyterHub starts.
from hardenlab.cohort.hand_in import configure_learner

configure_learner(get_config(), {exchange!r}, {course!r})
"""


@dataclass(frozen=True)
class Hub:
    """A classroom's JupyterHub, run by root, who alone can become each learner.

    `classroom`: the service's folder, owned by `keeper`. `state`: what JupyterHub keeps. `learners`: the Unix group
    whose members sign in, with their Unix passwords. `exchange` and `course`: where learners' nbgrader fetches and
    hands in.
    """

    classroom: str
    exchange: str
    course: str
    keeper: str = "hardenlab"
    learners: str = "learners"
    state: str = "/var/lib/hardenlab-hub"
    socket: str = "/run/hardenlab/classroom.sock"
    port: int = 8000
    hub_port: int = 8081
    proxy_port: int = 8001

    def configure(self, config: Any) -> None:
        """Set JupyterHub up. The settings of a school (its sign-on, https, limits) can follow in the same file."""
        state = Path(self.state)
        state.mkdir(parents=True, exist_ok=True, mode=0o755)
        private = state / "private"
        private.mkdir(exist_ok=True, mode=0o700)
        self._write_learners_settings(state / "jupyter")
        config.JupyterHub.bind_url = f"http://{os.environ.get(LISTEN) or HOST}:{self.port}"
        config.JupyterHub.hub_bind_url = f"http://{HOST}:{self.hub_port}"
        config.JupyterHub.cookie_secret_file = str(private / "cookie_secret")
        config.JupyterHub.db_url = f"sqlite:///{private / 'jupyterhub.sqlite'}"
        config.JupyterHub.services = [self._service()]
        config.ConfigurableHTTPProxy.command = [str(BIN / "configurable-http-proxy")]
        config.ConfigurableHTTPProxy.api_url = f"http://{HOST}:{self.proxy_port}"
        config.ConfigurableHTTPProxy.pid_file = str(private / "proxy.pid")
        config.JupyterHub.authenticator_class = "pam"
        config.PAMAuthenticator.allowed_groups = {self.learners}
        config.PAMAuthenticator.open_sessions = False  # learners get a JupyterLab, no login of the machine's
        config.Spawner.cmd = [sys.executable, "-m", "hardenlab.classroom.singleuser"]
        config.Spawner.default_url = "/lab"
        config.Spawner.start_timeout = config.Spawner.http_timeout = 120
        config.Spawner.env_keep = ["LANG", "LC_ALL", "TZ"]
        config.Spawner.environment = self._environment()

    def _service(self) -> dict[str, Any]:
        """The classroom, started and watched by JupyterHub, as its own Unix user."""
        serve = [str(BIN / "hardenlab"), "classroom", "serve", self.classroom, "--socket", self.socket]
        return {"name": "classroom", "command": serve, "user": self.keeper, "cwd": "/", "environment": {"HOME": "/"}}

    def _environment(self) -> dict[str, Any]:
        """What every learner's JupyterLab and its kernels and terminals know."""
        return {
            "PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin",
            CLASSROOM: self.socket,
            WORKSPACE: lambda spawner: _home(spawner.user.name),
            # short: kernels' Unix sockets lie in it, and the address of one has 107 bytes at most
            "JUPYTER_RUNTIME_DIR": lambda spawner: f"{_home(spawner.user.name)}/{STATE}/run",
            "JUPYTER_CONFIG_PATH": str(Path(self.state) / "jupyter"),
            "JUPYTER_PREFER_ENV_PATH": "1",
        }

    def _write_learners_settings(self, folder: Path) -> None:
        nbgrader = NBGRADER.format(exchange=self.exchange, course=self.course)
        settings = {
            "ServerApp": {
                "terminado_settings": {"shell_command": [shell()]},
                "jpserver_extensions": {f"nbgrader.server_extensions.{name}": False for name in INSTRUCTORS[:2]},
            },
            # on loopback every user of the machine could listen to what a kernel prints
            "KernelManager": {"transport": "ipc"},
        }
        news = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
        files = {
            "nbgrader_config.py": nbgrader,
            "jupyter_server_config.json": json.dumps(settings, indent=1),
            "labconfig/default_setting_overrides.json": json.dumps(news),
            "labconfig/page_config.json": json.dumps({"disabledExtensions": dict.fromkeys(INSTRUCTORS_PAGES, True)}),
        }
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def learners_environment(workspace: Workspace) -> dict[str, str]:
    """This process's environment without anything that names an AWS account."""
    environment = server_environment()
    clean_environment(environment, workspace)
    return environment


def _home(name: str) -> str:
    return pwd.getpwnam(name).pw_dir
