"""What the course needs of AWS and moto lacks: a file or folder a service, named as moto names it, with a `service`.

A service is imported and put on moto at the first request to it, so that a start waits for none of them. Services that
moto does not know are announced at the start, or it would not find them.
"""

import importlib
import pkgutil

from ..extend import Service
from ..extend.announce import announce

# by what moto shall call them: botocore's name, the name in signatures, whether they are global
UNKNOWN_TO_MOTO = {
    "accessanalyzer": ("accessanalyzer", "access-analyzer", False),
    "artifact": ("artifact", "artifact", True),
    "fms": ("fms", "fms", False),
}
# moto's application of one answers for the other, too
TOGETHER = {"elb": "elbv2"}
NAMES = frozenset(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))


def service_of(moto_name: str) -> Service | None:
    """Our service of this name of moto's, if there is one."""
    if moto_name not in NAMES:
        return None
    service: Service = importlib.import_module(f"{__name__}.{moto_name}").service
    return service


def all_services() -> list[Service]:
    """Every service of this folder, in order of its file's name."""
    return [service for name in sorted(NAMES) if (service := service_of(name))]


def announce_services() -> None:
    """Before the first request of all."""
    for moto_name, (service, signing_name, is_global) in UNKNOWN_TO_MOTO.items():
        announce(moto_name, service, signing_name, is_global=is_global)


def install_service(moto_name: str) -> None:
    """Before the first request to a service."""
    for name in (moto_name, TOGETHER.get(moto_name, "")):
        service = service_of(name)
        if service:
            service.install()
