"""AWS CloudTrail: trails and event data stores, one file a topic. The event history is the attempt's own journal."""

from ...extend.topics import import_topics
from ._service import service

import_topics(__name__, __path__)

__all__ = ["service"]
