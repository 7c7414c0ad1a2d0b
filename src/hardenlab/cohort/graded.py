"""Which submissions are graded: the digest of what was graded, kept beside its result."""

import hashlib
import os
import stat
from pathlib import Path

from hardenlab.cohort.results import folder_of
from hardenlab.model.problem import JournalProblem

MOST_FILES, MOST_BYTES = 1_000, 512 * 1024 * 1024
NAME = ".graded"


def hand_in(submission: Path) -> str:
    """The submission's digest. JournalProblem: it holds what nbgrader must not follow or copy.

    nbgrader copies the folder with what links in it point to: a link to the gradebook would hand it back.
    """
    digest, files, size = hashlib.sha256(), 0, 0
    for place, folders, names in os.walk(submission):
        folders.sort()
        for name in sorted([*folders, *names]):
            path = Path(place) / name
            state = path.lstat()
            shown = os.fsencode(path.relative_to(submission)).decode("utf-8", "replace")[:200]
            if stat.S_ISDIR(state.st_mode):
                continue
            if not stat.S_ISREG(state.st_mode):
                raise JournalProblem(f"the submission holds '{shown}', which is no regular file. It was not followed.")
            files, size = files + 1, size + state.st_size
            if files > MOST_FILES or size > MOST_BYTES:
                raise JournalProblem(f"the submission has more than {MOST_FILES} files or {MOST_BYTES} bytes.")
            digest.update(f"{shown}\0{state.st_size}\0".encode("utf-8", "replace"))
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def record(folder: Path, lab: str, student: str, digest: str) -> None:
    """Remember that this very submission is graded: the marks are in the gradebook."""
    path = folder_of(folder, lab) / student / NAME
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{NAME}.new")
    draft.write_text(digest, encoding="ascii")
    draft.replace(path)


def is_graded(folder: Path, lab: str, student: str) -> bool:
    """Whether the submission that lies there is the one that was graded last."""
    try:
        kept = (folder_of(folder, lab) / student / NAME).read_text(encoding="ascii")
        return kept == hand_in(folder / "submitted" / student / lab)
    except (OSError, ValueError, JournalProblem):
        return False
