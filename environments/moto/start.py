"""The first line of a backend process: `python -m hardenlab.environments.moto.start DESCRIPTOR`.

Apart from `process`, because it prepares what moto does while it is imported.
"""

import functools
import gc
import sys


def main() -> None:
    gc.disable()  # a quarter of the start would go into collections that find nothing
    _load_data_once()
    _keep_pytest_out()
    from .lean import load_lean

    load_lean()
    from .process import main as serve

    serve()


def _load_data_once() -> None:
    """Every boto session reads AWS's endpoints and models anew; moto makes one for each table of regions."""
    import botocore.session

    botocore.session.create_loader = functools.cache(botocore.session.create_loader)


def _keep_pytest_out() -> None:
    """time-machine imports pytest wherever it is installed."""
    sys.modules["pytest"] = None  # type: ignore[assignment]
    import time_machine  # noqa: F401

    del sys.modules["pytest"]


if __name__ == "__main__":
    main()
