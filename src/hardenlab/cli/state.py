"""What every command works on: the course and the workspace that the caller means."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hardenlab.attempt.workspace import Workspace, find_workspace
from hardenlab.course.find import find_course
from hardenlab.course.load import Course, load_course
from hardenlab.model.rubric import Section


@dataclass
class State:
    """The global options, resolved when they are first needed."""

    named_course: Path | None
    named_workspace: Path | None

    @cached_property
    def workspace(self) -> Workspace:
        return Workspace(self.named_workspace.resolve()) if self.named_workspace else find_workspace()

    @cached_property
    def course(self) -> Course:
        """The named course; else the one that the workspace was made from; else the nearest."""
        if self.named_course is None and self.workspace.exists():
            return load_course(self.workspace.course())
        return load_course(find_course(self.named_course))

    def section(self, reference: str) -> Section:
        return self.course.section(reference)

    def opened(self) -> Workspace:
        """The workspace, made when there is none."""
        if self.named_course is not None or not self.workspace.exists():
            self.workspace.create(self.course.root)
        return self.workspace
