"""Commands for instructors: build, grade."""

from pathlib import Path
from typing import Annotated

import typer

from hardenlab.cli.output import progress, show_table, show_text
from hardenlab.cli.state import State


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(build)
    app.command()(grade)


def build(
    context: typer.Context,
    to: Annotated[Path, typer.Option(help="The folder of the nbgrader course.")],
    labs: Annotated[list[str] | None, typer.Argument(help="The labs. Default: all of the course.")] = None,
    release: Annotated[bool, typer.Option(help="Make the students' release as well.")] = True,
) -> None:
    """Write the labs as an nbgrader course: configuration, source tree and release."""
    from hardenlab.cohort.build import build_course
    from hardenlab.cohort.run import generate

    state: State = context.obj
    chosen = [state.course.lab(name) for name in labs] if labs else list(state.course.labs.values())
    for path in build_course(state.course, chosen, to):
        show_text(f"made {path}")
    for lab in chosen if release else []:
        progress(f"nbgrader generate_assignment {lab.id} …")
        generate(to, lab.id)
        show_text(f"made {to / 'release' / lab.id}")


def grade(
    context: typer.Context,
    lab: Annotated[str, typer.Argument(help="The lab whose submissions are graded.")],
    course_dir: Annotated[Path, typer.Option(help="The folder of the nbgrader course.")] = Path(),
) -> None:
    """Grade every collected submission from its journal. Exit code 1 when something needs a person."""
    from hardenlab.cohort.run import autograde

    progress(f"grading {lab} …")
    marks = autograde(course_dir, lab)
    rows = [(m.student, f"{m.earned:g} / {m.points:g}", "needs a person" if m.needs_person else "") for m in marks]
    show_table(lab, ("student", "marks", ""), rows)
    raise typer.Exit(1 if any(m.needs_person for m in marks) else 0)
