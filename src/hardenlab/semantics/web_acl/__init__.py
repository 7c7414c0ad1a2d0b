"""AWS WAF web ACLs: is this request allowed, blocked or checked, and which rule says so.

>>> decide(WebRequest("203.0.113.9", "/admin"), {"WebACL": …}).sentence
'Rule "admin" blocks the request: the URI path \\'/admin\\' begins with \\'/admin\\''
"""

from hardenlab.semantics.reading import Malformed
from hardenlab.semantics.unjudged import Unjudged
from hardenlab.semantics.web_acl.decision import Step, Verdict, decide, decide_all
from hardenlab.semantics.web_acl.request import WebRequest
from hardenlab.semantics.web_acl.web_acl import Rule, WebAcl

__all__ = ["Malformed", "Rule", "Step", "Unjudged", "Verdict", "WebAcl", "WebRequest", "decide", "decide_all"]
