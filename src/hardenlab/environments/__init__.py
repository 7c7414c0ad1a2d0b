"""Where accounts run: moto (default), localstack, endpoint.

In a wheel the environments lie beside this file; in a checkout they are the folder `environments/` at the
repository root, which this package then includes.
"""

from pathlib import Path

_checkout = Path(__file__).resolve().parents[3]
if (_checkout / "pyproject.toml").is_file() and (_checkout / "environments").is_dir():
    __path__.append(str(_checkout / "environments"))
