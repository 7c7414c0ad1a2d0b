"""The steps of `python -m benchmarks.probe` that must all come out: nothing missing, lost or let through."""

import pytest

from helpers.direct import ADMINISTRATOR

OVER_A_SOCKET = ("presigned url anonymous get",)  # which the account of a test has none of


@pytest.mark.parametrize("topic", ["dns", "ec2", "edge", "enforcement", "iam", "kms", "s3"])
def test_every_step_comes_out_as_on_aws(account, benchmarks, topic):
    of_probe = benchmarks("probe.probe")

    def make(service, region, key, token):
        return account.client(service, key or ADMINISTRATOR, token, region, **of_probe.SETTINGS)

    probe = of_probe.Probe(make)
    benchmarks(f"probe.{topic}").steps(probe)
    wrong = [step for step in probe.steps if step.came not in (of_probe.OK, of_probe.REFUSED)]
    assert [step for step in wrong if step.label not in OVER_A_SOCKET] == []
    assert len(probe.steps) >= 20
