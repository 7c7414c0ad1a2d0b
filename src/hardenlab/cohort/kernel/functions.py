"""What a learner's functions come to: the notebook is run in its sandbox and they are called. Marks follow outside."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from hardenlab.assess.functions import judge_function
from hardenlab.cohort.kernel.account import Accounts
from hardenlab.cohort.kernel.provisioner import CONTENT
from hardenlab.cohort.kernel.session import NotebookEnded, run_notebook
from hardenlab.course.load import Course
from hardenlab.model.assessment import TaskResult
from hardenlab.model.rubric import Section
from hardenlab.model.variation import Variation


def has_functions(section: Section) -> bool:
    """Whether some task of the section judges a function that the learner writes."""
    return any(task.function for task in section.tasks)


def judge_functions(
    course: Course, accounts: Accounts, instructors: Path, section: Section, variant: str, code: Sequence[str],
    place: Path, seconds: float,
) -> Mapping[str, TaskResult]:  # fmt: skip
    """The results of the tasks that judge a function, by id.

    `code`: of the notebook's cells; `place`: the submission's folder; `instructors`: a folder that it does not see.
    EnvironmentProblem: there is no sandbox, or no account in it.
    """
    tasks = {task.id: task for task in section.tasks if task.function}
    calls = {id: course.functions[task.function or ""](Variation(variant)) for id, task in tasks.items()}
    asked = {id: (task.function or "", [list(c.arguments) for c in calls[id]]) for id, task in tasks.items()}
    hidden = [instructors, *(course.root / name for name in CONTENT)]
    with accounts.of(section, variant) as account:
        try:
            told = run_notebook(list(code), asked, place, account, hidden, seconds)
        except NotebookEnded as ended:
            told = {id: {"problem": str(ended)} for id in tasks}
    return {id: judge_function(task, calls[id], told.get(id)) for id, task in tasks.items()}
