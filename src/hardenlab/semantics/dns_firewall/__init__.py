"""DNS Firewall: is this query allowed, logged or blocked, and which rule says so.

>>> decide(Query("mail.example.com", "A", redirections=("cdn.example.net",)), firewall)
Verdict(action='BLOCK', because='Rule "walled-garden" of rule group "egress" blocks …', rule=…, response='NXDOMAIN')
"""

from hardenlab.semantics.dns_firewall.decision import decide, decide_on_failure
from hardenlab.semantics.dns_firewall.firewall import Firewall, Rule
from hardenlab.semantics.dns_firewall.names import DomainList
from hardenlab.semantics.dns_firewall.query import Query, Verdict
from hardenlab.semantics.reading import Malformed

__all__ = [
    "DomainList",
    "Firewall",
    "Malformed",
    "Query",
    "Rule",
    "Verdict",
    "decide",
    "decide_on_failure",
]
