"""Escalation: which principals of an account can become administrator, and by which chain.

>>> find_escalations(details).of("arn:aws:iam::111122223333:user/dev").explain().sentence
'user/dev can become administrator: user/dev passes role/ops to a new Lambda function and runs it'
"""

from hardenlab.semantics.iam.escalation.account import AccountDetails
from hardenlab.semantics.iam.escalation.methods import Method
from hardenlab.semantics.iam.escalation.search import (
    Escalation,
    EscalationReport,
    Step,
    Workload,
    find_escalations,
)

__all__ = ["AccountDetails", "Escalation", "EscalationReport", "Method", "Step", "Workload", "find_escalations"]
