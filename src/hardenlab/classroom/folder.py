"""The classroom's folder, for its own user alone: the key that signs, and the learners' workspaces with journals.

<folder>/signing-key               0600: 32 bytes, as text
<folder>/classroom.json            the course, the environment, where labs are released
<folder>/learners/<learner>/       a workspace
"""

import base64
import json
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardenlab.attempt.classroom import UID
from hardenlab.attempt.release import NAME as RELEASE
from hardenlab.attempt.release import checked_learner, read_release
from hardenlab.attempt.workspace import Workspace, write_private
from hardenlab.journal.signed import draw_key, public_key
from hardenlab.model.problem import EnvironmentProblem, UsageProblem

SETTINGS, KEY, LEARNERS = "classroom.json", "signing-key", "learners"


@dataclass(frozen=True)
class ClassroomFolder:
    """An opened classroom. `releases` holds `<lab>/variants.json`, as nbgrader's exchange does; None: no variants."""

    root: Path
    course: Path
    environment: str
    releases: Path | None

    @classmethod
    def create(cls, root: Path, course: Path, environment: str, releases: Path | None) -> "ClassroomFolder":
        """Make the folder and draw its key; what is there stays, and gets these settings."""
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(root.iterdir()) and not (root / SETTINGS).is_file():
            raise UsageProblem(f"{root} is not empty and no classroom of hardenlab. Name a new folder.")
        root.chmod(0o700)
        settings: dict[str, Any] = {"course": str(course.resolve()), "environment": environment}
        if releases is not None:
            settings["releases"] = str(releases.resolve())
        write_private(root / SETTINGS, settings)
        _draw_key(root / KEY)
        return cls.open(root)

    @classmethod
    def open(cls, root: Path) -> "ClassroomFolder":
        """UsageProblem: it is no classroom, or others may read it."""
        try:
            mode = root.stat().st_mode
            settings = json.loads((root / SETTINGS).read_text(encoding="utf-8"))
            releases = settings.get("releases")
            found = cls(
                root.resolve(), Path(settings["course"]), settings["environment"], Path(releases) if releases else None
            )
        except PermissionError as error:
            raise UsageProblem(f"{root} is closed to you: it belongs to the classroom's own user.") from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UsageProblem(f"{root} is no classroom. Make one with: hardenlab classroom init {root}") from error
        if stat.S_IMODE(mode) & 0o077:
            raise UsageProblem(f"others may read {root}, with the learners' journals. Close it: chmod 700 {root}")
        return found

    def key(self) -> bytes:
        """What signs."""
        try:
            return base64.b64decode((self.root / KEY).read_text(encoding="ascii").strip(), validate=True)
        except (OSError, ValueError) as error:
            raise EnvironmentProblem(f"{self.root / KEY} cannot be read. Put back the copy that you kept.") from error

    def public_key(self) -> str:
        return public_key(self.key())

    def workspace(self, learner: str, uid: int) -> Workspace:
        """The learner's workspace, made at his first visit. Its accounts answer his Unix user alone."""
        workspace = Workspace(self.root / LEARNERS / checked_learner(learner))
        known = workspace.settings() if workspace.exists() else {}
        wanted = {"course": str(self.course.resolve()), "environment": self.environment, "learner": learner, UID: uid}
        if any(known.get(name) != value for name, value in wanted.items()):
            workspace.create(self.course, self.environment)
            write_private(workspace.state / "workspace.json", workspace.settings() | wanted)
        return workspace

    def bring_release(self, workspace: Workspace, lab: str) -> None:
        """The lab's release as the instructor made it, never as the learner has it: it decides his variant."""
        if self.releases is None or read_release(self.releases / lab) is None:
            return
        target = workspace.root / lab / RELEASE
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.releases / lab / RELEASE, target)


def _draw_key(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(draw_key()) + b"\n")
