"""Commands for learners: open, start, join, list, check, hint, journal, undo, reset, shell, status, stop."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from hardenlab.attempt import client
from hardenlab.attempt.client import Endpoint, ensure_running
from hardenlab.cli.environments import AllowOption, EnvironmentOption, chosen_environment
from hardenlab.cli.output import progress, show_json, show_table, show_text
from hardenlab.cli.state import State
from hardenlab.course.load import Course
from hardenlab.course.needs import listed, missing_in, refusal
from hardenlab.environment import find_environment
from hardenlab.model.problem import UsageProblem
from hardenlab.notebook.aws_files import point_environment, write_empty_aws_files
from hardenlab.notebook.display.text import assessment_text, hint_text, journal_text, undone_text
from hardenlab.notebook.display.words import say_in_terminal

SectionArgument = Annotated[
    str, typer.Argument(help="The section: <lab>/<notebook>, or the lab when it has one section.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for another program.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (start, join, check, hint, journal, undo, reset, shell, status, stop):
        app.command()(command)
    app.command("open")(open_labs)
    app.command("list")(list_labs)


def open_labs(
    context: typer.Context,
    section: Annotated[str | None, typer.Argument(help="The section to open first.")] = None,
    port: Annotated[int | None, typer.Option(help="JupyterLab's port. Default: a free one from 8888 on.")] = None,
    browser: Annotated[bool, typer.Option(help="Open a browser. HARDENLAB_NO_BROWSER=1 says no as well.")] = True,
    environment: EnvironmentOption = None,
    allow_endpoint: AllowOption = False,
) -> None:
    """Make the workspace and open JupyterLab on it. Ctrl-C ends it; what was done is kept."""
    from hardenlab.notebook.jupyter import open_workspace

    state: State = context.obj
    chosen = chosen_environment(environment, allow_endpoint).reference if environment else None
    raise typer.Exit(open_workspace(state.workspace, state.course, section, port, browser, chosen))


def start(
    context: typer.Context,
    section: SectionArgument,
    environment: EnvironmentOption = None,
    allow_endpoint: AllowOption = False,
) -> None:
    """Start a section's account, and say where it listens. It stays where it was started last."""
    state: State = context.obj
    name, workspace = state.section(section).id, state.opened()
    if environment:
        chosen = chosen_environment(environment, allow_endpoint)
        refused = refusal(chosen, state.course, name)
        if refused:
            raise UsageProblem(refused)
        if workspace.environment(name) != chosen.reference and client.running(workspace, name):
            raise UsageProblem(
                f"{name} runs on {workspace.environment(name)}. Stop it first: hardenlab stop {name}; "
                "what was done is kept."
            )
        workspace.choose_environment(name, chosen.reference)
    endpoint = ensure_running(workspace, name, progress)
    show_text(f"{name} runs on {workspace.environment(name)}: account {endpoint.account} at {endpoint.url}")
    show_text(f"Next: hardenlab shell {name}, check, hint; hardenlab stop {name} ends it.")


def join(
    context: typer.Context,
    learner: Annotated[str, typer.Argument(help="Your id in the course, as your instructor has it.")],
) -> None:
    """Say who you are, once: a lab that an instructor released gives every learner a variant of his own."""
    state: State = context.obj
    state.opened().join(learner)
    show_text(f"{state.workspace.root} is now the workspace of {learner}.")


def list_labs(
    context: typer.Context,
    as_json: JsonOption = False,
    environment: Annotated[str | None, typer.Option(help="Say which sections run there: moto, localstack.")] = None,
) -> None:
    """List the labs and their sections."""
    course = context.obj.course
    sections = [section.public() for section in course.sections]
    missing = _missing_in(environment, course) if environment else {}
    if as_json:
        show_json([_section_json(section) | missing.get(section.id, {}) for section in sections])
        return
    title = f"Labs in {course.root}"
    if environment:
        show_table(title, ("section", f"runs on {environment}"), [(s.id, _runs(missing[s.id])) for s in sections])
        return
    rows = [(s.id, s.title, f"{s.minutes} min", len(s.tasks), f"{s.points:g}") for s in sections]
    show_table(title, ("section", "title", "time", "tasks", "points"), rows)


def _missing_in(environment: str, course: Course) -> dict[str, dict[str, Any]]:
    found = find_environment(environment)
    return {section.id: {"missing": missing_in(found, course, section.id)} for section in course.sections}


