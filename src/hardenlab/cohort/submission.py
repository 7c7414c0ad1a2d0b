"""Judge one submission's folder without a gradebook."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hardenlab.cohort.believed import believed
from hardenlab.cohort.confined import ConfinedJudge, Judges
from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.judge import Judge
from hardenlab.cohort.kernel.account import Accounts
from hardenlab.cohort.kernel.functions import has_functions, judge_functions
from hardenlab.cohort.limits import RUN_SECONDS
from hardenlab.cohort.notebooks import code_of
from hardenlab.cohort.submitted import read_submitted, variant_of
from hardenlab.cohort.variants import expected_variant
from hardenlab.cohort.vouched import vouched
from hardenlab.course.load import Course
from hardenlab.environment import JobFailed, find_environment
from hardenlab.journal.signed import Signed
from hardenlab.model.assessment import Assessment, TaskResult
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
    """Judges submission folders of one lab. `accounts`: for notebooks whose functions are called; None: none are."""

    def __init__(
        self, folder: CourseFolder, course: Course, lab: Lab, judge: Judges, accounts: Accounts | None
    ) -> None:
        self.lab = lab
        self._folder = folder
        self._course = course
        self._judge = judge
        self._accounts = accounts

    def of(self, submission: Path, student: str, answers: Mapping[str, str] | None = None) -> list[Judged]:
        """Every notebook of the lab, in its order. Never raises for a submission.

        `answers`: what judging elsewhere came to, by notebook. EnvironmentProblem: nothing can be judged here.
        """
        return [self._notebook(submission, section, student, answers) for section in self.lab.sections]

    def _notebook(self, submission: Path, section: Section, student: str, answers: Mapping[str, str] | None) -> Judged:
        journal = submission / f"{section.notebook}.journal"

        def judge() -> tuple[Assessment, Signed | None]:
            signed = vouched(self._folder.classroom, journal, section, student)
            variant = expected_variant(self._folder.root, self.lab.id, student)
            if answers is None:
                assessment = self._judge.judge(section, journal, variant)
            else:
                assessment = believed(section, answers[section.notebook].encode())
            if self._accounts is not None and has_functions(section):
                assessment = assessment.replaced(self._called(self._accounts, submission, section, journal))
            return assessment, signed

        return judged(section.notebook, judge)

    def _called(
        self, accounts: Accounts, submission: Path, section: Section, journal: Path
    ) -> Mapping[str, TaskResult]:
        code = code_of(submission / f"{section.notebook}.ipynb")
        variant = variant_of(section, read_submitted(journal))
        return judge_functions(
            self._course, accounts, self._folder.root, section, variant, code, submission, RUN_SECONDS
        )


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
def judging(folder: CourseFolder, lab: str, confined: bool = True, functions: bool = False) -> Iterator[Judgement]:
    """A judgement of a lab of the course; its accounts end with it."""
    course = folder.course()
    judge: Judges = (
        ConfinedJudge(course, folder.environment, folder.root)
        if confined
        else Judge(course, find_environment(folder.environment))
    )
    accounts = Accounts(course, folder.environment, folder.root) if functions else None
    try:
        yield Judgement(folder, course, course.lab(lab), judge, accounts)
    finally:
        judge.close()
        if accounts is not None:
            accounts.close()
