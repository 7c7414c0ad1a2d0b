"""Commands for instructors: `hardenlab course ...`, release, preview, collect, regrade, report."""

from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hardenlab.cli.cohort import Processes, RunNotebook, Scheduler, Unconfined
from hardenlab.cli.output import plain, progress, progress_bar, show_json, show_table, show_text
from hardenlab.cli.state import State
from hardenlab.model.problem import EnvironmentProblem, UsageProblem

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
    course.command()(override)
    course.command()(forget)
    course.command()(export)
    course.command()(passback)
    course.command("lti-key")(lti_key)
    app.add_typer(course, name="course")
    app.command()(release)
    app.command()(preview)
    app.command()(collect)
    app.command()(regrade)
    app.command()(report)


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
        if not rows:
            show_text("Nobody is enrolled: hardenlab course students FILE.csv imports a roster.")
            return
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
    variants: Annotated[int | None, typer.Option(help="How many variants. Default: as before, else 24.", min=1)] = None,
    private: Annotated[bool, typer.Option("--private", help="One variant for each learner.")] = False,
    due: Annotated[str | None, typer.Option(help="The due date with its zone: 2026-12-01T23:59+01:00.")] = None,
    redraw: Annotated[bool, typer.Option("--redraw", help="Give learners other variants than before.")] = False,
    course_dir: CourseDir = Path(),
) -> None:
    """Make the student build of a lab: notebooks without solutions, equal for all, and what draws the variants."""
    from hardenlab.cohort.release import parse_due, release_lab, variants_of

    if private and variants is not None:
        raise UsageProblem("--private gives each learner a variant of his own: leave --variants out.")
    folder = opened(course_dir)
    until = parse_due(due) if due else None
    number = None if private else variants or variants_of(folder, lab)
    progress(f"nbgrader generate_assignment {lab} …")
    made = release_lab(folder, lab, number, until, redraw)
    drawn = f"{number} variants" if number else "a variant for each learner"
    show_text(f"made {made}: {drawn}" + (f", due {until:%Y-%m-%d %H:%M %Z}" if until else ""))


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


def override(
    section: Annotated[str, typer.Argument(help="The section: <lab>/<notebook>, or the lab when it has one section.")],
    student: StudentArgument,
    task: Annotated[str, typer.Argument(help="The task's id.")],
    points: Annotated[float | None, typer.Argument(help="The points that count.")] = None,
    because: Annotated[str, typer.Option(help="The reason, which the student reads.")] = "",
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take a person's points back.")] = False,
    course_dir: CourseDir = Path(),
) -> None:
    """Give a student points for a task, whatever the journal says. They stand until they are taken back."""
    from hardenlab.cohort import override as marks

    folder = opened(course_dir)
    found = folder.course().section(section)
    if withdraw:
        marks.lift(folder, found, student, task)
        show_text(f"{student}, {task}: the journal's marks count again.")
        return
    if points is None or not because.strip():
        raise UsageProblem("name the points and say why: hardenlab course override LAB STUDENT TASK 3 --because '...'.")
    marks.override(folder, found, student, task, points, because)
    show_text(f"{student}, {task}: {points:g} points, {because}")


def forget(
    student: StudentArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    course_dir: CourseDir = Path(),
) -> None:
    """Delete a learner's data: submissions, marks, feedback, results. Prints what it is, and asks."""
    from hardenlab.cohort.forget import forget as delete
    from hardenlab.cohort.forget import found_of

    folder = opened(course_dir)
    found = found_of(folder, student)
    if not found:
        raise UsageProblem(f"nothing of '{student[:100]}' is in {folder.root}.")
    show_text("\n".join(plain(line) for line in found))
    if not yes and not typer.confirm(f"Delete these {len(found)} for good?"):
        raise typer.Abort
    delete(folder, student)
    left = found_of(folder, student)
    if left:
        raise EnvironmentProblem(f"could not be deleted: {', '.join(left)}.")
    show_text(f"Deleted. Reports, exports and backups that you made may still hold {student}.")


def export(
    labs: Annotated[list[str] | None, typer.Argument(help="The labs. Default: all that are in the gradebook.")] = None,
    layout: Annotated[str, typer.Option(help="csv, canvas or moodle.")] = "csv",
    to: Annotated[Path | None, typer.Option(help="The file. Default: grades-LAYOUT.csv in the course.")] = None,
    course_dir: CourseDir = Path(),
) -> None:
    """Write the marks as CSV for a spreadsheet, Canvas or Moodle. No cell is a formula."""
    from hardenlab.cohort.exports import export as table
    from hardenlab.cohort.gradebook import open_gradebook

    folder = opened(course_dir)
    with open_gradebook(folder) as gradebook:
        text = table(gradebook, layout, labs or [], folder.columns)
    path = to or folder.root / f"grades-{layout}.csv"
    write_owners_file(path, text)
    show_text(f"made {path}")


