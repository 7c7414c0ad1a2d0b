"""Why a request is allowed, who can become administrator, and what is public."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hardenlab.cli.explain.shared import (
    AsJson,
    AsMermaid,
    Section,
    judging,
    live_account,
    read_document,
    read_documents,
    read_json,
    show,
)
from hardenlab.cli.output import plain, show_json, show_text
from hardenlab.model.problem import UsageProblem

if TYPE_CHECKING:
    from hardenlab.semantics.explanation import Explanation
    from hardenlab.semantics.iam import Principal
    from hardenlab.semantics.iam.model import PolicyKind


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
        identity=read_documents(policy),
        resource=read_document(resource_policy),
        boundary=read_document(boundary),
        scps=[[document] for document in read_documents(scp)],
        rcps=[[document] for document in read_documents(rcp)],
        session=read_documents(session_policy),
        vpc_endpoint=read_document(vpc_endpoint_policy),
    )
    with judging():
        caller = _principal(principal)
        known = principal_context(caller) if caller.kind != "anonymous" else {}
        if section is not None:
            from hardenlab.assess.read_request import read_request

            with live_account(context, section) as (clients, owner):
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
    show(told, as_json, as_mermaid)


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
    from hardenlab.semantics.iam.escalation import find_escalations

    workloads: list[Any] = []
    if section is not None:
        from hardenlab.assess.read_escalation import read_workloads
        from hardenlab.assess.read_principals import ALL_DETAILS, account_details

        with live_account(context, section) as (clients, _):
            found, workloads = account_details(clients("iam"), ALL_DETAILS), read_workloads(clients)
    elif details is not None:
        found = read_json(details)
    else:
        raise UsageProblem("name a section, or a file of account details with --details.")
    with judging():
        report = find_escalations(found, workloads=workloads)
    told = [one.explain() for one in report.escalations if principal in (None, one.principal)]
    unclear = {arn: why for arn, why in report.unjudged.items() if principal in (None, arn)}
    if as_json:
        administrators = [arn for arn in report.administrators if principal in (None, arn)]
        whole = {"administrators": administrators, "escalations": [one.as_json() for one in told], "unjudged": unclear}
        show_json(whole)
        return
    for one in told:
        show(one, False, as_mermaid)
    for arn, why in unclear.items():
        show_text(plain(f"{arn} cannot be judged: {why}."))
    if not told and not unclear:
        show_text("Nobody who is no administrator can become one by a known method.")


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
    if resource is None:
        raise UsageProblem("name the resource by its ARN, such as arn:aws:s3:::my-bucket.")
    with judging():
        told = _public(context, resource, section, policy)
    show(told, as_json, as_mermaid)


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
        document = read_document(policy)
        verdict = bucket_policy_is_public(document) if service == "s3" else resource_policy_is_public(document, service)
        return verdict.explain()
    with live_account(context, section) as (clients, account):
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


def _names(paths: list[Path] | None) -> list[str]:
    return [path.name for path in paths or ()]
