"""Where accounts run: the options that say it, and `hardenlab environment install`."""

from typing import Annotated

import typer

from hardenlab.cli.output import progress, show_text
from hardenlab.environment import Environment, find_environment
from hardenlab.model.problem import UsageProblem

EnvironmentOption = Annotated[
    str | None,
    typer.Option(help="Where the account runs: moto, localstack, localstack@URL or endpoint@URL."),
]
AllowOption = Annotated[
    bool, typer.Option("--allow-endpoint", help="The URL that I name is an emulator's: send the lab's calls there.")
]

environment = typer.Typer(help="Where accounts run, beside moto.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    environment.callback()(_group)
    environment.command()(install)
    app.add_typer(environment, name="environment")


def _group() -> None:
    """Where accounts run, beside moto."""


def install(name: Annotated[str, typer.Argument(help="The environment: localstack.")]) -> None:
    """Download what an environment runs, once (LocalStack: 500 MB). No start ever downloads anything."""
    found = find_environment(name)
    fetch = getattr(found, "install", None)
    if fetch is None:
        raise UsageProblem(f"'{found.name}' needs no installation.")
    show_text(f"{found.name} is installed in {fetch(progress)}")


def chosen_environment(reference: str, allow_endpoint: bool) -> Environment:
    """The environment that the options name; UsageProblem when they name a URL and do not allow it."""
    name, _, url = reference.partition("@")
    if url and not allow_endpoint:
        raise UsageProblem(
            f"the calls of a lab would go to {url[:200]}. If that is an emulator, and no account of anybody's, "
            f"say so: --environment {name}@{url[:200]} --allow-endpoint."
        )
    return find_environment(reference)
