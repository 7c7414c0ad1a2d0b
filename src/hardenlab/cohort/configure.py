"""The nbgrader configuration of a hardenlab course."""

from typing import Any

from hardenlab.course.notebook import STUB

IGNORE = [".ipynb_checkpoints", "*.pyc", "__pycache__", "lab.toml", "fixes.py", "*.md"]


def configure(config: Any, *, course: str, folder: str, environment: str = "moto") -> None:
    """Set nbgrader up so that marks come from journals, deleted cells come back, and learners' Markdown is inert."""
    from nbconvert.preprocessors import ClearMetadataPreprocessor
    from nbconvert.preprocessors.sanitize import SanitizeHTML
    from nbgrader.preprocessors import (
        AssignLatePenalties,
        CheckCellMetadata,
        LimitOutput,
        SaveAutoGrades,
    )

    from hardenlab.cohort.grade import FlagForPerson, GradeFromJournal

    config.CourseDirectory.root = folder
    config.CourseDirectory.course_id = "hardenlab"
    config.CourseDirectory.source_directory = "source"
    config.CourseDirectory.db_url = f"sqlite:///{folder}/gradebook.db"
    config.CourseDirectory.ignore = IGNORE
    config.ClearSolutions.code_stub = {"python": STUB}
    config.OverwriteCells.add_missing_cells = True
    config.Autograde.autograde_preprocessors = [
        GradeFromJournal,
        ClearMetadataPreprocessor,
        LimitOutput,
        SaveAutoGrades,
        FlagForPerson,
        AssignLatePenalties,
        CheckCellMetadata,
        SanitizeHTML,
    ]
    config.SanitizeHTML.enabled = True
    config.GradeFromJournal.course = course
    config.GradeFromJournal.environment = environment
