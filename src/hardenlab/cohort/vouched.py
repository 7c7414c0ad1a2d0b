"""Whether a submitted journal is the classroom's own: in a course that has a classroom, no other is graded."""

from pathlib import Path

from hardenlab.attempt.classroom import SUFFIX
from hardenlab.cohort.submitted import read_submitted
from hardenlab.journal.signed import MOST_BYTES, Signed, verify
from hardenlab.model.problem import JournalProblem
from hardenlab.model.rubric import Section


def vouched(public: str, journal: Path, section: Section, student: str) -> Signed | None:
    """What the classroom's signature says of the student's journal; None where the course has no classroom.

    JournalProblem: it is not signed, was signed for another learner or section, or was changed afterwards.
    """
    if not public:
        return None
    content = read_submitted(journal)
    path = journal.with_name(journal.name + SUFFIX)
    if path.is_symlink() or not path.is_file() or path.stat().st_size > MOST_BYTES:
        raise JournalProblem(
            "the journal is not signed by the classroom: it was made elsewhere, or handed in without its signature "
            f"({path.name})."
        )
    return verify(public, content, path.read_bytes(), student, section.id)
