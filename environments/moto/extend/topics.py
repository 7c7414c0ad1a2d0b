"""A service that is a folder: every file of it puts its operations on the folder's service."""

import importlib
import pkgutil
from collections.abc import Iterable


def import_topics(package: str, folder: Iterable[str]) -> None:
    """Import the modules of a package whose names do not begin with an underscore."""
    for name in sorted(module.name for module in pkgutil.iter_modules(list(folder))):
        if not name.startswith("_"):
            importlib.import_module(f"{package}.{name}")
