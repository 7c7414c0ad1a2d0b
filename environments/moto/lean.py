"""Load once, and only what is needed, the tables that botocore and moto bring along: a process of moto is mostly these.

Measured on a warm process of 244 MB: 40 MB were models and endpoints that two or three loaders had each read for
themselves, 22 MB the models' documentation and the order of their keys, 30 MB the types of instances that are offered
in regions where nobody works.
"""

import functools
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import botocore.loaders

from hardenlab.front.bare import read_bare

OFFERINGS = "instance_type_offerings"


def load_lean() -> None:
    """Patch once, before moto is imported."""
    _read_models_once()
    _read_offerings_late()


def _read_models_once() -> None:
    """All loaders share what is read from a file; what moto adds to a model for itself goes into a copy."""
    read = functools.cache(read_bare)

    def load(loader: botocore.loaders.JSONFileLoader, path: str, opened: Callable[..., Any]) -> Any:
        found = read(path, opened)
        return _own(found) if isinstance(found, dict) else found

    botocore.loaders.JSONFileLoader._load_file = load
    botocore.loaders.deep_merge = _merge
    botocore.loaders.Loader.list_available_services = botocore.loaders.instance_cache(_services_with)


def _services_with(loader: botocore.loaders.Loader, type_name: str) -> list[str]:
    """botocore's list of the services that have such a model, without a look at every folder for each type of model."""
    names = frozenset((f"{type_name}.json", f"{type_name}.json.gz"))
    return sorted(
        {service for place in loader.search_paths for service, files in _models_in(place).items() if files & names}
    )


@functools.cache
def _models_in(place: str) -> dict[str, set[str]]:
    """The names of the files of each service's versions."""
    found: dict[str, set[str]] = {}
    for service in _folders_in(place):
        found[service.name] = {file.name for version in _folders_in(service.path) for file in os.scandir(version.path)}
    return found


def _folders_in(place: str) -> list[os.DirEntry[str]]:
    return [entry for entry in os.scandir(place) if entry.is_dir()] if os.path.isdir(place) else []  # noqa: PTH112


def _own(found: dict[str, Any]) -> dict[str, Any]:
    """A loader's own copy, as far down as anybody writes: botocore takes the bucket out of S3's paths, call by call."""
    operations = found.get("operations")
    if not isinstance(operations, dict):
        return dict(found)
    own = {name: {**one, "http": dict(one["http"])} if "http" in one else one for name, one in operations.items()}
    return {**found, "operations": own}


def _merge(base: dict[str, Any], extra: Mapping[str, Any]) -> None:
    """As botocore's, but a dictionary that is changed below `base` is copied first."""
    for key, value in extra.items():
        if isinstance(base.get(key), dict) and isinstance(value, dict):
            base[key] = dict(base[key])
            _merge(base[key], value)
        else:
            base[key] = value


def _read_offerings_late() -> None:
    """moto reads, when EC2 is imported, which types of instances every region offers."""
    from moto.utilities import utils

    load = utils.load_resource
    utils.load_resource = lambda resource: [] if OFFERINGS in resource else load(resource)
    try:
        from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS
    finally:
        utils.load_resource = load
    for location, regions in INSTANCE_TYPE_OFFERINGS.items():
        INSTANCE_TYPE_OFFERINGS[location] = Offerings(location, set(regions), load)


class Offerings(dict[str, list[dict[str, str]]]):
    """What regions offer, by region: each is read when it is asked for."""

    def __init__(self, location: str, regions: set[str], load: Callable[[str], Any]) -> None:
        super().__init__()
        self._location = location
        self._regions = regions
        self._load = load

    def __missing__(self, region: str) -> list[dict[str, str]]:
        if region not in self._regions:
            raise KeyError(region)
        path = Path("ec2", "resources", OFFERINGS, self._location, f"{region}.json")
        self[region] = [offer | {"LocationType": self._location} for offer in self._load(str(path))]
        return self[region]

    def get(self, region: str, default: Any = None) -> Any:
        return self[region] if region in self._regions else default
