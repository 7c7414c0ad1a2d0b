"""IAM Access Analyzer: analyzers of external and unused access, archive rules, findings, and checks of policies.

Findings are computed from the account when they are asked for: what AWS notices after minutes is seen at once.
Internal-access analyzers, previews, generated policies and recommendations are not offered.

Sources: IAM Access Analyzer API Reference; IAM User Guide, "Using AWS Identity and Access Management Access Analyzer".
"""

from ...extend.topics import import_topics
from ._service import service

import_topics(__name__, __path__)

__all__ = ["service"]
