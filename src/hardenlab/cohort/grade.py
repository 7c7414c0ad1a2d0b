"""nbgrader's grading step, without a kernel: a notebook's marks are those of its journal."""

import atexit
import functools
import textwrap
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Dict, Unicode

from hardenlab.cohort.believed import believed
from hardenlab.cohort.confined import ConfinedJudge, Judges
from hardenlab.cohort.judge import Judge
from hardenlab.cohort.submission import judged
from hardenlab.cohort.submitted import read_submitted
from hardenlab.cohort.variants import expected_variant
from hardenlab.cohort.vouched import vouched
from hardenlab.course.load import load_course
from hardenlab.environment import find_environment
from hardenlab.journal.signed import Signed
from hardenlab.model.assessment import Assessment, Status, TaskResult

PENDING = "hardenlab_needs_a_person"
MAX_FINDINGS = 20
MAX_TEXT = 4_000
WIDTH = 96
"""Characters of a line; nbgrader's pages show 110 in a window of usual width."""


class GradeFromJournal(NbGraderPreprocessor):  # type: ignore[misc]
    """Stamp each check cell with the points and the reason that the submission's journal earns."""

    course = Unicode(help="The course's folder.").tag(config=True)
    environment = Unicode("moto", help="Where accounts run.").tag(config=True)
    folder = Unicode(help="The instructor's folder.").tag(config=True)
    classroom = Unicode("", help="The public key of the classroom that signs journals; empty: none.").tag(config=True)
    confined = Bool(True, help="Judge in a sandbox (bubblewrap).").tag(config=True)
    answers = Dict(default_value=None, allow_none=True, help="What judging elsewhere came to, by notebook.").tag(
        config=True
    )

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Judge the notebook's section and write the verdicts into its check cells. Never raises for a submission.

        EnvironmentProblem: nothing can be judged here.
        """
        names = resources["nbgrader"]
        found = judged(names["notebook"], lambda: self._assessment(names, Path(resources["metadata"]["path"])))
        assessment, problem, signed = found.assessment, found.problem, found.signed
        results = {result.task: result for result in assessment.tasks} if assessment else {}
        resources["hardenlab"] = {
            "assessment": assessment and assessment.to_json(),
            "problem": problem,
            "signed": signed and signed.time,
        }
        if problem:
            self.log.warning("%s, %s: %s", names["student"], names["notebook"], _plain(problem))
        for cell in nb.cells:
            if is_check(cell):
                result = results.get(cell.metadata.nbgrader["grade_id"])
                stamp(cell, result, problem, signed, (self.folder, self.course))
        return nb, resources

    def _assessment(self, names: Any, copied: Path) -> tuple[Assessment, Signed | None]:
        """`copied`: where nbgrader has put the submission."""
        folder, name = Path(self.folder), f"{names['notebook']}.journal"
        read_submitted(folder / "submitted" / names["student"] / names["assignment"] / name)
        variant = expected_variant(folder, names["assignment"], names["student"])
        section = load_course(Path(self.course)).section(f"{names['assignment']}/{names['notebook']}")
        signed = vouched(self.classroom, copied / name, section, names["student"])
        if self.answers is not None:
            return believed(section, str(self.answers[names["notebook"]]).encode()), signed
        judge = judge_for(self.course, self.environment, self.folder, self.confined)
        return judge.judge(section, copied / name, variant), signed


@functools.cache
def judge_for(course: str, environment: str, folder: str, confined: bool) -> Judges:
    """One judge a process, whatever preprocessors nbgrader makes anew: submissions of one variant share a world."""
    loaded = load_course(Path(course))
    judge: Judges = (
        ConfinedJudge(loaded, environment, Path(folder)) if confined else Judge(loaded, find_environment(environment))
    )
    atexit.register(judge.close)
    return judge


class FlagForPerson(NbGraderPreprocessor):  # type: ignore[misc]
    """After the marks are saved: what could not be judged waits for a person in the formgrader."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        names = resources["nbgrader"]
        pending = [cell.metadata.nbgrader["grade_id"] for cell in nb.cells if _is_pending(cell)]
        if pending:
            with Gradebook(names["db_url"]) as gradebook:
                for grade_id in pending:
                    grade = gradebook.find_grade(grade_id, names["notebook"], names["assignment"], names["student"])
                    if grade.manual_score is None:  # SaveMarks knows whether a person's mark still stands
                        grade.needs_manual_grade = True
                gradebook.db.commit()
        return nb, resources


def _is_pending(cell: Any) -> bool:
    return "nbgrader" in cell.metadata and any(
        output.get("metadata", {}).get(PENDING) for output in cell.get("outputs", [])
    )


def is_check(cell: Any) -> bool:
    """Whether a cell's marks are ours: it is graded, and no answer."""
    marked = cell.metadata.get("nbgrader", {})
    return bool(marked.get("grade") and not marked.get("solution") and cell.cell_type == "code")


def stamp(
    cell: Any, result: TaskResult | None, problem: str, signed: Signed | None = None, private: Sequence[str] = ()
) -> None:
    """Points as the result nbgrader reads, the reason as text beside it. Nothing that the learner printed is left.

    `private`: the instructor's folders, which a reason does not tell the learner.
    """
    most = float(cell.metadata.nbgrader["points"])
    earned = min(max(result.earned if result else 0.0, 0.0), most)
    pending = bool(problem) or result is None or result.status is Status.PENDING
    text = problem or (_reason(result) if result else "this task is not part of the section.")
    if signed is not None:
        text += f"\nSigned by the classroom, {datetime.fromtimestamp(signed.time, UTC):%Y-%m-%d %H:%M} UTC."
    for folder in private:
        text = text.replace(folder, "…") if folder else text
    marks = _output("execute_result", f"{earned:g}", execution_count=1)
    note = _output("display_data", _wrapped(_plain(text)), metadata={PENDING: True} if pending else {})
    cell.outputs, cell.execution_count = [marks, note], 1


def _output(kind: str, text: str, **fields: Any) -> Any:
    """nbformat's `new_output` validates each; here the whole notebook is validated after the last step."""
    return nbformat.from_dict({"output_type": kind, "data": {"text/plain": text}, "metadata": {}} | fields)


def _reason(result: TaskResult) -> str:
    lines = [f"{result.title}: {result.status.value}, {result.earned:g} of {result.points:g} points. {result.reason}"]
    lines += [f"  {f.verdict.value}  {f.resource}: {f.message}" for f in result.findings[:MAX_FINDINGS]]
    return "\n".join(lines)


def _wrapped(text: str) -> str:
    """No line longer than the formgrader and a feedback page show: what sticks out is cut off there."""
    return "\n".join(part for line in text.split("\n") for part in _parts(line))


def _parts(line: str) -> list[str]:
    if len(line) <= WIDTH:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.wrap(
        line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    ) or [line]  # fmt: skip


def _plain(text: str) -> str:
    """Bounded text without control characters: names in it come from learners' accounts."""
    if text.replace("\n", "").isprintable():
        return text[:MAX_TEXT]
    return "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text)[
        :MAX_TEXT
    ]