def _runs(missing: dict[str, Any]) -> str:
    return f"no: {listed(missing['missing'])}" if missing["missing"] else "yes"


def check(
    context: typer.Context,
    section: SectionArgument,
    task: Annotated[str | None, typer.Option(help="Judge this task only.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Judge the account as it is now. Exit code 0 when every point is earned, else 1."""
    with Attempt(context.obj, section) as endpoint:
        result = endpoint.ask("check", task=task)
    show_json({"kind": "check", **result}) if as_json else show_text(
        assessment_text(result, say=say_in_terminal(section))
    )
    assessment = result["assessment"]
    raise typer.Exit(0 if assessment["earned"] >= assessment["points"] else 1)


def hint(
    context: typer.Context,
    section: SectionArgument,
    task: Annotated[str, typer.Argument(help="The task's id.")],
) -> None:
    """Show the next hint of a task."""
    with Attempt(context.obj, section) as endpoint:
        show_text(hint_text(endpoint.ask("hint", task=task), say=say_in_terminal(section)))


def journal(context: typer.Context, section: SectionArgument, as_json: JsonOption = False) -> None:
    """List the writes: who, when, what, and how they ended."""
    with Attempt(context.obj, section) as endpoint:
        answer = endpoint.ask("journal")
    show_json(answer) if as_json else show_text(journal_text(answer))


def undo(
    context: typer.Context,
    section: SectionArgument,
    count: Annotated[int, typer.Option(help="How many writes to take back.")] = 1,
) -> None:
    """Take back the last writes."""
    with Attempt(context.obj, section) as endpoint:
        show_text(undone_text(endpoint.ask("undo", count=count)))


def reset(context: typer.Context, section: SectionArgument) -> None:
    """Give the account back as it was at the start. Answers and hints stay recorded."""
    with Attempt(context.obj, section) as endpoint:
        show_text(undone_text(endpoint.ask("reset")))


def shell(context: typer.Context, section: SectionArgument) -> None:
    """Open a shell in which boto3, the AWS CLI and Terraform speak to the section's account."""
    with Attempt(context.obj, section) as endpoint:
        show_text(f"AWS tools in this shell speak to the account of {section}. Leave it with: exit")
        command = os.environ.get("SHELL", "/bin/sh")
        variables = dict(os.environ)
        write_empty_aws_files(context.obj.workspace)
        point_environment(variables, context.obj.workspace, endpoint)
        # the AWS CLI and Python that the labs came with, also where .venv is not activated
        variables["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{variables.get('PATH', os.defpath)}"
        raise typer.Exit(subprocess.run([command], env=variables).returncode)


def status(context: typer.Context) -> None:
    """Show which accounts run."""
    state: State = context.obj
    rows = [
        (section.id, endpoint.url if endpoint else "-", endpoint.account if endpoint else "-")
        for section in state.course.sections
        for endpoint in [client.running(state.workspace, section.id)]
    ]
    show_table(f"Workspace {state.workspace.root}", ("section", "address", "account"), rows)


def stop(
    context: typer.Context,
    section: Annotated[str | None, typer.Argument(help="The section. Default: all of them.")] = None,
) -> None:
    """Stop emulated accounts. What was done is in the journals."""
    state: State = context.obj
    if section is None:
        stopped = client.stop_all(state.workspace)
    else:
        found = state.section(section).id
        stopped = [found] if client.stop(state.workspace, found) else []
    show_text(f"stopped: {', '.join(stopped)}" if stopped else "nothing was running")


class Attempt:
    """A section's running account; one that this command started is stopped again at its end."""

    def __init__(self, state: State, reference: str) -> None:
        self._section = state.section(reference).id
        self._workspace = state.opened()
        self._started = False

    def __enter__(self) -> Endpoint:
        endpoint = client.running(self._workspace, self._section)
        if endpoint is None:
            self._started = True
            endpoint = ensure_running(self._workspace, self._section, progress)
        return endpoint

    def __exit__(self, *_: object) -> None:
        if self._started:
            client.stop(self._workspace, self._section)


def _section_json(section: Any) -> dict[str, Any]:
    return {
        "section": section.id,
        "title": section.title,
        "minutes": section.minutes,
        "points": section.points,
        "tasks": [
            {"id": task.id, "title": task.title, "points": task.points, "rows": task.rows} for task in section.tasks
        ],
    }
