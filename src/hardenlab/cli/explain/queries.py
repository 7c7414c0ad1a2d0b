"""What a web ACL makes of a request, and a VPC's resolver of a query."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hardenlab.cli.explain.shared import (
    AsJson,
    AsMermaid,
    InSection,
    judging,
    live_account,
    read_bytes,
    read_json,
    show,
)
from hardenlab.model.problem import UsageProblem


def web_acl(
    context: typer.Context,
    ip: Annotated[str, typer.Option(help="The address that the request comes from.")],
    target: Annotated[str, typer.Argument(help="Path and query string, such as /login?user=ann.")] = "/",
    section: InSection = None,
    resource: Annotated[
        str | None, typer.Option(help="With --section: the ARN of the load balancer behind the web ACL.")
    ] = None,
    documents: Annotated[
        Path | None, typer.Option(help="A JSON file of WebACL and, if it refers to any, IPSets, RegexPatternSets, ...")
    ] = None,
    method: Annotated[str, typer.Option(help="The method.")] = "GET",
    header: Annotated[list[str] | None, typer.Option(help="A header, such as 'User-Agent: curl'; repeated.")] = None,
    body: Annotated[Path | None, typer.Option(help="A file with the body.")] = None,
    country: Annotated[str | None, typer.Option(help="The country of the address, such as DE.")] = None,
    as_json: AsJson = False,
    as_mermaid: AsMermaid = False,
) -> None:
    """Explain what AWS WAF makes of a web request, and which rule decides."""
    from hardenlab.semantics.web_acl import WebAcl, WebRequest, decide

    content = b"" if body is None else read_bytes(body)
    with judging():
        request = WebRequest(ip, target, method, tuple(_header(one) for one in header or ()), content, country=country)
        if section is not None and resource is not None:
            from hardenlab.assess.read_web_acl import Web

            with live_account(context, section) as (clients, _):
                web = Web(clients("wafv2"), resource)
                if web.document is None:
                    raise UsageProblem("no web ACL stands before this resource, so every request reaches it.")
                acl = web.acl
        elif section is None and documents is not None:
            acl = WebAcl.read(read_json(documents))
        else:
            raise UsageProblem("name a section and --resource, or a file of documents with --documents.")
        told = decide(request, acl).explain()
    show(told, as_json, as_mermaid)


def dns(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The name that is asked for.")],
    section: InSection = None,
    vpc: Annotated[str | None, typer.Option(help="The VPC that asks, where the firewall is of several.")] = None,
    documents: Annotated[
        Path | None, typer.Option(help="A JSON file of FirewallDomainLists, FirewallRuleGroups, ...Associations.")
    ] = None,
    kind: Annotated[str, typer.Option("--type", help="The query type: A, AAAA, TXT, TYPE28, ...")] = "A",
    redirection: Annotated[
        list[str] | None, typer.Option(help="A name that the answer redirects to by CNAME; repeated, in order.")
    ] = None,
    as_json: AsJson = False,
    as_mermaid: AsMermaid = False,
) -> None:
    """Explain what DNS Firewall makes of a query, and which rule decides."""
    from hardenlab.semantics.dns_firewall import Firewall, Query, decide

    firewall: Any
    with judging():
        if section is not None and vpc is not None:
            from hardenlab.assess.read_dns import Dns

            with live_account(context, section) as (clients, _):
                firewall = Dns(clients).firewall(vpc)
        elif section is None and documents is not None:
            firewall = Firewall.read(read_json(documents), vpc=vpc)
        else:
            raise UsageProblem("name a section and --vpc, or a file of documents with --documents.")
        told = decide(Query(name, kind, tuple(redirection or ())), firewall).explain()
    show(told, as_json, as_mermaid)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise UsageProblem(f"'{text[:80]}' is no header; write 'User-Agent: curl'.")
    return name.strip(), value.strip()
