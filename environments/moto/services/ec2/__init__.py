"""Amazon EC2: what moto lacks or loses, one file a topic."""

from ...extend.topics import import_topics
from ._service import service

import_topics(__name__, __path__)

__all__ = ["service"]
