"""kill -9 at any byte of any line: nothing acknowledged is lost, nothing is applied twice, no id differs."""

import functools
import os
import uuid
from contextlib import suppress
from random import Random
from unittest import mock

import botocore.config
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

import hardenlab.journal.file as journal_file
from helpers.direct import ADMINISTRATOR, PORT, Account, session, tiny_world
from helpers.same import differences, state, warm_services
from helpers.writes import WRITES

SEQUENCES = 200
SERVICES = {
    "vpc": "ec2", "acl": "ec2", "volume": "ec2", "bucket": "s3", "upload": "s3", "user": "iam", "role": "iam",
    "mfa": "iam", "key": "kms", "logs": "logs", "alarm": "cloudwatch", "trail": "cloudtrail s3", "topic": "sns sqs",
    "parameter": "ssm", "secret": "secretsmanager", "zone": "route53", "balancer": "elbv2", "acl_of_web": "wafv2",
    "rule": "events", "detector": "guardduty", "hub": "securityhub", "organization": "organizations",
    "firewall": "network-firewall ec2", "recorder": "config",
}  # fmt: skip


class Killed(BaseException):
    """Not an Exception: nothing in the process gets to clean up after it."""


class Steady(Account):
    """An account whose clock depends on the journal alone, so that a retried write happens at its own time again."""

    def __init__(self, world, path):
        super().__init__(world, path, lambda: 1_790_000_000.0 + self.journal.next_number())


class Mortal(Steady):
    """An account whose front may be killed: a new one opens the journal, and the caller's connection is gone."""

    kills = 0

    def send(self, request):
        try:
            return super().send(request)
        except Killed:
            self.kills += 1
            self.journal.close()
            self.__init__(self.world, self.path)
            raise ConnectionClosedError(endpoint_url=request.url) from None


class Learner:
    """boto3 clients, retries on, made once for all sequences: `at` is the account that they reach."""

    at = None

    @functools.cache  # noqa: B019  one learner for all tests of a process
    def client(self, service):
        keys = {"aws_access_key_id": ADMINISTRATOR[0], "aws_secret_access_key": ADMINISTRATOR[1]}
        config = botocore.config.Config(s3={"addressing_style": "path"})
        client = session().client(service, "us-east-1", endpoint_url=f"http://127.0.0.1:{PORT}", config=config, **keys)
        client.meta.events.register("before-send.*.*", lambda request, **_: self.at.send(request))
        return client


learner = Learner()


@pytest.fixture(scope="module")
def warm_world(moto_backend):
    """A world whose process has loaded every service: accounts are forked from it, and each would load them again."""
    with warm_services(moto_backend) as root, tiny_world(root) as world:
        yield world


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


def steps_of(sequence):
    """Its writes with their numbers, the services that they touch, and the generator to go on drawing from."""
    random = Random(sequence)
    steps = [(random.choice(WRITES), number) for number in range(random.randint(1, 4))]
    return steps, sorted({name for which, _ in steps for name in SERVICES[which.__name__].split()}), random


def test_the_sequences_touch_twenty_services():
    assert len({service for sequence in range(SEQUENCES) for service in steps_of(sequence)[1]}) >= 20


@pytest.mark.parametrize("batch", range(8))
def test_a_killed_front_loses_nothing_and_applies_nothing_twice(warm_world, tmp_path, monkeypatch, batch):
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)  # boto3's wait before it tries again
    killed = 0
    for sequence in range(batch, SEQUENCES, 8):
        steps, services, random = steps_of(sequence)
        whole = Steady(warm_world, tmp_path / f"{sequence}-whole.journal")
        run(whole, steps)
        expected, calls = state(whole, services), len(whole.journal.history.calls)
        whole.close()
        victim = Mortal(warm_world, tmp_path / f"{sequence}-killed.journal")
        with monkeypatch.context() as patch:
            kill_after(patch, random.randrange(2 * calls), random.randrange(10_000))
            run(victim, steps)
        killed += victim.kills
        victim.close()
        again = Steady(warm_world, victim.path)
        assert not differences(expected, state(again, services)), f"sequence {sequence}"
        assert len(again.journal.history.calls) == calls, f"sequence {sequence}"
        again.close()
    assert killed == len(range(batch, SEQUENCES, 8))


def run(account, steps):
    """Make the steps' calls. boto3's own tokens are drawn alike in every run, so that runs can be compared."""
    random, learner.at = Random("tokens"), account
    with mock.patch("uuid.uuid4", lambda: uuid.UUID(int=random.getrandbits(128), version=4)):
        for which, number in steps:
            with suppress(ClientError):  # AWS's refusals are part of a history
                which(learner.client, number)
