"""Whether a packet arrives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hardenlab.cli.explain.shared import AsJson, AsMermaid, Section, judging, live_account, read_json, show
from hardenlab.model.problem import UsageProblem, nearest

if TYPE_CHECKING:
    from hardenlab.semantics.network import Network


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
        with judging():
            start, end = _end(model, source), _end(model, to)
            if rules and hasattr(end, "interfaces"):
                told = model.inlets(end, start, port, protocol).explain()
            elif rules:
                raise UsageProblem("--rules tells of an instance, a load balancer or an endpoint; name one with --to.")
            else:
                told = model.answer(
                    source=start, to=end, port=port, protocol=protocol, family=family, domain=domain
                ).explain()
    except ValueError as error:  # what is no address, protocol or port
        raise UsageProblem(f"{error}.") from None
    show(told, as_json, as_mermaid)


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
    from hardenlab.semantics.reading import Malformed

    if section is not None:
        from hardenlab.semantics.network.read_calls import read_network

        with live_account(context, section) as (clients, _):
            return read_network(clients)
    if documents is None:
        raise UsageProblem("name a section, or a file of describe results with --documents.")
    found = read_json(documents)
    lists = {name: items for name, items in found.items() if isinstance(items, list)} if isinstance(found, dict) else {}
    try:
        return Network.from_describe(lists)
    except Malformed as error:
        raise UsageProblem(f"{documents} cannot be read: {error}.") from None
