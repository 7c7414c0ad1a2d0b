"""An account for a notebook that is run in grading: in a sandbox of its own, behind a Unix socket."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hardenlab.cohort.confine import confined, folder_of_sockets
from hardenlab.cohort.frames import Lost, receive
from hardenlab.cohort.limits import START_SECONDS
from hardenlab.course.load import Course
from hardenlab.model.problem import EnvironmentProblem
from hardenlab.model.rubric import Section

TOLD_BYTES = 10_000


@contextmanager
def account_for(
    course: Course, environment: str, section: Section, variant: str, hidden: Path | None = None
) -> Iterator[Path]:
    """A fresh account of the section in this variant; answers the folder with its socket. EnvironmentProblem: none."""
    folder = folder_of_sockets("hardenlab-account-")
    try:
        inside = [
            sys.executable, "-m", "hardenlab.cohort.kernel.account_server",
            str(course.root), environment, section.id, variant, str(folder),
        ]  # fmt: skip
        command = confined(inside, [course.root], [hidden] if hidden else [], [folder])
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            assert server.stdout is not None
            receive(server.stdout.fileno(), TOLD_BYTES, START_SECONDS)
            yield folder
        except Lost as lost:
            raise EnvironmentProblem(f"the account of {section.id} for the notebook does not start: {lost}.") from lost
        finally:
            server.kill()
            server.communicate()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
