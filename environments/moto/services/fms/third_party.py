"""Firewalls of other vendors: an account can be associated, a subscription of AWS Marketplace there is none."""

from typing import Any

from ...extend import Refusal
from .state import ManagerCall, administered, service


@service.operation
def associate_third_party_firewall(call: ManagerCall) -> dict[str, Any]:
    """Become a tenant of a vendor's firewall service."""
    administered(call)
    call.state.firewalls[call.input["ThirdPartyFirewall"]] = "ONBOARDING"
    return {"ThirdPartyFirewallStatus": "ONBOARDING"}


@service.operation
def disassociate_third_party_firewall(call: ManagerCall) -> dict[str, Any]:
    """Cease to be one."""
    administered(call)
    if call.state.firewalls.pop(call.input["ThirdPartyFirewall"], None) is None:
        raise Refusal("ResourceNotFoundException", "The third-party firewall is not associated.")
    return {"ThirdPartyFirewallStatus": "OFFBOARDING"}


@service.operation
def get_third_party_firewall_association_status(call: ManagerCall) -> dict[str, Any]:
    """How far the association is: never further than the missing subscription."""
    administered(call)
    status = call.state.firewalls.get(call.input["ThirdPartyFirewall"], "NOT_EXIST")
    return {"ThirdPartyFirewallStatus": status, "MarketplaceOnboardingStatus": "NO_SUBSCRIPTION"}


@service.operation
def list_third_party_firewall_firewall_policies(call: ManagerCall) -> dict[str, Any]:
    """The policies at the vendor: none without a subscription."""
    administered(call)
    return {"ThirdPartyFirewallFirewallPolicies": []}
