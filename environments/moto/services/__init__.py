"""What the course needs of AWS and moto lacks: one file a service, each with a `service`."""

import importlib
import pkgutil

from ..extend import Service


def all_services() -> list[Service]:
    """Every service of this folder, in order of its file's name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    return [importlib.import_module(f"{__name__}.{name}").service for name in names]


def install_services() -> None:
    """Put every service of this folder on moto. Once, before the first request."""
    for service in all_services():
        service.install()
