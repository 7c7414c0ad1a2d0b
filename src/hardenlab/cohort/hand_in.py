"""nbgrader's submit in a classroom: the learner's signed journals are fetched before his folder is handed in."""

from pathlib import Path
from typing import Any

from nbgrader.exchange.default import ExchangeSubmit

from hardenlab.attempt.classroom import classroom_of, enter, fetch_journals
from hardenlab.attempt.workspace import Workspace


class SubmitWithJournals(ExchangeSubmit):  # type: ignore[misc]
    """In nbgrader's configuration of learners: `c.ExchangeFactory.submit = SubmitWithJournals`."""

    def init_src(self) -> None:
        super().init_src()
        folder = Path(self.src_path)
        workspace = Workspace(folder.parent)
        classroom = classroom_of(workspace)
        if classroom is not None:
            enter(workspace, classroom)
            for path in fetch_journals(workspace, classroom, folder.name):
                self.log.info("Signed journal: %s", path.name)


def configure_learner(config: Any, exchange: str, course: str) -> None:
    """What a learner's nbgrader needs in a classroom: the exchange, the course, and journals that are handed in."""
    config.Exchange.root = exchange
    config.CourseDirectory.course_id = course
    config.ExchangeFactory.submit = SubmitWithJournals
