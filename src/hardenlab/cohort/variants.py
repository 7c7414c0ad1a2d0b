"""Variants of a course: drawn from its secret, which stays in the instructor's folder."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from hardenlab.attempt.release import Release, read_release
from hardenlab.model.problem import UsageProblem

PRIVATE = ".hardenlab"
SECRET = "course-secret"  # noqa: S105  a file's name
DEFAULT_COUNT, MOST = 24, 1_000


def expected_variant(folder: Path, lab: str, student: str) -> str | None:
    """The variant that this student's journals must be of; None when the lab was built without variants.

    `folder` is the nbgrader course. UsageProblem: the student's id or the lab's record cannot be read.
    """
    release = read_release(folder / "source" / lab)
    return release.variant_of(student) if release else None


def draw_release(folder: Path, course: str, lab: str, count: int | None = DEFAULT_COUNT) -> Release:
    """The release of a lab with `count` variants, or (None) one for each learner. Equal secrets draw equally."""
    if count is not None and not 1 <= count <= MOST:
        raise UsageProblem(f"a lab has from 1 to {MOST} variants, or --private ones; not {count}.")
    secret = course_secret(folder)
    variants = tuple(f"{lab}-{n + 1}-{_draw(secret, f'{lab}/variant/{n}')[:16]}" for n in range(count or 0))
    return Release(course, lab, _draw(secret, f"{lab}/learners"), variants)


def create_secret(folder: Path) -> Path:
    """Draw the course's secret, for its owner alone; one that is there stays."""
    path = folder / PRIVATE / SECRET
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.parent.chmod(0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32) + "\n")
    return path


def course_secret(folder: Path) -> str:
    """The course's secret. UsageProblem: there is none, or others may read it."""
    path = folder / PRIVATE / SECRET
    try:
        mode, secret = path.stat().st_mode, path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise UsageProblem(f"{folder} holds no course secret: make the course with hardenlab course init.") from error
    if mode & 0o077:
        raise UsageProblem(f"others may read {path}. Close it with: chmod 600 {path}")
    if len(secret) < 32:
        raise UsageProblem(f"{path} is too short to be the course's secret. Put back the copy that you kept.")
    return secret


def _draw(secret: str, name: str) -> str:
    return hmac.digest(secret.encode(), name.encode(), hashlib.sha256).hex()
