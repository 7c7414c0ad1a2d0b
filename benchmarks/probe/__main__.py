"""Run every step through the front of a live attempt, and count per service what is missing, lost or accepted.

`python -m benchmarks.probe [TOPIC ...] [--all]`: topics are the files of this folder; --all lists every step that is
not as it should be.
"""

import importlib
import pkgutil
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from rich.console import Console
from rich.table import Table

from hardenlab.attempt.client import Endpoint, ensure_running, stop
from hardenlab.attempt.workspace import Workspace

from . import __path__ as folder
from .probe import ACCEPTED, LOST, MISSING, OK, REFUSED, SETTINGS, UNEXPECTED, MakeClient, Probe, Step

COURSE = Path(__file__).parents[2] / "tests" / "courses" / "tiny"
SECTION = "l1-tiny/1-groups"
TOPICS = sorted(one.name for one in pkgutil.iter_modules(folder) if one.name not in ("__main__", "probe"))
COLUMNS = (MISSING, LOST, ACCEPTED, UNEXPECTED)


def run(topics: list[str]) -> list[Step]:
    """The steps of these topics, each topic in a fresh account."""
    steps: list[Step] = []
    for topic in topics:
        with tempfile.TemporaryDirectory() as root:
            workspace = Workspace(Path(root))
            workspace.create(COURSE, "moto")
            endpoint = ensure_running(workspace, SECTION)
            probe = Probe(maker(endpoint))
            try:
                importlib.import_module(f"{__package__}.{topic}").steps(probe)
            except Exception:
                last = traceback.format_exc().strip().splitlines()
                probe.steps.append(Step(topic, "the probe itself", last[-1], UNEXPECTED, " ".join(last[-3:-1])))
            finally:
                stop(workspace, SECTION)
            steps += probe.steps
    return steps


def maker(endpoint: Endpoint) -> MakeClient:
    """boto3 clients of the learner, or of another key, for a live attempt."""

    def make(service: str, region: str, key: tuple[str, str] | None, token: str | None) -> Any:
        access_key, secret = key or (endpoint.access_key, endpoint.secret)
        settings = SETTINGS | ({"signature_version": "s3v4"} if service == "s3" else {})
        return boto3.client(
            service, region_name=region, endpoint_url=endpoint.url, aws_access_key_id=access_key,
            aws_secret_access_key=secret, aws_session_token=token, config=Config(**settings),
        )  # fmt: skip

    return make


def report(steps: list[Step], console: Console, *, every: bool) -> None:
    """A row a service, and what is wrong step by step if asked."""
    table = Table("service", "steps", OK, REFUSED, *COLUMNS)
    counts = {service: Counter(step.came for step in steps if step.service == service) for service in
              sorted({step.service for step in steps})}  # fmt: skip
    for service, count in counts.items():
        table.add_row(service, str(count.total()), *(str(count[name]) for name in (OK, REFUSED, *COLUMNS)))
    total = sum(counts.values(), Counter())
    table.add_section()
    table.add_row("all", str(total.total()), *(str(total[name]) for name in (OK, REFUSED, *COLUMNS)))
    console.print(table)
    for step in steps if every else ():
        if step.came in COLUMNS:
            console.print(f"{step.service}: {step.came}: {step.capability}: {step.label}  {step.detail}", markup=False)


def main() -> None:
    asked = [one for one in sys.argv[1:] if not one.startswith("-")]
    unknown = set(asked) - set(TOPICS)
    if unknown:
        sys.exit(f"There is no topic {', '.join(sorted(unknown))}. Topics: {', '.join(TOPICS)}.")
    report(run(asked or TOPICS), Console(width=200), every="--all" in sys.argv)


if __name__ == "__main__":
    main()
