"""The lab object: a thin client of the attempt's server. Its state is there, so a restarted kernel loses nothing."""

import importlib
import os
import re
import sys
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from hardenlab.attempt.classroom import classroom_of, enter
from hardenlab.attempt.client import Endpoint, ensure_running, running
from hardenlab.attempt.workspace import Workspace, find_workspace
from hardenlab.model.problem import EnvironmentProblem, UsageProblem
from hardenlab.notebook.aws_files import point_environment, write_aws_files
from hardenlab.notebook.display.shown import CheckResult, Picture, Shown
from hardenlab.notebook.facts import Facts
from hardenlab.notebook.guard import install

SECTION = re.compile(r"[A-Za-z0-9][\w.-]{0,99}/[A-Za-z0-9][\w.-]{0,99}")
REPEATABLE = frozenset(("overview", "check", "journal", "question", "map"))
REVIVED = "The section's emulated account had stopped. It runs again, and what you did is kept."


def open_lab(section: str) -> "Lab":
    """Start or join the section's account, and point this process's AWS tools at it."""
    if not isinstance(section, str) or not SECTION.fullmatch(section):
        raise UsageProblem(
            "a lab is opened by its lab and section, for example hardenlab.lab('m0-orientation/1-start')."
        )
    workspace = find_workspace()
    classroom = classroom_of(workspace)
    if classroom is not None:
        enter(workspace, classroom)
    elif not workspace.exists() and workspace.release(section):  # fetched with nbgrader, opened in any JupyterLab
        from hardenlab.course.find import find_course

        workspace.create(find_course())
    workspace.settings()  # says what to do where there is no workspace
    lab = Lab(workspace, section, ensure_running(workspace, section))
    lab.connect()
    return lab


class Lab:
    """One section: its facts, checks, hints, and the way back. Shown in a notebook, it is the overview."""

    def __init__(self, workspace: Workspace, section: str, endpoint: Endpoint) -> None:
        self._workspace = workspace
        self._section = section
        self._endpoint = endpoint
        self.facts = Facts(self._ask("overview")["facts"])

    def check(self, task: str | None = None) -> CheckResult:
        """Judge the account as it is now: every task, or one."""
        return CheckResult("check", self._ask("check", task=task))

    def map(self, before: bool = False) -> Picture:
        """Who reaches whom in the account, as a picture: now, or `before` you changed anything."""
        return Picture("map", self._ask("map", before=before))

    def hint(self, task: str) -> Shown:
        """The next hint for a task."""
        return Shown("hint", self._ask("hint", task=task))

    def solution(self, task: str) -> Shown:
        """The way a task is done, for when you give up. It is recorded."""
        return Shown("solution", self._ask("solution", task=task))

    def question(self, task: str) -> Shown:
        """A question with its choices."""
        return Shown("question", self._ask("question", task=task))

    def answer(self, question: str, value: str | int | Iterable[str]) -> CheckResult:
        """Answer a question: a choice, a list of choices, a number or a word. The first counts fully, a later half."""
        plain = value if isinstance(value, str | int) else sorted(str(item) for item in value)
        return CheckResult("check", self._ask("answer", question=question, value=plain))

    def undo(self, n: int = 1) -> Shown:
        """Take back the last `n` calls that changed the account."""
        return Shown("undone", self._ask("undo", count=n))

    def reset(self) -> Shown:
        """Give the account back as it was at the start."""
        return Shown("undone", self._ask("reset"))

    def checkpoint(self, name: str) -> Shown:
        """Name the account as it is now, to come back to it with `rewind`."""
        return Shown("checkpoint", self._ask("checkpoint", name=name))

    def rewind(self, name: str) -> Shown:
        """Go back to a checkpoint."""
        return Shown("undone", self._ask("rewind", name=name))

    def journal(self) -> Shown:
        """The calls that changed the account, first to last."""
        return Shown("journal", self._ask("journal"))

    def overview(self) -> Shown:
        """The story, the tasks and where they stand, and the names of the resources."""
        return Shown("overview", self._ask("overview"))

    def __repr__(self) -> str:
        return repr(self.overview())

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return self.overview()._repr_mimebundle_(include, exclude)

    def connect(self) -> None:
        """Point boto3 and the AWS CLI of this process at the account, and let them go nowhere else."""
        point_environment(os.environ, self._workspace, self._endpoint)
        write_aws_files(self._workspace, self._endpoint)
        install(importlib.import_module("botocore.httpsession"), self._revive)
        if "boto3" in sys.modules:
            sys.modules["boto3"].DEFAULT_SESSION = None  # type: ignore[attr-defined]  # it remembers the old keys

    def _ask(self, verb: str, **arguments: Any) -> dict[str, Any]:
        self._join()
        try:
            return self._endpoint.ask(verb, **arguments)
        except EnvironmentProblem:
            self._join()
        if verb in REPEATABLE:
            return self._endpoint.ask(verb, **arguments)
        raise EnvironmentProblem(
            f"the section's account stopped during '{verb}'. It runs again, and what you did is kept: look at "
            "lab.journal(), then repeat the call if it is still needed."
        )

    def _join(self) -> None:
        """Find the server that runs now, or start it again: everything is in its journal."""
        before, now = self._endpoint, running(self._workspace, self._section)
        if now is None:
            now = ensure_running(self._workspace, self._section)
            print(REVIVED, file=sys.stderr)  # noqa: T201  the notebook shows it with the cell's result
        self._endpoint = now
        if before.port != now.port:
            self.connect()

    def _revive(self, url: str) -> None:
        """botocore could not reach an account: if it is this one, it repeats the call once the account runs again."""
        port = urlsplit(url).port
        if port != self._endpoint.port:
            return
        self._join()
        if port != self._endpoint.port:
            raise EnvironmentProblem(
                "the section's account had to move to another port. Run the set-up cell again: what you did is kept."
            )
