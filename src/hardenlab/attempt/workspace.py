"""A learner's workspace: notebooks and journals in the open, keys and ports in a folder for the learner alone.

<workspace>/<lab>/<notebook>.ipynb      the notebook
<workspace>/<lab>/<notebook>.journal    the journal: hand this in
<workspace>/<lab>/variants.json         in a course only: the lab was released, and its variant follows from the learner
<workspace>/.hardenlab/                 0700: the installation's variant, per section the keys and the server's port
"""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardenlab.attempt.release import LEARNER_VARIABLES, Release, checked_learner, learner_named, read_release
from hardenlab.attempt.release import NAME as RELEASE
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

    def exists(self) -> bool:
        """Whether it has been made."""
        return (self.state / "workspace.json").is_file()

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

    def environment(self, section: str) -> str:
        """Where the section's account runs: where it was started last, else where the workspace's accounts do."""
        chosen = self._chosen(section)
        if not chosen.exists():
            return str(self.settings()["environment"])
        return str(json.loads(chosen.read_text())["environment"])

    def choose_environment(self, section: str, reference: str) -> None:
        """From now on the section's account runs there."""
        write_private(self._chosen(section), {"environment": reference})

    def _chosen(self, section: str) -> Path:
        return self.section_state(section) / "environment.json"

    def release(self, section: str) -> Release | None:
        """How the section's lab was released; None where it is nobody's course."""
        return read_release(self.root / section.partition("/")[0])

    def variant(self, section: str) -> str:
        """The variant that a new attempt gets: the learner's in a released lab, else the installation's."""
        settings, release = self.settings(), self.release(section)
        if release is None:
            return str(settings["variant"])
        learner = learner_named(settings.get("learner"))
        if learner is None:
            raise UsageProblem(
                f"in the course '{release.course}' every learner has an account of his own: say who you are, once. "
                f"In a terminal: hardenlab --workspace {self.root} join YOUR-ID, or set {LEARNER_VARIABLES[0]}."
            )
        return release.variant_of(learner)

    def join(self, learner: str) -> None:
        """Remember whose workspace this is, for released labs."""
        write_private(self.state / "workspace.json", self.settings() | {"learner": checked_learner(learner)})

    def create(self, course: Path, environment: str | None = None) -> None:
        """Make the folders, or bring an existing workspace up to this course. The variant is drawn once, for ever.

        `environment`: where its accounts run; None: where they did, at first on moto.
        """
        self.state.mkdir(parents=True, exist_ok=True)
        self.state.chmod(0o700)
        path = self.state / "workspace.json"
        known = json.loads(path.read_text()) if path.exists() else {"variant": f"home-{secrets.token_hex(6)}"}
        where = environment or known.get("environment", "moto")
        write_private(path, known | {"course": str(course.resolve()), "environment": where})


def find_workspace(start: Path | None = None) -> Workspace:
    """The workspace: HARDENLAB_WORKSPACE, else the nearest parent that is one or holds a released lab, else
    `~/hardenlab`."""
    if VARIABLE in os.environ:
        return Workspace(Path(os.environ[VARIABLE]))
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / STATE / "workspace.json").is_file():
            return Workspace(folder)
        if (folder / RELEASE).is_file():
            return Workspace(folder.parent)
    return Workspace(Path.home() / "hardenlab")


def write_private(path: Path, data: Mapping[str, Any]) -> None:
    """Replace a JSON file that only its owner may read; never half-written."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(data, file, indent=1)
    draft.replace(path)
