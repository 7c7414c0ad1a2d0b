"""Open the gradebook of a course."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbgrader.api import Gradebook

from hardenlab.cohort.folder import CourseFolder


@contextmanager
def open_gradebook(folder: CourseFolder) -> Iterator[Gradebook]:
    """The course's gradebook, made when there is none. nbgrader then asks alembic, by its name, for its version."""
    path = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{path}"
    try:
        gradebook = Gradebook(folder.database_url, folder.id)
    finally:
        os.environ["PATH"] = path
    with gradebook:
        yield gradebook
