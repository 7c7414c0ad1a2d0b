"""Commands for authors: validate, coverage, new. The law is imported where it is proven: it loads boto3."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hardenlab.cli.environments import AllowOption, EnvironmentOption, chosen_environment
from hardenlab.cli.output import progress, show_json, show_table, show_text
from hardenlab.cli.state import State
from hardenlab.course.needs import needs_file, refusal
from hardenlab.course.pages import write_pages
from hardenlab.course.rows import covered_rows, summary_of
from hardenlab.course.scaffold import KINDS, scaffold
from hardenlab.environment import Environment
from hardenlab.model.rubric import Section


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(validate)
    app.command()(coverage)
    app.command()(new)
    app.command()(docs)
    app.command("student-build")(student_build)


def validate(
    context: typer.Context,
    sections: Annotated[list[str] | None, typer.Argument(help="Sections, or labs. Default: all of the course.")] = None,
    variants: Annotated[int, typer.Option(help="How many variants to prove.", min=1)] = 3,
    variant: Annotated[str | None, typer.Option(help="Prove this variant only.")] = None,
    only: Annotated[
        str | None, typer.Option(help="Prove what concerns this task, misconfiguration or fix only.")
    ] = None,
    kernel: Annotated[bool, typer.Option(help="Run the notebook in a real kernel too.")] = True,
    environment: EnvironmentOption = None,
    allow_endpoint: AllowOption = False,
    junit_file: Annotated[Path | None, typer.Option("--junit", help="Write the result as JUnit XML.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the result as JSON.")] = None,
) -> None:
    """Prove the law for sections. Exit code 1: broken content; 2: wrong usage; 3: a broken environment."""
    from hardenlab.law.report import junit, summary
    from hardenlab.law.run import prove

    state: State = context.obj
    chosen: Sequence[Section] = [one for name in sections or () for one in _sections(state, name)]
    found = chosen_environment(environment or "moto", allow_endpoint)
    if not sections:
        chosen = _that_run(state, found, state.course.sections)
    seeds = [variant] if variant else [f"law-{number}" for number in range(1, variants + 1)]
    results = prove(state.course, chosen, seeds, only=only, kernel=kernel, environment=found, say=progress)
    if junit_file:
        junit_file.write_text(junit(results), encoding="utf-8")
    if json_file:
        json_file.write_text(json.dumps([result.to_json() for result in results], indent=1), encoding="utf-8")
    show_text(summary(results))
    raise typer.Exit(1 if any(result.failures for result in results) else 0)


def _that_run(state: State, environment: Environment, sections: Sequence[Section]) -> Sequence[Section]:
    """The sections that the environment can hold; the others are named with what they miss."""
    refusals = {section.id: refusal(environment, state.course, section.id) for section in sections}
    for refused in filter(None, refusals.values()):
        show_text(f"not proven: {refused}")
    return [section for section in sections if not refusals[section.id]]


def _sections(state: State, name: str) -> Sequence[Section]:
    """A lab's sections, or one section."""
    lab = state.course.labs.get(name.strip("/"))
    return lab.sections if lab else [state.section(name)]


def coverage(
    context: typer.Context,
    module: Annotated[int | None, typer.Option(help="This module only.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List which row of the course is covered by which task. Exit code 1: a built module has a row that none covers."""
    rows = covered_rows(context.obj.course, module)
    if as_json:
        show_json([asdict(row) for row in rows])
    else:
        table = [(row.id, row.mode, row.title, "\n".join(row.tasks) or "-") for row in rows]
        show_table("Rows of the course", ("row", "mode", "what it asks for", "tasks"), table)
        show_text("\n".join(summary_of(rows)))
    raise typer.Exit(1 if any(row.missing for row in rows) else 0)


def new(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help=f"What to make: {', '.join(KINDS)}.")],
    name: Annotated[str, typer.Argument(help="Its id, as the file or function will be named.")],
) -> None:
    """Make a new control, scenario, section or lab that fails the law in the right places."""
    for path in scaffold(context.obj.course.root, kind, name):
        show_text(f"made {path}")


def docs(context: typer.Context) -> None:
    """Write docs/controls and docs/labs from docstrings and rubrics, and labs/needs.json from what sections call."""
    from hardenlab.law.needs import write_needs
    from hardenlab.law.run import proving_ground

    course = context.obj.course
    with proving_ground(course) as ground:
        changed = [needs_file(course)] if write_needs(course, ground) else []
    changed += write_pages(course)
    show_text("\n".join(f"wrote {path}" for path in changed) or "the pages are current")


def student_build(
    context: typer.Context, to: Annotated[Path, typer.Argument(help="A new folder for the learners' copy.")]
) -> None:
    """Write the course as learners get it: without solutions, fixes and hidden tasks."""
    from hardenlab.course.student import write_student_course

    files = write_student_course(context.obj.course, to)
    show_text(f"made {to}: {len(files)} files. Learners open it with: hardenlab --course {to} open")
