"""Read a submitted journal: its bytes, bounded, and whose account its header says that it is."""

import os
import stat
from pathlib import Path

from hardenlab.cohort.limits import HEADER_BYTES, JOURNAL_BYTES
from hardenlab.journal.line import FORMAT, Broken, decode
from hardenlab.model.problem import JournalProblem
from hardenlab.model.rubric import Section
from hardenlab.model.variation import Variation

MAX_VARIANT = 200


def read_submitted(path: Path) -> bytes:
    """The journal's bytes. JournalProblem: there is none, it is no regular file, or it is too long."""
    try:
        content, size = read_bounded(path, JOURNAL_BYTES)
    except FileNotFoundError as error:
        raise JournalProblem(f"the submission has no journal '{path.name}': nothing can be graded.") from error
    if size > JOURNAL_BYTES:
        raise JournalProblem(f"'{path.name}' has {size} bytes; a journal that is graded has at most {JOURNAL_BYTES}.")
    return content


def read_bounded(path: Path, most: int) -> tuple[bytes, int]:
    """The bytes of a submitted file, and how many there are; nothing of one that has more than `most`.

    FileNotFoundError: there is none. JournalProblem: it is no regular file; a link is not followed.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise JournalProblem(f"'{path.name}' is no regular file.") from error
    state = os.fstat(descriptor)
    if not stat.S_ISREG(state.st_mode):
        os.close(descriptor)
        raise JournalProblem(f"'{path.name}' is no regular file.")
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(most + 1) if state.st_size <= most else b""
    size = max(state.st_size, len(content))  # it may grow while it is read
    return (content, size) if size <= most else (b"", size)


def checked_variant(section: Section, content: bytes, expected: str | None) -> str:
    """The journal's variant. JournalProblem: it is not the `expected` one, or none of this section."""
    found = variant_of(section, content)
    if expected is not None and found != expected:
        raise JournalProblem("the journal is of another variant than the student's. Ask whose work it is.")
    return found


def variant_of(section: Section, content: bytes) -> str:
    """The variant that the header names, if the header is one of this section."""
    first = content[: HEADER_BYTES + 1].partition(b"\n")[0] + b"\n"
    try:
        if len(first) > HEADER_BYTES:
            raise Broken("it is too long")
        line, _ = decode(first, "")
    except (Broken, ValueError) as error:
        raise JournalProblem(f"line 1 of the journal is corrupted ({error}).") from error
    known = line.data
    if line.kind != "header":
        raise JournalProblem("the journal does not begin with a journal's header.")
    if known.get("format") != FORMAT:
        raise JournalProblem(f"the journal has another format than {FORMAT}: another hardenlab wrote it.")
    if known.get("section") != section.id or known.get("scenario") != section.scenario:
        raise JournalProblem(f"the journal belongs to another section than {section.id}.")
    variant = known.get("variant")
    if not isinstance(variant, str) or not 0 < len(variant) <= MAX_VARIANT:
        raise JournalProblem("the journal names no variant.")
    if known.get("account") != Variation(variant).account_id():
        raise JournalProblem("the journal's account is not the one of its variant.")
    return variant
