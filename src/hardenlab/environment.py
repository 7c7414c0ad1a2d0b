"""The environment protocol: where accounts run. One member per folder of `environments/`, found by entry point."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any, Protocol

from hardenlab.model.http import Moment, Request, Response
from hardenlab.model.problem import EnvironmentProblem, UsageProblem, nearest

GROUP = "hardenlab.environments"
# who the administrator's key belongs to: a session of the role that IAM Identity Center makes for administrators
LEARNER_ROLE, LEARNER_SESSION = "AWSReservedSSO_AdministratorAccess_3d1c9a7e5b2f4860", "learner"
LEARNER_ROLE_ID = "AROA3XFRBF535PLBIFPI4"


Apply = Callable[[Iterable[tuple[Request, Moment]], bool], Iterator[Response]]
"""What `clients.apply` of a job is: see `Backend.conclude`."""


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


@dataclass(frozen=True)
class IssuedKey:
    """A credential: the key of an IAM user or a role session."""

    secret: str
    token: str | None
    account: str
    arn: str
    active: bool
    session_policy: str | None = None
    unique_id: str | None = None


class Backend(Protocol):
    """One emulated state of the attempt's accounts. Not thread-safe: the front calls it under one lock."""

    def call(self, request: Request, moment: Moment) -> Response:
        """Apply one request at one moment. Equal states, requests and moments give equal states and answers.

        A moment whose seed begins with `read:` belongs to a request that changes nothing.
        """

    def calls(self, several: Iterable[tuple[Request, Moment]]) -> Iterator[Response]:
        """Apply one after another; answers come in the same order, and some later requests may be applied before.

        Whoever does not take all of the answers must close the backend.
        """

    def credential(self, access_key: str) -> Credential | None:
        """The key of an IAM user or role session that exists in the state, or None."""

    def seed(self, job: str, arguments: Mapping[str, Any], variant: str) -> dict[str, Any]:
        """Run the job `module:function` on this state, keeping what it changes."""

    def run(self, job: str, arguments: Mapping[str, Any], timeout: float = 60.0) -> dict[str, Any]:
        """Run the job on a copy of this state and return its answer; the state itself does not change."""

    def conclude(self, job: str, arguments: Mapping[str, Any], timeout: float = 60.0) -> dict[str, Any]:
        """Run the job on this state itself, return its answer and close the backend: nothing is asked of it after.

        The job's `clients` have `apply(several, unread)`, which does what `calls` does. `unread`: nobody looks at more
        than the answers' statuses.
        """

    def clone(self) -> "Backend":
        """Another backend in the same state, on its own from now on."""

    def rehearse(self, rehearsal: Callable[["Backend"], object], many: bool = False) -> None:
        """Do this on the empty backend and forget it: later clones share what it loaded, where they share memory.

        `many`: so many clones will come that half a second more is worth a twentieth of what each takes.
        """

    def stand_by(self) -> None:
        """Have the next clone ready before it is asked for, where that makes it quicker."""

    def snapshot(self) -> "Backend | None":
        """A clone to go back to, made while the caller goes on; None where making it again from the journal is as good.

        Whether it came to be shows when it is used: EnvironmentProblem says that it did not, or that it has ended.
        """

    def digest(self) -> str:
        """A digest of what seeding answered: equal for equal scenarios, variants and environments."""

    def close(self) -> None:
        """Give the state up. Closing twice is allowed."""


class Environment(Protocol):
    """A way to run emulated accounts."""

    name: str
    reference: str
    """What `find_environment` takes to find it again: the name, and the URL where one was named."""
    exact: bool
    """Whether a replay gives the answers of the first time to the bit; else it gives as good an account, or says no."""

    def lacks(self, needed: Mapping[str, Collection[str]]) -> list[str]:
        """Of these operations, by service, those it surely does not offer: `service`, or `service:Operation`."""

    def fingerprint(self) -> dict[str, str]:
        """What decides how a journal replays: names and versions."""

    def start(self) -> Backend:
        """A warm, empty backend. Slow (seconds): seed it once and clone it."""


def find_environment(reference: str = "moto") -> Environment:
    """The environment `name`, or `name@URL` for a running server; or a sentence naming those there are."""
    name, at, url = reference.partition("@")
    found = {point.name: point for point in entry_points(group=GROUP)}
    if name not in found:
        raise UsageProblem(f"there is no environment '{name}'.{nearest(name, set(found))}")
    try:
        kind = found[name].load()
        if at and not getattr(kind, "takes_url", False):
            raise UsageProblem(f"the environment '{name}' runs here and takes no URL.")
        environment: Environment = kind(url) if at else kind()
    except ImportError as error:
        raise EnvironmentProblem(
            f"the environment '{name}' cannot be loaded: {error}. Install hardenlab again."
        ) from error
    return environment
