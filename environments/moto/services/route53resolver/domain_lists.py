"""Domain lists of DNS Firewall: one's own, and the ones that AWS manages.

Sources: Amazon Route 53 API Reference, CreateFirewallDomainList, UpdateFirewallDomains, ImportFirewallDomains; Amazon
Route 53 Developer Guide, "Managed Domain Lists" and "Managing your own domain lists".
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from hardenlab.semantics.dns_firewall.names import read_specification
from hardenlab.semantics.reading import Field, Malformed
from moto.s3.models import s3_backends

from ...extend import Refusal
from .state import ResolverCall, deleted, existing, made_before, moment, new_thing, service

MAX_LISTS = 1000
MAX_DOMAINS = 100_000  # of an account, over all lists
MAX_DOMAINS_OF_CALL = 1000
MAX_FILE = 16 * 2**20  # bytes
METADATA = ("Id", "Arn", "Name", "CreatorRequestId", "ManagedOwnerName", "ManagedListType")
S3_URL = re.compile(r"(?:s3://|https://s3[.\w-]*\.amazonaws\.com/)([a-z0-9.-]{3,63})/(.+)")
MANAGED_OWNER = "Route 53 Resolver DNS Firewall"
# AWS's lists, with the ids that they have in us-east-1
MANAGED = {
    "AWSManagedDomainsMalwareDomainList": "rslvr-fdl-2c46f2ecbfec4dcc",
    "AWSManagedDomainsBotnetCommandandControl": "rslvr-fdl-aa970e9eb1ca4777",
    "AWSManagedDomainsAggregateThreatList": "rslvr-fdl-15f4860b1ad54ead",
    "AWSManagedDomainsAmazonGuardDutyThreatList": "rslvr-fdl-984dae9d8bac4e2b",
}


@service.operation
def create_firewall_domain_list(call: ResolverCall) -> dict[str, Any]:
    """A new list, without domains."""
    lists = call.state.domain_lists
    made = made_before(call, lists, "ValidationException")
    if made is None:
        if len(lists) >= MAX_LISTS:
            raise Refusal("LimitExceededException", f"An account has at most {MAX_LISTS} domain lists in a Region.")
        status = {"DomainCount": 0, "Status": "COMPLETE", "StatusMessage": "Created Firewall Domain List"}
        members = {"Name": call.input["Name"], **status, "ModificationTime": moment(call)}
        made = new_thing(call, lists, "rslvr-fdl", "firewall-domain-list", members)
        call.state.domains[made["Id"]] = []
    return {"FirewallDomainList": made}


@service.operation
def get_firewall_domain_list(call: ResolverCall) -> dict[str, Any]:
    """One list, managed or own, without its domains."""
    return {"FirewallDomainList": any_list(call, call.input["FirewallDomainListId"])}


@service.operation
def list_firewall_domain_lists(call: ResolverCall) -> dict[str, Any]:
    """The account's lists, then AWS's."""
    lists = [*call.state.domain_lists.values(), *_managed(call).values()]
    shown = [{name: one[name] for name in METADATA if name in one} for one in lists]
    return {"FirewallDomainLists": shown}


@service.operation
def delete_firewall_domain_list(call: ResolverCall) -> dict[str, Any]:
    """Forget a list that no rule uses."""
    id = _own(call)["Id"]
    if any(rule.get("FirewallDomainListId") == id for rules in call.state.rules.values() for rule in rules):
        raise Refusal("ConflictException", f"The domain list '{id}' is used by a rule: delete the rule first.")
    del call.state.domains[id]
    return {"FirewallDomainList": deleted(call, call.state.domain_lists, id, "Deleting the Firewall Domain List")}


@service.operation
def list_firewall_domains(call: ResolverCall) -> dict[str, Any]:
    """The domains of one's own list; AWS does not show those of its lists."""
    id = any_list(call, call.input["FirewallDomainListId"])["Id"]
    if id in _managed(call):
        raise Refusal("AccessDeniedException", "The domains of a managed domain list can't be viewed.")
    return {"Domains": list(call.state.domains[id])}


