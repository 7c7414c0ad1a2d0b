"""botocore's service models: the grammar of every operation's input and output."""

import functools
from typing import Any

import botocore.session
from botocore.exceptions import UnknownServiceError

from moto.core.utils import get_service_model


@functools.cache
def service_model(service: str) -> Any:
    """moto's view of the model of a service, by botocore's folder name."""
    return get_service_model(service)


@functools.cache
def operation_model(service: str, operation: str) -> Any:
    return service_model(service).operation_model(operation)


@functools.cache
def paginators(service: str) -> dict[str, dict[str, Any]]:
    """What botocore knows of a service's paged operations."""
    loader = botocore.session.create_loader()
    try:
        pagination: dict[str, dict[str, Any]] = loader.load_service_model(service, "paginators-1")["pagination"]
    except UnknownServiceError:
        return {}
    return pagination
