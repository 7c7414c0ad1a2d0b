"""A server of accounts: where it listens, now."""

from typing import Protocol


class Server(Protocol):
    """What a backend must know of the server that holds its account."""

    called: str
    """How sentences name it."""

    def url(self) -> str:
        """Where it listens; started again if it has ended and this installation may. EnvironmentProblem: it cannot."""

    def stop(self) -> None:
        """End it, if it was started for us. Stopping twice is allowed."""


class Named:
    """A server that the user runs: nobody else starts or stops it."""

    def __init__(self, url: str, called: str) -> None:
        self._url = url
        self.called = called

    def url(self) -> str:
        return self._url

    def stop(self) -> None:
        """Left to its user."""
