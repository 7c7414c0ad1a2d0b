"""IAM decisions: would AWS allow this request, and which statement says so.

>>> decide(Request(Principal.user(arn), "s3:GetObject", object_arn, account), Policies(identity=[policy]))
Decision(kind='allow', because='Statement 1 of the identity policy allows …', statements=(…))
"""

from hardenlab.semantics.iam.context import principal_context
from hardenlab.semantics.iam.decision import decide
from hardenlab.semantics.iam.document import Document, Policy
from hardenlab.semantics.iam.explain import explain
from hardenlab.semantics.iam.lint import Remark, lint
from hardenlab.semantics.iam.model import (
    CannotJudge,
    Deciding,
    Decision,
    Policies,
    Principal,
    Request,
)
from hardenlab.semantics.iam.privilege import Comparison, compare, requests_of, universe
from hardenlab.semantics.iam.validity import Problem, validate

__all__ = [
    "CannotJudge",
    "Comparison",
    "Deciding",
    "Decision",
    "Document",
    "Policies",
    "Policy",
    "Principal",
    "Problem",
    "Remark",
    "Request",
    "compare",
    "decide",
    "explain",
    "lint",
    "principal_context",
    "requests_of",
    "universe",
    "validate",
]
