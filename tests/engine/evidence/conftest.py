"""Cases drawn once a session: several seeds, every attack and every decoy."""

import functools

import pytest

from hardenlab import Variation, evidence

SEEDS = ("ada", "ben")


@functools.cache
def drawn(seed):
    return evidence.Case(
        Variation(seed), attacks=tuple(evidence.ATTACKS), decoys=tuple(evidence.DECOYS), days=3, pace=0.12
    )


@functools.cache
def events_of(seed):
    return list(drawn(seed).labelled_events())


@pytest.fixture(scope="session", params=SEEDS)
def seed(request):
    return request.param


@pytest.fixture(scope="session")
def case(seed):
    return drawn(seed)


@pytest.fixture(scope="session")
def labelled(seed):
    return events_of(seed)


@pytest.fixture(scope="session")
def events(labelled):
    return [one.record for one in labelled]
