"""See a lab as one student sees it: his variant, in a workspace of the instructor's."""

import shutil
from pathlib import Path

from hardenlab.attempt.client import stop_all
from hardenlab.attempt.release import checked_learner, read_release
from hardenlab.attempt.workspace import Workspace
from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.variants import PRIVATE
from hardenlab.model.problem import UsageProblem


def preview_workspace(folder: CourseFolder, lab: str, student: str) -> Workspace:
    """A workspace with the lab as the student fetches it; anew from the release, whatever was done in it before."""
    released = folder.root / "release" / lab
    if read_release(released) is None:
        raise UsageProblem(f"'{lab}' is not released in {folder.root}. Release it with: hardenlab release {lab}.")
    workspace = Workspace(folder.root / PRIVATE / "preview" / checked_learner(student))
    if workspace.exists():
        stop_all(workspace)  # of a preview that was not ended
    _clear(workspace, lab)
    workspace.create(folder.course().root, folder.environment)
    workspace.join(student)
    shutil.copytree(released, workspace.root / lab)
    return workspace


def _clear(workspace: Workspace, lab: str) -> None:
    for path in (workspace.root / lab, workspace.state / "sections" / lab):
        if Path(path).exists():
            shutil.rmtree(path)
