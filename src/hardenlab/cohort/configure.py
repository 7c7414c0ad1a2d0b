"""The nbgrader configuration of a hardenlab course."""

from pathlib import Path
from typing import Any

from hardenlab.cohort.folder import CourseFolder
from hardenlab.course.find import find_course
from hardenlab.course.notebook import STUB

IGNORE = [".ipynb_checkpoints", "*.pyc", "__pycache__", "lab.toml", "fixes.py", "*.md", ".hardenlab"]


def configure(config: Any, folder: Path) -> None:
    """Set nbgrader up: marks come from outside the notebook, deleted cells come back, learners' Markdown is inert."""
    course = CourseFolder.open(folder)
    config.CourseDirectory.root = str(course.root)
    config.CourseDirectory.course_id = course.id
    config.CourseDirectory.source_directory = "source"
    config.CourseDirectory.db_url = course.database_url
    config.CourseDirectory.ignore = IGNORE
    if course.exchange:
        config.Exchange.root = course.exchange
    config.ClearSolutions.code_stub = {"python": STUB}
    config.RestoreCells.add_missing_cells = True
    _release(config)
    _grading(config, course)
    _exports(config, course)


def _exports(config: Any, course: CourseFolder) -> None:
    from hardenlab.cohort.exports import CanvasExport, MoodleExport, PlainExport

    config.ExportApp.plugin_class = PlainExport
    for plugin in (CanvasExport, MoodleExport):
        config[plugin.__name__].columns = dict(course.columns)


def _release(config: Any) -> None:
    from nbgrader.converters.generate_assignment import GenerateAssignment
    from nbgrader.preprocessors import SaveCells

    from hardenlab.cohort.hidden import LeaveOutHidden

    steps = list(GenerateAssignment.preprocessors.default_args[0])
    steps.insert(steps.index(SaveCells) + 1, LeaveOutHidden)
    config.GenerateAssignment.preprocessors = steps


def _grading(config: Any, course: CourseFolder) -> None:
    from nbconvert.preprocessors import ClearMetadataPreprocessor
    from nbconvert.preprocessors.sanitize import SanitizeHTML
    from nbgrader.preprocessors import (
        AssignLatePenalties,
        CheckCellMetadata,
        ClearOutput,
        DeduplicateIds,
        LimitOutput,
        OverwriteKernelspec,
    )

    from hardenlab.cohort.exporter import GradedNotebook
    from hardenlab.cohort.grade import FlagForPerson, GradeFromJournal
    from hardenlab.cohort.hidden import RestoreCells
    from hardenlab.cohort.kernel.run_notebook import RunNotebook
    from hardenlab.cohort.late import GrantExtraTime, LatePenalty
    from hardenlab.cohort.override import SaveMarks
    from hardenlab.cohort.prose import InertProse
    from hardenlab.cohort.results import KeepResult

    config.Autograde.exporter_class = GradedNotebook
    config.Autograde.sanitize_preprocessors = [
        ClearOutput,
        DeduplicateIds,
        OverwriteKernelspec,
        RestoreCells,
        CheckCellMetadata,
    ]
    config.Autograde.autograde_preprocessors = [
        GradeFromJournal,
        RunNotebook,
        KeepResult,
        ClearMetadataPreprocessor,
        LimitOutput,
        SaveMarks,
        FlagForPerson,
        GrantExtraTime,
        AssignLatePenalties,
        SanitizeHTML,
        InertProse,
    ]  # nbgrader's list checks cells' metadata here again: no step of this one touches them
    config.Exporter.optimistic_validation = True  # validate the notebook once, not after every step
    config.SanitizeHTML.enabled = True
    config.KeepResult.folder = str(course.root)
    config.GrantExtraTime.folder = str(course.root)
    config.AssignLatePenalties.plugin_class = LatePenalty
    config.LatePenalty.percent_per_day = course.late.percent_per_day
    config.LatePenalty.grace_minutes = course.late.grace_minutes
    config.LatePenalty.at_most_percent = course.late.at_most_percent
    labs = str(find_course(course.labs, start=course.root))
    for step in (config.GradeFromJournal, config.RunNotebook):
        step.course = labs
        step.folder = str(course.root)
        step.environment = course.environment
    config.RunNotebook.enabled = course.run_notebooks
    config.GradeFromJournal.classroom = course.classroom
