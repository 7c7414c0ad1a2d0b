"""Grade one submission: no course tree, no gradebook."""

from pathlib import Path

from hardenlab.cohort.confined import ConfinedJudge, Judges
from hardenlab.cohort.judge import Judge
from hardenlab.course.find import find_course
from hardenlab.course.load import load_course
from hardenlab.environment import find_environment
from hardenlab.model.assessment import Assessment


def grade(
    submission: Path | str, section: str, *, course: Path | str | None = None, variant: str | None = None,
    environment: str = "moto", confined: bool = True,
) -> Assessment:  # fmt: skip
    """The marks and findings of one submission, by task.

    `submission`: a journal, or the folder that holds `<notebook>.journal`. `section`: `<lab>/<notebook>`. `course`: the
    folder of the labs; None: those that came with hardenlab. `variant`: the one that it must be of; None: any.
    JournalProblem: the journal cannot be judged. UsageProblem: there is no such section. EnvironmentProblem: there is
    no bubblewrap; `confined=False` judges with the rights of this process.
    """
    labs = load_course(find_course(Path(course) if course is not None else None))
    found = labs.section(section)
    path = Path(submission)
    journal = path / f"{found.notebook}.journal" if path.is_dir() else path
    judge: Judges = ConfinedJudge(labs, environment) if confined else Judge(labs, find_environment(environment))
    try:
        return judge.judge(found, journal, variant)
    finally:
        judge.close()
