"""JupyterLab's settings for a workspace. They lie in the workspace: nothing of the user's or the venv's is changed."""

import os
import shutil
from pathlib import Path
from typing import Any

from hardenlab.attempt.client import HOST
from hardenlab.attempt.workspace import Workspace, write_private

# the instructor's tools, which come with nbgrader, have no place in a learner's JupyterLab
INSTRUCTORS = ("formgrader", "validate_assignment", "assignment_list", "course_list")
FIRST_PORT, PORTS = 8888, 50
LISTEN = "HARDENLAB_LISTEN"  # set in a container, whose loopback no browser reaches
NEWS = "@jupyterlab/apputils-extension/notification.jupyterlab-settings"


def jupyter_environment(workspace: Workspace) -> dict[str, str]:
    """Where JupyterLab finds and keeps its files; the kernel is this Python's even where the user has others."""
    base = workspace.state / "jupyter"
    return {
        "JUPYTER_CONFIG_DIR": str(base / "config"),
        "JUPYTER_DATA_DIR": str(base / "data"),
        "JUPYTER_RUNTIME_DIR": str(base / "runtime"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_PLATFORM_DIRS": "1",
    }


def write_jupyter_files(workspace: Workspace, port: int | None, token: str) -> None:
    """The server's settings, anew at every start; the learner's own JupyterLab settings stay. No port: a free one."""
    config = workspace.state / "jupyter" / "config"
    write_private(config / "jupyter_server_config.json", _server(workspace, port, token))
    write_private(config / "labconfig" / "page_config.json", {"disabledExtensions": _without_instructors_pages()})
    news = config / "lab" / "user-settings" / NEWS
    if not news.exists():
        write_private(news, {"fetchNews": "false", "checkForUpdates": False})


def _server(workspace: Workspace, port: int | None, token: str) -> dict[str, Any]:
    return {
        "IdentityProvider": {"token": token},
        "ServerApp": {
            "ip": os.environ.get(LISTEN) or HOST,
            "port": FIRST_PORT if port is None else port,
            "port_retries": PORTS if port is None else 0,
            "root_dir": str(workspace.root.resolve()),
            "open_browser": False,
            "allow_root": os.geteuid() == 0,  # as in a container
            # no login shell: it would put the system's programs before the AWS CLI that is installed here
            "terminado_settings": {"shell_command": [shell()]},
            "jpserver_extensions": {f"nbgrader.server_extensions.{name}": False for name in INSTRUCTORS},
        },
    }


def _without_instructors_pages() -> dict[str, bool]:
    return {"@jupyter/nbgrader": True}


def shell() -> str:
    """The user's shell, else one that is there."""
    own = os.environ.get("SHELL", "")
    return own if Path(own).is_file() else shutil.which("bash") or "/bin/sh"
