"""IAM decisions: would AWS allow this request, and which statement says so.

>>> decide(Request(Principal.user(arn), "s3:GetObject", object_arn, account), Policies(identity=[policy]))
Decision(kind='allow', because='Statement 1 of the identity policy allows …', statements=(…))
"""

from hardenlab.semantics.iam.decision import decide
from hardenlab.semantics.iam.document import Policy
from hardenlab.semantics.iam.model import (
    CannotJudge,
    Deciding,
    Decision,
    Policies,
    Principal,
    Request,
)

__all__ = ["CannotJudge", "Deciding", "Decision", "Policies", "Policy", "Principal", "Request", "decide"]
