"""Commands for instructors: build, grade."""

import typer


def register(app: typer.Typer) -> None:
    """Add these commands."""
