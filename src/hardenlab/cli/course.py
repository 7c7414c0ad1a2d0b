"""Commands for instructors: course init, students and extend; release, preview."""

from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hardenlab.cli.output import progress, show_table, show_text
from hardenlab.cli.state import State

if TYPE_CHECKING:
    from hardenlab.cohort.folder import CourseFolder

course = typer.Typer(help="An nbgrader course: make it, keep its students, their extra time and their data.")

CourseDir = Annotated[Path, typer.Option(help="The instructor's folder: the nbgrader course.")]
LabArgument = Annotated[str, typer.Argument(help="The lab: nbgrader's assignment.")]
StudentArgument = Annotated[str, typer.Argument(help="The student's id.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    course.command()(init)
    course.command()(students)
    course.command()(extend)
    app.add_typer(course, name="course")
    app.command()(release)
    app.command()(preview)


def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The new folder.")],
    name: Annotated[str | None, typer.Option("--id", help="The course's id. Default: the folder's name.")] = None,
    environment: Annotated[str, typer.Option(help="Where accounts run.")] = "moto",
    database: Annotated[str, typer.Option(help="The gradebook's address.")] = "sqlite:///gradebook.db",
    exchange: Annotated[Path | None, typer.Option(help="nbgrader's exchange, if you use one.")] = None,
) -> None:
    """Make an nbgrader course: configuration, settings, roster, and the secret that draws variants."""
    from hardenlab.cohort.build import init_course

    state: State = context.obj
    labs = state.course.root if state.named_course else None
    name = name or folder.resolve().name
    made = init_course(folder, name, labs, environment, database, str(exchange.resolve()) if exchange else None)
    show_text(f"{made.root} is the course '{made.id}'. Keep it private: it holds solutions and the course's secret.")
    show_text("Next: cd there; hardenlab course students FILE.csv; hardenlab release LAB")


def students(
    file: Annotated[
        Path | None, typer.Argument(help="A CSV file with a column 'id'. Default: show the roster.")
    ] = None,
    course_dir: CourseDir = Path(),
) -> None:
    """Import the roster, or show it. Columns: id, first_name, last_name, email, lms_user_id, extra_days."""
    from hardenlab.cohort.roster import COLUMNS, import_roster, roster

    folder = opened(course_dir)
    if file is None:
        rows = [astuple(student) for student in roster(folder.root)]
        show_table(f"Students of {folder.id}", COLUMNS, rows)
        return
    done = import_roster(folder, file)
    show_text(f"{len(done.added)} new, {len(done.changed)} changed.")
    if done.missing:
        show_text(f"No longer in the file, and kept: {', '.join(done.missing)}. hardenlab course forget ID deletes.")


def extend(
    lab: LabArgument,
    student: StudentArgument,
    days: Annotated[float, typer.Option(help="Days after the due date. 0: as the roster says.")],
    course_dir: CourseDir = Path(),
) -> None:
    """Give one student more time for one lab. It counts when the lab is next graded."""
    from hardenlab.cohort.roster import extend as write

    folder = opened(course_dir)
    write(folder, folder.course().lab(lab).id, student, days)
    show_text(f"{student} has {days:g} days more for {lab}. It counts when the lab is next graded.")


def release(
    lab: LabArgument,
    variants: Annotated[int | None, typer.Option(help="How many variants. Default: 24.", min=1)] = None,
    private: Annotated[bool, typer.Option("--private", help="One variant for each learner.")] = False,
    due: Annotated[str | None, typer.Option(help="The due date with its zone: 2026-12-01T23:59+01:00.")] = None,
    redraw: Annotated[bool, typer.Option("--redraw", help="Give learners other variants than before.")] = False,
    course_dir: CourseDir = Path(),
) -> None:
    """Make the student build of a lab: notebooks without solutions, equal for all, and what draws the variants."""
    from hardenlab.cohort.release import parse_due, release_lab
    from hardenlab.cohort.variants import DEFAULT_COUNT

    if private and variants is not None:
        raise typer.BadParameter("--private gives each learner a variant: leave --variants out")
    folder = opened(course_dir)
    until = parse_due(due) if due else None
    progress(f"nbgrader generate_assignment {lab} …")
    made = release_lab(folder, lab, None if private else variants or DEFAULT_COUNT, until, redraw)
    count = "a variant for each learner" if private else f"{variants or DEFAULT_COUNT} variants"
    show_text(f"made {made}: {count}" + (f", due {until:%Y-%m-%d %H:%M %Z}" if until else ""))


def preview(
    lab: LabArgument,
    student: Annotated[str, typer.Option(help="Whose variant.")],
    browser: Annotated[bool, typer.Option("--open/--no-open", help="Open JupyterLab on it.")] = True,
    course_dir: CourseDir = Path(),
) -> None:
    """See a released lab as one student sees it. Nothing of it reaches the student."""
    from hardenlab.cohort.preview import preview_workspace
    from hardenlab.notebook.jupyter import open_workspace

    folder = opened(course_dir)
    workspace = preview_workspace(folder, lab, student)
    sections = folder.course().lab(lab).sections
    show_text(f"{student} works on variant {workspace.variant(sections[0].id)}. The preview is in {workspace.root}.")
    if browser:
        raise typer.Exit(open_workspace(workspace, folder.course(), sections[0].id, environment=folder.environment))


def opened(course_dir: Path) -> "CourseFolder":
    """The course folder that a command works on."""
    from hardenlab.cohort.folder import CourseFolder

    return CourseFolder.open(course_dir)
