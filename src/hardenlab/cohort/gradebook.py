"""Open the gradebook of a course: nbgrader's, in SQLite or at a database server."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbgrader.api import Gradebook
from sqlalchemy import text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from hardenlab.cohort.folder import SETTINGS, CourseFolder
from hardenlab.model.problem import EnvironmentProblem, UsageProblem

PATIENCE_SECONDS = 60.0  # a database server restarts within that


@contextmanager
def open_gradebook(folder: CourseFolder, patience: float = 0.0) -> Iterator[Gradebook]:
    """The course's gradebook, made when there is none; a server that is away is waited for, for `patience` seconds.

    EnvironmentProblem: it cannot be reached, or its driver is not installed. UsageProblem: the address is none.
    """
    until = time.monotonic() + patience
    while True:
        try:
            gradebook = _opened(folder)
            break
        except EnvironmentProblem:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
    with gradebook:
        yield gradebook


def index_marks(gradebook: Gradebook) -> None:
    """Let marks and comments be found by their notebook, once for all.

    nbgrader has no index for what it asks most: its formgrader, feedback and export read the marks of the whole class
    for each student. A gradebook that does not take it, because somebody else is writing, works as before.
    """
    try:
        for table in ("grade", "comment"):
            name = f"hardenlab_{table}_notebook"
            gradebook.db.execute(text(f"CREATE INDEX IF NOT EXISTS {name} ON {table} (notebook_id)"))
        gradebook.db.commit()
    except DBAPIError:
        gradebook.db.rollback()


def _opened(folder: CourseFolder) -> Gradebook:
    """nbgrader asks alembic, by its name, for the version of a new gradebook."""
    path = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{path}"
    try:
        return Gradebook(folder.database_url, folder.id)
    except (ArgumentError, NoSuchModuleError) as error:
        raise UsageProblem(
            f"{folder.root / SETTINGS}: `database` is no database's address ({error}). Write it as "
            "sqlite:///gradebook.db or postgresql+pg8000://user@host/gradebook."
        ) from error
    except ModuleNotFoundError as error:
        raise EnvironmentProblem(
            f"the gradebook's database needs the package '{error.name}': pip install 'hardenlab[postgresql]'."
        ) from error
    except DBAPIError as error:
        raise EnvironmentProblem(
            f"the gradebook cannot be reached ({str(error.orig).splitlines()[0][:200]}). See that the database of "
            f"{folder.root / SETTINGS} runs, then say the same again: what is graded stays."
        ) from error
    finally:
        os.environ["PATH"] = path
