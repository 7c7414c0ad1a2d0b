"""The real `aws` command against a live attempt, as a learner's terminal runs it."""

import copy
import json
import os
import subprocess
from contextlib import contextmanager

from hardenlab.attempt.client import ensure_running, running
from helpers.workspaces import SECTION, VENV, tiny_workspace


class Refused(Exception):
    """The command was refused; the text is what AWS said."""


class Aws:
    """`aws("ec2", "describe-vpcs")` is the answer, read from JSON; the options are named as in the documentation.

    A value that is no text is given as JSON: `aws("kms", "create-key", "--policy", {...})`.
    """

    def __init__(self, endpoint, home):
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
            "AWS_ENDPOINT_URL": endpoint.url,
            "AWS_ACCESS_KEY_ID": endpoint.access_key,
            "AWS_SECRET_ACCESS_KEY": endpoint.secret,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            "HOME": str(home),
        }

    def using(self, access_key, secret):
        """The command with another key, as that of an IAM user."""
        other = copy.copy(self)
        other._environment = self._environment | {"AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret}
        return other

    def __call__(self, *arguments):
        command = [VENV / "aws", *(one if isinstance(one, str) else json.dumps(one) for one in arguments)]
        done = subprocess.run(command, capture_output=True, text=True, env=self._environment, timeout=120)
        if done.returncode:
            raise Refused(done.stderr.strip())
        return json.loads(done.stdout) if done.stdout.strip() else None


@contextmanager
def aws_cli(root):
    """The command for a fresh attempt at the tiny section; its server is stopped at the end."""
    with tiny_workspace(root / "workspace") as workspace:
        ensure_running(workspace, SECTION)
        yield Aws(running(workspace, SECTION), root)
