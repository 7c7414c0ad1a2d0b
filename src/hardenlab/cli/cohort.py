"""Commands for instructors: grade."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from hardenlab.cli.output import progress, show_json, show_table, show_text


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(grade)


def grade(
    context: typer.Context,
    lab: Annotated[str, typer.Argument(help="The lab whose submissions are graded.")],
    course_dir: Annotated[Path, typer.Option(help="The folder of the nbgrader course.")] = Path(),
    again: Annotated[bool, typer.Option("--again", help="Grade what is graded already, too.")] = False,
    processes: Annotated[int | None, typer.Option(min=1, max=256, help="How many at once. Default: cores.")] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="A Dask cluster that judges, such as tcp://127.0.0.1:8786.")
    ] = None,
    unconfined: Annotated[bool, typer.Option("--unconfined", help="Judge without the sandbox.")] = False,
    run_notebook: Annotated[
        bool, typer.Option("--run-notebook", help="Run notebooks, sandboxed, for tasks that judge a function.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Grade the collected submissions from their journals. Exit code 1 when something needs a person."""
    from hardenlab.cohort.folder import CourseFolder
    from hardenlab.cohort.resubmission import choose_best
    from hardenlab.cohort.run import grade_cohort
    from hardenlab.model.problem import UsageProblem

    folder = CourseFolder.open(course_dir)
    if unconfined and (run_notebook or folder.run_notebooks):
        raise UsageProblem("a learner's notebook is run in a sandbox only: leave --unconfined out.")
    if folder.resubmission == "best":
        choose_best(folder, lab, progress)
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(f"grading {lab}", total=None)
        run = grade_cohort(
            course_dir, lab, again=again, confined=not unconfined, run_notebooks=run_notebook, processes=processes,
            scheduler=scheduler,
            done=lambda finished, of: bar.update(task, completed=finished, total=of),
        )  # fmt: skip
    if as_json:
        show_json({**asdict(run), "marks": [asdict(item) for item in run.marks]})
    else:
        rows = [(m.student, f"{m.earned:g} / {m.points:g}", run.problems.get(m.student, "")) for m in run.marks]
        known = {mark.student for mark in run.marks}
        rows += [(name, "", problem) for name, problem in sorted(run.problems.items()) if name not in known]
        show_table(lab, ("student", "marks", "needs a person"), rows)
        counts = f"{len(run.graded)} graded, {len(run.skipped)} as they were, {len(run.problems)} need a person"
        show_text(counts)
    raise typer.Exit(1 if run.problems else 0)
