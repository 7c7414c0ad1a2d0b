"""Amazon EC2: what moto lacks or loses, one file a topic. Every file of the folder is imported."""

import importlib
import pkgutil

from ._service import service

for _topic in sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")):
    importlib.import_module(f"{__name__}.{_topic}")

__all__ = ["service"]