@service.operation
def update_firewall_domains(call: ResolverCall) -> dict[str, Any]:
    """Add domains to a list, take them from it, or put them in place of all."""
    one, how = _own(call), call.input["Operation"]
    if len(call.input["Domains"]) > MAX_DOMAINS_OF_CALL:
        raise Refusal("LimitExceededException", f"A request has at most {MAX_DOMAINS_OF_CALL} domains.")
    if how != "REPLACE" and not call.input["Domains"]:
        raise Refusal("ValidationException", "Domains: give at least one domain.")
    try:
        given = _read(call.input["Domains"])
    except Malformed as error:
        raise Refusal("ValidationException", f"{error}") from None
    before = {domain.lower(): domain for domain in call.state.domains[one["Id"]]}
    if how == "REMOVE":
        after = {key: domain for key, domain in before.items() if key not in given}
    else:
        after = (before | given) if how == "ADD" else given
    _keep(call, one, after.values())
    one |= {"Status": "COMPLETE", "StatusMessage": "Finished domain list update"}
    return _under_way(one, "UPDATING", "Updating the Firewall Domain List")


@service.operation
def import_firewall_domains(call: ResolverCall) -> dict[str, Any]:
    """Put the domains of a text file in Amazon S3, one a line, in place of the list's."""
    one = _own(call)
    lines = [line.strip() for line in _file(call).splitlines()]
    try:
        _keep(call, one, _read(line for line in lines if line).values())
        one |= {"Status": "COMPLETE", "StatusMessage": "Finished domain list import"}
    except Malformed as error:
        one |= {"Status": "COMPLETE_IMPORT_FAILED", "StatusMessage": f"The import failed: {error}"[:255]}
    return _under_way(one, "IMPORTING", "Importing domains from provided file.")


def any_list(call: ResolverCall, id: str) -> dict[str, Any]:
    """A list of the account or of AWS."""
    return existing(call.state.domain_lists | _managed(call), id, "domain list")


def _own(call: ResolverCall) -> dict[str, Any]:
    id = call.input["FirewallDomainListId"]
    if id in _managed(call):
        raise Refusal("AccessDeniedException", f"The domain list '{id}' is managed by AWS: you can't change it.")
    return existing(call.state.domain_lists, id, "domain list")


def _managed(call: ResolverCall) -> dict[str, dict[str, Any]]:
    lists = {}
    for name, id in MANAGED.items():
        if call.region != "us-east-1":
            id = f"rslvr-fdl-{hashlib.sha256(f'{call.region} {name}'.encode()).hexdigest()[:16]}"
        lists[id] = {
            "Id": id,
            "Arn": call.arn("route53resolver", f"firewall-domain-list/{id}"),
            "Name": name,
            "CreatorRequestId": name,
            "Status": "COMPLETE",
            "ManagedOwnerName": MANAGED_OWNER,
            "ManagedListType": "THREAT",
        }
    return lists


def _read(domains: Iterable[str]) -> dict[str, str]:
    """The domains as they are kept, by what makes them equal; raises `Malformed`."""
    read = {}
    for number, domain in enumerate(domains, 1):
        key = read_specification(Field(domain, f"domain {number}"))
        read[f"{key}." if key != "*" else key] = f"{domain.removesuffix('.')}." if key != "*" else key
    return read


def _keep(call: ResolverCall, one: dict[str, Any], domains: Iterable[str]) -> None:
    kept = list(domains)
    others = sum(len(some) for id, some in call.state.domains.items() if id != one["Id"])
    if others + len(kept) > MAX_DOMAINS:
        raise Refusal("LimitExceededException", f"An account has at most {MAX_DOMAINS} domains in its domain lists.")
    call.state.domains[one["Id"]] = kept
    one |= {"DomainCount": len(kept), "ModificationTime": moment(call)}


def _under_way(one: dict[str, Any], status: str, message: str) -> dict[str, Any]:
    """AWS answers before it has done it."""
    return {"Id": one["Id"], "Name": one["Name"], "Status": status, "StatusMessage": message}


def _file(call: ResolverCall) -> str:
    url = call.input["DomainFileUrl"]
    match = S3_URL.fullmatch(url)
    if match is None:
        raise Refusal("ValidationException", "DomainFileUrl must name a file in Amazon S3: s3://bucket/key.")
    buckets = s3_backends[call.account]["aws"].buckets
    bucket = buckets.get(match[1])
    key = bucket and bucket.keys.get(match[2])
    if bucket is None or key is None:
        raise Refusal("ValidationException", f"{url[:256]} can't be read: there is no such file in this account.")
    if bucket.region_name != call.region:
        raise Refusal("ValidationException", f"The file must be in an S3 bucket in {call.region}.")
    data: bytes = key.value
    if len(data) > MAX_FILE:
        raise Refusal("LimitExceededException", "The file is too large.")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Refusal("ValidationException", "The file must be a text file with one domain a line.") from None
