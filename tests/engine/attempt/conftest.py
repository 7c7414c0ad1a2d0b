"""A real attempt: its own process, its own port, boto3 over HTTP."""

import boto3
import pytest
from botocore.config import Config

from hardenlab.attempt.client import ensure_running, stop_all
from hardenlab.attempt.workspace import Workspace
from helpers.direct import TINY

SECTION = "l1-tiny/1-groups"


class Learner:
    """A workspace with one section, and boto3 clients for it."""

    def __init__(self, root):
        self.workspace = Workspace(root)
        self.workspace.create(TINY, "moto")
        self.endpoint = self.start()

    def start(self):
        self.endpoint = ensure_running(self.workspace, SECTION)
        return self.endpoint

    def client(self, service, **options):
        return boto3.client(
            service,
            endpoint_url=self.endpoint.url,
            region_name="us-east-1",
            aws_access_key_id=self.endpoint.access_key,
            aws_secret_access_key=self.endpoint.secret,
            config=Config(s3={"addressing_style": "path"}, **options),
        )

    @property
    def journal(self):
        return self.workspace.journal(SECTION)

    @property
    def state(self):
        return self.workspace.section_state(SECTION)


# A server takes seconds to start. The tests that use one are grouped, so that one worker starts it for all of them.


@pytest.fixture(scope="session")
def shared_learner(tmp_path_factory):
    """For tests that leave the account as they found it, or do not care."""
    learner = Learner(tmp_path_factory.mktemp("shared") / "workspace")
    yield learner
    stop_all(learner.workspace)


@pytest.fixture
def learner(shared_learner):
    """An account as at the start; the test may kill its server."""
    shared_learner.start()
    shared_learner.endpoint.ask("reset")
    return shared_learner
