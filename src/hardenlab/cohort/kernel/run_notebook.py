"""nbgrader's step that runs a notebook, in its sandbox, for the tasks that judge a learner's function."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Float, Unicode

from hardenlab.assess.functions import judge_function
from hardenlab.cohort.grade import is_check, stamp
from hardenlab.cohort.kernel.account import account_for
from hardenlab.cohort.kernel.provisioner import CONTENT
from hardenlab.cohort.kernel.session import NotebookEnded, run_notebook
from hardenlab.cohort.limits import RUN_SECONDS
from hardenlab.cohort.submitted import read_submitted, variant_of
from hardenlab.course.load import Course, load_course
from hardenlab.model.assessment import Assessment, TaskResult
from hardenlab.model.rubric import Section
from hardenlab.model.variation import Variation


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
        if found["assessment"] is None or not any(task.function for task in section.tasks):
            return nb, resources
        cells = [str(cell.source) for cell in nb.cells if cell.cell_type == "code" and not is_check(cell)]
        place = Path(resources["metadata"]["path"])
        variant = variant_of(section, read_submitted(place / f"{names['notebook']}.journal"))
        results = self._results(course, section, variant, cells, place)
        assessment = Assessment.from_json(found["assessment"]).replaced(results)
        resources["hardenlab"] = found | {"assessment": assessment.to_json()}
        for cell in nb.cells:
            if is_check(cell) and cell.metadata.nbgrader["grade_id"] in results:
                stamp(cell, results[cell.metadata.nbgrader["grade_id"]], "")
        return nb, resources

    def _results(
        self, course: Course, section: Section, variant: str, cells: list[str], place: Path
    ) -> Mapping[str, TaskResult]:
        tasks = {task.id: task for task in section.tasks if task.function}
        calls = {id: course.functions[task.function or ""](Variation(variant)) for id, task in tasks.items()}
        asked = {id: (task.function or "", [list(c.arguments) for c in calls[id]]) for id, task in tasks.items()}
        hidden = [Path(self.folder), *(course.root / name for name in CONTENT)]
        with account_for(course, self.environment, section, variant, Path(self.folder)) as account:
            try:
                told = run_notebook(cells, asked, place, account, hidden, self.seconds)
            except NotebookEnded as ended:
                told = {id: {"problem": str(ended)} for id in tasks}
        return {id: judge_function(task, calls[id], told.get(id)) for id, task in tasks.items()}
