"""`hardenlab explain`: why a request is allowed, a packet arrives, something is public, a schedule or pattern matches.

Each command works on documents in files, or on the live account of a section.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from hardenlab.cli.output import plain, show_json, show_text
from hardenlab.model.problem import Problem, UsageProblem, nearest
from hardenlab.semantics.reading import Malformed
from hardenlab.semantics.unjudged import Unjudged

if TYPE_CHECKING:
    from hardenlab.semantics.explanation import Explanation
    from hardenlab.semantics.iam import Principal
    from hardenlab.semantics.iam.model import PolicyKind
    from hardenlab.semantics.network import Network

MAX_FILE = 20_000_000

app = typer.Typer(help="Explain a verdict: why a request is allowed, a packet arrives, something is public.")

Section = Annotated[
    str | None, typer.Argument(help="Ask the live account of this section. Default: the documents named by options.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for another program.")]
AsMermaid = Annotated[bool, typer.Option("--mermaid", help="Print a picture for a Markdown cell.")]


class NotJudged(Problem):
    """The evaluator cannot judge the question."""


def register(parent: typer.Typer) -> None:
    """Add these commands."""
    parent.add_typer(app, name="explain")


@app.command()
def iam(
    context: typer.Context,
    principal: Annotated[str, typer.Option(help="Who asks: an ARN, a service's name, or anonymous.")],
    action: Annotated[str, typer.Option(help="What is asked, such as s3:GetObject.")],
    section: Section = None,
    resource: Annotated[str, typer.Option(help="Of which resource: its ARN, or * for none in particular.")] = "*",
    account: Annotated[
        str | None, typer.Option(help="The account that owns the resource, if its ARN has none.")
    ] = None,
    given: Annotated[
        list[str] | None, typer.Option("--context", help="A condition key of the request: aws:SourceIp=203.0.113.9.")
    ] = None,
    policy: Annotated[list[Path] | None, typer.Option(help="A policy of the principal; may be repeated.")] = None,
    resource_policy: Annotated[Path | None, typer.Option(help="The policy on the resource.")] = None,
    boundary: Annotated[Path | None, typer.Option(help="The permissions boundary.")] = None,
    session_policy: Annotated[list[Path] | None, typer.Option(help="A session policy; may be repeated.")] = None,
    scp: Annotated[
        list[Path] | None, typer.Option(help="A service control policy, one a level from the root down; repeated.")
    ] = None,
    rcp: Annotated[list[Path] | None, typer.Option(help="A resource control policy, one a level; repeated.")] = None,
    vpc_endpoint_policy: Annotated[Path | None, typer.Option(help="The policy of the VPC endpoint used.")] = None,
    as_json: AsJson = False,
    as_mermaid: AsMermaid = False,
) -> None:
    """Explain whether a request is allowed, and by which statement."""
    from hardenlab.semantics.iam import CannotJudge, Policies, Request, explain, principal_context

    policies = Policies(
        identity=_documents(policy),
        resource=_document(resource_policy),
        boundary=_document(boundary),
        scps=[[document] for document in _documents(scp)],
        rcps=[[document] for document in _documents(rcp)],
        session=_documents(session_policy),
        vpc_endpoint=_document(vpc_endpoint_policy),
    )
    try:
        caller = _principal(principal)
        known = principal_context(caller) if caller.kind != "anonymous" else {}
        if section is not None:
            from hardenlab.assess.read_request import read_request

            with _clients(context, section) as (clients, owner):
                found = read_request(clients, caller, resource, owner)
                if caller.kind in ("user", "role-session") and not (found.unique_id or policy):
                    raise CannotJudge(f"{caller} is of another account: give its policies with --policy")
            policies, account = found.beside(policies), account or owner
            if caller.kind != "anonymous":
                known = principal_context(
                    caller, unique_id=found.unique_id, tags=found.tags, organization=found.organization
                )
        owns = account or caller.account
        request = Request(caller, action, resource, owns, known | dict(_context(given)))
        sources: dict[PolicyKind, list[str]] = {"session": _names(session_policy)}
        if section is None:
            sources["identity"] = _names(policy)
        told = explain(request, policies, sources)
    except CannotJudge as doubt:
        raise NotJudged(f"this cannot be judged: {doubt.reason}.") from None
    _show(told, as_json, as_mermaid)


@app.command()
def escalation(
    context: typer.Context,
    section: Section = None,
    principal: Annotated[str | None, typer.Option(help="The ARN of one user or role. Default: all of them.")] = None,
    details: Annotated[
        Path | None, typer.Option(help="A JSON file of aws iam get-account-authorization-details.")
    ] = None,
    as_json: AsJson = False,
    as_mermaid: AsMermaid = False,
) -> None:
    """Explain which users and roles can become administrator, and how."""
    from hardenlab.semantics.iam import CannotJudge
    from hardenlab.semantics.iam.escalation import find_escalations

    workloads: list[Any] = []
    if section is not None:
        from hardenlab.assess.read_escalation import read_workloads
        from hardenlab.assess.read_principals import ALL_DETAILS, account_details

        with _clients(context, section) as (clients, _):
            found, workloads = account_details(clients("iam"), ALL_DETAILS), read_workloads(clients)
    elif details is not None:
        found = _json(details)
    else:
        raise UsageProblem("name a section, or a file of account details with --details.")
    try:
        report = find_escalations(found, workloads=workloads)
    except (CannotJudge, KeyError, TypeError, AttributeError) as error:
        raise NotJudged(f"these are no account details: {type(error).__name__} {error}.") from None
    told = [one.explain() for one in report.escalations if principal in (None, one.principal)]
    unclear = {arn: why for arn, why in report.unjudged.items() if principal in (None, arn)}
    if as_json:
        administrators = [arn for arn in report.administrators if principal in (None, arn)]
        whole = {"administrators": administrators, "escalations": [one.as_json() for one in told], "unjudged": unclear}
        show_json(whole)
        return
    for one in told:
        _show(one, False, as_mermaid)
    for arn, why in unclear.items():
        show_text(plain(f"{arn} cannot be judged: {why}."))
    if not told and not unclear:
        show_text("Nobody who is no administrator can become one by a known method.")


@app.command()
def network(
    context: typer.Context,
    source: Annotated[str, typer.Option("--from", help="internet, an address, a range, or an instance's name or id.")],
    to: Annotated[str, typer.Option(help="An instance or load balancer by name or id, an address, or internet.")],
    section: Section = None,
    port: Annotated[int | None, typer.Option(help="The port; default: any that is open.", min=0, max=65535)] = None,
    protocol: Annotated[str, typer.Option(help="tcp, udp, icmp, or a number.")] = "tcp",
    family: Annotated[str, typer.Option(help="ipv4, ipv6, or any.")] = "any",
    domain: Annotated[
        str | None, typer.Option(help="The name asked for in TLS or HTTP, where a firewall looks.")
    ] = None,
    rules: Annotated[
        bool, typer.Option("--rules", help="Tell the rules of the target that let it in instead.")
    ] = False,
    documents: Annotated[
        Path | None, typer.Option(help="A JSON file of describe results by list: Vpcs, Subnets, RouteTables, ...")
    ] = None,
    as_json: AsJson = False,
    as_mermaid: AsMermaid = False,
) -> None:
    """Explain whether a packet arrives, hop by hop, and what stops it if not."""
    model = _network(context, section, documents)
    if family not in ("ipv4", "ipv6", "any"):
        raise UsageProblem(f"'{family}' is no family of addresses: use ipv4, ipv6 or any.")
    try:
        start, end = _end(model, source), _end(model, to)
        if rules and hasattr(end, "interfaces"):
            told = model.inlets(end, start, port, protocol).explain()
        elif rules:
            raise UsageProblem("--rules tells of an instance, a load balancer or an endpoint; name one with --to.")
        else:
            told = model.answer(
                source=start, to=end, port=port, protocol=protocol, family=family, domain=domain
            ).explain()
    except Unjudged as doubt:
        raise NotJudged(f"this cannot be judged: {doubt.reason}.") from None
    except ValueError as error:
        raise UsageProblem(f"{error}.") from None
    _show(told, as_json, as_mermaid)


@app.command()
def public(
    context: typer.Context,
    resource: Annotated[
        str | None, typer.Argument(help="The resource's ARN; of a section's account or of none.")
    ] = None,
    section: Annotated[str | None, typer.Option(help="Ask the live account of this section.")] = None,
    policy: Annotated[Path | None, typer.Option(help="The resource's policy, where no section is asked.")] = None,
    as_json: AsJson = False,
    as_mermaid: AsMermaid = False,
) -> None:
    """Explain whether anybody at all reaches a bucket, topic, queue, key, secret or function."""
    from hardenlab.semantics.iam import CannotJudge

    if resource is None:
        raise UsageProblem("name the resource by its ARN, such as arn:aws:s3:::my-bucket.")
    try:
        told = _public(context, resource, section, policy)
    except CannotJudge as doubt:
        raise NotJudged(f"this cannot be judged: {doubt.reason}.") from None
    _show(told, as_json, as_mermaid)


@app.command()
def schedule(
    expression: Annotated[str, typer.Argument(help="Such as 'cron(0 2 * * ? *)' or 'rate(5 minutes)'.")],
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
    dialect: Any = of or ("events" if zone == "UTC" and not expression.startswith("at(") else "scheduler")
    if dialect not in get_args(Dialect):
        raise UsageProblem(f"--of takes {', '.join(get_args(Dialect))}, not '{dialect[:40]}'.")
    try:
        told = explain(read_schedule(expression, dialect, zone, offset), moment, count, start=moment)
    except Malformed as error:
        raise UsageProblem(f"AWS would refuse this: {error}.") from None
    except Unjudged as doubt:
        raise NotJudged(f"this cannot be judged: {doubt.reason}.") from None
    _show(told, as_json, as_mermaid)


@app.command()
def pattern(
    text: Annotated[str, typer.Argument(help="A filter pattern of CloudWatch Logs, or an event pattern (JSON).")],
    event: Annotated[Path, typer.Option(help="A file with one event: a log line, or JSON.")],
    as_json: AsJson = False,
    as_mermaid: AsMermaid = False,
) -> None:
    """Explain whether a pattern matches an event, and which term, condition or field decides."""
    from hardenlab.semantics.event_patterns import EventPattern
    from hardenlab.semantics.log_patterns import FilterPattern, Misplaced

    line = _text(event).rstrip("\r\n")
    try:
        kind = (
            EventPattern if text.lstrip()[:1] == "{" and text.lstrip()[1:].lstrip()[:1] in ('"', "}") else FilterPattern
        )
        told = kind.read(text).decide(line).explain()
    except Misplaced as error:
        raise UsageProblem(f"AWS would refuse this: {error}.\n{error.picture}") from None
    except Malformed as error:
        raise UsageProblem(f"AWS would refuse this: {error}.") from None
    except Unjudged as doubt:
        raise NotJudged(f"this cannot be judged: {doubt.reason}.") from None
    _show(told, as_json, as_mermaid)


def _show(told: Explanation, as_json: bool, as_mermaid: bool) -> None:
    if as_json:
        show_json(told.as_json())
    elif as_mermaid:
        if told.picture is None:
            raise UsageProblem("there is no picture of this answer; leave --mermaid away.")
        show_text(told.picture.markdown)
    else:
        show_text(plain(f"{told.sentence}."))


def _public(context: typer.Context, arn: str, section: str | None, policy: Path | None) -> Explanation:
    from hardenlab.semantics.iam import CannotJudge
    from hardenlab.semantics.public import (
        bucket_policy_is_public,
        public_witness,
        resource_policy_is_public,
        resource_witness,
    )

    parts = arn.split(":", 5)
    if len(parts) < 6:
        raise UsageProblem(f"'{arn[:120]}' is not an ARN; one is arn:aws:s3:::my-bucket.")
    service = parts[2]
    if section is None:
        document = _document(policy)
        verdict = bucket_policy_is_public(document) if service == "s3" else resource_policy_is_public(document, service)
        return verdict.explain()
    with _clients(context, section) as (clients, account):
        if service == "s3":
            from hardenlab.assess.read_buckets import read_bucket

            bucket = read_bucket(clients, account, parts[5].partition("/")[0])
            witness = public_witness(bucket)
            if witness is not None:
                return witness.explain()
            from hardenlab.semantics.public import bucket_is_public

            return bucket_is_public(
                bucket.policy, bucket.acl, bucket.bucket_bpa, bucket.account_bpa, bucket.ownership
            ).explain()
        from hardenlab.assess.read_resource_policy import READERS, read_resource_policy

        if service not in READERS:
            raise CannotJudge(f"resources of {service} are not read here")
        document = read_resource_policy(clients, arn)
        request = resource_witness(arn, document, account=account)
        return request.explain() if request else resource_policy_is_public(document, service).explain()


def _principal(text: str) -> Principal:
    from hardenlab.semantics.iam import Principal

    if text == "anonymous":
        return Principal.anonymous()
    if not text.startswith("arn:") and text.endswith((".amazonaws.com", ".amazon.com")):
        return Principal.aws_service(text)
    parts = text.split(":", 5)
    if len(parts) < 6:
        raise UsageProblem(
            f"'{text[:120]}' is no principal: give an ARN, a service such as ec2.amazonaws.com, or anonymous."
        )
    kind, _, name = parts[5].partition("/")
    if kind == "root":
        return Principal.root(parts[4], partition=parts[1])
    if kind == "role":
        session = f"arn:{parts[1]}:sts::{parts[4]}:assumed-role/{name.rpartition('/')[2]}/session"
        return Principal.role_session(session, text)
    if kind == "assumed-role":
        return Principal.role_session(text)
    if kind == "user":
        return Principal.user(text)
    raise UsageProblem(f"'{text[:120]}' is not the ARN of a user, a role, a session or the root user.")


def _context(given: list[str] | None) -> Iterator[tuple[str, Any]]:
    values: dict[str, list[str]] = {}
    for pair in given or ():
        key, equals, value = pair.partition("=")
        if not equals or ":" not in key:
            raise UsageProblem(f"'{pair[:80]}' is no condition key with a value; write aws:SourceIp=203.0.113.9.")
        values.setdefault(key, []).append(value)
    for key, several in values.items():
        yield key, several if len(several) > 1 else several[0]


def _end(model: Network, text: str) -> Any:
    """The end of a path that the text names: an id or a name before an address."""
    from hardenlab.semantics.network import INTERNET

    if text == "internet":
        return INTERNET
    kinds: tuple[Any, ...] = (model.instances, model.load_balancers, model.endpoints, model.subnets)
    for kind in kinds:
        found = kind.get(text) or next(iter(kind.all_named(text)), None)
        if found is not None:
            return found
    if text[:1].isdigit() or ":" in text:
        return text
    known = {one.name or one.id for one in model.instances} | {"internet"}
    raise UsageProblem(f"nothing is named '{text[:80]}' here.{nearest(text, known)}")


def _network(context: typer.Context, section: str | None, documents: Path | None) -> Network:
    from hardenlab.semantics.network import Network

    if section is not None:
        from hardenlab.semantics.network.read_calls import read_network

        with _clients(context, section) as (clients, _):
            return read_network(clients)
    if documents is None:
        raise UsageProblem("name a section, or a file of describe results with --documents.")
    found = _json(documents)
    lists = {name: items for name, items in found.items() if isinstance(items, list)} if isinstance(found, dict) else {}
    try:
        return Network.from_describe(lists)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageProblem(f"{documents} does not hold describe results: {type(error).__name__} {error}.") from None


@contextmanager
def _clients(context: typer.Context, section: str) -> Iterator[tuple[Callable[..., Any], str]]:
    """boto3 clients of the section's live account, or of a member account of its organization, as administrator.

    And the account's id.
    """
    import boto3
    from botocore.config import Config
    from botocore.exceptions import ClientError

    from hardenlab.cli.learner import Attempt

    with Attempt(context.obj, section) as endpoint:
        config = Config(inject_host_prefix=False, retries={"max_attempts": 0}, s3={"addressing_style": "path"})
        sessions = {endpoint.account: boto3.Session(endpoint.access_key, endpoint.secret, region_name=endpoint.region)}

        def client(service: str, account: str | None = None) -> Any:
            account = account or endpoint.account
            if account not in sessions:
                role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
                keys = client("sts").assume_role(RoleArn=role, RoleSessionName="explain")["Credentials"]
                sessions[account] = boto3.Session(
                    keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name=endpoint.region
                )
            return sessions[account].client(service, endpoint_url=endpoint.url, config=config)

        try:
            yield client, endpoint.account
        except ClientError as error:
            told = error.response["Error"].get("Message", "nothing more")
            raise NotJudged(f"the account does not tell what decides this: {told.rstrip('.')}.") from None


def _names(paths: list[Path] | None) -> list[str]:
    return [path.name for path in paths or ()]


def _documents(paths: list[Path] | None) -> list[Any]:
    return [_json(path) for path in paths or ()]


def _document(path: Path | None) -> Any:
    return None if path is None else _json(path)


def _json(path: Path) -> Any:
    try:
        return json.loads(_text(path))
    except (json.JSONDecodeError, RecursionError) as error:
        raise UsageProblem(f"{path} is not JSON: {error}.") from None


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE:
            raise UsageProblem(f"{path} has more than {MAX_FILE} bytes; name a smaller file.")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(f"{path} cannot be read: {error}.") from None
