"""Services that moto does not know: a place for them in its index, so that it finds them."""

import re
import sys
import types
from typing import Any

from moto import backend_index
from moto.core.base_backend import AccountSpecificBackend, BackendDict, BaseBackend
from moto.core.responses import BaseResponse


def announce(moto_name: str, service: str, signing_name: str, *, is_global: bool) -> None:
    """Make room for a service by what moto shall call it, botocore's name, and its name in signatures."""

    class Backend(BaseBackend):  # type: ignore[misc]
        @property
        def _url_module(self) -> Any:
            return urls

    class Response(BaseResponse):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(service_name=service)

    base = rf"https?://{re.escape(signing_name)}\.(.+)\.amazonaws\.com"
    paths = {"{0}/$": Response.dispatch, "{0}/.*$": Response.dispatch}
    urls = types.SimpleNamespace(url_bases=[base], url_paths=paths)
    module: Any = types.ModuleType(f"moto.{moto_name}")
    regions = ["aws"] if is_global else _regions()
    kept = BackendDict(Backend, service, use_boto3_regions=False, additional_regions=regions)
    setattr(module, f"{moto_name}_backends", kept)
    module.Response = Response
    sys.modules[module.__name__] = module
    backend_index.backend_url_patterns.append((moto_name, re.compile(base)))


def announced(moto_name: str) -> Any:
    """The class that answers for an announced service."""
    return sys.modules[f"moto.{moto_name}"].Response


def _regions() -> list[str]:
    """The regions of EC2: botocore names none for some services that moto lacks."""
    return list(AccountSpecificBackend.get_session().get_available_regions("ec2"))
