"""AWS IAM: what moto lacks or loses, one file a topic."""

from ...extend.topics import import_topics
from ._service import service
from .credentials import Key, root_of
from .last_accessed import remember_use, services_allowed, uses_of

import_topics(__name__, __path__)

__all__ = ["Key", "remember_use", "root_of", "service", "services_allowed", "uses_of"]
