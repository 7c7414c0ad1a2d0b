"""Commands for instructors: grade."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hardenlab.cli.output import progress_bar, show_json, show_table, show_text

Processes = Annotated[int | None, typer.Option(min=1, max=256, help="How many at once. Default: by size and cores.")]
Scheduler = Annotated[str | None, typer.Option(help="A Dask cluster that judges, such as tcp://127.0.0.1:8786.")]
Unconfined = Annotated[bool, typer.Option("--unconfined", help="Judge without the sandbox.")]
RunNotebook = Annotated[
    bool, typer.Option("--run-notebook", help="Run notebooks, sandboxed, for tasks that judge a function.")
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(grade)


def grade(
    context: typer.Context,
    lab: Annotated[str, typer.Argument(help="The lab whose submissions are graded.")],
    course_dir: Annotated[Path, typer.Option(help="The folder of the nbgrader course.")] = Path(),
    again: Annotated[bool, typer.Option("--again", help="Grade what is graded already, too.")] = False,
    processes: Processes = None,
    scheduler: Scheduler = None,
    unconfined: Unconfined = False,
    run_notebook: RunNotebook = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Grade the collected submissions from their journals. Exit code 1 when something needs a person."""
    from hardenlab.cohort.folder import CourseFolder
    from hardenlab.cohort.judging import Means
    from hardenlab.cohort.resubmission import choose_best
    from hardenlab.cohort.run import grade_cohort
    from hardenlab.model.problem import UsageProblem

    folder = CourseFolder.open(course_dir)
    if unconfined and (run_notebook or folder.run_notebooks):
        raise UsageProblem("a learner's notebook is run in a sandbox only: leave --unconfined out.")
    if folder.resubmission == "best":
        with progress_bar(f"choosing the best of {lab}") as done:
            choose_best(folder, lab, Means(processes, None, not unconfined, run_notebook), done)
    with progress_bar(f"grading {lab}") as done:
        run = grade_cohort(
            course_dir, lab, again=again, confined=not unconfined, run_notebooks=run_notebook, processes=processes,
            scheduler=scheduler, done=done,
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
