"""The AWS CLI in this process: its real parser, serializer and output, against an account without a socket.

One start of `aws` costs a second; round trips of every service would cost minutes.
"""

import io
import json
from contextlib import redirect_stderr, redirect_stdout

from awscli.clidriver import create_clidriver

from helpers.aws_cli import Refused
from helpers.direct import ADMINISTRATOR, PORT


class AwsCommand:
    """`aws("ec2", "describe-vpcs")` is the answer, read from JSON. A value that is no text is given as JSON."""

    def __init__(self):
        self._driver = create_clidriver()
        self._driver.session.get_component("event_emitter").register("before-send", self._send)
        self.account = None

    def using(self, access_key, secret):
        """The command with another key, as that of an IAM user."""
        other = AwsCommand()
        other._driver.session.set_credentials(access_key, secret)
        other.account = self.account
        return other

    def _send(self, request, **_):
        return self.account.send(request)

    def __call__(self, *arguments):
        output, errors = io.StringIO(), io.StringIO()
        given = [one if isinstance(one, str) else json.dumps(one) for one in arguments]
        with redirect_stdout(output), redirect_stderr(errors):
            code = self._driver.main(given)
        if code:
            raise Refused(errors.getvalue().strip())
        text = output.getvalue().strip()
        return json.loads(text) if text else None


def settings(home):
    """The environment variables of the command."""
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{PORT}",
        "AWS_ACCESS_KEY_ID": ADMINISTRATOR[0],
        "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR[1],
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_PAGER": "",
        "AWS_CONFIG_FILE": str(home / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "credentials"),
    }
