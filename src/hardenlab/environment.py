"""The environment protocol: where accounts run. One member per folder of `environments/`, found by entry point."""

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any, Protocol

from hardenlab.model.http import Moment, Request, Response
from hardenlab.model.problem import EnvironmentProblem, UsageProblem, nearest

GROUP = "hardenlab.environments"


class JobFailed(EnvironmentProblem):
    """A job could not be done; the backend that ran it is as it was. The exit code says whose fault it is."""

    def __init__(self, message: str, exit_code: int = EnvironmentProblem.exit_code) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Credential(Protocol):
    """A key that exists in the emulated accounts: what the front needs to verify a signature and to authorise."""

    secret: str
    token: str | None
    account: str
    arn: str
    active: bool
    session_policy: str | None
    unique_id: str | None
    """The principal's id in CloudTrail's events: AIDA…, or AROA…:session."""


class Backend(Protocol):
    """One emulated state of the attempt's accounts. Not thread-safe: the front calls it under one lock."""

    def call(self, request: Request, moment: Moment) -> Response:
        """Apply one request at one moment. Equal states, requests and moments give equal states and answers.

        A moment whose seed begins with `read:` belongs to a request that changes nothing.
        """

    def credential(self, access_key: str) -> Credential | None:
        """The key of an IAM user or role session that exists in the state, or None."""

    def seed(self, job: str, arguments: Mapping[str, Any], variant: str) -> dict[str, Any]:
        """Run the job `module:function` on this state, keeping what it changes."""

    def run(self, job: str, arguments: Mapping[str, Any], timeout: float = 60.0) -> dict[str, Any]:
        """Run the job on a copy of this state and return its answer; the state itself does not change."""

    def clone(self) -> "Backend":
        """Another backend in the same state, on its own from now on."""

    def stand_by(self) -> None:
        """Have the next clone ready before it is asked for, where that makes it quicker."""

    def digest(self) -> str:
        """A digest of what seeding answered: equal for equal scenarios, variants and environments."""

    def close(self) -> None:
        """Give the state up. Closing twice is allowed."""


class Environment(Protocol):
    """A way to run emulated accounts."""

    name: str

    def fingerprint(self) -> dict[str, str]:
        """What decides how a journal replays: names and versions."""

    def start(self) -> Backend:
        """A warm, empty backend. Slow (seconds): seed it once and clone it."""


def find_environment(name: str = "moto") -> Environment:
    """The environment of that name, or a sentence naming those there are."""
    found = {point.name: point for point in entry_points(group=GROUP)}
    if name not in found:
        raise UsageProblem(f"there is no environment '{name}'.{nearest(name, set(found))}")
    try:
        environment: Environment = found[name].load()()
    except ImportError as error:
        raise EnvironmentProblem(
            f"the environment '{name}' cannot be loaded: {error}. Install hardenlab again."
        ) from error
    return environment
