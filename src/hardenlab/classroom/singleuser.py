"""`python -m hardenlab.classroom.singleuser`: a learner's JupyterLab under JupyterHub, in his workspace."""

import os
import sys
from contextlib import suppress
from pathlib import Path

from hardenlab.attempt.classroom import classroom_of, enter
from hardenlab.attempt.workspace import find_workspace
from hardenlab.classroom.hub import learners_environment
from hardenlab.model.problem import Problem
from hardenlab.notebook.aws_files import write_empty_aws_files


def main() -> None:
    """Make the workspace, then become JupyterHub's own single-user server."""
    workspace = find_workspace()
    classroom = classroom_of(workspace)
    with suppress(Problem):  # opening a lab says what is wrong
        if classroom is not None:
            enter(workspace, classroom)
    write_empty_aws_files(workspace)
    command = str(Path(sys.executable).parent / "jupyterhub-singleuser")
    os.execve(command, [command, *sys.argv[1:]], learners_environment(workspace))  # noqa: S606  JupyterHub's program


if __name__ == "__main__":
    main()
