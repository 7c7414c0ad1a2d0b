"""CloudWatch Logs filter patterns: does an event match, and which term or condition decides.

>>> FilterPattern.read('{ $.userIdentity.type = "Root" }').decide('{"userIdentity": {"type": "IAMUser"}}').sentence
'It does not match: $.userIdentity.type is \\'IAMUser\\', not "Root"'
"""

from hardenlab.semantics.log_patterns.pattern import FilterPattern
from hardenlab.semantics.log_patterns.pointing import Misplaced
from hardenlab.semantics.matching import Match, Trial, try_pattern
from hardenlab.semantics.reading import Malformed
from hardenlab.semantics.unjudged import Unjudged

__all__ = ["FilterPattern", "Malformed", "Match", "Misplaced", "Trial", "Unjudged", "try_pattern"]
