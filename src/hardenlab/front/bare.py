"""AWS's models as botocore ships them, read without their prose: half of the memory that they take otherwise.

For processes that ask a model what a request means. Whoever shows a person what AWS says of it reads botocore's own.
"""

import json
from collections.abc import Callable
from typing import Any

from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session, get_session

DOCUMENTATION = "documentation"


def bare_session() -> Session:
    """A session of botocore whose models have no documentation."""
    session = get_session()
    session.register_component("data_loader", Loader(file_loader=_Bare()))
    return session


def read_bare(path: str, opened: Callable[..., Any]) -> Any:
    """What a file of models says, in plain dictionaries; None when it is not there. `opened`: opens it, unpacked."""
    try:
        with opened(path, "rb") as file:
            return json.loads(file.read(), object_hook=_without_documentation)
    except FileNotFoundError:
        return None


class _Bare(JSONFileLoader):  # type: ignore[misc]
    def _load_file(self, full_path: str, open_method: Callable[..., Any]) -> Any:
        return read_bare(full_path, open_method)


def _without_documentation(found: dict[str, Any]) -> dict[str, Any]:
    if type(found.get(DOCUMENTATION)) is str:  # and no member of a structure that has this name
        found[DOCUMENTATION] = ""
    return found
