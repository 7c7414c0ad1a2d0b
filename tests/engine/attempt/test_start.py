"""The account's environment starts while the attempt's process loads the rest."""

import psutil
import pytest

from hardenlab.attempt import start
from hardenlab.attempt.start import begun
from hardenlab.attempt.workspace import Workspace
from hardenlab.model.problem import EnvironmentProblem, UsageProblem
from helpers.direct import TINY

SECTION = "l1-tiny/1-groups"


@pytest.fixture
def workspace(tmp_path):
    workspace = Workspace(tmp_path / "w")
    workspace.create(TINY, "moto")
    return workspace


class Fake:
    """An environment that counts its starts, and may fail at them."""

    def __init__(self, exact=True, problem=None):
        self.exact, self.problem, self.starts, self.closed = exact, problem, 0, 0

    def start(self):
        self.starts += 1
        if self.problem:
            raise self.problem
        return self

    def close(self):
        self.closed += 1


def using(monkeypatch, environment):
    monkeypatch.setattr(start, "find_environment", lambda reference: environment)
    return environment


def test_the_account_that_was_begun_is_the_one_that_is_used(workspace, monkeypatch):
    environment = using(monkeypatch, Fake())
    with begun(workspace, SECTION) as take:
        assert take(environment) is environment
    assert (environment.starts, environment.closed) == (1, 0)


def test_an_account_that_nobody_takes_is_ended(workspace):
    before = {child.pid for child in psutil.Process().children()}
    with pytest.raises(UsageProblem), begun(workspace, SECTION):
        raise UsageProblem("the journal is another section's")
    assert {child.pid for child in psutil.Process().children()} <= before


def test_what_went_wrong_is_told_to_whoever_takes_it(workspace, monkeypatch):
    environment = using(monkeypatch, Fake(problem=EnvironmentProblem("the emulated account did not start")))
    with pytest.raises(EnvironmentProblem, match="did not start"), begun(workspace, SECTION) as take:
        take(environment)


def test_a_server_that_takes_long_to_start_is_started_when_it_is_wanted(workspace, monkeypatch):
    environment = using(monkeypatch, Fake(exact=False))
    with begun(workspace, SECTION) as take:
        assert environment.starts == 0
        take(environment)
    assert environment.starts == 1


def test_an_environment_that_does_not_exist_is_left_to_the_server_to_tell(workspace, monkeypatch):
    def unknown(reference):
        raise UsageProblem("there is no environment 'mars'")

    monkeypatch.setattr(start, "find_environment", unknown)
    environment = Fake()
    with begun(workspace, SECTION) as take:
        assert take(environment) is environment
