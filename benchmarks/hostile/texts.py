"""Hostile texts to search for secrets: those of the tests."""

from benchmarks.hostile.cases import Cases
from hardenlab.semantics.secrets import find_secrets


def secrets() -> Cases:
    from engine.semantics.secrets.test_limits import HOSTILE, PLANTED

    find_secrets("warm = 'up'")  # the patterns are compiled once
    for name, text in HOSTILE.items():
        yield name, lambda text=text: len(find_secrets(text[:65_536], PLANTED).found)
