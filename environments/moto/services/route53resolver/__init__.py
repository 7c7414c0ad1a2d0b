"""Route 53 Resolver: DNS Firewall and query logging. Endpoints, rules and DNSSEC validation are moto's."""

from . import associations, configs, domain_lists, query_logs, rule_groups, rules
from .state import is_ours, service

__all__ = ["associations", "configs", "domain_lists", "query_logs", "rule_groups", "rules", "service"]

service.tag_operations(is_ours)
