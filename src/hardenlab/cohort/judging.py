"""Judge many submissions at once without a gradebook: what `regrade` compares and what `best` chooses by."""

import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hardenlab.cohort.confine import refuse_servers
from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.pieces import Piece, Pieces
from hardenlab.cohort.submission import Judged, judging
from hardenlab.cohort.work import how_many, pieces_of, variant_or_none
from hardenlab.model.problem import UsageProblem

Done = Callable[[int, int], None]


@dataclass(frozen=True)
class Means:
    """How submissions are judged.

    `processes`: how many at once; None: one for each core that is worth its start. `scheduler`: the address of a Dask
    cluster that judges.
    `confined`: in the sandbox. `run_notebooks`: run them, sandboxed, for tasks that judge a function.
    """

    processes: int | None = None
    scheduler: str | None = None
    confined: bool = True
    run_notebooks: bool = False


HERE = Means()


@dataclass(frozen=True)
class Submission:
    """A folder that a student handed in."""

    student: str
    path: Path


Result = tuple[Submission, list[Judged]]


def judge_each(
    folder: CourseFolder, lab: str, submissions: Sequence[Submission], means: Means, done: Done = lambda *_: None
) -> dict[Submission, list[Judged]]:
    """Every submission's notebooks, judged, in the order given; `done(finished, of)` tells how far.

    A cluster judges what is collected: one submission of each student. No submission raises. EnvironmentProblem:
    nothing can be judged now. UsageProblem: there is no such lab, or a notebook would be run without its sandbox.
    """
    folder.course().lab(lab)
    means = with_notebooks(folder, means)
    if means.confined:
        refuse_servers(folder.environment)
    elif means.run_notebooks:
        raise UsageProblem("a learner's notebook is run in a sandbox only: leave --unconfined out.")
    found: dict[Submission, list[Judged]] = {}
    if means.scheduler is None:
        named = {str(number): submission for number, submission in enumerate(submissions)}
    else:
        named = {submission.student: submission for submission in submissions}
    variants = {name: variant_or_none(folder.root, lab, submission.student) for name, submission in named.items()}
    with pieces_of(folder, lab, variants, means.scheduler, means.confined) as pieces:
        for submission, results in _judged(folder, lab, named, pieces, means):
            found[submission] = results
            done(len(found), len(submissions))
    return {submission: found[submission] for submission in submissions}


def with_notebooks(folder: CourseFolder, means: Means) -> Means:
    """Notebooks are run where the course's settings say so, too."""
    return replace(means, run_notebooks=means.run_notebooks or folder.run_notebooks)


def _judged(
    folder: CourseFolder, lab: str, named: Mapping[str, Submission], pieces: Pieces, means: Means
) -> Iterator[Result]:
    """As they come. When nobody listens any more the rest is not begun, and the workers end themselves."""
    told: queue.Queue[Result | BaseException | None] = queue.Queue()

    def work() -> None:
        piece: Piece | None = None
        try:
            with judging(folder, lab, means.confined, means.run_notebooks) as judgement:
                while (piece := pieces.take(piece.variant if piece else None)) is not None:
                    submission = named[piece.student]
                    told.put((submission, judgement.of(submission.path, submission.student, piece.answers)))
            told.put(None)
        except BaseException as error:
            told.put(error)

    size = how_many(means.processes, len(named), means.run_notebooks)
    threads = [threading.Thread(target=work, daemon=True) for _ in range(size)]
    try:
        for thread in threads:
            thread.start()
        while size:
            result = told.get()
            if isinstance(result, BaseException):
                raise result
            if result is None:
                size -= 1
            else:
                yield result
    finally:
        pieces.end()
