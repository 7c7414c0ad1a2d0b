"""Keys of the JavaScript integration: which domains may use it."""

from typing import Any

from ...extend.call import alphanumeric
from .store import WafCall, nonexistent, scope_of, service, wrong

MAX_DOMAINS = 5


@service.operation
def create_api_key(call: WafCall) -> dict[str, Any]:
    """A key for up to five domains."""
    scope, domains = scope_of(call), call.input["TokenDomains"]
    if len(domains) > MAX_DOMAINS:
        raise wrong(f"A key is for at most {MAX_DOMAINS} domains.", "TOKEN_DOMAIN", domains[-1])
    key = alphanumeric(88)
    call.state.api_keys[f"{scope}/{key}"] = {"TokenDomains": domains, "CreationTimestamp": call.now}
    return {"APIKey": key}


@service.operation
def list_api_keys(call: WafCall) -> dict[str, Any]:
    """The keys of a scope."""
    scope = scope_of(call)
    rows = [
        {"APIKey": name.partition("/")[2], "Version": 1} | row
        for name, row in call.state.api_keys.items()
        if name.startswith(f"{scope}/")
    ]
    return {"APIKeySummaries": rows}


@service.operation
def get_decrypted_api_key(call: WafCall) -> dict[str, Any]:
    """What a key stands for."""
    return call.state.api_keys[_key(call)]


@service.operation
def delete_api_key(call: WafCall) -> None:
    """The key is good no more."""
    del call.state.api_keys[_key(call)]


def _key(call: WafCall) -> str:
    name = f"{scope_of(call)}/{call.input['APIKey']}"
    if name not in call.state.api_keys:
        raise nonexistent()
    return name
