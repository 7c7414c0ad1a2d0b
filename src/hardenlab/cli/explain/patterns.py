"""Whether a pattern matches an event, and when a schedule fires."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from hardenlab.cli.explain.shared import AsJson, AsMermaid, InSection, judging, live_account, one_named, read_text, show
from hardenlab.model.problem import UsageProblem

if TYPE_CHECKING:
    from hardenlab.assess.read_event_rules import EventRule

Rule = Annotated[str | None, typer.Option(help="With --section: the EventBridge rule of this name.")]
Bus = Annotated[str, typer.Option(help="With --rule: its event bus.")]


def pattern(
    context: typer.Context,
    text: Annotated[
        str | None, typer.Argument(help="A filter pattern of CloudWatch Logs, or an event pattern (JSON).")
    ] = None,
    *,
    event: Annotated[Path, typer.Option(help="A file with one event: a log line, or JSON.")],
    section: InSection = None,
    log_group: Annotated[str | None, typer.Option(help="With --section: a metric filter of this log group.")] = None,
    name: Annotated[str | None, typer.Option("--filter", help="With --log-group: the filter, if it has more.")] = None,
    rule: Rule = None,
    bus: Bus = "default",
    as_json: AsJson = False,
    as_mermaid: AsMermaid = False,
) -> None:
    """Explain whether a pattern matches an event, and which term, condition or field decides."""
    from hardenlab.semantics.event_patterns import EventPattern
    from hardenlab.semantics.log_patterns import FilterPattern

    if section is not None and (log_group is None) == (rule is None):
        raise UsageProblem("--section needs --log-group or --rule, one of the two.")
    if (section is None) == (text is None):
        raise UsageProblem("give the pattern, or a section and --log-group or --rule.")
    is_event_pattern = rule is not None
    if section is not None and rule is not None:
        text = _rule(context, section, rule, bus).pattern
        if text is None:
            raise UsageProblem(f"the rule {rule} has a schedule and no event pattern; ask explain schedule.")
    elif section is not None and log_group is not None:
        text = _filter(context, section, log_group, name)
    assert text is not None
    if section is None:
        is_event_pattern = text.lstrip()[:1] == "{" and text.lstrip()[1:].lstrip()[:1] in ('"', "}")
    line = read_text(event).rstrip("\r\n")
    with judging():
        told = (EventPattern if is_event_pattern else FilterPattern).read(text).decide(line).explain()
    show(told, as_json, as_mermaid)


def schedule(
    context: typer.Context,
    expression: Annotated[str | None, typer.Argument(help="Such as 'cron(0 2 * * ? *)' or 'rate(5 minutes)'.")] = None,
    section: InSection = None,
    rule: Rule = None,
    bus: Bus = "default",
    after: Annotated[datetime | None, typer.Option(help="From this moment on (UTC). Default: now.")] = None,
    zone: Annotated[str, typer.Option(help="The time zone of a Scheduler schedule or a maintenance window.")] = "UTC",
    of: Annotated[
        str | None, typer.Option(help="Whose: events, scheduler, maintenance-window or association. Default: guessed.")
    ] = None,
    offset: Annotated[int, typer.Option(help="Days that Systems Manager waits after what cron names.", min=0)] = 0,
    count: Annotated[int, typer.Option(help="How many firings to list.", min=1, max=100)] = 5,
    as_json: AsJson = False,
    as_mermaid: AsMermaid = False,
) -> None:
    """Explain when a schedule fires; a rate counts from the moment that is named."""
    from hardenlab.semantics.schedules import Dialect, explain, read_schedule

    moment = (after or datetime.now(UTC)).replace(tzinfo=UTC)
    if (section is None) != (rule is None) or (section is None) == (expression is None):
        raise UsageProblem("give the expression, or a section and --rule.")
    if section is not None and rule is not None:
        expression, of = _rule(context, section, rule, bus).schedule_expression, "events"
        if expression is None:
            raise UsageProblem(f"the rule {rule} has an event pattern and no schedule; ask explain pattern.")
    assert expression is not None
    dialect: Any = of or ("events" if zone == "UTC" and not expression.startswith("at(") else "scheduler")
    if dialect not in get_args(Dialect):
        raise UsageProblem(f"--of takes {', '.join(get_args(Dialect))}, not '{dialect[:40]}'.")
    with judging():
        told = explain(read_schedule(expression, dialect, zone, offset), moment, count, start=moment)
    show(told, as_json, as_mermaid)


def _rule(context: typer.Context, section: str, name: str, bus: str) -> EventRule:
    from hardenlab.assess.read_event_rules import read_event_rules

    with live_account(context, section) as (clients, _):
        return one_named("rule", name, read_event_rules(clients("events"), bus))


def _filter(context: typer.Context, section: str, group: str, name: str | None) -> str:
    from hardenlab.assess.read_log_filters import read_log_filters

    with live_account(context, section) as (clients, _):
        found = read_log_filters(clients("logs"), group)
    if name is None and len(found) == 1:
        return found[0].text
    return one_named("metric filter", name or "", found).text
