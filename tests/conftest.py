"""Fixtures that many tests share: a warm backend per test process, and worlds and accounts cloned from it."""

import importlib
import signal
import sys

import pytest
from hardenlab.environments.localstack.process import Process

from helpers.direct import CHECKOUT, Account, tiny_world, warm_backend
from helpers.servers import need_localstack


def pytest_sessionstart():
    """Let Ctrl-C be tried where the suite runs in the background: a shell has it ignored there, by children too."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Refuse to spread tests that belong together: pytest-xdist tells a group by nothing but the node's id."""
    if config.getoption("loadgroup", False):
        spread = [item.nodeid for item in items if item.get_closest_marker("xdist_group") and "@" not in item.nodeid]
        if spread:
            raise pytest.UsageError(f"this pytest-xdist does not keep {spread[0]} with its group: see pyproject.toml.")


@pytest.fixture(scope="session")
def moto_backend():
    """A warm, empty moto backend. Clone it; do not change it."""
    with warm_backend() as backend:
        yield backend


@pytest.fixture(scope="session")
def world(moto_backend):
    """The tiny course, seeded with all its misconfigurations."""
    with tiny_world(moto_backend) as world:
        yield world


@pytest.fixture
def account(world, tmp_path):
    """An account of the tiny world behind a front with a journal."""
    account = Account(world, tmp_path / "1-groups.journal")
    yield account
    account.close()


@pytest.fixture
def benchmarks():
    """Imports a module of `benchmarks`, the package of the repository's root, which is on no path of the tests."""
    sys.path.insert(0, str(CHECKOUT))
    yield lambda name: importlib.import_module(f"benchmarks.{name}")
    sys.path.remove(str(CHECKOUT))


@pytest.fixture(scope="session")
def localstack():
    """The LocalStack that a test process shares; its `url()` starts it, again if it was killed."""
    need_localstack()
    process = Process()
    yield process
    process.stop()
