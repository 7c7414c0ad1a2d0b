"""IP sets and regex pattern sets."""

import ipaddress
from typing import Any

from .statements import check_regex
from .store import (
    WafCall,
    drop,
    find,
    given,
    listed,
    make,
    refuse_while_referred,
    replace,
    service,
    too_many,
    unlocked,
    wrong,
)

MAX_ADDRESSES = 10_000
MAX_PATTERNS = 10


@service.operation
def create_ip_set(call: WafCall) -> dict[str, Any]:
    """Address ranges for rules to refer to."""
    settings = given(call, ("Description", "IPAddressVersion", "Addresses"))
    _check_addresses(call.input["Addresses"], call.input["IPAddressVersion"])
    return {"Summary": make(call, "ipset", settings).summary()}


@service.operation
def get_ip_set(call: WafCall) -> dict[str, Any]:
    """One IP set with its lock token."""
    item = find(call, "ipset")
    return {"IPSet": item.detail(), "LockToken": item.lock}


@service.operation
def list_ip_sets(call: WafCall) -> dict[str, Any]:
    """The IP sets of a scope."""
    return {"IPSets": listed(call, "ipset")}


@service.operation
def update_ip_set(call: WafCall) -> dict[str, Any]:
    """Replace the addresses."""
    item = unlocked(call, "ipset")
    version = item.settings["IPAddressVersion"]
    _check_addresses(call.input["Addresses"], version)
    return replace(item, given(call, ("Description", "Addresses")) | {"IPAddressVersion": version})


@service.operation
def delete_ip_set(call: WafCall) -> None:
    """Forget an IP set that no rule refers to."""
    item = unlocked(call, "ipset")
    refuse_while_referred(call, item)
    drop(call, item)


def _check_addresses(addresses: list[str], version: str) -> None:
    if len(addresses) > MAX_ADDRESSES:
        raise too_many("addresses of an IP set")
    for address in addresses:
        try:
            network = ipaddress.ip_network(address, strict=False)
        except ValueError:
            network = None
        if network is None or f"IPV{network.version}" != version or "/" not in address or network.prefixlen == 0:
            raise wrong("The parameter contains formatting that is not valid.", "IP_ADDRESS", address)


@service.operation
def create_regex_pattern_set(call: WafCall) -> dict[str, Any]:
    """Regular expressions for rules to refer to."""
    settings = given(call, ("Description", "RegularExpressionList"))
    _check_patterns(call)
    return {"Summary": make(call, "regexpatternset", settings).summary()}


@service.operation
def get_regex_pattern_set(call: WafCall) -> dict[str, Any]:
    """One regex pattern set with its lock token."""
    item = find(call, "regexpatternset")
    return {"RegexPatternSet": item.detail(), "LockToken": item.lock}


@service.operation
def list_regex_pattern_sets(call: WafCall) -> dict[str, Any]:
    """The regex pattern sets of a scope."""
    return {"RegexPatternSets": listed(call, "regexpatternset")}


@service.operation
def update_regex_pattern_set(call: WafCall) -> dict[str, Any]:
    """Replace the expressions."""
    item = unlocked(call, "regexpatternset")
    _check_patterns(call)
    return replace(item, given(call, ("Description", "RegularExpressionList")))


@service.operation
def delete_regex_pattern_set(call: WafCall) -> None:
    """Forget a regex pattern set that no rule refers to."""
    item = unlocked(call, "regexpatternset")
    refuse_while_referred(call, item)
    drop(call, item)


def _check_patterns(call: WafCall) -> None:
    patterns = call.input["RegularExpressionList"]
    if len(patterns) > MAX_PATTERNS:
        raise too_many("expressions of a regex pattern set")
    for pattern in patterns:
        check_regex(pattern.get("RegexString", ""), "REGEX_PATTERN_SET")
