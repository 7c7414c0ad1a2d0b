"""One workspace with one running section per module; each test gets it as it was at the start."""

import boto3
import pytest

import hardenlab
from helpers.workspaces import SECTION, as_in_a_kernel, tiny_workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    with tiny_workspace(tmp_path_factory.mktemp("workspace")) as workspace:
        yield workspace


@pytest.fixture
def kernel(workspace):
    """This process may open labs of the workspace."""
    with as_in_a_kernel(workspace):
        yield workspace


@pytest.fixture
def lab(kernel):
    """The tiny section's lab, its account as it was seeded."""
    lab = hardenlab.lab(SECTION)
    lab.reset()
    yield lab
    boto3.DEFAULT_SESSION = None
