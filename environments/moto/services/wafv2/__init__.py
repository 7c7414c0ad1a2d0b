"""AWS WAF (wafv2) as one state of ours: moto keeps rules as they come, checks none of them and has half the operations.

Sources: AWS WAF API Reference (wafv2); AWS WAF Developer Guide, "AWS WAF quotas", "Web ACL capacity units (WCUs)",
"Rule statements", "AWS Managed Rules rule groups list", "Logging AWS WAF web ACL traffic".
"""

from . import api_keys, logging, managed, rule_groups, sets, traffic, web_acls
from .store import service

__all__ = ["api_keys", "logging", "managed", "rule_groups", "service", "sets", "traffic", "web_acls"]
