"""Late submissions in nbgrader's own columns: extra time as its extension, the penalty by the course's policy."""

import functools
from datetime import timedelta
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.plugins.latesubmission import LateSubmissionPlugin
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Float, Unicode

from hardenlab.cohort.folder import LatePolicy
from hardenlab.cohort.roster import EXTENSIONS, STUDENTS, extra_times


class GrantExtraTime(NbGraderPreprocessor):  # type: ignore[misc]
    """Before the penalty is reckoned: a student's extra time becomes the submission's extension."""

    folder = Unicode(help="The instructor's folder.").tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        names = resources["nbgrader"]
        files = [Path(self.folder) / name for name in (STUDENTS, EXTENSIONS)]
        state = tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in files)
        more = _times(self.folder, names["assignment"], state).get(names["student"])
        with Gradebook(names["db_url"]) as gradebook:
            submission = gradebook.find_submission(names["assignment"], names["student"])
            # nbgrader adds the extension to the due date without asking whether there is one
            submission.extension = more if submission.assignment.duedate is not None else None
            gradebook.db.commit()
        return nb, resources


@functools.lru_cache(maxsize=1)
def _times(folder: str, lab: str, state: tuple[int, ...]) -> dict[str, timedelta]:
    """The class's extra times, read again when a file has changed.

    One process grades many submissions, and nbgrader makes its preprocessors anew for each.
    """
    return extra_times(Path(folder), lab)


class LatePenalty(LateSubmissionPlugin):  # type: ignore[misc]
    """nbgrader's plugin: a share of the marks for each day begun."""

    percent_per_day = Float(0.0, help="Per cent of the marks for each day begun.").tag(config=True)
    grace_minutes = Float(10.0, help="As late as this costs nothing.").tag(config=True)
    at_most_percent = Float(100.0, help="No submission loses more than this.").tag(config=True)

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
        """The points that a notebook with this score loses; None: nothing."""
        policy = LatePolicy(self.percent_per_day, self.grace_minutes, self.at_most_percent)
        share = policy.share(total_seconds_late)
        return round(score * share, 2) if share else None
