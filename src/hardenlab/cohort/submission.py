"""Judge one collected submission without a gradebook: what `regrade` compares and what `best` chooses by."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hardenlab.cohort.confined import ConfinedJudge, Judges
from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.variants import expected_variant
from hardenlab.cohort.vouched import vouched
from hardenlab.environment import JobFailed
from hardenlab.journal.signed import Signed
from hardenlab.model.assessment import Assessment
from hardenlab.model.problem import EnvironmentProblem, Problem
from hardenlab.model.rubric import Lab, Section


@dataclass(frozen=True)
class Judged:
    """One notebook's assessment, or the problem that leaves it to a person."""

    notebook: str
    assessment: Assessment | None
    problem: str = ""
    signed: Signed | None = None  # where the course has a classroom

    @property
    def earned(self) -> float:
        return self.assessment.earned if self.assessment else 0.0


class Judgement:
    """Judges submission folders of one lab."""

    def __init__(self, folder: CourseFolder, lab: Lab, judge: Judges) -> None:
        self.lab = lab
        self._folder = folder
        self._judge = judge

    def of(self, submission: Path, student: str) -> list[Judged]:
        """Every notebook of the lab, in its order. Never raises for a submission.

        EnvironmentProblem: nothing can be judged here.
        """
        return [self._notebook(submission, section, student) for section in self.lab.sections]

    def _notebook(self, submission: Path, section: Section, student: str) -> Judged:
        journal = submission / f"{section.notebook}.journal"

        def judge() -> tuple[Assessment, Signed | None]:
            signed = vouched(self._folder.classroom, journal, section, student)
            variant = expected_variant(self._folder.root, self.lab.id, student)
            return self._judge.judge(section, journal, variant), signed

        return judged(section.notebook, judge)


def judged(notebook: str, judge: Callable[[], tuple[Assessment, Signed | None]]) -> Judged:
    """What judging a notebook came to: whatever a submission holds, it ends as a sentence.

    EnvironmentProblem: nothing can be judged here.
    """
    try:
        assessment, signed = judge()
        return Judged(notebook, assessment, "", signed)
    except JobFailed as problem:
        return Judged(notebook, None, str(problem))
    except EnvironmentProblem:
        raise
    except Problem as problem:
        return Judged(notebook, None, str(problem))
    except Exception as error:
        return Judged(notebook, None, f"the journal could not be judged ({type(error).__name__}).")


@contextmanager
def judging(folder: CourseFolder, lab: str) -> Iterator[Judgement]:
    """A judgement of a lab of the course; its accounts end with it."""
    course = folder.course()
    judge = ConfinedJudge(course, folder.environment, folder.root)
    try:
        yield Judgement(folder, course.lab(lab), judge)
    finally:
        judge.close()
