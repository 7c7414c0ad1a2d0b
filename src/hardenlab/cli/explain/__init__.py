"""`hardenlab explain`: the verdict of each evaluator, as a sentence, as JSON and as a picture.

Each command works on documents in files, or on the live account of a section.
"""

import typer

from hardenlab.cli.explain.objects import lifecycle
from hardenlab.cli.explain.packets import network
from hardenlab.cli.explain.patterns import pattern, schedule
from hardenlab.cli.explain.queries import dns, web_acl
from hardenlab.cli.explain.requests import escalation, iam, public


def register(parent: typer.Typer) -> None:
    """Add these commands."""
    app = typer.Typer(help="Explain a verdict: why a request is allowed, a packet arrives, something is public.")
    for command in (iam, escalation, network, public, pattern, schedule, web_acl, dns, lifecycle):
        app.command()(command)
    parent.add_typer(app, name="explain")
