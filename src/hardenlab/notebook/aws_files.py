"""AWS's environment variables and configuration files for an attempt: plain boto3 and the AWS CLI just work."""

import json
import os
from collections.abc import Iterator, MutableMapping
from pathlib import Path

from hardenlab.attempt.client import HOST, Endpoint
from hardenlab.attempt.workspace import Workspace

KEPT = frozenset(("AWS_PAGER", "AWS_DEFAULT_OUTPUT"))  # how the CLI shows things, not where it goes
HEAD = """\
# Written by hardenlab whenever a section is opened; changes are lost.
# The plugin refuses every request that would leave this machine.
[plugins]
hardenlab = hardenlab.notebook.guard
"""


def clean_environment(environment: MutableMapping[str, str], workspace: Workspace) -> None:
    """Take out everything that names an AWS account, and point AWS's tools at the workspace's files."""
    for name in [name for name in environment if name.startswith("AWS_") and name not in KEPT]:
        del environment[name]
    environment["AWS_CONFIG_FILE"] = str(workspace.aws / "config")
    environment["AWS_SHARED_CREDENTIALS_FILE"] = str(workspace.aws / "credentials")
    environment["AWS_EC2_METADATA_DISABLED"] = "true"


def point_environment(environment: MutableMapping[str, str], workspace: Workspace, endpoint: Endpoint) -> None:
    """Name the attempt's account in the variables that boto3 and the CLI read first."""
    clean_environment(environment, workspace)
    environment["AWS_ACCESS_KEY_ID"] = endpoint.access_key
    environment["AWS_SECRET_ACCESS_KEY"] = endpoint.secret
    environment["AWS_REGION"] = environment["AWS_DEFAULT_REGION"] = endpoint.region
    environment["AWS_ENDPOINT_URL"] = endpoint.url


def write_aws_files(workspace: Workspace, endpoint: Endpoint) -> None:
    """`[default]` is this attempt; every section that was ever opened has a profile of its name."""
    config = [HEAD, _settings("default", endpoint.url, endpoint.region)]
    credentials = [_keys("default", endpoint.access_key, endpoint.secret)]
    for section, keys in _opened(workspace):
        config.append(_settings(f"profile {section}", f"http://{HOST}:{keys['port']}", endpoint.region))
        credentials.append(_keys(section, str(keys["access_key"]), str(keys["secret"])))
    _write(workspace.aws / "config", "\n".join(config))
    _write(workspace.aws / "credentials", "\n".join(credentials))


def write_empty_aws_files(workspace: Workspace) -> None:
    """Before a section is open: no keys, and still no way out."""
    if not (workspace.aws / "config").exists():
        _write(workspace.aws / "config", HEAD)
        _write(workspace.aws / "credentials", "")


def _opened(workspace: Workspace) -> Iterator[tuple[str, dict[str, object]]]:
    base = workspace.state / "sections"
    for path in sorted(base.glob("*/*/keys.json")):
        yield path.parent.relative_to(base).as_posix(), json.loads(path.read_text())


def _settings(name: str, url: str, region: str) -> str:
    return f"[{name}]\nregion = {region}\nendpoint_url = {url}\n"


def _keys(name: str, access_key: str, secret: str) -> str:
    return f"[{name}]\naws_access_key_id = {access_key}\naws_secret_access_key = {secret}\n"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)
