"""Amazon S3: what moto loses or takes, one file a topic. All are patches: moto's S3 dispatches in its own way."""

from ...extend.topics import import_topics
from ._service import service

import_topics(__name__, __path__)

__all__ = ["service"]
