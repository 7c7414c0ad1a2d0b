"""Whether a VPC's queries pass when DNS Firewall gives no answer.

Source: Amazon Route 53 API Reference, UpdateFirewallConfig, GetFirewallConfig.
"""

import hashlib
from typing import Any

from .state import ResolverCall, existing_vpc, service


@service.operation
def update_firewall_config(call: ResolverCall) -> dict[str, Any]:
    """Fail open, or closed."""
    config = _config(call) | {"FirewallFailOpen": call.input["FirewallFailOpen"]}
    call.state.firewall_configs[call.input["ResourceId"]] = config
    return {"FirewallConfig": config}


@service.operation
def get_firewall_config(call: ResolverCall) -> dict[str, Any]:
    """The VPC's setting: closed, unless another was made."""
    return {"FirewallConfig": _config(call)}


@service.operation
def list_firewall_configs(call: ResolverCall) -> dict[str, Any]:
    """The settings that were made."""
    return {"FirewallConfigs": list(call.state.firewall_configs.values())}


def _config(call: ResolverCall) -> dict[str, Any]:
    vpc = call.input["ResourceId"]
    existing_vpc(call, vpc)
    digits = hashlib.sha256(f"{call.account} {vpc}".encode()).hexdigest()[:17]
    default = {
        "Id": f"rslvr-fc-{digits}",
        "ResourceId": vpc,
        "OwnerId": call.account,
        "FirewallFailOpen": "DISABLED",
    }
    return call.state.firewall_configs.get(vpc, default)
