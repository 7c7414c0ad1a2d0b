"""nbgrader's step that runs a notebook, in its sandbox, for the tasks that judge a learner's function."""

import atexit
import functools
from pathlib import Path
from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Float, Unicode

from hardenlab.cohort.grade import is_check, stamp
from hardenlab.cohort.kernel.account import Accounts
from hardenlab.cohort.kernel.functions import has_functions, judge_functions
from hardenlab.cohort.limits import RUN_SECONDS
from hardenlab.cohort.submitted import read_submitted, variant_of
from hardenlab.course.load import load_course
from hardenlab.model.assessment import Assessment


class RunNotebook(NbGraderPreprocessor):  # type: ignore[misc]
    """After the journal is judged: call the learner's functions, and stamp their cells. Marks follow outside."""

    course = Unicode(help="The course's folder.").tag(config=True)
    environment = Unicode("moto", help="Where accounts run.").tag(config=True)
    folder = Unicode(help="The instructor's folder.").tag(config=True)
    seconds = Float(RUN_SECONDS, help="A notebook is ended after this time.").tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Run the notebook's code where the section has such a task and the journal could be judged.

        EnvironmentProblem: there is no sandbox, or no account in it.
        """
        names, found = resources["nbgrader"], resources["hardenlab"]
        course = load_course(Path(self.course))
        section = course.section(f"{names['assignment']}/{names['notebook']}")
        if found["assessment"] is None or not has_functions(section):
            return nb, resources
        cells = [str(cell.source) for cell in nb.cells if cell.cell_type == "code" and not is_check(cell)]
        place = Path(resources["metadata"]["path"])
        variant = variant_of(section, read_submitted(place / f"{names['notebook']}.journal"))
        accounts = accounts_for(self.course, self.environment, self.folder)
        results = judge_functions(course, accounts, Path(self.folder), section, variant, cells, place, self.seconds)
        assessment = Assessment.from_json(found["assessment"]).replaced(results)
        resources["hardenlab"] = found | {"assessment": assessment.to_json()}
        for cell in nb.cells:
            if is_check(cell) and cell.metadata.nbgrader["grade_id"] in results:
                stamp(cell, results[cell.metadata.nbgrader["grade_id"]], "")
        return nb, resources


@functools.cache
def accounts_for(course: str, environment: str, folder: str) -> Accounts:
    """One sandbox of accounts a process, whatever preprocessors nbgrader makes anew."""
    accounts = Accounts(load_course(Path(course)), environment, Path(folder))
    atexit.register(accounts.close)
    return accounts
