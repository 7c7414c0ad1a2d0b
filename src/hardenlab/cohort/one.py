"""Grade one submission: no course tree, no gradebook."""

from pathlib import Path

from hardenlab.cohort.confined import ConfinedJudge, Judges
from hardenlab.cohort.judge import Judge
from hardenlab.cohort.vouched import vouched
from hardenlab.course.find import find_course
from hardenlab.course.load import load_course
from hardenlab.environment import find_environment
from hardenlab.journal.signed import checked_public_key
from hardenlab.model.assessment import Assessment
from hardenlab.model.problem import UsageProblem


def grade(
    submission: Path | str, section: str, *, course: Path | str | None = None, variant: str | None = None,
    environment: str = "moto", confined: bool = True, classroom: str = "", student: str = "",
) -> Assessment:  # fmt: skip
    """The marks and findings of one submission, by task.

    `submission`: a journal, or the folder that holds `<notebook>.journal`. `section`: `<lab>/<notebook>`. `course`: the
    folder of the labs; None: those that came with hardenlab. `variant`: the one that it must be of; None: any.
    `classroom`: the public key of the classroom that signs journals (`hardenlab classroom key`), with `student`,
    the id that the journal must be signed for; the signature is `<journal>.signature` beside it. Without the key no
    signature is read, and a journal that its owner wrote himself is judged like any other.
    JournalProblem: the journal cannot be judged, or is not the classroom's. UsageProblem: there is no such section, or
    the key is none or has no student. EnvironmentProblem: there is no bubblewrap; `confined=False` judges with the
    rights of this process.
    """
    if classroom and not student:
        raise UsageProblem("a signature is somebody's: name the `student` whose journal the `classroom` signed.")
    if classroom:
        checked_public_key(classroom)
    labs = load_course(find_course(Path(course) if course is not None else None))
    found = labs.section(section)
    path = Path(submission)
    journal = path / f"{found.notebook}.journal" if path.is_dir() else path
    vouched(classroom, journal, found, student)
    judge: Judges = ConfinedJudge(labs, environment) if confined else Judge(labs, find_environment(environment))
    try:
        return judge.judge(found, journal, variant)
    finally:
        judge.close()