def passback(lab: LabArgument, course_dir: CourseDir = Path()) -> None:
    """Send the marks of a lab to the learning platform (LTI 1.3). Exit code 1: some could not be sent."""
    from hardenlab.cohort.passback import passback as send

    sent = send(opened(course_dir), lab, progress)
    rows = [(one.student, "-" if one.points is None else f"{one.points:g}", one.problem or "sent") for one in sent]
    show_table(f"{lab} to the platform", ("student", "points", ""), rows)
    raise typer.Exit(1 if any(one.problem for one in sent) else 0)


def lti_key(course_dir: CourseDir = Path()) -> None:
    """Print the public key set that the platform's administrator enters; the private key stays in the folder."""
    from hardenlab.cohort.passback import public_keys

    show_json(public_keys(opened(course_dir)))


def collect(lab: LabArgument, course_dir: CourseDir = Path()) -> None:
    """Collect submissions from nbgrader's exchange. Where the best one counts, it is chosen now."""
    from hardenlab.cohort.resubmission import choose_best
    from hardenlab.cohort.run import collect as fetch

    folder = opened(course_dir)
    if folder.exchange is None:
        raise UsageProblem(f"{folder.root / 'course.toml'} names no exchange: put folders into submitted/ID/{lab}.")
    fetch(folder.root, lab)
    show_text(f"handed in: {len(folder.submissions(lab))}")
    if folder.resubmission == "best":
        with progress_bar(f"choosing the best of {lab}") as done:
            choices = choose_best(folder, lab, done=done)
        for choice in choices:
            text = f"{choice.student}: {choice.handed_in} counts, the best of {choice.of} ({choice.earned:g} points)."
            show_text(plain(text))


def regrade(
    lab: LabArgument,
    write: Annotated[bool, typer.Option("--apply", help="Write the changes into the gradebook.")] = False,
    processes: Processes = None,
    scheduler: Scheduler = None,
    unconfined: Unconfined = False,
    run_notebook: RunNotebook = False,
    course_dir: CourseDir = Path(),
) -> None:
    """Show whose marks change and why, after a control, a rubric or points were mended. --apply writes.

    Exit code 1 when something needs a person after it was written.
    """
    from hardenlab.cohort.judging import Means
    from hardenlab.cohort.regrade import apply, changed_marks

    folder, means = opened(course_dir), Means(processes, scheduler, not unconfined, run_notebook)
    with progress_bar(f"judging {lab}") as done:
        changes = changed_marks(folder, lab, means, done)
    rows = [
        (
            change.student,
            f"{change.section}\n{change.task}",
            _points(change.before, change.points_before),
            _points(change.after, change.points_after),
            change.why + (f" A person gave {change.kept:g}: that stands." if change.kept is not None else ""),
        )
        for change in changes
    ]
    if not changes:
        show_text("No mark changes.")
        return
    show_table(f"Marks of {lab} that change", ("student", "task", "gradebook", "anew", "why"), rows)
    students = len({change.student for change in changes})
    if not write:
        show_text(f"{len(changes)} marks of {students} students. Nothing was written: --apply does.")
        return
    with progress_bar(f"grading {lab}") as done:
        run = apply(folder, lab, means, done)
    show_text(f"{len(changes)} marks of {students} students were written.")
    for student, problem in sorted(run.problems.items()):
        show_text(plain(f"{student} needs a person: {problem}"))
    raise typer.Exit(1 if run.problems else 0)


def report(
    lab: LabArgument,
    to: Annotated[Path | None, typer.Option(help="The page. Default: reports/LAB.html.")] = None,
    course_dir: CourseDir = Path(),
) -> None:
    """Write a page on how the class did, and the same as CSV beside it. It opens without a network."""
    from hardenlab.cohort.report.gather import gather
    from hardenlab.cohort.report.page import csv_table, html_page

    folder = opened(course_dir)
    page = to or folder.root / "reports" / f"{lab}.html"
    found = gather(folder, lab)
    for path, text in ((page, html_page(found)), (page.with_suffix(".csv"), csv_table(found))):
        write_owners_file(path, text)
        show_text(f"made {path}")


def _points(earned: float | None, points: float | None) -> str:
    return "-" if earned is None or points is None else f"{earned:g} / {points:g}"


def opened(course_dir: Path) -> "CourseFolder":
    """The course folder that a command works on."""
    from hardenlab.cohort.folder import CourseFolder

    return CourseFolder.open(course_dir)


def write_owners_file(path: Path, text: str) -> None:
    """Write a file about learners, for its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8", newline="")
