"""AWS Network Firewall: firewalls with their endpoints, firewall policies, rule groups and TLS inspection.

Not offered: firewalls on transit gateways or as proxies, the Next Generation policies and their rule groups,
containers, context stores, and what needs traffic (flow captures, analysis reports).
"""

from . import endpoints, firewalls, logging, policies, rule_groups, sharing, tls_inspection
from .state import is_ours, service

__all__ = ["endpoints", "firewalls", "logging", "policies", "rule_groups", "service", "sharing", "tls_inspection"]

service.tag_operations(is_ours)
