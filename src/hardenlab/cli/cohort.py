"""Commands for instructors: grade."""

from pathlib import Path
from typing import Annotated

import typer

from hardenlab.cli.output import progress, show_table


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(grade)


def grade(
    context: typer.Context,
    lab: Annotated[str, typer.Argument(help="The lab whose submissions are graded.")],
    course_dir: Annotated[Path, typer.Option(help="The folder of the nbgrader course.")] = Path(),
) -> None:
    """Grade every collected submission from its journal. Exit code 1 when something needs a person."""
    from hardenlab.cohort.folder import CourseFolder
    from hardenlab.cohort.resubmission import choose_best
    from hardenlab.cohort.run import autograde

    folder = CourseFolder.open(course_dir)
    if folder.resubmission == "best":
        choose_best(folder, lab, progress)
    progress(f"grading {lab} …")
    marks = autograde(course_dir, lab)
    rows = [(m.student, f"{m.earned:g} / {m.points:g}", "needs a person" if m.needs_person else "") for m in marks]
    show_table(lab, ("student", "marks", ""), rows)
    raise typer.Exit(1 if any(m.needs_person for m in marks) else 0)
