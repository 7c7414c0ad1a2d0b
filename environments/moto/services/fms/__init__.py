"""AWS Firewall Manager: administrators of an organization, their policies, and what in the accounts complies with them.

Compliance is computed from the accounts when it is asked for. Nothing is remediated: Firewall Manager's own web ACLs,
security groups and firewalls do not appear in member accounts.

Sources: AWS Firewall Manager API Reference; AWS WAF, AWS Firewall Manager and AWS Shield Advanced Developer Guide,
"AWS Firewall Manager prerequisites", "Using Firewall Manager administrators", "Firewall Manager policies", "quotas".
"""

from . import administrators, channel, compliance, lists, policies, resource_sets, third_party
from .state import service

__all__ = ["administrators", "channel", "compliance", "lists", "policies", "resource_sets", "service", "third_party"]
