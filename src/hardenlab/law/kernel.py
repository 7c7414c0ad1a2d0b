"""Point 2 for real: the instructor's notebook in a real kernel, against a real attempt."""

import os
import tempfile
from pathlib import Path
from unittest import mock

from hardenlab.attempt.client import ensure_running, stop_all
from hardenlab.attempt.workspace import VARIABLE, Workspace, write_private
from hardenlab.law.ground import Ground
from hardenlab.law.result import Proof
from hardenlab.model.assessment import Assessment
from hardenlab.model.rubric import Section
from hardenlab.notebook.build import write_notebook

TIMEOUT = 120


def prove_in_kernel(ground: Ground, section: Section, variant: str, only: str | None, proof: Proof) -> None:
    """Execute every cell; no error, and every point earned."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    with tempfile.TemporaryDirectory(prefix="hardenlab-kernel-") as folder:
        workspace = Workspace(Path(folder))
        workspace.create(ground.course.root, ground.environment.reference)
        write_private(workspace.state / "workspace.json", workspace.settings() | {"variant": variant})
        path = workspace.notebook(section.id)
        write_notebook(ground.course, section, path, solutions=True)
        notebook = nbformat.read(path, as_version=4)
        try:
            with mock.patch.dict(os.environ, {VARIABLE: folder}):
                NotebookClient(
                    notebook,
                    timeout=TIMEOUT,
                    kernel_name="python3",
                    resources={"metadata": {"path": folder}},
                    extra_arguments=["--log-level=ERROR"],  # ipykernel warns of loopback TCP at each start
                ).execute()
            error = None
        except CellExecutionError as failed:
            error = str(failed)[-800:]
        try:
            proof.claim(error is None, "kernel", "every cell runs", error)
            assessment = Assessment.from_json(ensure_running(workspace, section.id).ask("check")["assessment"])
            missing = [f"{r.task}: {r.reason}" for r in assessment.tasks if r.earned < r.points]
            # functions are called by the proof of the solutions; a check calls none
            points = sum(task.points for task in section.public().tasks if task.function is None)
            proof.claim(assessment.earned == points, "kernel", f"all {points:g} points", missing)
        finally:
            stop_all(workspace)
