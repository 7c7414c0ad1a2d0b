"""What becomes of an object under lifecycle rules."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from hardenlab.cli.explain.shared import AsJson, AsMermaid, InSection, judging, live_account, read_json, show
from hardenlab.model.problem import UsageProblem


def lifecycle(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="The object's key.")],
    day: Annotated[int, typer.Option(help="Days since it was stored, or since it became noncurrent.", min=0)],
    section: InSection = None,
    bucket: Annotated[str | None, typer.Option(help="With --section: the bucket.")] = None,
    rules: Annotated[
        Path | None, typer.Option(help="A JSON file of aws s3api get-bucket-lifecycle-configuration.")
    ] = None,
    versioning: Annotated[str, typer.Option(help="With --rules: Unversioned, Enabled or Suspended.")] = "Unversioned",
    size: Annotated[int | None, typer.Option(help="Bytes. Default: 128 KB, which every transition takes.")] = None,
    storage_class: Annotated[str, typer.Option("--class", help="The storage class that it has now.")] = "STANDARD",
    tag: Annotated[list[str] | None, typer.Option(help="A tag, such as kind=log; repeated.")] = None,
    created: Annotated[datetime | None, typer.Option(help="When it was stored (UTC).")] = None,
    noncurrent_since: Annotated[
        datetime | None, typer.Option(help="When a newer version or a delete marker came (UTC).")
    ] = None,
    newer: Annotated[int, typer.Option(help="How many noncurrent versions are newer than it.", min=0)] = 0,
    as_json: AsJson = False,
    as_mermaid: AsMermaid = False,
) -> None:
    """Explain what has become of an object on a day, and which rules did it."""
    from hardenlab.semantics.lifecycle import Lifecycle, Stored

    known: Any = versioning
    with judging():
        if section is not None and bucket is not None:
            from hardenlab.assess.read_lifecycle import read_lifecycle

            with live_account(context, section) as (clients, _):
                found = read_lifecycle(clients("s3"), bucket)
        elif section is None and rules is not None:
            found = Lifecycle.read(read_json(rules), known)
        else:
            raise UsageProblem("name a section and --bucket, or a file of rules with --rules.")
        more: dict[str, Any] = {"size": size, "created": _utc(created)}
        stored = Stored(
            key,
            tags=dict(_tag(text) for text in tag or ()),
            storage_class=storage_class,
            noncurrent_since=_utc(noncurrent_since),
            newer_noncurrent=newer,
            **{name: value for name, value in more.items() if value is not None},
        )
        told = found.fate(stored, day).explain()
    show(told, as_json, as_mermaid)


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)


def _tag(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise UsageProblem(f"'{text[:80]}' is no tag with a value; write kind=log.")
    return key, value
