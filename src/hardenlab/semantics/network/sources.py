"""Whom a question is about: the internet, anyone at all, or every one of some addresses."""

from dataclasses import dataclass
from typing import Any, Final


class Internet:
    """Any publicly routed address outside the VPC's own blocks (and outside `except_for`, where given)."""

    def __repr__(self) -> str:
        return "INTERNET"


class Anyone:
    """Any source at all: every address, private or public, and every referenced group. For resources only."""

    def __repr__(self) -> str:
        return "ANYONE"


INTERNET: Final = Internet()
ANYONE: Final = Anyone()


@dataclass(frozen=True)
class Every:
    """All addresses of `whom`, where a plain source or destination asks for any one of them."""

    whom: Any


def every(whom: Any) -> Every:
    """Ask that all of `whom` get through: `every(INTERNET)`, `every("203.0.113.0/24")`, `every(load_balancer)`."""
    return whom if isinstance(whom, Every) else Every(whom)
