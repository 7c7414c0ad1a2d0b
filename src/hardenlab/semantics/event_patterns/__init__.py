"""EventBridge event patterns: does an event match, and which field decides.

>>> EventPattern.read({"detail": {"state": ["running"]}}).decide({"detail": {"state": "terminated"}}).sentence
"It does not match: detail.state is 'terminated', not 'running'"
"""

from hardenlab.semantics.event_patterns.pattern import EventPattern
from hardenlab.semantics.matching import Match, Trial, try_pattern
from hardenlab.semantics.reading import Malformed
from hardenlab.semantics.unjudged import Unjudged

__all__ = ["EventPattern", "Malformed", "Match", "Trial", "Unjudged", "try_pattern"]
