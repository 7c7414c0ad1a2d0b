"""An account's past: what no call of AWS can set, and what controls ask for (ages, last use, the root user)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Mfa = Literal["none", "virtual", "hardware"]


@dataclass(frozen=True)
class Use:
    """The last use of a credential: days before the seed, by which service and Region."""

    days_ago: int
    service: str = "s3"
    region: str = "us-east-1"


@dataclass(frozen=True)
class RootKey:
    """An access key of the root user: its age in days at the seed, and its last use."""

    age: int
    last_use: Use | None = None
    active: bool = True


class Past(Protocol):
    """Write an account's past; seeds only. Ages and moments are whole days before the seed.

    An environment that can do this offers it as `past` of the client factory that it gives to jobs. LookupError names
    a user or key that is not there, ValueError a moment that cannot be.
    """

    def root_user(
        self, *, mfa: Mfa = "none", access_keys: Sequence[RootKey] = (), signed_in_days_ago: int | None = None
    ) -> None:
        """Give the root user an MFA device, up to two access keys and a last sign-in; nothing named is nothing had."""

    def user(self, name: str, *, age: int) -> None:
        """Make an IAM user older."""

    def password(self, name: str, *, age: int, last_used_days_ago: int | None = None) -> None:
        """Make a user's console password older, and used or not."""

    def access_key(self, id: str, *, age: int, last_use: Use | None = None) -> None:
        """Make an access key older, and used or not."""

    def service_used(self, arn: str, use: Use) -> None:
        """Let IAM remember that a user or role used a service."""
