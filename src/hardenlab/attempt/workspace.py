"""A learner's workspace: notebooks and journals in the open, keys and ports in a folder for the learner alone.

<workspace>/<lab>/<notebook>.ipynb      the notebook
<workspace>/<lab>/<notebook>.journal    the journal: hand this in
<workspace>/.hardenlab/                 0700: the installation's variant, per section the keys and the server's port
"""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardenlab.model.problem import UsageProblem

STATE = ".hardenlab"
VARIABLE = "HARDENLAB_WORKSPACE"


@dataclass(frozen=True)
class Workspace:
    """The workspace's folder."""

    root: Path

    @property
    def state(self) -> Path:
        return self.root / STATE

    @property
    def aws(self) -> Path:
        """AWS's configuration for tools in the workspace: it names the section that was opened last."""
        return self.state / "aws"

    def journal(self, section: str) -> Path:
        return self.root / f"{section}.journal"

    def notebook(self, section: str) -> Path:
        return self.root / f"{section}.ipynb"

    def section_state(self, section: str) -> Path:
        return self.state / "sections" / section

    def course(self) -> Path:
        """The course that this workspace was made from."""
        return Path(self.settings()["course"])

    def settings(self) -> dict[str, Any]:
        path = self.state / "workspace.json"
        try:
            settings: dict[str, Any] = json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise UsageProblem(f"{self.root} is no workspace of hardenlab. Make one with: hardenlab open.") from error
        return settings

    def create(self, course: Path, environment: str) -> None:
        """Make the folders, or bring an existing workspace up to this course. The variant is drawn once, for ever."""
        self.state.mkdir(parents=True, exist_ok=True)
        self.state.chmod(0o700)
        path = self.state / "workspace.json"
        known = json.loads(path.read_text()) if path.exists() else {"variant": f"home-{secrets.token_hex(6)}"}
        write_private(path, known | {"course": str(course.resolve()), "environment": environment})


def find_workspace(start: Path | None = None) -> Workspace:
    """The workspace: HARDENLAB_WORKSPACE, else the nearest parent that is one, else `~/hardenlab`."""
    if VARIABLE in os.environ:
        return Workspace(Path(os.environ[VARIABLE]))
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / STATE / "workspace.json").is_file():
            return Workspace(folder)
    return Workspace(Path.home() / "hardenlab")


def write_private(path: Path, data: Mapping[str, Any]) -> None:
    """Replace a JSON file that only its owner may read; never half-written."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(data, file, indent=1)
    draft.replace(path)
