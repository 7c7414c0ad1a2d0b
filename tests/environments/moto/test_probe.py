"""The steps of `python -m benchmarks.probe` that must all come out: nothing missing, lost or let through."""

import importlib
import sys

import pytest

from helpers.direct import ADMINISTRATOR, CHECKOUT

OVER_A_SOCKET = ("presigned url anonymous get",)  # which the account of a test has none of


@pytest.fixture(scope="module")
def benchmarks():
    """The package of the repository's root, which is on no path of the tests."""
    sys.path.insert(0, str(CHECKOUT))
    yield importlib.import_module("benchmarks.probe.probe")
    sys.path.remove(str(CHECKOUT))


@pytest.mark.parametrize("topic", ["dns", "ec2", "edge", "enforcement", "iam", "kms", "s3"])
def test_every_step_comes_out_as_on_aws(account, benchmarks, topic):
    def make(service, region, key, token):
        return account.client(service, key or ADMINISTRATOR, token, region, **benchmarks.SETTINGS)

    probe = benchmarks.Probe(make)
    importlib.import_module(f"benchmarks.probe.{topic}").steps(probe)
    wrong = [step for step in probe.steps if step.came not in (benchmarks.OK, benchmarks.REFUSED)]
    assert [step for step in wrong if step.label not in OVER_A_SOCKET] == []
    assert len(probe.steps) >= 20
