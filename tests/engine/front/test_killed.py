"""kill -9 at any byte of any line: nothing acknowledged is lost, nothing is applied twice, no id differs."""

import os
import uuid
from random import Random
from unittest import mock

import pytest
from botocore.exceptions import ClientError

import hardenlab.journal.file as journal_file
from helpers.direct import Account
from helpers.same import differences, state
from helpers.writes import WRITES

SEQUENCES = 200
SERVICES = {
    "vpc": "ec2", "acl": "ec2", "volume": "ec2", "bucket": "s3", "upload": "s3", "user": "iam", "role": "iam",
    "mfa": "iam", "key": "kms", "logs": "logs", "alarm": "cloudwatch", "trail": "cloudtrail", "topic": "sns",
    "parameter": "ssm", "secret": "secretsmanager", "zone": "route53", "balancer": "elbv2", "acl_of_web": "wafv2",
    "rule": "events", "detector": "guardduty", "hub": "securityhub", "organization": "organizations",
    "firewall": "network-firewall", "recorder": "config",
}  # fmt: skip


class Killed(BaseException):
    """Not an Exception: nothing in the process gets to clean up after it."""


class Steady(Account):
    """An account whose clock depends on the journal alone, so that a retried write happens at its own time again."""

    def __init__(self, world, path):
        super().__init__(world, path, lambda: 1_790_000_000.0 + self.journal.next_number())


class Retrying(Steady):
    """An account whose front is killed once, and boto3's retry after it: the same request, the same invocation id."""

    kills = 0

    def send(self, request):
        request.body = request.body.read() if hasattr(request.body, "read") else request.body
        try:
            return super().send(request)
        except Killed:
            self.kills += 1
            self.journal.close()
            self.__init__(self.world, self.path)
            return super().send(request)


def kill_after(monkeypatch, lines, byte):
    """Let so many lines be written whole, then die so many bytes into the next."""
    left = [lines]
    real = os.write

    def write(descriptor, text):
        if left[0] == 0:
            left[0] = -1
            real(descriptor, text[: byte % (len(text) + 1)])
            raise Killed
        left[0] -= 1
        return real(descriptor, text)

    monkeypatch.setattr(journal_file.os, "write", write)


@pytest.mark.parametrize("batch", range(8))
def test_a_killed_front_loses_nothing_and_applies_nothing_twice(world, tmp_path, monkeypatch, batch):
    killed = 0
    for sequence in range(batch, SEQUENCES, 8):
        random = Random(sequence)
        steps = [(random.choice(WRITES), number) for number in range(random.randint(1, 4))]
        services = {SERVICES[which.__name__] for which, _ in steps}
        whole = Steady(world, tmp_path / f"{sequence}-whole.journal")
        run(whole, steps)
        lines = len(whole.path.read_bytes().splitlines()) - 1
        victim = Retrying(world, tmp_path / f"{sequence}-killed.journal")
        with monkeypatch.context() as patch:
            kill_after(patch, random.randrange(lines), random.randrange(10_000))
            run(victim, steps)
        killed += victim.kills
        victim.close()
        again = Steady(world, victim.path)
        assert not differences(state(whole, services), state(again, services)), f"sequence {sequence}"
        assert len(again.journal.history.calls) == len(whole.journal.history.calls), f"sequence {sequence}"
        whole.close()
        again.close()
    assert killed == len(range(batch, SEQUENCES, 8))


def run(account, steps):
    """Make the steps' calls. boto3's own tokens are drawn alike in every run, so that runs can be compared."""
    random = Random("tokens")
    with mock.patch("uuid.uuid4", lambda: uuid.UUID(int=random.getrandbits(128), version=4)):
        _run(account, steps)


def _run(account, steps):
    for which, number in steps:
        try:
            which(account.client, number)
        except ClientError:
            continue
