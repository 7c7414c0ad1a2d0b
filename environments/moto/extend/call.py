"""One call of an operation of ours."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from moto.core.utils import utcnow
from moto.moto_api._internal import mock_random

from .tags import Tags

State = TypeVar("State")


@dataclass(frozen=True)
class Call(Generic[State]):
    """What an operation is given.

    `input` has the members of botocore's input shape, parsed and checked against it; times are naive UTC, blobs bytes.
    `state` is what this service of ours keeps for the account and region, `tags` the tags of its resources by ARN;
    `backend` is moto's own object for them.
    """

    operation: str
    input: dict[str, Any]
    account: str
    region: str
    access_key: str
    state: State
    tags: Tags
    backend: Any
    moto: Callable[..., Any]
    """Let moto answer as it would have, where an operation of ours stands before one of moto's.

    Members by keyword replace the request's, where the service speaks JSON or moto parses its inputs by the model."""
    is_motos: bool
    """Whether moto has the operation."""

    def get(self, member: str, default: Any = None) -> Any:
        return self.input.get(member, default)

    @property
    def now(self) -> Any:
        """The request's frozen moment, naive UTC as moto keeps times."""
        return utcnow()

    def arn(self, service: str, resource: str, *, region: str | None = None) -> str:
        """An ARN of this account; `region=""` for services that have none in theirs."""
        return f"arn:aws:{service}:{self.region if region is None else region}:{self.account}:{resource}"


def hexadecimal(length: int) -> str:
    """Random hexadecimal digits of the request's own randomness: equal on replay."""
    return "".join(mock_random.choice("0123456789abcdef") for _ in range(length))


def alphanumeric(length: int) -> str:
    """Random small letters and digits of the request's own randomness."""
    return "".join(mock_random.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(length))


def unique() -> str:
    """A random UUID of the request's own randomness."""
    return str(mock_random.uuid4())
